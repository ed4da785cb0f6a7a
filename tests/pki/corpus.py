"""The corpus: at least 120 named files with their variations and defects, and the verdict that each must get.

A verdict is "accepted", "refused" or "stopped" (a private key: nothing is read), then the codes in alphabetical order.
"""

from collections.abc import Callable
from dataclasses import dataclass

from onboarding.pki.errors import PkiError
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.validation.certificates import validate_certificates
from tests.pki.workshop import NOW, Workshop


@dataclass(frozen=True)
class Case:
    """The uploads, which a workshop makes, and the verdict on them."""

    verdict: str
    make: Callable[[Workshop], list[Upload]]


def verdict_of(uploads, requests):
    """Return the verdict on `uploads` for an account with `requests`."""
    try:
        reading = read_uploads(uploads)
    except PkiError as error:
        return f"stopped {error.code}"
    validation = validate_certificates([found.certificate for found in reading.certificates], requests, NOW)
    findings = [*reading.findings, *(validation.findings if reading.certificates or not reading.findings else ())]
    for finding in findings:
        assert finding.text, finding.code
        assert "invalid certificate" not in f"{finding.text} {finding.remedy}".lower()
    return " ".join(["accepted" if validation.accepted else "refused", *sorted({finding.code for finding in findings})])


def beside_authorities(change):
    """Return the partner's certificate, changed by `change`, and the authorities in a file as tools write it."""

    def make(workshop):
        return [Upload("certificate.cer", change(workshop.leaf)), Upload("ca.pem", workshop.authorities)]

    return make


def alone(make_data, name="upload.bin"):
    """Return one file; an empty `name` makes it pasted text."""
    return lambda workshop: [Upload(name, make_data(workshop))]
