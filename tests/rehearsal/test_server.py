"""The rehearsal's signing server over HTTPS, with a plain HTTP client and with the wizard's own client."""

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
from tests.rehearsal.partners import LOGIN, csr_pem_of


def post(rehearsal, partner, body, *, path="/sign", headers=None):
    parts = urlsplit(rehearsal.signing_url)
    context = client_context(None, (partner.authority.root.certificate,))
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=10)
    try:
        connection.request("POST", path, body=body, headers={"Content-Type": "application/pkcs10"} | (headers or {}))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_the_response_to_a_request_has_the_content_of_an_operators_email(rehearsal, partner):
    """The response has the certificate, CA certificates, client ID and the rule for the password, not the password."""
    status, response = post(rehearsal, partner, csr_pem_of(partner.key))
    certificate = x509.load_pem_x509_certificate(response["certificate"].encode())
    cas = x509.load_pem_x509_certificates(response["ca_certificate"].encode())
    assert (status, {*response}) == (200, {"certificate", "ca_certificate", "client_id", "note"})
    assert (certificate.public_key(), cas) == (partner.key.public_key(), [*partner.anchors])
    assert response["client_id"] == partner.client_id
    assert partner.password not in response["note"]


def test_a_request_that_breaks_a_rule_is_refused_with_reasons(rehearsal, partner):
    """The response is 422 with a code and a sentence for each problem."""
    subject = Subject("FR", "", "Paris", "Société", "it@flottes.example", LOGIN, organizational_unit="Programs Partner")
    refused = {
        "code": "against_the_rules",
        "message": "The subject needs exactly one state or province (ST).",
        "problems": ["The subject needs exactly one state or province (ST)."],
    }
    assert post(rehearsal, partner, csr_pem(make_csr(partner.key, subject)).encode()) == (422, refused)


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
def test_an_invalid_request_gets_an_error(rehearsal, partner, body, path, headers, status):
    """No body, path or length makes the server crash."""
    assert post(rehearsal, partner, body, path=path, headers=headers)[0] == status


def test_the_wizards_client_gets_the_certificate(rehearsal, partner):
    """`request_signature` returns the certificate and the client ID from the response."""
    csr = csr_pem_of(partner.key).decode()
    signed = request_signature(rehearsal.signing_url, csr, (partner.authority.root.certificate,), timeout=10)
    certificate = x509.load_pem_x509_certificate(signed.certificate_pem.encode())
    assert (certificate.subject, signed.client_id) == (partner.certificate.subject, partner.client_id)


def test_the_wizards_client_raises_the_reasons_of_a_refusal(rehearsal, partner):
    """The error contains the authority's own sentences."""
    subject = Subject("FR", "", "Paris", "Société", "it@flottes.example", LOGIN)
    csr = csr_pem(make_csr(partner.key, subject))
    with pytest.raises(FleetsError) as refused:
        request_signature(rehearsal.signing_url, csr, (partner.authority.root.certificate,), timeout=10)
    assert refused.value.code == "signing_refused"
    assert refused.value.text == (
        "The authority did not sign the request: The subject needs exactly one state or province (ST)."
    )


def test_the_wizards_client_reports_a_server_that_is_unreachable_or_untrusted(rehearsal, partner):
    """A closed port and a server whose CA is not among the trust anchors are both signing_unreachable."""
    csr = csr_pem_of(partner.key).decode()
    leaf_only = (partner.certificate,)  # does not sign the server's certificate
    for url, anchors in (("https://127.0.0.1:1/sign", partner.anchors), (rehearsal.signing_url, leaf_only)):
        with pytest.raises(FleetsError) as failed:
            request_signature(url, csr, anchors, timeout=5)
        assert failed.value.code == "signing_unreachable"


def test_the_wizards_client_reports_a_server_that_does_not_sign(rehearsal, partner):
    """A path that signs nothing is signing_unreadable."""
    csr = csr_pem_of(partner.key).decode()
    other_url = rehearsal.signing_url.replace("/sign", "/elsewhere")
    with pytest.raises(FleetsError) as failed:
        request_signature(other_url, csr, partner.anchors, timeout=5)
    assert failed.value.code == "signing_unreadable"
