"""Find or install the Chromium for the tests: an installed Chromium, else Playwright's, else Debian's package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str:
    """Return the path of a Chromium: from CHROMIUM, else from the PATH, else Playwright's; "" if there is none."""
    named = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), "")
    return named or find_playwright_chromium()


def find_playwright_chromium() -> str:
    """Return the path of the browser that Playwright has downloaded; "" if it has not."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # slow to import where it is not needed

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def install() -> None:
    """Install Chromium with the first method that works."""
    methods = (
        [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]],
        [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]],
    )
    for commands in methods:
        for command in commands:
            if shutil.which(command[0]) is None or subprocess.run(command, check=False).returncode != 0:
                break
        if find_chromium():
            return
    sys.exit("No Chromium was found. Install Chromium, or set CHROMIUM to its path.")


if __name__ == "__main__":
    if not find_chromium():
        install()
    print(f"Browser: {find_chromium()}")
