"""The servers that the doctor is tried against: nginx, from the system or, unpacked beside the packages, from Debian's.

`python -m tests.programs` fetches it where there is none; nothing is installed, and no service started.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOWNLOAD = ("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download")
UNPACKED = Path(sys.prefix) / "nginx"


def nginx() -> str:
    """The path of an nginx; "" where there is none."""
    places = (shutil.which("nginx"), "/usr/sbin/nginx", UNPACKED / "usr/sbin/nginx")
    return next((str(place) for place in places if place and Path(place).exists()), "")


def fetch_nginx() -> None:
    """Download and unpack Debian's package (OSError, subprocess.CalledProcessError: there is no apt, or no way)."""
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
            print(f"No nginx could be fetched ({error}); its tests are skipped.")
    print(f"nginx: {nginx() or 'none'}")
