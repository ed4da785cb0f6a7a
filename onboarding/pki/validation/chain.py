"""Putting certificates into the order of their signatures. Does not check revocation."""

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

# All that the library raises, soon or late, over a certificate or request that is not as it should be.
MALFORMED = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
CHAIN_MAX = 8  # certificates above the leaf; real chains have one or two


def certificate_name(certificate: x509.Certificate) -> str:
    """What a person may call it: the subject's common name, else the whole subject."""
    return display_name(certificate.subject)


def display_name(name: x509.Name) -> str:
    """A name's common name, else organization, else all of it (RFC 4514); tame, as anybody can write anything there."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return sanitize(str(attribute.value), NAME_LENGTH_MAX)
    return sanitize(name.rfc4514_string(), NAME_LENGTH_MAX)


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer`'s name and key are those that signed `certificate`, with however weak an algorithm."""
    if certificate.issuer != issuer.subject or not _key_identifiers_fit(certificate, issuer):
        return False
    try:
        key, hashed_with = issuer.public_key(), certificate.signature_hash_algorithm
        if isinstance(key, RSAPublicKey) and isinstance(hashed_with, hashes.SHA1 | hashes.MD5):
            # The library's own method refuses these, but roots are still signed so.
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, PKCS1v15(), hashed_with)
        else:
            certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *MALFORMED):
        return False
    return True


def _key_identifiers_fit(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's extensions can be read, and its key identifier is the one named (RFC 5280, 4.2.1.1).

    OpenSSL, and so cURL, looks no further where they differ.
    """
    if not has_readable_extensions(issuer):
        return False
    named, own = extension_of(certificate, x509.AuthorityKeyIdentifier), extension_of(issuer, x509.SubjectKeyIdentifier)
    if named is None or (named.key_identifier and own and named.key_identifier != own.digest):
        return named is None
    return named.authority_cert_serial_number in (None, issuer.serial_number)


def has_readable_extensions(certificate: x509.Certificate) -> bool:
    """Whether the library can parse its extensions, each of which stands there once."""
    try:
        tuple(certificate.extensions)
    except MALFORMED:
        return False
    return True


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether it is signed with its own key."""
    return certificate.subject == certificate.issuer and issued_by(certificate, certificate)


def is_ca(certificate: x509.Certificate) -> bool:
    """Whether its basic constraints call it a CA; an old root without any (X.509 v1) counts if it is self-signed."""
    constraints = extension_of(certificate, x509.BasicConstraints)
    if constraints is None:
        return certificate.version == x509.Version.v1 and is_self_signed(certificate)
    return constraints.ca


def extension_of(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """One extension's value; None where it isn't there or the extensions can't be parsed."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, *MALFORMED):
        return None


def find_issuers(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The issuers of `leaf` found among `others`, from its own upwards, up to a self-signed one if there is one.

    A certificate in its own name that its own key did not sign is a damaged root: other software refuses it.
    """
    others = [one for one in others if one.subject != one.issuer or is_self_signed(one)]
    path: list[x509.Certificate] = []
    top = leaf
    while not is_self_signed(top) and len(path) < CHAIN_MAX:
        issuer = next((one for one in others if one not in path and issued_by(top, one)), None)
        if issuer is None:
            break
        path.append(issuer)
        top = issuer
    return path


def presented_chain(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """What a client shows a server (RFC 8446, 4.4.2): `leaf`, then its issuers among `others`, without the root.

    The issuers are sent even where they are trusted here: the server may know the root alone.
    """
    return (leaf, *(one for one in find_issuers(leaf, others) if not is_self_signed(one)))


def verifies(
    leaf: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    now: datetime,
) -> bool:
    """Whether a path from `leaf` over `chain` to one of `anchors` holds at `now` (RFC 5280, 6).

    Private CAs leave out what the web's profile demands, so only the basic constraints of CAs are required, and the
    leaf may be a certificate without any extension (X.509 v1).
    """
    if leaf.version == x509.Version.v1:
        signer, *above = [*chain, *anchors]
        good = issued_by(leaf, signer) and leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc
        return good and is_ca(signer) and (not above or verifies(signer, above[: len(chain) - 1], anchors, now))
    lenient = verification.ExtensionPolicy.permit_all()
    strict_ca = lenient.require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, None)
    try:
        store = verification.Store(list(anchors))
        policy = verification.PolicyBuilder().store(store).time(now)
        policy = policy.extension_policies(ca_policy=strict_ca, ee_policy=lenient)
        policy.build_client_verifier().verify(leaf, list(chain))
    except (verification.VerificationError, *MALFORMED):
        return False
    return True
