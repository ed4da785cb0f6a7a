"""Reading uploads: finds the certificates, and reports what the other files are.

Reading stops if there is a private key anywhere. Whether a certificate fits is decided in `pki.validation`.
"""

import base64
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.pki.der import Shape
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.client_ids import FoundClientId, find_client_ids, unique_client_ids
from onboarding.pki.intake.containers import (
    TOO_MANY_FILES,
    ExtractedFile,
    Upload,
    extract_files,
    not_a_certificate,
    upload_finding,
)
from onboarding.pki.intake.contents import Contents, read_contents
from onboarding.pki.intake.file_types import FileType, detect_file_type
from onboarding.pki.intake.private_keys import contains_private_key
from onboarding.pki.intake.text import Item, Transformation
from onboarding.pki.validation.chain import MALFORMED

__all__ = ["CERTIFICATE_LIMIT", "FoundCertificate", "ReadResult", "Upload", "read_uploads"]

CERTIFICATE_LIMIT = 20
VALUES_LIMIT = 150  # DER values and marker lines, including damaged ones
# Findings that stop the step only if there is no certificate, and the variant of piece_ignored if there is one. The
# other findings about file types keep their variant.
IGNORED_VARIANTS = {
    "csr_uploaded": "csr",
    "file_too_large": "too_large",
    "file_empty": "empty",
    "not_a_certificate": "",
}


# Types of files in which a truncated certificate is one.
TEXT_TYPES = {FileType.TEXT, FileType.UNKNOWN, FileType.WEB_PAGE, FileType.SIGN_IN_PAGE, FileType.LINK}
# Texts of emails that need another step than "this email has no certificate".
SPECIAL_BODIES = {FileType.PGP_MESSAGE}


class MalformedPart(StrEnum):
    """The part of a certificate that can't be read. The value is the variant of the finding."""

    VERSION = "version"
    NAME = "name"
    DATE = "date"


# The library decodes these parts only when they are read.
LAZY_PARTS: Mapping[MalformedPart, Callable[[x509.Certificate], object]] = {
    MalformedPart.NAME: lambda certificate: (
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
    ),
    MalformedPart.DATE: lambda certificate: (certificate.not_valid_before_utc, certificate.not_valid_after_utc),
}


@dataclass(frozen=True)
class FoundCertificate:
    """A certificate, and the name of the file that it was in; empty for pasted text."""

    certificate: x509.Certificate
    file_name: str


@dataclass(frozen=True)
class ReadResult:
    """The certificates in order, without duplicates; the findings about the files; the client IDs in the texts.

    `client_ids` are values after labels such as “Client ID”. They may be wrong: offer them to the partner.
    """

    certificates: tuple[FoundCertificate, ...]
    findings: tuple[Finding, ...]
    client_ids: tuple[FoundClientId, ...] = ()


def read_uploads(uploads: Sequence[Upload]) -> ReadResult:
    """Read everything in `uploads`: PEM in any variation, DER, PKCS#7, zip files and saved emails.

    PkiError private_key_uploaded, pfx_uploaded: raised before anything else is examined; the error contains nothing of
    the key. Limits: CERTIFICATE_LIMIT certificates, and those of `containers`: FILE_LIMIT_KIB for a file,
    CONTAINER_LIMIT_KIB for a zip file or email, ENTRY_LIMIT files.
    """
    files, findings = extract_files(uploads)
    read = _read_files(files)
    _refuse_keys(read)
    if len(read) < len(files) and all(finding.code != "too_many_entries" for finding in findings):
        findings.append(TOO_MANY_FILES)
    certificates: dict[bytes, FoundCertificate] = {}
    for file, contents in read:
        for result in _examine(file, contents):
            if isinstance(result, Finding):
                findings.append(result)
            else:
                certificates.setdefault(result.fingerprint(hashes.SHA256()), FoundCertificate(result, file.name))
    whole = {found.file_name for found in certificates.values()}
    bodies = {file.name for file in files if file.is_email_body} & whole
    # Of an email in plain text and in HTML, one may be damaged.
    findings = [finding for finding in findings if finding.code != "file_cut_short" or finding.found not in bodies]
    findings = _without_duplicates(findings)
    client_ids = unique_client_ids(found for _, contents in read for found in find_client_ids(contents.text))
    if len(certificates) > CERTIFICATE_LIMIT:
        findings.append(Finding("too_many_certificates", params={"limit": CERTIFICATE_LIMIT}))
        return ReadResult((), tuple(findings), client_ids)
    if certificates:
        findings = [_as_ignored(finding) for finding in findings]
    elif all(finding.severity != Severity.ERROR for finding in findings):
        emails = [file.name for file in files if file.is_email_body]
        findings += [not_a_certificate(name, FileType.EMAIL) for name in emails[:1]]
    return ReadResult(tuple(certificates.values()), tuple(findings), client_ids)


def _read_files(files: Sequence[ExtractedFile]) -> list[tuple[ExtractedFile, Contents]]:
    """Return the contents of each file until VALUES_LIMIT values are found.

    The remaining files are only searched for private keys (PkiError private_key_uploaded).
    """
    read: list[tuple[ExtractedFile, Contents]] = []
    values = 0
    for file in files:
        if values <= VALUES_LIMIT:
            contents = read_contents(file.data)
            values += max(len(contents.items), contents.text.count("BEGIN"))
            read.append((file, contents))
        elif contains_private_key(file.data):
            raise _refusal("private_key_uploaded", file)
    return read


def _refuse_keys(read: Sequence[tuple[ExtractedFile, Contents]]) -> None:
    for file, contents in read:
        if contents.private_key:
            raise _refusal("private_key_uploaded", file)
    for file, contents in read:
        if any(item.shape == Shape.PKCS12 for item in contents.items):
            raise _refusal("pfx_uploaded", file)


def _refusal(code: str, file: ExtractedFile) -> PkiError:
    finding = upload_finding(code, file.name)
    return PkiError(finding.code, found=finding.found, variant=finding.variant)


def _examine(file: ExtractedFile, contents: Contents) -> Iterator[x509.Certificate | Finding]:
    """Yield the certificates in a file, and the findings about the file."""
    file_type = file.document or detect_file_type(file.data)
    results = [result for item in contents.items for result in _read_item(file.name, item)]
    has_certificate = any(isinstance(result, x509.Certificate) for result in results)
    if not has_certificate and not file.document and file_type not in TEXT_TYPES:
        # Nothing breaks off in a picture or an archive in which some bytes look like a certificate.
        yield not_a_certificate(file.name, file_type)
        return
    yield from results
    if has_certificate and contents.binary and contents.items[0].shape == Shape.CERTIFICATE:
        yield upload_finding("converted", file.name)
    elif has_certificate and file.document:
        yield upload_finding("bundle_unpacked", file.name, "document")
    elif has_certificate and not contents.binary:
        for transformation in _transformations(file, contents):
            yield upload_finding("text_repaired", file.name, transformation.value)
    if contents.items:
        return
    # An email without a certificate gets one finding for all its texts.
    if not file.is_email_body or file_type in SPECIAL_BODIES:
        yield not_a_certificate(file.name, file_type)


def _read_item(name: str, item: Item) -> Iterator[x509.Certificate | Finding]:
    if item.shape == Shape.REQUEST:
        yield upload_finding("csr_uploaded", name)
    elif item.shape == Shape.PUBLIC_KEY:
        yield not_a_certificate(name, FileType.PUBLIC_KEY)
    elif item.shape == Shape.CRL:
        yield not_a_certificate(name, FileType.CRL)
    elif not item.complete:
        yield upload_finding("file_cut_short", name)
    elif item.shape == Shape.CERTIFICATE:
        yield _read_certificate(name, item.der)
    elif item.shape == Shape.PKCS7:
        yield from _read_pkcs7(name, item.der)
    else:
        yield not_a_certificate(name, FileType.PARAMETERS)


def _read_certificate(name: str, der: bytes) -> x509.Certificate | Finding:
    """Return the certificate if the library can decode every part that is needed later, or the finding about it."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
    except x509.InvalidVersion:
        return _malformed(name, MalformedPart.VERSION)
    except UnsupportedAlgorithm:
        return upload_finding("certificate_key_odd", name)
    except MALFORMED:
        return upload_finding("file_cut_short", name)
    for part, read in LAZY_PARTS.items():
        try:
            read(certificate)
        except MALFORMED:
            return _malformed(name, part)
    return certificate


def _malformed(name: str, part: MalformedPart) -> Finding:
    return upload_finding("certificate_malformed", name, part.value)


def _read_pkcs7(name: str, der: bytes) -> Iterator[x509.Certificate | Finding]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns about BER, which streams are encoded in
            certificates = pkcs7.load_der_pkcs7_certificates(der)
    except x509.InvalidVersion:  # of one certificate, but the library returns none then
        yield _malformed(name, MalformedPart.VERSION)
        return
    except MALFORMED:
        yield not_a_certificate(name, FileType.EMPTY_PKCS7)
        return
    if not certificates:
        yield not_a_certificate(name, FileType.EMPTY_PKCS7)
        return
    for certificate in certificates[: CERTIFICATE_LIMIT + 1]:
        yield _read_certificate(name, certificate.public_bytes(Encoding.DER))
    yield upload_finding("bundle_unpacked", name)


def _transformations(file: ExtractedFile, contents: Contents) -> tuple[Transformation, ...]:
    """Return what was changed in a text, including white space if its PEM blocks differ from what tools write."""
    if contents.undone:
        return contents.undone
    blocks = {pem_block(item) for item in contents.items if item.shape == Shape.CERTIFICATE}
    return () if all(block in file.data for block in blocks) else (Transformation.WHITE_SPACE,)


def pem_block(item: Item) -> bytes:
    """Return the PEM block of a certificate as tools write it (RFC 7468), without the last line break."""
    body = base64.b64encode(item.der).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"]).encode()


def _without_duplicates(findings: Sequence[Finding]) -> list[Finding]:
    """Return each finding once: a file with ten damaged blocks gets one. Findings have no hash."""
    unique: list[Finding] = []
    for finding in findings:
        if finding not in unique:
            unique.append(finding)
    return unique


def _as_ignored(finding: Finding) -> Finding:
    """Return the finding about a file beside a certificate: a file without one does not stop the step."""
    if finding.code not in IGNORED_VARIANTS:
        return finding
    return upload_finding("piece_ignored", finding.found, IGNORED_VARIANTS[finding.code] or finding.variant)
