"""What the steps' forms share: the layout, findings shown at their fields, and fields for secrets."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity

PASSPHRASE_MAX = 256  # characters; the tools that a partner uses read a kibibyte


def as_paragraph(finding: Finding) -> str:
    """A finding as one paragraph: what is wrong, and how to mend it."""
    return f"{finding.text} {finding.remedy}".strip()


class StepForm(forms.Form):
    """A form laid out by crispy-forms inside the page's own <form>, with a summary of what is wrong above it."""

    use_required_attribute = False  # the page says what is missing in its own words, next to the field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headlines: dict[str, str] = {}  # of an error, its first half: the summary says what, the field also how

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
            if finding.severity == Severity.ERROR:
                self.add_finding(finding, finding.field if finding.field in self.fields else default)

    def add_finding(self, finding: Finding, field: str, then: str = "") -> None:
        """Show a finding at `field`, with `then` after it."""
        whole = f"{as_paragraph(finding)} {then}".strip()
        self.headlines[whole] = finding.text
        self.add_error(field, whole)

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
