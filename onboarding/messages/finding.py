"""A finding: something wrong, odd or worth saying about what a partner typed or sent."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from onboarding.messages.findings import FINDINGS
from onboarding.messages.message import Message, Severity, Template
from onboarding.messages.text import Params, sanitize


@dataclass(frozen=True)
class Finding(Message):
    """One finding: a stable code, the `field` it concerns, what was `found` there and what was `expected`.

    The sentences may use `found`, `expected`, `field` and every parameter.
    """

    catalog: ClassVar[Mapping[str, Template]] = FINDINGS

    code: str
    field: str = ""
    found: str = ""
    expected: str = ""
    params: Params = dataclasses.field(default_factory=dict)
    variant: str = ""

    @property
    def severity(self) -> Severity:
        """Whether it stops the step."""
        return self.template.severity

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it, with the sentences in the language of the moment."""
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
        """Return the finding that `to_dict` gave; its sentences are rendered anew."""
        return cls(
            stored["code"],
            stored.get("field", ""),
            stored.get("found", ""),
            stored.get("expected", ""),
            stored.get("params", {}),
            stored.get("variant", ""),
        )

    def _values(self) -> Params:
        return {"field": self.field, "found": self.found, "expected": self.expected, **self.params}
