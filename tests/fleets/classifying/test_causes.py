"""Causes with the same symptom get different verdicts, or one uncertain verdict that names both."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from onboarding.fleets.classifying.remarks import remarks_before
from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.messages.verdicts import VERDICTS
from onboarding.rehearsal.authority import pem
from onboarding.rehearsal.faults.gateway import ClientAuth, FaultyGateway
from onboarding.rehearsal.faults.registry import fault_called
from onboarding.rehearsal.faults.responses import HEALTHY, ClientRequest, choose, http_response, operator_error
from tests.fleets.conftest import QUICK

# (symptom, fault, another fault, TLS version): the verdicts must differ.
DISTINGUISHED = [
    ("closed at the certificate", "close_at_certificate", "close_whatever_comes", "1.2"),
    ("closed at the certificate", "close_at_certificate", "close_whatever_comes", "1.3"),
    ("closed after the handshake", "close_at_certificate", "close_after_request", "1.3"),
    ("closed after the handshake", "reset_at_certificate", "reset_after_request", "1.3"),
    ("silence", "hang_before_handshake", "hang_after_request", "1.3"),
    ("silence", "hang_before_handshake", "tls_1_3_hangs", "1.2"),
    ("closed early", "close_at_hello", "tls_1_3_closed", "1.2"),
    ("silence", "hang_in_handshake", "hang_at_certificate", "1.2"),
    ("silence", "hang_after_request", "hang_in_body", "1.3"),
    ("closed early", "close_at_hello", "close_at_certificate", "1.2"),
    ("alert access_denied", "hello_alert_access_denied", "alert_access_denied", "1.2"),
    ("alert handshake_failure", "hello_alert_handshake_failure", "alert_handshake_failure", "1.2"),
    ("alert protocol_version", "hello_alert_protocol_version", "hello_alert_handshake_failure", "1.2"),
    ("no issuer found", "server_missing_intermediate", "server_foreign_ca_alone", "1.3"),
    ("no issuer found", "server_self_signed", "server_foreign_ca", "1.3"),
    ("no issuer found", "server_intercepted", "server_foreign_ca", "1.3"),
    ("dates", "server_expired", "server_not_yet_valid", "1.3"),
    ("400 that misses a certificate", "no_certificate_asked_400", "certificate_ignored", "1.3"),
    ("400", "certificate_error_400", "400_html", "1.3"),
    ("401 of API Connect", "client_id_unknown", "client_id_unattached", "1.3"),
    ("401 “Invalid client id”", "client_id_unknown", "end_users_host", "1.3"),
    ("401", "password_wrong", "401", "1.3"),
    ("401", "password_expired", "password_named", "1.3"),
    ("401", "account_locked", "password_named", "1.3"),
    ("401", "clock_ahead_401", "401", "1.3"),
    ("403", "403_html", "403", "1.3"),
    ("403", "no_certificate_asked_403", "403", "1.3"),
    ("200 without fleets", "empty_list", "other_json_200", "1.3"),
    ("200 without fleets", "html_200", "other_json_200", "1.3"),
    ("too much", "endless_body", "cut_short", "1.3"),
]


@pytest.mark.parametrize(("symptom", "fault_name", "other_fault", "tls"), DISTINGUISHED)
def test_two_causes_of_one_symptom_get_different_verdicts(diagnose_fault, symptom, fault_name, other_fault, tls):
    """The two faults end in different verdicts."""
    assert diagnose_fault(fault_name, tls=tls).verdict.code != diagnose_fault(other_fault, tls=tls).verdict.code


# A verdict that covers several causes is not certain, and its sentences name each of them.
BOTH_NAMED = {
    "connect_refused": ["port", "down"],
    "connect_timeout": ["firewall"],
    "tls_closed": ["device on the way", "gateway is at fault"],
    "tls_hang": ["network device on the way", "overloaded"],
    "tls_too_old": ["network device", "If there is no such device"],
    "tls_refused": ["network address", "another kind of encryption"],
    "tls_1_3_fails": ["usual cause"],
    "server_ca_mismatch": ["CA certificate that you use", "proxy"],
    "proxy_intercepts": ["proxy", "wrong one"],
    "server_self_signed": ["Another device", "If it does"],
    "server_name_mismatch": ["another device", "address is wrong"],
    "server_certificate_expired": ["clock", "expired"],
    "server_certificate_not_yet_valid": ["clock", "If the clock is right"],
    "server_chain_incomplete": ["leaves out"],
    "client_certificate_expired": ["authority above", "clock"],
    "client_certificate_probably_refused": ["do not accept", "a fault on their side"],
    "client_certificate_hang": ["unable to check", "overloaded"],
    "client_chain_incomplete": ["was not sent with it", "may also not know"],
    "client_certificate_missing": ["although yours was sent", "device in front"],
    "client_certificate_not_requested": ["probably", "address"],
    "client_proof_refused": ["does not say whether"],
    "connection_dropped": ["does not accept your certificate", "a fault of its own", "can’t tell which"],
    "unauthorized": ["password", "client ID"],
    "clock_skew": ["refused", "clock"],
    "blocked_page": ["firewall", "probably"],
    "not_found": ["address", "contact"],
    "redirected": ["portal or proxy", "has probably changed"],
    "not_the_gateway": ["proxy or portal", "address is wrong"],
    "call_unanswered": ["overloaded", "unable to check your certificate"],
    "proxy_failed": ["proxy may be at fault", "gateway may be down"],
}


@pytest.mark.parametrize("code", BOTH_NAMED)
def test_a_verdict_on_several_causes_names_them_and_is_not_certain(code):
    """Its confidence is lower, and its text and remedy contain each cause."""
    template = VERDICTS[code]
    sentences = f"{template.text} {template.remedy}"
    assert template.confidence != "certain"
    assert [phrase for phrase in BOTH_NAMED[code] if phrase not in sentences] == []


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_an_unknown_ca_may_be_due_to_an_incomplete_chain(diagnose_fault, without_intermediate, tls):
    """Without the intermediate, the verdict names the missing certificate and is probable only."""
    diagnosis = diagnose_fault("client_chain_needed", tls=tls, who=without_intermediate)
    assert (diagnosis.verdict.code, diagnosis.verdict.confidence) == ("client_chain_incomplete", "probable")
    assert "Rehearsal Issuing CA" in diagnosis.verdict.text


@pytest.mark.parametrize("alert", ["bad_certificate", "certificate_unknown"])
def test_a_vague_refusal_of_an_incomplete_chain_names_the_chain(diagnose_fault, without_intermediate, alert):
    """Java, for example, sends such an alert if it can't find an issuer. With the full chain the verdict differs."""
    diagnosis = diagnose_fault(f"alert_{alert}", who=without_intermediate)
    assert (diagnosis.verdict.code, diagnosis.verdict.confidence) == ("client_chain_incomplete", "probable")
    assert diagnose_fault(f"alert_{alert}").verdict.code == "client_certificate_refused"


@pytest.fixture
def public_ca(identities, tmp_path, monkeypatch):
    """Put the CA that issued the faulty gateways' foreign certificates into the system's trust store."""
    store = tmp_path / "public.pem"
    store.write_text(pem(identities.untrusted_ca.certificate, identities.interceptor.certificate))
    monkeypatch.setenv(ssl.get_default_verify_paths().openssl_cafile_env, str(store))


def test_a_ca_that_the_system_trusts_is_named(diagnose_fault, public_ca):
    """If the system trusts the server, the partner probably uses the wrong CA certificate.

    An interceptor's CA may also be in the trust store, so the verdict is probable, and names both causes.
    """
    diagnosis = diagnose_fault("server_foreign_ca", tls="1.2")
    assert (diagnosis.verdict.code, diagnosis.verdict.confidence) == ("server_ca_mismatch", "probable")
    assert "The CA certificates of this system verify it." in diagnosis.verdict.text
    assert [experiment.name for experiment in diagnosis.experiments] == ["system_trust"]


def test_an_interceptor_that_the_system_trusts_is_still_reported(diagnose_fault, public_ca):
    """Companies install the CA of their own proxy in their systems, so the system's trust proves nothing."""
    diagnosis = diagnose_fault("server_intercepted")
    assert (diagnosis.verdict.code, diagnosis.verdict.owner) == ("proxy_intercepts", "network")
    assert diagnosis.verdict.has_observation("issuer_trusted_by_system")


def test_experiments_on_an_unverified_server_carry_neither_password_nor_certificate(identities, credentials, public_ca):
    """A server that only the system trusts gets no data that it could misuse."""
    requests = []
    optional = replace(
        fault_called("server_foreign_ca"),
        client_auth=ClientAuth.OPTIONAL,
        respond=lambda request: (requests.append(request), HEALTHY)[1:],
    )
    with FaultyGateway(optional, identities) as served:
        diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
    assert (served.connections, requests) == (2, [ClientRequest(has_certificate=False, has_basic_auth=False)])


def _with_and_without_login(with_login, without_login):
    return replace(
        fault_called("401"), respond=choose(lambda request: request.has_basic_auth, with_login, without_login)
    )


def test_a_login_that_the_gateway_asks_for_and_then_forbids_is_not_wrong(identities, credentials):
    """A 403 with the login and a 401 without it show that the gateway read the login."""
    respond = _with_and_without_login(operator_error(403, 1, "No access"), operator_error(401, 2, "Who are you?"))
    with FaultyGateway(respond, identities) as served:
        verdict = diagnose(Endpoint(served.base_url), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.confidence, verdict.has_observation("login_read")) == ("forbidden", "probable", True)


def test_a_reference_number_makes_no_difference_between_two_responses(identities, credentials):
    """Each response of a firewall has another number, which says nothing about the login."""
    pages = [http_response(401, f"Refused. Incident {number}-{number}", "text/plain") for number in (4711, 4712)]
    with FaultyGateway(_with_and_without_login(*pages), identities) as served:
        verdict = diagnose(Endpoint(served.base_url), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.has_observation("same_response_without_login")) == ("unauthorized", True)


def test_no_experiment_follows_a_success(gateway, credentials):
    """A healthy gateway gets one request."""
    with gateway("healthy") as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
    assert (diagnosis.experiments, served.connections, len(served.requests)) == ((), 1, 1)


def test_a_refused_password_is_not_sent_twice(gateway, credentials):
    """Experiments after a 401 are sent without the password, because each attempt could lock the login."""
    with gateway("password_wrong") as served:
        diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
    assert [b"authorization:" in request.lower() for request in served.requests] == [True, False]


def test_the_host_of_the_drivers_api_gets_a_remark(credentials):
    """People confuse it with the partners' API, so the remark accompanies any verdict."""
    endpoint = Endpoint("https://api.groupe-psa.com/connectedcar/v3")
    codes = [remark.code for remark in remarks_before(endpoint, credentials, datetime.now(UTC))]
    assert codes == ["end_users_address"]
