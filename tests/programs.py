"""Programs that tests need and pip can't install: nginx, a server that the connection test is tested against.

`python -m tests.programs` downloads Debian's package of nginx if there is no nginx, and unpacks it into the virtual
environment. It installs nothing in the system and starts no service.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOWNLOAD = ("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download")
UNPACKED = Path(sys.prefix) / "nginx"


def nginx() -> str:
    """Return the path of nginx, or "" if there is none."""
    candidates = (shutil.which("nginx"), "/usr/sbin/nginx", UNPACKED / "usr/sbin/nginx")
    return next((str(path) for path in candidates if path and Path(path).exists()), "")


def fetch_nginx() -> None:
    """Download and unpack Debian's package (OSError: no apt-get; CalledProcessError: it failed)."""
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run([*DOWNLOAD, "nginx"], cwd=folder, check=False).returncode:
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            subprocess.run([*DOWNLOAD, "nginx"], cwd=folder, check=True)
        for package in Path(folder).glob("nginx_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, UNPACKED], check=True)


if __name__ == "__main__":
    if not nginx():
        try:
            fetch_nginx()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"nginx could not be downloaded ({error}). Tests that need it are skipped.")
    print(f"nginx: {nginx() or 'none'}")
