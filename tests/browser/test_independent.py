"""The walk in production, against an authority and servers that share no code with the rehearsal."""

import json
import re
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.browser.operators import FLEETS, nginx, s_server
from tests.browser.partner import Partner, Walk, key_of
from tests.browser.terminal import type_at

SERVERS = {
    "nginx-tls1.2": lambda folder, authority, account, port: nginx(
        folder, authority, account, port=port, protocols="TLSv1.2"
    ),
    "nginx-tls1.3": lambda folder, authority, account, port: nginx(
        folder, authority, account, port=port, protocols="TLSv1.3"
    ),
    "s_server-tls1.2": lambda folder, authority, account, port: s_server(
        folder, authority, account, port=port, version="-tls1_2"
    ),
    "s_server-tls1.3": lambda folder, authority, account, port: s_server(
        folder, authority, account, port=port, version="-tls1_3"
    ),
}


@contextmanager
def serving(kind, tmp_path, operator, account, port):
    folder = tmp_path / "gateway"
    folder.mkdir()
    with SERVERS[kind](folder, operator, account, port) as running:
        yield running


@pytest.fixture
def partner(account):
    return Partner(login=account.login, environment="production")


@pytest.mark.browser
def test_the_walk_works_with_another_operators_authority_and_gateway(
    site, partner, inspector, tmp_path, operator, account, production_port
):
    """OpenSSL's CA signs the CSR, its certificates are uploaded, and nginx returns the fleets."""
    look = inspector(scripts=True)
    walk = Walk(look.page, site, partner, tmp_path, look)

    walk.sign_up()
    walk.login()
    pk = key_of(look.page.url)
    walk.company()
    walk.key()
    csr = walk.request()
    walk.sent()
    files = [tmp_path / "signed.cer", tmp_path / "ca-bundle.crt"]
    files[0].write_bytes(operator.sign(csr.read_bytes()))
    files[1].write_bytes(operator.ca.read_bytes())
    walk.certificate(files, account.client_id)
    with serving("nginx-tls1.3", tmp_path, operator, account, production_port) as gateway:
        walk.test(account.password)
        shown = look.page.locator("table.fleets tbody tr").all_inner_texts()
        line = look.page.locator("#curl-line").input_value()
        _, certificate, ca = walk.download_files()
        answers = {"[Pp]assword for user": account.password, "(?i)enter PEM pass phrase": partner.passphrase}
        session = type_at(line, tmp_path, answers)

    assert look.complaints == []
    assert site.status(pk) == "connected"
    assert [re.split(r"[\t\n]+", row) for row in shown] == [
        ["Pool Amsterdam", "6f9b1d"],
        ["Vans Zürich", "Electric vans", "6f9b1e"],
    ]
    sent = x509.load_pem_x509_certificates(certificate.read_bytes())
    issuing, root = x509.load_pem_x509_certificates(operator.ca.read_bytes())
    assert [presented.subject for presented in sent] == [
        x509.load_pem_x509_csr(csr.read_bytes()).subject,
        issuing.subject,
    ]
    assert ca.read_text() == root.public_bytes(Encoding.PEM).decode()
    assert session.code == 0, session.screen
    assert [fleet["id"] for fleet in json.loads(session.output)["_embedded"]["fleets"]] == [
        fleet["id"] for fleet in FLEETS
    ]
    for seen in gateway.seen.read_text().splitlines():  # the wizard's request, then cURL's
        verified, subject, protocol, status, address, accepted = seen.split("|")
        assert (verified, protocol, status) == ("SUCCESS", "TLSv1.3", "200")
        assert f"CN={account.login}" in subject.split(",")
        assert address == f"/connectedcar/v3/fleets?client_id={account.client_id}"
        assert {media_type.split(";")[0].strip() for media_type in accepted.split(",")} >= {
            "application/hal+json",
            "application/json",
        }


@pytest.mark.parametrize("kind", [kind for kind in SERVERS if kind != "nginx-tls1.3"])
def test_each_independent_server_returns_the_fleets(
    kind, form_walk, site, tmp_path, operator, account, production_port
):
    """The certificate is sent with its intermediate, so nginx and OpenSSL verify it, in both TLS versions."""
    form_walk.sign_up()
    form_walk.begin()
    csr = form_walk.make_key()
    form_walk.mark_sent()
    form_walk.upload([operator.ca.read_bytes(), operator.sign(csr)], account.client_id)
    form_walk.expect("test")
    with serving(kind, tmp_path, operator, account, production_port) as gateway:
        form_walk.test(password=account.password)

    form_walk.expect("done")
    assert site.status(form_walk.pk) == "connected"
    assert [fleet["name"] for fleet in FLEETS] == [
        name for name in ("Pool Amsterdam", "Vans Zürich") if name in form_walk.visitor.page.text
    ]
    assert f"CN={account.login}" in gateway.seen.read_text().replace("CN = ", "CN=")
