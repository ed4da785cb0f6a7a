"""ReadResult what a partner sends: finds the certificates in it, and says of everything else what it is.

A private key anywhere ends the reading at once. Whether a certificate fits is decided in `answer.py`.
"""

import base64
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from onboarding.messages.finding import Finding
from onboarding.pki.der import Shape
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.client_ids import find_client_ids
from onboarding.pki.intake.containers import ENTRY_LIMIT, ExtractedFile, Upload, extract_files
from onboarding.pki.intake.contents import Contents, contains_private_key, read_contents
from onboarding.pki.intake.file_types import (
    CRL,
    EMPTY_BUNDLE,
    MAIL,
    PEM_OTHER,
    PUBLIC_KEY,
    detect_file_type,
    not_a_certificate,
)
from onboarding.pki.intake.text import Item
from onboarding.pki.validation.chain import MALFORMED

__all__ = ["CERTIFICATE_LIMIT", "FoundCertificate", "ReadResult", "Upload", "read_uploads"]

CERTIFICATE_LIMIT = 20
VALUES_LIMIT = 150  # certificates, and what else looks like one, broken ones included
ASIDE = {"not_a_certificate", "csr_uploaded", "file_too_large", "file_empty"}  # no harm beside a certificate
VERSION_PROBLEM = "its version is neither 1 nor 3"
READ_LATER: Mapping[str, Callable[[x509.Certificate], object]] = {
    "a name in it is not written as text": lambda one: (one.subject.rfc4514_string(), one.issuer.rfc4514_string()),
    "a date in it is none": lambda one: (one.not_valid_before_utc, one.not_valid_after_utc),
}


@dataclass(frozen=True)
class FoundCertificate:
    """A certificate, and the piece that it was in."""

    certificate: x509.Certificate
    origin: str


@dataclass(frozen=True)
class ReadResult:
    """The certificates that were found, each once, in order; what there is to say about the pieces; client IDs seen.

    `client_ids` stand in the mail's text behind words such as “Client ID”: to be offered, not assumed.
    """

    certificates: tuple[FoundCertificate, ...]
    findings: tuple[Finding, ...]
    client_ids: tuple[str, ...] = ()


def read_uploads(pieces: Sequence[Upload]) -> ReadResult:
    """Everything in `pieces`: PEM in any dialect, DER, PKCS#7, zip files, saved mails.

    PkiError private_key_uploaded, pfx_uploaded: refused before anything else is looked at; nothing of it is kept in
    the error. Limits: FILE_LIMIT_KIB a file (CONTAINER_LIMIT_KIB a zip or mail), ENTRY_LIMIT files, CERTIFICATE_LIMIT.
    """
    leaves, findings = extract_files(pieces)
    read = _read(leaves)
    _refuse_keys(read)
    if len(read) < len(leaves) and all(finding.code != "too_many_entries" for finding in findings):
        findings.append(Finding("too_many_entries", found="what you sent", params={"limit": ENTRY_LIMIT}))
    seen: dict[bytes, FoundCertificate] = {}
    for leaf, contents in read:
        for one in _once(_judged(leaf, contents)):
            if isinstance(one, Finding):
                findings.append(one)
            else:
                seen.setdefault(one.fingerprint(hashes.SHA256()), FoundCertificate(one, leaf.name))
    client_ids = tuple(dict.fromkeys(value for _, contents in read for value in find_client_ids(contents.text)))
    if len(seen) > CERTIFICATE_LIMIT:
        findings.append(Finding("too_many_certificates", params={"limit": CERTIFICATE_LIMIT}))
        return ReadResult((), tuple(findings), client_ids)
    if seen:
        findings = [_aside(finding) for finding in findings]
    elif any(leaf.in_mail for leaf in leaves) and not any(finding.code in ASIDE for finding in findings):
        findings.append(not_a_certificate(next(leaf.name for leaf in leaves if leaf.in_mail), MAIL))
    return ReadResult(tuple(seen.values()), tuple(findings), client_ids)


def _read(leaves: Sequence[ExtractedFile]) -> list[tuple[ExtractedFile, Contents]]:
    """The contents of each, until VALUES_LIMIT values were found; of the rest it is only seen that they hold no key."""
    read: list[tuple[ExtractedFile, Contents]] = []
    values = 0
    for leaf in leaves:
        if values <= VALUES_LIMIT:
            contents = read_contents(leaf.data)
            values += max(len(contents.items), contents.text.count("BEGIN"))
            read.append((leaf, contents))
        elif contains_private_key(leaf.data):
            raise PkiError("private_key_uploaded", found=leaf.name)
    return read


def _refuse_keys(read: Sequence[tuple[ExtractedFile, Contents]]) -> None:
    for leaf, contents in read:
        if contents.private_key:
            raise PkiError("private_key_uploaded", found=leaf.name)
    for leaf, contents in read:
        if any(item.shape == Shape.PKCS12 for item in contents.items):
            raise PkiError("pfx_uploaded", found=leaf.name)


def _judged(leaf: ExtractedFile, contents: Contents) -> Iterator[x509.Certificate | Finding]:
    """What a file's contents amount to: certificates, what was done to get at them, and what else is in it."""
    before = 0
    for item in contents.items:
        for one in _of_item(leaf.name, item):
            before += isinstance(one, x509.Certificate)
            yield one
    if before and contents.binary and contents.items[0].shape == Shape.CERTIFICATE:
        yield Finding("converted", found=leaf.name)
    elif before and not contents.binary:
        yield from _repaired(leaf, contents)
    if not contents.items and not leaf.in_mail:
        yield not_a_certificate(leaf.name, detect_file_type(leaf.data))


def _of_item(name: str, item: Item) -> Iterator[x509.Certificate | Finding]:
    simple = {
        Shape.REQUEST: Finding("csr_uploaded", found=name),
        Shape.PUBLIC_KEY: not_a_certificate(name, PUBLIC_KEY),
        Shape.CRL: not_a_certificate(name, CRL),
    }
    if item.shape in simple:
        yield simple[item.shape]
    elif not item.complete:
        yield Finding("file_cut_short", found=name)
    elif item.shape == Shape.CERTIFICATE:
        yield _certificate(name, item.der)
    elif item.shape == Shape.PKCS7:
        yield from _bundle(name, item.der)
    else:
        yield not_a_certificate(name, PEM_OTHER)


def _certificate(name: str, der: bytes) -> x509.Certificate | Finding:
    """The certificate, once all that is read later was read: what is malformed is noticed here."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
    except x509.InvalidVersion:
        return _malformed(name, VERSION_PROBLEM)
    except UnsupportedAlgorithm:
        return Finding("certificate_key_odd", found=name)
    except MALFORMED:
        return Finding("file_cut_short", found=name)
    for why, read in READ_LATER.items():
        try:
            read(certificate)
        except MALFORMED:
            return _malformed(name, why)
    return certificate


def _malformed(name: str, why: str) -> Finding:
    return Finding("certificate_malformed", found=name, params={"why": why})


def _bundle(name: str, der: bytes) -> Iterator[x509.Certificate | Finding]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # streams are BER, which the library reads under protest
            found = pkcs7.load_der_pkcs7_certificates(der)
    except x509.InvalidVersion:  # of one of them, but then the library gives none
        yield _malformed(name, VERSION_PROBLEM)
        return
    except MALFORMED:
        yield not_a_certificate(name, EMPTY_BUNDLE)
        return
    if not found:
        yield not_a_certificate(name, EMPTY_BUNDLE)
        return
    for one in found[: CERTIFICATE_LIMIT + 1]:
        yield _certificate(name, one.public_bytes(Encoding.DER))
    yield Finding("bundle_unpacked", found=name)


def _repaired(leaf: ExtractedFile, contents: Contents) -> Iterator[Finding]:
    """What was tidied up in a text, unless its blocks stand there just as tools write them."""
    done = list(contents.undone)
    blocks = [pem_block(item) for item in contents.items if item.shape == Shape.CERTIFICATE]
    if not all(block in leaf.data for block in blocks):
        done = done or ["its line breaks and spaces"]
    if done:
        yield Finding("text_repaired", found=leaf.name, params={"what": " and ".join(done)})


def pem_block(item: Item) -> bytes:
    """A certificate's PEM block as tools write it, without the last line break."""
    body = base64.b64encode(item.der).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"]).encode()


def _once(found: Iterator[x509.Certificate | Finding]) -> list[x509.Certificate | Finding]:
    """Each thing once: a file of ten broken blocks is told to be broken once."""
    seen: list[x509.Certificate | Finding] = []
    for one in found:
        if one not in seen:
            seen.append(one)
    return seen


def _aside(finding: Finding) -> Finding:
    """A file that is no certificate, beside one that is: worth saying, not worth stopping for."""
    if finding.code not in ASIDE:
        return finding
    what = {"csr_uploaded": "your request", "file_too_large": "too large for a certificate", "file_empty": "empty"}
    return Finding(
        "piece_ignored",
        found=finding.found,
        params={"what": what.get(finding.code) or finding.params["what"]},
    )
