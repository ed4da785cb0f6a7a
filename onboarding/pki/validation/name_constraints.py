"""Name constraints: whether the CAs of a path may issue certificates for the names below them (RFC 5280, 4.2.1.10).

Names are compared as OpenSSL 3 compares them. The email addresses in a subject count, too.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
COMPARISONS_MAX = 4096  # of one certificate with the constraints of one CA; OpenSSL has such a limit, too
SERVER_NAME = re.compile(r"[\w-]+(\.[\w-]+)+", re.ASCII)  # what OpenSSL takes for one in a common name


class UncheckableNameError(Exception):
    """A name, or a constraint of its type, can't be compared; software refuses the certificate."""


@dataclass(frozen=True)
class Name:
    """A name of a certificate: its type, and its value, which may be one that the type does not allow."""

    type: type[x509.GeneralName]
    value: Any


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
        names = (name for each in below for name in _names_of(each, constraints, is_leaf=each is below[0]))
        refused = next((name for name in names if _is_refused(name, constraints)), None)
    except UncheckableNameError:
        yield Finding("name_not_permitted", found=found, variant="uncheckable")
        return
    if refused is not None:
        yield Finding("name_not_permitted", found=found, params={"name": _text_of(refused)})


def _require_readable(issuer: x509.Certificate, constraints: x509.NameConstraints) -> None:
    """Raise UncheckableNameError if `issuer` has more than `constraints` holds, as a minimum or maximum depth."""
    if constraints.public_bytes() not in issuer.tbs_certificate_bytes:
        raise UncheckableNameError


def _names_of(certificate: x509.Certificate, constraints: x509.NameConstraints, *, is_leaf: bool) -> Iterator[Name]:
    """Yield the subject, its email addresses, the alternative names, and a server name in the subject of the leaf.

    Raise UncheckableNameError for an email address that is no IA5String, which OpenSSL refuses to compare, and for too
    many names.
    """
    subject = certificate.subject
    names = list(extension_of(certificate, x509.SubjectAlternativeName) or ())
    count = len(constraints.permitted_subtrees or ()) + len(constraints.excluded_subtrees or ())
    if count * (len(list(subject)) + len(names)) > COMPARISONS_MAX:
        raise UncheckableNameError
    if subject.rdns:
        yield Name(x509.DirectoryName, subject)
    for attribute in subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        if _string_tag(attribute) != IA5_STRING:
            raise UncheckableNameError
        yield Name(x509.RFC822Name, str(attribute.value))
    yield from (Name(type(name), name.value) for name in names)
    if is_leaf and not any(isinstance(name, x509.DNSName) for name in names):
        for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME):
            if SERVER_NAME.fullmatch(str(attribute.value)):
                yield Name(x509.DNSName, str(attribute.value))


def _string_tag(attribute: x509.NameAttribute[Any]) -> int:
    """Return the tag of the attribute's value: the second value in the sequence in the set in the sequence."""
    encoded = x509.Name([attribute]).public_bytes()
    place = children(encoded, children(encoded)[0][1])[0][1]
    return children(encoded, place)[1][0]


def _is_refused(name: Name, constraints: x509.NameConstraints) -> bool:
    permitted = [base for base in constraints.permitted_subtrees or () if type(base) is name.type]
    excluded = [base for base in constraints.excluded_subtrees or () if type(base) is name.type]
    if not permitted and not excluded:
        return False
    is_within = WITHIN.get(name.type)
    if is_within is None:
        raise UncheckableNameError
    if permitted and not any(is_within(name.value, base.value) for base in permitted):
        return True
    return any(is_within(name.value, base.value) for base in excluded)


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


def _text_of(name: Name) -> str:
    if isinstance(name.value, x509.Name):
        return display_name(name.value)
    return sanitize(str(name.value), NAME_LENGTH_MAX)
