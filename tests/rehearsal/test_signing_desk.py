"""The rehearsal's signing desk over HTTPS, asked as a stranger would and through the wizard's own client."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from onboarding.fleets.connecting.tls import client_context
from onboarding.fleets.errors import FleetsError
from onboarding.pki.csr import csr_pem, make_csr
from onboarding.pki.subject import Subject
from onboarding.rehearsal_client import request_signature
from tests.rehearsal.members import LOGIN, request_of


def post(rehearsal, member, body, *, path="/sign", headers=None):
    parts = urlsplit(rehearsal.signing_url)
    context = client_context(None, (member.authority.root.certificate,))
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=10)
    try:
        connection.request("POST", path, body=body, headers={"Content-Type": "application/pkcs10"} | (headers or {}))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_a_mail_comes_back_for_a_request(rehearsal, member):
    """Certificate, CA certificates, client ID, and the rule of the password, but not the password."""
    status, mail = post(rehearsal, member, request_of(member.key))
    certificate = x509.load_pem_x509_certificate(mail["certificate"].encode())
    cas = x509.load_pem_x509_certificates(mail["ca_certificate"].encode())
    assert (status, {*mail}) == (200, {"certificate", "ca_certificate", "client_id", "note"})
    assert (certificate.public_key(), cas) == (member.key.public_key(), [*member.anchors])
    assert mail["client_id"] == member.client_id
    assert member.password not in mail["note"]


def test_a_request_against_the_rules_comes_back_with_reasons(rehearsal, member):
    """422, a code, and each problem as a sentence."""
    subject = Subject("FR", "", "Paris", "Société", "it@flottes.example", LOGIN, organizational_unit="Programs Partner")
    refused = {
        "code": "against_the_rules",
        "message": "The subject needs exactly one state or province (ST).",
        "problems": ["The subject needs exactly one state or province (ST)."],
    }
    assert post(rehearsal, member, csr_pem(make_csr(member.key, subject)).encode()) == (422, refused)


@pytest.mark.parametrize(
    ("body", "path", "headers", "status"),
    [
        (b"no request", "/sign", {}, 422),
        (b"", "/sign", {}, 404),
        (b"x" * 70_000, "/sign", {}, 404),
        (b"x", "/elsewhere", {}, 404),
        (b"", "/sign", {"Content-Length": "-5"}, 404),
        (b"", "/sign", {"Content-Length": "9" * 5000}, 404),
    ],
)
def test_what_is_no_request(rehearsal, member, body, path, headers, status):
    """It is answered, whatever came."""
    assert post(rehearsal, member, body, path=path, headers=headers)[0] == status


def test_the_wizards_client_gets_the_mail(rehearsal, member):
    """`request_signature` returns what the desk answered."""
    csr = request_of(member.key).decode()
    signed = request_signature(rehearsal.signing_url, csr, (member.authority.root.certificate,), timeout=10)
    certificate = x509.load_pem_x509_certificate(signed.certificate_pem.encode())
    assert (certificate.subject, signed.client_id) == (member.certificate.subject, member.client_id)


def test_the_wizards_client_tells_the_reasons(rehearsal, member):
    """A refusal carries the authority's own sentences."""
    subject = Subject("FR", "", "Paris", "Société", "it@flottes.example", LOGIN)
    csr = csr_pem(make_csr(member.key, subject))
    with pytest.raises(FleetsError) as refused:
        request_signature(rehearsal.signing_url, csr, (member.authority.root.certificate,), timeout=10)
    assert refused.value.code == "signing_refused"
    assert refused.value.text == (
        "The authority would not sign the request: The subject needs exactly one state or province (ST)."
    )


def test_the_wizards_client_where_nothing_can_be_trusted_or_reached(rehearsal, member):
    """Nobody listening, another server behind the address, and a server of another CA are told as unreachable."""
    csr = request_of(member.key).decode()
    leaf_only = (member.certificate,)  # does not vouch for the desk
    for url, anchors in (("https://127.0.0.1:1/sign", member.anchors), (rehearsal.signing_url, leaf_only)):
        with pytest.raises(FleetsError) as failed:
            request_signature(url, csr, anchors, timeout=5)
        assert failed.value.code == "signing_unreachable"


def test_the_wizards_client_where_something_else_answers(rehearsal, member):
    """An address that signs nothing is told as unreadable, not as a crash."""
    csr = request_of(member.key).decode()
    elsewhere = rehearsal.signing_url.replace("/sign", "/elsewhere")
    with pytest.raises(FleetsError) as failed:
        request_signature(elsewhere, csr, member.anchors, timeout=5)
    assert failed.value.code == "signing_unreadable"
