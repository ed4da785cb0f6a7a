"""The partner's own certificates are judged before the gateway is blamed, and alerts are read late."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from onboarding.fleets.classifying.client_chain import chain_fault
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.rehearsal.faults.certificates import _sign
from onboarding.rehearsal.faults.gateway import ClientAuth, Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import nginx_error
from tests.fleets import other_servers
from tests.fleets.conftest import QUICK

REFUSALS = ["alert_unknown_ca", "alert_bad_certificate", "alert_certificate_unknown", "alert_certificate_expired"]


@pytest.fixture
def chains(credentials, authority, identities):
    """Return credentials by the fault that the certificates above the partner's own have."""
    issuing, root = authority.issuing, authority.root
    issued_by, name, key = (root.certificate.subject, root.key), issuing.certificate.subject, issuing.key
    above = {
        "expired": _sign(issued_by, name, key, ca=True, days=(-800, -20)),
        "not_yet_valid": _sign(issued_by, name, key, ca=True, days=(20, 800)),
        "not_ca": _sign(issued_by, name, key),
        "unrelated": identities.untrusted_ca.certificate,
    }
    leaf = credentials.identity.certificates[0]
    return {
        fault: replace(credentials, identity=ClientIdentity((leaf, certificate), credentials.identity.key))
        for fault, certificate in above.items()
    }


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("fault", ["expired", "not_yet_valid", "not_ca", "unrelated"])
def test_a_fault_in_the_partners_chain_is_named_instead_of_blaming_the_gateway(diagnose_fault, chains, refusal, fault):
    """Whatever the alert says, the verdict names the certificate with the fault, and is both sides' to mend."""
    verdict = diagnose_fault(refusal, who=chains[fault]).verdict
    assert (verdict.code, verdict.variant, verdict.confidence, verdict.owner) == (
        "client_chain_faulty",
        fault,
        "probable",
        "both",
    )
    assert ("Foreign Root CA" if fault == "unrelated" else "Rehearsal Issuing CA") in verdict.text
    assert not verdict.has_observation("chain_consistent")


def test_a_certificate_too_many_is_a_remark_on_a_success(identities, credentials, chains):
    """This gateway knows the issuing authority, another program may not."""
    remarks = {}
    for name, who in (("right", credentials), ("unrelated", chains["unrelated"])):
        with FaultyGateway(Fault("any", ""), identities) as gateway:
            result = diagnose(Endpoint(gateway.base_url), who, limits=QUICK)
        assert result.verdict.code == "connected"
        remarks[name] = [remark.text for remark in result.remarks if remark.code == "chain_has_unrelated"]
    assert (remarks["right"], "Foreign Root CA" in remarks["unrelated"][0]) == ([], True)


@pytest.mark.parametrize("fault", ["expired", "not_ca", "unrelated"])
def test_the_same_holds_for_a_refusal_in_http(identities, chains, fault):
    """As nginx refuses."""
    respond = nginx_error(400, "The SSL certificate error", "The SSL certificate error")
    with FaultyGateway(Fault("any", "", respond=respond, client_auth=ClientAuth.OPTIONAL), identities) as gateway:
        diagnosis = diagnose(Endpoint(gateway.base_url), chains[fault], limits=QUICK)
    # A gateway that verifies by itself refuses with an alert before it can answer in HTTP.
    assert (diagnosis.verdict.code, diagnosis.verdict.variant) == ("client_chain_faulty", fault)


def test_a_chain_without_fault_is_said_to_be_consistent(diagnose_fault, credentials):
    """Only then does a certain verdict say that the gateway does not know the authority."""
    verdict = diagnose_fault("alert_unknown_ca").verdict
    assert (verdict.code, verdict.confidence) == ("client_certificate_unknown_ca", "certain")
    assert verdict.has_observation("chain_consistent")
    assert chain_fault(credentials, datetime.now(UTC)) is None


def test_a_certificate_of_another_root_is_not_certainly_the_gateways_business(identities, credentials, diagnose_fault):
    """It may be a certificate for another environment, so the verdict is probable."""
    other = identities.untrusted_ca
    key = credentials.identity.key
    leaf = _sign((other.certificate.subject, other.key), credentials.identity.certificates[0].subject, key)
    foreign = replace(credentials, identity=ClientIdentity((leaf, other.certificate), key))
    verdict = diagnose_fault("healthy", who=foreign).verdict
    assert (verdict.code, verdict.confidence) == ("client_certificate_unknown_ca", "probable")


@pytest.mark.skipif(not other_servers.OPENSSL, reason="openssl is not installed")
@pytest.mark.parametrize("is_known", [True, False])
def test_the_authorities_that_the_server_names_reach_the_verdict(
    tmp_path, identities, authority, credentials, without_intermediate, is_known
):
    """An observation says whether the authority of this certificate is among them, and which ones are."""
    known = authority.root.certificate if is_known else identities.untrusted_ca.certificate
    other_servers.write_files(tmp_path, identities.get("good"), (known,))
    who = without_intermediate if is_known else credentials  # without it, a server that knows the root refuses
    with other_servers.s_server(
        tmp_path, "-www", "-CAfile", "clients.pem", "-Verify", "3", "-verify_return_error"
    ) as url:
        verdict = diagnose(Endpoint(url), who).verdict
    texts = [text.text for text in verdict.observations if text.code in {"authority_named", "authority_not_named"}]
    assert len(texts) == 1
    assert ("Foreign Root CA" in texts[0]) != is_known


@pytest.mark.parametrize("alert", ["certificate_revoked", "unknown_ca"])
def test_an_alert_after_the_handshake_outweighs_its_success(diagnose_fault, alert):
    """A session ticket came before the alert, and still the verdict is about the certificate."""
    diagnosis = diagnose_fault(f"late_alert_{alert}")
    assert diagnosis.verdict.code == f"client_certificate_{alert.removeprefix('certificate_')}"
    assert diagnosis.verdict.has_observation("alert_after_handshake")


def test_an_alert_that_says_nothing_about_the_certificate_is_quoted(diagnose_fault):
    """The verdict claims neither that the certificate was accepted nor that it was refused."""
    verdict = diagnose_fault("alert_after_request").verdict
    assert (verdict.code, verdict.variant) == ("answer_missing", "alert")
    assert "internal error" in verdict.text
    assert "accepted" not in verdict.text


def test_a_trusted_box_is_recognized_by_its_issuer(identities, credentials):
    """A company's proxy whose CA is trusted answers with fleets or errors, and is not taken for the gateway."""
    trusting = replace(credentials, anchors=(*credentials.anchors, identities.interceptor.certificate))
    box = Fault(
        "any", "", certificate="intercepted", client_auth=ClientAuth.OFF, respond=nginx_error(502, "Bad Gateway")
    )
    with FaultyGateway(box, identities) as gateway:
        verdict = diagnose(Endpoint(gateway.base_url), trusting, limits=QUICK).verdict
    assert (verdict.code, verdict.variant, verdict.owner) == ("proxy_intercepts", "trusted", "network")
    with FaultyGateway(replace(box, respond=Fault("", "").respond), identities) as gateway:
        diagnosis = diagnose(Endpoint(gateway.base_url), trusting, limits=QUICK)
    assert (diagnosis.verdict.code, diagnosis.succeeded) == ("credentials_withheld", False)
    assert diagnosis.verdict.has_observation("interceptor_trusted")
