"""A finding: a problem in what a partner typed or uploaded, or something else that the partner should know about it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from onboarding.messages.durations import with_durations
from onboarding.messages.findings import FINDINGS
from onboarding.messages.findings.subject import FIELD_LABELS
from onboarding.messages.message import Message, Owner, Severity, Template
from onboarding.messages.text import Params, render, sanitize

# The values of earlier versions.
EARLIER_SEVERITIES = {"stops": Severity.ERROR, "warns": Severity.WARNING, "tells": Severity.INFO}


@dataclass(frozen=True)
class StoredTexts:
    """The sentences, owner and severity of a stored finding, in the language in which it was stored."""

    text: str
    remedy: str
    owner: Owner
    severity: Severity


@dataclass(frozen=True)
class Finding(Message):
    """One finding: a stable code, the `field` that it concerns, what was `found` there and what was `expected`.

    The sentences may use `found`, `expected`, `field`, every parameter, and `label`: the field's name in the active
    language. `stored` has the texts of a finding that was read from storage. They are shown only where the catalog
    can't render the finding.
    """

    catalog: ClassVar[Mapping[str, Template]] = FINDINGS

    code: str
    field: str = ""
    found: str = ""
    expected: str = ""
    params: Params = dataclasses.field(default_factory=dict)
    variant: str = ""
    stored: StoredTexts | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def severity(self) -> Severity:
        """Whether it stops the step."""
        return self.stored.severity if self.stored and not self._is_renderable else self.template.severity

    @property
    def owner(self) -> Owner:
        """Who must act next."""
        return self.stored.owner if self.stored and not self._is_renderable else super().owner

    @property
    def text(self) -> str:
        """What happened, as sentences for the partner, in the active language."""
        return self.stored.text if self.stored and not self._is_renderable else super().text

    @property
    def remedy(self) -> str:
        """What to do about it; may be empty."""
        return self.stored.remedy if self.stored and not self._is_renderable else super().remedy

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as a dict for JSON, with the sentences in the active language."""
        return {
            "code": self.code,
            "variant": self.variant,
            "severity": self.severity.value,
            "owner": self.owner.value,
            "field": self.field,
            "found": sanitize(self.found),
            "expected": sanitize(self.expected),
            "params": {
                name: sanitize(value) if isinstance(value, str) else value for name, value in self.params.items()
            },
            "text": self.text,
            "remedy": self.remedy,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Finding":
        """Return the finding that `to_dict` stored. Its sentences are rendered again, in the active language.

        A finding that was stored before codes had parameters and variants keeps its stored sentences, as does a
        finding whose code the catalog no longer has.
        """
        severity = stored.get("severity", Severity.INFO)
        return cls(
            stored["code"],
            stored.get("field", ""),
            stored.get("found", ""),
            stored.get("expected", ""),
            stored.get("params", {}),
            stored.get("variant", ""),
            StoredTexts(
                stored.get("text", ""),
                stored.get("remedy", ""),
                Owner(stored.get("owner", Owner.NOBODY)),
                EARLIER_SEVERITIES.get(severity) or Severity(severity),
            ),
        )

    @property
    def _is_renderable(self) -> bool:
        """Whether the catalog has this code and variant, and the finding has every parameter of its sentences."""
        try:
            render(self.template.text, self._values())
            render(self.template.remedy, self._values())
        except KeyError:
            return False
        return True

    def _values(self) -> Params:
        label = render(FIELD_LABELS[self.field], {}) if self.field in FIELD_LABELS else self.field
        return {
            "field": self.field,
            "label": label,
            "found": self.found,
            "expected": self.expected,
            **with_durations(self.params),
        }
