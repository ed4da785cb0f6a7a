"""The model that all messages share: a stable code with parameters. A catalog has the sentences for each code.

A `Finding` is about what a partner typed or uploaded, a `Verdict` about a connection test. A `Remark` and an
`Observation` accompany a verdict, an `ErrorMessage` an exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar

from onboarding.messages.durations import with_durations
from onboarding.messages.text import Params, Text, render, sanitize


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


# The values of earlier versions.
EARLIER_SEVERITIES = {"stops": Severity.ERROR, "warns": Severity.WARNING, "tells": Severity.INFO}


class Confidence(StrEnum):
    """How sure a verdict is. A verdict on causes that can't be distinguished is never certain."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Template:
    """What the catalog has for a code: who must act, what happened, and the remedy, which may be empty.

    `ask_for_details`: the remedy asks the reader to send the technical details to somebody. `about_our_server`: the
    message is about the server that connects or its settings, which a partner who uses this site can't change.
    """

    owner: Owner
    text: Text
    remedy: Text = ""
    severity: Severity = Severity.ERROR
    confidence: Confidence = Confidence.CERTAIN
    ask_for_details: bool = False
    about_our_server: bool = False


def error(owner: Owner, text: Text, remedy: Text = "") -> Template:
    """Return the template of a finding that stops the step."""
    return Template(owner, text, remedy, Severity.ERROR)


def warning(owner: Owner, text: Text, remedy: Text = "") -> Template:
    """Return the template of a finding that only warns."""
    return Template(owner, text, remedy, Severity.WARNING)


def info(owner: Owner, text: Text, remedy: Text = "") -> Template:
    """Return the template of a finding that informs."""
    return Template(owner, text, remedy, Severity.INFO)


def stored_template(stored: Mapping[str, Any], known: Template) -> Template:
    """Return `known` with the sentences, the owner and the severity of a `stored` message, where it has them.

    A message gets this template if it was stored by an earlier version, and the catalog can't render it any more.
    """
    severity = stored.get("severity") or known.severity
    return replace(
        known,
        owner=Owner(stored.get("owner") or known.owner),
        severity=EARLIER_SEVERITIES.get(severity) or Severity(severity),
        text=_literal(stored.get("text", "")),
        remedy=_literal(stored.get("remedy", stored.get("action", ""))),
    )


def _literal(text: str) -> str:
    """Return the template that renders as `text`."""
    return text.replace("{", "{{").replace("}", "}}")


class Message:
    """A code with parameters. A `variant` selects one of several sentences for the same code.

    The catalog has a template for `code`, or for `code.variant`. `own_template` replaces the catalog's; only a stored
    message has one (see `stored_template`).
    """

    catalog: ClassVar[Mapping[str, Template]]
    code: str
    params: Params
    variant: str
    own_template: Template | None = None

    @property
    def template(self) -> Template:
        """The template of this code and variant. Raise KeyError if the catalog has none."""
        return self.own_template or self.catalog[f"{self.code}.{self.variant}" if self.variant else self.code]

    @property
    def owner(self) -> Owner:
        """Who must act next."""
        return self.template.owner

    @property
    def confidence(self) -> Confidence:
        """How sure the message is."""
        return self.template.confidence

    @property
    def text(self) -> str:
        """What happened, as sentences for the partner, in the current language."""
        return render(self.template.text, self._values())

    @property
    def remedy(self) -> str:
        """What to do about it, in the current language; may be empty."""
        return render(self.template.remedy, self._values())

    @property
    def is_renderable(self) -> bool:
        """Whether the catalog has this message and `params` has every parameter of its sentences."""
        try:
            return bool(self.text + self.remedy)
        except (KeyError, ValueError):
            return False

    @property
    def sanitized_params(self) -> dict[str, str | int]:
        """The parameters, with a space for each hidden character, so that they can be stored as JSON."""
        return {name: sanitize(value) if isinstance(value, str) else value for name, value in self.params.items()}

    def _values(self) -> Params:
        return with_durations(self.params)
