"""The pseudo-language as the language of every page and email."""

import pytest
from django.utils.translation import trans_real

from tests.languages import pseudo
from tests.views.conftest import onboarding  # noqa: F401  # a fixture


@pytest.fixture
def brackets(settings, monkeypatch):
    """Let every page and email be in the pseudo-language, and return it."""
    language = pseudo.PseudoLanguage()
    settings.LANGUAGES = [*settings.LANGUAGES, (pseudo.CODE, "Pseudo")]
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setitem(trans_real._translations, pseudo.CODE, language)
    monkeypatch.setattr("onboarding.middleware.request_language", lambda request: pseudo.CODE)
    monkeypatch.setattr("onboarding.languages.DEFAULT_LANGUAGE", pseudo.CODE)
    return language
