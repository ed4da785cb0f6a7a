"""The stylesheets: one set of design tokens for the wizard and the review desk."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage

FOLDER = settings.BASE_DIR / "static" / "onboarding"
COLOUR = re.compile(r":[^;{}]*(#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\()")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.css")), ids=lambda path: path.name)
def test_only_the_tokens_contain_colours(path):
    """Every other stylesheet uses the tokens."""
    assert bool(COLOUR.search(path.read_text())) == (path.name == "tokens.css")


def test_every_token_that_is_used_is_defined():
    """A misspelt token would silently have no effect."""
    text = "".join(path.read_text() for path in FOLDER.glob("*.css"))
    used = set(re.findall(r"var\((--(?:color|space|text|radius|focus|font-code)[a-z0-9-]*)\)", text))
    defined = set(re.findall(r"^\s*(--[a-z0-9-]+):", text, re.MULTILINE))
    assert used - defined == set()


def test_the_import_of_the_tokens_survives_the_manifest(tmp_path):
    """In production, file names contain a hash, and the import in the wizard's stylesheet names the hashed file."""
    storage = ManifestStaticFilesStorage(location=str(tmp_path))
    paths = {}
    for name in ("onboarding.css", "tokens.css"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
        paths[name] = (FileSystemStorage(str(tmp_path)), name)
    hashed = {name: new_name for name, new_name, _ in storage.post_process(paths)}
    assert hashed["tokens.css"] != "tokens.css"
    assert f'@import url("{hashed["tokens.css"]}");' in (tmp_path / hashed["onboarding.css"]).read_text()
