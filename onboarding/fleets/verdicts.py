"""What a test came to: a verdict, and the remarks beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from onboarding.fleets.catalogue import REMARKS, VERDICTS, Confidence, Owner
from onboarding.pki.taming import tame

Context = Mapping[str, str | int]


@dataclass(frozen=True)
class Verdict:
    """What a test came to; the words are the catalogue's, filled with the context.

    `sure` overrides the catalogue's confidence where the evidence says more or less than usual; `evidence` are short
    sentences that say what the verdict rests on.
    """

    code: str
    context: Context = field(default_factory=dict)
    sure: Confidence | None = None
    evidence: tuple[str, ...] = ()
    confidence: Confidence = field(init=False)
    owner: Owner = field(init=False)
    text: str = field(init=False)
    action: str = field(init=False)

    def __post_init__(self) -> None:
        entry = VERDICTS[self.code]
        object.__setattr__(self, "confidence", self.sure or entry.confidence)
        object.__setattr__(self, "owner", entry.owner)
        object.__setattr__(self, "text", entry.text.format(**self.context))
        object.__setattr__(self, "action", entry.action.format(**self.context))

    def to_dict(self) -> dict[str, object]:
        """Everything but the context, as JSON can hold it."""
        return {
            "code": self.code,
            "confidence": self.confidence.value,
            "owner": self.owner.value,
            "owner_words": self.owner.words,
            "text": self.text,
            "action": self.action,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True)
class Remark:
    """Something worth saying beside the verdict."""

    code: str
    context: Context = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What was noticed."""
        return self._filled(REMARKS[self.code].text)

    @property
    def action(self) -> str:
        """What to do about it; may be empty."""
        return self._filled(REMARKS[self.code].action)

    def _filled(self, template: str) -> str:
        return template.format(**{name: tame(str(value)) for name, value in self.context.items()})

    def to_dict(self) -> dict[str, str]:
        """As strings."""
        return {"code": self.code, "owner": REMARKS[self.code].owner.value, "text": self.text, "action": self.action}
