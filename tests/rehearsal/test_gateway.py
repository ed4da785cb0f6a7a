"""The rehearsal's gateway over real TLS: which clients it accepts, and its responses and errors by the contract."""

import json
import re
import socket
import ssl
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from onboarding.fleets.connecting.tls import client_context
from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.gateway import BURST_LIMIT, DAILY_LIMIT, RequestCounter
from tests.rehearsal.partners import CertifiedPartner, basic_auth

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_the_fleets_are_in_the_contracts_format(call, version):
    """A correct request gets HAL: a page of two to four fleets, its links, and the rate limits in headers."""
    response = call(context=call.partner.context(version))
    page = json.loads(response.body)
    fleets = page["_embedded"]["fleets"]
    assert (response.status, response.headers["content-type"]) == (200, "application/hal+json")
    assert 2 <= len(fleets) <= 4
    assert {*page} == {"total", "totalPage", "currentPage", "_links", "_embedded"}
    assert (page["total"], page["totalPage"], page["currentPage"]) == (len(fleets), 1, 0)
    assert {*page["_links"]} == {"self", "first"}
    assert all({*fleet} == {"id", "name", "description", "createdAt", "updatedAt", "_links"} for fleet in fleets)
    names = ("limit-1", "remaining-1", "limit-2", "remaining-2")
    limits = [response.headers[f"x-ratelimit-{name}"] for name in names]
    assert limits == [str(DAILY_LIMIT), str(DAILY_LIMIT - 1), str(BURST_LIMIT), str(BURST_LIMIT - 1)]


def test_the_fleets_of_a_login_stay_the_same(call):
    """Two requests of a login get the same fleets; another login has different ones."""
    first, second = (json.loads(call().body)["_embedded"] for _ in range(2))
    other = CertifiedPartner.of(call.partner.authority, call.partner.key, "MZP999999")
    others = json.loads(type(call)(other, call.base_url)().body)["_embedded"]
    assert first == second != others


REFUSALS = {
    "wrong password": ({}, 401, 40101),
    "no Basic": ({"authorization": None}, 401, 40101),
    "Basic that is not base64": ({"authorization": "Basic é&"}, 401, 40101),
    "another scheme": ({"authorization": "Bearer abc"}, 401, 40101),
    "only JSON accepted": ({"accept": "application/json"}, 406, 40600),
    "HTML accepted": ({"accept": "text/html"}, 406, 40600),
    "unknown path": ({"path": "/cars"}, 404, 40499),
}


@pytest.mark.parametrize("wrong", REFUSALS)
def test_a_refusal_is_in_the_operators_format(call, wrong):
    """It has a code that begins with the status, a uuid, a message and a timestamp."""
    arguments, status, code = REFUSALS[wrong]
    if wrong == "wrong password":
        arguments = {"authorization": basic_auth(call.partner.login, "wrong")}
    response = call(**arguments)
    body = json.loads(response.body)
    assert (response.status, body["code"], {*body}) == (status, code, {"code", "uuid", "message", "timestamp"})
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body["uuid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["timestamp"])


def test_the_login_must_be_the_one_in_the_certificate(call):
    """Another partner's login and password are refused with this certificate."""
    assert call(authorization=basic_auth("MZP000001", "rehearsal-mzp000001")).status == 401


@pytest.mark.parametrize("accept", ["application/hal+json", "*/*", "application/*;q=0.5", None])
def test_accept_headers_that_allow_hal_get_the_fleets(call, accept):
    """These are HAL, wildcards, and a missing Accept header."""
    assert call(accept=accept).status == 200


@pytest.mark.parametrize("client_id", [None, "", "another", "Ωmega", "x" * 5000])
def test_an_unknown_client_id_is_refused(call, client_id):
    """The error is in API Connect's format, with its header."""
    response = call(query={} if client_id is None else {"client_id": client_id})
    refusal = {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": "Invalid client id or secret."}
    assert (response.status, json.loads(response.body)) == (401, refusal)
    assert "x-backside-transport" in response.headers


def test_a_client_id_in_the_body_is_ignored(call):
    """The operator's quick start sends it in the body, but the contract requires it in the query."""
    body = f"client_id={call.partner.client_id}".encode()
    assert call(query={}, body=body).status == 401


def test_each_page_links_to_the_next(call):
    """With a page size of 1, the `next` links lead to each fleet once."""
    all_ids = [fleet["id"] for fleet in json.loads(call().body)["_embedded"]["fleets"]]
    seen, token = [], "0"
    while token:
        page = json.loads(call(query={"client_id": call.partner.client_id, "pageSize": "1", "pageToken": token}).body)
        seen += [fleet["id"] for fleet in page["_embedded"]["fleets"]]
        token = page["_links"].get("next", {}).get("href", "").partition("pageToken=")[2]
    assert seen == all_ids


@pytest.mark.parametrize(
    "parameters",
    [{"pageSize": "0"}, {"pageSize": "61"}, {"pageSize": "many"}, {"pageToken": "-1"}, {"pageSize": "9" * 5000}],
)
def test_invalid_page_parameters_are_refused(call, parameters):
    """The response is 400 in the operator's format."""
    response = call(query={"client_id": call.partner.client_id, **parameters})
    assert (response.status, json.loads(response.body)["code"]) == (400, 40003)


def test_too_many_requests_in_a_second_are_refused(call):
    """Responses above the limit are 429 with the seconds to wait, and every request is counted."""
    context = call.partner.context()
    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(lambda _: call(context=context), range(3 * BURST_LIMIT)))
    left = sorted(int(response.headers["x-ratelimit-remaining-1"]) for response in responses)
    assert left == list(range(DAILY_LIMIT - 3 * BURST_LIMIT, DAILY_LIMIT))
    refused = [response for response in responses if response.status == 429]
    waits = {(response.headers["retry-after"], response.headers["x-ratelimit-reset"]) for response in refused}
    assert waits <= {("1", "1")}
    assert {response.status for response in responses} <= {200, 429}


def test_requests_are_counted_by_the_second():
    """The eleventh request in a second exceeds the limit; another login is counted separately."""
    counter = RequestCounter()
    while True:  # until all requests are in the same second
        remaining = [counter.count("MZP1")[1] for _ in range(BURST_LIMIT + 1)]
        if remaining[-1] == -1:
            break
    assert remaining == [*range(BURST_LIMIT - 1, -2, -1)]
    assert counter.count("MZP2") == (DAILY_LIMIT - 1, BURST_LIMIT - 1)


def refusal_of(rehearsal, context, version):
    """Return OpenSSL's name of the alert with which the gateway refuses a connection."""
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(rehearsal.gateway_server.server_address, 10) as sock:
        try:
            with context.wrap_socket(sock, server_hostname="127.0.0.1") as stream:
                stream.recv(1)
        except ssl.SSLError as error:
            return error.reason
    return "answered"


@pytest.mark.parametrize(
    ("version", "reason"),
    [(TLS_1_2, "SSLV3_ALERT_HANDSHAKE_FAILURE"), (TLS_1_3, "TLSV13_ALERT_CERTIFICATE_REQUIRED")],
)
def test_a_client_without_a_certificate_is_refused(rehearsal, partner, version, reason):
    """The handshake ends with an alert."""
    assert refusal_of(rehearsal, client_context(None, partner.anchors), version) == reason


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_certificate_of_another_authority_is_refused(rehearsal, partner, version, tmp_path):
    """A partner of another rehearsal is refused with unknown_ca."""
    other_partner = CertifiedPartner.of(Authority.load_or_create(tmp_path), partner.key)
    context = client_context(other_partner.identity, partner.anchors)
    assert refusal_of(rehearsal, context, version) == "TLSV1_ALERT_UNKNOWN_CA"


def test_an_old_version_of_tls_is_refused(rehearsal, partner):
    """TLS 1.1 is refused."""
    context = partner.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert refusal_of(rehearsal, context, ssl.TLSVersion.TLSv1_1) == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_a_silent_client_does_not_delay_others(rehearsal, call):
    """While 20 connections are open that never start TLS, another client gets a response."""
    silent = [socket.create_connection(rehearsal.gateway_server.server_address) for _ in range(20)]
    try:
        assert call().status == 200
    finally:
        for connection in silent:
            connection.close()
