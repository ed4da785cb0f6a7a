"""What the steps' forms share: the layout, findings shown as errors, and the field for a passphrase."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crispy_forms.helper import FormHelper
from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PRIVATE_KEY = "PRIVATE KEY"  # in the first line of a pasted key
PASSPHRASE_MAX = 256  # characters; the tools that a partner uses read up to 1 KiB


def as_paragraph(finding: Finding) -> str:
    """Return a finding as one paragraph: what is wrong, then what to do about it."""
    return f"{finding.text} {finding.remedy}".strip()


class FindingError(forms.ValidationError):
    """A finding as an error of a form. The field shows the whole paragraph, the summary only the headline."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(as_paragraph(finding), code=finding.code)
        self.headline, self.remedy = finding.text, finding.remedy


class StepForm(forms.Form):
    """A form that crispy-forms renders inside the page's own <form>, below a summary of its errors."""

    use_required_attribute = False  # the server's messages are clearer than the browser's, and translated

    @property
    def helper(self) -> FormHelper:
        """The layout. The page has the <form> tag, the CSRF token and the summary."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.form_show_errors = True
        return helper

    def add_findings(self, findings: Sequence[Finding], default: str) -> None:
        """Add each finding of severity ERROR to the field that it names, or to the field `default`."""
        for finding in findings:
            if finding.severity == Severity.ERROR:
                self.add_finding(finding, finding.field if finding.field in self.fields else default)

    def add_finding(self, finding: Finding, field: str) -> None:
        """Add a finding to `field` as an error."""
        self.add_error(field, FindingError(finding))

    def refuse(self, text: str, field: str | None = None) -> None:
        """Show `text` as the only error, without validating, which may be slow. What was typed is shown again.

        This does not include secrets: inputs for them never show a value, and a pasted private key is removed.
        """
        self._errors, self.cleaned_data = ErrorDict(), {}
        self.replace_typed(**{name: "" for name in self.fields if PRIVATE_KEY in str(self.data.get(name, ""))})
        self.add_error(field if field in self.fields else None, text)

    def replace_typed(self, **values: str) -> None:
        """Make the page show these values instead of what was typed."""
        self.data = {**dict(self.data.items()), **{self.add_prefix(name): value for name, value in values.items()}}


class PassphraseField(forms.CharField):
    """The passphrase of a key, exactly as it was typed: spaces count."""

    def __init__(self, *, help_text: "StrOrPromise" = "", new: bool = False) -> None:
        super().__init__(
            label=_("Passphrase for the key"),
            help_text=help_text,
            strip=False,
            max_length=PASSPHRASE_MAX,
            error_messages={"required": _("Enter the passphrase for the key.")},
            widget=secret_input(_("Show the passphrase"), autocomplete="new-password" if new else "off"),
        )
        if new:  # the page's script says while typing how strong it is; the server decides
            self.widget.attrs |= {
                "data-strength": _("Strength"),
                "data-strength-short": _("Too short"),
                "data-strength-weak": _("Easy to guess"),
                "data-strength-good": _("Strong"),
            }


def secret_input(show_label: "StrOrPromise", *, autocomplete: str = "off") -> forms.PasswordInput:
    """Return an input that hides what is typed; the page's script adds a button that shows it."""
    return forms.PasswordInput(
        attrs={
            "autocomplete": autocomplete,
            "spellcheck": "false",
            "data-reveal": _("Show"),
            "data-reveal-hide": _("Hide"),
            "data-reveal-label": show_label,
        }
    )
