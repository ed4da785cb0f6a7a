"""`python -m tests.lint.messages` brings the catalogs of translations up to date with the code (`make messages`).

New texts are added without a translation. A text that has changed a little keeps its translation, marked as fuzzy. A
text that is gone moves to the end of the file, behind #~.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from onboarding.catalogs import LOCALE_FOLDER, catalog_files
from onboarding.languages import DEFAULT_LANGUAGE, LANGUAGE_NAMES
from tests.lint.extraction import extracted_texts
from tests.lint.problem import PROJECT

WIDTH = 110
# By folder: the number of plural forms, and the expression that chooses one. French has the singular for 0 as well.
PLURALS = {"fr": "nplurals=2; plural=(n > 1);"}
OTHER_PLURALS = "nplurals=2; plural=(n != 1);"


def folder_of(language: str) -> str:
    """Return the folder of a language's catalog: that of Portuguese has no region, as in Django."""
    return language.split("-", maxsplit=1)[0]


def translated_folders() -> list[str]:
    """Return the folders of the languages that need a catalog."""
    return [folder_of(language) for language, _name in LANGUAGE_NAMES if language != DEFAULT_LANGUAGE]


def catalog_path(folder: str) -> Path:
    """Return the path of a catalog, which need not exist."""
    return LOCALE_FOLDER / folder / "LC_MESSAGES/django.po"


def template_catalog() -> Catalog:
    """Return the catalog of all texts, without translations. A text that has a plural anywhere has it everywhere."""
    catalog = Catalog()
    texts = list(extracted_texts())
    plurals = {(text.context, text.singular): text.plural for text in texts if text.plural}
    for text in texts:
        plural = plurals.get((text.context, text.singular))
        place = (str(text.path.relative_to(PROJECT)), None)
        key = (text.singular, plural) if plural else text.singular
        catalog.add(key, locations=[place], context=text.context or None)  # type: ignore[list-item]  # no line number
    return catalog


def read_catalog(path: Path) -> Catalog:
    """Return the catalog in a file. Raise PoFileError if it is malformed."""
    with path.open("rb") as source:
        return read_po(source, abort_invalid=True)


def header(folder: str) -> str:
    """Return the head of a catalog. It has no dates, which would differ in every branch."""
    lines = (
        f"Language: {folder}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {PLURALS.get(folder, OTHER_PLURALS)}",
    )
    return "\n".join(['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in lines)]) + "\n\n"


def update(folder: str, template: Catalog) -> str:
    """Return the text of a language's catalog with the texts of `template`."""
    path = catalog_path(folder)
    head = header(folder)
    catalog = read_po(io.BytesIO((path.read_text() if path.exists() else head).encode()))
    catalog.update(template, update_creation_date=False)
    body = io.BytesIO()
    write_po(body, catalog, width=WIDTH, omit_header=True, include_previous=True, include_lineno=False)
    return head + body.getvalue().decode().strip("\n") + "\n"


def main() -> int:
    """Write the catalogs, and print how many texts each lacks."""
    template = template_catalog()
    for folder in translated_folders():
        path = catalog_path(folder)
        text = update(folder, template)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        messages = [message for message in read_catalog(path) if message.id]
        done = sum(1 for message in messages if is_translated(message.string) and not message.fuzzy)
        print(f"{folder}: {done} of {len(messages)} texts are translated")
    for path in catalog_files():
        if path.parent.parent.name not in translated_folders():
            print(f"{path}: a catalog of a language that the site does not have")
    return 0


def is_translated(string: str | tuple[str, ...] | list[str]) -> bool:
    """Whether a message has its translation, in every plural form."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    sys.exit(main())
