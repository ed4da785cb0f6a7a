"""The request step, and a CSR that the partner uploads: to continue with it, or only to check it."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.forms.base import PassphraseField, StepForm
from onboarding.pki.preflight.checks import Preflight, preflight
from onboarding.pki.preflight.corrections import Correction, correct
from onboarding.pki.subject import Subject, clean_login


class RequestForm(StepForm):
    """Two proofs: the partner has the passphrase, and has sent the request. A `proved` passphrase is not asked for."""

    passphrase = PassphraseField(help_text=_("Copy it from your password manager."))
    sent = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, proved: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if proved:
            del self.fields["passphrase"]
            self.fields["sent"].required = True
            self.fields["sent"].initial = True  # the button says it
        else:
            del self.fields["sent"]


class UploadedRequestForm(StepForm):
    """A CSR as a file or as text. After validation, `checked` holds the preflight's result, also for a bad request."""

    csr_file = forms.FileField(
        label=_("Request file"), required=False, help_text=_("The name usually ends in .csr, .pem or .txt.")
    )
    csr_text = forms.CharField(
        label=_("Or paste its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text=_("From -----BEGIN CERTIFICATE REQUEST----- to -----END CERTIFICATE REQUEST-----."),
    )

    def __init__(self, *args: Any, login: str | None = None, known: Subject | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login, self.known = login, known
        self.checked: Preflight | None = None

    def clean(self) -> dict[str, Any]:
        """Run the preflight. A private key that was pasted is not shown again."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("csr_file")
        data = file.read() if file else cleaned.get("csr_text", "").encode()
        if not data.strip():
            self.add_error("csr_file", gettext("Choose the request file, or paste its text."))
            return cleaned
        self.checked = preflight(data, self.login)
        if any(finding.code == "private_key_uploaded" for finding in self.checked.findings):
            self.replace_typed(csr_text="")
        return cleaned

    @property
    def correction(self) -> Correction | None:
        """The command that makes a corrected request; None where the request passes or has no subject."""
        if self.checked is None or self.checked.passes:
            return None
        return correct(self.checked, self.login, self.known)


class CheckForm(UploadedRequestForm):
    """A CSR to check, with or without a login. A request with errors is valid input: the page lists its findings."""

    mzp_login = forms.CharField(
        label=_("MZP login (optional)"),
        required=False,
        help_text=_("With it, we check that the request’s common name is your login."),
    )
    field_order = ("csr_file", "csr_text", "mzp_login")

    def clean_mzp_login(self) -> str:
        """Return the login in capitals, without spaces."""
        self.login = clean_login(self.cleaned_data["mzp_login"]) or None
        return self.login or ""
