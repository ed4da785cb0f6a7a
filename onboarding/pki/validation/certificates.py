"""Validation of received certificates: which is the partner's own, who issued it, and whether all can be used.

Does not check revocation: the operator publishes no address for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.messages.text import Params
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.anchors import StoredCertificates, has_additional_cas, select_anchors
from onboarding.pki.validation.chain import (
    MALFORMED,
    certificate_name,
    display_name,
    find_issuers,
    has_readable_extensions,
    is_ca,
    is_self_signed,
    verifies,
)
from onboarding.pki.validation.fitness import check_changes, check_dates, check_use, is_current, weak_key_of

__all__ = ["CandidateRequest", "RequestKind", "StoredCertificates", "ValidationResult", "validate_certificates"]


class RequestKind(StrEnum):
    """What a request of the account is to the onboarding that a certificate is uploaded for."""

    CURRENT = "current"
    REPLACED = "replaced"
    OTHER_ONBOARDING = "other_onboarding"


@dataclass(frozen=True)
class CandidateRequest:
    """A request that a certificate may be for.

    `spki` is the SPKI fingerprint of its key. `current` says whether it is the one that a certificate is expected for.
    `usable` is False if its private key is gone, or if it belongs to another onboarding. `approved` is False if it may
    not be sent. `login` is the MZP login of the other onboarding that it belongs to; "" for this onboarding.
    """

    spki: str
    subject: x509.Name | None
    current: bool = True
    usable: bool = True
    approved: bool = True
    created: date | None = None
    login: str = ""

    @property
    def kind(self) -> RequestKind:
        """What the request is to this onboarding."""
        if self.login:
            return RequestKind.OTHER_ONBOARDING
        return RequestKind.CURRENT if self.current else RequestKind.REPLACED

    @property
    def facts(self) -> Params:
        """The parameters of findings about the request: the date of its creation (ISO 8601), and the login."""
        return {"date": self.created.isoformat() if self.created else "", "login": self.login}


@dataclass(frozen=True)
class ValidationResult:
    """The result: `leaf` is the partner's certificate, `chain` its intermediates, from the issuer upwards.

    The first of `anchors` issued the last of the chain; the other anchors are trusted for the gateway's certificate
    only. `unused` are all other certificates.
    """

    leaf: x509.Certificate | None
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    unused: tuple[x509.Certificate, ...]
    request: CandidateRequest | None
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether the certificate can be used: it matches a request, its chain is valid, and there is no error."""
        is_complete = self.leaf is not None and self.request is not None and bool(self.anchors)
        return is_complete and not _has_errors(self.findings)


def _has_errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity == Severity.ERROR for finding in findings)


def validate_certificates(
    certificates: Sequence[x509.Certificate],
    requests: Sequence[CandidateRequest],
    now: datetime,
    stored: StoredCertificates | None = None,
) -> ValidationResult:
    """Find leaf, intermediates and roots among `certificates`, in any order, and check them at `now`.

    `requests` are all requests of the account. A certificate for a usable request that is not the current one is
    accepted with the warning older_request; `ValidationResult.request` is the request that matches. `stored` are
    checked together with the upload, so that CA certificates can be uploaded without the partner's own.
    """
    leaf, request = _find_leaf(certificates, requests, now)
    cas_only = leaf is None and has_additional_cas(certificates, stored)
    if cas_only and stored:
        leaf, request = _find_leaf([stored.leaf], requests, now)
    if leaf is None or request is None:
        findings = tuple(_check_without_leaf(certificates, requests))
        return ValidationResult(None, (), (), tuple(certificates), None, findings)
    others = [certificate for certificate in certificates if certificate != leaf]
    if is_self_signed(leaf):
        self_signed = Finding("self_signed", found=certificate_name(leaf))
        return ValidationResult(leaf, (), (), tuple(others), request, (self_signed,))
    path, weak_root = _find_path(leaf, others, stored, now)
    findings = (
        *_check_request(leaf, request),
        *_check_path(leaf, path, weak_root, others, now),
        *check_changes(leaf, request.subject),
    )
    if not path:
        return ValidationResult(leaf, (), (), tuple(others), request, findings)
    if certificates[0] in path and not cas_only:
        findings = (*findings, Finding("swapped"))
    strong = [certificate for certificate in others if certificate not in weak_root]
    selection = select_anchors(strong, path, stored, now, cas_only=cas_only)
    return ValidationResult(
        leaf,
        chain=tuple(path[:-1]),
        anchors=(path[-1], *selection.anchors),
        unused=(*weak_root, *selection.unused),
        request=request,
        findings=(*findings, *selection.findings),
    )


def _find_leaf(
    certificates: Sequence[x509.Certificate], requests: Sequence[CandidateRequest], now: datetime
) -> tuple[x509.Certificate | None, CandidateRequest | None]:
    """Return the best certificate with the key of one of `requests`, and that request; (None, None) without one.

    Certificates are ranked: for a usable request, for the current one, not self-signed, valid at `now`, newest. If two
    requests have the same key, the current one counts.
    """
    by_key = {request.spki: request for request in sorted(requests, key=lambda each: (each.current, each.usable))}
    matches = [(each, by_key[spki]) for each in certificates if (spki := _spki_of(each)) in by_key]
    if not matches:
        return None, None
    return max(
        matches,
        key=lambda match: (
            match[1].usable,
            match[1].current,
            not is_self_signed(match[0]),
            is_current(match[0], now),
            match[0].not_valid_before_utc,
        ),
    )


def _spki_of(certificate: x509.Certificate) -> str:
    """Return the SPKI fingerprint of the certificate's key; "" for a key that the library can't read."""
    try:
        return spki_fingerprint(certificate.public_key())
    except MALFORMED:
        return ""


def _check_without_leaf(
    certificates: Sequence[x509.Certificate], requests: Sequence[CandidateRequest]
) -> Iterator[Finding]:
    """Yield the reason why no certificate has the key of one of `requests`."""
    if not certificates:
        yield Finding("nothing_received")
        return
    leaf = next((certificate for certificate in certificates if not is_ca(certificate)), None)
    if leaf is not None:
        yield Finding("other_key", found=certificate_name(leaf))
        return
    subject = next((request.subject for request in requests if request.current), None)
    if subject:
        yield Finding("leaf_missing", expected=display_name(subject), variant="subject_known")
    else:
        yield Finding("leaf_missing")


def _find_path(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    stored: StoredCertificates | None,
    now: datetime,
) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Return the issuers of `leaf`, up to the one to trust, and the root above them if its key is too weak."""
    issuers = dict.fromkeys([*others, *(stored.chain + stored.anchors if stored else ())])
    path = find_issuers(leaf, sorted(issuers, key=lambda issuer: not is_current(issuer, now)))
    # The CA below a weak root can be trusted by itself. Software that is given the root refuses the whole chain.
    if len(path) > 1 and is_self_signed(path[-1]) and weak_key_of(path[-1]):
        return path[:-1], path[-1:]
    return path, []


def _check_request(leaf: x509.Certificate, request: CandidateRequest) -> Iterator[Finding]:
    name = certificate_name(leaf)
    if not request.usable:
        yield Finding("other_key", found=name, params=request.facts, variant=request.kind.value)
    elif not request.approved:
        yield Finding("request_unapproved", found=name, params=request.facts)
    elif not request.current:
        yield Finding("older_request", found=name, params=request.facts)


def _check_path(
    leaf: x509.Certificate,
    path: Sequence[x509.Certificate],
    weak_root: Sequence[x509.Certificate],
    others: Sequence[x509.Certificate],
    now: datetime,
) -> Iterator[Finding]:
    findings = [
        Finding("root_weak", found=certificate_name(root), params=weakness.params)
        for root in weak_root
        if (weakness := weak_key_of(root))
    ]
    if not weak_root:
        findings += _check_issuers(leaf, path, others)
    findings += [*check_use(leaf, path), *check_dates(leaf, path, now)]
    yield from findings
    if not _has_errors(findings) and not verifies(leaf, path[:-1], path[-1:], now):
        yield Finding("chain_refused", found=certificate_name(leaf))


def _check_issuers(
    leaf: x509.Certificate, path: Sequence[x509.Certificate], others: Sequence[x509.Certificate]
) -> Iterator[Finding]:
    """Yield what is missing above the last certificate of `path`, or above `leaf` where `path` is empty."""
    top = path[-1] if path else leaf
    if is_self_signed(top):
        return
    same_name = [certificate for certificate in others if certificate.subject == top.issuer and certificate not in path]
    issuer = display_name(top.issuer)
    if same_name:
        code = "issuer_key_differs" if any(map(has_readable_extensions, same_name)) else "issuer_unreadable"
        if top is leaf:
            yield Finding(code, found=issuer)
        else:
            yield Finding(code, found=issuer, params={"signed": certificate_name(top)}, variant="intermediate")
    elif path:
        yield Finding("root_missing", found=issuer, expected=certificate_name(top))
    elif not any(map(is_ca, others)):
        yield Finding("ca_missing", found=issuer)
    elif _is_indirect_issuer_among(others, leaf):
        yield Finding("intermediate_missing", found=issuer)
    else:
        yield Finding("not_issued_by_ca", found=issuer)


def _is_indirect_issuer_among(certificates: Sequence[x509.Certificate], leaf: x509.Certificate) -> bool:
    """Return whether one of `certificates` is probably the CA above the missing issuer.

    Such a CA has the same organization as the issuer, and another name.
    """
    organization = leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return bool(organization) and any(
        is_ca(certificate)
        and certificate.subject != leaf.issuer
        and certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == organization
        for certificate in certificates
    )
