"""Client IDs in emails are offered, and typed client IDs are cleaned and checked."""

import pytest

from onboarding.pki.intake.client_ids import check_client_id, clean_client_id, find_client_ids
from onboarding.pki.intake.reading import Upload, read_uploads
from tests.pki.corpus_containers import HTML, attached, email_message

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
def test_only_values_after_a_label_are_offered(text, expected):
    """A UUID or a similar value after “client ID” is found; logins, tickets, addresses and words are not."""
    assert find_client_ids(text) == expected


def test_a_client_id_is_found_in_an_email_of_text_and_html(workshop):
    """It is offered once, although both parts of the email contain it."""
    data = email_message(*attached(workshop), html=HTML).as_bytes()
    assert read_uploads([Upload("email.eml", data)]).client_ids == (ID,)


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
def test_a_typed_client_id_is_cleaned_and_checked(typed, clean, codes):
    """Characters that copying adds are removed and reported; the login, spaces and accents are refused."""
    assert clean_client_id(typed) == clean
    assert [finding.code for finding in check_client_id(typed, "MZP128745")] == codes
