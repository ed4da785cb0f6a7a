"""The one model of messages: a stable code with its parameters; the sentences stand in a catalog, by code.

A `Finding` is about what a partner typed or sent, a `Verdict` about a connection test; a `Remark` comes with a verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from onboarding.messages.text import Params, Text, render


class Owner(StrEnum):
    """Who must act next."""

    PARTNER = "partner"
    OPERATOR = "operator"
    US = "us"  # the review desk of this site
    NETWORK = "network"  # the people who run the server that connects, and its network
    BOTH = "both"  # partner and operator together
    NOBODY = "nobody"


class Severity(StrEnum):
    """Whether a finding stops the step, only warns, or informs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(StrEnum):
    """How sure a verdict is. Causes that can't be told apart are never certain."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Template:
    """What the catalog holds for a code: who must act, what happened, and the remedy, which may be empty."""

    owner: Owner
    text: Text
    remedy: Text = ""
    severity: Severity = Severity.ERROR
    confidence: Confidence = Confidence.CERTAIN


def error(owner: Owner, text: Text, remedy: Text = "") -> Template:
    """Return the template of a finding that stops the step."""
    return Template(owner, text, remedy, Severity.ERROR)


def warning(owner: Owner, text: Text, remedy: Text = "") -> Template:
    """Return the template of a finding that only warns."""
    return Template(owner, text, remedy, Severity.WARNING)


def info(owner: Owner, text: Text, remedy: Text = "") -> Template:
    """Return the template of a finding that informs."""
    return Template(owner, text, remedy, Severity.INFO)


class Message:
    """What findings, verdicts and remarks share. A `variant` picks one of several sentences for the same code.

    The catalog has a template for `code`, or for `code.variant`.
    """

    catalog: ClassVar[Mapping[str, Template]]
    code: str
    params: Params
    variant: str

    @property
    def template(self) -> Template:
        """The template of this code and variant (KeyError: the catalog has none)."""
        return self.catalog[f"{self.code}.{self.variant}" if self.variant else self.code]

    @property
    def owner(self) -> Owner:
        """Who must act next."""
        return self.template.owner

    @property
    def text(self) -> str:
        """What happened, as sentences for the partner, in the language of the moment."""
        return render(self.template.text, self._values())

    @property
    def remedy(self) -> str:
        """What to do about it; may be empty."""
        return render(self.template.remedy, self._values())

    def _values(self) -> Params:
        return self.params
