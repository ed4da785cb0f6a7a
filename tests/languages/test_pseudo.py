"""The reader of pages sees text outside brackets wherever a person sees or hears it, and nothing else."""

import pytest

from tests.languages.pseudo import untranslated


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hello</p>",
        "<p>⟦Open⟧ it</p>",
        "<p>⟦Open ⟦it⟧⟧ now</p>",
        "<p>⟦Open <a>it</a>⟧</p><p>Hello</p>",
        '<img alt="Hello">',
        '<input type="submit" value="Hello">',
        '<p title="Hello">⟦x⟧</p>',
        '<b data-copied="Copied it">⟦x⟧</b>',
        '<p lang="xx">Hello</p>',
        "<code>x</code>Hello",
        "<p><br>Hello</p>",
    ],
)
def test_text_outside_brackets_is_found(html):
    assert len(list(untranslated(html))) == 1


@pytest.mark.parametrize(
    "html",
    [
        "<p>⟦Hello⟧</p>",
        "<p>⟦Open <a>it</a> now⟧, 12:30 UTC</p>",
        '<p lang="de">Hallo</p>',
        '<p translate="no">Hello</p>',
        "<code>Hello</code> <kbd>Hello</kbd> <script>let x;</script>",
        '<input value="Hello">',
        "<p>Flottes a.b@flottes.example file_empty certificate.pem</p>",
    ],
)
def test_translated_text_data_and_code_are_passed_over(html):
    assert list(untranslated(html, ("Flottes",))) == []


def test_a_bracket_that_is_never_closed_is_found():
    """Otherwise it would hide the rest of the page."""
    assert list(untranslated("<p>⟦Hel…</p><p>Hello</p>")) == ["the brackets are not balanced: 1"]
