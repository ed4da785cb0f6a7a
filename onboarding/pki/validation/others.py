"""The uploaded certificates that are not used, and are of no CA: what they are, and what is said about them."""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.messages.finding import Finding
from onboarding.pki.validation.candidates import CandidateRequest, spki_of
from onboarding.pki.validation.chain import (
    certificate_name,
    claims_to_be_self_signed,
    common_names,
    extension_of,
    is_ca,
)

HOST_NAME = re.compile(r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE)


def is_for_email(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is one that signs emails, as mail programs send it along."""
    purposes = extension_of(certificate, x509.ExtendedKeyUsage)
    return purposes is not None and ExtendedKeyUsageOID.EMAIL_PROTECTION in purposes


def is_for_servers(certificate: x509.Certificate) -> bool:
    """Return whether the certificate may be the gateway's: for servers, or with the name of one."""
    purposes = extension_of(certificate, x509.ExtendedKeyUsage)
    if purposes is not None:
        return ExtendedKeyUsageOID.SERVER_AUTH in purposes
    names = extension_of(certificate, x509.SubjectAlternativeName)
    kinds = (x509.DNSName, x509.IPAddress)
    return names is not None and any(names.get_values_for_type(kind) for kind in kinds)


def server_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the host names and IP addresses that the certificate is for, in lower case.

    Without a subject alternative name, the common name counts if it is a host name.
    """
    names = extension_of(certificate, x509.SubjectAlternativeName)
    if names is not None:
        hosts = names.get_values_for_type(x509.DNSName)
        addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
        return tuple(host.lower().rstrip(".") for host in (*hosts, *addresses))
    common = [
        str(each.value).strip().lower() for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    ]
    return tuple(host for host in common if HOST_NAME.fullmatch(host) or host == "localhost" or _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def names_host(certificate: x509.Certificate, hosts: Sequence[str]) -> bool:
    """Return whether the certificate is for one of `hosts`, in lower case; a wildcard is for one label (RFC 9525)."""
    names = server_names(certificate)
    wildcards = ["*." + host.partition(".")[2] for host in hosts if "." in host and not _is_address(host)]
    return any(host in names for host in (*hosts, *wildcards))


def is_of_server(certificate: x509.Certificate, requests: Mapping[str, CandidateRequest]) -> bool:
    """Return whether the certificate is that of a server, and has neither a key nor a login of `requests`."""
    if is_of_partner(certificate, requests) or is_ca(certificate) or not is_for_servers(certificate):
        return False
    logins = {login for request in requests.values() if request.subject for login in common_names(request.subject)}
    return bool(server_names(certificate)) and not logins.intersection(common_names(certificate.subject))


def is_of_partner(certificate: x509.Certificate, requests: Mapping[str, CandidateRequest]) -> bool:
    """Return whether the certificate has the key of one of `requests`, which are by their SPKI fingerprints."""
    return spki_of(certificate) in requests


def is_of_gateway(certificate: x509.Certificate, gateway_hosts: Sequence[str]) -> bool:
    """Return whether the certificate may be the gateway's; without `gateway_hosts`, any server may be the gateway."""
    return is_for_servers(certificate) and (not gateway_hosts or names_host(certificate, gateway_hosts))


def is_stray(
    certificate: x509.Certificate, requests: Mapping[str, CandidateRequest], gateway_hosts: Sequence[str]
) -> bool:
    """Return whether the certificate is of somebody else, who is neither a CA nor the gateway."""
    is_known = is_of_partner(certificate, requests) or is_ca(certificate)
    return not (is_known or is_of_gateway(certificate, gateway_hosts))


def check_others(
    certificates: Sequence[x509.Certificate],
    leaf: x509.Certificate,
    requests: Mapping[str, CandidateRequest],
    now: datetime,
) -> Iterator[Finding]:
    """Yield a finding about each of `certificates`, which are not used, except for those of an email's signature."""
    for certificate in certificates:
        name = certificate_name(certificate)
        request = requests.get(spki_of(certificate))
        if request is None:
            if not is_for_email(certificate):
                yield Finding("not_belonging", found=name)
        elif claims_to_be_self_signed(certificate):
            yield Finding("not_belonging", found=name, variant="self_signed")
        elif spki_of(certificate) == spki_of(leaf):
            yield _of_same_key(certificate, leaf, now)
        else:
            yield Finding("not_belonging", found=name, params=request.facts, variant=request.kind.value)


def _of_same_key(certificate: x509.Certificate, leaf: x509.Certificate, now: datetime) -> Finding:
    """Return the finding on another certificate for the key of `leaf`: an earlier one, or one for later."""
    name = certificate_name(certificate)
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if start > now:
        return Finding("earlier_certificate", found=name, params={"date": f"{start:%Y-%m-%d}"}, variant="later")
    if start > leaf.not_valid_before_utc:
        return Finding("earlier_certificate", found=name, params={"date": f"{end:%Y-%m-%d}"}, variant="not_used")
    return Finding("earlier_certificate", found=name, params={"date": f"{end:%Y-%m-%d}"})
