"""The case: everything about one onboarding on one page; evidence is only read, and no key material is asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from onboarding.messages.finding import Finding
from onboarding.messages.message import Owner
from onboarding.models import CertificateRequest, IssuedCertificate, Onboarding
from onboarding.pki.preflight.checks import preflight
from onboarding.pki.subject import Subject, check_login
from onboarding.pki.validation.chain import display_name
from onboarding.pki.validation.fitness import FIELD_NAMES
from onboarding.review.actions import possible_actions
from onboarding.review.additions import takes_certificate
from onboarding.review.formatting import group_fingerprint, humanize_duration, usual_durations
from onboarding.review.roles import CaseDesk, actor_of, require

EVENTS, TESTS, NOTICES = 200, 20, 50  # rows of each that a page shows, the newest
Row = tuple[str, str, str]
SHORT = {NameOID.EMAIL_ADDRESS: "emailAddress"}  # RFC 4514 has no short name for it


@dataclass(frozen=True)
class ChainEntry:
    """One certificate of a chain: where it stands in the tree, its days, and where they lie on the page's bar."""

    role: str
    depth: int
    name: str
    issuer: str
    serial: str
    fingerprint: list[str]
    begins: datetime
    ends: datetime
    left: float
    width: float
    today: float


@dataclass(frozen=True)
class Difference:
    """A field of the subject, as it was asked for and as it was given."""

    field: str
    asked: str
    given: str

    @property
    def same(self) -> bool:
        """Whether nothing was changed."""
        return self.asked == self.given


@dataclass(frozen=True)
class Decoded:
    """A request, read for people."""

    row: CertificateRequest
    subject: list[Row]
    algorithm: str
    signed: bool
    fingerprint: list[str]
    spki: list[str]
    certificates: "list[Received]"


@dataclass(frozen=True)
class Received:
    """A certificate that came, its chain from the top, and what it changed."""

    row: IssuedCertificate
    links: list[ChainEntry]
    differences: list[Difference]


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return ", ".join(str(attribute.value) for attribute in name.get_attributes_for_oid(oid))


def _places(row: IssuedCertificate) -> list[tuple[str, int, x509.Certificate]]:
    """What each certificate is, and how deep it stands: the tree from the top, then what stands beside it."""
    path = row.path
    above = [("Anchor" if one in row.anchors else "Intermediate", one) for one in reversed(path)]
    tree = [
        (role, depth, one) for depth, (role, one) in enumerate([*above, ("Partner’s certificate", row.certificate)])
    ]
    beside = [("CA, to recognise the gateway by", 0, one) for one in row.anchors if one not in path]
    return tree + beside + [("Not in use", 0, one) for one in row.chain if one not in path]


def _links(row: IssuedCertificate) -> list[ChainEntry]:
    """The tree and what stands beside it, on one scale of time."""
    places = _places(row)
    now = timezone.now()
    first = min(*(one.not_valid_before_utc for *_, one in places), now)
    last = max(*(one.not_valid_after_utc for *_, one in places), now)
    scale = 100 / max((last - first).total_seconds(), 1)

    def at(moment: datetime) -> float:
        return round((moment - first).total_seconds() * scale, 2)

    return [
        ChainEntry(
            role=role,
            depth=depth,
            name=display_name(one.subject),
            issuer=display_name(one.issuer),
            serial=f"{one.serial_number:x}",
            fingerprint=group_fingerprint(one.fingerprint(hashes.SHA256()).hex()),
            begins=one.not_valid_before_utc,
            ends=one.not_valid_after_utc,
            left=at(one.not_valid_before_utc),
            width=max(at(one.not_valid_after_utc) - at(one.not_valid_before_utc), 0.5),
            today=at(now),
        )
        for role, depth, one in places
    ]


def _received(row: IssuedCertificate, csr: x509.CertificateSigningRequest) -> Received:
    given = row.certificate.subject
    differences = [
        Difference(label, _values(csr.subject, oid), _values(given, oid)) for oid, label in FIELD_NAMES.items()
    ]
    return Received(row, _links(row), differences)


def _decoded(row: CertificateRequest) -> Decoded:
    csr = row.csr
    key = csr.public_key()
    size = f"RSA, {key.key_size} bits" if isinstance(key, RSAPublicKey) else type(key).__name__
    digest = csr.signature_hash_algorithm
    return Decoded(
        row=row,
        subject=[
            (
                FIELD_NAMES.get(one.oid, one.oid.dotted_string),
                SHORT.get(one.oid, one.rfc4514_attribute_name),
                str(one.value),
            )
            for one in csr.subject
        ],
        algorithm=f"{size}, {digest.name.upper() if digest else 'no hash'}",
        signed=csr.is_signature_valid,
        fingerprint=group_fingerprint(row.fingerprint),
        spki=group_fingerprint(row.spki),
        certificates=[_received(one, csr) for one in row.certificates.all()],
    )


def _findings(one: Onboarding, requests: list[Decoded]) -> list[Finding]:
    """Of the login, and of the request that counts now."""
    pem = next((request.row.csr_pem for request in requests if request.row.replaced_at is None), "")
    return [*check_login(one.mzp_login), *(preflight(pem, one.mzp_login).findings if pem else ())]


def evidence(one: Onboarding) -> dict[str, Any]:
    """All that is known of a case: as many queries for one with a long history as for a new one."""
    requests = [_decoded(row) for row in one.requests.select_related("approved_by").prefetch_related("certificates")]
    usually = usual_durations().get(one.status) if one.next_owner != Owner.NOBODY else None
    return {
        "one": one,
        "age": humanize_duration(timezone.now() - one.status_since),
        "usually": humanize_duration(usually) if usually else "",
        "subject": Subject(one.country, one.state, one.locality, one.organization, one.email, one.mzp_login).rows(),
        "findings": _findings(one, requests),
        "requests": requests,
        "looked_at": next((request.row.fingerprint for request in requests if request.row.replaced_at is None), ""),
        "returns": one.returns.select_related("actor").order_by("-at")[:TESTS],
        "client_ids": one.client_ids.all(),
        "tests": one.tests.filter(fault="")[:TESTS],
        "events": one.events.select_related("actor").order_by("-at", "-pk")[:EVENTS],
        "emails": one.emails.select_related("actor")[:NOTICES],
    }


def case_page(desk: CaseDesk, request: HttpRequest, object_id: str) -> HttpResponse:
    """The case's page, for whoever may read it."""
    require(desk.has_view_permission(request))
    try:
        one = Onboarding.objects.select_related("owner", "reviewer").get(pk=object_id)
    except (Onboarding.DoesNotExist, ValidationError):
        raise Http404 from None
    own = one.owner_id == actor_of(request).pk
    may_act = desk.has_review_permission(request) and not own
    context = desk.admin_site.each_context(request) | evidence(one)
    context |= {
        "title": f"{one.mzp_login}, {one.organization or 'no company yet'}",
        "own": own,
        # What staff write about somebody is not for that somebody, whichever door they come in by.
        "notes": [] if own else one.staff_notes.select_related("author")[:NOTICES],
        "may_act": may_act,
        "acts": possible_actions(one, actor_of(request)) if may_act else [],
        "may_hand_in": may_act and takes_certificate(one),
        "opts": desk.opts,
        "media": desk.media,
    }
    return TemplateResponse(request, "admin/onboarding/onboarding/case.html", context)
