"""What OpenSSL accepts in a path of certificates, and servers in Java or Go refuse: warnings, because gateways differ.

Java 17 compares the names of certificates by type of string and spaces, and Go byte by byte. Java knows fewer critical
extensions, and applies policies. The tests compare the verdict of Java with these warnings.
"""

from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from onboarding.messages.finding import Finding
from onboarding.pki.validation.chain import certificate_name, extension_of, has_readable_extensions
from onboarding.pki.validation.path_rules import NETSCAPE_TYPE

RARELY_KNOWN = {ExtensionOID.CRL_DISTRIBUTION_POINTS, ExtensionOID.OCSP_NO_CHECK, NETSCAPE_TYPE}


def check_strict_servers(leaf: x509.Certificate, issuers: Sequence[x509.Certificate]) -> Iterator[Finding]:
    """Yield a warning for each reason why some servers refuse `leaf`; `issuers` are those up to the trust anchor."""
    for below, issuer in zip((leaf, *issuers), issuers, strict=False):
        if below.issuer.public_bytes() != issuer.subject.public_bytes():
            yield Finding("strict_servers", found=certificate_name(below), variant="issuer_name")
    if not leaf.subject.rdns:
        yield Finding("strict_servers", found=certificate_name(issuers[0]) if issuers else "", variant="no_subject")
    for certificate in (leaf, *issuers[:-1]):
        if has_readable_extensions(certificate):
            yield from _check_extensions(certificate)
    if any(map(_constrains_server_names, issuers)) and not _has_server_name(leaf):
        yield Finding("strict_servers", found=certificate_name(leaf), variant="server_names")


def _check_extensions(certificate: x509.Certificate) -> Iterator[Finding]:
    name = certificate_name(certificate)
    for extension in certificate.extensions:
        if extension.critical and extension.oid in RARELY_KNOWN:
            params = {"oid": extension.oid.dotted_string}
            yield Finding("strict_servers", found=name, params=params, variant="extension")
    policies = extension_of(certificate, x509.PolicyConstraints)
    if policies is not None and policies.require_explicit_policy is not None:
        yield Finding("strict_servers", found=name, variant="policies")


def _constrains_server_names(ca: x509.Certificate) -> bool:
    constraints = extension_of(ca, x509.NameConstraints)
    return constraints is not None and any(
        isinstance(base, x509.DNSName)
        for base in (*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ()))
    )


def _has_server_name(leaf: x509.Certificate) -> bool:
    names = extension_of(leaf, x509.SubjectAlternativeName)
    return names is not None and bool(names.get_values_for_type(x509.DNSName))
