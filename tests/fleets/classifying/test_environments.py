"""Certificates, client IDs and addresses of another environment become remarks, and explain a refusal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onboarding.fleets.classifying.environments import environment_remarks
from onboarding.fleets.connecting.request import Endpoint
from onboarding.fleets.diagnosis import Background, diagnose
from onboarding.pki.validation.environments import KnownEnvironment, KnownEnvironments, ca_marks
from onboarding.rehearsal.faults.certificates import _name, _self_signed_ca
from tests.fleets.conftest import QUICK

_YEAR = timedelta(days=365)
PRODUCTION_URL = "https://api-cert.groupe-psa.com/connectedcar/v3"
PREPRODUCTION_URL = "https://api-cert-preprod.groupe-psa.com/connectedcar/v3"


@pytest.fixture
def known(authority):
    """Return what is known, with the authority as the rehearsal's, as seen from `current`."""

    def build(current, **production):
        cas = [authority.issuing.certificate, authority.root.certificate]
        marks = frozenset(ca_marks(cas))
        rehearsal = KnownEnvironment("rehearsal", marks, marks, frozenset({"127.0.0.1"}), frozenset({"practice"}))
        return KnownEnvironments(current, (rehearsal, KnownEnvironment("production", **production)))

    return build


def codes(remarks):
    return [(remark.code, remark.variant) for remark in remarks]


def test_everything_of_the_rehearsal_is_recognized_in_production(known, credentials):
    """Certificate, CA certificate, client ID and address, each by what was seen before."""
    who = replace(credentials, client_id="practice")
    assert codes(environment_remarks(Endpoint("https://127.0.0.1:9/v3"), who, known("production"))) == [
        (f"{kind}_of_other_environment", "rehearsal") for kind in ("certificate", "ca", "client_id", "address")
    ]


def test_nothing_is_said_in_the_right_environment_or_if_nothing_is_known(known, credentials):
    """Nor where both environments know the authority."""
    endpoint, who = Endpoint("https://127.0.0.1:9/v3"), replace(credentials, client_id="practice")
    assert codes(environment_remarks(endpoint, who, known("rehearsal"))) == []
    assert codes(environment_remarks(endpoint, who, KnownEnvironments())) == []
    marks = known("production").all[0].issuers
    same = {"hosts": frozenset({"127.0.0.1"}), "client_ids": frozenset({"practice"})}
    both = known("production", issuers=marks, anchors=marks, **same)
    assert codes(environment_remarks(endpoint, who, both)) == []


NAMES = [
    ("Rehearsal Issuing CA", PRODUCTION_URL, "rehearsal"),
    ("PSA Preproduction CA", PRODUCTION_URL, "preproduction"),
    ("PSA PRE-PROD Partners CA", PRODUCTION_URL, "preproduction"),
    ("PSA UAT CA", PRODUCTION_URL, "preproduction"),
    ("PSA Prod CA", PREPRODUCTION_URL, "production"),
    ("PSA Prod CA", PRODUCTION_URL, ""),
    ("PSA Products CA", PREPRODUCTION_URL, ""),
    ("Latest Company CA", PRODUCTION_URL, ""),
    ("PSA Preprod CA", "https://gateway.example/v3", ""),
]


@pytest.mark.parametrize(("name", "url", "other"), NAMES)
def test_the_name_of_an_authority_is_a_hint_if_nothing_is_known(credentials, authority, partner_key, name, url, other):
    """The command has no history; Stellantis' hosts say which environment is tested."""
    signer = _self_signed_ca(_name(name, "PSA"))
    leaf = replace(authority.issuing, certificate=signer.certificate, key=signer.key)
    certificate = leaf.sign(credentials.identity.certificates[0].subject, partner_key.public_key(), _YEAR)
    identity = replace(credentials.identity, certificates=(certificate, signer.certificate))
    who = replace(credentials, identity=identity, anchors=None)
    expected = [("certificate_of_other_environment", other)] if other else []
    assert codes(environment_remarks(Endpoint(url), who, KnownEnvironments())) == expected


REFUSALS = [
    ("alert_unknown_ca", "certificate_of_other_environment"),
    ("alert_bad_certificate", "certificate_of_other_environment"),
    ("server_foreign_ca", "ca_of_other_environment"),
    ("client_id_unknown", "client_id_of_other_environment"),
]


@pytest.mark.parametrize(("fault", "code"), REFUSALS)
def test_another_environment_explains_a_refusal_and_is_never_certain(gateway, credentials, known, fault, code):
    """The verdict is what was mixed up. A success asks for nothing."""
    who = replace(credentials, client_id="practice")
    asked = []

    def environments():
        asked.append(1)
        return known("production", hosts=frozenset({"127.0.0.1"}))

    background = Background(environments=environments)
    with gateway(fault) as served:
        verdict = diagnose(Endpoint(served.base_url), who, limits=QUICK, background=background).verdict
    assert (verdict.code, verdict.variant, verdict.confidence) == (code, "rehearsal", "probable")
    with gateway("healthy") as served:
        success = diagnose(Endpoint(served.base_url), who, limits=QUICK, background=background)
    assert (success.verdict.code, success.remarks, asked) == ("connected", (), [1])
