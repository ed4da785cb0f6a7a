"""From sign-up to the fleets on the rehearsal, in a real browser, with scripts and without."""

import json
import re

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tests.browser.partner import Walk, key_of
from tests.browser.processes import run
from tests.browser.terminal import type_at

pytestmark = pytest.mark.browser


def public_key(*command):
    return load_pem_public_key(run(["openssl", *command]).stdout.encode())


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_partner_reaches_the_fleets_from_sign_up(site, partner, inspector, tmp_path, scripts):
    """The walk ends at the fleets, OpenSSL and cURL accept the downloads, and no page breaks an accessibility rule."""
    look = inspector(scripts=scripts)
    page = look.page
    walk = Walk(page, site, partner, tmp_path, look)

    walk.sign_up()
    walk.login()
    pk = key_of(page.url)
    walk.company()
    walk.key()
    csr = walk.request()
    files, client_id = walk.sign()
    walk.certificate(files, client_id)
    walk.test(partner.password)
    fleets = page.locator("table.fleets td code").all_inner_texts()
    line = page.locator("#curl-line").input_value()
    key, certificate, ca = walk.download_files()
    for name in ("login", "company", "key", "request", "certificate", "test", "replace", "withdraw", ""):
        page.goto(f"{site.url}/onboardings/{pk}/{name and name + '/'}")
        look(page)
    page.goto(f"{site.url}/onboardings/")
    look(page)
    page.goto(f"{site.url}/accounts/email/")
    look(page)

    assert look.complaints == []
    assert len(fleets) >= 2
    assert site.status(pk) == "connected"
    assert [verb for verb in site.events(pk) if verb != "test"] == [
        *["start", "describe", "make_key", "prove_passphrase", "mark_sent", "accept_certificate", "add_client_id"],
        *["connect", "export_key"],
    ]

    # OpenSSL: the request is signed by the key in the file, the certificate is for it, and the chain ends at the CA.
    assert "verify OK" in run(["openssl", "req", "-in", csr, "-verify", "-noout"]).stderr
    subject = run(["openssl", "req", "-in", csr, "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus_space"]).stdout
    assert subject.strip() == (
        "subject=C=FR, ST=Île-de-France, L=Saint-Ouen, O=Société d’Énergie & Fils, OU=Programs Partners, "
        f"CN={partner.login}, emailAddress=flotte@societe.example"
    )
    secret = tmp_path / "passphrase"
    secret.write_text(partner.passphrase)
    public = public_key("pkey", "-in", key, "-passin", f"file:{secret}", "-pubout")
    assert public_key("req", "-in", csr, "-noout", "-pubkey") == public
    assert public_key("x509", "-in", certificate, "-noout", "-pubkey") == public
    assert load_pem_private_key(key.read_bytes(), partner.passphrase.encode()).public_key() == public
    chain = run(["openssl", "verify", "-purpose", "sslclient", "-CAfile", ca, "-untrusted", certificate, certificate])
    assert chain.stdout == f"{certificate}: OK\n"

    # cURL: the command on the page runs unchanged in the folder of the three files, and asks for both secrets.
    answers = {"[Pp]assword for user": partner.password, "(?i)enter PEM pass phrase": partner.passphrase}
    session = type_at(line, tmp_path, answers)
    assert session.code == 0, session.screen
    assert [fleet["id"] for fleet in json.loads(session.output)["_embedded"]["fleets"]] == fleets
    assert partner.password not in session.screen
    assert not re.search(r"--user \S+:", line)
