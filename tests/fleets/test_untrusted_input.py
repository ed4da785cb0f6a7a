"""Hostile responses and wrong settings: secrets are removed, text is sanitized, and nothing is raised."""

import base64
import html
import json
import subprocess
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from onboarding.fleets import diagnosis
from onboarding.fleets.details import summarize_chain
from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import HTML, JSON, http_response

PASSWORD = 'Sécret & "quoted" pass'


@pytest.fixture
def diagnose_response(identities, credentials):
    """Return a function that diagnoses a gateway with the given response."""

    def run(status, body, content_type=JSON, *headers, watch=None, **changes):
        responder = http_response(status, body, content_type, *headers)
        with FaultyGateway(Fault("test", "", respond=responder), identities) as served:
            return diagnose(Endpoint(served.base_url), replace(credentials, **changes), watch=watch)

    return run


def error_body(message, **fields):
    return json.dumps({"code": 40300, "uuid": "u", "message": message, "timestamp": "t"} | fields)


@pytest.mark.parametrize("where", ["message", "code", "uuid", "timestamp", "html", "text", "location", "fleet"])
def test_echoed_secrets_are_removed(diagnose_response, credentials, where):
    """The result contains no password, Authorization header or passphrase, wherever the gateway echoed them."""
    basic = base64.b64encode(f"{credentials.login}:{PASSWORD}".encode()).decode()
    passphrase = "the passphrase of the key"
    echo = f"You sent {basic}, {PASSWORD} and {passphrase}"
    responses = {
        "html": (403, f"<html><body>{echo}</body></html>", HTML),
        "text": (403, echo, "text/plain"),
        "location": (302, "", HTML, ("Location", f"https://elsewhere.example/?{basic}")),
        "fleet": (200, json.dumps({"total": 1, "_embedded": {"fleets": [{"id": echo, "name": echo}]}}), JSON),
    }
    response = responses.get(where) or (403, error_body(**{"message": "no", where: echo}), JSON)
    result = diagnose_response(*response, password=PASSWORD, passphrase=passphrase)
    stored = json.dumps(result.to_dict(), ensure_ascii=False) + repr(result)
    assert [secret for secret in (basic, PASSWORD, json.dumps(PASSWORD)[1:-1], passphrase) if secret in stored] == []
    assert "[removed]" in stored


@pytest.mark.parametrize("before", range(480, 500))
def test_no_part_of_a_secret_stays_at_the_end_of_a_cut_message(diagnose_response, before, authority):
    """A long message is cut after the secret is removed, so that no part of the password stays."""
    result = diagnose_response(403, error_body("x" * before + PASSWORD + "y" * 5000), password=PASSWORD)
    assert result.gateway_error.message == ("x" * before + "[removed]" + "y" * 500)[:500]


@pytest.mark.parametrize("before", range(190, 200))
def test_no_part_of_a_secret_stays_at_the_end_of_a_cut_header(diagnose_response, before):
    """The headers in the details are cut after the secret is removed, too."""
    password = "plain-and-long-enough-to-be-found"
    result = diagnose_response(403, error_body("no"), JSON, ("Via", "x" * before + password), password=password)
    assert dict(result.details.headers)["via"] == "x" * before + "[removed]"


FORMS = {
    "in capitals": str.upper,
    "in HTML": html.escape,
    "URL-encoded": lambda secret: quote(secret, safe=""),
    "form-encoded": quote_plus,
    "in JSON": lambda secret: json.dumps(json.dumps(secret))[3:-3],
    "misread as Latin-1": lambda secret: secret.encode().decode("latin-1"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("where", ["401 of the client ID", "302", "400 of the certificate", "content type", "text"])
def test_a_secret_is_recognized_in_every_encoding(diagnose_response, form, where):
    """Neither the result nor the watched stages contain half of the secret, in any encoding."""
    secret = FORMS[form](PASSWORD)
    filling = "f" * 150
    responses = {
        "401 of the client ID": (401, error_body(f"Invalid client id for {secret}"), JSON),
        "302": (302, "", HTML, ("Location", f"https://x/{filling}{secret}")),
        "400 of the certificate": (400, f"client certificate required {filling[:40]}{secret}", "text/plain"),
        "content type": (403, error_body("no"), f"text/{secret}"),
        "text": (403, f"{filling}{secret}", "text/plain"),
    }
    watched = []
    diagnosis = diagnose_response(*responses[where], password=PASSWORD, watch=watched.append)
    shown = json.dumps(diagnosis.to_dict(), ensure_ascii=False) + repr(diagnosis) + repr(watched)
    assert [half for half in (secret, secret[: len(secret) // 2], secret[len(secret) // 2 :]) if half in shown] == []


def test_a_huge_list_of_fleets_is_cut(diagnose_response):
    """Of 300,000 entries the result has the first 500 and the total."""
    body = '{"_embedded":{"fleets":[' + ",".join(["{}"] * 300_000) + "]}}"
    result = diagnose_response(200, body)
    assert (result.verdict.code, len(result.fleets), result.total) == ("connected", 500, 300_000)
    assert "the first 500 fleets of 300000" in result.remarks[0].text


@pytest.mark.parametrize(
    ("message", "code"),
    [("Your request was blocked", "forbidden"), ("The account is locked.", "account_locked")],
)
def test_a_blocked_request_is_not_a_locked_account(diagnose_response, message, code):
    """The phrase “locked” is found as a whole word only."""
    assert diagnose_response(403, error_body(message)).verdict.code == code


@pytest.mark.parametrize(("content_type", "confidence"), [("text/html", "probable"), (JSON, "certain")])
def test_a_default_page_about_passwords_gives_no_certain_verdict(diagnose_response, content_type, confidence):
    """The default pages of web servers mention a bad password on every 401. The gateway's own response is trusted."""
    text = "You supplied the wrong credentials (e.g., bad password)."
    body = error_body("Invalid password", code=40101) if content_type == JSON else f"<html><body>{text}</body></html>"
    verdict = diagnose_response(401, body, content_type).verdict
    assert (verdict.code, verdict.confidence) == ("password_rejected", confidence)


def test_an_unexpected_exception_ends_in_a_verdict_without_its_message(diagnose_response, monkeypatch, caplog):
    """The message could contain a secret, so neither the result nor the log has it."""

    def fail(*_):
        raise RuntimeError(PASSWORD)

    monkeypatch.setattr(diagnosis, "classify_response", fail)
    result = diagnose_response(200, "{}", password=PASSWORD)
    assert (result.verdict.code, result.verdict.owner, result.succeeded) == ("test_broke_off", "network", False)
    assert "RuntimeError at test_untrusted_input.py" in result.verdict.text
    assert PASSWORD not in repr(result) + caplog.text


def test_the_summary_of_an_unreadable_certificate_has_its_fingerprint(tmp_path):
    """A certificate with a key on an unsupported curve raises nothing."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp160r1"]
    command = ["openssl", "req", "-x509", *curve, "-nodes", "-keyout", "key.pem", "-out", "odd.pem", "-subj", "/CN=odd"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    certificate = x509.load_pem_x509_certificate((tmp_path / "odd.pem").read_bytes())
    (summary,) = summarize_chain([certificate])
    assert (summary.subject, summary.sha256, summary.spki) == (
        "unreadable",
        certificate.fingerprint(hashes.SHA256()).hex(),
        "unreadable",
    )


def test_hidden_characters_become_spaces(diagnose_response):
    """This includes control sequences of terminals, NUL, surrogates and characters that reverse text."""
    result = diagnose_response(403, error_body("a\x00b\x1b[31mc\u202ed\ud800e", uuid="\x07"))
    assert (result.gateway_error.message, result.gateway_error.uuid) == ("a b [31mc d e", " ")


@pytest.mark.parametrize("status", [200, 401, 429, 503])
@pytest.mark.parametrize(
    "body",
    [
        '{"code": {"a": 1}, "message": ["x"]}', '{"code": 1e999, "message": null}', '{"httpCode": []}',
        '{"code": ' + "9" * 6000 + ', "message": "x"}',
        '{"total": true, "_embedded": {"fleets": [{"id": {}, "name": 5}]}}',
        '{"total": -5, "_embedded": {"fleets": []}}', '{"_embedded": {"fleets": ["a", 1, null]}}',
        '{"_embedded": []}', '{"_embedded": {"fleets": {"id": 1}}}', "NaN", '"text"', "\ufeff{}",
    ],
)  # fmt: skip
def test_unexpected_json_ends_in_a_verdict(diagnose_response, status, body):
    """The result can be stored as strict JSON, for values of any type."""
    assert json.loads(json.dumps(diagnose_response(status, body).to_dict(), allow_nan=False))["status"] == status


@pytest.mark.parametrize(
    "header",
    [
        ("Retry-After", "9" * 5000), ("Retry-After", "-1"), ("X-RateLimit-Limit-1", "many"), ("Location", "http://["),
        ("Date", "Mon, 01 Jan 0000 00:00:00 GMT"), ("Date", "Fri, 31 Dec 9999 23:59:59 -2359"),
        ("Content-Encoding", "br"), ("Content-Encoding", "GZIP, identity"), ("Content-Length", "-1"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 302, 429])
def test_malformed_headers_end_in_a_verdict(diagnose_response, status, header):
    """The result can be stored as strict JSON, for any content of the headers."""
    result = diagnose_response(status, "{}", JSON, header)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["connected"] is True


@pytest.mark.parametrize(
    ("address", "proxy", "code"),
    [
        ("", None, "address_not_https"),
        ("http://127.0.0.1:1", None, "address_not_https"),
        ("https://", None, "address_malformed"),
        ("https://127.0.0.1:99999/", None, "address_malformed"),
        ("https://[::1/", None, "address_malformed"),
        ("https://exa mple/", None, "address_malformed"),
        ("https://127.0.0.1:1/\n", None, "address_malformed"),
        ("https://gäteway.example/", None, "address_malformed"),
        ("https://127.0.0.1:1/", "socks5://127.0.0.1:1", "proxy_malformed"),
        ("https://127.0.0.1:1/", "http://[", "proxy_malformed"),
        ("https://127.0.0.1:1/", "127.0.0.1:1", "proxy_malformed"),
    ],
)
@pytest.mark.parametrize("try_anyway", [False, True])
def test_an_invalid_address_is_diagnosed_without_connecting(credentials, address, proxy, code, try_anyway):
    """Nothing is sent, not even with try_anyway."""
    result = diagnose(Endpoint(address, proxy=proxy), credentials, try_anyway=try_anyway)
    assert (result.verdict.code, result.connected) == (code, False)


@pytest.mark.parametrize(
    ("field", "code"),
    [("password", "password_control_character"), ("login", "hidden_character"), ("client_id", "hidden_character")],
)
@pytest.mark.parametrize("hidden", ["\n", "\x00", "\ud800"])
def test_a_character_that_cannot_be_sent_ends_in_a_verdict(credentials, field, code, hidden):
    """A control character or a surrogate raises no exception, which would contain the secret."""
    changed = replace(credentials, **{field: f"some{hidden}thing"})
    assert diagnose(Endpoint("https://127.0.0.1:1"), changed).verdict.code == code
    assert diagnose(Endpoint("https://127.0.0.1:1"), changed, try_anyway=True).verdict.code == "connect_refused"


def test_an_incomplete_chain_gets_a_remark_only_if_the_request_failed(diagnose_response, without_intermediate):
    """A success shows that the gateway could verify the chain as it was sent."""
    identity = without_intermediate.identity
    success, failure = (
        diagnose_response(200, '{"_embedded": {"fleets": []}}', identity=identity),
        diagnose_response(403, error_body("no"), identity=identity),
    )
    assert [remark.code for remark in success.remarks] == []
    assert [remark.code for remark in failure.remarks] == ["chain_not_complete"]
