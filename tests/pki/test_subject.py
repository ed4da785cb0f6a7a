"""The table of the subject's fields, what is derived from it, and the checks of typed values."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.findings.subject import FIELD_LABELS
from onboarding.messages.text import translator
from onboarding.pki.subject import (
    SUBJECT_FIELDS,
    Subject,
    check_login,
    check_subject,
    clean_login,
    hidden_character,
    subject_from,
)


def test_the_table_is_the_subject_that_the_operator_prescribes():
    """Order, names, short names, limits, string types and the prescribed value, written out."""
    text = ("UTF8String", "PrintableString")
    assert [
        (field.name, field.short_name, field.label, field.upper_bound, field.string_types, field.prescribed)
        for field in SUBJECT_FIELDS
    ] == [
        ("country", "C", "Country", 2, ("PrintableString",), ""),
        ("state", "ST", "State or province", 64, text, ""),
        ("locality", "L", "City", 64, text, ""),
        ("organization", "O", "Company", 64, text, ""),
        ("organizational_unit", "OU", "Organizational unit", 64, text, "Programs Partners"),
        ("common_name", "CN", "Common name", 64, text, ""),
        ("email", "emailAddress", "Email address", 255, ("IA5String",), ""),
    ]


def test_the_object_identifiers_are_those_of_the_standards():
    """X.520 and PKCS#9, written out."""
    assert [field.oid.dotted_string for field in SUBJECT_FIELDS] == [
        "2.5.4.6",
        "2.5.4.8",
        "2.5.4.7",
        "2.5.4.10",
        "2.5.4.11",
        "2.5.4.3",
        "1.2.840.113549.1.9.1",
    ]


def test_every_field_is_an_attribute_of_the_subject_and_has_a_label():
    """The dataclass, the table and the catalog have the same names."""
    names = {field.name for field in SUBJECT_FIELDS}
    assert set(Subject.__dataclass_fields__) == names
    assert set(FIELD_LABELS) == names | {"mzp_login"}


def test_the_rows_are_in_the_order_of_the_request_and_in_the_active_language(subject, monkeypatch):
    """Labels are translated when they are shown; values are not."""
    assert [(short_name, value) for _, short_name, value in subject.rows()] == [
        ("C", "FR"),
        ("ST", "Île-de-France"),
        ("L", "Saint-Ouen"),
        ("O", "Société Générale de Flottes"),
        ("OU", "Programs Partners"),
        ("CN", "MZP128745"),
        ("emailAddress", "it@flottes.example"),
    ]
    monkeypatch.setattr(translator, "gettext", lambda text: {"City": "Ville"}.get(text, text))
    assert subject.rows()[2] == ("Ville", "L", "Saint-Ouen")
    assert Subject.prescribed() == (("Organizational unit", "OU", "Programs Partners"),)


def test_a_name_is_read_as_it_was_written(subject):
    """`subject_from` is the inverse of `to_name`; a missing field is empty, the first of a repeated field counts."""
    assert subject_from(subject.to_name()) == subject
    cities = [x509.NameAttribute(NameOID.LOCALITY_NAME, city) for city in ("Paris", "Lyon")]
    assert subject_from(x509.Name(cities)) == Subject("", "", "Paris", "", "", "", "")


@pytest.mark.parametrize(
    ("name", "typed", "clean"),
    [
        ("country", " fr ", "FR"),
        ("state", " I\u0302le-de-France\u00a0 ", "Île-de-France"),
        ("organization", "Société\u202f\u00a0 Générale", "Société Générale"),
        ("common_name", "mzp 128\u200b745", "MZP128745"),
        ("email", " it@flottes.example\n", "it@flottes.example"),
    ],
)
def test_each_field_has_its_own_normalization(name, typed, clean):
    """Spaces, capital letters and composed accents, as the field needs them."""
    field = next(field for field in SUBJECT_FIELDS if field.name == name)
    assert field.clean(typed) == clean


@pytest.mark.parametrize(
    ("login", "codes"),
    [
        ("", ["login_missing"]),
        ("MZP128745:secret", ["login_colon"]),
        ("X" * 65, ["value_too_long"]),
        ("PARTNER-1", ["login_unusual"]),
        (clean_login("mzp128745"), []),
    ],
)
def test_a_login_has_at_most_one_finding(login, codes):
    """The first problem is enough."""
    assert [finding.code for finding in check_login(login)] == codes


def test_every_missing_field_is_found():
    """An empty subject has a finding for each field, except for the common name, which is checked elsewhere."""
    assert [(finding.code, finding.field) for finding in check_subject(Subject(*[""] * 7))] == [
        ("country_missing", "country"),
        ("state_missing", "state"),
        ("locality_missing", "locality"),
        ("organization_missing", "organization"),
        ("ou_wrong", "organizational_unit"),
        ("email_missing", "email"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("\u200bFlottes", "“Company” begins with a hidden character: zero width space (U+200B)."),
        ("Flottes\u200b", "Character 8 of “Company”, after “Flottes”, is hidden: zero width space (U+200B)."),
        ("A\x07", "Character 2 of “Company”, after “A”, is hidden: control character (U+0007)."),
    ],
)
def test_a_hidden_character_is_named_with_its_position(value, text):
    """A character at the beginning has its own sentence."""
    assert [finding.text for finding in hidden_character("organization", value)] == [text]
