"""Certificate chains: names, issuers, building and verifying paths. Does not check revocation."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID

from onboarding.messages.text import NAME_LENGTH_MAX, sanitize

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


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether `issuer`'s name and key are those that signed `certificate`. Accepts weak algorithms."""
    if certificate.issuer != issuer.subject or not _key_identifiers_match(certificate, issuer):
        return False
    try:
        key, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
        if isinstance(key, RSAPublicKey) and isinstance(algorithm, hashes.SHA1 | hashes.MD5):
            # verify_directly_issued_by refuses these hashes, but roots are still signed with them.
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, PKCS1v15(), algorithm)
        else:
            certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *MALFORMED):
        return False
    return True


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
    return authority.authority_cert_serial_number in (None, issuer.serial_number)


def has_readable_extensions(certificate: x509.Certificate) -> bool:
    """Return whether the library can parse the certificate's extensions, and none is repeated."""
    try:
        tuple(certificate.extensions)
    except MALFORMED:
        return False
    return True


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is signed with its own key."""
    return certificate.subject == certificate.issuer and issued_by(certificate, certificate)


def is_ca(certificate: x509.Certificate) -> bool:
    """Return whether the basic constraints say that it is a CA.

    A self-signed X.509 v1 certificate, which has no constraints, is a CA too.
    """
    constraints = extension_of(certificate, x509.BasicConstraints)
    if constraints is None:
        return certificate.version == x509.Version.v1 and is_self_signed(certificate)
    return constraints.ca


def extension_of(certificate: x509.Certificate, extension_type: type[Extension]) -> Extension | None:
    """Return the value of an extension; None if it is missing, or if the extensions can't be parsed."""
    try:
        return certificate.extensions.get_extension_for_class(extension_type).value
    except (x509.ExtensionNotFound, *MALFORMED):
        return None


def find_issuers(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return the issuers of `leaf` among `others`, from its direct issuer up to the root, as far as they are there.

    A certificate that names itself as its issuer, but is not signed with its own key, is a damaged root. It is ignored,
    because other software refuses it.
    """
    others = [other for other in others if other.subject != other.issuer or is_self_signed(other)]
    path: list[x509.Certificate] = []
    top = leaf
    while not is_self_signed(top) and len(path) < CHAIN_MAX:
        issuer = next((other for other in others if other not in path and issued_by(top, other)), None)
        if issuer is None:
            break
        path.append(issuer)
        top = issuer
    return path


def presented_chain(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return what a client sends to a server (RFC 8446, 4.4.2): `leaf`, then its issuers, without the root.

    Intermediates are sent even if they are trust anchors here, because the server may know only the root.
    """
    return (leaf, *(issuer for issuer in find_issuers(leaf, others) if not is_self_signed(issuer)))


def verifies(
    leaf: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    now: datetime,
) -> bool:
    """Return whether the path from `leaf` over `chain` to one of `anchors` is valid at `now` (RFC 5280, section 6).

    Private CAs leave out extensions that the profile of the web requires. So only CAs must have an extension, their
    basic constraints, and the leaf may be an X.509 v1 certificate, which has none.
    """
    if leaf.version == x509.Version.v1:
        issuer, *above = [*chain, *anchors]
        is_valid = issued_by(leaf, issuer) and leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc
        return is_valid and is_ca(issuer) and (not above or verifies(issuer, above[: len(chain) - 1], anchors, now))
    lenient = verification.ExtensionPolicy.permit_all()
    ca_policy = lenient.require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, None)
    try:
        store = verification.Store(list(anchors))
        policy = verification.PolicyBuilder().store(store).time(now)
        policy = policy.extension_policies(ca_policy=ca_policy, ee_policy=lenient)
        policy.build_client_verifier().verify(leaf, list(chain))
    except (verification.VerificationError, *MALFORMED):
        return False
    return True
