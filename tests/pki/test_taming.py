"""What stands in somebody's certificate is shown and stored without what is hidden in it, and not without end."""

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
def test_what_is_hidden_becomes_a_space_and_what_is_long_is_cut(text, shown):
    """Letters of any language stay as they are."""
    assert sanitize(text) == shown


def test_a_certificates_name_is_tame_wherever_it_is_read():
    """A common name of a thousand letters with a NUL in it, as a person may be shown it."""
    long = x509.NameAttribute(NameOID.COMMON_NAME, "Ro\x00ot" + "x" * 1000, _validate=False)
    shown = display_name(x509.Name([long]))
    assert (shown[:6], len(shown)) == ("Ro otx", NAME_LENGTH_MAX)


def test_a_finding_holds_nothing_that_a_database_refuses():
    """Every string of it, those in the sentences included."""
    kept = Finding("other_key", found="\x00a", expected="b\x00", params={"belongs": "c\x00d"}).to_dict()
    assert [key for key, value in kept.items() if not str(value).isprintable()] == []
    assert (kept["found"], kept["text"]) == (" a", "This certificate belongs to c d: it was not made from b .")
