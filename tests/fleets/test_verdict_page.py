"""The verdict on the page of the connection test follows the flags and sentences of the result."""

import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from onboarding.messages.verdict import Verdict
from tests.fleets.test_results import EARLIER

HOST = {"host": "gateway.example", "port": 443, "login": "MZP1", "status": 403}
SAVE, OUR_SIDE = "Save the details as a file", "This server and its settings are on our side. Send us this page."


def render(result):
    context = {
        "result": result,
        "test": SimpleNamespace(started_at=datetime(2026, 11, 1, tzinfo=UTC), client_id="app", fault=""),
        "progress": SimpleNamespace(onboarding=SimpleNamespace(pk=uuid.UUID(int=1))),
    }
    return render_to_string("onboarding/_verdict.html", context)


@pytest.mark.parametrize(
    ("code", "asks_for_details", "is_about_our_server"),
    [
        ("forbidden", True, False),
        ("connect_refused", False, True),
        ("not_found", True, True),
        ("client_id_missing", False, False),
    ],
)
def test_the_flags_of_a_verdict_decide_what_the_page_offers(code, asks_for_details, is_about_our_server):
    """The file of the details is offered if the remedy asks for it, and the hint is shown for our own server."""
    verdict = Verdict(code, HOST)
    page = render({"verdict": verdict.to_dict(), "stages": [], "succeeded": False})
    assert (SAVE in page, OUR_SIDE in page) == (asks_for_details, is_about_our_server)
    assert verdict.next_move in page


def test_a_result_of_an_earlier_version_is_shown():
    """The page has its verdict, remedy, observations, experiments, remarks and the gateway's error."""
    page = render(EARLIER)
    expected = [
        EARLIER["verdict"]["text"], EARLIER["verdict"]["action"], "An earlier sentence.", "with TLS 1.2", "u-1",
        "It went through p:1.", "Next move: the site team’s", "asked for, none sent", OUR_SIDE,
    ]  # fmt: skip
    assert [text for text in expected if text not in page] == []
