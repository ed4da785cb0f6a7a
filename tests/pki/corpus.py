"""The corpus: at least 120 named files, each a dialect or a defect, with the verdict that it must get.

A verdict is "accepted", "refused" or "stopped" (a key: nothing is read), then the codes in alphabetical order.
"""

from collections.abc import Callable
from dataclasses import dataclass

from onboarding.pki.errors import PkiError
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.validation.certificates import validate_certificates
from tests.pki.workshop import NOW, Workshop


@dataclass(frozen=True)
class Case:
    """What is sent, made in a workshop, and the verdict."""

    verdict: str
    make: Callable[[Workshop], list[Upload]]


def verdict_of(pieces, requests):
    """The verdict on `pieces` for an account with `requests`."""
    try:
        reading = read_uploads(pieces)
    except PkiError as error:
        return f"stopped {error.code}"
    answer = validate_certificates([found.certificate for found in reading.certificates], requests, NOW)
    findings = [*reading.findings, *(answer.findings if reading.certificates or not reading.findings else ())]
    for finding in findings:
        assert finding.text, finding.code
        assert "invalid certificate" not in f"{finding.text} {finding.remedy}".lower()
    return " ".join(["accepted" if answer.accepted else "refused", *sorted({finding.code for finding in findings})])


def beside_authorities(change):
    """The partner's certificate, changed, and the authorities in a file as tools write it."""

    def make(workshop):
        return [Upload("certificate.cer", change(workshop.leaf)), Upload("ca.pem", workshop.authorities)]

    return make


def alone(make_data, name="answer.bin"):
    """One file with everything that is sent."""
    return lambda workshop: [Upload(name, make_data(workshop))]
