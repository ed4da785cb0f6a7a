"""Login and password go only to a server that asks for a client certificate, unless the partner says otherwise."""

from dataclasses import replace

import pytest

from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.fleets.report import report_text
from onboarding.rehearsal.faults.gateway import ClientAuth, FaultyGateway
from onboarding.rehearsal.faults.registry import FAULTS, fault_called
from tests.fleets.conftest import QUICK

WITHHELD = "credentials_withheld"
NEVER_ASKS = [name for name, fault in FAULTS.items() if fault.client_auth == ClientAuth.OFF and "server_" not in name]
CASES = [*((name, tls) for name in NEVER_ASKS for tls in ("1.2", "1.3")), ("certificate_asked_late", "1.3")]


@pytest.mark.parametrize(("name", "tls"), CASES)
def test_a_trusted_server_that_asks_for_no_certificate_gets_no_password(gateway, credentials, name, tls):
    """A server with a trusted certificate could collect passwords. It gets none, by no control experiment either."""
    with gateway(name, tls=tls) as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
    assert served.requests
    assert not any(b"authorization" in request.lower() for request in served.requests)
    assert (diagnosis.verdict.code, diagnosis.succeeded, diagnosis.fleets) == (WITHHELD, False, ())
    assert diagnosis.to_dict()["password_withheld"]
    assert "--user" not in report_text(diagnosis.to_dict())


@pytest.mark.parametrize(("name", "tls"), CASES)
def test_with_permission_the_password_is_sent(gateway, credentials, name, tls):
    """The verdict is then about the response. Only a server that asks, although late, makes a success."""
    with gateway(name, tls=tls) as served:
        allowed = replace(credentials, send_password_anyway=True)
        diagnosis = diagnose(Endpoint(served.base_url), allowed, limits=QUICK)
    assert b"authorization: basic" in served.requests[0].lower()
    assert diagnosis.verdict.code != WITHHELD
    assert diagnosis.succeeded == (name == "certificate_asked_late")


def test_a_server_that_only_answers_with_a_password_gets_none(identities, credentials):
    """It closes the connection. The verdict says that no password was sent, because that may be the reason."""
    silent = replace(fault_called("close_after_request"), client_auth=ClientAuth.OFF)
    with FaultyGateway(silent, identities) as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
    assert (diagnosis.verdict.code, len(served.requests)) == (WITHHELD, 1)
    assert b"authorization" not in served.requests[0].lower()


@pytest.mark.parametrize("name", ["301", "html_200"])
def test_what_says_more_about_the_server_remains_the_verdict(identities, credentials, name):
    """A redirect or a page for people shows that another server answered, so that no password should be sent."""
    other = replace(fault_called(name), client_auth=ClientAuth.OFF)
    with FaultyGateway(other, identities) as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
    assert diagnosis.verdict.code in {"redirected", "not_the_gateway"}
    assert not diagnosis.to_dict()["password_withheld"]
    assert b"authorization" not in served.requests[0].lower()
