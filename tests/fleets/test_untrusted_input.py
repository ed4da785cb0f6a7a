"""What is sent back to harm, and what is configured wrong: it is shown tamed, or told, and never raised."""

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
from onboarding.rehearsal.faults.responses import HTML, JSON, replies

PASSWORD = 'Sécret & "quoted" pass'


@pytest.fixture
def diagnose_response(identities, credentials):
    """What the doctor says of a gateway that answers just so."""

    def look(status, body, kind=JSON, *headers, watch=None, **who):
        answer = replies(status, body, kind, *headers)
        with FaultyGateway(Fault("test", "", answer=answer), identities) as served:
            return diagnose(Endpoint(served.base_url), replace(credentials, **who), watch=watch)

    return look


def error(message, **more):
    return json.dumps({"code": 40300, "uuid": "u", "message": message, "timestamp": "t"} | more)


@pytest.mark.parametrize("where", ["message", "code", "uuid", "timestamp", "html", "text", "location", "fleet"])
def test_secrets_that_are_sent_back_are_not_kept(diagnose_response, credentials, where):
    """Password, Authorization header and passphrase are in no part of the result, whichever part they came back in."""
    basic = base64.b64encode(f"{credentials.login}:{PASSWORD}".encode()).decode()
    passphrase = "the passphrase of the key"
    said = f"You sent {basic}, {PASSWORD} and {passphrase}"
    how = {
        "html": (403, f"<html><body>{said}</body></html>", HTML),
        "text": (403, said, "text/plain"),
        "location": (302, "", HTML, ("Location", f"https://elsewhere.example/?{basic}")),
        "fleet": (200, json.dumps({"total": 1, "_embedded": {"fleets": [{"id": said, "name": said}]}}), JSON),
    }.get(where, (403, error("no") if where == "message" else error("no", **{where: said}), JSON))
    if where == "message":
        how = (403, error(said), JSON)
    result = diagnose_response(*how, password=PASSWORD, passphrase=passphrase)
    kept = json.dumps(result.to_dict(), ensure_ascii=False) + repr(result)
    assert [secret for secret in (basic, PASSWORD, json.dumps(PASSWORD)[1:-1], passphrase) if secret in kept] == []
    assert "[removed]" in kept


@pytest.mark.parametrize("before", range(480, 500))
def test_a_secret_at_the_edge_is_not_kept_by_half(diagnose_response, before, authority):
    """Where a long message is cut, no beginning of the password stays."""
    result = diagnose_response(403, error("x" * before + PASSWORD + "y" * 5000), password=PASSWORD)
    assert result.gateway_error.message == ("x" * before + "[removed]" + "y" * 500)[:500]


@pytest.mark.parametrize("before", range(190, 200))
def test_a_secret_at_the_edge_of_a_header_is_not_kept_by_half(diagnose_response, before):
    """The same holds for the headers that are kept as evidence."""
    password = "plain-and-long-enough-to-be-found"
    result = diagnose_response(403, error("no"), JSON, ("Via", "x" * before + password), password=password)
    assert dict(result.details.headers)["via"] == "x" * before + "[removed]"


FORMS = {
    "in capitals": str.upper,
    "in HTML": html.escape,
    "in an address": lambda secret: quote(secret, safe=""),
    "in a form": quote_plus,
    "in JSON": lambda secret: json.dumps(json.dumps(secret))[3:-3],
    "misread as Latin-1": lambda secret: secret.encode().decode("latin-1"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("how", ["401 of the client ID", "302", "400 of the certificate", "content type", "text"])
def test_a_secret_is_known_in_every_form_that_it_comes_back_in(diagnose_response, form, how):
    """Whatever the gateway makes of a password that it quotes, and wherever: nothing that is kept or watched has it."""
    secret = FORMS[form](PASSWORD)
    filling = "f" * 150
    answers = {
        "401 of the client ID": (401, error(f"Invalid client id for {secret}"), JSON),
        "302": (302, "", HTML, ("Location", f"https://x/{filling}{secret}")),
        "400 of the certificate": (400, f"client certificate required {filling[:40]}{secret}", "text/plain"),
        "content type": (403, error("no"), f"text/{secret}"),
        "text": (403, f"{filling}{secret}", "text/plain"),
    }
    watched = []
    kept = diagnose_response(*answers[how], password=PASSWORD, watch=watched.append)
    shown = json.dumps(kept.to_dict(), ensure_ascii=False) + repr(kept) + repr(watched)
    assert [half for half in (secret, secret[: len(secret) // 2], secret[len(secret) // 2 :]) if half in shown] == []


def test_more_fleets_than_anybody_reads(diagnose_response):
    """Half a million empty entries are a page of the first ones, and of their number."""
    body = '{"_embedded":{"fleets":[' + ",".join(["{}"] * 300_000) + "]}}"
    result = diagnose_response(200, body)
    assert (result.verdict.code, len(result.fleets), result.total) == ("connected", 500, 300_000)
    assert "the first 500 fleets of 300000" in result.remarks[0].text


@pytest.mark.parametrize(
    ("message", "code"),
    [("Your request was blocked", "unauthorized"), ("The account is locked.", "account_locked")],
)
def test_blocked_is_not_locked(diagnose_response, message, code):
    """A word that only contains another is not taken for it."""
    assert diagnose_response(401, error(message)).verdict.code == code


@pytest.mark.parametrize(("kind", "sure"), [("text/html", "probable"), (JSON, "certain")])
def test_a_stock_page_that_speaks_of_passwords_proves_nothing(diagnose_response, kind, sure):
    """Web servers' own pages say “bad password” of every 401; the gateway's own answer is believed."""
    words = "You supplied the wrong credentials (e.g., bad password)."
    body = error("Invalid password") if kind == JSON else f"<html><body>{words}</body></html>"
    verdict = diagnose_response(401, body, kind).verdict
    assert (verdict.code, verdict.confidence) == ("password_rejected", sure)


def test_a_fault_of_our_own_is_told_and_quotes_nothing(diagnose_response, monkeypatch, caplog):
    """What nobody thought of ends the test with a verdict; its message, which could hold anything, is kept nowhere."""

    def trip(*_):
        raise RuntimeError(PASSWORD)

    monkeypatch.setattr(diagnosis, "classify_response", trip)
    result = diagnose_response(200, "{}", password=PASSWORD)
    assert (result.verdict.code, result.verdict.owner, result.succeeded) == ("test_broke_off", "network", False)
    assert "RuntimeError at test_hostile.py" in result.verdict.text
    assert PASSWORD not in repr(result) + caplog.text


def test_a_certificate_that_cannot_be_read_is_still_evidence(tmp_path):
    """A server's certificate over a curve that nobody uses any more has its fingerprint, and no crash."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp160r1"]
    made = ["openssl", "req", "-x509", *curve, "-nodes", "-keyout", "key.pem", "-out", "odd.pem", "-subj", "/CN=odd"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    odd = x509.load_pem_x509_certificate((tmp_path / "odd.pem").read_bytes())
    (link,) = summarize_chain([odd])
    assert (link.subject, link.sha256, link.spki) == (
        "unreadable",
        odd.fingerprint(hashes.SHA256()).hex(),
        "unreadable",
    )


def test_hidden_characters_are_taken_out(diagnose_response):
    """A terminal's control sequences, NUL, half characters and turned text end as spaces."""
    result = diagnose_response(403, error("a\x00b\x1b[31mc\u202ed\ud800e", uuid="\x07"))
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
def test_odd_json_ends_in_a_verdict(diagnose_response, status, body):
    """Whatever stands where something else is expected, the result can be stored as strict JSON."""
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
def test_odd_headers_end_in_a_verdict(diagnose_response, status, header):
    """No header's value is taken for what it isn't."""
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
def test_an_address_that_is_none_is_told(credentials, address, proxy, code, try_anyway):
    """It is said before anything is sent, also to somebody who wants to try anyway."""
    result = diagnose(Endpoint(address, proxy=proxy), credentials, try_anyway=try_anyway)
    assert (result.verdict.code, result.connected) == (code, False)


@pytest.mark.parametrize(
    ("field", "code"),
    [("password", "password_control_character"), ("login", "hidden_character"), ("client_id", "hidden_character")],
)
@pytest.mark.parametrize("hidden", ["\n", "\x00", "\ud800"])
def test_what_cannot_be_sent_is_told(credentials, field, code, hidden):
    """A hidden character or half a character is a verdict, not an exception that holds the secret."""
    who = replace(credentials, **{field: f"some{hidden}thing"})
    assert diagnose(Endpoint("https://127.0.0.1:1"), who).verdict.code == code
    assert diagnose(Endpoint("https://127.0.0.1:1"), who, try_anyway=True).verdict.code == "connect_refused"


def test_a_chain_that_was_followed_is_not_remarked_on(diagnose_response, without_intermediate):
    """Without its intermediate a chain is remarked on where the request failed, and not where it came through."""
    identity = without_intermediate.identity
    fine, refused = diagnose_response(200, '{"total": 0}', identity=identity), diagnose_response(403, error("no"), identity=identity)
    assert ([one.code for one in fine.remarks], [one.code for one in refused.remarks]) == ([], ["chain_not_complete"])
