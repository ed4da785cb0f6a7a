"""Every fault of a gateway gets its verdict within the time limit, with the real client over real sockets."""

import threading

import pytest

from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.messages.verdicts import VERDICTS
from onboarding.rehearsal.faults.connection import alert_after_request
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.registry import FAULTS
from tests.fleets.conftest import GRACE_MS, QUICK

HANGS = {
    "hang_before_handshake", "hang_in_handshake", "drip_handshake", "hang_at_certificate", "hang_after_request",
    "hang_in_body", "drip_headers", "drip_body",
}  # fmt: skip

# fault, TLS versions, verdict, confidence, owner, stage
TABLE = """
hang_before_handshake          12 13  tls_hang                             probable  network   TLS hello
close_at_hello                 12 13  tls_closed                           probable  network   TLS hello
reset_at_hello                 12 13  tls_closed                           probable  network   TLS hello
garbage                        13     not_tls                              probable  network   TLS hello
plain_http                     12 13  not_tls                              certain   network   TLS hello
smtp                           13     not_tls                              certain   network   TLS hello
ssh                            13     not_tls                              certain   network   TLS hello
hang_in_handshake              12 13  tls_hang                             probable  network   server certificate
close_in_handshake             12 13  tls_closed                           probable  network   server certificate
drip_handshake                 12 13  tls_hang                             probable  network   TLS hello
hang_at_certificate            12     client_certificate_hang              probable  operator  client certificate
hang_at_certificate            13     call_unanswered                      probable  operator  request
close_at_certificate           12     client_certificate_probably_refused  probable  operator  client certificate
close_at_certificate           13     client_certificate_probably_refused  probable  operator  request
reset_at_certificate           12     client_certificate_probably_refused  probable  operator  client certificate
reset_at_certificate           13     client_certificate_probably_refused  probable  operator  request
close_whatever_comes           12     connection_dropped                   unknown   operator  client certificate
close_whatever_comes           13     connection_dropped                   unknown   operator  request
tls_1_0                        any    tls_too_old                          probable  network   TLS hello
tls_1_1                        any    tls_too_old                          probable  network   TLS hello
ssl_3                          any    tls_too_old                          probable  network   server certificate
tls_1_3_closed                 any    tls_1_3_fails                        probable  network   TLS hello
tls_1_3_hangs                  any    tls_1_3_fails                        probable  network   TLS hello
no_shared_cipher               any    tls_refused                          probable  operator  TLS hello
hello_alert_protocol_version   any    tls_too_old                          probable  network   TLS hello
hello_alert_handshake_failure  any    tls_refused                          probable  operator  TLS hello
hello_alert_internal_error     any    tls_refused                          probable  operator  TLS hello
hello_alert_unrecognized_name  any    tls_host_unknown                     probable  operator  TLS hello
hello_alert_access_denied      any    tls_refused                          probable  operator  TLS hello
alert_handshake_failure        12 13  client_proof_refused                 probable  operator  client certificate
alert_bad_certificate          12 13  client_certificate_refused           certain   operator  client certificate
alert_unsupported_certificate  12 13  client_certificate_unsupported       certain   operator  client certificate
alert_certificate_revoked      12 13  client_certificate_revoked           certain   operator  client certificate
alert_certificate_expired      12 13  client_certificate_expired           probable  operator  client certificate
alert_certificate_unknown      12 13  client_certificate_refused           certain   operator  client certificate
alert_illegal_parameter        12 13  client_proof_refused                 probable  operator  client certificate
alert_unknown_ca               12 13  client_certificate_unknown_ca        certain   operator  client certificate
alert_access_denied            12 13  client_certificate_refused           certain   operator  client certificate
alert_decode_error             12 13  client_proof_refused                 probable  operator  client certificate
alert_decrypt_error            12 13  client_proof_refused                 probable  operator  client certificate
alert_insufficient_security    12 13  client_proof_refused                 probable  operator  client certificate
alert_internal_error           12 13  client_proof_refused                 probable  operator  client certificate
alert_certificate_required     12 13  client_certificate_missing           probable  operator  client certificate
server_wrong_name              12 13  server_name_mismatch                 probable  network   server certificate
server_no_name                 12 13  server_name_mismatch                 probable  network   server certificate
server_expired                 12 13  server_certificate_expired           probable  operator  server certificate
server_expired_issuer          12 13  server_certificate_expired           probable  operator  server certificate
server_not_yet_valid           12 13  server_certificate_not_yet_valid     probable  partner   server certificate
server_missing_intermediate    12 13  server_chain_incomplete              probable  operator  server certificate
server_foreign_ca              12     proxy_intercepts                     probable  network   server certificate
server_foreign_ca              13     server_ca_mismatch                   probable  partner   server certificate
server_foreign_ca_alone        12     proxy_intercepts                     probable  network   server certificate
server_foreign_ca_alone        13     server_ca_mismatch                   probable  partner   server certificate
server_intercepted             12 13  proxy_intercepts                     probable  network   server certificate
server_self_signed             12 13  server_self_signed                   probable  network   server certificate
server_client_only             12 13  server_certificate_refused           probable  operator  server certificate
foreign_client_ca              12 13  client_certificate_unknown_ca        certain   operator  client certificate
client_chain_needed            12 13  connected                            certain   nobody    fleets
no_certificate_asked           12 13  credentials_withheld                 probable  operator  fleets
no_certificate_asked_400       12 13  credentials_withheld                 probable  operator  status
no_certificate_asked_401       12 13  credentials_withheld                 probable  operator  status
no_certificate_asked_403       12 13  credentials_withheld                 probable  operator  status
certificate_asked_late         13     credentials_withheld                 probable  operator  status
end_users_host                 12 13  credentials_withheld                 probable  operator  status
certificate_optional           12 13  connected                            certain   nobody    fleets
certificate_ignored            any    client_certificate_missing           probable  operator  status
certificate_error_400          any    client_certificate_refused           probable  operator  status
endless_handshake              any    tls_failed                           unknown   operator  TLS hello
tls_1_3_certificate_closed     any    client_certificate_needs_tls_1_2     probable  operator  request
alert_after_request            any    answer_missing                       probable  operator  request
late_alert_certificate_revoked any    client_certificate_revoked           certain   operator  request
late_alert_unknown_ca          any    client_certificate_unknown_ca        certain   operator  request
hang_after_request             12 13  call_unanswered                      probable  operator  request
close_after_request            12 13  answer_missing                       probable  operator  request
reset_after_request            12 13  answer_missing                       probable  operator  request
garbage_after_request          any    not_http                             probable  operator  request
cut_short                      any    answer_cut_off                       probable  operator  body
reset_in_body                  12 13  answer_cut_off                       probable  operator  body
hang_in_body                   any    time_out                             probable  operator  body
drip_headers                   any    time_out                             probable  operator  request
drip_body                      any    time_out                             probable  operator  body
slow_but_fine                  any    connected                            certain   nobody    fleets
endless_body                   any    answer_too_large                     probable  operator  fleets
endless_headers                any    answer_too_large                     probable  operator  request
gzip_bomb                      any    answer_too_large                     probable  operator  fleets
broken_gzip                    any    answer_unreadable                    probable  operator  fleets
broken_chunks                  any    answer_cut_off                       probable  operator  body
chunked                        any    connected                            certain   nobody    fleets
interim_answers                any    connected                            certain   nobody    fleets
no_date                        any    connected                            certain   nobody    fleets
strange_date                   any    connected                            certain   nobody    fleets
healthy                        12 13  connected                            certain   nobody    fleets
empty_list                     any    no_fleets                            certain   operator  fleets
empty_list_bare                any    no_fleets                            certain   operator  fleets
total_only_200                 any    answer_unreadable                    probable  operator  fleets
other_list_200                 any    answer_unreadable                    probable  operator  fleets
fleets_malformed_200           any    answer_unreadable                    probable  operator  fleets
unknown_fields                 any    connected                            certain   nobody    fleets
missing_fields                 any    connected                            certain   nobody    fleets
plain_json_type                any    connected                            certain   nobody    fleets
html_200                       any    not_the_gateway                      probable  network   fleets
text_200                       any    answer_unreadable                    probable  operator  fleets
other_json_200                 any    answer_unreadable                    probable  operator  fleets
json_array_200                 any    answer_unreadable                    probable  operator  fleets
json_null_200                  any    answer_unreadable                    probable  operator  fleets
broken_json_200                any    answer_unreadable                    probable  operator  fleets
deep_json_200                  any    answer_too_large                     probable  operator  fleets
not_utf8_200                   any    answer_unreadable                    probable  operator  fleets
empty_200                      any    answer_unreadable                    probable  operator  fleets
error_in_200                   any    answer_unreadable                    probable  operator  fleets
clock_behind                   any    connected                            certain   nobody    fleets
clock_ahead                    any    connected                            certain   nobody    fleets
clock_ahead_401                any    clock_skew                           probable  partner   status
429                            any    rate_limited                         certain   partner   status
429_bare                       any    rate_limited                         certain   partner   status
429_dated                      any    rate_limited                         certain   partner   status
429_api_connect                any    rate_limited                         certain   partner   status
400                            any    bad_request                          probable  operator  status
400_html                       any    bad_request                          probable  operator  status
400_text                       any    bad_request                          probable  operator  status
400_empty                      any    bad_request                          probable  operator  status
401                            any    unauthorized                         probable  partner   status
401_html                       any    unauthorized                         probable  partner   status
401_text                       any    unauthorized                         probable  partner   status
401_empty                      any    unauthorized                         probable  partner   status
401_api_connect                any    unauthorized                         probable  partner   status
403                            any    forbidden                            probable  operator  status
403_html                       any    blocked_page                         probable  operator  status
403_text                       any    forbidden                            probable  operator  status
403_empty                      any    forbidden                            probable  operator  status
403_api_connect                any    forbidden                            probable  operator  status
404                            any    not_found                            probable  operator  status
404_html                       any    not_found                            probable  operator  status
404_api_connect                any    not_found                            probable  operator  status
405                            any    unexpected_status                    unknown   operator  status
406                            any    not_acceptable                       probable  operator  status
408                            any    unexpected_status                    unknown   operator  status
418                            any    unexpected_status                    unknown   operator  status
500                            any    operator_error                       probable  operator  status
500_html                       any    operator_error                       probable  operator  status
500_text                       any    operator_error                       probable  operator  status
500_empty                      any    operator_error                       probable  operator  status
500_api_connect                any    operator_error                       probable  operator  status
502_html                       any    operator_error                       probable  operator  status
503                            any    operator_error                       probable  operator  status
504                            any    operator_error                       probable  operator  status
301                            any    redirected                           probable  network   status
302                            any    redirected                           probable  network   status
307                            any    redirected                           probable  network   status
308                            any    redirected                           probable  network   status
204                            any    unexpected_status                    unknown   operator  status
206                            any    unexpected_status                    unknown   operator  status
304                            any    unexpected_status                    unknown   operator  status
999                            any    unexpected_status                    unknown   operator  status
password_named                 any    password_rejected                    certain   partner   status
password_wrong                 any    password_rejected                    probable  partner   status
password_expired               any    password_expired                     probable  partner   status
account_locked                 any    account_locked                       probable  operator  status
basic_unwanted                 any    unauthorized                         unknown   partner   status
client_id_unknown              any    client_id_unknown                    certain   partner   status
client_id_unknown_text         any    client_id_unknown                    probable  partner   status
client_id_unattached           any    client_id_not_subscribed             certain   operator  status
"""


def rows():
    """Yield (fault, TLS version or "" for either, (verdict, confidence, owner, stage))."""
    for line in TABLE.strip().splitlines():
        words = line.split()
        versions = [word for word in words[1:3] if word in {"12", "13", "any"}]
        expected = (*words[1 + len(versions) : 4 + len(versions)], " ".join(words[4 + len(versions) :]))
        for version in versions:
            tls = "" if version == "any" else f"1.{version[1]}"
            yield pytest.param(words[0], tls, expected, id=f"{words[0]}-{version}")


@pytest.mark.parametrize(("name", "tls", "expected"), [*rows()])
def test_each_fault_gets_its_verdict_in_time(diagnose_fault, name, tls, expected):
    """The verdict, confidence, owner and stage are those of the table; the test ends in time and leaves no thread."""
    before = threading.active_count()
    diagnosis = diagnose_fault(name, tls=tls)
    verdict = diagnosis.verdict
    assert (verdict.code, verdict.confidence, verdict.owner, diagnosis.stage_reached) == expected
    assert diagnosis.duration_ms < QUICK.total * 1000 + GRACE_MS
    assert len(diagnosis.experiments) <= 3
    assert diagnosis.to_dict()["verdict"]["text"] == verdict.text
    assert threading.active_count() <= before


def test_the_table_covers_the_faults():
    """It has at least 75 faults, all of which exist, and every fault that hangs."""
    names = {row.values[0] for row in rows()}
    assert names <= set(FAULTS)
    assert len(names) >= 75
    assert names >= HANGS


def test_every_verdict_of_the_table_is_in_the_catalog():
    """The catalog has sentences for each code."""
    assert {row.values[2][0] for row in rows()} <= set(VERDICTS)


def test_a_certain_verdict_does_not_depend_on_the_tls_version():
    """A fault with a certain verdict in one version has the same verdict in the other."""
    certain = {(row.values[0], row.values[2]) for row in rows() if row.values[2][1] == "certain"}
    for name, expected in certain:
        assert {row.values[2] for row in rows() if row.values[0] == name} == {expected}


@pytest.mark.parametrize("alert", ["bad_certificate", "certificate_unknown", "access_denied"])
def test_a_general_alert_after_tls_accepted_the_certificate_is_not_certain(identities, credentials, alert):
    """It may be about the login or the request."""
    fault = Fault("", "", connection=alert_after_request(alert))
    with FaultyGateway(fault, identities) as served:
        verdict = diagnose(Endpoint(served.base_url), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.confidence) == ("client_certificate_refused", "probable")
    assert verdict.has_observation("alert_after_handshake")
