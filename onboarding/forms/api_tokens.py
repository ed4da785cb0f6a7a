"""The form for a token of the API."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from onboarding.forms.base import StepForm
from onboarding.models import TokenScope
from onboarding.models.api_tokens import TOKEN_NAME_MAX

LIFETIMES = (30, 90, 365)  # days


def _lifetimes() -> list[tuple[int, str]]:
    """Return the lifetimes in the language that is active."""
    return [(days, ngettext("%(n)d day", "%(n)d days", days) % {"n": days}) for days in LIFETIMES]


class TokenForm(StepForm):
    """The name, the scopes and the lifetime of a new token."""

    name = forms.CharField(
        label=_("Name"), max_length=TOKEN_NAME_MAX, help_text=_("For example, the program that uses it.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What the token may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Select at least one.")},
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=_lifetimes,
    )

    def __init__(self, *args: Any, at_desk: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in TokenScope if at_desk or scope != TokenScope.DESK]
        field = self.fields["scopes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(scope.value, scope.label) for scope in offered]
