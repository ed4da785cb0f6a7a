"""HTTP/1.1 on a wire: one request, and its answer piece by piece. h11 knows the protocol, the wire the time."""

from collections.abc import Iterator, Sequence

import h11

from onboarding.fleets.wire import Wire

HEAD_LIMIT = 100 * 1024  # bytes of status line and headers
AT_ONCE = 64 * 1024  # bytes of one read

Headers = Sequence[tuple[str, str]]


class HungUpError(Exception):
    """The other side closed the connection before it answered anything."""


class ProxyRefusedError(Exception):
    """A proxy did not connect to where it was asked to; `status` is what it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Exchange:
    """A request and its answer. Raises what the wire meets (OSError), h11.RemoteProtocolError and HungUpError."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)

    def ask(self, method: str, target: str, headers: Headers) -> h11.Response | h11.InformationalResponse:
        """Send a request without a body; the head of the answer, which is no interim one but for a 101."""
        asked = self._http.send(h11.Request(method=method, target=target, headers=list(headers))) or b""
        asked += self._http.send(h11.EndOfMessage()) or b""
        try:
            self._wire.write(asked)
        except TimeoutError:
            raise
        except OSError:  # whoever stops listening may have answered first, which says more
            pass
        while True:
            event = self._next()
            if isinstance(event, h11.Response) or (isinstance(event, h11.InformationalResponse) and _switches(event)):
                return event

    def body(self) -> Iterator[bytes]:
        """The answer's body as it comes."""
        while isinstance(event := self._next(), h11.Data):
            yield bytes(event.data)

    def _next(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = self._wire.read(AT_ONCE)
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise HungUpError
            self._http.receive_data(data)
        return event  # type: ignore[return-value]  # NEED_DATA is left behind above


def _switches(event: h11.InformationalResponse) -> bool:
    return event.status_code == 101


def tunnel(wire: Wire, place: str, authorization: str) -> None:
    """Have a proxy connect to `place`, host:port (RFC 9110, 9.3.6); ProxyRefusedError, and what an Exchange raises."""
    headers = [("Host", place), ("Accept", "*/*")]
    if authorization:
        headers.append(("Proxy-Authorization", authorization))
    status = Exchange(wire).ask("CONNECT", place, headers).status_code
    if not 200 <= status < 300:
        raise ProxyRefusedError(status)
