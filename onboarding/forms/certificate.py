"""The certificate step: the certificates that the partner received, in any file type and order, and the client ID."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.forms.base import StepForm
from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.models import IssuedCertificate, Onboarding
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.client_ids import FoundClientId, NamedEnvironment, check_client_id, clean_client_id
from onboarding.pki.intake.reading import ReadResult, Upload, read_uploads
from onboarding.pki.validation.certificates import CandidateRequest, ValidationResult, validate_certificates
from onboarding.pki.validation.chain import certificate_name, is_ca
from onboarding.pki.validation.environments import refuse_other_environment
from onboarding.workflow.certificates import refuse_renewed_certificate, stored_certificates
from onboarding.workflow.known_environments import known_environments

# Codes of findings, by what they mean for an upload.
ADDS_CA = {"ca_added", "ca_known"}  # the upload has CA certificates that are trusted beside the stored certificate
NOT_USED = {"ca_left_out", "not_belonging"}
MISSING = {"leaf_missing", "nothing_received"}


class MultipleFileInput(forms.ClearableFileInput):
    """A file input that accepts several files."""

    allow_multiple_selected = True


class MultipleFileField(forms.FileField):
    """Several files. The cleaned value is a list, empty where no file was chosen."""

    widget = MultipleFileInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Return each file, cleaned."""
        files = data if isinstance(data, list | tuple) else [data]
        return [super(MultipleFileField, self).clean(file, initial) for file in files if file]


class CertificateRole(Enum):
    """What an uploaded certificate is, compared with the partner's request."""

    END_ENTITY = "end_entity"
    INTERMEDIATE = "intermediate"
    ISSUING_CA = "issuing_ca"
    GATEWAY_CA = "gateway_ca"
    CA_LEFT_OUT = "ca_left_out"
    CA_OF_ANOTHER = "ca_of_another"
    UNRELATED = "unrelated"

    @property
    def label(self) -> str | Promise:
        """The role in words."""
        return ROLE_LABELS[self]


ROLE_LABELS = {
    CertificateRole.END_ENTITY: _("your certificate"),
    CertificateRole.INTERMEDIATE: _("a certificate between yours and the CA certificate"),
    CertificateRole.ISSUING_CA: _("the CA certificate"),
    CertificateRole.GATEWAY_CA: _("a CA certificate that identifies the gateway"),
    CertificateRole.CA_LEFT_OUT: _("a CA certificate that we left out"),
    CertificateRole.CA_OF_ANOTHER: _("a CA certificate that did not sign yours"),
    CertificateRole.UNRELATED: _("does not belong to your certificate"),
}


USED_ROLES = frozenset(
    {
        CertificateRole.END_ENTITY,
        CertificateRole.INTERMEDIATE,
        CertificateRole.ISSUING_CA,
        CertificateRole.GATEWAY_CA,
    }
)


@dataclass(frozen=True)
class UploadedCertificate:
    """A certificate that was found in the upload: its name, the file that contained it, and its role."""

    name: str
    file_name: str
    role: CertificateRole

    @property
    def icon(self) -> str:
        """The icon beside it: "good" if it is used, else "warn"."""
        return "good" if self.role in USED_ROLES else "warn"


@dataclass(frozen=True)
class AcceptedClientId:
    """A client ID that passed every check, with its label, which may be empty."""

    value: str
    label: str


@dataclass(frozen=True)
class AcceptedParts:
    """The halves of the form that may be stored: `certificates` and `client_id`, each None where it is not accepted.

    Each half is accepted by itself, so that nobody has to choose files again because of a mistyped client ID.
    """

    certificates: ValidationResult | None = None
    client_id: AcceptedClientId | None = None


class CertificateForm(StepForm):
    """The certificates and the client ID.

    The contract: after `is_valid()`, whatever it returned, `accepted` has what may be stored, and nothing else of the
    form may be. A valid form has no errors and everything that the step needs; an invalid form can still have one
    accepted half. `remarks` are the findings to show and store with accepted certificates; `uploaded` lists every
    certificate that was found in the upload.
    """

    files = MultipleFileField(  # type: ignore[assignment]  # a declared field, not the form's own attribute
        label=_("Certificate files"),
        required=False,
        allow_empty_file=True,
        help_text=_(
            "Choose or drop every file from the email: .pem, .cer, .crt, .p7b or .zip. The saved email works, too."
        ),
    )
    text = forms.CharField(
        label=_("Text of the certificates"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text=_("Paste the certificates as text, or the whole email."),
    )
    client_id = forms.CharField(
        label=_("Client ID"),
        required=False,
        max_length=255,
        help_text=_("It’s in the same email, sometimes called application ID."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_id_label = forms.CharField(
        label=_("Label (optional)"),
        required=False,
        max_length=64,
        help_text=_("Add one client ID at a time."),
    )

    def __init__(
        self,
        *args: Any,
        onboarding: Onboarding,
        requests: Sequence[CandidateRequest],
        now: datetime,
        issued_certificate: IssuedCertificate | None,
        has_client_id: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding, self.requests, self.now = onboarding, requests, now
        self.issued_certificate, self.has_client_id = issued_certificate, has_client_id
        self.accepted = AcceptedParts()
        self.remarks: list[Finding] = []
        self.uploaded: list[UploadedCertificate] = []
        self.missing_ca = ""

    def set_aside_missing_ca(self) -> None:
        """Take the error that only the CA certificate is missing off the form: half of the files are there.

        Call this after `is_valid`. The page says it with `missing_ca`, without red.
        """
        errors = self.errors.as_data().get("files", [])
        if [error.code for error in errors] == ["ca_missing"]:
            self.missing_ca = str(getattr(errors[0], "remedy", ""))
            if self.accepted.client_id:  # it is stored
                self.replace_typed(client_id="", client_id_label="")
            del self.errors["files"]

    def clean_client_id(self) -> str:
        """Return the client ID without the quotes and spaces that come along when it is copied."""
        typed = self.data.get(self.add_prefix("client_id"), "")
        if not typed.strip():
            return ""
        findings = check_client_id(typed, self.onboarding.mzp_login)
        self.add_findings(findings, "client_id")
        self.remarks += [finding for finding in findings if finding.severity == Severity.INFO]
        return clean_client_id(typed)

    def clean(self) -> dict[str, Any]:
        """Read the upload, validate its certificates against the candidate requests, and set `accepted`."""
        cleaned = super().clean() or self.cleaned_data
        uploads = [Upload(file.name or gettext("file"), file.read()) for file in cleaned.get("files", [])]
        if cleaned.get("text", "").strip():
            uploads.append(Upload("", cleaned["text"].encode()))
        certificates, offered = self._validate(uploads) if uploads else (None, ())
        if not uploads and not self.issued_certificate:
            self.add_error("files", gettext("Choose the certificate files, or paste their text."))
        if not (cleaned.get("client_id") or self.has_client_id or "client_id" in self.errors):
            self._ask_for_client_id(offered)
        self.accepted = AcceptedParts(certificates, self._accepted_client_id(cleaned))
        return cleaned

    def _accepted_client_id(self, cleaned: dict[str, Any]) -> AcceptedClientId | None:
        # Not by `cleaned` alone: Django stores what clean_client_id returns, also after it added an error.
        refused = {"client_id", "client_id_label"} & set(self.errors)
        if refused or not cleaned.get("client_id"):
            return None
        return AcceptedClientId(cleaned["client_id"], cleaned.get("client_id_label", ""))

    def _validate(self, uploads: list[Upload]) -> tuple[ValidationResult | None, tuple[FoundClientId, ...]]:
        """Return the certificates if they are accepted, and the client IDs that stand in the upload's text."""
        try:
            reading = read_uploads(uploads)
        except PkiError as error:
            self.replace_typed(text="")  # a private key is not shown again
            self.add_finding(error.finding, "files")
            return None, ()
        certificates = [found.certificate for found in reading.certificates]
        stored = stored_certificates(self.issued_certificate)
        known = known_environments(self.onboarding)
        result = validate_certificates(certificates, self.requests, self.now, stored, known.current_hosts)
        result = refuse_renewed_certificate(self.onboarding, refuse_other_environment(result, known))
        self.uploaded = [
            UploadedCertificate(certificate_name(found.certificate), found.file_name, _role(found.certificate, result))
            for found in reading.certificates
        ]
        adds_ca = any(finding.code in ADDS_CA for finding in result.findings)
        if result.accepted and (result.leaf in certificates or adds_ca):
            self.remarks += [finding for finding in (*reading.findings, *result.findings) if self._is_new(finding)]
            return result, reading.client_ids
        self._refuse(reading, result)
        return None, reading.client_ids

    def _is_new(self, finding: Finding) -> bool:
        """Whether the page has to say it after a success: not an error, and not a warning that it shows already."""
        if finding.severity == Severity.WARNING and self.issued_certificate:
            return Finding.from_dict(finding.to_dict()) not in self.issued_certificate.stored_findings
        return finding.severity != Severity.ERROR

    def _refuse(self, reading: ReadResult, result: ValidationResult) -> None:
        """Show the errors: first those of unreadable files, because such a file may be the one that is missing."""
        not_used = [finding for finding in result.findings if result.accepted and finding.code in NOT_USED]
        informs = [finding for finding in (*reading.findings, *result.findings) if finding.severity == Severity.INFO]
        self.remarks += [finding for finding in informs if finding not in not_used]
        self.add_findings(reading.findings, "files")
        unreadable = "files" in self.errors
        self.add_findings([found for found in result.findings if not (unreadable and found.code in MISSING)], "files")
        for finding in not_used:
            self.add_finding(finding, "files")
        self._show_certificates(reading)

    def _show_certificates(self, reading: ReadResult) -> None:
        """Show the certificates that were read as text, because browsers don't send chosen files a second time."""
        if reading.certificates:
            pems = (found.certificate.public_bytes(Encoding.PEM).decode() for found in reading.certificates)
            self.replace_typed(text="".join(pems))

    def _ask_for_client_id(self, offered: Sequence[FoundClientId]) -> None:
        """Say that the client ID is missing; fill in the first one that stands in the email's text, with its label."""
        if not offered:
            self.add_finding(Finding("client_id_missing"), "client_id")
            return
        first = offered[0]
        self.replace_typed(client_id=first.value)
        message, params = _ONE_OFFERED, {"client_id": first.value}
        if offered[1:]:
            label = ENVIRONMENT_LABELS.get(first.environment)
            if label and not self.data.get(self.add_prefix("client_id_label"), ""):
                self.replace_typed(client_id_label=str(label))
            message, params["others"] = _SEVERAL_OFFERED, ", ".join(map(_described, offered[1:]))
        self.add_error("client_id", forms.ValidationError(message, code="client_id_offered", params=params))


ENVIRONMENT_LABELS = {
    NamedEnvironment.PRODUCTION: _("production"),
    NamedEnvironment.PREPRODUCTION: _("pre-production"),
}
_ONE_OFFERED = _("We found the client ID %(client_id)s in the email and filled it in. Check it, then upload again.")
_SEVERAL_OFFERED = _(
    "We found several client IDs in the email and filled in %(client_id)s. Check it, then upload again. You can add "
    "the others afterwards: %(others)s."
)


def _described(found: FoundClientId) -> str:
    """Return a client ID with its environment, if the email names one."""
    label = ENVIRONMENT_LABELS.get(found.environment)
    return f"{found.value} ({label})" if label else found.value


def _role(certificate: x509.Certificate, result: ValidationResult) -> CertificateRole:
    if certificate == result.leaf:
        return CertificateRole.END_ENTITY
    if certificate in result.chain:
        return CertificateRole.INTERMEDIATE
    if certificate in result.anchors:
        return CertificateRole.ISSUING_CA if certificate == result.anchors[0] else CertificateRole.GATEWAY_CA
    if not is_ca(certificate):
        return CertificateRole.UNRELATED
    return CertificateRole.CA_LEFT_OUT if result.anchors else CertificateRole.CA_OF_ANOTHER
