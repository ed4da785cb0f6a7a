"""Name constraints: whether the CAs of a path may issue certificates for the names below them (RFC 5280, 4.2.1.10).

Names are compared as OpenSSL 3 compares them. The email addresses in a subject count, too.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.finding import Finding
from onboarding.messages.text import NAME_LENGTH_MAX, sanitize
from onboarding.pki.der import children
from onboarding.pki.validation.chain import (
    canonical_name,
    certificate_name,
    display_name,
    extension_of,
    has_readable_extensions,
    is_self_issued,
)

IA5_STRING = 0x16
SERVER_NAME = re.compile(r"[\w-]+(\.[\w-]+)+", re.ASCII)  # what OpenSSL takes for one in a common name


class UncheckableNameError(Exception):
    """A name, or a constraint of its type, can't be compared; software refuses the certificate."""


def check_names(leaf: x509.Certificate, issuers: Sequence[x509.Certificate]) -> Iterator[Finding]:
    """Yield a finding for each of `issuers` that may not issue for the names of a certificate below it."""
    for position, issuer in enumerate(issuers):
        if not has_readable_extensions(issuer):
            continue
        constraints = extension_of(issuer, x509.NameConstraints)
        if constraints is None:
            continue
        below = [leaf, *(ca for ca in issuers[:position] if not is_self_issued(ca))]
        yield from _check_constraints(issuer, constraints, below)


def _check_constraints(
    issuer: x509.Certificate, constraints: x509.NameConstraints, below: Sequence[x509.Certificate]
) -> Iterator[Finding]:
    """Yield a finding for the first name of the certificates `below` that `issuer` may not issue for."""
    found = certificate_name(issuer)
    try:
        _require_readable(issuer, constraints)
        for certificate in below:
            for name in _names_of(certificate, is_leaf=certificate is below[0]):
                if _is_refused(name, constraints):
                    yield Finding("name_not_permitted", found=found, params={"name": _text_of(name)})
                    return
    except UncheckableNameError:
        yield Finding("name_not_permitted", found=found, variant="uncheckable")


def _require_readable(issuer: x509.Certificate, constraints: x509.NameConstraints) -> None:
    """Raise UncheckableNameError if `issuer` has more than `constraints` holds, as a minimum or maximum depth."""
    if constraints.public_bytes() not in issuer.tbs_certificate_bytes:
        raise UncheckableNameError


def _names_of(certificate: x509.Certificate, *, is_leaf: bool) -> Iterator[x509.GeneralName]:
    """Yield the subject, its email addresses, the alternative names, and a server name in the subject of the leaf.

    Raise UncheckableNameError for an email address that is no IA5String, which OpenSSL refuses to compare.
    """
    if certificate.subject.rdns:
        yield x509.DirectoryName(certificate.subject)
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        if _string_tag(attribute) != IA5_STRING:
            raise UncheckableNameError
        yield x509.RFC822Name(str(attribute.value))
    names = list(extension_of(certificate, x509.SubjectAlternativeName) or ())
    yield from names
    if is_leaf and not any(isinstance(name, x509.DNSName) for name in names):
        for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
            if SERVER_NAME.fullmatch(str(attribute.value)):
                yield x509.DNSName(str(attribute.value))


def _string_tag(attribute: x509.NameAttribute[Any]) -> int:
    """Return the tag of the attribute's value: the second value in the sequence in the set in the sequence."""
    encoded = x509.Name([attribute]).public_bytes()
    place = children(encoded, children(encoded)[0][1])[0][1]
    return children(encoded, place)[1][0]


def _is_refused(name: x509.GeneralName, constraints: x509.NameConstraints) -> bool:
    permitted = [base for base in constraints.permitted_subtrees or () if type(base) is type(name)]
    excluded = [base for base in constraints.excluded_subtrees or () if type(base) is type(name)]
    if (permitted or excluded) and type(name) not in WITHIN:
        raise UncheckableNameError
    if permitted and not any(WITHIN[type(name)](name.value, base.value) for base in permitted):
        return True
    return any(WITHIN[type(name)](name.value, base.value) for base in excluded)


def _is_directory_within(name: x509.Name, base: x509.Name) -> bool:
    canonical = canonical_name(base)
    return canonical_name(name)[: len(canonical)] == canonical


def _is_server_within(name: str, base: str) -> bool:
    name, base = name.lower(), base.lower()
    if not base or name == base:
        return True
    return name.endswith(base if base.startswith(".") else f".{base}")


def _is_email_within(address: str, base: str) -> bool:
    local, at, host = address.rpartition("@")
    if not at:
        raise UncheckableNameError
    if base.startswith(".") and "@" not in base:
        return host.lower().endswith(base.lower())
    base_local, _, base_host = base.rpartition("@")
    return host.lower() == base_host.lower() and base_local in ("", local)


def _is_uri_within(address: str, base: str) -> bool:
    match = re.match(r"[^:]*://([^:/]+)", address)
    if not match:
        raise UncheckableNameError
    host, base = match[1].lower(), base.lower()
    return host == base or (base.startswith(".") and host.endswith(base) and host != base)


def _is_address_within(address: IPv4Address | IPv6Address, base: IPv4Network | IPv6Network) -> bool:
    return address in base


WITHIN: dict[type[x509.GeneralName], Callable[[Any, Any], bool]] = {
    x509.DirectoryName: _is_directory_within,
    x509.DNSName: _is_server_within,
    x509.RFC822Name: _is_email_within,
    x509.UniformResourceIdentifier: _is_uri_within,
    x509.IPAddress: _is_address_within,
}


def _text_of(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DirectoryName):
        return display_name(name.value)
    return sanitize(str(name.value), NAME_LENGTH_MAX)
