"""Whether certificates can be used: strength, dates, and changes of the subject."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPublicKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.messages.durations import moment
from onboarding.messages.finding import Finding
from onboarding.messages.text import Params
from onboarding.pki.keys import RSA_BITS_MIN
from onboarding.pki.subject import SUBJECT_FIELDS
from onboarding.pki.validation.chain import MALFORMED, certificate_name, is_self_signed

WEAK_HASHES = (hashes.MD5, hashes.SHA1)
EXPIRES_SOON = timedelta(days=30)
CURVE_BITS_MIN = 224
CLIENT_USES = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


class WeaknessKind(StrEnum):
    """Which part of a certificate current software refuses."""

    KEY = "key"  # RSA
    OTHER_KEY = "other_key"  # DSA, or on an elliptic curve
    SIGNATURE = "signature"
    EXPLICIT_CURVE = "explicit_curve"  # an elliptic curve that is written out instead of named (RFC 5480, 2.1.1)
    UNKNOWN_ALGORITHM = "unknown_algorithm"  # of the signature


@dataclass(frozen=True)
class Weakness:
    """Why current software refuses a certificate. `params` has "bits" for a key, and "hash" for a SIGNATURE."""

    kind: WeaknessKind
    params: Params


def weakness_of(certificate: x509.Certificate) -> Weakness | None:
    """Return why current software refuses the key or the signature of `certificate`; None if it does not.

    OpenSSL asks for 112 bits of security at its level 2, which is the default of current distributions.
    """
    try:
        key = certificate.public_key()
        algorithm = certificate.signature_hash_algorithm
    except MALFORMED:
        return Weakness(WeaknessKind.UNKNOWN_ALGORITHM, {})
    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS_MIN:
        return Weakness(WeaknessKind.KEY, {"bits": key.key_size})
    if isinstance(key, EllipticCurvePublicKey):
        if key.key_size < CURVE_BITS_MIN:
            return Weakness(WeaknessKind.OTHER_KEY, {"bits": key.key_size})
        if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) not in certificate.tbs_certificate_bytes:
            return Weakness(WeaknessKind.EXPLICIT_CURVE, {})
    if isinstance(key, DSAPublicKey) and key.key_size < RSA_BITS_MIN:
        return Weakness(WeaknessKind.OTHER_KEY, {"bits": key.key_size})
    if isinstance(algorithm, WEAK_HASHES):
        return Weakness(WeaknessKind.SIGNATURE, {"hash": algorithm.name.upper()})
    return None


def relevant_weakness(certificate: x509.Certificate) -> Weakness | None:
    """Return the weakness of `certificate` that software checks: it does not check the signature of a root."""
    weakness = weakness_of(certificate)
    return None if weakness and weakness.kind == WeaknessKind.SIGNATURE and is_self_signed(certificate) else weakness


def weak_key_of(certificate: x509.Certificate) -> Weakness | None:
    """Return the weakness of the certificate's key, which matters for a root too; None if it is strong enough."""
    weakness = weakness_of(certificate)
    return weakness if weakness and weakness.kind in (WeaknessKind.KEY, WeaknessKind.OTHER_KEY) else None


def check_strength(leaf: x509.Certificate, path: Sequence[x509.Certificate]) -> Iterator[Finding]:
    """Check that no certificate is too weak. The signature of a root is not checked, because no software does."""
    for certificate in (leaf, *path):
        if weakness := relevant_weakness(certificate):
            name = certificate_name(certificate)
            yield Finding("chain_weak", found=name, params=weakness.params, variant=weakness.kind.value)


def is_current(certificate: x509.Certificate, now: datetime) -> bool:
    """Return whether `now` is within the validity period of `certificate`."""
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def check_dates(leaf: x509.Certificate, path: Sequence[x509.Certificate], now: datetime) -> Iterator[Finding]:
    """Check that `leaf` and its issuers are valid at `now`, and that `leaf` does not expire soon."""
    for certificate in (leaf, *path):
        name = certificate_name(certificate)
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if now < start:
            yield _dated("not_yet_valid", name, start, now)
        elif now >= end:
            yield _dated("expired", name, end, now)
        elif certificate is leaf and end - now < EXPIRES_SOON:
            yield _dated("expires_soon", name, end, now)


def _dated(code: str, name: str, when: datetime, now: datetime) -> Finding:
    return Finding(code, found=name, params={"date": f"{when:%Y-%m-%d %H:%M}", **moment(when, now)})


def check_changes(leaf: x509.Certificate, requested: x509.Name | None) -> Iterator[Finding]:
    """Yield a finding for each field in which the subject of `leaf` differs from the `requested` one.

    The common name is the login. If the certificate has another login, it is of no use.
    """
    if requested is None:
        return
    for field in SUBJECT_FIELDS:
        expected, found = (
            ", ".join(str(attribute.value) for attribute in name.get_attributes_for_oid(field.oid))
            for name in (requested, leaf.subject)
        )
        if expected == found:
            continue
        if field.oid == NameOID.COMMON_NAME and expected.casefold() not in found.casefold():
            variant = "" if found else "removed"
            yield Finding("login_differs", field.name, found, expected, variant=variant)
        elif not found:
            yield Finding("subject_changed", field.name, expected=expected, variant="removed")
        elif not expected:
            yield Finding("subject_changed", field.name, found, variant="added")
        else:
            yield Finding("subject_changed", field.name, found, expected)
