"""What came back, in whatever form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django import forms
from django.core.files.uploadedfile import UploadedFile

from onboarding.forms.base import StepForm
from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.models import IssuedCertificate, Onboarding
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.client_ids import check_client_id, clean_client_id
from onboarding.pki.intake.reading import ReadResult, Upload, read_uploads
from onboarding.pki.validation.certificates import CandidateRequest, ValidationResult, validate_certificates
from onboarding.pki.validation.chain import certificate_name, is_ca
from onboarding.workflow.certificates import stored_certificates

BROUGHT = {"ca_added", "ca_known"}  # what a CA certificate without the partner's own can come to
USELESS = {"ca_left_out", "not_belonging"}
MISSING = {"leaf_missing", "nothing_received"}


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files: their list, empty where none was chosen."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Each file, cleaned."""
        chosen = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(one, initial) for one in chosen if one]


@dataclass(frozen=True)
class Found:
    """A certificate that was found: its name, the file it was in, and what it is."""

    name: str
    origin: str
    role: str


class CertificateForm(StepForm):
    """What came back: the certificate and its CA in any form and order, and the client ID."""

    files = ManyFilesField(  # type: ignore[assignment]  # a declared field, not the form's own attribute
        label="The files that came",
        required=False,
        allow_empty_file=True,
        help_text="Everything from the mail, in any order: .pem, .cer, .crt, .p7b, .zip, or the saved mail itself. "
        "Several can be chosen at once.",
    )
    text = forms.CharField(
        label="Or paste their text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text="The certificates as text, or the whole mail.",
    )
    client_id = forms.CharField(
        label="Client ID",
        required=False,
        max_length=255,
        help_text="From the same mail; it may be called application ID there. Add several one by one.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_id_label = forms.CharField(
        label="Your name for it",
        required=False,
        max_length=64,
        help_text="Optional, for telling several applications apart.",
    )

    def __init__(
        self,
        *args: Any,
        onboarding: Onboarding,
        requests: Sequence[CandidateRequest],
        now: datetime,
        kept: IssuedCertificate | None,
        has_client_id: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding, self.requests, self.now = onboarding, requests, now
        self.kept, self.has_client_id = kept, has_client_id
        self.answer: ValidationResult | None = None
        self.remarks: list[Finding] = []
        self.found: list[Found] = []
        self.offered: tuple[str, ...] = ()

    def clean_client_id(self) -> str:
        """Without the quotes and spaces that come along when it is copied; a login is not one."""
        typed = self.data.get(self.add_prefix("client_id"), "")
        if not typed.strip():
            return ""
        findings = check_client_id(typed, self.onboarding.mzp_login)
        self.add_findings(findings, "client_id")
        self.remarks += [finding for finding in findings if finding.severity == Severity.INFO]
        return clean_client_id(typed)

    def clean(self) -> dict[str, Any]:
        """Read everything that was sent, and hold it against the requests it may answer."""
        cleaned = super().clean() or self.cleaned_data
        pieces = [Upload(file.name or "file", file.read()) for file in cleaned.get("files", [])]
        if cleaned.get("text", "").strip():
            pieces.append(Upload("the pasted text", cleaned["text"].encode()))
        if pieces:
            self._judge(pieces)
        elif not self.kept:
            self.add_error("files", "Choose the files that came back, or paste their text below.")
        if not (cleaned.get("client_id") or self.has_client_id or "client_id" in self.errors):
            self._ask_for_client_id()
        return cleaned

    def _judge(self, pieces: list[Upload]) -> None:
        try:
            reading = read_uploads(pieces)
        except PkiError as error:
            self.show_instead(text="")  # a key is not shown again
            self.add_finding(error.finding, "files")
            return
        certificates = [found.certificate for found in reading.certificates]
        answer = validate_certificates(certificates, self.requests, self.now, stored_certificates(self.kept))
        self.offered = reading.client_ids
        self.found = _roles(reading, answer)
        if answer.accepted and (answer.leaf in certificates or BROUGHT & {one.code for one in answer.findings}):
            self.answer = answer
            self.remarks += [one for one in (*reading.findings, *answer.findings) if self._is_news(one)]
        else:
            self._refuse(reading, answer)

    def _is_news(self, finding: Finding) -> bool:
        """Whether it is worth saying beside a success: a warning that stands on the page already is not."""
        known = self.kept.findings if self.kept else []
        warns = finding.severity == Severity.WARNING
        return finding.severity != Severity.ERROR and not (warns and finding.to_dict() in known)

    def _refuse(self, reading: ReadResult, answer: ValidationResult) -> None:
        """Show what stops: of what could not be read first, as that may be just what is missing otherwise."""
        useless = [one for one in answer.findings if answer.accepted and one.code in USELESS]
        told = [one for one in (*reading.findings, *answer.findings) if one.severity == Severity.INFO]
        self.remarks += [one for one in told if one not in useless]
        self.add_findings(reading.findings, "files")
        unread = "files" in self.errors
        self.add_findings([one for one in answer.findings if not (unread and one.code in MISSING)], "files")
        for one in useless:
            self.add_finding(one, "files")
        self._keep(reading)

    def _ask_for_client_id(self) -> None:
        if not self.offered:
            self.add_finding(Finding("client_id_missing"), "client_id")
            return
        self.show_instead(client_id=self.offered[0])
        self.add_error(
            "client_id",
            f"The mail names {self.offered[0]} as a client ID, so we have filled it in. Check it, and hand it in.",
        )

    def _keep(self, reading: ReadResult) -> None:
        """Browsers forget chosen files: show the certificates that were read in them as text."""
        if reading.certificates:
            pems = (found.certificate.public_bytes(Encoding.PEM).decode() for found in reading.certificates)
            self.show_instead(text="".join(pems))


def _roles(reading: ReadResult, answer: ValidationResult) -> list[Found]:
    """Every certificate that was found, with what it is."""
    return [
        Found(certificate_name(one.certificate), one.origin, _role(one.certificate, answer))
        for one in reading.certificates
    ]


def _role(certificate: x509.Certificate, answer: ValidationResult) -> str:
    if certificate == answer.leaf:
        return "your certificate"
    if certificate in answer.chain:
        return "a certificate between yours and the CA certificate"
    if certificate in answer.anchors:
        first = certificate == answer.anchors[0]
        return "the CA certificate" if first else "a CA certificate, to recognise the gateway by"
    if not is_ca(certificate):
        return "does not belong to yours"
    return "a CA certificate that we left out" if answer.anchors else "a CA certificate that did not sign yours"
