"""The client of a rehearsal: asks it to sign a request, and for gateways with a fault."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx2
from cryptography import x509

from onboarding.fleets.connecting.tls import client_context
from onboarding.fleets.errors import FleetsError


@dataclass(frozen=True)
class SignedResponse:
    """What an operator's mail would hold: PEM certificates, the client ID, and a note for the partner."""

    certificate_pem: str
    ca_pem: str
    client_id: str
    note: str


def request_signature(url: str, csr_pem: str, anchors: Sequence[x509.Certificate], *, timeout: float) -> SignedResponse:
    """Post the CSR to `url`, whose server `anchors` vouch for; `timeout` in seconds for each operation.

    FleetsError: signing_unreachable; signing_refused, with the authority's reason; signing_unreadable.
    """
    context = client_context(None, anchors)
    try:
        with httpx2.Client(verify=context, trust_env=False, timeout=timeout) as client:
            response = client.post(url, content=csr_pem, headers={"Content-Type": "application/pkcs10"})
    except httpx2.HTTPError as exc:
        raise FleetsError("signing_unreachable") from exc
    try:
        said = response.json()
        if response.status_code == 422:
            raise FleetsError("signing_refused", " ".join(str(problem) for problem in said["problems"]))
        return SignedResponse(said["certificate"], said["ca_certificate"], said["client_id"], said.get("note", ""))
    except (ValueError, KeyError, TypeError) as exc:
        raise FleetsError("signing_unreadable") from exc


LOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class OfferedFault:
    """A fault that can be tried: its name, a sentence of which the gateway is the subject, and its group."""

    name: str
    words: str
    group: str


@dataclass(frozen=True)
class OpenedFault:
    """A gateway that has the fault `name`, and will be there for some minutes."""

    name: str
    base_url: str


def list_faults(url: str, anchors: Sequence[x509.Certificate], *, timeout: float) -> tuple[OfferedFault, ...]:
    """The faults offered at `url`, whose server `anchors` vouch for; `timeout` in seconds for each operation.

    FleetsError: faults_unreachable; faults_unreadable.
    """
    response = _ask("GET", url, anchors, timeout)
    try:
        listed = response.json()["faults"]
        return tuple(OfferedFault(str(one["name"]), str(one["words"]), str(one["group"])) for one in listed)
    except (ValueError, KeyError, TypeError) as exc:
        raise FleetsError("faults_unreadable") from exc


def open_fault(url: str, name: str, anchors: Sequence[x509.Certificate], *, timeout: float) -> OpenedFault:
    """Have a gateway opened at `url` that has the fault `name`.

    FleetsError: faults_unreachable; fault_unknown; faults_unreadable, also where the answer points to another host.
    """
    response = _ask("POST", f"{url}/{quote(name, safe='')}", anchors, timeout)
    try:
        said = response.json()
        if response.status_code == 404 and said["code"] == "fault_unknown":
            raise FleetsError("fault_unknown", name)
        base_url = str(said["base_url"])
        there = urlsplit(base_url)
    except (ValueError, KeyError, TypeError) as exc:
        raise FleetsError("faults_unreadable") from exc
    # A login and its password are sent there.
    if there.scheme != "https" or there.hostname not in {*LOOPBACK_HOSTS, urlsplit(url).hostname}:
        raise FleetsError("faults_unreadable")
    return OpenedFault(name, base_url)


def _ask(method: str, url: str, anchors: Sequence[x509.Certificate], timeout: float) -> httpx2.Response:
    context = client_context(None, anchors)
    try:
        with httpx2.Client(verify=context, trust_env=False, timeout=timeout) as client:
            return client.request(method, url)
    except httpx2.HTTPError as exc:
        raise FleetsError("faults_unreachable") from exc
