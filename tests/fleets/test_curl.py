"""The cURL command that a partner sees, run as printed by the real curl in bash."""

import json

from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.fleets.reproduction import ReproductionFiles, curl_command
from onboarding.pki.key_files import encrypted_pem
from onboarding.rehearsal.authority import Authority, pem
from tests.browser.terminal import type_at
from tests.rehearsal.partners import Call, CertifiedPartner, start_rehearsal

PASSPHRASE = "a passphrase with Ünïcode and 'quotes'"


def test_the_command_runs_as_printed_and_returns_the_fleets(tmp_path):
    """It asks for both secrets, contains neither, and returns the same fleets as another client."""
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    with start_rehearsal(tmp_path / "rehearsal") as rehearsal:
        partner = CertifiedPartner.of(Authority.load_or_create(tmp_path / "rehearsal"))
        (folder / "key.pem").write_bytes(encrypted_pem(partner.key, PASSPHRASE))
        (folder / "my certificate.pem").write_bytes(partner.certificate.public_bytes(Encoding.PEM))
        (folder / "ca.pem").write_text(pem(*partner.anchors))
        command = curl_command(
            base_url=rehearsal.base_url,
            client_id=partner.client_id,
            login=partner.login,
            files=ReproductionFiles("my certificate.pem", "key.pem", "ca.pem"),
        )
        session = type_at(command, folder, {"host password for user": partner.password, "pass ?phrase": PASSPHRASE})
        expected = json.loads(Call(partner, rehearsal.base_url)().body)
    assert (session.code, json.loads(session.output)) == (0, expected)
    assert [secret for secret in (PASSPHRASE, partner.password) if secret in command] == []


def test_special_characters_in_a_client_id_are_quoted():
    """Quotes, ampersands and spaces are quoted for the shell, and encoded for the query."""
    command = curl_command(
        base_url="https://gateway.example/v3/",
        client_id="a'b &c",
        login="MZP1",
        files=ReproductionFiles("c", "k", "a"),
    )
    assert command.splitlines()[1:3] == [
        "  --url https://gateway.example/v3/fleets \\",
        "  --data-urlencode 'client_id=a'\"'\"'b &c' \\",
    ]
