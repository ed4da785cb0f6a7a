"""What a catalogue of findings is made of: for each code, whether it stops, whose move it is, and the words."""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Whose move it is."""

    PARTNER = "partner"
    OPERATOR = "operator"
    NETWORK = "network"
    BOTH = "both"
    NOBODY = "nobody"


class Severity(StrEnum):
    """Whether a finding stops the step, only warns, or merely tells what was done."""

    STOPS = "stops"
    WARNS = "warns"
    TELLS = "tells"


@dataclass(frozen=True)
class Entry:
    """The words of a code: templates over the finding's `field`, `found`, `expected` and context."""

    severity: Severity
    owner: Owner
    text: str
    remedy: str = ""
