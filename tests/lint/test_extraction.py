"""What is extracted is what Django looks up: each kind of marker, and no other text."""

from pathlib import Path

from tests.lint.extraction import texts_in_python, texts_in_template

PATH = Path("x")


def test_texts_of_python_are_the_literals_of_gettext_calls():
    """Literals that Python joins are one text, and a call with an expression has none."""
    source = (
        '_("a")\nngettext("b", "c", n)\npgettext("context", "d")\ntranslator.gettext("e")\n'
        '_("f"\n  " g")\n_(text)\nnpgettext("context", "h", "i", n)\nmarked("j")\ntranslation.gettext("k")\n'
    )
    assert [(text.context, text.singular, text.plural) for text in texts_in_python(PATH, source)] == [
        *(("", "a", ""), ("", "b", "c"), ("context", "d", ""), ("", "f g", ""), ("context", "h", "i")),
        ("", "k", ""),
    ]


def test_texts_of_a_template_are_those_that_it_looks_up():
    """Percent signs are doubled, and variables become placeholders, as when Django looks the texts up."""
    source = (
        '{% load i18n %}{% translate "100% yours" %}{% if a %}{{ b|default:_("none") }}{% endif %}'
        '{% translate "May" context "month" %}'
        "{% blocktranslate trimmed count n=n %}\n {{ n }} day of\n {{ m }}"
        "{% plural %}{{ n }} days{% endblocktranslate %}"
    )
    assert {(text.context, text.singular, text.plural) for text in texts_in_template(PATH, source)} == {
        ("", "100%% yours", ""),
        ("", "none", ""),
        ("month", "May", ""),
        ("", "%(n)s day of %(m)s", "%(n)s days"),
    }
