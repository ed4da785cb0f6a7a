"""What a fault of a gateway is made of."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from onboarding.rehearsal.faults_answers import HEALTHY, Answer, replies
from onboarding.rehearsal.faults_connection import Behaviour
from onboarding.rehearsal.gateway import HAL

GOOD: Answer = replies(200, HEALTHY, HAL)


class Asks(StrEnum):
    """Whom the gateway asks for a client certificate, and of which CA."""

    EVERYBODY = "everybody"
    POLITELY = "politely"  # does without, too
    STRANGERS = "strangers"  # trusts only a foreign CA
    WHOLE_CHAINS = "whole chains"  # knows only the root: the intermediate must be sent along
    NOBODY = "nobody"


@dataclass(frozen=True)
class Fault:
    """One fault. `connection` replaces TLS; else TLS is spoken with `certificate`, and `answer` given (None: never)."""

    name: str
    words: str
    certificate: str = "good"
    asks: Asks = Asks.EVERYBODY
    connection: Behaviour | None = None
    tune: Callable[[ssl.SSLContext], None] | None = None
    answer: Answer | None = GOOD
