"""A finding: a problem in what a partner typed or uploaded, or something else that the partner should know about it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from onboarding.messages.durations import with_durations
from onboarding.messages.findings import FINDINGS
from onboarding.messages.findings.subject import FIELD_LABELS
from onboarding.messages.message import Message, Owner, Severity, Template, info, stored_template
from onboarding.messages.text import Params, render, sanitize


@dataclass(frozen=True)
class Finding(Message):
    """One finding: a stable code, the `field` that it concerns, what was `found` there and what was `expected`.

    The sentences may use `found`, `expected`, `field`, every parameter, and `label`: the field's name in the active
    language.
    """

    catalog: ClassVar[Mapping[str, Template]] = FINDINGS

    code: str
    field: str = ""
    found: str = ""
    expected: str = ""
    params: Params = dataclasses.field(default_factory=dict)
    variant: str = ""
    own_template: Template | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def severity(self) -> Severity:
        """Whether it stops the step."""
        return self.template.severity

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
            "params": self.sanitized_params,
            "text": self.text,
            "remedy": self.remedy,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Finding":
        """Return the finding that `to_dict` stored. Its sentences are rendered again, in the active language.

        A finding that was stored before codes had parameters and variants keeps its stored sentences, as does a
        finding whose code the catalog no longer has.
        """
        finding = cls(
            stored["code"],
            stored.get("field", ""),
            stored.get("found", ""),
            stored.get("expected", ""),
            stored.get("params", {}),
            stored.get("variant", ""),
        )
        if finding.is_renderable:
            return finding
        known = cls.catalog.get(finding.code, info(Owner.NOBODY, ""))
        return dataclasses.replace(finding, own_template=stored_template(stored, known))

    def _values(self) -> Params:
        label = render(FIELD_LABELS[self.field], {}) if self.field in FIELD_LABELS else self.field
        return {
            "field": self.field,
            "label": label,
            "found": self.found,
            "expected": self.expected,
            **with_durations(self.params),
        }
