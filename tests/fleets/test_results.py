"""Stored results of connection tests are read in the current language, also those of earlier versions."""

import json
from dataclasses import replace

import pytest

from onboarding.fleets.diagnosis import current_result
from onboarding.fleets.report import report_json, report_text
from onboarding.fleets.reproduction import reproduce
from onboarding.messages.text import translator

# As stored before verdicts had parameters.
EARLIER = {
    "succeeded": False,
    "verdict": {
        "code": "proxy_refuses",
        "confidence": "certain",
        "owner": "network",
        "text": "The proxy {p} would not connect: it answered 403.",
        "action": "Ask the people who run the proxy, then send the details below.",
        "evidence": ["An earlier sentence."],
    },
    "stages": [{"name": "TLS hello", "ok": False, "milliseconds": 1.5, "detail": "asked for, none sent"}],
    "stage_reached": "TLS hello",
    "status": None,
    "operator": {"code": "1", "uuid": "u-1", "message": "no", "timestamp": "t", "dialect": "operator"},
    "fleets": [],
    "total": None,
    "rate_limits": {},
    "duration_ms": 12.5,
    "address": "https://gateway.example/fleets",
    "login": "MZP1",
    "client_id": "app",
    "examined_at": "2026-11-01T10:00:00Z",
    "connected": True,
    "can_try_anyway": False,
    "password_withheld": False,
    "remarks": [{"code": "through_proxy", "owner": "network", "text": "It went through p:1.", "action": ""}],
    "controls": [
        {"name": "tls_1_2", "text": "TLS 1.2: answered 200.", "code": "connected", "status": 200, "milliseconds": 3}
    ],
    "evidence": {
        "peer": "192.0.2.1:443", "tls_version": "TLSv1.3", "cipher": "C", "server_chain": [],
        "asked_for_certificate": True, "authorities": [], "client_chain": [], "certificate_sent": False,
        "certificate_accepted": False, "alert": "", "error": "TimeoutError", "headers": {}, "clock_off_minutes": 7,
    },
    "tls_version": "TLSv1.3",
    "cipher": "C",
    "authorities": [],
    "versions": {"python": "3.11"},
}  # fmt: skip


@pytest.fixture
def capitals_language(monkeypatch):
    """Install a language in which every text is in capitals, except its parameters."""

    def capitals(text):
        parts = text.replace("}", "{").split("{")
        return "".join(f"{{{part}}}" if index % 2 else part.upper() for index, part in enumerate(parts))

    monkeypatch.setattr(translator, "gettext", capitals)


def test_a_fresh_result_is_read_as_it_was_stored(diagnose_fault):
    """Reading changes nothing in the language of the test."""
    for name in ("healthy", "403", "close_at_certificate", "server_intercepted", "password_wrong"):
        stored = json.loads(json.dumps(diagnose_fault(name).to_dict()))
        assert current_result(stored) == stored


def _own_words(observation):
    """Return the text without what the gateway said."""
    text = observation["text"]
    for value in observation["params"].values():
        text = text.replace(str(value), "")
    return text


def test_a_result_is_rendered_in_the_current_language(diagnose_fault, capitals_language, credentials):
    """Verdict, observations, remarks, experiments, stages and the report are rendered again, not shown as stored."""
    translator.gettext, capitals = str, translator.gettext
    stored = diagnose_fault("password_wrong", who=replace(credentials, client_id="a b")).to_dict()
    translator.gettext = capitals
    result = current_result(stored)
    verdict = result["verdict"]
    rendered = [verdict["text"], verdict["next_move"], *map(_own_words, verdict["observations"])]
    rendered += [*(entry["text"] for entry in result["remarks"] + result["experiments"])]
    rendered += [stage["label"] for stage in result["stages"]]
    assert len(rendered) > 12
    assert [text for text in rendered if text != text.upper()] == []
    assert verdict["text"] in report_text(stored)
    assert verdict["text"] in report_json(stored)


def test_a_result_of_an_earlier_version_keeps_its_sentences():
    """Without parameters the sentences can't be rendered again, so the stored sentences are shown."""
    result = current_result(EARLIER)
    verdict = result["verdict"]
    assert (verdict["text"], verdict["remedy"]) == (EARLIER["verdict"]["text"], EARLIER["verdict"]["action"])
    assert [observation["text"] for observation in verdict["observations"]] == ["An earlier sentence."]
    assert [remark["text"] for remark in result["remarks"]] == ["It went through p:1."]
    assert (verdict["owner"], verdict["confidence"], verdict["next_move"]) == (
        "network",
        "certain",
        "Next move: the site team’s",
    )
    assert (verdict["about_our_server"], verdict["ask_for_details"]) == (True, False)
    assert result["stages"][0]["detail"] == "asked for, none sent"
    assert (result["details"]["certificate_requested"], result["details"]["clock_offset_minutes"]) == (True, 7)


def test_a_result_of_an_earlier_version_makes_a_report():
    """Text and JSON have what was stored under the earlier keys."""
    text = report_text(EARLIER)
    expected = [
        "2026-11-01T10:00:00Z", EARLIER["verdict"]["text"], EARLIER["verdict"]["action"], "An earlier sentence.",
        "u-1", "It went through p:1.", "192.0.2.1:443", "7 min", "TLS 1.2", "asked for, none sent",
    ]  # fmt: skip
    assert [value for value in expected if value not in text] == []
    current = current_result(EARLIER)
    assert json.loads(report_json(EARLIER)) == current | {"commands": reproduce(current)}


def test_reading_twice_changes_nothing_more():
    """The current shape is stable, also for a result of an earlier version."""
    assert current_result(current_result(EARLIER)) == current_result(EARLIER)


@pytest.mark.parametrize("verdict", [{}, {"code": "gone", "text": "It was so."}, {"code": "gone", "params": {}}])
def test_an_unknown_verdict_raises_nothing(verdict):
    """A code that the catalog no longer has is shown with its stored sentence."""
    read = current_result({"verdict": verdict, "stages": []})["verdict"]
    assert (read["code"], read["text"]) == (verdict.get("code", ""), verdict.get("text", ""))
