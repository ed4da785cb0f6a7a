"""Read a sealed key and its place from their rows."""

from dataclasses import fields
from typing import Any

from onboarding.models import CertificateRequest, SealedPrivateKey
from onboarding.pki.csr import csr_fingerprint
from onboarding.pki.custody import Binding, SealedKey
from onboarding.pki.errors import PkiError
from onboarding.pki.keys import spki_fingerprint


def sealed_key(row: SealedPrivateKey) -> SealedKey:
    """Return the sealed key in `row`."""
    values: dict[str, Any] = {}
    for field in fields(SealedKey):
        value = getattr(row, field.name)
        # PostgreSQL's driver returns bytes as memoryviews.
        values[field.name] = bytes(value) if isinstance(value, memoryview) else value
    return SealedKey(**values)


def binding_of(request: CertificateRequest) -> Binding:
    """Return the place of the sealed key of `request`. The fingerprint is calculated from the stored CSR itself.

    Raise PkiError if the stored CSR can't be read, or if it does not fit its columns.
    """
    try:
        csr = request.csr
    except ValueError as exc:
        raise PkiError("request_altered") from exc
    fingerprint = csr_fingerprint(csr)
    if (fingerprint, spki_fingerprint(csr.public_key())) != (request.fingerprint, request.spki):
        raise PkiError("request_altered")
    return Binding(str(request.onboarding_id), str(request.uid), fingerprint)
