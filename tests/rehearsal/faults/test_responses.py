"""The responses of faulty gateways."""

import time_machine

from onboarding.rehearsal.faults.registry import fault_called
from onboarding.rehearsal.faults.responses import ClientRequest


def test_a_response_without_a_body_has_the_date_of_its_request():
    """A rehearsal that has run for days does not send the date of its start, which would look like a wrong clock."""
    with time_machine.travel("2031-05-04T03:02:01Z", tick=False):
        [response] = fault_called("204").respond(ClientRequest(has_certificate=True, has_basic_auth=True))
    assert b"\r\nDate: Sun, 04 May 2031 03:02:01 GMT\r\n" in response
