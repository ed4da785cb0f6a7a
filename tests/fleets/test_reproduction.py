"""The commands of the report, run as printed by the real openssl and curl against a real server: the same failure."""

import json
import re
import subprocess
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.fleets.report import report_json, report_text
from onboarding.fleets.reproduction import ReproductionFiles, curl_command, openssl_command, reproduce
from onboarding.rehearsal.authority import pem
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import JSON, http_response
from tests.browser.terminal import type_at
from tests.fleets import other_servers
from tests.fleets.conftest import QUICK


@pytest.fixture
def folder(tmp_path, credentials):
    """Return a folder with the partner's files, as the downloads name them."""
    (tmp_path / "fullchain.pem").write_text(pem(*credentials.identity.certificates))
    key = credentials.identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "ca.pem").write_text(pem(*credentials.anchors))
    return tmp_path


def run(command, folder):
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=30, check=False, errors="replace"
    )
    return done.stdout + done.stderr


# By fault and TLS version: what both programs say (curl may be built with OpenSSL or with another library).
FAILURES = [
    ("healthy", "1.3", r"HTTP/1.1 200 OK", r"HTTP/1.1 200 OK"),
    ("healthy", "1.2", r"HTTP/1.1 200 OK", r"HTTP/1.1 200 OK"),
    ("client_chain_needed", "1.3", r"HTTP/1.1 200 OK", r"HTTP/1.1 200 OK"),
    ("alert_unknown_ca", "1.2", r"alert unknown ca", r"alert unknown ca"),
    ("alert_unknown_ca", "1.3", r"alert unknown ca", r"alert unknown ca"),
    ("alert_certificate_expired", "1.3", r"alert certificate expired", r"alert certificate expired"),
    ("alert_bad_certificate", "1.2", r"alert bad certificate", r"alert bad certificate"),
    ("server_expired", "1.3", r"certificate has expired", r"certificate has expired"),
    ("server_foreign_ca", "1.3", r"self.signed certificate|unable to get", r"self.signed certificate|unable to get"),
    ("server_wrong_name", "1.3", r"(?i)(ip address|hostname) mismatch", r"no alternative certificate subject name"),
    ("close_at_certificate", "1.2", r"unexpected eof|errno=", r"unexpected eof|SSL_ERROR_SYSCALL|reset"),
    ("plain_http", "1.3", r"wrong version number", r"wrong version number"),
    ("403", "1.3", r"HTTP/1.1 403", r"HTTP/1.1 403"),
    ("password_named", "1.3", r"HTTP/1.1 401", r"HTTP/1.1 401"),
    ("html_200", "1.3", r"(?i)<html", r"(?i)<html"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "tls", "in_openssl", "in_curl"), FAILURES)
def test_both_commands_show_what_the_test_saw(gateway, folder, credentials, fault, tls, in_openssl, in_curl):
    """OpenSSL shows it without the password, and cURL with it, typed at its prompt."""
    with gateway(fault, tls=tls) as served:
        result = diagnose(Endpoint(served.base_url), credentials, limits=QUICK).to_dict()
        commands = reproduce(result)
        before = len(served.requests)
        assert re.search(in_openssl, run(commands["openssl"], folder))
        # A server that can't prove its name gets no request.
        assert (len(served.requests) > before) == bool(result["status"])
        session = type_at(commands["curl"], folder, {"host password for user": credentials.password})
    assert re.search(in_curl, session.output + session.screen)
    assert [secret for secret in (credentials.password,) if secret in "".join(commands.values())] == []


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_openssl_sends_the_chain_that_the_test_sends(gateway, folder, credentials, tls):
    """The certificates of the file, once each, leaf first."""
    with gateway("healthy", tls=tls) as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
        shown = run(reproduce(diagnosis.to_dict())["openssl"].replace("-ign_eof", "-ign_eof -msg"), folder)
    (length,) = re.findall(r">>> TLS 1.\d, Handshake \[length ([0-9a-f]{4})\], Certificate$", shown, re.MULTILINE)
    sent = sum(len(each.public_bytes(Encoding.DER)) for each in credentials.identity.certificates)
    assert int(length, 16) == sent + (4 + 3 + 2 * 3 if tls == "1.2" else 4 + 1 + 3 + 2 * 5)
    assert [each.subject for each in diagnosis.details.client_chain] == [
        each.subject.rfc4514_string() for each in credentials.identity.certificates
    ]


def test_special_characters_are_quoted(folder):
    """A client ID with quotes and an address with a name: the request line is what the test sends."""
    files = ReproductionFiles("a b/c'd.pem", "/abs/key.pem", "")
    command = openssl_command(base_url="https://gateway.example/v3/", client_id="a'b %&", files=files)
    assert "'/v3/fleets?client_id=a%27b%20%25%26'" in command
    assert "-servername gateway.example -verify_hostname gateway.example" in command
    assert ("-CAfile" in command, "-key /abs/key.pem" in command) == (False, True)
    echoed = run(command.split("  | openssl")[0].rstrip(" \\\n"), folder)
    assert echoed.startswith("GET /v3/fleets?client_id=a%27b%20%25%26 HTTP/1.1")
    assert "--cacert" not in curl_command(base_url="https://x/", client_id="c", login="l", files=files)


def test_a_proxy_is_used_by_both_and_the_environments_is_not(credentials):
    """As in the test: the proxy of the settings, without its login, or none at all."""
    base_url = "https://127.0.0.1:9/v3"
    with_proxy = diagnose(Endpoint(base_url, "http://agent:pr0xy@127.0.0.1:10"), credentials, limits=QUICK)
    without = diagnose(Endpoint(base_url), credentials, limits=QUICK)
    first, second = reproduce(with_proxy.to_dict()), reproduce(without.to_dict())
    assert "--proxy http://127.0.0.1:10" in first["curl"]
    assert "-proxy 127.0.0.1:10" in first["openssl"]
    assert "--noproxy '*'" in second["curl"]
    assert "pr0xy" not in str(first)


def test_an_address_that_cannot_be_used_has_no_commands(credentials):
    """There is nothing to repeat."""
    assert reproduce(diagnose(Endpoint("not an address"), credentials).to_dict()) == {}


def test_the_report_has_what_an_engineer_asks_for_first(identities, credentials):
    """Times with offsets, addresses and ports, SNI, versions, cipher, chains and request ids."""
    headers = [("X-Request-ID", "req-4711"), ("traceparent", "00-4bf92f35-00f067aa-01"), ("CF-Ray", "8f0-CDG")]

    fault = Fault("", "", respond=http_response(403, "{}", JSON, *headers))
    with FaultyGateway(fault, identities) as served:
        endpoint = Endpoint(served.base_url.replace("127.0.0.1", "localhost"))
        diagnosis = diagnose(endpoint, credentials, limits=QUICK)
    details, text = diagnosis.details, report_text(diagnosis.to_dict())
    result = diagnosis.to_dict()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", result["began_at"])
    assert result["began_at"] < result["ended_at"]
    offsets = [stage["offset_ms"] for stage in result["stages"]]
    assert offsets == sorted(offsets)
    assert (details.server_name, details.alpn, details.offered_versions) == ("localhost", "", ("TLSv1.2", "TLSv1.3"))
    assert "127.0.0.1" in details.addresses
    assert re.fullmatch(r"127\.0\.0\.1:\d+", details.local_address)
    expected = [
        result["began_at"], details.local_address, details.peer, "localhost", "TLSv1.2, TLSv1.3", details.cipher,
        "req-4711", "00-4bf92f35-00f067aa-01", "8f0-CDG", details.server_chain[0].sha256,
        details.client_chain[1].sha256, "openssl s_client", "curl --get",
    ]  # fmt: skip
    assert [value for value in expected if value not in text] == []


def test_the_report_has_the_authorities_that_the_server_names(identities, credentials, tmp_path):
    """OpenSSL's own server names them in its request for a certificate."""
    authorities = (identities.issuing.certificate, identities.root.certificate)
    other_servers.write_files(tmp_path, identities.get("good"), authorities)
    with other_servers.s_server(tmp_path, "-www", "-CAfile", "clients.pem", "-Verify", "3") as url:
        text = report_text(diagnose(Endpoint(url), credentials).to_dict())
    assert [each for each in authorities if f"  - {each.subject.rfc4514_string()}" not in text] == []


def test_alerts_are_reported_both_ways(diagnose_fault):
    """The gateway's, and our own about the gateway's certificate."""
    received, sent = diagnose_fault("alert_unknown_ca"), diagnose_fault("server_foreign_ca")
    assert (received.details.alert, received.details.sent_alert) == ("unknown_ca", "")
    assert (sent.details.alert, sent.details.sent_alert) == ("", "unknown_ca")


def test_the_json_report_has_the_commands(diagnose_fault):
    """Programs can run them."""
    result = diagnose_fault("403").to_dict()
    files = ReproductionFiles("one.pem", "two.pem", "three.pem")
    commands = json.loads(report_json(result, files))["commands"]
    assert commands == reproduce(result, files)
    assert "./two.pem" in commands["openssl"]


def test_without_an_identity_the_given_chain_is_shown(diagnose_fault, credentials):
    """Where nothing was sent, the report shows what would have been."""
    shown = diagnose_fault("plain_http").details.client_chain
    assert len(shown) == len(credentials.identity.certificates)
    assert diagnose_fault("403", who=replace(credentials, client_id="x")).details.certificate_sent
