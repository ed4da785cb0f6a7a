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
        return {"partner": "yours", "operator": "Stellantis’", "network": "the site team’s", "nobody": "nobody’s"}[self]


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
THEN_QUOTE = "Try again in a few minutes. If it stays so, send the details below to your contact at Stellantis."
ELSE_QUOTE = "send the details below to your contact at Stellantis."  # behind "If …, "
ASK_NETWORK = "Ask the people who run this server’s network"
LET_THROUGH = f"{ASK_NETWORK} to let this server reach {{host}} directly. "
CHECK_ADDRESS = "Ask whoever runs this site or command to check the address of the gateway in its settings. "
NOTHING_TO_DO = "There is nothing to change on your side. "
