"""Client IDs in mails are offered, and those that are typed are tidied."""

import pytest

from onboarding.pki.intake.client_ids import check_client_id, clean_client_id, find_client_ids
from onboarding.pki.intake.reading import Upload, read_uploads
from tests.pki.corpus_containers import HTML, attached, mail

ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Client ID: {ID}", (ID,)),
        (f"client_id={ID}&x=1", (ID,)),
        (f"Your client-id is\n\n    {ID}\n", (ID,)),
        (f"Client ID (= application id)\t{ID}", (ID,)),
        (f"Identifiant client : {ID}", (ID,)),
        (f"App ID 1: {ID}\nApp ID 2: {OTHER}", (ID, OTHER)),
        (f"Client IDs: {ID}, {OTHER}", (ID, OTHER)),
        (f"Client ID: {ID}. Again: client id {ID}", (ID,)),
        ("Client ID: 0123456789abcdef0123456789abcdef", ("0123456789abcdef0123456789abcdef",)),
        ("Client ID: MZP128745", ()),
        ("Client ID: see the attachment", ()),
        (f"Ticket {ID}", ()),
        ("Client ID: mailto:x1234567890123456789@operator.example", ()),
        ("", ()),
    ],
)
def test_values_behind_the_words_are_offered_and_nothing_else(text, expected):
    """A UUID or the like behind “client ID” counts; logins, tickets, addresses and plain words don't."""
    assert find_client_ids(text) == expected


def test_they_are_found_in_mails_of_text_and_html(workshop):
    """Each is offered once, though it stands in both parts of the mail."""
    data = mail(*attached(workshop), html=HTML).as_bytes()
    assert read_uploads([Upload("mail.eml", data)]).client_ids == (ID,)


@pytest.mark.parametrize(
    ("typed", "clean", "codes"),
    [
        (ID, ID, []),
        (f" {ID}\n", ID, ["client_id_trimmed"]),
        (f"“{ID}”", ID, ["client_id_trimmed"]),
        (f"{ID}\u200b", ID, ["client_id_trimmed"]),
        ("mzp 128745", "mzp 128745", ["client_id_is_login"]),
        ("two words", "two words", ["client_id_strange"]),
        ("é", "é", ["client_id_strange"]),
        ("  ", "", ["client_id_missing"]),
    ],
)
def test_a_typed_one_is_tidied_and_checked(typed, clean, codes):
    """What copying adds is removed and told; the login, spaces and accents are refused."""
    assert clean_client_id(typed) == clean
    assert [finding.code for finding in check_client_id(typed, "MZP128745")] == codes
