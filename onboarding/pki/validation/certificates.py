"""Judging what came back: which certificate is the partner's, who issued it, and whether the whole may be used.

Does not check revocation: the operator publishes no address for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.anchors import StoredCertificates, are_additional_cas, select_anchors
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
from onboarding.pki.validation.fitness import check_changes, check_dates, check_use, has_weak_key, is_current, weakness

__all__ = ["CandidateRequest", "StoredCertificates", "ValidationResult", "validate_certificates", "weakness"]


@dataclass(frozen=True)
class CandidateRequest:
    """A request that a certificate may answer: its key's SPKI fingerprint, its subject, and a name for people.

    `label` continues a sentence: “your request of 3 May, which you replaced”. `current` is the one that an answer is
    expected to; `usable` is False where its key is gone, or where it belongs to another onboarding; `approved` where
    it might be sent at all.
    """

    spki: str
    subject: x509.Name | None
    label: str
    current: bool = True
    usable: bool = True
    approved: bool = True


@dataclass(frozen=True)
class ValidationResult:
    """The judgement. `chain` has the intermediates, the issuer first; `anchors` the CAs to trust; `spare` the rest.

    The first anchor is the one above the chain; the others only vouch for the other side.
    """

    leaf: x509.Certificate | None
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    spare: tuple[x509.Certificate, ...]
    request: CandidateRequest | None
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether it may be used: the key is right, the chain holds, and nothing that was found stops."""
        stops = any(finding.severity == Severity.ERROR for finding in self.findings)
        return self.leaf is not None and self.request is not None and bool(self.anchors) and not stops


def validate_certificates(
    certificates: Sequence[x509.Certificate],
    requests: Sequence[CandidateRequest],
    now: datetime,
    kept: StoredCertificates | None = None,
) -> ValidationResult:
    """Tell leaf, intermediates and roots apart, whatever their order, and check them against `requests` at `now`.

    `requests` are all those of the account; a certificate for a usable one that isn't current is accepted too, with a
    warning (`older_request`), and `ValidationResult.request` says which it is. What was `kept` before is judged
    along, so that CA certificates may come without the partner's own.
    """
    leaf, request = _leaf_among(certificates, requests, now)
    alone = leaf is None and are_additional_cas(certificates, kept)
    if alone and kept:
        leaf, request = _leaf_among([kept.leaf], requests, now)
    if leaf is None or request is None:
        return ValidationResult(None, (), (), tuple(certificates), None, tuple(_no_leaf(certificates, requests)))
    given = [one for one in certificates if one != leaf]
    if is_self_signed(leaf):
        return ValidationResult(
            leaf, (), (), tuple(given), request, (Finding("self_signed", found=certificate_name(leaf)),)
        )
    path, weak = _path(leaf, given, kept, now)
    findings = [*_check_request(leaf, request, requests), *_check_path(leaf, path, weak, given, now)]
    findings.extend(check_changes(leaf, request.subject))
    if not path:
        return ValidationResult(leaf, (), (), tuple(given), request, tuple(findings))
    if certificates[0] in path and not alone:
        findings.append(Finding("swapped"))
    beside = select_anchors([one for one in given if one not in weak], path, kept, now, alone=alone)
    anchors, spare = (path[-1], *beside.anchors), (*weak, *beside.spare)
    return ValidationResult(leaf, tuple(path[:-1]), anchors, spare, request, (*findings, *beside.findings))


def _path(
    leaf: x509.Certificate, given: Sequence[x509.Certificate], kept: StoredCertificates | None, now: datetime
) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """The issuers of `leaf` up to the one to trust, and the root above them where that is too weak to be."""
    others = dict.fromkeys([*given, *(kept.chain + kept.anchors if kept else ())])
    path = find_issuers(leaf, sorted(others, key=lambda one: not is_current(one, now)))
    # The CA below a weak root can be trusted by itself; software that saw the root would refuse the whole chain.
    weak = path[-1:] if len(path) > 1 and is_self_signed(path[-1]) and has_weak_key(path[-1]) else []
    return (path[:-1] if weak else path), weak


def _check_path(
    leaf: x509.Certificate,
    path: Sequence[x509.Certificate],
    weak: Sequence[x509.Certificate],
    given: Sequence[x509.Certificate],
    now: datetime,
) -> Iterator[Finding]:
    findings = [Finding("root_weak", found=certificate_name(one), params={"why": weakness(one)}) for one in weak]
    findings += [] if weak else _check_chain(leaf, path, given)
    findings += [*check_use(leaf, path), *check_dates(leaf, path, now)]
    yield from findings
    stopped = any(finding.severity == Severity.ERROR for finding in findings)
    if not stopped and not verifies(leaf, path[:-1], path[-1:], now):
        yield Finding("chain_refused", found=certificate_name(leaf))


def _leaf_among(
    certificates: Sequence[x509.Certificate], requests: Sequence[CandidateRequest], now: datetime
) -> tuple[x509.Certificate | None, CandidateRequest | None]:
    """The certificate for one of `requests`: the current one's first, then what is valid, then what is newer."""
    known = {request.spki: request for request in sorted(requests, key=lambda one: (one.current, one.usable))}
    matching = [(one, known[spki]) for one in certificates if (spki := _spki(one)) in known]
    if not matching:
        return None, None
    return max(
        matching,
        key=lambda pair: (
            pair[1].usable,
            pair[1].current,
            not is_self_signed(pair[0]),
            is_current(pair[0], now),
            pair[0].not_valid_before_utc,
        ),
    )


def _spki(certificate: x509.Certificate) -> str:
    """The fingerprint of its key; empty for a key that can't be read."""
    try:
        return spki_fingerprint(certificate.public_key())
    except MALFORMED:
        return ""


def _check_request(
    leaf: x509.Certificate, request: CandidateRequest, requests: Sequence[CandidateRequest]
) -> Iterator[Finding]:
    if not request.usable:
        yield _other_key(leaf, requests, request.label)
    elif not request.approved:
        yield Finding("request_unapproved", found=certificate_name(leaf), params={"belongs": request.label})
    elif not request.current:
        yield Finding("older_request", found=certificate_name(leaf), params={"label": request.label})


def _other_key(leaf: x509.Certificate, requests: Sequence[CandidateRequest], belongs: str) -> Finding:
    current = next((request for request in requests if request.current), None)
    expected = current.label if current else "your request"
    return Finding("other_key", found=certificate_name(leaf), expected=expected, params={"belongs": belongs})


def _no_leaf(certificates: Sequence[x509.Certificate], requests: Sequence[CandidateRequest]) -> Iterator[Finding]:
    strangers = [one for one in certificates if not is_ca(one)]
    current = next((request for request in requests if request.current), None)
    if strangers:
        yield _other_key(strangers[0], requests, "another key")
    elif certificates:
        expected = display_name(current.subject) if current and current.subject else "your login"
        yield Finding("leaf_missing", expected=expected)
    else:
        yield Finding("nothing_received")


def _check_chain(
    leaf: x509.Certificate, path: Sequence[x509.Certificate], others: Sequence[x509.Certificate]
) -> Iterator[Finding]:
    issuer = display_name(leaf.issuer)
    top = path[-1] if path else leaf
    namesakes = [one for one in others if one.subject == top.issuer and one not in path]
    if namesakes and not is_self_signed(top):
        signed = "your certificate" if top is leaf else f"“{certificate_name(top)}”"
        if any(map(has_readable_extensions, namesakes)):
            yield Finding("issuer_key_differs", found=display_name(top.issuer), params={"signed": signed})
        else:
            yield Finding("issuer_unreadable", found=display_name(top.issuer), params={"signed": signed})
    elif not path and not any(is_ca(one) for one in others):
        yield Finding("ca_missing", found=issuer)
    elif not path and _may_be_above(leaf, others):
        yield Finding("intermediate_missing", found=issuer)
    elif not path:
        yield Finding("not_issued_by_ca", found=issuer)
    elif not is_self_signed(path[-1]):
        missing = display_name(path[-1].issuer)
        yield Finding("root_missing", found=missing, expected=certificate_name(path[-1]))


def _may_be_above(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> bool:
    """Whether a given CA looks like the one above the missing issuer: of the same organization, with another name."""
    organization = leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return bool(organization) and any(
        is_ca(one)
        and one.subject != leaf.issuer
        and one.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == organization
        for one in others
    )
