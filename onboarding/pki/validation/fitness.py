"""Whether a certificate and those above it may be used: purpose, strength, dates, and what the authority changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.messages.finding import Finding
from onboarding.pki.validation.chain import MALFORMED, certificate_name, extension_of, is_self_signed

RSA_BITS_MIN = 2048
WEAK_HASHES = (hashes.MD5, hashes.SHA1)
EXPIRES_SOON = timedelta(days=30)
CLIENT_USES = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}

FIELD_NAMES = {
    NameOID.COUNTRY_NAME: "country",
    NameOID.STATE_OR_PROVINCE_NAME: "state or province",
    NameOID.LOCALITY_NAME: "city",
    NameOID.ORGANIZATION_NAME: "company",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "organizational unit",
    NameOID.COMMON_NAME: "common name",
    NameOID.EMAIL_ADDRESS: "e-mail address",
}


def check_use(leaf: x509.Certificate, path: Sequence[x509.Certificate]) -> Iterator[Finding]:
    """Whether TLS clients may use `leaf` (RFC 5280, 4.2.1.3 and 4.2.1.12), and current software accepts the keys."""
    uses = extension_of(leaf, x509.ExtendedKeyUsage)
    if uses is not None and not CLIENT_USES.intersection(uses):
        yield Finding("no_client_auth")
    usage = extension_of(leaf, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        yield Finding("key_usage_odd")
    for one in (leaf, *path):
        if why := unfit(one):
            yield Finding("chain_weak", found=certificate_name(one), params={"why": why})


def unfit(certificate: x509.Certificate) -> str:
    """Why current software refuses it where it stands; empty where it doesn't."""
    why = weakness(certificate)
    # Nobody checks the signature that a root makes over itself.
    return "" if "signature" in why and is_self_signed(certificate) else why


def has_weak_key(certificate: x509.Certificate) -> bool:
    """Whether current software refuses its key, wherever it stands in a chain."""
    return "key" in weakness(certificate)


def weakness(certificate: x509.Certificate) -> str:
    """Why current software refuses a certificate's key or signature; empty where it doesn't."""
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS_MIN:
        return f"its RSA key has only {key.key_size} bits"
    try:
        algorithm = certificate.signature_hash_algorithm
    except MALFORMED:
        return "its signature is of a kind that hardly any software knows"
    if isinstance(algorithm, WEAK_HASHES):
        return f"its signature uses {algorithm.name.upper()}"
    return ""


def is_current(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether `now` lies within its dates."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def check_dates(leaf: x509.Certificate, path: Sequence[x509.Certificate], now: datetime) -> Iterator[Finding]:
    """Which of them are not valid yet, or no longer, or (the leaf) not for long."""
    for one in (leaf, *path):
        begins, ends, name = one.not_valid_before_utc, one.not_valid_after_utc, certificate_name(one)
        if now < begins:
            days = (begins - now).days + 1
            yield Finding("not_yet_valid", found=name, params={"date": f"{begins:%Y-%m-%d %H:%M}", "days": days})
        elif now > ends:
            yield Finding("expired", found=name, params={"date": f"{ends:%Y-%m-%d}", "days": (now - ends).days})
        elif one is leaf and ends - now < EXPIRES_SOON:
            yield Finding("expires_soon", found=name, params={"date": f"{ends:%Y-%m-%d}", "days": (ends - now).days})


def check_changes(leaf: x509.Certificate, asked: x509.Name | None) -> Iterator[Finding]:
    """Where the certificate's subject differs from the one that was `asked` for."""
    if asked is None:
        return
    for oid, field in FIELD_NAMES.items():
        wanted, given = (
            ", ".join(str(attribute.value) for attribute in name.get_attributes_for_oid(oid))
            for name in (asked, leaf.subject)
        )
        if wanted != given:
            yield Finding("subject_changed", field, given or "nothing", wanted or "nothing")
