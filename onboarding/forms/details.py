"""The login and company steps: the values of the request's subject."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from onboarding.environments import Environment, offered_environments
from onboarding.forms.base import StepForm
from onboarding.messages.message import Severity
from onboarding.models import SUBJECT_COLUMNS, Onboarding
from onboarding.pki.subject import COMPANY_FIELDS, COUNTRY_CODES, Subject, check_login, check_subject, clean_login


class LoginForm(StepForm):
    """The MZP login and the environment. A login of an unusual shape must be confirmed once."""

    onboarding = forms.UUIDField(widget=forms.HiddenInput, required=False)
    mzp_login = forms.CharField(
        label=_("MZP login"),
        required=False,
        help_text=_("From Stellantis, for example MZP123456."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    environment = forms.ChoiceField(
        label=_("Is this real, or do you want to practise?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose Real or Practice.")},
    )
    login_confirmed = forms.BooleanField(
        label=_("Yes, this is exactly the login that Stellantis gave us"), required=False
    )

    field_order = ("onboarding", "environment", "mzp_login", "login_confirmed")

    ENVIRONMENT_HINTS = {
        Environment.PRODUCTION: _("For your vehicles. Stellantis signs your certificate, which takes days or weeks."),
        Environment.REHEARSAL: _("To see each step in ten minutes. Nothing is sent to Stellantis. Any login works."),
    }

    def __init__(self, *args: Any, has_fixed_environment: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = dict(offered_environments())
        choices = [(value, offered[value]) for value in self.ENVIRONMENT_HINTS if value in offered]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if len(choices) == 1:
            self.fields["environment"].initial = choices[0][0]
        if has_fixed_environment:
            self.fields["environment"].disabled = True
            self.fields["environment"].help_text = gettext(
                "Your first request was made for this environment. For another one, start a new onboarding."
            )
        self.fields["onboarding"].initial = uuid.uuid4()
        self.is_unusual = False
        if "login_confirmed" not in self.data:
            self.fields["login_confirmed"].widget = forms.HiddenInput()

    @property
    def environment_choices(self) -> list[tuple[Any, Any]]:
        """The radio buttons of the environments, each with its explanation."""
        hints = {value.value: hint for value, hint in self.ENVIRONMENT_HINTS.items()}
        return [(radio, hints[radio.data["value"]]) for radio in self["environment"]]

    def clean_mzp_login(self) -> str:
        """Return the login in capitals, without spaces and invisible characters."""
        login = clean_login(self.cleaned_data["mzp_login"])
        findings = check_login(login)
        self.add_findings(findings, "mzp_login")
        self.is_unusual = any(finding.severity == Severity.WARNING for finding in findings)
        return login

    def clean(self) -> dict[str, Any]:
        """Refuse an unusual login until the box that confirms it is ticked."""
        cleaned = super().clean() or self.cleaned_data
        if self.is_unusual and not cleaned.get("login_confirmed"):
            self.fields["login_confirmed"].widget = forms.CheckboxInput()
            for finding in check_login(cleaned.get("mzp_login", "")):
                self.add_finding(finding, "mzp_login")
            self.add_error("login_confirmed", gettext("If the login is right, tick this box."))
        return cleaned


class CompanyForm(StepForm):
    """The company's details: the subject without the login and without what Stellantis prescribes.

    The labels, limits and normalizations are those of the table of the subject's fields.
    """

    country = forms.CharField(
        required=False,
        widget=forms.Select(attrs={"autocomplete": "country"}),
        help_text=_("Where your company is registered."),
    )
    state = forms.CharField(
        required=False,
        help_text=_("The region, if your country has neither. For example Île-de-France."),
    )
    locality = forms.CharField(required=False, help_text=_("For example Paris."))
    organization = forms.CharField(
        required=False,
        help_text=_("Registered name, for example Müller GmbH."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = forms.CharField(
        required=False,
        help_text=_("Stellantis sends your certificate here. A shared mailbox still works when staff change."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    replace = forms.BooleanField(
        label=_("Replace the key and the request. I will need a new passphrase and a new certificate from Stellantis."),
        required=False,
    )

    def __init__(self, *args: Any, onboarding: Onboarding, requested: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding = onboarding
        for field in COMPANY_FIELDS:
            self.fields[field.name].label = field.label
        known = [(code, name) for code, name in countries if code in COUNTRY_CODES]
        self.fields["country"].widget.choices = [("", _("Choose a country")), *known]
        if not requested:
            del self.fields["replace"]

    @property
    def subject_values(self) -> dict[str, str]:
        """The cleaned values by the names of the onboarding's columns."""
        return {name: self.cleaned_data[name] for name in SUBJECT_COLUMNS}

    def clean(self) -> dict[str, Any]:
        """Clean every value, then check the whole subject against Stellantis' rules."""
        cleaned = super().clean() or self.cleaned_data
        for field in COMPANY_FIELDS:
            cleaned[field.name] = field.clean(cleaned.get(field.name, ""))
        subject = Subject(common_name=self.onboarding.mzp_login, **{name: cleaned[name] for name in SUBJECT_COLUMNS})
        self.add_findings(check_subject(subject), "organization")
        changed = any(getattr(self.onboarding, name) != cleaned.get(name) for name in SUBJECT_COLUMNS)
        if "replace" in self.fields and changed and not self.errors and not cleaned.get("replace"):
            self.add_error("replace", gettext("Tick this box to save your changes. They replace the request."))
        return cleaned
