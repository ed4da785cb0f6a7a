"""The catalogs of translations: `onboarding/locale/<language>/LC_MESSAGES/django.po`, and their compiled form.

They are compiled by a Python package, so that a machine needs no GNU gettext. The compiled files are not committed.
"""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_FOLDER = Path(__file__).parent / "locale"


def catalog_files() -> list[Path]:
    """Return the catalogs, in the order of their languages."""
    return sorted(LOCALE_FOLDER.glob("*/LC_MESSAGES/django.po"))


def stale_catalogs() -> list[Path]:
    """Return the catalogs that have changed since they were compiled, or never were."""
    return [path for path in catalog_files() if _compiled_at(path) < path.stat().st_mtime_ns]


def _compiled_at(path: Path) -> int:
    compiled = path.with_suffix(".mo")
    return compiled.stat().st_mtime_ns if compiled.exists() else 0


def compile_catalog(path: Path) -> None:
    """Compile one catalog, without its fuzzy entries. Another process may do the same at the same time."""
    with path.open("rb") as source:
        catalog = read_po(source)
    compiled = path.with_suffix(".mo")
    unfinished = path.with_suffix(f".{os.getpid()}.mo.new")
    with unfinished.open("wb") as target:
        write_mo(target, catalog)
    unfinished.replace(compiled)
