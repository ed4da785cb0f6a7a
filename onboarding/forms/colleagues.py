"""The form that invites a colleague."""

from django import forms
from django.utils.translation import gettext_lazy as _

from onboarding.forms.base import StepForm
from onboarding.models.colleagues import Role


class InviteForm(StepForm):
    """The address of a colleague, and what they may do."""

    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        error_messages={"required": _("Enter the email address of your colleague.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("What your colleague may do"),
        choices=[
            (Role.MEMBER.value, _("Work on it: all steps, tests and downloads")),
            (Role.READER.value, _("Only read it")),
        ],
        widget=forms.RadioSelect,
        initial=Role.MEMBER.value,
        help_text=_("Only the owner hands the onboarding over or deletes keys."),
    )
