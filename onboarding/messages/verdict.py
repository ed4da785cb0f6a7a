"""What a connection test came to: a verdict, and the remarks beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from onboarding.messages.message import Confidence, Message, Template
from onboarding.messages.text import Params
from onboarding.messages.verdicts import REMARKS, VERDICTS


@dataclass(frozen=True)
class Verdict(Message):
    """The verdict of a connection test.

    `sure` overrides the catalog's confidence where what was seen says more or less than usual.
    """

    catalog: ClassVar[Mapping[str, Template]] = VERDICTS

    code: str
    params: Params = field(default_factory=dict)
    sure: Confidence | None = None
    evidence: tuple[str, ...] = ()
    variant: str = ""

    @property
    def confidence(self) -> Confidence:
        """How sure the verdict is."""
        return self.sure or self.template.confidence

    def to_dict(self) -> dict[str, object]:
        """Return everything as JSON can hold it, with the sentences in the language of the moment."""
        return {
            "code": self.code,
            "confidence": self.confidence.value,
            "owner": self.owner.value,
            "text": self.text,
            "action": self.remedy,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True)
class Remark(Message):
    """Something worth saying beside the verdict."""

    catalog: ClassVar[Mapping[str, Template]] = REMARKS

    code: str
    params: Params = field(default_factory=dict)
    variant: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return everything as strings, with the sentences in the language of the moment."""
        return {"code": self.code, "owner": self.owner.value, "text": self.text, "action": self.remedy}
