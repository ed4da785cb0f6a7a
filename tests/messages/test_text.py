"""Text from certificates and files is sanitized before it is shown or stored: no hidden characters, limited length."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.finding import Finding
from onboarding.messages.text import NAME_LENGTH_MAX, VALUE_LENGTH_MAX, sanitize
from onboarding.pki.validation.chain import display_name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Île-de-France", "Île-de-France"),
        ("Ro\x00ot", "Ro ot"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("\u202etoor", " toor"),
        ("x" * VALUE_LENGTH_MAX, "x" * VALUE_LENGTH_MAX),
        ("x" * (VALUE_LENGTH_MAX + 1), "x" * (VALUE_LENGTH_MAX - 1) + "…"),
    ],
)
def test_hidden_characters_become_spaces_and_long_text_is_cut(text, shown):
    """Letters of any language are unchanged."""
    assert sanitize(text) == shown


def test_the_name_of_a_certificate_is_sanitized():
    """A common name of a thousand letters with a NUL is shown without the NUL, and shorter."""
    long = x509.NameAttribute(NameOID.COMMON_NAME, "Ro\x00ot" + "x" * 1000, _validate=False)
    shown = display_name(x509.Name([long]))
    assert (shown[:6], len(shown)) == ("Ro otx", NAME_LENGTH_MAX)


def test_a_finding_contains_nothing_that_the_database_refuses():
    """PostgreSQL refuses NUL; no string of a finding contains it, including its sentences."""
    stored = Finding("file_empty", found="\x00a", expected="b\x00", params={"name": "c\x00d"}).to_dict()
    assert [key for key, value in stored.items() if not str(value).isprintable()] == []
    assert (stored["found"], stored["text"]) == (" a", " a is empty.")
    assert stored["params"] == {"name": "c d"}
