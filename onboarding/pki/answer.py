"""Judging what came back: which certificate is the partner's, who issued it, and whether the whole may be used.

Does not check revocation: the operator publishes no address for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.pki.chain import is_ca, is_self_signed, name_of, path_above, readable, verifies
from onboarding.pki.findings import Finding, Severity
from onboarding.pki.keys import spki_fingerprint

RSA_BITS_MIN = 2048
WEAK_HASHES = (hashes.MD5, hashes.SHA1)
EXPIRES_SOON = timedelta(days=30)

FIELD_NAMES = {
    NameOID.COUNTRY_NAME: "country",
    NameOID.STATE_OR_PROVINCE_NAME: "state or province",
    NameOID.LOCALITY_NAME: "city",
    NameOID.ORGANIZATION_NAME: "company",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "organizational unit",
    NameOID.COMMON_NAME: "common name",
    NameOID.EMAIL_ADDRESS: "e-mail address",
}


@dataclass(frozen=True)
class KnownRequest:
    """A request that a certificate may answer: its key's SPKI fingerprint, its subject, and a name for people."""

    spki: str
    subject: x509.Name | None
    label: str
    current: bool = True


@dataclass(frozen=True)
class Answer:
    """The judgement. `chain` has the intermediates, the issuer first; `anchors` the CAs to trust; `spare` the rest."""

    leaf: x509.Certificate | None
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    spare: tuple[x509.Certificate, ...]
    request: KnownRequest | None
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether it may be used: the key is right, the chain holds, and nothing that was found stops."""
        stops = any(finding.severity == Severity.STOPS for finding in self.findings)
        return self.leaf is not None and self.request is not None and bool(self.anchors) and not stops


def judge_answer(certificates: Sequence[x509.Certificate], requests: Sequence[KnownRequest], now: datetime) -> Answer:
    """Tell leaf, intermediates and roots apart, whatever their order, and check them against `requests` at `now`."""
    known = {request.spki: request for request in requests}
    leaf = next((one for one in certificates if spki_fingerprint(one.public_key()) in known), None)
    if leaf is None:
        return Answer(None, (), (), tuple(certificates), None, tuple(_no_leaf(certificates, requests)))
    request = known[spki_fingerprint(leaf.public_key())]
    others = [one for one in certificates if one != leaf]
    path = path_above(leaf, others)
    findings = [*_check_chain(leaf, path, others), *_check_use(leaf, path), *_check_dates(leaf, path, now)]
    chain, anchors = (path[:-1], path[-1:]) if path else ([], [])
    stopped = any(finding.severity == Severity.STOPS for finding in findings)
    if not stopped and not verifies(leaf, chain, anchors, now):
        findings.append(Finding("chain_refused", found=name_of(leaf)))
    findings.extend(_check_subject(leaf, request))
    spare = tuple(one for one in others if one not in path)
    return Answer(leaf, tuple(chain), tuple(anchors), spare, request, tuple(findings))


def _no_leaf(certificates: Sequence[x509.Certificate], requests: Sequence[KnownRequest]) -> Iterator[Finding]:
    strangers = [one for one in certificates if not is_ca(one)]
    current = next((request for request in requests if request.current), None)
    if strangers:
        yield Finding("other_key", found=name_of(strangers[0]), expected=current.label if current else "")
    elif certificates:
        expected = readable(current.subject) if current and current.subject else "your login"
        yield Finding("leaf_missing", expected=expected)
    else:
        yield Finding("nothing_received")


def _check_chain(
    leaf: x509.Certificate, path: Sequence[x509.Certificate], others: Sequence[x509.Certificate]
) -> Iterator[Finding]:
    issuer = readable(leaf.issuer)
    if is_self_signed(leaf):
        yield Finding("self_signed", found=name_of(leaf))
    elif not path and not any(is_ca(one) for one in others):
        yield Finding("ca_missing", found=issuer)
    elif not path and _may_be_above(leaf, others):
        yield Finding("intermediate_missing", found=issuer)
    elif not path:
        yield Finding("not_issued_by_ca", found=issuer)
    elif not is_self_signed(path[-1]):
        missing = readable(path[-1].issuer)
        yield Finding("root_missing", found=missing, expected=name_of(path[-1]))


def _may_be_above(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> bool:
    """Whether a given CA looks like the one above the missing issuer: of the same organization, with another name."""
    organization = leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return bool(organization) and any(
        is_ca(one)
        and one.subject != leaf.issuer
        and one.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == organization
        for one in others
    )


def _check_use(leaf: x509.Certificate, path: Sequence[x509.Certificate]) -> Iterator[Finding]:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    suited = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if usage is not None and not suited.intersection(usage):
        yield Finding("no_client_auth")
    for one in (leaf, *path):
        why = weakness(one)
        # Nobody checks the signature that a root makes over itself.
        if why and not (is_self_signed(one) and "signature" in why):
            yield Finding("chain_weak", found=name_of(one), context={"why": why})


def weakness(certificate: x509.Certificate) -> str:
    """Why current software refuses a certificate's key or signature; empty where it doesn't."""
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS_MIN:
        return f"its RSA key has only {key.key_size} bits"
    if isinstance(certificate.signature_hash_algorithm, WEAK_HASHES):
        return f"its signature uses {certificate.signature_hash_algorithm.name.upper()}"
    return ""


def _check_dates(leaf: x509.Certificate, path: Sequence[x509.Certificate], now: datetime) -> Iterator[Finding]:
    for one in (leaf, *path):
        begins, ends, name = one.not_valid_before_utc, one.not_valid_after_utc, name_of(one)
        if now < begins:
            days = (begins - now).days + 1
            yield Finding("not_yet_valid", found=name, context={"date": f"{begins:%Y-%m-%d %H:%M}", "days": days})
        elif now > ends:
            yield Finding("expired", found=name, context={"date": f"{ends:%Y-%m-%d}", "days": (now - ends).days})
        elif one is leaf and ends - now < EXPIRES_SOON:
            yield Finding("expires_soon", found=name, context={"date": f"{ends:%Y-%m-%d}", "days": (ends - now).days})


def _check_subject(leaf: x509.Certificate, request: KnownRequest) -> Iterator[Finding]:
    if request.subject is None:
        return
    for oid, field in FIELD_NAMES.items():
        asked, given = (
            ", ".join(str(attribute.value) for attribute in name.get_attributes_for_oid(oid))
            for name in (request.subject, leaf.subject)
        )
        if asked != given:
            yield Finding("subject_changed", field, given or "nothing", asked or "nothing")
