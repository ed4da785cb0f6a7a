"""The faults that can be tried where an onboarding is with a rehearsal: which there are, and a gateway that has one."""

from cryptography import x509

from onboarding.environments import counterpart
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.faults import OfferedFault, OpenedFault, list_faults, open_fault
from onboarding.journey.transitions import NotNowError
from onboarding.models import Onboarding

TIMEOUT = 10.0  # seconds


def faults_of(onboarding: Onboarding) -> tuple[OfferedFault, ...]:
    """The faults to try (FleetsError: they can't be had just now; NotNowError: this environment has none)."""
    return list_faults(*_where(onboarding), timeout=TIMEOUT)


def opened_fault(onboarding: Onboarding, name: str) -> OpenedFault:
    """A gateway with the fault of that name (FleetsError, NotNowError); its address is the rehearsal's own word."""
    url, anchors = _where(onboarding)
    return open_fault(url, name, anchors, timeout=TIMEOUT)


def _where(onboarding: Onboarding) -> tuple[str, list[x509.Certificate]]:
    other = counterpart(onboarding.environment)
    if not (other.faults_url and other.signing_ca):
        raise NotNowError("this environment has no faults")
    try:
        return other.faults_url, x509.load_pem_x509_certificates(other.signing_ca.read_bytes())
    except (OSError, ValueError) as exc:
        raise FleetsError("faults_unreachable") from exc
