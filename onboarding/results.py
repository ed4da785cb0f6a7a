"""What a partner gets to see and keep at the end: the last test, the cURL line, the names of the files."""

from onboarding.environments import counterpart
from onboarding.fleets.curl import curl_command
from onboarding.models import FleetsTest, Onboarding

KEY_FILE = "key.pem"
CERTIFICATE_FILE = "certificate.pem"
CA_FILE = "ca.pem"


def last_test(onboarding: Onboarding, *, succeeded: bool = False) -> FleetsTest | None:
    """The newest finished test of the current request; with `succeeded`, the newest that did."""
    tests = onboarding.tests.filter(finished_at__isnull=False, certificate__request__replaced_at=None)
    if succeeded:
        tests = tests.filter(result__succeeded=True)
    return tests.first()


def curl_for(onboarding: Onboarding) -> str:
    """The request as one cURL line over the downloaded files; it asks for the passphrase and the password."""
    good = last_test(onboarding, succeeded=True)
    return curl_command(
        base_url=counterpart(onboarding.environment).base_url,
        client_id=good.client_id if good else "",
        login=onboarding.mzp_login,
        key_file=KEY_FILE,
        certificate_file=CERTIFICATE_FILE,
        ca_file=CA_FILE,
    )
