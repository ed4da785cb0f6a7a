"""The CA certificates beside those above a partner's own: kept, to recognise the other side by, or left out.

The gateway's certificate may be from another CA than the one that signs partners' certificates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from onboarding.messages.finding import Finding
from onboarding.pki.validation.chain import (
    certificate_name,
    display_name,
    extension_of,
    has_readable_extensions,
    is_ca,
    is_self_signed,
    issued_by,
)
from onboarding.pki.validation.fitness import unfit

ANCHORS_MAX = 20  # of all that are trusted; each takes part in every handshake


@dataclass(frozen=True)
class StoredCertificates:
    """What an earlier answer left: the certificate, its issuers below the anchor, and the CAs to trust."""

    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class AnchorSelection:
    """The further CAs to trust, what is left over, and what there is to say about each."""

    anchors: tuple[x509.Certificate, ...]
    spare: tuple[x509.Certificate, ...]
    findings: tuple[Finding, ...]


def select_anchors(
    given: Sequence[x509.Certificate],
    path: Sequence[x509.Certificate],
    kept: StoredCertificates | None,
    now: datetime,
    *,
    alone: bool,
) -> AnchorSelection:
    """Which of `given` are CAs to trust beside the last of `path`, which is; those `kept` before go on being so.

    `alone`: they came without the partner's own certificate, so that even one of `path` is meant to be trusted.
    """
    before = kept.anchors if kept else ()
    here = (*before, *(kept.chain if kept and not alone else ()))
    carried = [one for one in before if one not in path and not anchor_problem(one, now)]
    further: list[x509.Certificate] = []
    spare: list[x509.Certificate] = []
    findings: list[Finding] = []
    for one in given:
        if one in path and not alone and (kept is None or one not in (*here, path[-1])):
            continue  # it stands where it belongs
        beside = [*path, *carried, *further]
        finding = _judged(one, here, beside, [*beside, *given], now)
        findings.append(finding)
        if finding.code == "ca_added" and one not in path[-1:]:
            further.append(one)
        elif one not in path and one not in here:
            spare.append(one)
    return AnchorSelection((*further, *carried), tuple(spare), tuple(findings))


def _judged(
    one: x509.Certificate,
    here: Sequence[x509.Certificate],
    beside: Sequence[x509.Certificate],
    known: Sequence[x509.Certificate],
    now: datetime,
) -> Finding:
    """What is to say of `one`, when `beside` are those that are trusted or sent already."""
    if one in here:
        return Finding("ca_known", found=certificate_name(one))
    if not is_ca(one):
        return Finding("not_belonging", found=certificate_name(one))
    why = anchor_problem(one, now)
    if one not in beside:
        why = why or _why_doubtful(one, beside, known)
    if why:
        return Finding("ca_left_out", found=certificate_name(one), params={"why": why})
    return Finding("ca_added", found=certificate_name(one))


def _why_doubtful(one: x509.Certificate, beside: Sequence[x509.Certificate], known: Sequence[x509.Certificate]) -> str:
    """Why it would do harm to trust `one`, too: nobody checks the signature of what is trusted, so it is done here."""
    if one.subject == one.issuer and not is_self_signed(one):
        return "it was damaged on its way"
    issuers = [other for other in known if other.subject == one.issuer]
    if issuers and not any(issued_by(one, issuer) for issuer in issuers):
        return f"it was damaged on its way, or signed by another “{display_name(one.issuer)}” than the one here"
    if any(_looks_like(one, other) for other in beside):
        return "another one of that name is here, and software can’t tell the two apart"
    return "" if len(beside) < ANCHORS_MAX else f"there are {ANCHORS_MAX} already"


def _looks_like(one: x509.Certificate, other: x509.Certificate) -> bool:
    """Whether OpenSSL takes the one for the other, by name and key identifier, though their keys differ."""
    named, also = (extension_of(each, x509.SubjectKeyIdentifier) for each in (one, other))
    same = one.subject == other.subject and named is not None and named == also
    return same and one.public_key() != other.public_key()


def anchor_problem(one: x509.Certificate, now: datetime) -> str:
    """Why a CA certificate is not to be trusted, whoever sent it; empty where it may be."""
    if not has_readable_extensions(one):
        return "current software can’t read it"
    if now > one.not_valid_after_utc:
        return f"it expired on {one.not_valid_after_utc:%Y-%m-%d}"
    if now < one.not_valid_before_utc:
        return f"it works only from {one.not_valid_before_utc:%Y-%m-%d}"
    return unfit(one)


def are_additional_cas(given: Sequence[x509.Certificate], kept: StoredCertificates | None) -> bool:
    """Whether these are for the certificate that is `kept`: there is a CA among them."""
    return kept is not None and any(is_ca(one) for one in given)
