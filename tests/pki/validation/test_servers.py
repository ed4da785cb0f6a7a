"""Certificates of servers in the upload: the gateway's, and those of the partner's own web servers."""

import ipaddress
import random
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.messages.findings import FINDINGS
from onboarding.messages.message import Severity
from onboarding.pki.keys import generate_key
from onboarding.pki.subject import Subject
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.pki.validation.environments import (
    KnownEnvironment,
    KnownEnvironments,
    ca_marks,
    refuse_other_environment,
)
from tests.pki.conftest import NOW, TestCA, name
from tests.pki.validation.test_anchors import variants

GATEWAY = "api-cert.operator.example"
HOSTS = (GATEWAY, "192.0.2.7")
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
# Host names in the subject alternative name, and in the common name.
OF_GATEWAY = {
    "exact": ([GATEWAY], "Gateway"),
    "capitals": ([GATEWAY.upper()], "Gateway"),
    "one of several": (["operator.example", "www.operator.example", GATEWAY], "operator.example"),
    "wildcard": (["*.operator.example"], "operator.example"),
    "common name alone": ([], GATEWAY),
    "address": (["192.0.2.7"], "Gateway"),
}
OF_OTHERS = {
    "other host": (["www.flottes.example"], "www.flottes.example"),
    "other wildcard": (["*.flottes.example"], "*.flottes.example"),
    "common name alone": ([], "www.flottes.example"),
    "gateway's name as common name only": (["www.flottes.example"], GATEWAY),
    "wildcard for another level": (["*.example"], "*.example"),
    "gateway's name inside another": ([f"{GATEWAY}.flottes.example", f"x.{GATEWAY}"], "proxy"),
    "other address": (["198.51.100.7"], "198.51.100.7"),
    "localhost": (["localhost"], "localhost"),
}
PURPOSES = ([SERVER], [SERVER, CLIENT], [])


def general_name(host):
    return x509.IPAddress(ipaddress.ip_address(host)) if host[-1].isdigit() else x509.DNSName(host)


def server(issuer, key, hosts, common_name, purposes=(SERVER,), organization="Somebody"):
    """Return a certificate of a server; `issuer` signs it."""
    builder = (
        x509.CertificateBuilder(issuer.name, name(common_name, organization), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=90))
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(map(general_name, hosts)), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


@pytest.fixture(scope="module")
def server_key():
    return generate_key(2048)


@pytest.fixture(scope="module")
def authorities():
    """Groups of CAs, from the one that issues servers' certificates up to the root."""
    groups = []
    for number in range(4):
        root = TestCA(f"Public Root {number}", organization=f"Public {number}")
        below = TestCA(f"Public CA {number}", root, organization=f"Public {number}")
        groups.append([below, root] if number % 2 else [root])
    return groups


@pytest.mark.parametrize("seed", range(60))
def test_cas_of_the_partners_own_web_server_are_not_trusted(
    seed, request_, leaf, issuing, root, server_key, authorities
):
    """Among any servers in any order, the CAs of those that name the gateway's host are trusted, and no others."""
    draw = random.Random(seed)
    uploaded, wanted = [leaf, issuing.certificate, root.certificate], set()
    for group in draw.sample(authorities, draw.randint(1, 4)):
        kind = draw.choice(["gateway", "other", "both"])
        shapes = [OF_GATEWAY] * (kind != "other") + [OF_OTHERS] * (kind != "gateway")
        for shape in shapes:
            hosts, common_name = shape[draw.choice(list(shape))]
            if hosts or draw.random() < 0.5:
                uploaded.append(server(group[0], server_key, hosts, common_name, draw.choice(PURPOSES[:2])))
            else:
                uploaded.append(server(group[0], server_key, hosts, common_name, [SERVER]))
        uploaded += [ca.certificate for ca in group]
        if kind != "other":
            wanted |= {ca.certificate for ca in group}
    draw.shuffle(uploaded)
    result = validate_certificates(uploaded, [request_], NOW, gateway_hosts=HOSTS)
    assert (result.accepted, result.leaf, result.anchors[0]) == (True, leaf, root.certificate)
    assert set(result.anchors[1:]) == wanted


@pytest.mark.parametrize("shape", OF_OTHERS)
def test_without_the_gateways_hosts_any_server_may_be_the_gateway(
    shape, request_, leaf, issuing, root, server_key, authorities
):
    """Nothing tells them apart then."""
    own = server(authorities[1][0], server_key, *OF_OTHERS[shape])
    cas = [ca.certificate for ca in authorities[1]]
    result = validate_certificates([leaf, issuing.certificate, root.certificate, own, *cas], [request_], NOW)
    assert set(result.anchors) == {root.certificate, *cas}


@pytest.mark.parametrize("purposes", PURPOSES, ids=["server", "server and client", "no purposes"])
@pytest.mark.parametrize("shape", [*OF_GATEWAY.items(), *OF_OTHERS.items()], ids=lambda shape: shape[0])
def test_a_servers_certificate_alone_is_called_that(shape, purposes, request_, server_key, authorities):
    """With its chain or without: the finding names it, and does not advise to make a new key."""
    (_, (hosts, common_name)) = shape
    if not purposes and not hosts:
        return  # nothing says that it is a server's
    issuers = authorities[1]
    certificate = server(issuers[0], server_key, hosts, common_name, purposes)
    for cas in ([], [ca.certificate for ca in issuers]):
        for known in (HOSTS, ()):
            result = validate_certificates([*cas, certificate], [request_], NOW, gateway_hosts=known)
            assert (result.accepted, variants(result)) == (False, ["other_key.server"])
            (finding,) = result.findings
            assert f"“{common_name}” is the certificate of a server" in finding.text
            assert "key" not in finding.text + finding.remedy


@pytest.mark.parametrize("purposes", PURPOSES, ids=["server", "server and client", "no purposes"])
@pytest.mark.parametrize("hosts", [[], ["www.flottes.example"]])
@pytest.mark.parametrize("login", ["MZP128745", "mzp128745"])
def test_a_certificate_with_the_login_is_the_partners_for_another_key(
    login, hosts, purposes, request_, server_key, issuing
):
    """Also if it is for servers, and beside a certificate of a server."""
    own = server(issuing, server_key, hosts, login, purposes)
    other = server(issuing, server_key, ["www.flottes.example"], "www.flottes.example")
    for uploaded in ([own], [other, own], [own, other]):
        result = validate_certificates(uploaded, [request_], NOW, gateway_hosts=HOSTS)
        assert (variants(result), result.findings[0].found) == (["other_key"], login)


def subjects():
    """Return subjects that differ from the requested one, each with whether the login is another."""
    fields = ("FR", "Île-de-France", "Saint-Ouen", "Société Générale de Flottes", "it@flottes.example", "MZP128745")
    for position, value in [(0, "DE"), (1, "Bretagne"), (2, "Paris"), (3, "Autre"), (4, "x@flottes.example")]:
        for login in ("MZP128745", "MZP999999"):
            changed = [*fields[:position], value, *fields[position + 1 : 5], login]
            yield Subject(*changed).to_name(), login != fields[5]
    whole = Subject(*fields).to_name()
    for left_out in (NameOID.STATE_OR_PROVINCE_NAME, NameOID.LOCALITY_NAME):
        yield x509.Name([each for each in whole if each.oid != left_out]), False
    yield x509.Name([*whole, x509.NameAttribute(NameOID.SURNAME, "Added")]), False


SUBJECTS = list(subjects())
APPROVALS = ("you can use", "as it is", "is correct", "can be used", "use this certificate.", "we use")
DEFECTS = {
    "none": {},
    "expired": {"ends": NOW - timedelta(days=1)},
    "not yet valid": {"begins": NOW + timedelta(days=2)},
    "for servers": {"usage": (SERVER,)},
}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("number", range(len(SUBJECTS)))
def test_no_sentence_says_that_a_refused_certificate_can_be_used(number, defect, csr, request_, issuing, root):
    """Whatever it is refused for: its login, its dates, its purpose, its environment or its request."""
    subject, _ = SUBJECTS[number]
    leaf = issuing.sign(csr.public_key(), subject, **DEFECTS[defect])
    other = KnownEnvironment("rehearsal", frozenset(ca_marks([root.certificate])))
    replaced = CandidateRequest(request_.spki, request_.subject, current=False)
    for request in (request_, replaced):
        result = validate_certificates([leaf, issuing.certificate, root.certificate], [request], NOW)
        elsewhere = refuse_other_environment(result, KnownEnvironments("production", (other,)))
        assert any(finding.severity == Severity.ERROR for finding in elsewhere.findings)
        for each in (result, elsewhere):
            said = " ".join(f"{finding.text} {finding.remedy}" for finding in each.findings).lower()
            assert each.accepted or not [approval for approval in APPROVALS if approval in said]


def test_a_change_of_the_subject_is_no_obstacle_by_itself(csr, request_, issuing, root):
    """The finding says so in a way that is true beside an error, too."""
    leaf = issuing.sign(csr.public_key(), SUBJECTS[0][0])
    result = validate_certificates([leaf, issuing.certificate, root.certificate], [request_], NOW)
    assert (result.accepted, variants(result)) == (True, ["subject_changed"])
    assert result.findings[0].remedy.startswith("This change alone is not a problem.")


def test_the_finding_about_a_long_path_says_what_is_too_long():
    """It names the path, and that the CAs are below the one that limits them."""
    template = str(FINDINGS["path_too_long"].text)
    assert "path" in template
    assert "below" in template
