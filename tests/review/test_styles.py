"""The stylesheets: one set of design tokens for the wizard and the review desk."""

import re

import pytest
from django.conf import settings

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


@pytest.mark.parametrize("name", ["base.html", "error.html", "admin/base_site.html"])
def test_each_shell_loads_the_tokens_first(name):
    """With a link of its own: axe can't check a page whose stylesheet imports another one under our CSP."""
    text = (settings.BASE_DIR / "templates" / name).read_text()
    loaded = re.findall(r"onboarding/[a-z-]+\.css", text)
    assert loaded[0] == "onboarding/tokens.css"
    assert [path.name for path in FOLDER.glob("*.css") if "@import" in path.read_text()] == []
