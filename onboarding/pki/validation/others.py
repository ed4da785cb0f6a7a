"""The uploaded certificates that are not used, and are of no CA: what they are, and what is said about them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.messages.finding import Finding
from onboarding.pki.validation.candidates import CandidateRequest, spki_of
from onboarding.pki.validation.chain import certificate_name, claims_to_be_self_signed, extension_of, is_ca


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
    return names is not None and bool(names.get_values_for_type(x509.DNSName))


def is_of_partner(certificate: x509.Certificate, requests: Mapping[str, CandidateRequest]) -> bool:
    """Return whether the certificate has the key of one of `requests`, which are by their SPKI fingerprints."""
    return spki_of(certificate) in requests


def is_stray(certificate: x509.Certificate, requests: Mapping[str, CandidateRequest]) -> bool:
    """Return whether the certificate is of somebody else, who is neither a CA nor a server."""
    return not (is_of_partner(certificate, requests) or is_ca(certificate) or is_for_servers(certificate))


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
