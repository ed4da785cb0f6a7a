"""The pseudo-language as the language of every page and email."""

import re

import pytest
from django.utils import translation
from django.utils.translation import trans_real
from django_countries import countries
from django_countries.data import COUNTRIES

from onboarding.languages import LANGUAGE_NAMES
from tests.languages import pseudo
from tests.lint.messages import catalog_path, read_catalog, translated_folders
from tests.views.conftest import onboarding  # noqa: F401  # a fixture

# The history looks up what stands beside an action, which may be a name or an id instead of a reason.
LOOKED_UP_DATA = re.compile(r"[0-9a-f-]{16}|^A Root$|^client-1$|Rehearsal")


@pytest.fixture(scope="session")
def own_texts():
    """The texts of this project, in singular; `tests/lint/translations.py` checks their translations."""
    catalog = read_catalog(catalog_path(translated_folders()[0]))
    return {message.id if isinstance(message.id, str) else message.id[0] for message in catalog}


@pytest.fixture
def brackets(settings, monkeypatch, own_texts):
    """Let every page and email be in the pseudo-language, and return it.

    The texts of other packages that were looked up must have a translation in every language.
    """
    language = pseudo.PseudoLanguage()
    settings.LANGUAGES = [*settings.LANGUAGES, (pseudo.CODE, "Pseudo")]  # first: this makes Django forget its languages
    monkeypatch.setitem(trans_real._translations, pseudo.CODE, language)
    monkeypatch.setattr("onboarding.middleware.request_language", lambda request: pseudo.CODE)
    monkeypatch.setattr("onboarding.languages.DEFAULT_LANGUAGE", pseudo.CODE)
    yield language
    names = {name for _code, name in LANGUAGE_NAMES} | {"Pseudo"}
    with translation.override("en"):  # the library has most countries in each language, and the others in English
        names |= {country.name for country in countries} | set(COUNTRIES.values())
    foreign = {
        text for text in language.looked_up if text[1] not in own_texts | names and not LOOKED_UP_DATA.search(text[1])
    }
    missing = [(code, text) for code, _ in LANGUAGE_NAMES[1:] for text in pseudo.texts_without(code, foreign)]
    assert missing == []
