"""Certificate chains: names, issuers, and the paths from a certificate to its roots."""

import re
import string
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPublicKey
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from onboarding.messages.text import NAME_LENGTH_MAX, sanitize
from onboarding.pki.der import CONTEXT_0, children, first_value

Extension = TypeVar("Extension", bound=x509.ExtensionType)

# Everything that cryptography raises for a malformed certificate or request, on loading or on access.
MALFORMED = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
CHAIN_MAX = 8  # certificates above the leaf; chains in use have one or two
PATHS_MAX = 50  # to try for one leaf; certificates in use have one or two
LOWER_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def certificate_name(certificate: x509.Certificate) -> str:
    """Return the certificate's name for people, as `display_name` of its subject."""
    return display_name(certificate.subject)


def display_name(name: x509.Name) -> str:
    """Return the common name, else the organizational unit, else the organization, else the whole name (RFC 4514).

    The result is sanitized, because the author of a certificate can write anything into it.
    """
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return sanitize(str(attribute.value), NAME_LENGTH_MAX)
    return sanitize(name.rfc4514_string(), NAME_LENGTH_MAX)


def common_names(name: x509.Name) -> Iterator[str]:
    """Yield the common names in `name`, in lower case."""
    for attribute in name.get_attributes_for_oid(NameOID.COMMON_NAME):
        yield str(attribute.value).strip().casefold()


def canonical_name(name: x509.Name) -> tuple[frozenset[tuple[x509.ObjectIdentifier, object]], ...]:
    """Return `name` without what makes no difference between names (RFC 5280, 7.1), as OpenSSL and Java compare them.

    The types of the strings, the case of ASCII letters, and the number of spaces do not count.
    """
    return tuple(
        frozenset((attribute.oid, _canonical_value(attribute.value)) for attribute in attributes)
        for attributes in name.rdns
    )


def _canonical_value(value: str | bytes) -> str | bytes:
    if isinstance(value, bytes):
        return value
    return re.sub(r"\s+", " ", value, flags=re.ASCII).strip(" ").translate(LOWER_CASE)


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether `issuer`'s name and key are those that signed `certificate`. Accepts weak algorithms."""
    try:
        return (
            seems_issued_by(certificate, issuer)
            and _names_one_algorithm(certificate)
            and is_signed_with(certificate, issuer.public_key())
        )
    except MALFORMED:
        return False


def is_signed_with(certificate: x509.Certificate, key: CertificatePublicKeyTypes) -> bool:
    """Return whether `key` verifies the signature.

    Certificate.verify_directly_issued_by refuses weak hashes, and names that differ in the types of their strings.
    """
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    digest, parameters = certificate.signature_hash_algorithm, certificate.signature_algorithm_parameters
    try:
        if isinstance(key, RSAPublicKey) and isinstance(parameters, PKCS1v15 | PSS | None) and digest:
            key.verify(signature, signed, parameters or PKCS1v15(), digest)  # no parameters: MD5
        elif isinstance(key, EllipticCurvePublicKey) and isinstance(parameters, ECDSA):
            key.verify(signature, signed, parameters)
        elif isinstance(key, DSAPublicKey) and digest and parameters is None:
            key.verify(signature, signed, digest)
        elif isinstance(key, Ed25519PublicKey | Ed448PublicKey) and digest is None:
            key.verify(signature, signed)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _names_one_algorithm(certificate: x509.Certificate) -> bool:
    """Return whether the algorithm beside the signature is the one that the signature protects (RFC 5280, 4.1.1.2)."""
    data = certificate.public_bytes(Encoding.DER)
    body, outside = (offset for _, offset in children(data)[:2])
    fields = children(data, body)
    inside = fields[2 if fields[0][0] == CONTEXT_0 else 1][1]
    return first_value(data[outside:]) == first_value(data[inside:])


def _key_identifiers_match(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether the certificate's authority key identifier names `issuer` (RFC 5280, 4.2.1.1).

    OpenSSL, and so cURL, ignores an issuer whose identifier differs. False if the issuer's extensions can't be read.
    """
    if not has_readable_extensions(issuer):
        return False
    authority = extension_of(certificate, x509.AuthorityKeyIdentifier)
    if authority is None:
        return True
    subject = extension_of(issuer, x509.SubjectKeyIdentifier)
    if authority.key_identifier and subject and authority.key_identifier != subject.digest:
        return False
    serial = authority.authority_cert_serial_number
    if serial is not None and serial != issuer.serial_number:
        return False
    names = [name.value for name in authority.authority_cert_issuer or () if isinstance(name, x509.DirectoryName)]
    return not names or canonical_name(names[0]) == canonical_name(issuer.issuer)


def has_readable_extensions(certificate: x509.Certificate) -> bool:
    """Return whether the library can parse the certificate's extensions, and none is repeated."""
    try:
        tuple(certificate.extensions)
    except MALFORMED:
        return False
    return True


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Return whether the certificate names itself as its issuer, with whatever key (RFC 5280, 3.2)."""
    return canonical_name(certificate.subject) == canonical_name(certificate.issuer)


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is signed with its own key."""
    return issued_by(certificate, certificate)


def is_damaged_root(certificate: x509.Certificate) -> bool:
    """Return whether the certificate claims to be self-signed, but its own key did not sign it."""
    return claims_to_be_self_signed(certificate) and not is_self_signed(certificate)


def is_ca(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is one of a CA.

    The basic constraints say so. OpenSSL also takes a certificate without them for one of a CA if its key usage says
    that it signs certificates, and a self-signed X.509 v1 certificate, which has no extensions.
    """
    constraints = extension_of(certificate, x509.BasicConstraints)
    if constraints is not None:
        return constraints.ca
    usage = extension_of(certificate, x509.KeyUsage)
    if usage is not None:
        return usage.key_cert_sign
    return certificate.version == x509.Version.v1 and is_self_signed(certificate)


def extension_of(certificate: x509.Certificate, extension_type: type[Extension]) -> Extension | None:
    """Return the value of an extension; None if it is missing, or if the extensions can't be parsed."""
    try:
        return certificate.extensions.get_extension_for_class(extension_type).value
    except (x509.ExtensionNotFound, *MALFORMED):
        return None


def issuer_paths(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> Iterator[list[x509.Certificate]]:
    """Yield each path of issuers of `leaf` among `others`, as far as it goes: from the direct issuer to the root.

    A path is empty, or ends in a self-signed certificate, in one whose issuer is missing, or after CHAIN_MAX
    certificates. There are PATHS_MAX at most: certificates that sign each other would have any number.
    """
    signed_by = _issuers_by_certificate([leaf, *others])
    yield from islice(_paths_above([], leaf, signed_by), PATHS_MAX)


def _issuers_by_certificate(
    certificates: Sequence[x509.Certificate],
) -> Callable[[x509.Certificate], list[x509.Certificate]]:
    """Return the function that finds the issuers of a certificate; it verifies each signature once."""

    @cache
    def issuers_of(certificate: x509.Certificate) -> list[x509.Certificate]:
        if claims_to_be_self_signed(certificate):
            return []
        found = [other for other in certificates if other != certificate and issued_by(certificate, other)]
        return [each for each in found if not is_damaged_root(each)]

    return issuers_of


def seems_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether name and key identifiers say that `issuer` signed it. Does not check the signature."""
    return canonical_name(certificate.issuer) == canonical_name(issuer.subject) and _key_identifiers_match(
        certificate, issuer
    )


def claims_to_be_self_signed(certificate: x509.Certificate) -> bool:
    """Return whether names and key identifiers say that the certificate is signed with its own key.

    OpenSSL trusts in that, and does not look for another issuer. So if the signature differs, nothing can be verified.
    """
    return seems_issued_by(certificate, certificate)


def _paths_above(
    path: list[x509.Certificate],
    top: x509.Certificate,
    issuers_of: Callable[[x509.Certificate], list[x509.Certificate]],
) -> Iterator[list[x509.Certificate]]:
    above = [issuer for issuer in issuers_of(top) if issuer not in path]
    if not above or len(path) == CHAIN_MAX:
        yield path
        return
    for issuer in above:
        yield from _paths_above([*path, issuer], issuer, issuers_of)


def find_issuers(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return the issuers of `leaf` among `others`, from its direct issuer up to the root, as far as they are there.

    Of several paths, the first one that ends in a root is returned, else the first one.
    """
    first: list[x509.Certificate] | None = None
    for path in issuer_paths(leaf, others):
        if path and is_self_signed(path[-1]):
            return path
        first = path if first is None else first
    return first or []


def presented_chain(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return what a client sends to a server (RFC 8446, 4.4.2): `leaf`, then its issuers, without the root.

    Intermediates are sent even if they are trust anchors here, because the server may know only the root.
    """
    return (leaf, *(issuer for issuer in find_issuers(leaf, others) if not is_self_signed(issuer)))
