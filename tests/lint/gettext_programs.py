"""Where GNU gettext is: on the machine, or unpacked from Debian's packages beside the Python packages.

`python -m tests.lint.gettext_programs` fetches it where there is none. Nothing is installed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = ("xgettext", "msguniq", "msgmerge", "msgattrib")
DOWNLOAD = ("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download")
UNPACKED = Path(sys.prefix) / "gettext"


def environment() -> dict[str, str] | None:
    """Return the environment in which the programs run, or None where there are none."""
    if all(shutil.which(program) for program in PROGRAMS):
        return dict(os.environ)
    if not (UNPACKED / "usr/bin/xgettext").exists():
        return None
    libraries = [str(path) for path in (UNPACKED / "usr/lib", *(UNPACKED / "usr/lib").glob("*-linux-gnu*"))]
    return os.environ | {
        "PATH": f"{UNPACKED / 'usr/bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "GETTEXTDATADIR": str(UNPACKED / "usr/share/gettext"),
    }


def fetch() -> None:
    """Download and unpack gettext and the libraries it needs (OSError, CalledProcessError: no apt, or no network)."""
    if not _packages():
        subprocess.run(["apt-get", "update", "-qq"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        for package in _packages():
            subprocess.run([*DOWNLOAD, package], cwd=folder, check=True)
        for archive in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", archive, UNPACKED], check=True)


def _packages() -> list[str]:
    """Return gettext and the libraries below it, the C library left out; empty where apt doesn't know gettext."""
    found: list[str] = []
    todo = ["gettext"]
    while todo:
        package = todo.pop()
        done = subprocess.run(["apt-cache", "depends", package], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout:
            found.append(package)
            todo += set(re.findall(r"^ +Depends: (lib\S+)", done.stdout, re.MULTILINE)) - {"libc6", *found, *todo}
    return found


if __name__ == "__main__":
    if environment() is None:
        try:
            fetch()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"GNU gettext could not be fetched ({error}); the check of extracted texts is left out.")
    print(f"gettext: {'none' if environment() is None else 'found'}")
