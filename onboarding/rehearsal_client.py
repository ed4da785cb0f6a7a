"""A client for the rehearsal, the practice server, which signs requests and opens gateways with a fault."""

import http.client
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from cryptography import x509

from onboarding.fleets.connecting.tls import client_context
from onboarding.fleets.errors import FleetsError
from onboarding.messages.text import Params, gettext, render

NO_PARAMETER = re.compile(r"\{(?!\w+\})")  # a text from elsewhere has nothing but names in its braces
LOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}
RESPONSE_LIMIT = 4 * 1024 * 1024  # bytes; more is not read


class RehearsalClientError(FleetsError):
    """The rehearsal did not respond as expected. `code` is stable, `text` is for a person.

    The codes are signing_unreachable, signing_refused, signing_unreadable, faults_unreachable, faults_unreadable and
    fault_unknown; their texts are in `messages.verdicts.ERRORS`.
    """


@dataclass(frozen=True)
class SignedResponse:
    """The content of an operator's email: the certificates as PEM, the client ID, and a note for the partner."""

    certificate_pem: str
    ca_pem: str
    client_id: str
    note: str


@dataclass(frozen=True)
class OfferedFault:
    """A fault that can be tried: its name, the sentence that describes it and its parameters, its group's title."""

    name: str
    text: str
    title: str
    params: Params = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The sentence, in the language that is active."""
        return render(self.text, self.params)

    @property
    def group(self) -> str:
        """The title of the group, in the language that is active."""
        return gettext(self.title)  # marked where the faults are defined


@dataclass(frozen=True)
class OpenedFault:
    """A gateway that has the fault `name`. The rehearsal closes it after some minutes."""

    name: str
    base_url: str


def request_signature(url: str, csr_pem: str, anchors: Sequence[x509.Certificate], *, timeout: float) -> SignedResponse:
    """Post the CSR to `url` and return the signed certificate.

    The server's certificate is verified with `anchors`. `timeout` is in seconds for each operation. Raise
    RehearsalClientError with the code signing_unreachable, signing_refused (with the reasons) or signing_unreadable.
    """
    headers = {"Content-Type": "application/pkcs10"}
    try:
        response = _send("POST", url, anchors, timeout, content=csr_pem, headers=headers)
    except (OSError, http.client.HTTPException) as exc:
        raise RehearsalClientError("signing_unreachable") from exc
    try:
        body = response.json()
        if response.status_code == 422:
            raise RehearsalClientError(
                "signing_refused", " ".join(gettext(str(problem)) for problem in body["problems"])
            )
        return SignedResponse(body["certificate"], body["ca_certificate"], body["client_id"], body.get("note", ""))
    except (ValueError, KeyError, TypeError) as exc:
        raise RehearsalClientError("signing_unreadable") from exc


def list_faults(url: str, anchors: Sequence[x509.Certificate], *, timeout: float) -> tuple[OfferedFault, ...]:
    """Return the faults that the server at `url` offers; for the arguments, see `request_signature`.

    Raise RehearsalClientError with the code faults_unreachable or faults_unreadable.
    """
    try:
        response = _send("GET", url, anchors, timeout)
    except (OSError, http.client.HTTPException) as exc:
        raise RehearsalClientError("faults_unreachable") from exc
    try:
        faults = response.json()["faults"]
        offered = tuple(
            OfferedFault(str(fault["name"]), str(fault["text"]), str(fault["group"]), dict(fault["params"]))
            for fault in faults
        )
        if any(NO_PARAMETER.search(fault.text) or not fault.description for fault in offered):
            raise RehearsalClientError("faults_unreadable")
        return offered  # noqa: TRY300  # what was read is checked as well
    except (ValueError, KeyError, TypeError) as exc:
        raise RehearsalClientError("faults_unreadable") from exc


def open_fault(url: str, name: str, anchors: Sequence[x509.Certificate], *, timeout: float) -> OpenedFault:
    """Request a gateway with the fault `name` from the server at `url`; for the arguments, see `request_signature`.

    Raise RehearsalClientError with the code faults_unreachable, fault_unknown or faults_unreadable. The last is also
    raised if the gateway is on another host than the server, because the test sends a login and a password there.
    """
    try:
        response = _send("POST", f"{url}/{quote(name, safe='')}", anchors, timeout)
    except (OSError, http.client.HTTPException) as exc:
        raise RehearsalClientError("faults_unreachable") from exc
    try:
        body = response.json()
        if response.status_code == 404 and body["code"] == "fault_unknown":
            raise RehearsalClientError("fault_unknown", name)
        base_url = str(body["base_url"])
        gateway = urlsplit(base_url)
    except (ValueError, KeyError, TypeError) as exc:
        raise RehearsalClientError("faults_unreadable") from exc
    if gateway.scheme != "https" or gateway.hostname not in {*LOOPBACK_HOSTS, urlsplit(url).hostname}:
        raise RehearsalClientError("faults_unreadable")
    return OpenedFault(name, base_url)


class _Response(NamedTuple):
    status_code: int
    content: bytes

    def json(self) -> Any:
        """Return the content; ValueError if it is not JSON."""
        return json.loads(self.content)


def _send(
    method: str,
    url: str,
    anchors: Sequence[x509.Certificate],
    timeout: float,
    content: str | None = None,
    headers: dict[str, str] | None = None,
) -> _Response:
    """Send a request, without following redirects and without the proxies of the environment."""
    parts = urlsplit(url)
    context = client_context(None, anchors)
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=context)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, content, headers or {})
        response = connection.getresponse()
        return _Response(response.status, response.read(RESPONSE_LIMIT))
    finally:
        connection.close()
