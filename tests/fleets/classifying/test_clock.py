"""This machine's clock is compared with the gateway's time and certificate before a certificate is called expired."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from onboarding.fleets.classifying.clock import SOFTWARE_EPOCH, clock_remarks, judge_dates, judge_server_dates
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.messages.verdict import Observation, Verdict
from onboarding.rehearsal.authority import pem
from onboarding.rehearsal.faults.certificates import FaultyIdentities, ServerIdentity, _name, _sign
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import HEALTHY, http_response
from onboarding.rehearsal.gateway import HAL
from tests.fleets.conftest import LOGIN, QUICK

NOW = datetime.now(UTC).replace(microsecond=0)
NO_CHECK_TIME = 0x200000


class World:
    """Certificates and a gateway whose true time is `shift` from this machine's clock; days count from true time."""

    def __init__(self, identities, key, shift=timedelta(), leaf=(-30, 365), server=(-30, 365), date="true"):
        def days(*period):
            return tuple(day + shift / timedelta(days=1) for day in period)

        root_name = _name("Partners Root", "Operator")
        root_key, server_key = identities.root.key, identities.issuing.key
        issued_by = (root_name, root_key)
        self.root = _sign(issued_by, root_name, root_key, ca=True, days=days(-900, 4000))
        self.leaf = _sign(issued_by, _name(LOGIN, "Partner"), key, days=days(*leaf))
        self.server = _sign(
            issued_by, _name("localhost", "Operator"), server_key, hosts=("127.0.0.1",), days=days(*server)
        )
        self.identity = ServerIdentity((self.server,), server_key)
        self.true_time = datetime.now(UTC) + shift
        moment = {"true": self.true_time, "ours": datetime.now(UTC), "none": None}[date]
        value = f"{moment:%a, %d %b %Y %H:%M:%S GMT}" if moment else "unknown"
        self.responder = http_response(200, HEALTHY, HAL, ("Date", value))

    def gateway(self, authority):
        world = self

        class Identities(FaultyIdentities):
            def get(self, _name):
                return world.identity

        def configure(context):
            context.load_verify_locations(cadata=pem(world.root))
            context.verify_flags |= NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN  # its clock differs from ours

        return FaultyGateway(Fault("", "", configure=configure, respond=self.responder), Identities(authority))


@pytest.fixture
def examine(identities, authority, partner_key, credentials):
    """Return a function that diagnoses a gateway in such a world; the second value has the requests that arrived."""

    def run(**differences):
        world = World(identities, partner_key, **differences)
        who = replace(credentials, identity=ClientIdentity((world.leaf,), partner_key), anchors=(world.root,))
        with world.gateway(authority) as served:
            return diagnose(Endpoint(served.base_url), who, limits=QUICK), served.requests

    return run


# Each row: what is so, the differences, then the verdict, its variant and its confidence.
WORLDS = [
    ("the clock is 400 days ahead", {"shift": timedelta(days=-400)}, "clock_wrong", "", "probable"),
    ("the clock is 90 days behind", {"shift": timedelta(days=90)}, "clock_wrong", "", "probable"),
    ("two hours behind", {"shift": timedelta(hours=2), "leaf": (-1 / 24, 365)}, "clock_wrong", "", "probable"),
    ("ahead, no date", {"shift": timedelta(days=-400), "date": "none"}, "clock_wrong", "certificates", "probable"),
    ("expired", {"leaf": (-400, -35)}, "certificate_expired", "", "certain"),
    ("expired, no date", {"leaf": (-400, -35), "date": "none"}, "certificate_expired", "unconfirmed", "probable"),
    (
        "expired, and the gateway is ahead",
        {"shift": timedelta(days=90), "leaf": (-400, -135), "server": (-130, 365)},
        "certificate_expired", "", "certain",
    ),
    ("from tomorrow", {"leaf": (1, 365)}, "certificate_not_yet_valid", "", "certain"),
    (
        "only the gateway's looks expired", {"shift": timedelta(days=-40), "server": (-50, 10), "leaf": (-50, 900)},
        "clock_wrong", "server", "probable",
    ),
    ("the gateway's is expired", {"server": (-400, -35)}, "server_certificate_expired", "", "probable"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "differences", "code", "variant", "confidence"), WORLDS)
def test_a_wrong_clock_is_told_from_an_expired_certificate(examine, name, differences, code, variant, confidence):
    """In each world; and the requests for the time carry neither login, password nor client ID."""
    diagnosis, requests = examine(**differences)
    verdict = diagnosis.verdict
    assert (verdict.code, verdict.variant, verdict.confidence) == (code, variant, confidence)
    assert [head for head in requests if b"uthorization" in head or diagnosis.client_id.encode() in head] == []


def test_an_unverified_server_gets_no_certificate(examine, identities, credentials):
    """A gateway with a foreign CA is asked for the time without the partner's certificate."""
    expired = credentials.identity.certificates[0].not_valid_after_utc + timedelta(days=1)
    seen = []

    def respond(request):
        seen.append(request.has_certificate)
        yield from http_response(200, HEALTHY, HAL)(request)

    fault = Fault("", "", certificate="foreign_ca", respond=respond)
    with FaultyGateway(replace(fault, client_auth="optional"), identities) as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK, now=expired)
    assert (seen, [each.name for each in diagnosis.experiments]) == ([False], ["date", "date_unverified"])


def test_the_gateways_own_alert_confirms_that_the_certificate_expired(gateway, credentials):
    """Then nothing else has to be compared."""
    expired = credentials.identity.certificates[0].not_valid_after_utc + timedelta(days=1)
    with gateway("alert_certificate_expired") as served:
        verdict = diagnose(Endpoint(served.base_url), credentials, limits=QUICK, now=expired).verdict
    assert (verdict.code, verdict.confidence) == ("certificate_expired", "certain")
    assert [seen.variant for seen in verdict.observations if seen.code == "clock_agrees"] == ["expired"]


def test_a_clock_before_this_software_existed_is_wrong(credentials):
    """No network is needed to see it."""
    verdict = diagnose(Endpoint("https://127.0.0.1:1"), credentials, now=datetime(1970, 1, 1, tzinfo=UTC)).verdict
    assert (verdict.code, verdict.variant, verdict.confidence) == ("clock_wrong", "past", "certain")


DAYS = [-4000, -400, -20, -1, 0, 1, 20, 400, 4000]


@pytest.fixture(scope="module")
def world(identities, partner_key):
    return World(identities, partner_key)


@pytest.mark.parametrize("code", ["certificate_expired", "certificate_not_yet_valid"])
def test_two_clocks_on_both_sides_of_the_validity_prove_nothing(world, credentials, partner_key, code):
    """For one clock the certificate has expired, for the other it is not valid yet: one of them is wrong."""
    who = replace(credentials, identity=ClientIdentity((world.leaf,), partner_key))
    before, after = world.leaf.not_valid_before_utc, world.leaf.not_valid_after_utc
    early, late = max(before - timedelta(days=20), SOFTWARE_EPOCH), after + timedelta(days=20)
    now, date = (late, early) if code == "certificate_expired" else (early, late)
    failure = Verdict(code, {"date": ""}, observations=(Observation("local_check"),))
    verdict = judge_dates(failure, who, "gateway", now, date, None, is_refused_as_expired=False)
    assert (verdict.code, verdict.confidence, verdict.has_observation("clock_differs")) == (code, "probable", True)


@pytest.mark.parametrize("has_server", [False, True])
def test_no_combination_of_clocks_makes_a_certain_and_wrong_verdict(world, credentials, partner_key, has_server):
    """This machine's time and the gateway's differ from the true time in every combination; at least one is right."""
    who = replace(credentials, identity=ClientIdentity((world.leaf,), partner_key), anchors=(world.root,))
    for ours, theirs in product(DAYS, DAYS):
        if ours and theirs:
            continue  # both clocks are wrong
        now, date = (world.true_time + timedelta(days=days) for days in (ours, theirs))
        if world.leaf.not_valid_before_utc <= now <= world.leaf.not_valid_after_utc or now < SOFTWARE_EPOCH:
            continue
        code = "certificate_expired" if ours > 0 else "certificate_not_yet_valid"
        failure = Verdict(code, {"date": ""}, observations=(Observation("local_check"),))
        server = world.server if has_server else None
        verdict = judge_dates(failure, who, "gateway", now, date, server, is_refused_as_expired=False)
        # The certificate is valid at the true time, so this machine's clock is the wrong one.
        assert verdict.confidence != "certain" or verdict.code == "clock_wrong", (ours, theirs)


def test_a_gateway_with_a_wrong_clock_is_named(world):
    """Its own certificate is not valid at the time that it gives. Small differences are no remark."""
    remarks = {
        minutes: [(remark.code, remark.variant) for remark in clock_remarks("gateway", minutes, [world.server], NOW)]
        for minutes in (0, 5, -5, 6, 3 * 24 * 60, -600 * 24 * 60)
    }
    assert remarks == {
        0: [], 5: [], -5: [], 6: [("clock_skew", "")], 3 * 24 * 60: [("clock_skew", "days")],
        -600 * 24 * 60: [("clock_skew", "gateway")],
    }  # fmt: skip


def test_a_server_without_a_date_leaves_the_verdict(world):
    """There is nothing to compare."""
    assert judge_server_dates(Verdict("server_certificate_expired", {"host": "h"}), NOW, None, world.server) is None
