"""The database is gone at every query of a request: the page says so, nothing is half done, and trying again works."""

from itertools import count

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from onboarding.models import (
    AuditRecord,
    CertificateRequest,
    DailyCount,
    Event,
    IssuedCertificate,
    Onboarding,
    SealedPrivateKey,
    SearchKey,
)
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
QUERIES_MAX = 200


class GoneAt:
    """Fails the query with this number, once, as a server that has closed the connection does."""

    def __init__(self, number):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == -1:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)


def state():
    """Return what a change of an onboarding writes, without what is counted for refusals and limits."""
    events = list(Event.objects.order_by("pk").values_list("verb", "from_status", "to_status"))
    return (
        list(Onboarding.objects.order_by("pk").values_list("status", "organization", "mzp_login", "next_owner")),
        events,
        AuditRecord.objects.filter(kind="event").count(),
        [model.objects.count() for model in (CertificateRequest, SealedPrivateKey, IssuedCertificate, SearchKey)],
        sorted(DailyCount.objects.filter(n__gt=0).values_list("kind", "label", "n")),
    )


COMPANY = {
    "country": "FR",
    "state": "Île-de-France",
    "locality": "Saint-Ouen",
    "organization": "Flottes & Fils",
    "email": "flotte@societe.example",
}
# The form has the id of the onboarding, so sending it again starts no second one.
NEW = {"mzp_login": "MZP128745", "environment": "production", "onboarding": "5f0c1f0e-3c1b-4d0a-9a55-0d8f0f2f7c11"}
STEPS = {
    "start": (None, "new", NEW),
    "company": (factories.started, "company", COMPANY),
    "key": (factories.described, "key", {"passphrase": factories.PASSPHRASE, "key_size": "2048"}),
    "prove": (factories.with_key, "request", {"passphrase": factories.PASSPHRASE}),
    "withdraw": (factories.with_key, "withdraw", {}),
    "page": (factories.with_key, "hub", None),
}


@pytest.mark.parametrize("step", STEPS)
def test_every_query_can_fail(client, owner, settings, step):
    """After each failure the state is as before or as after the whole step. In the end, the step is done once."""
    make, name, typed = STEPS[step]
    onboarding = make(owner) if make else None
    url = reverse(f"onboarding:{name}", args=[onboarding.pk] if onboarding else [])
    client.force_login(owner)
    client.raise_request_exception = False
    states, answers = [state()], []
    for number in count():
        assert number < QUERIES_MAX
        gone = GoneAt(number)
        with connection.execute_wrapper(gone):
            page = client.get(url) if typed is None else client.post(url, typed)
        states.append(state())
        answers.append(page.status_code)
        if gone.left >= 0:  # every query of the request was made
            break
        if page.status_code == 503:
            assert b"The site is unavailable for a moment" in page.content
    assert answers[-1] in {200, 302}
    assert answers.count(503) > 3
    assert set(answers) <= {200, 302, 503}
    assert [number for number, seen in enumerate(states) if seen not in (states[0], states[-1])] == []
