"""The CA certificates beside those above a partner's own: kept, to recognise the other side by, or left out.

The gateway's certificate may be from another CA than the one that signs partners' certificates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from onboarding.pki.chain import has_readable_extensions, is_ca, name_of
from onboarding.pki.findings import Finding
from onboarding.pki.fitness import unfit

AUTHORITIES_MAX = 20  # of all that are trusted; each takes part in every handshake


@dataclass(frozen=True)
class Kept:
    """What an earlier answer left: the certificate, its issuers below the anchor, and the CAs to trust."""

    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class Sorted:
    """The further CAs to trust, what is left over, and what there is to say about each."""

    anchors: tuple[x509.Certificate, ...]
    spare: tuple[x509.Certificate, ...]
    findings: tuple[Finding, ...]


def sort_out(
    given: Sequence[x509.Certificate],
    path: Sequence[x509.Certificate],
    kept: Kept | None,
    now: datetime,
    *,
    alone: bool,
) -> Sorted:
    """Which of `given` are CAs to trust beside the last of `path`, which is; those `kept` before go on being so.

    `alone`: they came without the partner's own certificate, so that even one of `path` is meant to be trusted.
    """
    before = kept.anchors if kept else ()
    here = (*before, *(kept.chain if kept and not alone else ()))
    carried = [one for one in before if one not in path and not why_left_out(one, now)]
    further: list[x509.Certificate] = []
    spare: list[x509.Certificate] = []
    findings: list[Finding] = []
    for one in given:
        if one in path and not alone and (kept is None or one not in (*here, path[-1])):
            continue  # it stands where it belongs
        finding = _judged(one, here, len(path) + len(carried) + len(further), now)
        findings.append(finding)
        if finding.code == "ca_added" and one not in path[-1:]:
            further.append(one)
        elif one not in path and one not in here:
            spare.append(one)
    return Sorted((*further, *carried), tuple(spare), tuple(findings))


def _judged(one: x509.Certificate, here: Sequence[x509.Certificate], others: int, now: datetime) -> Finding:
    if one in here:
        return Finding("ca_known", found=name_of(one))
    if not is_ca(one):
        return Finding("not_belonging", found=name_of(one))
    why = why_left_out(one, now) or (f"there are {AUTHORITIES_MAX} already" if others >= AUTHORITIES_MAX else "")
    if why:
        return Finding("ca_left_out", found=name_of(one), context={"why": why})
    return Finding("ca_added", found=name_of(one))


def why_left_out(one: x509.Certificate, now: datetime) -> str:
    """Why a CA certificate is not to be trusted, whoever sent it; empty where it may be."""
    if not has_readable_extensions(one):
        return "current software can’t read it"
    if now > one.not_valid_after_utc:
        return f"it expired on {one.not_valid_after_utc:%Y-%m-%d}"
    if now < one.not_valid_before_utc:
        return f"it works only from {one.not_valid_before_utc:%Y-%m-%d}"
    return unfit(one)


def came_alone(given: Sequence[x509.Certificate], kept: Kept | None) -> bool:
    """Whether these are for the certificate that is `kept`: there is a CA among them."""
    return kept is not None and any(is_ca(one) for one in given)
