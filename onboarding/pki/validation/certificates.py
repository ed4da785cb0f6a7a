"""Validation of received certificates: which is the partner's own, who issued it, and whether all can be used.

Does not check revocation: the operator publishes no address for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.pki.validation.anchors import (
    AnchorSelection,
    StoredCertificates,
    Surroundings,
    has_additional_cas,
    select_anchors,
)
from onboarding.pki.validation.candidates import CandidateRequest, RequestKind, spki_of
from onboarding.pki.validation.chain import (
    certificate_name,
    claims_to_be_self_signed,
    display_name,
    is_ca,
    is_self_signed,
)
from onboarding.pki.validation.fitness import check_changes, is_current
from onboarding.pki.validation.others import check_others, is_of_gateway, is_of_partner, is_of_server, is_stray
from onboarding.pki.validation.path_rules import check_path
from onboarding.pki.validation.path_search import Path, find_best_path
from onboarding.pki.validation.strict_servers import check_strict_servers

__all__ = ["CandidateRequest", "RequestKind", "StoredCertificates", "ValidationResult", "validate_certificates"]


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
    gateway_hosts: Sequence[str] = (),
) -> ValidationResult:
    """Find leaf, intermediates and roots among `certificates`, in any order, and check them at `now`.

    `requests` are all requests of the account. A certificate for a usable request that is not the current one is
    accepted with the warning older_request; `ValidationResult.request` is the request that matches. `stored` are
    checked together with the upload, so that CA certificates can be uploaded without the partner's own.
    `gateway_hosts` are the host names of the gateway in lower case; without them, any server may be the gateway.
    """
    leaf, request = _find_leaf(certificates, requests, now)
    cas_only = leaf is None and has_additional_cas(certificates, stored)
    if cas_only and stored:
        leaf, request = _find_leaf([stored.leaf], requests, now)
    if leaf is None or request is None:
        findings = tuple(_check_without_leaf(certificates, requests))
        return ValidationResult(None, (), (), tuple(certificates), None, findings)
    others = tuple(dict.fromkeys(certificate for certificate in certificates if certificate != leaf))
    if claims_to_be_self_signed(leaf):
        return ValidationResult(leaf, (), (), others, request, (_self_signed(leaf),))
    issuers = dict.fromkeys([*others, *(stored.chain + stored.anchors if stored else ())])
    path = find_best_path(leaf, tuple(issuers), now)
    findings = (*_check_request(leaf, request), *path.findings, *check_changes(leaf, request.subject))
    if not path.issuers:
        return ValidationResult(leaf, (), (), others, request, findings)
    if not path.errors:
        findings = (*findings, *check_strict_servers(leaf, path.issuers))
    if certificates[0] in path.issuers and not cas_only:
        findings = (*findings, Finding("swapped"))
    about = GatewayContext(tuple(gateway_hosts), stored, now)
    rest = _select_others(others, leaf, path, requests, about, cas_only=cas_only)
    return ValidationResult(
        leaf,
        chain=path.issuers[:-1],
        anchors=(path.issuers[-1], *rest.anchors),
        unused=(*path.weak_root, *rest.unused),
        request=request,
        findings=(*findings, *(finding for finding in rest.findings if not _is_said(finding, findings))),
    )


def _self_signed(leaf: x509.Certificate) -> Finding:
    """Return the finding on a certificate that names itself as its issuer."""
    if is_self_signed(leaf):
        return Finding("self_signed", found=certificate_name(leaf))
    return Finding("chain_refused", found=certificate_name(leaf), variant="self_issued")


def _is_said(finding: Finding, said: Sequence[Finding]) -> bool:
    """Return whether one of the findings that are `said` tells already why a CA certificate is of no use."""
    return finding.code == "ca_left_out" and any(
        other.code.startswith("issuer_") and other.found == finding.found for other in said
    )


@dataclass(frozen=True)
class GatewayContext:
    """What decides, besides the upload, which CA certificates are trusted for the gateway."""

    hosts: tuple[str, ...]
    stored: StoredCertificates | None
    now: datetime


def _select_others(
    others: Sequence[x509.Certificate],
    leaf: x509.Certificate,
    path: Path,
    requests: Sequence[CandidateRequest],
    context: GatewayContext,
    *,
    cas_only: bool,
) -> AnchorSelection:
    """Return which of `others` are trusted in addition to `path`, which are not used, and the findings about both."""
    by_key = {request.spki: request for request in requests}
    remaining = [certificate for certificate in others if certificate not in path.weak_root]
    cas = [each for each in remaining if is_ca(each) and (each in path.issuers or not is_of_partner(each, by_key))]
    rest = [each for each in remaining if each not in cas and each not in path.issuers]
    in_use = (*path.issuers, *(context.stored.anchors if context.stored else ()))
    surroundings = Surroundings(
        own=tuple(request.subject for request in requests if request.subject),
        in_use=in_use,
        known=(*dict.fromkeys([*in_use, *remaining]),),
        strays=tuple(each for each in rest if is_stray(each, by_key, context.hosts)),
        gateways=tuple(each for each in rest if context.hosts and is_of_gateway(each, context.hosts)),
        now=context.now,
    )
    selection = select_anchors(cas, path.issuers, context.stored, surroundings, cas_only=cas_only)
    about_rest = check_others(rest, leaf, by_key, context.now)
    return AnchorSelection(selection.anchors, (*selection.unused, *rest), (*selection.findings, *about_rest))


def _find_leaf(
    certificates: Sequence[x509.Certificate], requests: Sequence[CandidateRequest], now: datetime
) -> tuple[x509.Certificate | None, CandidateRequest | None]:
    """Return the best certificate with the key of one of `requests`, and that request; (None, None) without one.

    Certificates are ranked: for a usable request, for the current one, not self-signed, valid at `now`, for clients,
    newest. If two requests have the same key, the current one counts.
    """
    by_key = {request.spki: request for request in sorted(requests, key=lambda each: (each.current, each.usable))}
    matches = [(each, by_key[spki]) for each in certificates if (spki := spki_of(each)) in by_key]
    if not matches:
        return None, None
    return max(
        matches,
        key=lambda match: (
            match[1].usable,
            match[1].current,
            not is_self_signed(match[0]),
            is_current(match[0], now),
            not any(finding.severity == Severity.ERROR for finding in check_path(match[0], (), now)),
            match[0].not_valid_before_utc,
        ),
    )


def _check_without_leaf(
    certificates: Sequence[x509.Certificate], requests: Sequence[CandidateRequest]
) -> Iterator[Finding]:
    """Yield the reason why no certificate has the key of one of `requests`."""
    if not certificates:
        yield Finding("nothing_received")
        return
    by_key = {request.spki: request for request in requests}
    leaves = [certificate for certificate in certificates if not is_ca(certificate)]
    others = [leaf for leaf in leaves if not is_of_server(leaf, by_key)]
    if others:
        yield Finding("other_key", found=certificate_name(others[0]))
        return
    if leaves:
        yield Finding("other_key", found=certificate_name(leaves[0]), variant="server")
        return
    subject = next((request.subject for request in requests if request.current), None)
    if subject:
        yield Finding("leaf_missing", expected=display_name(subject), variant="subject_known")
    else:
        yield Finding("leaf_missing")


def _check_request(leaf: x509.Certificate, request: CandidateRequest) -> Iterator[Finding]:
    name = certificate_name(leaf)
    if not request.usable:
        yield Finding("other_key", found=name, params=request.facts, variant=request.kind.value)
    elif not request.approved:
        yield Finding("request_unapproved", found=name, params=request.facts)
    elif not request.current:
        yield Finding("older_request", found=name, params=request.facts)
