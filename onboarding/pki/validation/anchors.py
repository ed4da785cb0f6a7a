"""The CA certificates beside the partner's own chain: trusted for the gateway's certificate, or left out.

The gateway's certificate may be issued by another CA than the one that signs partners' certificates.
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
from onboarding.pki.validation.fitness import relevant_weakness

ANCHORS_MAX = 20  # of all that are trusted; each takes part in every handshake


@dataclass(frozen=True)
class StoredCertificates:
    """What is stored for a request: its certificate, the intermediates, and the CA certificates to trust."""

    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class AnchorSelection:
    """The additional CA certificates to trust, the certificates that are not used, and a finding for each."""

    anchors: tuple[x509.Certificate, ...]
    unused: tuple[x509.Certificate, ...]
    findings: tuple[Finding, ...]


def select_anchors(
    uploaded: Sequence[x509.Certificate],
    path: Sequence[x509.Certificate],
    stored: StoredCertificates | None,
    now: datetime,
    *,
    cas_only: bool,
) -> AnchorSelection:
    """Return which `uploaded` certificates to trust in addition to the last certificate of `path`.

    Anchors that are `stored` stay trusted while they are usable. `cas_only`: the upload did not contain the partner's
    own certificate, so every CA certificate in it is meant to be trusted, even an intermediate of `path`.
    """
    stored_anchors = stored.anchors if stored else ()
    already_stored = (*stored_anchors, *(stored.chain if stored and not cas_only else ()))
    still_trusted = [ca for ca in stored_anchors if ca not in path and not anchor_problem(ca, now)]
    additional: list[x509.Certificate] = []
    unused: list[x509.Certificate] = []
    findings: list[Finding] = []
    for certificate in uploaded:
        if certificate in path and not cas_only and (stored is None or certificate not in (*already_stored, path[-1])):
            continue  # a part of the chain, and nothing else
        in_use = [*path, *still_trusted, *additional]
        finding = _check_additional(certificate, already_stored, in_use, [*in_use, *uploaded], now)
        findings.append(finding)
        if finding.code == "ca_added" and certificate not in path[-1:]:
            additional.append(certificate)
        elif certificate not in path and certificate not in already_stored:
            unused.append(certificate)
    return AnchorSelection((*additional, *still_trusted), tuple(unused), tuple(findings))


def _check_additional(
    certificate: x509.Certificate,
    already_stored: Sequence[x509.Certificate],
    in_use: Sequence[x509.Certificate],
    possible_issuers: Sequence[x509.Certificate],
    now: datetime,
) -> Finding:
    """Return ca_added if `certificate` is to be trusted, else the finding that says why not.

    `in_use` are the certificates that are trusted, or sent to the gateway, already.
    """
    name = certificate_name(certificate)
    if certificate in already_stored:
        return Finding("ca_known", found=name)
    if not is_ca(certificate):
        return Finding("not_belonging", found=name)
    problem = anchor_problem(certificate, now)
    if not problem and certificate not in in_use:
        problem = _trust_problem(certificate, in_use, possible_issuers)
    return problem or Finding("ca_added", found=name)


def _trust_problem(
    ca: x509.Certificate, in_use: Sequence[x509.Certificate], possible_issuers: Sequence[x509.Certificate]
) -> Finding | None:
    """Return why it would do harm to trust `ca`, too; None if it is safe.

    TLS libraries do not check the signature of a trusted certificate, so it is checked here.
    """
    if ca.subject == ca.issuer and not is_self_signed(ca):
        return _left_out(ca, "damaged")
    issuers = [issuer for issuer in possible_issuers if issuer.subject == ca.issuer]
    if issuers and not any(issued_by(ca, issuer) for issuer in issuers):
        return _left_out(ca, "signature_differs", issuer=display_name(ca.issuer))
    if any(_is_ambiguous(ca, other) for other in in_use):
        return _left_out(ca, "ambiguous")
    return None if len(in_use) < ANCHORS_MAX else _left_out(ca, "too_many", limit=ANCHORS_MAX)


def _is_ambiguous(ca: x509.Certificate, other: x509.Certificate) -> bool:
    """Return whether OpenSSL confuses the two: same name and key identifier, but different keys."""
    identifier, other_identifier = (extension_of(each, x509.SubjectKeyIdentifier) for each in (ca, other))
    same = ca.subject == other.subject and identifier is not None and identifier == other_identifier
    return same and ca.public_key() != other.public_key()


def anchor_problem(ca: x509.Certificate, now: datetime) -> Finding | None:
    """Return the finding that says why `ca` can't be trusted at `now`; None if it can. Does not check its signature."""
    if not has_readable_extensions(ca):
        return _left_out(ca, "unreadable")
    if now > ca.not_valid_after_utc:
        return _left_out(ca, "expired", date=f"{ca.not_valid_after_utc:%Y-%m-%d}")
    if now < ca.not_valid_before_utc:
        return _left_out(ca, "not_yet_valid", date=f"{ca.not_valid_before_utc:%Y-%m-%d}")
    weakness = relevant_weakness(ca)
    return _left_out(ca, weakness.kind.value, **weakness.params) if weakness else None


def _left_out(ca: x509.Certificate, variant: str, **params: str | int) -> Finding:
    return Finding("ca_left_out", found=certificate_name(ca), params=params, variant=variant)


def has_additional_cas(uploaded: Sequence[x509.Certificate], stored: StoredCertificates | None) -> bool:
    """Return whether a certificate is stored, and there is a CA certificate in the upload that may go with it."""
    return stored is not None and any(is_ca(certificate) for certificate in uploaded)
