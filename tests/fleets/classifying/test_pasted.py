"""Values as they are pasted: invisible characters, quotes, labels and letters that look like others are named."""

import unicodedata
from dataclasses import replace

import pytest

from onboarding.fleets.classifying.pasted import client_id_itself, hidden_character, odd_letter
from onboarding.fleets.connecting.request import Endpoint
from onboarding.fleets.diagnosis import diagnose
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import operator_error
from tests.fleets.conftest import QUICK

INVISIBLE = [
    chr(code)
    for code in (*range(0x110000 // 16),)
    if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zs", "Zl", "Zp"} and chr(code) != " "
]
NOWHERE = Endpoint("https://127.0.0.1:1/v3")


def test_every_invisible_character_is_found_with_its_place():
    """Controls, format characters and every space but the plain one, wherever they stand."""
    assert len(INVISIBLE) > 100
    for character in INVISIBLE:
        for value, place in ((f"ab{character}c", 3), (f"{character}abc", 1), (f"abc{character}", 4)):
            found = hidden_character(value)
            assert (found.character, found.place) == (character, place)
    assert hidden_character("a plain value, é and 密") is None


@pytest.mark.parametrize("field", ["client_id", "login"])
@pytest.mark.parametrize("character", ["\u200b", "\u00a0", "\ufeff", "\u00ad", "\u202e", "\u2060", "\u3000", "\t"])
def test_an_invisible_character_stops_the_test_and_is_named(credentials, field, character):
    """The verdict is certain, and its sentence has the code point and the place."""
    value = getattr(credentials, field)
    verdict = diagnose(NOWHERE, replace(credentials, **{field: f"{value[:3]}{character}{value[3:]}"})).verdict
    assert (verdict.code, verdict.confidence) == ("hidden_character", "certain")
    assert f"U+{ord(character):04X}" in verdict.text
    assert "at place 4" in verdict.text


@pytest.mark.parametrize(
    "pasted",
    ['"{}"', "'{}'", "“{}”", "„{}“", "«{}»", "<{}>", "client_id={}", "Client ID: {}", 'client-id: "{}"', "({})"],
)
def test_quotes_and_labels_around_a_client_id_are_named(credentials, pasted):
    """The verdict says what the client ID itself is."""
    own = credentials.client_id
    verdict = diagnose(NOWHERE, replace(credentials, client_id=pasted.format(own))).verdict
    assert (verdict.code, verdict.params, client_id_itself(pasted.format(own))) == (
        "client_id_not_clean", {"client_id": own}, own,
    )  # fmt: skip


@pytest.mark.parametrize("client_id", ["abc-1", "a.b_c", "clientid77", "x(1)", "app id"])
def test_an_ordinary_client_id_is_as_it_is(client_id):
    """Nothing is cut off."""
    assert client_id_itself(client_id) == client_id


@pytest.mark.parametrize(
    ("ends", "variant"), [("\n", "line_break"), ("\r\n", "line_break"), ("\x00", ""), ("\n\n", "line_break")]
)
def test_a_line_break_at_the_end_of_a_password_is_named(credentials, ends, variant):
    """It comes from a file or a variable that holds the password."""
    verdict = diagnose(NOWHERE, replace(credentials, password=credentials.password + ends)).verdict
    assert (verdict.code, verdict.variant) == ("password_control_character", variant)


@pytest.fixture
def refused(identities, credentials):
    """Return a function that diagnoses a refusal with this status and message."""

    def run(status, message, **changes):
        fault = Fault("refused", "", respond=operator_error(status, 0, message))
        with FaultyGateway(fault, identities) as served:
            return diagnose(Endpoint(served.base_url), replace(credentials, **changes), limits=QUICK)

    return run


EXPLAINED = [
    ({"login": "МZP128745"}, "Invalid password", "login_odd_letter", "U+041C"),
    ({"client_id": "ab–cd"}, "Invalid client id", "client_id_odd_letter", "U+2013"),
    ({"password": "secret\u200b"}, "Invalid password", "password_hidden_character", "U+200B"),
    ({"password": "\u00a0secret"}, "Invalid password", "password_hidden_character", "U+00A0"),
    ({"password": '"secret"'}, "Invalid password", "password_in_quotes", ""),
]


@pytest.mark.parametrize(("changes", "message", "code", "named"), EXPLAINED)
def test_a_doubtful_character_explains_a_refusal_and_is_never_certain(refused, changes, message, code, named):
    """The verdict names the character. Without a refusal it is a remark."""
    verdict = refused(401, message, **changes).verdict
    assert (verdict.code, verdict.confidence) == (code, "probable")
    assert named in verdict.text
    other = refused(503, "down", **changes)
    assert other.verdict.code == "operator_error"
    assert code in [remark.code for remark in other.remarks]


def test_letters_that_look_like_others_are_found():
    """Visible characters outside ASCII, and only these."""
    assert odd_letter("MZP１28").params == {"character": "U+FF11 FULLWIDTH DIGIT ONE", "place": 4}
    assert (odd_letter("MZP128745"), odd_letter("a\u200bb")) == (None, None)


ADDRESSES = [
    ("https://gateway.example/v3\u200b", "hidden"),
    ("\ufeffhttps://gateway.example/v3", "hidden"),
    ("https://gate\u00adway.example/v3", "hidden"),
    ("https://gateway.example/v3 ", "surrounded"),
    ("<https://gateway.example/v3>", "surrounded"),
    ('"https://gateway.example/v3"', "surrounded"),
    ("https://gаteway.example/v3", "letter"),
    ("https://me:pr1vate@gateway.example/v3", "login"),
    ("https://gateway.example/v3?client_id=x", "query"),
    ("https://gateway.example/v3#top", "query"),
    ("https://gateway.example/v3/fleets", "fleets"),
    ("https://gateway.example/v3/fleets/", "fleets"),
]


@pytest.mark.parametrize(("address", "variant"), ADDRESSES)
def test_the_defect_of_a_pasted_address_is_named(credentials, address, variant):
    """Nothing is sent, and a login in the address is shown nowhere."""
    diagnosis = diagnose(Endpoint(address), credentials)
    assert (diagnosis.verdict.code, diagnosis.verdict.variant, diagnosis.connected) == (
        "address_malformed", variant, False,
    )  # fmt: skip
    assert "pr1vate" not in str(diagnosis.to_dict()) + repr(diagnosis)
