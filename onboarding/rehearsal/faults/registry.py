"""The faults by name, and the faulty gateways that are opened on request."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from onboarding.rehearsal.authority import Authority, RehearsalError
from onboarding.rehearsal.faults import http, tls
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway

GROUPS = {
    "Before the connection is encrypted": tls.before_tls,
    "Encryption, and your certificate refused": tls.tls,
    "The gateway’s own certificate": tls.server_certificates,
    "Whether it asks for yours": tls.client_certificates,
    "Answers that do not end well": http.no_answer,
    "Answers that say all is well (200)": http.successes,
    "Too many calls": http.too_many,
    "Refusals and errors, by status": http.refusals,
    "Password and client ID": http.credentials,
}
FAULTS: dict[str, Fault] = {one.name: one for group in GROUPS.values() for one in group()}


def fault(name: str) -> Fault:
    """The fault of that name (RehearsalError fault_unknown)."""
    if name not in FAULTS:
        raise RehearsalError("fault_unknown", [f"There is no fault “{name}”; --list-faults shows them all."])
    return FAULTS[name]


OPEN_GATEWAYS_MAX = 20  # gateways
OPEN_FOR = 600.0  # seconds


@dataclass
class FaultsDesk:
    """Opens a gateway for a fault on a free port of `host`, and closes it again.

    At most `at_once` are open, the oldest making room, and each for `seconds`.
    """

    authority: Authority
    host: str
    at_once: int = OPEN_GATEWAYS_MAX
    seconds: float = OPEN_FOR
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: dict[FaultyGateway, threading.Timer] = field(default_factory=dict)  # the oldest first
    _ended: bool = False

    def __post_init__(self) -> None:
        self._identities = FaultyIdentities(self.authority)

    @staticmethod
    def listed() -> list[Mapping[str, str]]:
        """Every fault: its name, a sentence about it, and the group it is shown in."""
        return [{"name": one.name, "words": one.words, "group": title} for title in GROUPS for one in GROUPS[title]()]

    @property
    def base_urls(self) -> list[str]:
        """Where a faulty gateway is open now, the oldest first."""
        with self._lock:
            return [one.base_url for one in self._open]

    def open(self, name: str) -> str:
        """The base URL of a new gateway with that fault (RehearsalError fault_unknown)."""
        wrong = fault(name)
        with self._lock:
            gateway = FaultyGateway(wrong, self._identities, host=self.host)
            gateway.new_context()  # makes its keys now: the first connection is not to wait for them
            timer = threading.Timer(self.seconds, self._close, [gateway])
            timer.daemon = True
            gateway.__enter__()
            self._open[gateway] = timer
            timer.start()
            room = 0 if self._ended else self.at_once
            too_many = list(self._open)[: max(0, len(self._open) - room)]
        for one in too_many:
            self._close(one)
        return gateway.base_url

    def close(self) -> None:
        """Close them all; whatever is opened after this is closed at once."""
        with self._lock:
            self._ended = True
            left = list(self._open)
        for one in left:
            self._close(one)

    def _close(self, gateway: FaultyGateway) -> None:
        with self._lock:
            timer = self._open.pop(gateway, None)
        if timer:  # else another thread closes it
            timer.cancel()
            gateway.__exit__()
