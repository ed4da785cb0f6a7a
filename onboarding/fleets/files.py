"""Reading the files of the command: certificate, key and CA certificates, in any format and in each other's place.

A partner's files are what they are. So each file is read for what it contains, and what had to be put right becomes a
remark, because the partner's own programs will not put it right.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.errors import FleetsError
from onboarding.messages.verdict import Remark
from onboarding.pki.der import Shape
from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.intake.contents import Contents, read_contents
from onboarding.pki.intake.file_types import FileType, detect_file_type
from onboarding.pki.intake.private_keys import JAVA_KEYSTORES
from onboarding.pki.key_files import is_encrypted_key_file, read_key_file
from onboarding.pki.keys import passphrase_bytes, spki_fingerprint
from onboarding.pki.validation.chain import MALFORMED, certificate_name, find_issuers, is_ca, is_self_signed

PEM_CERTIFICATE, PEM_KEY = "-----BEGIN CERTIFICATE-----", "PRIVATE KEY-----"
KIND_OF_SHAPE = {
    Shape.REQUEST: "request", Shape.PUBLIC_KEY: "public_key", Shape.PRIVATE_KEY: "private_key", Shape.CRL: "crl",
    Shape.CERTIFICATE: "certificate",
}  # fmt: skip
KIND_OF_FILE_TYPE = {
    FileType.JAVA_KEYSTORE: "java_keystore", FileType.WEB_PAGE: "web_page", FileType.SIGN_IN_PAGE: "web_page",
    FileType.PDF: "document", FileType.PICTURE: "document", FileType.WORD_DOCUMENT: "document",
    FileType.ARCHIVE: "archive", FileType.DAMAGED_ZIP: "archive", FileType.OUTLOOK_EMAIL: "email",
    FileType.WINMAIL: "email", FileType.EMAIL: "email",
}  # fmt: skip
CERTIFICATE_KINDS = {
    "request", "public_key", "private_key", "crl", "java_keystore", "web_page", "document", "archive", "email",
}  # fmt: skip
KEY_KINDS = {"request", "public_key", "certificate", "java_keystore", "web_page", "document", "archive", "email"}

AskPassphrase = Callable[[str], str]


@dataclass(frozen=True)
class FileCredentials:
    """What the files contain. `passphrase` is the one that opened them, "" if none was needed."""

    identity: ClientIdentity
    anchors: tuple[x509.Certificate, ...] | None
    passphrase: str = field(repr=False)
    remarks: tuple[Remark, ...] = ()


@dataclass
class _Passphrase:
    """The passphrase of the files. It is asked for once, and only if a file needs it."""

    ask: AskPassphrase = field(repr=False)
    value: str | None = field(default=None, repr=False)
    used: str = field(default="", repr=False)

    def for_file(self, path: str) -> str:
        self.value = self.used = self.ask(path) if self.value is None else self.value
        return self.value


class _File:
    """One file, and what is in it."""

    def __init__(self, path: Path, passphrase: _Passphrase) -> None:
        self.path = str(path)
        self.data = _read(path)
        self.contents: Contents = read_contents(self.data)
        self._passphrase = passphrase
        self._pkcs12_key: object = None
        self.certificates = list(dict.fromkeys(self._certificates()))

    @property
    def has_key(self) -> bool:
        """Whether the file contains a private key, readable or not."""
        return self._pkcs12_key is not None or (self.contents.private_key and not self._is_pkcs12)

    @property
    def _is_pkcs12(self) -> bool:
        return any(item.shape == Shape.PKCS12 for item in self.contents.items)

    @property
    def is_plain_pem(self) -> bool:
        """Whether other programs can read the file as PEM."""
        marker = PEM_CERTIFICATE if self.certificates else PEM_KEY
        is_text = not self.contents.binary and not self.data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return is_text and b"\x00" not in self.data and marker.encode() in self.data

    def _certificates(self) -> Iterator[x509.Certificate]:
        for item in self.contents.items:
            try:
                if item.shape == Shape.CERTIFICATE and item.complete:
                    yield x509.load_der_x509_certificate(item.der)
                elif item.shape == Shape.PKCS7 and item.complete:
                    with warnings.catch_warnings():  # the library warns of BER, which Windows writes
                        warnings.simplefilter("ignore")
                        yield from pkcs7.load_der_pkcs7_certificates(item.der)
                elif item.shape == Shape.PKCS12:
                    yield from self._open_pkcs12(item.der)
            except MALFORMED:
                continue

    def _open_pkcs12(self, der: bytes) -> Iterator[x509.Certificate]:
        for attempt in (None, b"", self._passphrase):
            try:
                secret = passphrase_bytes(attempt.for_file(self.path)) if isinstance(attempt, _Passphrase) else attempt
                key, certificate, others = pkcs12.load_key_and_certificates(der, secret)
            except (ValueError, UnsupportedAlgorithm):
                continue
            self._pkcs12_key = key
            yield from (each for each in (certificate, *others) if each)
            return
        raise FleetsError("passphrase_wrong", self.path)

    def key(self) -> RSAPrivateKey:
        """Return the private key. Raise FleetsError: not_a_key, passphrase_wrong."""
        if isinstance(self._pkcs12_key, RSAPrivateKey):
            return self._pkcs12_key
        try:
            passphrase = self._passphrase.for_file(self.path) if is_encrypted_key_file(self.data) else ""
            return read_key_file(self.data, passphrase)
        except PassphraseError:
            raise FleetsError("passphrase_wrong", self.path) from None
        except PkiError as error:
            raise FleetsError("not_a_key", self.path, self._key_defect(error)) from None

    def _key_defect(self, error: PkiError) -> str:
        if error.code == "key_type":
            return "type"
        kind = self.kind
        if self.contents.private_key and kind not in KEY_KINDS - {"certificate"}:
            return "damaged"
        return kind if kind in KEY_KINDS | {"empty"} else ""

    def require_certificates(self) -> None:
        """Raise FleetsError (not_certificates) if the file has none."""
        if not self.certificates:
            kind = self.kind
            raise FleetsError(
                "not_certificates", self.path, kind if kind in CERTIFICATE_KINDS | {"empty", "cut_short"} else ""
            )

    @property
    def kind(self) -> str:
        """What the file is, by the variants of the errors; "" if it is nothing known."""
        if not self.data.strip():
            return "empty"
        if self.data.startswith(JAVA_KEYSTORES):
            return "java_keystore"
        for item in self.contents.items:
            if item.shape == Shape.CERTIFICATE and not item.complete:
                return "cut_short"
            if item.shape in KIND_OF_SHAPE:
                return KIND_OF_SHAPE[item.shape]
        if self.contents.private_key:
            return "private_key"
        return KIND_OF_FILE_TYPE.get(detect_file_type(self.data), "")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise FleetsError("file_unreadable", str(path), "folder") from error
    except OSError as error:
        raise FleetsError("file_unreadable", f"{path}: {error.strerror}") from error


def read_files(
    certificate: Path, key: Path, ca: Path | None, ask: AskPassphrase, passphrase: str | None, now: datetime
) -> FileCredentials:
    """Read the three files; `ca` may be None. `passphrase` is asked for if it is None and a file needs one.

    Raise FleetsError: file_unreadable, not_certificates, not_a_key, passphrase_wrong.
    """
    secret = _Passphrase(ask, passphrase)
    files = [_File(path, secret) for path in (certificate, key, *([ca] if ca else []))]
    certificate_file, key_file, ca_file = files[0], files[1], files[2] if ca else None
    remarks: list[Remark] = []
    if (
        not certificate_file.certificates
        and certificate_file.has_key
        and key_file.certificates
        and not key_file.has_key
    ):
        certificate_file, key_file = key_file, certificate_file
        remarks.append(Remark("files_swapped"))
    certificate_file.require_certificates()
    private_key = key_file.key()
    if ca_file:
        ca_file.require_certificates()
    certificates, remarks_on_order = _in_order(private_key, certificate_file, ca_file, now)
    remarks += remarks_on_order
    converted = dict.fromkeys(file.path for file in files if not file.is_plain_pem)
    remarks += [Remark("file_converted", {"path": path}) for path in converted]
    anchors, remarks_on_anchors = _anchors(ca_file, certificate_file, certificates[0])
    identity = ClientIdentity(certificates, private_key)
    return FileCredentials(identity, anchors, secret.used, (*remarks, *remarks_on_anchors))


def _in_order(
    key: RSAPrivateKey, certificate_file: _File, ca_file: _File | None, now: datetime
) -> tuple[tuple[x509.Certificate, ...], list[Remark]]:
    """Return the certificates to send, the partner's own first, and the remarks on what had to be put right."""
    remarks: list[Remark] = []
    given = certificate_file.certificates
    own = _with_key(key, given)
    if not own and ca_file and (own := _with_key(key, ca_file.certificates)):
        remarks.append(Remark("certificates_swapped", {"path": ca_file.path}))
    if not own:
        return tuple(given), []
    leaf = max(own, key=lambda each: (not is_self_signed(each), _is_current(each, now), each.not_valid_before_utc))
    if len(own) > 1:
        date = f"{leaf.not_valid_after_utc:%Y-%m-%d}"
        remarks.append(Remark("older_certificate_left_out", {"path": certificate_file.path, "date": date}))
    elif leaf in given and leaf != given[0] and certificate_file.is_plain_pem:  # in PKCS#7, the order says nothing
        remarks.append(Remark("certificates_reordered", {"path": certificate_file.path}))
    issuers = [issuer for issuer in find_issuers(leaf, given) if issuer != leaf]
    for other in given:
        # A CA beside a chain may be that of the gateway. Without a chain it was meant to be the issuer of `leaf`.
        if other not in (leaf, *issuers, *own) and not (is_ca(other) and (issuers or leaf not in given)):
            params: dict[str, str | int] = {"found": certificate_name(other), "path": certificate_file.path}
            remarks.append(Remark("certificate_left_out", params))
    return (leaf, *(issuer for issuer in issuers if not is_self_signed(issuer))), remarks


def _with_key(key: RSAPrivateKey, certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    fingerprint = spki_fingerprint(key.public_key())
    return [each for each in certificates if spki_fingerprint(each.public_key()) == fingerprint]


def _is_current(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _anchors(
    ca_file: _File | None, certificate_file: _File, leaf: x509.Certificate
) -> tuple[tuple[x509.Certificate, ...] | None, list[Remark]]:
    """Return the trust anchors, None for the system's, and the remark on the partner's own certificate among them.

    If there is no other certificate, it stays, so that the test can name it.
    """
    if ca_file is None:
        return None, []
    given = ca_file.certificates
    if leaf in given and leaf not in certificate_file.certificates:  # the two files are swapped
        given = [*given, *(each for each in certificate_file.certificates if is_ca(each))]
    anchors = tuple(anchor for anchor in given if anchor != leaf)
    return anchors or (leaf,), [] if anchors else [Remark("own_certificate_as_ca", {"path": ca_file.path})]
