"""The report has the data that support needs, and no secret, even if the gateway echoes a secret."""

import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.fleets.report import report_json, report_text
from onboarding.pki.keys import spki_fingerprint
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import JSON, http_response, operator_error
from tests.fleets.conftest import QUICK

PASSWORD, PASSPHRASE = "p&ssw0rd / 9472", "correct horse battery staple"


@pytest.fixture
def partner(credentials):
    return replace(credentials, password=PASSWORD, passphrase=PASSPHRASE)


def secrets_of(partner):
    der = partner.identity.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    prime = partner.identity.key.private_numbers().p
    basic = partner.authorization.removeprefix("Basic ")
    return [PASSWORD, quote(PASSWORD, safe=""), PASSPHRASE, basic, "PRIVATE KEY", der.hex(), str(prime), f"{prime:x}"]


def outputs(diagnosis):
    return [report_text(diagnosis.to_dict()), report_json(diagnosis.to_dict()), repr(diagnosis)]


def test_a_report_has_the_data_that_support_needs(diagnose_fault, partner):
    """Text and JSON have the gateway's error, fingerprints, stages, versions, and codes."""
    diagnosis = diagnose_fault("password_named", who=partner)
    leaf, error = diagnosis.details.client_chain[0], diagnosis.gateway_error
    expected = [
        error.code, error.uuid, error.timestamp, error.message, leaf.sha256,
        spki_fingerprint(partner.identity.key.public_key()), "TLS hello", "server certificate", "status",
        diagnosis.details.cipher, diagnosis.details.server_chain[0].sha256, "OpenSSL", partner.login, partner.client_id,
        "password_rejected", diagnosis.details.peer,
    ]  # fmt: skip
    assert "" not in expected
    for report in outputs(diagnosis)[:2]:
        assert [value for value in expected if value not in report] == []


@pytest.mark.parametrize("name", ["healthy", "password_named", "foreign_client_ca", "close_at_certificate", "garbage"])
def test_no_secret_is_in_a_report(diagnose_fault, partner, name):
    """Neither text nor JSON nor repr has the password, the passphrase, the Basic header or the key."""
    diagnosis = diagnose_fault(name, who=partner)
    assert [secret for secret in secrets_of(partner) for report in outputs(diagnosis) if secret in report] == []


def test_an_echoed_secret_is_removed(identities, partner):
    """No report has a secret that the gateway echoed in a message, header, fleet or redirect."""
    basic = partner.authorization.removeprefix("Basic ")
    echo = f"bad password {PASSWORD} in {basic}, {quote(PASSWORD, safe='')}"
    fleets = json.dumps({"total": 1, "_embedded": {"fleets": [{"id": PASSWORD, "name": basic, "description": echo}]}})
    responders = [
        operator_error(401, 1, echo, ("Via", echo)),
        http_response(401, echo, "text/plain"),
        http_response(302, b"", JSON, ("Location", f"https://x.example/?p={quote(PASSWORD, safe='')}")),
        http_response(200, fleets, JSON, ("Server", basic)),
        http_response(400, "invalid client certificate " + echo, f"text/plain; {basic}"),
    ]
    for responder in responders:
        with FaultyGateway(Fault("echo", "", respond=responder), identities) as served:
            diagnosis = diagnose(Endpoint(served.base_url), partner, limits=QUICK)
        assert [secret for secret in secrets_of(partner) for report in outputs(diagnosis) if secret in report] == []
        assert "[removed]" in report_json(diagnosis.to_dict())


def test_a_stored_result_gives_the_same_report(diagnose_fault, partner):
    """The report can be made from the JSON in the database."""
    result = diagnose_fault("403", who=partner).to_dict()
    assert report_text(json.loads(json.dumps(result))) == report_text(result)


def test_the_repr_of_credentials_has_no_secret(partner):
    """It contains the login."""
    assert "MZP128745" in repr(partner)
    assert [secret for secret in secrets_of(partner) if secret in repr(partner)] == []


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_the_details_describe_the_connection(diagnose_fault, authority, tls):
    """They contain version and chain, and state that the certificate was requested, sent and accepted."""
    diagnosis = diagnose_fault("healthy", tls=tls)
    details = diagnosis.details
    assert details.tls_version == f"TLSv{tls}"
    assert [certificate.subject for certificate in details.server_chain] == [
        "CN=localhost,O=Rehearsal",
        authority.issuing.certificate.subject.rfc4514_string(),
    ]
    assert (details.certificate_requested, details.certificate_sent, details.certificate_accepted) == (True, True, True)


def test_each_stage_is_reported_as_it_ends(diagnose_fault):
    """Every stage is reported once, in order, with its time; the result has the same stages."""
    stages = []
    diagnosis = diagnose_fault("healthy", watch=stages.append)
    assert tuple(stages) == diagnosis.stages
    assert [stage.name for stage in stages] == [
        "preparation", "name lookup", "connection", "TLS hello", "server certificate", "client certificate", "request",
        "status", "content type", "body", "fleets",
    ]  # fmt: skip
    assert all(stage.ok and stage.milliseconds >= 0 for stage in stages)
    assert next(stage.detail for stage in stages if stage.name == "client certificate") == "requested and sent"
