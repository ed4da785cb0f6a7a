"""Many cases at once: the CSRs of the selected cases as a zip file, and a batch of certificates for many cases."""

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.forms.base import as_paragraph
from onboarding.forms.certificate import MultipleFileField
from onboarding.limits import DESK_ADDITIONS, UPLOADS
from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.models import CLOSED, CertificateRequest, Onboarding, User
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.batches import split_batch
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.validation.candidates import spki_of
from onboarding.pki.validation.chain import certificate_name, find_issuers, is_ca
from onboarding.review.additions import certificate_form, is_limited, store_or_propose, upload_refusal
from onboarding.review.export import escape_formulas
from onboarding.review.refusals import Refusal
from onboarding.review.roles import ReadOnlyCaseAdmin, actor_of, require_permission
from onboarding.workflow.requests import checked_csr
from onboarding.workflow.transitions import TransitionNotAllowedError

EXPORT_MAX = 1000  # requests of one zip file
BATCH_MAX = 200  # certificates of one batch
CASES_CHUNK = 100  # cases that are read at a time
MANIFEST = "manifest.csv"
MANIFEST_HEADERS = ("reference", "login", "company", "fingerprint", "file", "problem")


class _Pipe(io.RawIOBase):
    """A file that is written to, and emptied by `taken`; zipfile needs no more of a target."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data


def zip_of_requests(cases: QuerySet[Onboarding]) -> Iterator[bytes]:
    """Yield a zip file with the current CSR of each case, and at its end the manifest (CSV, UTF-8).

    A case without a CSR that may be signed is only a row of the manifest, which says why. One CSR is in memory at a
    time, and one row of the manifest for each.
    """
    pipe, rows = _Pipe(), io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(MANIFEST_HEADERS)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for onboarding in cases.iterator(chunk_size=CASES_CHUNK):
            request, problem = onboarding.request, ""
            name = get_valid_filename(f"{onboarding.mzp_login}-{onboarding.pk.hex[:12]}.csr")
            try:
                problem = _export_problem(request)
                if request and not problem:
                    archive.writestr(name, checked_csr(request))
            except PkiError as error:
                problem = error.finding.text
            fingerprint = request.fingerprint if request else ""
            values = (onboarding.pk, onboarding.mzp_login, onboarding.organization, fingerprint)
            writer.writerow([escape_formulas(value) for value in (*values, "" if problem else name, problem)])
            yield pipe.taken()
        archive.writestr(MANIFEST, "\ufeff" + rows.getvalue())
    yield pipe.taken()


def _export_problem(request: CertificateRequest | None) -> str:
    if request is None:
        return _("There is no request.")
    return _("The request is not approved.") if request.needs_approval else ""


@admin.action(description=gettext_lazy("Export the requests"), permissions=["review"])
def export_requests(
    model_admin: ReadOnlyCaseAdmin, request: HttpRequest, queryset: QuerySet[Onboarding]
) -> StreamingHttpResponse | None:
    """Return the zip file, which no cache may store."""
    if queryset.count() > EXPORT_MAX:
        text = _("Select at most %(count)d cases. You can filter the list first.")
        messages.error(request, text % {"count": EXPORT_MAX})
        return None
    if is_limited(request, None, DESK_ADDITIONS):
        return None
    response = StreamingHttpResponse(zip_of_requests(queryset), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="requests.zip"'
    response["Cache-Control"] = "no-store"
    return response


class BatchForm(forms.Form):
    """The files of a batch: certificates for any cases, also in zip files."""

    files = MultipleFileField(  # type: ignore[assignment]  # a declared field, not the form's own attribute
        label=gettext_lazy("Certificate files"),
        allow_empty_file=True,
        help_text=gettext_lazy("One zip file, or several files. Include the CA certificates."),
        error_messages={"required": gettext_lazy("Choose the certificate files.")},
    )


@dataclass(frozen=True)
class BatchRow:
    """What became of one certificate or file: the sentence for staff, and the case if there is one."""

    file_name: str
    text: str
    name: str = ""
    onboarding: Onboarding | None = None
    taken: bool = False


@dataclass(frozen=True)
class Batch:
    """The certificates of a batch with the names of their files, and a row for each file that was not read."""

    leaves: list[tuple[x509.Certificate, str]]
    cas: list[x509.Certificate]
    unread: list[BatchRow]


def read_batch(uploads: Sequence[Upload]) -> Batch:
    """Read each file by itself, so that one that is damaged or has a private key does not hinder the others."""
    seen: set[x509.Certificate] = set()
    batch = Batch([], [], [])
    for file in split_batch(uploads):
        if isinstance(file, Finding):
            batch.unread.append(_unread(file))
            continue
        try:
            reading = read_uploads([file])
        except PkiError as error:
            batch.unread.append(_unread(error.finding, file.name))
            continue
        batch.unread.extend(_unread(found, file.name) for found in reading.findings if _is_problem(found))
        for found in reading.certificates:
            if found.certificate in seen:
                continue
            seen.add(found.certificate)
            if is_ca(found.certificate):
                batch.cas.append(found.certificate)
            else:
                batch.leaves.append((found.certificate, file.name))
    return batch


def _is_problem(finding: Finding) -> bool:
    return finding.severity == Severity.ERROR


def _unread(finding: Finding, file_name: str = "") -> BatchRow:
    return BatchRow(file_name or finding.found, as_paragraph(finding))


def take_batch(batch: Batch, actor: User) -> list[BatchRow]:
    """Store each certificate in the case whose request has its key, and return what became of each.

    Each is checked and stored as the upload to a single case is: by the same form, functions and refusals.
    """
    cases = _cases_by_key([leaf for leaf, _name in batch.leaves])
    rows = []
    for number, (leaf, file_name) in enumerate(batch.leaves):
        found = cases.get(spki_of(leaf), [])
        name = certificate_name(leaf)
        if number >= BATCH_MAX:
            text = _("Left out: the limit is %(count)d certificates.") % {"count": BATCH_MAX}
            rows.append(BatchRow(file_name, text, name))
        elif not found:
            rows.append(BatchRow(file_name, _("No request has this key."), name))
        elif len(found) > 1:
            rows.append(BatchRow(file_name, _("Several cases have this key. Upload it at the right case."), name))
        else:
            taken, text = _take(found[0], actor, leaf, batch.cas)
            rows.append(BatchRow(file_name, text, name, found[0], taken))
    return rows + batch.unread


def _cases_by_key(leaves: Sequence[x509.Certificate]) -> dict[str, list[Onboarding]]:
    """Return the cases for each key: the open ones if there are any, and of a renewal with the same key only that."""
    keys = {spki_of(leaf) for leaf in leaves} - {""}
    by_key: dict[str, dict[object, Onboarding]] = defaultdict(dict)
    requests = CertificateRequest.objects.filter(spki__in=keys).select_related("onboarding__owner").order_by("pk")
    for request in requests:
        by_key[request.spki][request.onboarding_id] = request.onboarding
    return {key: _likely(list(found.values())) for key, found in by_key.items()}


def _likely(cases: list[Onboarding]) -> list[Onboarding]:
    cases = [case for case in cases if case.status not in CLOSED] or cases
    renewed = {case.renews_id for case in cases}
    return [case for case in cases if case.pk not in renewed]


def _take(
    onboarding: Onboarding, actor: User, leaf: x509.Certificate, cas: Sequence[x509.Certificate]
) -> tuple[bool, str]:
    """Return whether the certificate was stored or proposed, and the sentence about it."""
    onboarding = Onboarding.objects.select_related("owner").get(pk=onboarding.pk)
    if refused := upload_refusal(onboarding, actor):
        return False, refused.text(onboarding)
    # Only the CA certificates above this one: those of others must not become trusted.
    pem = "".join(each.public_bytes(Encoding.PEM).decode() for each in (leaf, *find_issuers(leaf, cas)))
    form = certificate_form({"text": pem}, None, onboarding)
    form.is_valid()  # a batch has no client IDs, so the form can lack one
    if form.accepted.certificates is None:
        return False, " ".join(str(error) for error in form.errors.get("files", form.non_field_errors()))
    try:
        return True, store_or_propose(onboarding, actor, form)
    except TransitionNotAllowedError:
        return False, Refusal.CASE_CHANGED.text(onboarding)


def certificates_view(model_admin: ReadOnlyCaseAdmin) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view with the form for a batch. After an upload, it lists what was taken, and why others were not."""

    def view(request: HttpRequest) -> HttpResponse:
        require_permission(model_admin.has_view_permission(request) and model_admin.has_review_permission(request))
        form, rows = BatchForm(request.POST or None, request.FILES or None), None
        if request.method == "POST" and not is_limited(request, None, UPLOADS) and form.is_valid():
            rows = take_batch(read_batch(_uploads(form.cleaned_data["files"])), actor_of(request))
        context = model_admin.admin_site.each_context(request) | {
            "title": _("Upload certificates"),
            "form": form,
            "taken": [row for row in rows or () if row.taken],
            "refused": [row for row in rows or () if not row.taken],
            "is_done": rows is not None,
            "opts": model_admin.opts,
            "media": model_admin.media,
        }
        return TemplateResponse(request, "admin/onboarding/onboarding/upload_certificates.html", context)

    return view


def _uploads(files: "Sequence[UploadedFile[bytes]]") -> list[Upload]:
    return [Upload(file.name or _("file"), file.read()) for file in files]
