"""What the words of a verdict are made of: how sure it is, whose move it is, what happened, what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Whose move it is."""

    PARTNER = "partner"
    OPERATOR = "operator"
    NETWORK = "network"
    NOBODY = "nobody"

    @property
    def words(self) -> str:
        """As a partner reads it."""
        return {"partner": "yours", "operator": "Stellantis’", "network": "the network’s", "nobody": "nobody’s"}[self]


class Confidence(StrEnum):
    """How sure a verdict is; what can't be told apart is never certain."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Entry:
    """The words of one verdict: templates over its context. Each can be read by somebody who knows no TLS."""

    owner: Owner
    text: str
    action: str
    confidence: Confidence = Confidence.CERTAIN


PARTNER, OPERATOR, NETWORK, NOBODY = Owner.PARTNER, Owner.OPERATOR, Owner.NETWORK, Owner.NOBODY
PROBABLE, UNKNOWN = Confidence.PROBABLE, Confidence.UNKNOWN
QUOTE = "Send the details below to your contact at Stellantis."
THEN_QUOTE = "Try again in a few minutes; then send the details below to your contact at Stellantis."
ASK_NETWORK = "Ask the people who run this server’s network"
CHECK_ADDRESS = "Have the address of the gateway checked in the settings. "
NOTHING_TO_DO = "Nothing to change on your side. "
