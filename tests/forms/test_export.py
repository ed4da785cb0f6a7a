"""The form for downloads with the key: a PKCS#12 file gets a passphrase that all software can use."""

import pytest

from onboarding.forms.key import ExportForm

STRONG = "correct horse battery staple"


def export_form(*, is_pkcs12, **data):
    return ExportForm(data, externally_generated=False, is_pkcs12=is_pkcs12)


@pytest.mark.parametrize(("is_pkcs12", "passphrase"), [(True, STRONG), (False, STRONG), (False, "pässwörd")])
def test_a_usable_passphrase_needs_no_other(is_pkcs12, passphrase):
    """The field for another passphrase does not appear."""
    form = export_form(is_pkcs12=is_pkcs12, passphrase=passphrase)
    assert form.is_valid()
    assert list(form.fields) == ["passphrase"]


def test_an_accent_asks_for_another_passphrase_for_the_file():
    """The form is refused once, and then has the field."""
    form = export_form(is_pkcs12=True, passphrase="pässwörd")
    assert not form.is_valid()
    assert [error.code for error in form.errors.as_data()["file_passphrase"]] == ["pkcs12_passphrase"]
    assert list(form.fields) == ["passphrase", "file_passphrase"]


@pytest.mark.parametrize(
    ("chosen", "codes"),
    [
        (STRONG, []),
        ("zwölf Boxkämpfer", ["pkcs12_passphrase"]),
        ("short", ["passphrase_short"]),
        ("a" * 14, ["passphrase_weak"]),
    ],
)
def test_the_other_passphrase_is_checked_as_a_new_one(chosen, codes):
    """It must be printable ASCII, long enough and hard to guess."""
    form = export_form(is_pkcs12=True, passphrase="pässwörd", file_passphrase=chosen)
    form.is_valid()
    assert [error.code for error in form.errors.as_data().get("file_passphrase", [])] == codes
