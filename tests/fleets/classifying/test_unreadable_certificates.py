"""Certificates that OpenSSL serves, but that the cryptography package can't parse, result in a verdict."""

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
class Malformation:
    """A replacement in the DER of certificates that an authority called `name` issues."""

    name: str
    original: bytes
    replacement: bytes

    def apply(self, certificate: x509.Certificate) -> str:
        der = certificate.public_bytes(Encoding.DER)
        assert self.original in der
        armour = base64.encodebytes(der.replace(self.original, self.replacement)).decode()
        return f"-----BEGIN CERTIFICATE-----\n{armour}-----END CERTIFICATE-----\n"


VERSION_3 = b"\xa0\x03\x02\x01\x02"
MALFORMATIONS = {
    "version 7": Malformation("Odd", VERSION_3, b"\xa0\x03\x02\x01\x06"),
    "version 2": Malformation("Odd", VERSION_3, b"\xa0\x03\x02\x01\x01"),
    "name in Latin-1": Malformation("Odd", b"\x0c\x03Odd", b"\x14\x03O\xe9d"),
    "name as a bit string": Malformation("\0Od", b"\x0c\x03\0Od", b"\x03\x03\0Od"),
}


@pytest.fixture
def known(authority):
    """Return identities of a gateway whose foreign authority can have any name."""
    return FaultyIdentities(authority)


@pytest.mark.parametrize("malformation", MALFORMATIONS.values(), ids=MALFORMATIONS)
@pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("issuer_only", [True, False], ids=["issuer only", "both"])
def test_an_unreadable_certificate_of_a_server_is_refused(known, credentials, tmp_path, malformation, tls, issuer_only):
    """A chain that can't be read completely can't be accepted. The details contain the readable part."""
    identity = known.issue(known.new_untrusted_ca(malformation.name))
    other_servers.write_files(tmp_path, identity, (known.root.certificate,))
    leaf, issuer = identity.chain
    (tmp_path / "server.pem").write_text(
        (pem(leaf) if issuer_only else malformation.apply(leaf)) + malformation.apply(issuer)
    )
    with other_servers.s_server(tmp_path, tls, "-www") as url:
        diagnosis = diagnose(Endpoint(url), credentials)
    assert diagnosis.verdict.code in {"server_certificate_refused", "server_ca_mismatch", "proxy_intercepts"}
    assert (diagnosis.verdict.confidence, diagnosis.stage_reached) == ("probable", "server certificate")
    json.dumps(diagnosis.to_dict(), allow_nan=False)


@pytest.mark.parametrize("malformation", [*MALFORMATIONS.values()][2:], ids=[*MALFORMATIONS][2:])
@pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
def test_an_unreadable_name_of_an_authority_is_skipped(known, credentials, tmp_path, malformation, tls):
    """The other authorities that the server names are read."""
    good, malformed = known.get("good"), known.new_untrusted_ca(malformation.name).certificate
    other_servers.write_files(tmp_path, good, (known.issuing.certificate, known.root.certificate))
    with (tmp_path / "clients.pem").open("a") as file:
        file.write(malformation.apply(malformed))
    with other_servers.s_server(tmp_path, tls, "-www", "-CAfile", "clients.pem", "-Verify", "3") as url:
        diagnosis = diagnose(Endpoint(url), credentials)
    assert diagnosis.verdict.code == "not_the_gateway"  # the status page of s_server
    assert len(diagnosis.details.authorities) == 2
    assert any("Rehearsal Root CA" in name for name in diagnosis.details.authorities)


def test_control_characters_in_names_are_replaced(known, credentials, tmp_path):
    """Escape sequences and line ends in a server's names reach neither a terminal nor the report."""
    identity = known.issue(known.new_untrusted_ca("a\x1b[31m\nVerdict  connected"))
    other_servers.write_files(tmp_path, ServerIdentity(identity.chain, identity.key), (known.root.certificate,))
    with other_servers.s_server(tmp_path, "-www") as url:
        diagnosis = diagnose(Endpoint(url), replace(credentials))
    assert diagnosis.verdict.code in {"server_ca_mismatch", "proxy_intercepts"}
    observations = [observation.text for observation in diagnosis.verdict.observations]
    shown = [diagnosis.verdict.text, *observations, *map(str, diagnosis.details.server_chain)]
    assert [text for text in shown if not text.isprintable()] == []
