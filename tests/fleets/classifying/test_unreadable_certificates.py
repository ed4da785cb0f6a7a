"""Certificates that cryptography refuses to read: OpenSSL serves them, and the doctor makes no fuss."""

import base64
import json
from dataclasses import dataclass, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.rehearsal.authority import pem
from onboarding.rehearsal.faults.certificates import FaultyIdentities, ServerIdentity
from tests.fleets import other_servers

pytestmark = pytest.mark.skipif(not other_servers.OPENSSL, reason="openssl is not installed")


@dataclass(frozen=True)
class Oddity:
    """What is done to the bytes of certificates whose authority is called `name`."""

    name: str
    plain: bytes
    bent: bytes

    def of(self, certificate: x509.Certificate) -> str:
        der = certificate.public_bytes(Encoding.DER)
        assert self.plain in der
        armour = base64.encodebytes(der.replace(self.plain, self.bent)).decode()
        return f"-----BEGIN CERTIFICATE-----\n{armour}-----END CERTIFICATE-----\n"


VERSION_3 = b"\xa0\x03\x02\x01\x02"
ODDITIES = {
    "of a version that there is not": Oddity("Odd", VERSION_3, b"\xa0\x03\x02\x01\x06"),
    "of version 2": Oddity("Odd", VERSION_3, b"\xa0\x03\x02\x01\x01"),
    "named in Latin-1": Oddity("Odd", b"\x0c\x03Odd", b"\x14\x03O\xe9d"),
    "named by bits": Oddity("\0Od", b"\x0c\x03\0Od", b"\x03\x03\0Od"),
}


@pytest.fixture
def known(authority):
    """Identities of a gateway whose foreign authority can be given a name."""
    return FaultyIdentities(authority)


@pytest.mark.parametrize("oddity", ODDITIES.values(), ids=ODDITIES)
@pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("extra_alone", [True, False], ids=["the authority alone", "both"])
def test_a_server_that_shows_an_odd_certificate(known, credentials, tmp_path, oddity, tls, extra_alone):
    """A chain that can't be read to its end is one that can't be accepted; the evidence holds what could be read."""
    identity = known.issue(known.stranger_called(oddity.name))
    other_servers.lay_out(tmp_path, identity, (known.root.certificate,))
    leaf, issuer = identity.chain
    (tmp_path / "server.pem").write_text((pem(leaf) if extra_alone else oddity.of(leaf)) + oddity.of(issuer))
    with other_servers.s_server(tmp_path, tls, "-www") as url:
        diagnosis = diagnose(Endpoint(url), credentials)
    assert diagnosis.verdict.code in {"server_certificate_refused", "server_ca_mismatch", "proxy_intercepts"}
    assert (diagnosis.verdict.confidence, diagnosis.stage_reached) == ("probable", "server certificate")
    json.dumps(diagnosis.to_dict(), allow_nan=False)


@pytest.mark.parametrize("oddity", [*ODDITIES.values()][2:], ids=[*ODDITIES][2:])
@pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
def test_a_server_that_names_an_odd_authority(known, credentials, tmp_path, oddity, tls):
    """Among the authorities that it trusts, one whose name can't be read hides none of the others."""
    good, odd = known.get("good"), known.stranger_called(oddity.name).certificate
    other_servers.lay_out(tmp_path, good, (known.issuing.certificate, known.root.certificate))
    with (tmp_path / "clients.pem").open("a") as file:
        file.write(oddity.of(odd))
    with other_servers.s_server(tmp_path, tls, "-www", "-CAfile", "clients.pem", "-Verify", "3") as url:
        diagnosis = diagnose(Endpoint(url), credentials)
    assert diagnosis.verdict.code == "not_the_gateway"  # its own status page
    assert len(diagnosis.details.authorities) == 2
    assert any("Rehearsal Root CA" in name for name in diagnosis.details.authorities)


def test_names_that_move_a_cursor_are_tamed(known, credentials, tmp_path):
    """Escape sequences and line ends in a server's names reach neither a terminal nor the report."""
    identity = known.issue(known.stranger_called("a\x1b[31m\nVerdict  connected"))
    other_servers.lay_out(tmp_path, ServerIdentity(identity.chain, identity.key), (known.root.certificate,))
    with other_servers.s_server(tmp_path, "-www") as url:
        diagnosis = diagnose(Endpoint(url), replace(credentials))
    assert diagnosis.verdict.code in {"server_ca_mismatch", "proxy_intercepts"}
    kept = [diagnosis.verdict.text, *diagnosis.verdict.observations, *(str(link) for link in diagnosis.details.server_chain)]
    assert [text for text in kept if not text.isprintable()] == []
