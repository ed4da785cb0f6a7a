"""The login and the company: what goes into the subject."""

import uuid
from typing import Any

from django import forms
from django_countries import countries

from onboarding.environments import Environment, offered
from onboarding.forms.base import StepForm
from onboarding.messages.message import Severity
from onboarding.models import SUBJECT_COLUMNS, Onboarding
from onboarding.pki.subject import Subject, check_login, check_subject, clean_login, clean_value


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
        self.asks = any(finding.severity == Severity.WARNING for finding in findings)
        return login

    def clean(self) -> dict[str, Any]:
        """Ask about an unusual login until the box is ticked."""
        cleaned = super().clean() or self.cleaned_data
        login = cleaned.get("mzp_login", "")
        if self.asks and not cleaned.get("login_confirmed"):
            self.fields["login_confirmed"].widget = forms.CheckboxInput()
            for finding in check_login(login):
                self.add_finding(finding, "mzp_login", "If it is, tick the box below and continue.")
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
        return {name: self.cleaned_data[name] for name in SUBJECT_COLUMNS}

    def clean(self) -> dict[str, Any]:
        """Clean every value, then hold the whole subject against the operator's rules."""
        cleaned = super().clean() or self.cleaned_data
        for name in SUBJECT_COLUMNS:
            cleaned[name] = clean_value(cleaned.get(name, ""))
        cleaned["country"] = cleaned["country"].upper()
        subject = Subject(common_name=self.onboarding.mzp_login, **{name: cleaned[name] for name in SUBJECT_COLUMNS})
        self.add_findings(check_subject(subject), "organization")
        changed = any(getattr(self.onboarding, name) != cleaned.get(name) for name in SUBJECT_COLUMNS)
        if "replace" in self.fields and changed and not self.errors and not cleaned.get("replace"):
            self.add_error("replace", "Tick this box to change these details: the request made from them is replaced.")
        return cleaned
