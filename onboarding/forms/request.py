"""A request that was made elsewhere: to go on with, or only to be checked."""

from typing import Any

from django import forms

from onboarding.forms.base import StepForm
from onboarding.pki.preflight.checks import Preflight, preflight
from onboarding.pki.preflight.corrections import Correction, correct
from onboarding.pki.subject import Subject, clean_login


class UploadedRequestForm(StepForm):
    """A CSR as a file or as text, held against the operator's rules; `checked` has everything that was found."""

    csr_file = forms.FileField(label="The request as a file", required=False, help_text="Often called something.csr.")
    csr_text = forms.CharField(
        label="Or its text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text="From -----BEGIN CERTIFICATE REQUEST----- to -----END CERTIFICATE REQUEST-----.",
    )

    def __init__(self, *args: Any, login: str | None = None, known: Subject | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login, self.known = login, known
        self.checked: Preflight | None = None

    def clean(self) -> dict[str, Any]:
        """Run the preflight; what stops is shown, and a private key is not shown again."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("csr_file")
        data = file.read() if file else cleaned.get("csr_text", "").encode()
        if not data.strip():
            self.add_error("csr_file", "Choose the file with the request, or paste its text.")
            return cleaned
        self.checked = preflight(data, self.login)
        if any(finding.code == "private_key_uploaded" for finding in self.checked.findings):
            self.show_instead(csr_text="")
        return cleaned

    @property
    def correction(self) -> Correction | None:
        """The command that would make a refused request right, where there is something to start from."""
        refused = self.checked if self.checked and not self.checked.passes else None
        return correct(refused, self.login, self.known) if refused else None

    def stop_on_findings(self) -> None:
        """Show what stops the request as errors of the form."""
        if self.checked and not self.checked.passes:
            self.add_findings(self.checked.findings, "csr_file")


class ImportRequestForm(UploadedRequestForm):
    """A CSR to go on with: only one that passes."""

    def clean(self) -> dict[str, Any]:
        """Refuse what the operator would refuse."""
        cleaned = super().clean()
        self.stop_on_findings()
        return cleaned


class CheckForm(UploadedRequestForm):
    """A CSR to be checked, for a login or without one; whatever is found, nothing is stored."""

    mzp_login = forms.CharField(
        label="MZP login", required=False, help_text="Optional. The request must hold it as its common name."
    )
    field_order = ("csr_file", "csr_text", "mzp_login")

    def clean_mzp_login(self) -> str:
        """In capitals, without spaces."""
        self.login = clean_login(self.cleaned_data["mzp_login"]) or None
        return self.login or ""
