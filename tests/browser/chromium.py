"""Find the Chromium for the tests: an installed one, else Playwright's, else Debian's package through apt."""

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


def on_the_machine() -> str:
    """Return the path of a Chromium: CHROMIUM, else one on the PATH, else Playwright's; "" if there is none."""
    named = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), "")
    return named or playwrights_own()


def playwrights_own() -> str:
    """Return the path of the browser that Playwright has downloaded; "" if it has not."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # slow to import where it is not needed

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def install() -> None:
    """Try each way to install one, until one works."""
    ways = (
        [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]],
        [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]],
    )
    for way in ways:
        for command in way:
            if shutil.which(command[0]) is None or subprocess.run(command, check=False).returncode != 0:
                break
        if on_the_machine():
            return
    sys.exit("No Chromium: install one, or set CHROMIUM to the path of one.")


if __name__ == "__main__":
    if not on_the_machine():
        install()
    print(f"Browser: {on_the_machine()}")
