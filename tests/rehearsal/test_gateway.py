"""The rehearsal's gateway over real TLS: whom it lets in, and how it says no, as the operator's contract has it."""

import json
import re
import socket
import ssl
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from onboarding.fleets.connecting.tls import client_context
from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.gateway import BURST, DAILY, Counters
from tests.rehearsal.members import Member, basic

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_the_fleets_come_as_the_contract_describes_them(call, version):
    """A right request gets HAL: a page of two to four fleets, its links, and what is left of the rate limits."""
    answer = call(context=call.member.context(version))
    page = json.loads(answer.body)
    fleets = page["_embedded"]["fleets"]
    assert (answer.status, answer.headers["content-type"]) == (200, "application/hal+json")
    assert 2 <= len(fleets) <= 4
    assert {*page} == {"total", "totalPage", "currentPage", "_links", "_embedded"}
    assert (page["total"], page["totalPage"], page["currentPage"]) == (len(fleets), 1, 0)
    assert {*page["_links"]} == {"self", "first"}
    assert all({*one} == {"id", "name", "description", "createdAt", "updatedAt", "_links"} for one in fleets)
    limits = [answer.headers[f"x-ratelimit-{what}"] for what in ("limit-1", "remaining-1", "limit-2", "remaining-2")]
    assert limits == [str(DAILY), str(DAILY - 1), str(BURST), str(BURST - 1)]


def test_the_fleets_of_a_login_stay_the_same(call):
    """Asked twice, the same fleets come; another login has others."""
    first, second = (json.loads(call().body)["_embedded"] for _ in range(2))
    other = Member.of(call.member.authority, call.member.key, "MZP999999")
    others = json.loads(type(call)(other, call.base_url)().body)["_embedded"]
    assert first == second != others


REFUSALS = {
    "wrong password": ({}, 401, 40101),
    "no Basic": ({"authorization": None}, 401, 40101),
    "Basic that is no base64": ({"authorization": "Basic é&"}, 401, 40101),
    "another scheme": ({"authorization": "Bearer abc"}, 401, 40101),
    "only JSON accepted": ({"accept": "application/json"}, 406, 40600),
    "HTML accepted": ({"accept": "text/html"}, 406, 40600),
    "no such resource": ({"path": "/cars"}, 404, 40499),
}


@pytest.mark.parametrize("wrong", REFUSALS)
def test_a_refusal_has_the_operators_shape(call, wrong):
    """Code (its first digits the status), uuid, message and timestamp."""
    how, status, code = REFUSALS[wrong]
    if wrong == "wrong password":
        how = {"authorization": basic(call.member.login, "wrong")}
    answer = call(**how)
    said = json.loads(answer.body)
    assert (answer.status, said["code"], {*said}) == (status, code, {"code", "uuid", "message", "timestamp"})
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", said["uuid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["timestamp"])


def test_the_login_must_be_the_certificates(call):
    """Another member's login and password do not go with this certificate."""
    assert call(authorization=basic("MZP000001", "rehearsal-mzp000001")).status == 401


@pytest.mark.parametrize("accept", ["application/hal+json", "*/*", "application/*;q=0.5", None])
def test_what_may_be_accepted(call, accept):
    """HAL, anything, and saying nothing are all served."""
    assert call(accept=accept).status == 200


@pytest.mark.parametrize("client_id", [None, "", "another", "Ωmega", "x" * 5000])
def test_a_client_id_that_is_not_known(call, client_id):
    """API Connect's shape of an error, and its header."""
    answer = call(query={} if client_id is None else {"client_id": client_id})
    refusal = {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": "Invalid client id or secret."}
    assert (answer.status, json.loads(answer.body)) == (401, refusal)
    assert "x-backside-transport" in answer.headers


def test_a_client_id_in_the_body_does_not_count(call):
    """The quick start's cURL line sends it there; the contract wants it in the query."""
    body = f"client_id={call.member.client_id}".encode()
    assert call(query={}, body=body).status == 401


def test_pages_link_to_the_next(call):
    """With a page size of 1, following `next` shows each fleet once."""
    whole = [one["id"] for one in json.loads(call().body)["_embedded"]["fleets"]]
    seen, token = [], "0"
    while token:
        page = json.loads(call(query={"client_id": call.member.client_id, "pageSize": "1", "pageToken": token}).body)
        seen += [one["id"] for one in page["_embedded"]["fleets"]]
        token = page["_links"].get("next", {}).get("href", "").partition("pageToken=")[2]
    assert seen == whole


@pytest.mark.parametrize(
    "how", [{"pageSize": "0"}, {"pageSize": "61"}, {"pageSize": "many"}, {"pageToken": "-1"}, {"pageSize": "9" * 5000}]
)
def test_a_page_that_there_is_not(call, how):
    """400 in the operator's shape."""
    answer = call(query={"client_id": call.member.client_id, **how})
    assert (answer.status, json.loads(answer.body)["code"]) == (400, 40003)


def test_too_many_requests_in_a_second(call):
    """The answers behind the burst are 429 with the seconds to wait, and none is lost count of."""
    context = call.member.context()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: call(context=context), range(3 * BURST)))
    left = sorted(int(one.headers["x-ratelimit-remaining-1"]) for one in answers)
    assert left == list(range(DAILY - 3 * BURST, DAILY))
    late = [one for one in answers if one.status == 429]
    assert all(one.headers["retry-after"] == one.headers["x-ratelimit-reset"] == "1" for one in late)
    assert {one.status for one in answers} <= {200, 429}


def test_the_burst_is_counted_by_the_second():
    """The eleventh request of a second is one too many; another login is counted apart."""
    counters = Counters()
    while True:  # until all fall into one second
        spent = [counters.spend("MZP1")[1] for _ in range(BURST + 1)]
        if spent[-1] == -1:
            break
    assert spent == [*range(BURST - 1, -2, -1)]
    assert counters.spend("MZP2") == (DAILY - 1, BURST - 1)


def refusal_of(rehearsal, context, version):
    """Why the gateway ends a connection: OpenSSL's name of its alert."""
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
def test_without_a_certificate_nobody_enters(rehearsal, member, version, reason):
    """The handshake ends in an alert."""
    assert refusal_of(rehearsal, client_context(None, member.anchors), version) == reason


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_foreign_authoritys_certificate_does_not_enter(rehearsal, member, version, tmp_path):
    """Another rehearsal's member is refused with unknown_ca."""
    stranger = Member.of(Authority.load_or_create(tmp_path), member.key)
    context = client_context(stranger.identity, member.anchors)
    assert refusal_of(rehearsal, context, version) == "TLSV1_ALERT_UNKNOWN_CA"


def test_old_tls_does_not_enter(rehearsal, member):
    """TLS 1.1 is refused."""
    context = member.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert refusal_of(rehearsal, context, ssl.TLSVersion.TLSv1_1) == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_one_who_is_silent_holds_up_nobody(rehearsal, call):
    """While connections stand that never begin TLS, others are answered."""
    silent = [socket.create_connection(rehearsal.gateway_server.server_address) for _ in range(20)]
    try:
        assert call().status == 200
    finally:
        for one in silent:
            one.close()
