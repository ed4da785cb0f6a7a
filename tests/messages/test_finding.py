"""Findings in storage and in other languages."""

import pytest

from onboarding.messages.finding import Finding
from onboarding.messages.message import Owner, Severity
from onboarding.messages.text import translator

FINDINGS = [
    Finding("login_missing", "mzp_login"),
    Finding("value_too_long", "organization", "x", params={"length": 65, "limit": 64}),
    Finding("chain_weak", found="A CA", params={"bits": 1024}, variant="key"),
    Finding("subject_changed", "locality", "Paris", "Saint-Ouen"),
]


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.code)
def test_a_stored_finding_is_read_unchanged(finding):
    """`from_dict` is the inverse of `to_dict`."""
    stored = finding.to_dict()
    assert Finding.from_dict(stored) == finding
    assert Finding.from_dict(stored).to_dict() == stored


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("root_weak", "a parameter that earlier versions did not store"),
        ("chain_weak", "a code that has only variants now"),
        ("request_replaced", "a code that no longer exists"),
    ],
)
def test_a_finding_of_an_earlier_version_keeps_its_stored_sentences(code, why):
    """Rows without parameters and variants are shown as they were stored."""
    stored = {
        "code": code,
        "severity": "warning",
        "owner": "operator",
        "field": "",
        "found": "Old Root",
        "expected": "",
        "text": "The root certificate “Old Root” is weak by today’s standards: its RSA key has only 1024 bits.",
        "remedy": "We left it out.",
    }
    finding = Finding.from_dict(stored)
    assert (finding.severity, finding.owner) == (Severity.WARNING, Owner.OPERATOR)
    assert (finding.text, finding.remedy) == (stored["text"], stored["remedy"])
    assert finding.to_dict() == stored | {"params": {}, "variant": ""}


@pytest.mark.parametrize(
    ("stored", "severity"), [("stops", Severity.ERROR), ("warns", Severity.WARNING), ("tells", Severity.INFO)]
)
def test_the_severities_of_earlier_versions_are_read(stored, severity):
    """Certificates keep the findings of their validation as JSON, which no migration rewrites."""
    finding = Finding.from_dict(
        {"code": "no_longer_there", "severity": stored, "owner": "partner", "text": "It is old."}
    )
    assert (finding.severity, finding.text) == (severity, "It is old.")
    assert finding.to_dict()["severity"] == severity.value


def test_a_finding_that_can_be_rendered_does_not_show_its_stored_sentences():
    """The sentences of the catalog come first, so that they are in the active language."""
    stored = Finding("login_colon", "mzp_login", "a:b").to_dict() | {"text": "An earlier sentence."}
    assert Finding.from_dict(stored).text == "A login can’t contain a colon."


def test_a_new_finding_that_cannot_be_rendered_raises_an_error():
    """Only stored findings have other sentences to show."""
    with pytest.raises(KeyError):
        _ = Finding("chain_weak", found="A CA").text


def test_the_label_of_the_field_is_translated_when_it_is_shown(monkeypatch):
    """Sentence and label come from the catalog in the same language."""
    french = {
        "City": "Ville",
        "The value of “{label}” begins or ends with a space.": "La valeur de « {label} » a une espace au bord.",
    }
    finding = Finding("spaces_around", "locality", " Paris", "Paris")
    assert finding.text == "The value of “City” begins or ends with a space."
    monkeypatch.setattr(translator, "gettext", lambda text: french.get(text, text))
    assert finding.text == "La valeur de « Ville » a une espace au bord."


def test_a_stored_finding_has_no_hidden_characters():
    """PostgreSQL refuses a NUL: each string is sanitized, also in the sentences."""
    stored = Finding(
        "issuer_key_differs", found="\x00a", expected="b\x00", params={"signed": "c\x00d"}, variant="intermediate"
    ).to_dict()
    assert [key for key, value in stored.items() if not str(value).isprintable()] == []
    assert stored["found"] == " a"
    assert stored["params"] == {"signed": "c d"}
    assert stored["text"] == "The CA certificate “ a” has the right name, but it did not sign “c d”."
