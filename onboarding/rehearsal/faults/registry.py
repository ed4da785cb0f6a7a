"""All faults, by name and in groups, and a pool of faulty gateways that are opened on request."""

import threading
from dataclasses import dataclass, field
from typing import Any

from onboarding.messages.text import gettext_noop as _
from onboarding.rehearsal.authority import Authority, RehearsalError
from onboarding.rehearsal.faults import http, tls
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway

# The titles are shown to partners, in this order.
GROUPS: dict[str, tuple[Fault, ...]] = {
    _("Before TLS begins"): tls.BEFORE_TLS,
    _("TLS handshake, and your certificate refused"): tls.HANDSHAKE_FAULTS,
    _("The gateway’s own certificate"): tls.SERVER_CERTIFICATES,
    _("Whether the gateway asks for your certificate"): tls.CLIENT_CERTIFICATES,
    _("Missing and incomplete responses"): http.INCOMPLETE_RESPONSES,
    _("Responses with status 200"): http.STATUS_200_FAULTS,
    _("Too many requests"): http.RATE_LIMITS,
    _("Errors by status"): http.ERROR_STATUS_FAULTS,
    _("Password and client ID"): http.CREDENTIALS,
}
FAULTS: dict[str, Fault] = {fault.name: fault for faults in GROUPS.values() for fault in faults}


def fault_called(name: str) -> Fault:
    """Return the fault called `name` (RehearsalError: fault_unknown)."""
    if name not in FAULTS:
        raise RehearsalError("fault_unknown", [f"There is no fault “{name}”; --list-faults shows them all."])
    return FAULTS[name]


OPEN_GATEWAYS_MAX = 20  # gateways
OPEN_FOR = 600.0  # seconds


@dataclass
class FaultyGatewayPool:
    """Opens gateways with a fault on free ports of `host`, and closes them again.

    At most `at_once` gateways are open. Opening another gateway closes the oldest. Each is open for at most `seconds`.
    """

    authority: Authority
    host: str
    at_once: int = OPEN_GATEWAYS_MAX
    seconds: float = OPEN_FOR
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: dict[FaultyGateway, threading.Timer] = field(default_factory=dict)  # the oldest first
    _closed: bool = False

    def __post_init__(self) -> None:
        self._identities = FaultyIdentities(self.authority)

    @staticmethod
    def listed() -> list[dict[str, Any]]:
        """Return every fault: its name, its description in English, and its group's title.

        `text` and `params` are the description before the parameters are filled in, for clients that translate it.
        """
        return [
            {
                "name": fault.name,
                "description": fault.description,
                "text": fault.text,
                "params": fault.params,
                "group": title,
            }
            for title, faults in GROUPS.items()
            for fault in faults
        ]

    @property
    def base_urls(self) -> list[str]:
        """The base URLs of the open gateways, the oldest first."""
        with self._lock:
            return [gateway.base_url for gateway in self._open]

    def open(self, name: str) -> str:
        """Open a gateway with the fault called `name`, and return its base URL (RehearsalError: fault_unknown)."""
        chosen = fault_called(name)
        with self._lock:
            gateway = FaultyGateway(chosen, self._identities, host=self.host)
            gateway.new_context()  # generate the keys first, so that the first connection does not wait for them
            timer = threading.Timer(self.seconds, self._close, [gateway])
            timer.daemon = True
            gateway.__enter__()
            self._open[gateway] = timer
            timer.start()
            limit = 0 if self._closed else self.at_once
            superfluous = list(self._open)[: max(0, len(self._open) - limit)]
        for oldest in superfluous:
            self._close(oldest)
        return gateway.base_url

    def close(self) -> None:
        """Close all gateways; a gateway that is opened later is closed immediately."""
        with self._lock:
            self._closed = True
            remaining = list(self._open)
        for gateway in remaining:
            self._close(gateway)

    def _close(self, gateway: FaultyGateway) -> None:
        with self._lock:
            timer = self._open.pop(gateway, None)
        if timer:  # otherwise another thread is closing it
            timer.cancel()
            gateway.__exit__()
