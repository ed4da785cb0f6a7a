"""Asking an address that signs certificate requests at once, where an environment has one."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
from cryptography import x509

from onboarding.fleets.errors import FleetsError
from onboarding.fleets.tls import client_context


@dataclass(frozen=True)
class Signed:
    """What an operator's mail would hold: PEM certificates, the client ID, and a note for the partner."""

    certificate_pem: str
    ca_pem: str
    client_id: str
    note: str


def request_signature(url: str, csr_pem: str, anchors: Sequence[x509.Certificate], *, timeout: float) -> Signed:
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
        return Signed(said["certificate"], said["ca_certificate"], said["client_id"], said.get("note", ""))
    except (ValueError, KeyError, TypeError) as exc:
        raise FleetsError("signing_unreadable") from exc
