"""The check of templates reports visible text outside translate, and nothing else."""

from pathlib import Path

import pytest

from tests.lint import templates

PATH = Path("page.html")


def found(source: str) -> list[str]:
    return [problem.text for problem in templates.problems(PATH, source)]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("<p>Your request</p>", "text outside translate: 'Your request'"),
        ("<h1>{{ login }} is yours</h1>", "text outside translate: 'is yours'"),
        ("{% if a %}<b>Sent</b>{% endif %}", "text outside translate: 'Sent'"),
        ("{% block title %}Home{% endblock %}", "text outside translate: 'Home'"),
        ("{% block bodyclass %}a{% endblock %}<p>Home</p>", "text outside translate: 'Home'"),
        ("<p>Gr&uuml;n</p>", "text outside translate: 'Grün'"),
        ('<nav aria-label="Steps"></nav>', "aria-label outside translate: 'Steps'"),
        ('<img alt="A key">', "alt outside translate: 'A key'"),
        ('<input placeholder="MZP">', "placeholder outside translate: 'MZP'"),
        ('<input type="submit" value="Send">', "value outside translate: 'Send'"),
        ('<form data-once="Please wait…"></form>', "data-once outside translate: 'Please wait…'"),
        ('{{ name|default:"(none)" }}', "text in a tag outside _(): '(none)'"),
        ('{% include "x.html" with title="Your request" %}', "text in a tag outside _(): 'Your request'"),
        ('{% if "details below" in text %}{% endif %}', "text in a tag outside _(): 'details below'"),
        ("{% blocktranslate %}a\nb{% endblocktranslate %}", "blocktranslate over several lines needs `trimmed`"),
        (f"<p class='{'a' * 120}'></p>", "136 characters in a line; 120 are allowed"),
    ],
)
def test_a_visible_text_is_reported(source, problem):
    assert found(source) == [problem]


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "Your request" %}</p>',
        "<p>{% blocktranslate trimmed %}\n  Your\n  <b>request</b>\n{% endblocktranslate %}</p>",
        "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}",
        "<nav aria-label=\"{% translate 'Steps' %}\"></nav>",
        '{{ name|default:_("(none)") }}',
        '{{ at|date:"j F Y, H:i" }}',
        '{% if state == "done" %}{% endif %}',
        '<input type="hidden" name="value" value="Some text">',
        '<p class="btn btn-primary" id="a">· – {{ a }}</p>',
        "<code>openssl req -new</code> key.pem",
        "<script>const text = 'words';</script>",
        "{# A comment for programmers #}{% comment %}And another{% endcomment %}",
        "<p>Fleet API {# not translated: a name #}</p>",
        "{% block bodyclass %}{{ block.super }} review-case{% endblock %}",
        '<!doctype html>\n<html lang="en">',
    ],
)
def test_what_is_translated_or_invisible_is_not_reported(source):
    assert found(source) == []


def test_the_line_is_that_of_the_source():
    source = "{% blocktranslate trimmed %}\n\na\n{% endblocktranslate %}\n<p>\n  Here</p>\n"
    assert [problem.line for problem in templates.problems(PATH, source)] == [6]
