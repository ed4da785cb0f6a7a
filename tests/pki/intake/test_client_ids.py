"""Client IDs in emails are offered, and typed client IDs are cleaned and checked."""

import pytest

from onboarding.pki.intake.client_ids import FoundClientId, check_client_id, clean_client_id, find_client_ids
from onboarding.pki.intake.reading import Upload, read_uploads
from tests.pki.corpus_containers import HTML, attached, email_message
from tests.pki.intake.corpus_client_ids import CLIENT_ID_CASES

ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.mark.parametrize("name", CLIENT_ID_CASES)
def test_client_ids_are_found_in_each_text_of_the_corpus(name):
    """The client IDs and their environments are found, and nothing else: no ticket, fingerprint or base64."""
    text, expected = CLIENT_ID_CASES[name]
    assert sorted((found.value, found.environment) for found in find_client_ids(text)) == sorted(expected)


LABELS = (
    *("Client ID", "client_id", "Application ID", "Identifiant client", "ID de l’application", "Client-Kennung"),
    *("Anwendungs-ID", "ID client", "ID dell'applicazione", "ID de cliente", "Applicatie-ID", "ID do cliente"),
)
INTRODUCTIONS = (
    "{} : ",
    "{}: ",
    "{} = ",
    "{}\t",
    "{}\n\n",
    "{}:\n  ",
    "**{}:** `",
    "> {}: ",
    "{} (production): ",
    "{} -> ",
)
OTHER_LABELS = (
    *("Request ID", "Ticket", "Correlation-ID", "Référence", "Vorgangsnummer", "Riferimento", "Object ID", "Device"),
    *("Número de pedido", "Kenmerk", "Session", "Serial number", "Client secret", "Operation", "Fahrzeug", "Trace"),
)


@pytest.mark.parametrize("label", LABELS)
def test_a_value_is_found_after_each_label_and_separator(label):
    """Every label of the languages introduces a value, whatever stands between them."""
    for introduction in INTRODUCTIONS:
        assert [found.value for found in find_client_ids(f"{introduction.format(label)}{ID}\nRegards")] == [ID]


@pytest.mark.parametrize("label", OTHER_LABELS)
def test_a_value_after_another_label_is_not_offered(label):
    """A UUID with a label of its own is not a client ID, although a client ID's label stands in the line before."""
    for before in ("Client ID: see the attachment\n", f"Client ID: {OTHER}\n", "Client ID:\n\n"):
        for introduction in INTRODUCTIONS:
            text = f"{before}{introduction.format(label)}{ID}"
            assert ID not in [found.value for found in find_client_ids(text)], text


def test_client_ids_for_production_come_first():
    """The form fills in the first one."""
    text = f"Client ID preproduction: {OTHER}\nClient ID production: {ID}"
    assert [found.value for found in find_client_ids(text)] == [ID, OTHER]


def test_a_client_id_is_found_in_an_email_of_text_and_html(workshop):
    """It is offered once, although both parts of the email contain it."""
    data = email_message(*attached(workshop), html=HTML).as_bytes()
    assert read_uploads([Upload("email.eml", data)]).client_ids == (FoundClientId(ID),)


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
