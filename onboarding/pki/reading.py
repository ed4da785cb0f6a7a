"""Reading what a partner sends: finds the certificates in it, and says of everything else what it is.

A private key anywhere ends the reading at once. Whether a certificate fits is not decided here: `answer.py` does that.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs7

from onboarding.pki.errors import PkiError
from onboarding.pki.findings import Finding

FILE_LIMIT_KIB = 64
CERTIFICATE_LIMIT = 20

BLOCK = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 #]+)-----(?P<body>.*?)(?:-----END (?P=label)-----|(?=-----BEGIN )|\Z)",
    re.DOTALL,
)
KEY_LABEL = re.compile(r"PRIVATE KEY")
CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
PKCS7_LABELS = {"PKCS7", "CMS", "PKCS #7 SIGNED DATA"}
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")


@dataclass(frozen=True)
class Piece:
    """One thing that was sent: a file's name and contents, or pasted text under a name of its own."""

    name: str
    data: bytes


@dataclass(frozen=True)
class FoundCertificate:
    """A certificate, and the piece that it was in."""

    certificate: x509.Certificate
    origin: str


@dataclass(frozen=True)
class Reading:
    """The certificates that were found, each once, in order; and what there is to say about the pieces."""

    certificates: tuple[FoundCertificate, ...]
    findings: tuple[Finding, ...]


def read_pieces(pieces: Sequence[Piece]) -> Reading:
    """Everything in `pieces` (PkiError private_key_uploaded: refused before anything else is looked at)."""
    texts = [piece.data.decode("utf-8-sig", "replace") for piece in pieces]
    for piece, text in zip(pieces, texts, strict=True):
        if any(KEY_LABEL.search(block["label"]) for block in BLOCK.finditer(text)):
            raise PkiError("private_key_uploaded", found=piece.name)
    seen: dict[bytes, FoundCertificate] = {}
    findings: list[Finding] = []
    for piece, text in zip(pieces, texts, strict=True):
        for item in _read(piece, text):
            if isinstance(item, Finding):
                findings.append(item)
            else:
                seen.setdefault(item.fingerprint(hashes.SHA256()), FoundCertificate(item, piece.name))
    if len(seen) > CERTIFICATE_LIMIT:
        findings.append(Finding("too_many_certificates", context={"limit": CERTIFICATE_LIMIT}))
        return Reading((), tuple(findings))
    return Reading(tuple(seen.values()), tuple(findings))


def _read(piece: Piece, text: str) -> Iterator[x509.Certificate | Finding]:
    if not piece.data.strip():
        yield Finding("file_empty", found=piece.name)
    elif len(piece.data) > FILE_LIMIT_KIB * 1024:
        yield Finding("file_too_large", found=piece.name, context={"limit": FILE_LIMIT_KIB})
    elif BLOCK.search(text):
        for block in BLOCK.finditer(text):
            yield from _read_block(piece.name, block["label"], block["body"])
    else:
        yield from _read_binary(piece, text)


def _read_block(name: str, label: str, body: str) -> Iterator[x509.Certificate | Finding]:
    if label in REQUEST_LABELS:
        yield Finding("csr_uploaded", found=name)
        return
    try:
        der = base64.b64decode(NOT_BASE64.sub("", body), validate=True)
        if label in PKCS7_LABELS:
            yield from pkcs7.load_der_pkcs7_certificates(der)
            yield Finding("bundle_unpacked", found=name)
        elif label in CERTIFICATE_LABELS:
            yield x509.load_der_x509_certificate(der)
        else:
            yield not_a_certificate(name, f"a {label.lower()}")
    except (binascii.Error, ValueError):
        yield Finding("file_cut_short", found=name)


def _read_binary(piece: Piece, text: str) -> Iterator[x509.Certificate | Finding]:
    try:
        yield x509.load_der_x509_certificate(piece.data)
    except ValueError:
        yield from _read_binary_bundle(piece, text)
    else:
        yield Finding("converted", found=piece.name)


def _read_binary_bundle(piece: Piece, text: str) -> Iterator[x509.Certificate | Finding]:
    try:
        yield from pkcs7.load_der_pkcs7_certificates(piece.data)
    except ValueError:
        lowered = text[:2048].lower()
        if "<html" in lowered or "<!doctype" in lowered:
            yield not_a_certificate(
                piece.name,
                "a web page",
                "Open the link in Stellantis’ mail and save the file that it leads to.",
            )
        else:
            yield not_a_certificate(piece.name, "something else")
    else:
        yield Finding("bundle_unpacked", found=piece.name)


def not_a_certificate(name: str, what: str, mend: str = "Send the certificate files from Stellantis’ mail.") -> Finding:
    """The finding for a piece that was recognised as something else."""
    return Finding("not_a_certificate", found=name, context={"what": what, "mend": mend})
