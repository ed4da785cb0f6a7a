"""One form a step: what is typed is cleaned, checked and explained here; nothing is written."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from cryptography.hazmat.primitives.serialization import Encoding
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.views.decorators.debug import sensitive_variables
from django_countries import countries
from zxcvbn import zxcvbn

from onboarding.environments import Environment, offered
from onboarding.models import ClientId, Onboarding
from onboarding.pki.answer import Answer, KnownRequest, judge_answer
from onboarding.pki.errors import PkiError
from onboarding.pki.findings import Finding, Severity
from onboarding.pki.keys import KEY_SIZES
from onboarding.pki.reading import Piece, Reading, read_pieces
from onboarding.pki.subject import Subject, check_login, check_subject, clean_login, clean_value

PASSPHRASE_MIN = 12
PASSPHRASE_MAX = 256  # characters; the tools that a partner uses read a kibibyte
PASSPHRASE_SCORE = 3  # of 4: zxcvbn's "safely unguessable", before the Argon2id that each guess costs
ZXCVBN_READS = 72  # characters; it raises above


def said(finding: Finding) -> str:
    """A finding as one paragraph: what is wrong, and how to mend it."""
    return f"{finding.text} {finding.remedy}".strip()


class StepForm(forms.Form):
    """A form laid out by crispy-forms inside the page's own <form>, with a summary of what is wrong above it."""

    use_required_attribute = False  # the page says what is missing in its own words, next to the field

    @property
    def helper(self) -> FormHelper:
        """The layout: the page has the tags, the token and the summary."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.form_show_errors = True
        return helper

    def add_findings(self, findings: Sequence[Finding], default: str) -> None:
        """Show the findings that stop, each at its field, or at the field `default`."""
        for finding in findings:
            if finding.severity == Severity.STOPS:
                self.add_error(finding.field if finding.field in self.fields else default, said(finding))

    def keep_nothing(self, *names: str) -> None:
        """Do not show again what was typed into the fields `names`."""
        self.show_instead(**dict.fromkeys(names, ""))

    def show_instead(self, **values: str) -> None:
        """Show these values in place of what was typed."""
        self.data = {**dict(self.data.items()), **{self.add_prefix(name): value for name, value in values.items()}}


class PassphraseField(forms.CharField):
    """The passphrase of a key, just as it was typed: spaces count."""

    def __init__(self, *, label: str, help_text: str = "", new: bool = False) -> None:
        autocomplete = "new-password" if new else "off"
        super().__init__(
            label=label,
            help_text=help_text,
            strip=False,
            max_length=PASSPHRASE_MAX,
            error_messages={"required": f"Enter the {label[0].lower()}{label[1:]}."},
            widget=forms.PasswordInput(attrs={"autocomplete": autocomplete, "data-reveal": "", "spellcheck": "false"}),
        )


class LoginForm(StepForm):
    """Which login, and with which side; a login of an unusual shape is asked about once."""

    onboarding = forms.UUIDField(widget=forms.HiddenInput, required=False)
    mzp_login = forms.CharField(
        label="MZP login",
        required=False,
        help_text="The login that Stellantis gave your company. It usually looks like MZP123456.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    environment = forms.ChoiceField(label="What is this for?", widget=forms.RadioSelect)
    login_confirmed = forms.BooleanField(label="Yes, this is exactly the login that Stellantis gave us", required=False)

    EXPLAINED = {
        Environment.REHEARSAL: "Rehearsal: walk through every step against a stand-in for Stellantis on this server",
        Environment.PRODUCTION: "Production: the real Stellantis API, with the certificate that they will sign",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(value, self.EXPLAINED[Environment(value)]) for value, _ in offered()]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["environment"].initial = choices[0][0]
        self.fields["onboarding"].initial = uuid.uuid4()
        self.asks = False
        if "login_confirmed" not in self.data:
            self.hide_question()

    def hide_question(self) -> None:
        """Only an unusual login is asked about."""
        self.fields["login_confirmed"].widget = forms.HiddenInput()

    def clean_mzp_login(self) -> str:
        """The login without spaces and invisible characters, in capitals."""
        login = clean_login(self.cleaned_data["mzp_login"])
        findings = check_login(login)
        self.add_findings(findings, "mzp_login")
        self.asks = any(finding.severity == Severity.WARNS for finding in findings)
        return login

    def clean(self) -> dict[str, Any]:
        """Ask about an unusual login until the box is ticked."""
        cleaned = super().clean() or self.cleaned_data
        login = cleaned.get("mzp_login", "")
        if self.asks and not cleaned.get("login_confirmed"):
            self.fields["login_confirmed"].widget = forms.CheckboxInput()
            for finding in check_login(login):
                self.add_error("mzp_login", f"{said(finding)} If it is, tick the box below and continue.")
        return cleaned


class CompanyForm(StepForm):
    """Who the certificate is for: the subject, less what the operator prescribes and the login."""

    country = forms.CharField(
        label="Country",
        required=False,
        widget=forms.Select(attrs={"autocomplete": "country"}),
        help_text="Where your company is registered.",
    )
    state = forms.CharField(
        label="State, province or region", required=False, help_text="For example Île-de-France, or Kansas."
    )
    locality = forms.CharField(label="City", required=False, help_text="For example Paris.")
    organization = forms.CharField(
        label="Company name",
        required=False,
        help_text="As it should stand in the certificate.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = forms.CharField(
        label="E-mail address",
        required=False,
        help_text="Stellantis sends the link to your certificate here, and the reminder to renew it. "
        "A shared mailbox outlives its readers.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    replace = forms.BooleanField(
        label="Replace the key and the request: I understand that I will need a new passphrase, and a new "
        "certificate from Stellantis",
        required=False,
    )

    def __init__(self, *args: Any, onboarding: Onboarding, requested: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding = onboarding
        self.fields["country"].widget.choices = [("", "Choose a country"), *countries]
        if not requested:
            del self.fields["replace"]

    @property
    def facts(self) -> dict[str, str]:
        """The cleaned values, by the names of the onboarding's fields."""
        return {name: self.cleaned_data[name] for name in FACTS}

    def clean(self) -> dict[str, Any]:
        """Clean every value, then hold the whole subject against the operator's rules."""
        cleaned = super().clean() or self.cleaned_data
        for name in FACTS:
            cleaned[name] = clean_value(cleaned.get(name, ""))
        cleaned["country"] = cleaned["country"].upper()
        subject = Subject(common_name=self.onboarding.mzp_login, **{name: cleaned[name] for name in FACTS})
        self.add_findings(check_subject(subject), "organization")
        changed = any(getattr(self.onboarding, name) != cleaned.get(name) for name in FACTS)
        if "replace" in self.fields and changed and not self.errors and not cleaned.get("replace"):
            self.add_error("replace", "Tick this box to change these details: the request made from them is replaced.")
        return cleaned


FACTS = ("country", "state", "locality", "organization", "email")


class KeyForm(StepForm):
    """The passphrase for a key that is about to be made."""

    passphrase = PassphraseField(
        label="Passphrase for the key",
        new=True,
        help_text=f"{PASSPHRASE_MIN} characters or more; four or five unrelated words are strong and easy to "
        "type. Put it in your company's password manager: nobody can recover it, not even we.",
    )
    key_size = forms.TypedChoiceField(
        label="Key size",
        coerce=int,
        choices=[(size, f"{size} bits") for size in KEY_SIZES],
        initial=KEY_SIZES[0],
        help_text="Stellantis' instructions use 2048 bits. Larger is slower and rarely needed.",
    )

    def __init__(self, *args: Any, onboarding: Onboarding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding = onboarding

    @sensitive_variables()
    def clean_passphrase(self) -> str:
        """Long enough, hard to guess by zxcvbn's score, and something that every tool can be given."""
        passphrase: str = self.cleaned_data["passphrase"]
        if len(passphrase) < PASSPHRASE_MIN:
            raise forms.ValidationError(
                f"Use at least {PASSPHRASE_MIN} characters; this passphrase has {len(passphrase)}."
            )
        if not passphrase.isprintable():
            raise forms.ValidationError(
                "Remove the line break, tab or invisible character: not every tool could be given this passphrase."
            )
        known = [self.onboarding.mzp_login, self.onboarding.organization, self.onboarding.email, "stellantis"]
        verdict = zxcvbn(passphrase[:ZXCVBN_READS], user_inputs=known)
        if verdict["score"] < PASSPHRASE_SCORE:
            advice = verdict["feedback"]["warning"] or "It follows a pattern that guessing programs try early"
            raise forms.ValidationError(
                f"This passphrase is too easy to guess. {advice.rstrip('.')}. Add a few unrelated words."
            )
        return passphrase


class RequestForm(StepForm):
    """The proof that the passphrase was kept, and that the request was sent."""

    passphrase = PassphraseField(
        label="Passphrase for the key",
        help_text="Once more, from where you keep it. A lost passphrase is best noticed now, before you wait for "
        "a certificate.",
    )
    sent = forms.BooleanField(label="I have sent request.csr to my Stellantis contact", required=False)

    def __init__(self, *args: Any, proved: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if proved:
            del self.fields["passphrase"]
            self.fields["sent"].required = True
            self.fields["sent"].error_messages["required"] = "Tick this box once the request is on its way."


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


class CertificateForm(StepForm):
    """What came back: the certificate and its CA in any form and order, and the client ID."""

    files = ManyFilesField(  # type: ignore[assignment]  # a declared field, not the form's own attribute
        label="The files that came",
        required=False,
        allow_empty_file=True,
        help_text="Your certificate and the CA certificate, in any order. Several can be chosen at once.",
    )
    text = forms.CharField(
        label="Or paste their text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text="From -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, one after the other.",
    )
    client_id = forms.CharField(
        label="Client ID",
        required=False,
        max_length=255,
        help_text="The application ID in the same mail. If you have several, add them one by one.",
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
        requests: Sequence[KnownRequest],
        now: datetime,
        has_certificate: bool,
        has_client_id: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding, self.requests, self.now = onboarding, requests, now
        self.has_certificate, self.has_client_id = has_certificate, has_client_id
        self.answer: Answer | None = None
        self.notes: list[Finding] = []

    def clean_client_id(self) -> str:
        """Without the quotes and spaces that come along when it is copied."""
        value: str = self.cleaned_data["client_id"].strip(" \t\"'«»“”‘’\u00a0\u200b\ufeff")
        if value and clean_login(value) == self.onboarding.mzp_login:
            raise forms.ValidationError(
                "This is your login. The client ID is another value, in the mail that brought the certificate."
            )
        if value and not (value.isprintable() and value.isascii() and " " not in value):
            raise forms.ValidationError("A client ID has no spaces or accents. Copy it again from the mail.")
        return value

    def clean(self) -> dict[str, Any]:
        """Read everything that was sent, and hold it against the requests it may answer."""
        cleaned = super().clean() or self.cleaned_data
        pieces = [Piece(file.name or "file", file.read()) for file in cleaned.get("files", [])]
        if cleaned.get("text", "").strip():
            pieces.append(Piece("the pasted text", cleaned["text"].encode()))
        if pieces:
            self._judge(pieces)
        elif not self.has_certificate:
            self.add_error("files", "Choose the files that came back, or paste their text below.")
        if not (cleaned.get("client_id") or self.has_client_id or "client_id" in self.errors):
            self.add_error("client_id", "Enter the client ID from the mail that brought the certificate.")
        return cleaned

    def _judge(self, pieces: list[Piece]) -> None:
        try:
            reading = read_pieces(pieces)
        except PkiError as error:
            self.keep_nothing("text")
            self.add_error("files", said(error.finding))
            return
        certificates = [found.certificate for found in reading.certificates]
        answer = judge_answer(certificates, self.requests, self.now)
        self.notes = [*reading.findings, *answer.findings]
        if answer.accepted:
            self.answer = answer
            return
        self.add_findings(answer.findings if certificates else reading.findings, "files")
        if "files" not in self.errors:
            self.add_error("files", "There is no certificate in what you sent.")
        self._keep(reading)

    def _keep(self, reading: Reading) -> None:
        """Browsers forget chosen files: show the certificates that were read in them as text."""
        if reading.certificates:
            pems = (found.certificate.public_bytes(Encoding.PEM).decode() for found in reading.certificates)
            self.show_instead(text="".join(pems))


class FleetsTestForm(StepForm):
    """What the real request needs beside what is stored: two secrets, used once and kept nowhere."""

    test = forms.UUIDField(widget=forms.HiddenInput, required=False)
    client_id = forms.ChoiceField(label="Client ID", required=False)
    passphrase = PassphraseField(label="Passphrase for the key", help_text="Opens the sealed key for this one request.")
    password = forms.CharField(
        label="Password of the MZP login",
        strip=False,
        max_length=256,
        error_messages={"required": "Enter the password that belongs to your MZP login."},
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "data-reveal": "", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, client_ids: Sequence[ClientId], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["test"].initial = uuid.uuid4()
        self.only = client_ids[0].value if len(client_ids) == 1 else ""
        self.fields["client_id"].choices = [(one.value, str(one)) for one in client_ids]  # type: ignore[attr-defined]
        if self.only:
            del self.fields["client_id"]

    def chosen_client_id(self) -> str:
        """The client ID to test with."""
        chosen: str = self.only or self.cleaned_data["client_id"]
        return chosen


class ExportForm(StepForm):
    """The passphrase that opens the key for a download, and protects the downloaded file."""

    passphrase = PassphraseField(label="Passphrase for the key", help_text="It also protects the downloaded file.")
