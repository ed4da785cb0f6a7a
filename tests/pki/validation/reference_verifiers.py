"""Other verifiers of client certificates, which are asked about the same chains: OpenSSL and Java."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from ssl import DER_cert_to_PEM_cert

from tests.pki.conftest import NOW

JAVA_PROGRAM = Path(__file__).parent / "ClientVerifier.java"
# The security level 2 (112 bits) is what OpenSSL 3.2, Debian and Ubuntu ask for in TLS by default.
OPENSSL = (
    *("openssl", "verify", "-purpose", "sslclient", "-auth_level", "2"),
    *("-no-CApath", "-no-CAstore", "-attime", str(int(NOW.timestamp()))),
)


def write_pem(file: Path, certificates: Iterable[bytes]) -> str:
    """Write the DER certificates as PEM, and return the name of the file."""
    file.write_text("".join(map(DER_cert_to_PEM_cert, certificates)))
    return file.name


def openssl_error(
    folder: Path, leaf: bytes, untrusted: Sequence[bytes], trusted: Sequence[bytes], *, partial: bool = False
) -> str:
    """Return why OpenSSL refuses the DER certificate `leaf` for a TLS client; "" if it does not.

    It trusts only `trusted`, which need not be roots if the chain may be `partial`.
    """
    write_pem(folder / "leaf.pem", [leaf])
    command = [*OPENSSL, "-CAfile", write_pem(folder / "trusted.pem", trusted)]
    if untrusted:
        command += ["-untrusted", write_pem(folder / "untrusted.pem", untrusted)]
    if partial:
        command.append("-partial_chain")
    done = subprocess.run([*command, "leaf.pem"], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr or "refused"


def java_errors(folder: Path, paths: Sequence[tuple[Sequence[bytes], bytes]]) -> list[str]:
    """Return why a TLS server in Java refuses each path of DER certificates; "" if it does not.

    A path is what the client sends, its own certificate first, and the one certificate that the server trusts.
    """
    for number, (sent, anchor) in enumerate(paths):
        write_pem(folder / f"{number}.chain.pem", sent)
        write_pem(folder / f"{number}.ca.pem", [anchor])
    command = ["java", "-XX:TieredStopAtLevel=1", str(JAVA_PROGRAM), str(int(NOW.timestamp())), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.partition(" ")[2] for line in done.stdout.splitlines()]
