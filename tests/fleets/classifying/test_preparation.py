"""Requests that are certain to fail get their verdict without a connection."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import operator_name
from onboarding.rehearsal.faults.certificates import LOOPBACK
from tests.fleets.conftest import QUICK


def with_leaf(credentials, leaf):
    identity = credentials.identity
    return replace(credentials, identity=ClientIdentity((leaf, *identity.certificates[1:]), identity.key))


@pytest.fixture
def broken(credentials, authority, identities, partner_key):
    """Return credentials with one defect each, by the verdict's code."""
    own = authority.issuing
    server_only = own.sign(
        operator_name("MZP128745"), partner_key.public_key(), timedelta(days=9), _usage(ExtendedKeyUsageOID.SERVER_AUTH)
    )
    return {
        "certificate_absent": replace(credentials, identity=None),
        "key_not_of_certificate": replace(
            credentials, identity=ClientIdentity(credentials.identity.certificates, generate_key(2048))
        ),
        "certificate_for_servers": with_leaf(credentials, server_only),
        "certificate_self_signed": replace(
            credentials,
            identity=ClientIdentity(identities.self_signed().chain, identities.self_signed().key),
        ),
        "ca_certificate_absent": replace(credentials, anchors=()),
        "client_id_missing": replace(credentials, client_id=" "),
        "client_id_is_login": replace(credentials, client_id="mzp128745 "),
        "login_missing": replace(credentials, login=""),
        "login_has_colon": replace(credentials, login="MZP128745:secret"),
        "password_missing": replace(credentials, password=""),
        "password_control_character": replace(credentials, password="with\ttab"),
    }


def _usage(oid):
    return x509.ExtendedKeyUsage([oid])


CODES = """certificate_absent key_not_of_certificate certificate_for_servers certificate_self_signed
ca_certificate_absent client_id_missing client_id_is_login login_missing login_has_colon password_missing
password_control_character""".split()


@pytest.mark.parametrize("code", CODES)
def test_a_certain_failure_is_diagnosed_without_connecting(gateway, broken, code):
    """The verdict is certain, and the gateway gets no connection."""
    with gateway("healthy") as served:
        diagnosis = diagnose(Endpoint(served.base_url), broken[code], limits=QUICK)
    assert (diagnosis.verdict.code, diagnosis.verdict.confidence, diagnosis.stage_reached) == (
        code,
        "certain",
        "preparation",
    )
    assert (served.connections, diagnosis.connected, diagnosis.to_dict()["can_try_anyway"]) == (0, False, True)


def test_a_certificate_for_any_purpose_is_probably_refused(gateway, credentials, authority, partner_key):
    """OpenSSL refuses it, and other software accepts it. So the partner can try anyway."""
    usage = _usage(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    leaf = authority.issuing.sign(operator_name("MZP128745"), partner_key.public_key(), timedelta(days=9), usage)
    with gateway("healthy") as served:
        who, endpoint = with_leaf(credentials, leaf), Endpoint(served.base_url)
        first, second = (diagnose(endpoint, who, limits=QUICK, try_anyway=anyway) for anyway in (False, True))
    assert (first.verdict.code, first.verdict.variant, first.verdict.confidence, first.connected) == (
        "certificate_for_servers", "any_purpose", "probable", False,
    )  # fmt: skip
    assert (second.connected, second.succeeded) == (True, False)


def test_an_address_without_tls_is_not_contacted(credentials):
    """A client certificate can't be used over http://."""
    diagnosis = diagnose(Endpoint("http://127.0.0.1:1/connectedcar/v3"), credentials, limits=QUICK, try_anyway=True)
    assert (diagnosis.verdict.code, diagnosis.connected) == ("address_not_https", False)


def test_the_partner_can_try_anyway(gateway, broken):
    """With try_anyway the request is sent, and the verdict is on the gateway's response."""
    with gateway("healthy") as served:
        diagnosis = diagnose(Endpoint(served.base_url), broken["client_id_is_login"], limits=QUICK, try_anyway=True)
    assert (diagnosis.verdict.code, diagnosis.connected, len(served.requests)) == ("connected", True, 1)


REMARKS = [
    ({"client_id": "abc def"}, "client_id_has_spaces"),
    ({"login": "MZP999999"}, "login_not_in_certificate"),
    ({"password": "Überraschung"}, "password_not_latin"),
    ({"password": "spaced "}, "password_has_spaces"),
    ({"password": "same secret", "passphrase": "same secret"}, "passphrase_as_password"),
]


@pytest.mark.parametrize(("change", "code"), REMARKS)
def test_a_doubtful_value_gets_a_remark_and_does_not_stop_the_test(diagnose_fault, credentials, change, code):
    """The request is sent, and the remark accompanies a verdict that it may explain."""
    diagnosis = diagnose_fault("403", who=replace(credentials, **change))
    assert (diagnosis.verdict.code, [remark.code for remark in diagnosis.remarks]) == ("forbidden", [code])
    assert all(remark.text and remark.to_dict()["owner"] == "partner" for remark in diagnosis.remarks)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "same secret", "passphrase": "same secret"}, "passphrase_as_password"),
        ({"password": "Überraschung"}, "password_not_latin"),
        ({"password": "plain"}, "password_rejected"),
    ],
)
def test_a_remark_on_the_password_explains_its_refusal(diagnose_fault, credentials, change, code):
    """Confused secrets and accents become the verdict when the password is refused."""
    assert diagnose_fault("password_named", who=replace(credentials, **change)).verdict.code == code


def test_a_certificate_that_expires_soon_gets_a_remark(gateway, credentials):
    """Two weeks before it expires, the certificate works, and the remark advises to request a new certificate."""
    leaf = credentials.identity.certificates[0]
    with gateway("no_date") as served:
        soon = leaf.not_valid_after_utc - timedelta(days=14)
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK, now=soon)
    assert [remark.code for remark in diagnosis.remarks] == ["certificate_expires_soon"]


def test_the_certificates_of_the_faulty_gateways_name_the_loopback_addresses():
    """They are valid for the addresses that the tests use."""
    assert LOOPBACK == ("localhost", "127.0.0.1", "::1")
