"""The report: complete enough for support, and without a secret even where the other side sends one back."""

import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.fleets.report import report_json, report_text
from onboarding.messages.verdicts import EXPERIMENTS, REMARKS, VERDICTS
from onboarding.pki.keys import spki_fingerprint
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import JSON, operator_says, replies
from tests.fleets.conftest import QUICK

PASSWORD, PASSPHRASE = "p&ssw0rd / 9472", "correct horse battery staple"


@pytest.fixture
def who(credentials):
    return replace(credentials, password=PASSWORD, passphrase=PASSPHRASE)


def secrets_of(who):
    der = who.identity.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    prime = who.identity.key.private_numbers().p
    basic = who.authorization.removeprefix("Basic ")
    return [PASSWORD, quote(PASSWORD, safe=""), PASSPHRASE, basic, "PRIVATE KEY", der.hex(), str(prime), f"{prime:x}"]


def told(diagnosis):
    return [report_text(diagnosis.to_dict()), report_json(diagnosis.to_dict()), repr(diagnosis)]


def test_a_report_has_what_support_asks_for(diagnose_fault, who):
    """Code, uuid, timestamp, fingerprints, stages, versions and the operator's words are in both forms."""
    diagnosis = diagnose_fault("password_named", who=who)
    leaf = diagnosis.details.client_chain[0]
    wanted = [
        diagnosis.gateway_error.code, diagnosis.gateway_error.uuid, diagnosis.gateway_error.timestamp, diagnosis.gateway_error.message, leaf.sha256,
        spki_fingerprint(who.identity.key.public_key()), "TLS hello", "server certificate", "status",
        diagnosis.details.cipher, diagnosis.details.server_chain[0].sha256, "OpenSSL", who.login, who.client_id,
        "password_rejected", diagnosis.details.peer,
    ]  # fmt: skip
    assert "" not in wanted
    for report in told(diagnosis)[:2]:
        assert [word for word in wanted if word not in report] == []


@pytest.mark.parametrize("name", ["healthy", "password_named", "foreign_client_ca", "close_at_certificate", "garbage"])
def test_no_secret_is_in_a_report(diagnose_fault, who, name):
    """Neither text nor JSON nor repr holds the password, the passphrase, the Basic header or the key."""
    diagnosis = diagnose_fault(name, who=who)
    assert [secret for secret in secrets_of(who) for report in told(diagnosis) if secret in report] == []


def test_a_secret_that_comes_back_is_removed(identities, who):
    """A gateway that echoes what it got, in message, headers, fleets and redirects, puts none of it into a report."""
    basic = who.authorization.removeprefix("Basic ")
    echo = f"bad password {PASSWORD} in {basic}, {quote(PASSWORD, safe='')}"
    fleets = json.dumps({"total": 1, "_embedded": {"fleets": [{"id": PASSWORD, "name": basic, "description": echo}]}})
    answers = [
        operator_says(401, 1, echo, ("Via", echo)),
        replies(401, echo, "text/plain"),
        replies(302, b"", JSON, ("Location", f"https://x.example/?p={quote(PASSWORD, safe='')}")),
        replies(200, fleets, JSON, ("Server", basic)),
        replies(400, "invalid client certificate " + echo, f"text/plain; {basic}"),
    ]
    for answer in answers:
        with FaultyGateway(Fault("echo", "", answer=answer), identities) as served:
            diagnosis = diagnose(Endpoint(served.base_url), who, limits=QUICK)
        assert [secret for secret in secrets_of(who) for report in told(diagnosis) if secret in report] == []
        assert "[removed]" in report_json(diagnosis.to_dict())


def test_a_stored_result_makes_the_same_report(diagnose_fault, who):
    """What JSON gives back is enough: a report can be made from the database."""
    result = diagnose_fault("403", who=who).to_dict()
    assert report_text(json.loads(json.dumps(result))) == report_text(result)


def test_credentials_do_not_show_themselves(who):
    """The repr of the credentials has the login, and no secret."""
    assert "MZP128745" in repr(who)
    assert [secret for secret in secrets_of(who) if secret in repr(who)] == []


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_the_evidence_of_a_connection(diagnose_fault, authority, tls):
    """Version, cipher, chain and what was sent are kept."""
    diagnosis = diagnose_fault("healthy", tls=tls)
    seen = diagnosis.details
    assert seen.tls_version == f"TLSv{tls}"
    assert [link.subject for link in seen.server_chain] == [
        "CN=localhost,O=Rehearsal",
        authority.issuing.certificate.subject.rfc4514_string(),
    ]
    assert (seen.asked_for_certificate, seen.certificate_sent, seen.certificate_accepted) == (True, True, True)


def test_the_stages_are_told_as_they_end(diagnose_fault):
    """Every stage is announced once, in order, with its time, and they are those of the result."""
    stages = []
    diagnosis = diagnose_fault("healthy", watch=stages.append)
    assert tuple(stages) == diagnosis.stages
    assert [stage.name for stage in stages] == [
        "preparation", "name lookup", "connection", "TLS hello", "server certificate", "client certificate", "request",
        "status", "content type", "body", "fleets",
    ]  # fmt: skip
    assert all(stage.ok and stage.milliseconds >= 0 for stage in stages)
    assert next(stage.detail for stage in stages if stage.name == "client certificate") == "asked for and sent"


def test_every_word_of_the_catalogue_can_be_filled():
    """No template asks for a value that a verdict does not have, and none is empty."""
    known = """host port address date now reason login proxy seconds alert issuer names status minutes diagnosis partners
    shown total wait target field known public""".split()
    values = {name: f"<{name}>" for name in known}
    for entry in [*VERDICTS.values(), *REMARKS.values()]:
        assert entry.text.format(**values)
        entry.remedy.format(**values)
    assert set(EXPERIMENTS) == {"without_certificate", "without_basic", "system_trust", "tls_1_2"}
