"""What the other side sent, fit to be shown: without the partner's secrets, should it have sent them back, and tame."""

import re
from dataclasses import replace
from functools import cached_property

from onboarding.fleets.answer import Fleet, OperatorError
from onboarding.fleets.controls import Control
from onboarding.fleets.verdicts import Verdict
from onboarding.pki.taming import tame

REMOVED = "[removed]"
TEXT_LIMIT = 500  # characters
WORD_LIMIT = 200  # characters of what stands inside a sentence
THEIR_WORDS = {"target", "alert", "reason", "issuer", "names"}  # what of a verdict's context the other side wrote


class Redaction:
    """Takes `secrets`, the longest first, out of everything that the other side had a hand in, in capitals or not."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = tuple(secret.lower() for secret in secrets)

    def __repr__(self) -> str:
        return f"Redaction(of {len(self._secrets)})"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._secrets)), re.IGNORECASE)

    def text(self, text: str) -> str:
        """`text` without secrets and without hidden characters; cut last, as a secret cut in half is not recognised."""
        lowered = text.lower()
        if any(secret in lowered for secret in self._secrets):
            text = self._pattern.sub(REMOVED, text)
        return tame(text[:TEXT_LIMIT], TEXT_LIMIT)

    def verdict(self, verdict: Verdict) -> Verdict:
        """A verdict whose words quote the other side."""
        context = {
            name: self.text(value)[:WORD_LIMIT] if name in THEIR_WORDS and isinstance(value, str) else value
            for name, value in verdict.context.items()
        }
        evidence = tuple(self.text(one) for one in verdict.evidence)
        if (context, evidence) == (verdict.context, verdict.evidence):
            return verdict
        return replace(verdict, context=context, evidence=evidence)

    def operator(self, said: OperatorError | None) -> OperatorError | None:
        """What a refusal says."""
        if said is None:
            return None
        code, uuid, message, timestamp = (
            self.text(one) for one in (said.code, said.uuid, said.message, said.timestamp)
        )
        return OperatorError(code, uuid, message, timestamp, said.dialect)

    def fleet(self, fleet: Fleet) -> Fleet:
        """One fleet."""
        return Fleet(
            *(self.text(one) for one in (fleet.id, fleet.name, fleet.description, fleet.created_at, fleet.updated_at))
        )

    def control(self, control: Control) -> Control:
        """A control experiment, without the answer that it was compared by."""
        outcome = replace(control.outcome, message="", verdict=self.verdict(control.outcome.verdict))
        return replace(control, outcome=outcome)
