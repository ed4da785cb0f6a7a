"""The floors of the measurements: the bare primitives, and other programs that do the same work."""

import os
import resource
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from onboarding.workflow.thread_pool import NICENESS

PASSPHRASE = "four unrelated words, and 77"
NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Île-de-France"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "Saint-Ouen"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Société d’Énergie & Fils"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Programs Partners"),
        x509.NameAttribute(NameOID.COMMON_NAME, "MZP123456"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "flotte@societe.example"),
    ]
)


@dataclass(frozen=True)
class Cost:
    """Elapsed seconds, and processor seconds of all processors together."""

    wall: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.cpu + other.cpu)

    def __truediv__(self, number: int) -> "Cost":
        return Cost(self.wall / number, self.cpu / number)


class Stopwatch:
    """Measures its `with` block; `cpu` returns the processor seconds used so far."""

    def __init__(self, cpu=time.process_time) -> None:
        self.used, self.cost = cpu, Cost()

    def __enter__(self) -> Self:
        self._cpu, self._wall = self.used(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cost = Cost(time.perf_counter() - self._wall, self.used() - self._cpu)


def derive() -> bytes:
    """Return the key derived from the passphrase, with the second recommended parameters of RFC 9106."""
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=3, lanes=4, memory_cost=64 * 1024)
    return kdf.derive(PASSPHRASE.encode())


def make_and_seal() -> Cost:
    """Run the primitives of one key alone: RSA, a CSR, Argon2id, AES-256-GCM twice; return their cost."""
    with Stopwatch() as watch:
        key = rsa.generate_private_key(65537, 2048)
        csr = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, hashes.SHA256())
        csr.public_bytes(Encoding.PEM)
        clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        inner = AESGCM(derive()).encrypt(os.urandom(12), clear, b"inner")
        AESGCM(os.urandom(32)).encrypt(os.urandom(12), inner, b"outer")
    return watch.cost


class KeyProcesses:
    """A pool of processes that make keys from the primitives: Argon2id can't run twice at once in one process.

    Their niceness is that of the site's pool, so that a busy machine slows both equally.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.pool = ProcessPoolExecutor(number, initializer=os.nice, initargs=(NICENESS,))
        self.make(number)

    def make(self, keys: int) -> Cost:
        """Make `keys` keys, as many at once as there are processes; return the elapsed and the processor time."""
        with Stopwatch() as watch:
            costs = list(self.pool.map(_make_and_seal, range(keys)))
        return Cost(watch.cost.wall, sum(cost.cpu for cost in costs))


def _make_and_seal(_: int) -> Cost:
    return make_and_seal()


def run(command: Sequence[str], folder: Path) -> Cost:
    """Run a program to its end; return its cost."""
    with Stopwatch(_used_by_children) as watch:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return watch.cost


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def openssl_request(folder: Path) -> Cost:
    """Make an encrypted key and its CSR with `openssl req`; return the cost."""
    subject = "/C=FR/ST=Île-de-France/L=Saint-Ouen/O=Société/OU=Programs Partners/CN=MZP123456"
    command = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-utf8", "-keyout", "key.pem", "-out", "request.csr"]
    return run([*command, "-passout", f"pass:{PASSPHRASE}", "-subj", subject], folder)


def keytool_request(folder: Path) -> Cost:
    """Make a key in a keystore and its CSR with `keytool`; return the cost."""
    (folder / "keystore.p12").unlink(missing_ok=True)
    store = ["-keystore", "keystore.p12", "-storetype", "PKCS12", "-storepass", PASSPHRASE, "-alias", "key"]
    dname = "CN=MZP123456, OU=Programs Partners, O=Societe, L=Saint-Ouen, ST=Ile-de-France, C=FR"
    made = run(["keytool", "-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-dname", dname, *store], folder)
    return made + run(["keytool", "-certreq", "-file", "request.csr", *store], folder)
