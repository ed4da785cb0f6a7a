"""What was found wrong or worth saying, as an object; the words for people are in `catalogue/`."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from onboarding.pki.catalogue import CATALOGUE
from onboarding.pki.entries import Entry, Owner, Severity
from onboarding.pki.taming import tame

__all__ = ["Finding", "Owner", "Severity"]


@dataclass(frozen=True)
class Finding:
    """One finding: a stable code, the field it concerns, what stands there and what should."""

    code: str
    field: str = ""
    found: str = ""
    expected: str = ""
    context: Mapping[str, str | int] = dataclasses.field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """As the catalogue says."""
        return self._entry.severity

    @property
    def owner(self) -> Owner:
        """As the catalogue says."""
        return self._entry.owner

    @property
    def text(self) -> str:
        """What happened, in a sentence for the partner."""
        return self._filled(self._entry.text)

    @property
    def remedy(self) -> str:
        """What to do about it; may be empty."""
        return self._filled(self._entry.remedy)

    def to_dict(self) -> dict[str, str]:
        """Everything, as strings that any database can hold."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "owner": self.owner.value,
            "field": self.field,
            "found": tame(self.found),
            "expected": tame(self.expected),
            "text": self.text,
            "remedy": self.remedy,
        }

    @property
    def _entry(self) -> Entry:
        return CATALOGUE[self.code]

    def _filled(self, template: str) -> str:
        values = {"found": self.found, "expected": self.expected, **self.context}
        text = template.format(field=self.field, **{name: tame(str(value)) for name, value in values.items()})
        # “the pasted text” may begin a sentence; file names are left as they are.
        return text[:1].upper() + text[1:] if text.startswith(("the ", "what ")) else text
