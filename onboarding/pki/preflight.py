"""Checking a certificate request, ours or anybody's, against what the operator accepts, before it is sent.

Does not check whether the key is in use elsewhere: who keeps the requests knows that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import AttributeOID, ExtensionOID

from onboarding.pki.chain import MALFORMED
from onboarding.pki.contents import Contents, contents_of
from onboarding.pki.der import Shape, children, first_value
from onboarding.pki.distinguished_names import rows_of
from onboarding.pki.findings import Finding, Severity
from onboarding.pki.kinds import kind_of
from onboarding.pki.opening import opened
from onboarding.pki.pem import Item
from onboarding.pki.pieces import Leaf, Piece
from onboarding.pki.request_names import check_rows, subject_of
from onboarding.pki.subject import Subject
from onboarding.pki.weak_keys import why_weak

GIVEN = "what you gave us"  # pasted or chosen: the subject of the sentences
WEAK_HASHES = (hashes.MD5, hashes.SHA1)
MICROSOFT = "1.3.6.1.4.1.311."


class Tool(StrEnum):
    """The tool that most likely made a request."""

    OPENSSL = "openssl"
    KEYTOOL = "keytool"
    WINDOWS = "windows"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Preflight:
    """The request, its subject as it stands there, what is to say about it, and the tool that most likely made it."""

    csr: x509.CertificateSigningRequest | None
    subject: Subject | None
    findings: tuple[Finding, ...]
    tool: Tool = Tool.UNKNOWN

    @property
    def passes(self) -> bool:
        """Whether it may be sent: there is a request, and nothing stops."""
        return self.csr is not None and not any(one.severity == Severity.STOPS for one in self.findings)


def preflight(data: bytes | str, login: str | None = None) -> Preflight:
    """Check the request in `data` (PEM in any dialect, DER, in a zip or mail) for the owner of `login`. Never raises.

    A private key ends it at once with the finding private_key_uploaded: nothing of `data` is in the result then.
    """
    given = data.encode() if isinstance(data, str) else data
    leaves, findings = opened([Piece(GIVEN, given)])
    read = [(leaf, contents_of(leaf.data)) for leaf in leaves]
    if any(contents.private_key for _, contents in read):
        return Preflight(None, None, (Finding("private_key_uploaded", found=GIVEN),))
    found = [(item, contents) for _, contents in read for item in contents.items if item.shape == Shape.REQUEST]
    whole = list({item.der: (item, contents) for item, contents in found if item.whole}.values())
    if not whole:
        return Preflight(None, None, tuple(_no_request(read, findings, cut_short=bool(found))))
    if len(whole) > 1:
        return Preflight(None, None, (Finding("several_requests", found=str(len(whole))),))
    return _judged(*whole[0], login)


def _no_request(
    read: Sequence[tuple[Leaf, Contents]], findings: Sequence[Finding], *, cut_short: bool
) -> Iterator[Finding]:
    shapes = [item.shape for _, contents in read for item in contents.items]
    if cut_short:
        yield Finding("request_cut_short")
    elif Shape.PKCS12 in shapes:
        yield Finding("pfx_uploaded", found=GIVEN)
    elif Shape.CERTIFICATE in shapes or Shape.PKCS7 in shapes:
        yield Finding("certificate_not_request")
    elif Shape.PUBLIC_KEY in shapes:
        yield Finding("not_a_request", found="a public key")
    elif findings:
        yield from findings
    else:
        yield Finding("not_a_request", found=kind_of(read[0][0].data).what if read else "nothing")


def _judged(item: Item, contents: Contents, login: str | None) -> Preflight:
    try:
        csr = x509.load_der_x509_csr(item.der)
        rows = rows_of(first_value(item.der[_name_offset(item.der) :]))
        csr.public_key()
    except UnsupportedAlgorithm:
        return Preflight(None, None, (Finding("key_type", found="a kind that we don’t know"),))
    except x509.InvalidVersion:
        return Preflight(None, None, (Finding("request_version"),))
    except (IndexError, *MALFORMED):
        return Preflight(None, None, (Finding("request_damaged"),))
    findings = [*_check_key(csr), *_check_readable(csr), *check_rows(rows, login)]
    findings += [*_check_extras(csr), *_told(contents)]
    readable = all(finding.code != "subject_unreadable" for finding in findings)
    return Preflight(csr if readable else None, subject_of(rows), tuple(findings), _tool(csr, contents))


def _check_readable(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    try:
        csr.subject.rfc4514_string()
    except MALFORMED:
        yield Finding("subject_unreadable")


def _name_offset(der: bytes) -> int:
    """Where the subject begins: behind the version, inside the first part (RFC 2986, 4.1)."""
    information = children(der)[0][1]
    return children(der, information)[1][1]


def _check_key(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    key = csr.public_key()
    if not isinstance(key, RSAPublicKey):
        yield Finding("key_type", found=type(key).__name__.removesuffix("PublicKey").strip("_"))
    elif why := why_weak(key):
        yield Finding("key_weak", found=str(key.key_size), context={"why": why})
    try:
        algorithm = csr.signature_hash_algorithm
    except MALFORMED:
        yield Finding("hash_weak", found="an unusual hash")
        return
    if isinstance(algorithm, WEAK_HASHES):
        yield Finding("hash_weak", found=algorithm.name.upper())
    if not _signature_holds(csr):
        yield Finding("csr_signature_bad")


def _signature_holds(csr: x509.CertificateSigningRequest) -> bool:
    """Whether the request is signed with its own key, with however weak a hash."""
    key, algorithm = csr.public_key(), csr.signature_hash_algorithm
    if not (isinstance(key, RSAPublicKey) and isinstance(algorithm, WEAK_HASHES)):
        try:
            return csr.is_signature_valid
        except MALFORMED:
            return False
    try:
        # The library's own check refuses these hashes, but a weak hash and an altered request are two things.
        key.verify(csr.signature, csr.tbs_certrequest_bytes, PKCS1v15(), algorithm)
    except (InvalidSignature, *MALFORMED):
        return False
    return True


def _check_extras(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    try:
        csr.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD)
        yield Finding("challenge_password")
    except (x509.AttributeNotFound, *MALFORMED):
        pass
    asked = [oid for oid in _extensions(csr) if oid != ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    if asked:
        yield Finding("extensions_asked", found=str(len(asked)))


def _extensions(csr: x509.CertificateSigningRequest) -> list[x509.ObjectIdentifier]:
    try:
        return [extension.oid for extension in csr.extensions]
    except MALFORMED:
        return []


def _told(contents: Contents) -> Iterator[Finding]:
    if contents.binary:
        yield Finding("request_converted")
    elif contents.undone:
        yield Finding("request_repaired", found=" and ".join(contents.undone))


def _tool(csr: x509.CertificateSigningRequest, contents: Contents) -> Tool:
    """keytool writes “NEW” on the first line, and asks for a key identifier and nothing else."""
    try:
        attributes = [attribute.oid.dotted_string for attribute in csr.attributes]
    except MALFORMED:
        attributes = []
    if any(oid.startswith(MICROSOFT) for oid in attributes):
        return Tool.WINDOWS
    binary_by_keytool = contents.binary and _extensions(csr) == [ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    return Tool.KEYTOOL if binary_by_keytool or "NEW CERTIFICATE REQUEST" in contents.text else Tool.OPENSSL
