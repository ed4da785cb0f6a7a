"""The messages of a connection test: a verdict with its observations, remarks, and notes on the stages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from onboarding.messages.message import Confidence, Message, Owner, Template, stored_template
from onboarding.messages.text import Params, gettext
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.verdicts import EVIDENCE, OBSERVATIONS, REMARKS, STAGE_NOTES, VERDICT_TEMPLATES

NEXT_MOVES = {
    Owner.PARTNER: _("Next move: yours"),
    Owner.OPERATOR: _("Next move: Stellantis’"),
    Owner.US: _("Next move: ours"),
    Owner.NETWORK: _("Next move: the site team’s"),
    Owner.BOTH: _("Next move: yours and Stellantis’"),
    Owner.NOBODY: _("Next move: nobody’s"),
}
PROBABLE_NEXT_MOVES = {
    Owner.PARTNER: _("Next move: probably yours"),
    Owner.OPERATOR: _("Next move: probably Stellantis’"),
    Owner.US: _("Next move: probably ours"),
    Owner.NETWORK: _("Next move: probably the site team’s"),
    Owner.BOTH: _("Next move: probably yours and Stellantis’"),
    Owner.NOBODY: _("Next move: probably nobody’s"),
}


@dataclass(frozen=True)
class _TestMessage(Message):
    """A message that is stored in the result of a connection test, and rendered again when the result is read."""

    code: str
    params: Params = field(default_factory=dict)
    variant: str = ""
    own_template: Template | None = field(default=None, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """Return the message as a dict for JSON, with its sentences in the current language."""
        return {
            "code": self.code,
            "variant": self.variant,
            "params": self.sanitized_params,
            "owner": self.owner.value,
            "text": self.text,
            "remedy": self.remedy,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the message that `to_dict` stored; its sentences are rendered from the catalog.

        A message without parameters, stored by an earlier version, or with a code that the catalog does not have, keeps
        the sentences that were stored.
        """
        message = cls(str(stored.get("code", "")), stored.get("params", {}), stored.get("variant", ""))
        if "params" in stored and message.is_renderable:
            return message
        known = cls.catalog.get(message.code, Template(Owner.NOBODY, ""))
        return replace(message, own_template=stored_template(stored, known))


@dataclass(frozen=True)
class Observation(_TestMessage):
    """An observation during a connection test, which supports the verdict."""

    catalog: ClassVar[Mapping[str, Template]] = OBSERVATIONS


@dataclass(frozen=True)
class Remark(_TestMessage):
    """Additional information that accompanies a verdict."""

    catalog: ClassVar[Mapping[str, Template]] = REMARKS


@dataclass(frozen=True)
class StageNote(_TestMessage):
    """The result of a stage of a connection test, unless it is a value that the other side sent."""

    catalog: ClassVar[Mapping[str, Template]] = STAGE_NOTES


@dataclass(frozen=True)
class Verdict(_TestMessage):
    """The verdict of a connection test.

    A verdict is as sure as its template in the catalog. `confidence_override` replaces this where the observations say
    more or less than usual: `fleets/classifying/` sets it for a single attempt, and `fleets/experiments.py` after a
    control experiment. Without the observations of its row in `verdicts/evidence.py`, no verdict is certain.
    `recorded_confidence` is that of a stored result, which is not decided again.
    """

    catalog: ClassVar[Mapping[str, Template]] = VERDICT_TEMPLATES

    confidence_override: Confidence | None = None
    observations: tuple[Observation, ...] = ()
    recorded_confidence: Confidence | None = None

    @property
    def confidence(self) -> Confidence:
        """How sure the verdict is. Without the observations that `EVIDENCE` requires, it is at most probable."""
        if self.recorded_confidence:
            return self.recorded_confidence
        claimed = self.confidence_override or self.template.confidence
        return Confidence.PROBABLE if claimed == Confidence.CERTAIN and not self.is_proven else claimed

    @property
    def is_proven(self) -> bool:
        """Whether every other cause that `EVIDENCE` has for this verdict is excluded by an observation."""
        exclusions = EVIDENCE.get(self.code, ())
        return bool(exclusions) and all(self.has_observation(exclusion.observation) for exclusion in exclusions)

    @property
    def next_move(self) -> str:
        """The sentence that says who must act next, in the current language."""
        moves = NEXT_MOVES if self.confidence == Confidence.CERTAIN else PROBABLE_NEXT_MOVES
        return gettext(moves[self.owner])  # marked where the two tables are defined

    def has_observation(self, code: str) -> bool:
        """Return whether an observation with this code supports the verdict."""
        return any(observation.code == code for observation in self.observations)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as a dict for JSON, with its sentences in the current language."""
        return super().to_dict() | {
            "confidence": self.confidence.value,
            "next_move": self.next_move,
            "ask_for_details": self.template.ask_for_details,
            "about_our_server": self.template.about_our_server,
            "observations": [observation.to_dict() for observation in self.observations],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the verdict that `to_dict` stored, also one that an earlier version stored."""
        verdict = super().from_dict(stored)
        return replace(
            verdict,
            recorded_confidence=Confidence(stored.get("confidence") or verdict.template.confidence),
            observations=tuple(Observation.from_dict(observation) for observation in _stored_observations(stored)),
        )


def _stored_observations(stored: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the stored observations; earlier versions stored sentences, with the key "evidence"."""
    return stored.get("observations") or [{"text": sentence} for sentence in stored.get("evidence", ())]
