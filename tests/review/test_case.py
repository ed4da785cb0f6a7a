"""The case: what it shows, that it is made of a constant number of queries, and that no key material is read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onboarding.workflow import certificates
from onboarding.workflow import review as verbs
from tests import factories
from tests.review.conftest import signed_in

pytestmark = pytest.mark.django_db


def address(onboarding):
    return reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])


def test_the_case_shows_all_evidence_on_one_page(desk, owner):
    """Subject, CSR, fingerprints, certificate and chain, differences, client IDs, timeline."""
    one = factories.certified(owner)
    page = desk.get(address(one)).content.decode()
    request, answer = one.request, one.request.issued_certificate
    wanted = [
        "Société des Flottes",
        "it@flottes.example",
        "Programs Partners",
        request.csr_pem.splitlines()[1],
        request.fingerprint[:4],
        request.spki[-4:],
        answer.serial,
        "A Root",
        "client-1",
        "Request sent",
        "Certificate received",
    ]
    assert [text for text in wanted if text not in page] == []


def test_no_query_of_the_desk_touches_the_sealed_keys(desk, owner):
    """Neither the queue, nor the case, nor the first page, nor a confirmation."""
    one = factories.certified(owner)
    with CaptureQueriesContext(connection) as captured:
        for url in (
            reverse("admin:index"),
            reverse("admin:onboarding_onboarding_changelist") + "?move=anyone",
            address(one),
            reverse("admin:desk_verb", args=[one.pk, "remind"]),
        ):
            assert desk.get(url).status_code == 200
    assert [query["sql"] for query in captured if "sealedprivatekey" in query["sql"]] == []


def test_a_long_history_costs_no_more_queries_than_a_short_one(desk, owner, reviewer):
    """Constant, whatever has happened."""
    one, other = factories.certified(owner), factories.certified(owner, login="MZP000002")
    for number in range(5):
        certificates.add_client_id(other, owner, f"more-{number}", "")
        verbs.add_note(other, reviewer, f"note {number}")
        verbs.remind(other, reviewer)

    def queries(onboarding):
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address(onboarding)).status_code == 200
        return len(captured)

    assert queries(one) == queries(other)


def test_partners_see_no_note_of_the_staff(desk, owner):
    """A note stands on the case, and on no page of the partner."""
    one = factories.certified(owner)
    desk.post(reverse("admin:desk_verb", args=[one.pk, "note"]), {"text": "between-us-only"})
    assert "between-us-only" in desk.get(address(one)).content.decode()
    partner = signed_in(owner)
    for name in ("hub", "certificate", "test", "request", "key", "company"):
        assert "between-us-only" not in partner.get(reverse(f"onboarding:{name}", args=[one.pk])).content.decode()
