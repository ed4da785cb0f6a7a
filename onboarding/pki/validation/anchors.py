"""The CA certificates beside the partner's own chain: trusted for the gateway's certificate, or left out.

The gateway's certificate may be issued by another CA than the one that signs partners' certificates, and the operator
sends that CA along. This is the rule: besides the CA at the end of the chain, a CA certificate is trusted if

1. it is a root that signed itself, or a CA that is trusted already signed it, directly or indirectly;
2. it can be used now for the certificate of a server: dates, strength, purpose and extensions;
3. it is not the partner's: it has none of the partner's keys, and is not named after a login;
4. it signed no other certificate of the upload, as the CA of an email's signature or of the partner's web server did.
   The partner's own certificates do not count, nor does the gateway's; if it signed the gateway's, no other counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.messages.finding import Finding
from onboarding.pki.validation.chain import (
    canonical_name,
    certificate_name,
    common_names,
    display_name,
    extension_of,
    is_ca,
    is_damaged_root,
    is_self_signed,
    issued_by,
    issuer_paths,
)
from onboarding.pki.validation.fitness import is_current, relevant_weakness
from onboarding.pki.validation.path_rules import has_only_known_extensions

ANCHORS_MAX = 20  # of all that are trusted; each takes part in every handshake


@dataclass(frozen=True)
class StoredCertificates:
    """What is stored for a request: its certificate, the intermediates, and the CA certificates to trust."""

    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class AnchorSelection:
    """The additional CA certificates to trust, the CA certificates that are not used, and the findings about them."""

    anchors: tuple[x509.Certificate, ...]
    unused: tuple[x509.Certificate, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Surroundings:
    """What decides about an additional CA certificate, besides itself.

    `own` are the names of the partner: the subjects of requests. `in_use` are the certificates that are trusted, or
    sent to the gateway, already; `known` all certificates of the upload and `in_use`; `strays` the uploaded ones that
    are neither the partner's nor the gateway's; `gateways` those that name the gateway's host.
    """

    own: tuple[x509.Name, ...]
    in_use: tuple[x509.Certificate, ...]
    known: tuple[x509.Certificate, ...]
    strays: tuple[x509.Certificate, ...]
    gateways: tuple[x509.Certificate, ...]
    now: datetime


def select_anchors(
    cas: Sequence[x509.Certificate],
    path: Sequence[x509.Certificate],
    stored: StoredCertificates | None,
    surroundings: Surroundings,
    *,
    cas_only: bool,
) -> AnchorSelection:
    """Return which of the uploaded `cas` to trust in addition to the last certificate of `path`.

    Anchors that are `stored` stay trusted while they are usable. `cas_only`: the upload did not contain the partner's
    own certificate, so every CA certificate in it is meant to be trusted, even an intermediate of `path`.
    """
    stored_anchors = stored.anchors if stored else ()
    already_stored = (*stored_anchors, *(stored.chain if stored and not cas_only else ()))
    still_trusted = [ca for ca in stored_anchors if ca not in path and not anchor_problem(ca, surroundings.now)]
    additional: list[x509.Certificate] = []
    unused: list[x509.Certificate] = []
    findings: dict[x509.Certificate, Finding | None] = dict.fromkeys(cas)
    # Roots come first, because the CAs below them are trusted only with them.
    for ca in sorted(cas, key=lambda each: not is_self_signed(each)):
        if ca in path and not cas_only and (stored is None or ca not in (*already_stored, path[-1])):
            continue  # a part of the chain, and nothing else
        if ca in already_stored:
            findings[ca] = Finding("ca_known", found=certificate_name(ca))
            continue
        problem = _problem(ca, surroundings, [*path, *still_trusted, *additional])
        quiet = not cas_only and _is_left_out_quietly(ca, surroundings, path)
        if not problem and ca not in path[-1:] and not (quiet or ca in additional):
            additional.append(ca)
        elif (problem or quiet) and ca not in path:
            unused.append(ca)
        findings[ca] = None if quiet else problem or Finding("ca_added", found=certificate_name(ca))
    shown = tuple(finding for finding in findings.values() if finding)
    order = [ca for ca in cas if ca in additional]
    return AnchorSelection((*dict.fromkeys(order), *still_trusted), tuple(unused), shown)


def _is_left_out_quietly(ca: x509.Certificate, surroundings: Surroundings, path: Sequence[x509.Certificate]) -> bool:
    """Return whether nobody misses `ca`: a CA of an email's signature, or another certificate for the key of a CA."""
    if signed_certificate(ca, surroundings):
        return True
    again = [each for each in path if each != ca and each.public_key() == ca.public_key()]
    return any(canonical_name(each.subject) == canonical_name(ca.subject) for each in again) and not is_self_signed(ca)


def signed_certificate(ca: x509.Certificate, surroundings: Surroundings) -> x509.Certificate | None:
    """Return a stray that `ca` signed, directly or indirectly; None without one, and for a CA in use or a gateway's."""
    if ca in surroundings.in_use or _signed_one_of(surroundings.gateways, ca, surroundings):
        return None
    return _signed_one_of(surroundings.strays, ca, surroundings)


def _signed_one_of(
    certificates: Sequence[x509.Certificate], ca: x509.Certificate, surroundings: Surroundings
) -> x509.Certificate | None:
    pool = [each for each in surroundings.known if each not in (*surroundings.strays, *surroundings.gateways)]
    return next((each for each in certificates if any(ca in path for path in issuer_paths(each, pool))), None)


def _problem(ca: x509.Certificate, surroundings: Surroundings, trusted: Sequence[x509.Certificate]) -> Finding | None:
    """Return the finding that says why `ca` is left out; None if it is to be trusted, or is trusted already."""
    if problem := anchor_problem(ca, surroundings.now):
        return problem
    if ca in trusted:
        return None
    if not _may_identify_servers(ca):
        return _left_out(ca, "purpose")
    if _is_of_partner(ca, surroundings.own):
        return _left_out(ca, "own")
    if stray := signed_certificate(ca, surroundings):
        return _left_out(ca, "signed_another", signed=certificate_name(stray))
    return _trust_problem(ca, trusted, surroundings.known)


def _may_identify_servers(ca: x509.Certificate) -> bool:
    """Return whether purpose and key usage allow `ca` to sign certificates of servers."""
    usage, purposes = extension_of(ca, x509.KeyUsage), extension_of(ca, x509.ExtendedKeyUsage)
    signs = usage is None or usage.key_cert_sign
    return signs and (purposes is None or ExtendedKeyUsageOID.SERVER_AUTH in purposes)


def _is_of_partner(ca: x509.Certificate, own: Sequence[x509.Name]) -> bool:
    """Return whether `ca` has the subject of a request, or its common name, which is the login."""
    names = set(common_names(ca.subject))
    return any(canonical_name(ca.subject) == canonical_name(name) or names & {*common_names(name)} for name in own)


def _trust_problem(
    ca: x509.Certificate, trusted: Sequence[x509.Certificate], known: Sequence[x509.Certificate]
) -> Finding | None:
    """Return why it would do harm to trust `ca`, too; None if it is safe.

    TLS libraries do not check the signature of a trusted certificate, so it is checked here.
    """
    if is_damaged_root(ca):
        return _left_out(ca, "damaged")
    if not is_self_signed(ca):
        wanted = canonical_name(ca.issuer)
        same_name = [other for other in known if canonical_name(other.subject) == wanted and other != ca]
        issuer = display_name(ca.issuer)
        if same_name and not any(issued_by(ca, other) for other in same_name):
            return _left_out(ca, "signature_differs", issuer=issuer)
        if not any(other in trusted for path in issuer_paths(ca, known) for other in path):
            return _left_out(ca, "unverified", issuer=issuer)
    if any(_is_ambiguous(ca, other) for other in trusted):
        return _left_out(ca, "ambiguous")
    return None if len(trusted) < ANCHORS_MAX else _left_out(ca, "too_many", limit=ANCHORS_MAX)


def _is_ambiguous(ca: x509.Certificate, other: x509.Certificate) -> bool:
    """Return whether OpenSSL confuses the two: same name and key identifier, but different keys."""
    identifier, other_identifier = (extension_of(each, x509.SubjectKeyIdentifier) for each in (ca, other))
    same = canonical_name(ca.subject) == canonical_name(other.subject)
    return same and identifier is not None and identifier == other_identifier and ca.public_key() != other.public_key()


def anchor_problem(ca: x509.Certificate, now: datetime) -> Finding | None:
    """Return the finding that says why `ca` can't be used at `now`; None if it can. Does not check its signature."""
    if not has_only_known_extensions(ca):
        return _left_out(ca, "unreadable")
    if not is_current(ca, now):
        if now < ca.not_valid_before_utc:
            return _left_out(ca, "not_yet_valid", date=f"{ca.not_valid_before_utc:%Y-%m-%d}")
        return _left_out(ca, "expired", date=f"{ca.not_valid_after_utc:%Y-%m-%d}")
    weakness = relevant_weakness(ca)
    return _left_out(ca, weakness.kind.value, **weakness.params) if weakness else None


def _left_out(ca: x509.Certificate, variant: str, **params: str | int) -> Finding:
    return Finding("ca_left_out", found=certificate_name(ca), params=params, variant=variant)


def has_additional_cas(uploaded: Sequence[x509.Certificate], stored: StoredCertificates | None) -> bool:
    """Return whether a certificate is stored, and there is a CA certificate in the upload that may go with it."""
    return stored is not None and any(is_ca(certificate) for certificate in uploaded)
