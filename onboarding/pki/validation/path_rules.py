"""The rules for a path of certificates, from the leaf up to a trust anchor: RFC 5280, section 6, as OpenSSL applies it.

The reference is `openssl verify -purpose sslclient -auth_level 2`. The rules apply to the trust anchor as well, except
for its signature. Policies and revocation are not checked: OpenSSL checks neither unless a server is configured to.

The verifier of cryptography follows the profile of the public web: it refuses Ed25519, X.509 v1 and names in another
string type, and it checks no key usage, no purpose of a CA and no constraint on directory names.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, ObjectIdentifier

from onboarding.messages.finding import Finding
from onboarding.pki.validation.chain import (
    certificate_name,
    extension_of,
    has_readable_extensions,
    is_ca,
    is_self_issued,
    issued_by,
    seems_issued_by,
)
from onboarding.pki.validation.fitness import check_dates, check_strength
from onboarding.pki.validation.name_constraints import check_names

NETSCAPE_TYPE = ObjectIdentifier("2.16.840.1.113730.1.1")
NETSCAPE_CLIENT = 0x80  # in the first octet of the bits
PROXY_CERTIFICATE = ObjectIdentifier("1.3.6.1.5.5.7.1.14")  # RFC 3820

# The extensions that OpenSSL 3 takes when they are critical, whether or not it uses them.
KNOWN_WHEN_CRITICAL = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.INHIBIT_ANY_POLICY,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.NAME_CONSTRAINTS,
    ExtensionOID.OCSP_NO_CHECK,
    ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.POLICY_MAPPINGS,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    NETSCAPE_TYPE,
}


def check_path(leaf: x509.Certificate, issuers: Sequence[x509.Certificate], now: datetime) -> Iterator[Finding]:
    """Yield why a server that trusts the last of `issuers` refuses `leaf` at `now`, and warnings.

    `issuers` begins with the direct issuer of `leaf`; each has signed the certificate before it, which is not checked
    again. It may be empty: then only `leaf` is checked.
    """
    yield from _check_client(leaf)
    for position, issuer in enumerate(issuers):
        below = issuers[position - 1] if position else leaf
        if _hides_issuer(issuers, position, below):
            yield Finding("chain_refused", found=certificate_name(issuer), variant="ambiguous")
        yield from _check_issuer(issuer, below, issuers[:position], is_anchor=issuer is issuers[-1])
    for certificate in (leaf, *issuers):
        yield from _check_extensions(certificate)
    yield from check_names(leaf, issuers)
    yield from check_strength(leaf, issuers)
    yield from check_dates(leaf, issuers, now)


def _check_client(leaf: x509.Certificate) -> Iterator[Finding]:
    """Check that TLS clients may use `leaf` (RFC 5280, 4.2.1.3 and 4.2.1.12)."""
    purposes = extension_of(leaf, x509.ExtendedKeyUsage)
    if purposes is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes:
            yield Finding("no_client_auth", variant="any_purpose")
        elif ExtendedKeyUsageOID.SERVER_AUTH in purposes:
            yield Finding("no_client_auth")
        else:
            yield Finding("no_client_auth", variant="other_purpose")
    elif not _netscape_type_allows_clients(leaf):
        yield Finding("no_client_auth", variant="other_purpose")
    usage = extension_of(leaf, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        yield Finding("key_usage_odd" if usage.key_agreement else "key_usage_refused")


def _netscape_type_allows_clients(leaf: x509.Certificate) -> bool:
    """Return False if the extension of Netscape, which OpenSSL still reads, is there and names no TLS clients."""
    for extension in leaf.extensions if has_readable_extensions(leaf) else ():
        if extension.oid == NETSCAPE_TYPE and isinstance(extension.value, x509.UnrecognizedExtension):
            bits = extension.value.value[3:4]  # after tag, length and the number of unused bits
            return bool(bits and bits[0] & NETSCAPE_CLIENT)
    return True


def _hides_issuer(issuers: Sequence[x509.Certificate], position: int, below: x509.Certificate) -> bool:
    """Return whether OpenSSL takes another of `issuers` for the issuer of `below`, which the one at `position` signed.

    It takes the first one with that name, and looks at the trust anchor first. It does not try a second one.
    """
    first = next(each for each in (issuers[-1], *issuers) if seems_issued_by(below, each))
    return first != issuers[position] and not issued_by(below, first)


def _check_issuer(
    issuer: x509.Certificate, below: x509.Certificate, intermediates: Sequence[x509.Certificate], *, is_anchor: bool
) -> Iterator[Finding]:
    """Check that `issuer` may sign `below` for TLS clients; `intermediates` are all CAs from the leaf up to it."""
    name, signed = certificate_name(issuer), certificate_name(below)
    constraints, usage = extension_of(issuer, x509.BasicConstraints), extension_of(issuer, x509.KeyUsage)
    # Only a trust anchor may be a CA without basic constraints.
    if not is_ca(issuer) or (constraints is None and not is_anchor):
        yield Finding("issuer_not_ca", found=name, params={"signed": signed})
    elif usage is not None and not usage.key_cert_sign:
        yield Finding("issuer_not_ca", found=name, params={"signed": signed}, variant="key_usage")
    elif constraints is None and issuer.version == x509.Version.v3:
        yield Finding("ca_undeclared", found=name)
    count = sum(not is_self_issued(intermediate) for intermediate in intermediates)
    if constraints is not None and constraints.path_length is not None and count > constraints.path_length:
        yield Finding("path_too_long", found=name, params={"limit": constraints.path_length, "count": count})
    purposes = extension_of(issuer, x509.ExtendedKeyUsage)
    if purposes is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        yield Finding("no_client_auth", found=name, variant="ca")


def has_only_known_extensions(certificate: x509.Certificate) -> bool:
    """Return whether software can read every extension, and knows those that are critical."""
    return not any(_check_extensions(certificate))


def _check_extensions(certificate: x509.Certificate) -> Iterator[Finding]:
    """Check that every critical extension is known (RFC 5280, 4.2), and that all can be read."""
    name = certificate_name(certificate)
    if not has_readable_extensions(certificate):
        yield Finding("chain_refused", found=name, variant="unreadable")
        return
    for extension in certificate.extensions:
        if extension.oid == PROXY_CERTIFICATE:
            yield Finding("chain_refused", found=name)
        elif extension.critical and extension.oid not in KNOWN_WHEN_CRITICAL:
            yield Finding("critical_extension", found=name, params={"oid": extension.oid.dotted_string})
