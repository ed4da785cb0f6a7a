"""The check of extraction finds a text that makemessages misses, and looks up what Django looks up."""

from pathlib import Path

import pytest

from tests.lint import extraction
from tests.lint.gettext_programs import environment

PATH = Path("x")
needs_gettext = pytest.mark.skipif(environment() is None, reason="there is no GNU gettext")


def test_a_catalog_is_read_over_several_lines():
    source = 'msgid ""\nmsgstr "x"\n\n#: a.py\nmsgid ""\n"one "\n"\\"two\\""\nmsgid_plural "three"\nmsgstr[0] ""\n'
    assert list(extraction.catalog_texts(source)) == ["", 'one "two"', "three"]


def test_texts_of_python_are_the_literals_of_gettext_calls():
    source = '_("a")\nngettext("b", "c", n)\npgettext("context", "d")\ntranslator.gettext("e")\n'
    assert [text for _, _, text in extraction.texts_in_python(PATH, source)] == ["a", "b", "c", "d"]


def test_texts_of_a_template_are_those_that_it_looks_up():
    source = (
        '{% load i18n %}{% translate "100% yours" %}{% if a %}{{ b|default:_("none") }}{% endif %}'
        "{% blocktranslate trimmed count n=n %}\n {{ n }} day of\n {{ m }}"
        "{% plural %}{{ n }} days{% endblocktranslate %}"
    )
    assert {text for _, _, text in extraction.texts_in_template(PATH, source)} == {
        "100%% yours",
        "none",
        "%(n)s day of %(m)s",
        "%(n)s days",
    }


@needs_gettext
def test_makemessages_extracts_each_kind_of_marker_and_no_other(tmp_path):
    (tmp_path / "onboarding").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "onboarding/texts.py").write_text(
        'a = _("by underscore")\n'
        'b = ngettext_lazy("{n} day", "{n} days", "n")\n'
        'c = gettext_noop("by noop"\n    " and on")\n'
        'd = marked("by an unknown keyword")\n'
    )
    (tmp_path / "templates/page.html").write_text(
        '{% load i18n %}{% translate "in 100% a page" %}{{ x|default:_("in a filter") }}\n'
        "{% blocktranslate trimmed with a=b %}\n  in\n  {{ a }}{% endblocktranslate %}"
    )
    assert extraction.extracted_texts(tmp_path) - {""} == {
        *("by underscore", "{n} day", "{n} days", "by noop and on"),
        *("in 100%% a page", "in a filter", "in %(a)s"),
    }
