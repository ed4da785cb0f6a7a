"""The case: everything about one onboarding on one page. It only reads, and never reads key material."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from onboarding.messages.finding import Finding
from onboarding.models import CertificateRequest, IssuedCertificate, Onboarding, OutgoingEmail
from onboarding.notifications.partner_emails import title_of
from onboarding.pki.preflight.checks import preflight
from onboarding.pki.subject import SUBJECT_FIELDS, Subject, check_login, name_rows
from onboarding.pki.validation.chain import display_name
from onboarding.review.actions import likely_action, possible_actions
from onboarding.review.additions import upload_refusal
from onboarding.review.formatting import group_fingerprint, humanize_duration
from onboarding.review.lateness import is_late, usual_duration, usual_durations
from onboarding.review.proposals import shown_proposal
from onboarding.review.roles import ReadOnlyCaseAdmin, actor_of, require_permission
from onboarding.workflow.expiry import expiry_text
from onboarding.workflow.next_step import progress_of
from onboarding.workflow.requests import integrity_finding

EVENTS_MAX, TESTS_MAX, NOTES_MAX, EMAILS_MAX = 200, 20, 50, 50  # rows of each that the page shows, the newest

SubjectRow = tuple[str, str, str]  # a field's label, short name and value


@dataclass(frozen=True)
class ChainEntry:
    """A certificate of a chain: its role and depth in the tree, and its dates.

    `left`, `width` and `today` are percentages of the time from the earliest to the latest date in the tree.
    """

    role: str
    depth: int
    name: str
    issuer: str
    serial: str
    fingerprint: list[str]
    valid_from: datetime
    valid_to: datetime
    left: float
    width: float
    today: float


@dataclass(frozen=True)
class SubjectComparison:
    """A field of the subject, as requested and as issued."""

    field: str
    requested: str
    issued: str

    @property
    def is_same(self) -> bool:
        """Whether the CA issued what was requested."""
        return self.requested == self.issued


@dataclass(frozen=True)
class DecodedCertificate:
    """An issued certificate with its chain, the root first, and its subject beside the requested one."""

    row: IssuedCertificate
    chain: list[ChainEntry]
    comparisons: list[SubjectComparison]
    findings: list[Finding]


@dataclass(frozen=True)
class DecodedRequest:
    """A certificate request with its contents as text, and the certificates that were issued for it."""

    row: CertificateRequest
    subject: tuple[SubjectRow, ...]
    algorithm: str
    is_signature_valid: bool
    fingerprint: list[str]
    spki: list[str]
    certificates: list[DecodedCertificate]


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return ", ".join(str(attribute.value) for attribute in name.get_attributes_for_oid(oid))


def _tree(row: IssuedCertificate) -> list[tuple[str, int, x509.Certificate]]:
    """Return (role, depth, certificate) of each stored certificate: the path from the root, then the others."""
    path = row.path
    issuers = [(_("Anchor") if ca in row.anchors else _("Intermediate"), ca) for ca in reversed(path)]
    chain = [*issuers, (_("Partner’s certificate"), row.certificate)]
    tree = [(role, depth, certificate) for depth, (role, certificate) in enumerate(chain)]
    tree += [(_("CA, to recognise the gateway by"), 0, ca) for ca in row.anchors if ca not in path]
    return tree + [(_("Not in use"), 0, ca) for ca in row.chain if ca not in path]


def chain_entries(row: IssuedCertificate) -> list[ChainEntry]:
    """Return the entries of the tree, with the dates of all certificates on the same scale."""
    tree = _tree(row)
    now = timezone.now()
    first = min(*(certificate.not_valid_before_utc for *_rest, certificate in tree), now)
    last = max(*(certificate.not_valid_after_utc for *_rest, certificate in tree), now)
    scale = 100 / max((last - first).total_seconds(), 1)

    def position(time: datetime) -> float:
        return round((time - first).total_seconds() * scale, 2)

    return [
        ChainEntry(
            role=role,
            depth=depth,
            name=display_name(certificate.subject),
            issuer=display_name(certificate.issuer),
            serial=f"{certificate.serial_number:x}",
            fingerprint=group_fingerprint(certificate.fingerprint(hashes.SHA256()).hex()),
            valid_from=certificate.not_valid_before_utc,
            valid_to=certificate.not_valid_after_utc,
            left=position(certificate.not_valid_before_utc),
            width=max(position(certificate.not_valid_after_utc) - position(certificate.not_valid_before_utc), 0.5),
            today=position(now),
        )
        for role, depth, certificate in tree
    ]


def _decode_certificate(row: IssuedCertificate, csr: x509.CertificateSigningRequest) -> DecodedCertificate:
    issued = row.certificate.subject
    comparisons = [
        SubjectComparison(field.label, _values(csr.subject, field.oid), _values(issued, field.oid))
        for field in SUBJECT_FIELDS
    ]
    return DecodedCertificate(row, chain_entries(row), comparisons, row.stored_findings)


def _decode_request(row: CertificateRequest) -> DecodedRequest:
    csr = row.csr
    return DecodedRequest(
        row=row,
        subject=name_rows(csr.subject),
        algorithm=_algorithm(csr),
        is_signature_valid=csr.is_signature_valid,
        fingerprint=group_fingerprint(row.fingerprint),
        spki=group_fingerprint(row.spki),
        certificates=[_decode_certificate(certificate, csr) for certificate in row.certificates.all()],
    )


def _algorithm(csr: x509.CertificateSigningRequest) -> str:
    """Return the names of the key's and the signature's algorithms."""
    key, digest = csr.public_key(), csr.signature_hash_algorithm
    size = _("RSA, %(bits)d bits") % {"bits": key.key_size} if isinstance(key, RSAPublicKey) else type(key).__name__
    return f"{size}, {digest.name.upper()}" if digest else size


def findings_of(onboarding: Onboarding, current: CertificateRequest | None) -> list[Finding]:
    """Return the findings about the login and the current request."""
    findings = [*check_login(onboarding.mzp_login)]
    if current is None:
        return findings
    altered = integrity_finding(current)
    findings += [altered] if altered else []
    return [*findings, *preflight(current.csr_pem, onboarding.mzp_login).findings]


def case_context(onboarding: Onboarding) -> dict[str, Any]:
    """Return what the page shows about a case; the number of queries doesn't depend on the length of its history."""
    rows = onboarding.requests.select_related("approved_by").prefetch_related("certificates")
    requests = [_decode_request(row) for row in rows]
    current = next((request.row for request in requests if request.row.replaced_at is None), None)
    age = timezone.now() - onboarding.status_since
    usual = usual_duration(onboarding, usual_durations())
    subject = Subject(
        onboarding.country,
        onboarding.state,
        onboarding.locality,
        onboarding.organization,
        onboarding.email,
        onboarding.mzp_login,
    )
    return {
        "onboarding": onboarding,
        "open_return": onboarding.open_return,
        "next_action": progress_of(onboarding).next_action,
        "expiry": expiry_text(onboarding.expires_at) if onboarding.expires_at else "",
        "members": onboarding.memberships.select_related("user"),
        "age": humanize_duration(age),
        "usual_duration": humanize_duration(usual) if usual else "",
        "is_late": usual is not None and is_late(age, usual),
        "subject": subject.rows(),
        "findings": findings_of(onboarding, current),
        "requests": requests,
        "current_fingerprint": current.fingerprint if current else "",
        "client_ids": onboarding.client_ids.all(),
        "tests": onboarding.tests.filter(fault="")[:TESTS_MAX],
        "events": onboarding.events.select_related("actor").order_by("-at", "-pk")[:EVENTS_MAX],
        "emails": [(email, title_of(email)) for email in _emails_of(onboarding)],
    }


def _emails_of(onboarding: Onboarding) -> QuerySet[OutgoingEmail]:
    rows = onboarding.emails.select_related("actor", "user", "address")
    return rows.order_by("-at", "-pk")[:EMAILS_MAX]


def case_page(model_admin: ReadOnlyCaseAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Return the page of the case."""
    require_permission(model_admin.has_view_permission(request))
    try:
        onboarding = Onboarding.objects.select_related("owner", "reviewer").get(pk=object_id)
    except (Onboarding.DoesNotExist, ValidationError):
        raise Http404 from None
    actor = actor_of(request)
    is_own = onboarding.is_owned_by(actor)
    may_act = model_admin.has_review_permission(request) and not is_own
    actions = possible_actions(onboarding, actor) if may_act else []
    context = model_admin.admin_site.each_context(request) | case_context(onboarding)
    context |= {
        "title": f"{onboarding.mzp_login}, {onboarding.organization or _('no company yet')}",
        "is_own": is_own,
        # Staff who are partners must not read notes about themselves.
        "notes": [] if is_own else onboarding.staff_notes.select_related("author")[:NOTES_MAX],
        "may_act": may_act,
        "actions": actions,
        "likely_action": likely_action(onboarding, actions),
        "proposal": shown_proposal(onboarding, actor, may_act=may_act),
        "may_upload": may_act and upload_refusal(onboarding, actor) is None,
        "opts": model_admin.opts,
        "media": model_admin.media,
    }
    return TemplateResponse(request, "admin/onboarding/onboarding/case.html", context)
