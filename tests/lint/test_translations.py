"""The check of translations finds what a translation lost or added, and nothing in one that is right."""

import pytest
from babel.messages.catalog import Catalog

from tests.lint.translations import differences, incompleteness, problems


@pytest.mark.parametrize(
    ("text", "translation", "problem"),
    [
        ("Hello, {name}.", "Bonjour.", "the placeholder {name} is missing"),
        ("Hello, {name}.", "Bonjour, {nom}.", "the placeholder {name} is missing"),
        ("Hello.", "Bonjour, {name}.", "the placeholder {name} is not in the original"),
        ("Hello, %(name)s.", "Bonjour, %(name).", "the placeholder %(name)s is missing"),
        ("Hello, %(name)s.", "Bonjour, %(name)s, à 100 %.", "a brace or percent sign that is no placeholder"),
        ("{a} of {b}", "{a} sur {b", "the placeholder {b} is missing"),
        ("Open <a href='x'>it</a>.", "Ouvrez-le.", "the tag <a href=x> is missing"),
        ("Open <a href='x'>it</a>.", "Ouvrez <a href='y'>ceci</a>.", "the tag <a href=x> is missing"),
        ("Open <b>it</b>.", "Ouvrez <b>ceci<b>.", "the tag </b> is missing"),
        ("Send request.csr.", "Envoyez la demande.", "the identifier request.csr is missing"),
        ("Set FLEETS_PASSWORD.", "Définissez le mot de passe.", "the identifier FLEETS_PASSWORD is missing"),
        ("Run keytool -certreq.", "Lancez keytool.", "the identifier -certreq is missing"),
        (
            "It begins with -----BEGIN X-----.",
            "Il commence par BEGIN X.",
            "the identifier -----BEGIN X----- is missing",
        ),
        ("Error:", "Erreur : ", "it ends with other white space"),
        ("one\n\ntwo", "un\ndeux", "other line breaks"),
    ],
)
def test_what_a_translation_loses_or_adds_is_found(text, translation, problem):
    """A defect may have several descriptions; one of them names it."""
    assert problem in list(differences((text,), translation))


@pytest.mark.parametrize(
    ("texts", "translation"),
    [
        (("Hello, {name}.",), "{name}, bonjour !"),
        (("a day", "{count} days"), "{count} jour"),
        (("a day", "{count} days"), "un jour"),
        (("100%% of %(all)s",), "100 %% de %(all)s"),
        (("Open <b>request.csr</b>.",), "<b>request.csr</b> : ouvrez request.csr."),
        (("50% of it",), "50 % de cela"),
    ],
)
def test_a_translation_that_is_right_passes(texts, translation):
    assert list(differences(texts, translation)) == []


def catalog(**translations):
    made = Catalog(locale="fr")
    for text, (translation, *flags) in translations.items():
        made.add(text, translation, flags=flags)
    return made


def test_a_missing_a_fuzzy_and_a_superfluous_text_are_found():
    template = catalog(one=("",), two=("",), three=("",), four=("",))
    translated = catalog(one=("un",), two=("deux", "fuzzy"), three=("",), five=("cinq",))
    assert [text.split(":")[0] for _, text in incompleteness(translated, template)] == [
        *("fuzzy", "not translated", "missing; run `make messages`", "gone from the code; run `make messages`"),
    ]


def test_a_wrong_number_of_plural_forms_is_found():
    made = Catalog(locale="fr")
    made.add(("a day", "{count} days"), ("un jour",))
    assert [text for _, text in problems(made)] == ["1 forms instead of 2: 'a day'"]
