"""The page of a case: its contents, its constant number of queries, and that it reads no key material."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from onboarding.messages.finding import Finding
from onboarding.messages.text import translator
from onboarding.messages.verdict import Verdict
from onboarding.models import IssuedCertificate
from onboarding.workflow import certificates
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.review.conftest import hub_text, signed_in

pytestmark = pytest.mark.django_db


def address(onboarding):
    return reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])


def test_the_case_page_shows_everything_about_an_onboarding(desk, owner):
    """The page has the subject, CSR, fingerprints, certificate chain, client IDs and history."""
    onboarding = factories.certified(owner)
    page = desk.get(address(onboarding)).content.decode()
    request, certificate = onboarding.request, onboarding.request.issued_certificate
    wanted = [
        "Société des Flottes",
        "it@flottes.example",
        "Programs Partners",
        request.csr_pem.splitlines()[1],
        request.fingerprint[:4],
        request.spki[-4:],
        certificate.serial,
        "A Root",
        "client-1",
        "Request sent",
        "Certificate received",
    ]
    assert [text for text in wanted if text not in page] == []


@pytest.mark.parametrize(
    ("status", "label", "title"),
    [
        ("sent", "Ours", "Wait until we confirm that Stellantis has your request"),
        ("draft", "Partner’s", "Create the key"),
    ],
)
def test_the_case_page_names_the_next_owner_and_action(desk, owner, status, label, title):
    """The page names the owner as the queue does, and the action as the partner's hub does."""
    onboarding = factories.sent(owner) if status == "sent" else factories.described(owner)
    page = " ".join(desk.get(address(onboarding)).content.decode().split())
    next_owner = onboarding.next_owner
    assert f'<strong class="move move-{next_owner}">{label}</strong>' in page
    assert f"(the partner reads “{title}”)" in page
    assert title in hub_text(onboarding)


def test_the_case_page_shows_findings_and_tests_in_the_language_of_the_reader(desk, owner, monkeypatch):
    """The texts come from the catalog and are translated, because the stored ones may be in the partner's language."""
    onboarding = factories.certified(owner)
    finding = Finding("key_usage_odd")
    verdict = Verdict("password_rejected", {"login": "MZP128745"})
    old = {"text": "Old text.", "remedy": ""}
    IssuedCertificate.objects.update(findings=[finding.to_dict() | old])
    onboarding.tests.create(
        certificate=onboarding.request.issued_certificate,
        client_id="client-1",
        finished_at=timezone.now(),
        verdict=verdict.code,
        result={"verdict": verdict.to_dict() | old, "stage_reached": "client certificate", "status": 401},
    )
    wanted = [f"[fr] {text}" for text in (finding.text, verdict.text, "client certificate")]
    monkeypatch.setattr(translator, "gettext", lambda text: f"[fr] {text}")
    page = desk.get(address(onboarding)).content.decode()
    assert [text for text in wanted if text not in page] == []
    assert "Old text." not in page


def test_a_test_without_a_result_is_running_or_interrupted(desk, owner):
    """A test has no result until it has finished; without one, it counts as interrupted after a while."""
    onboarding = factories.certified(owner)
    for started in (timezone.now(), timezone.now() - timedelta(hours=1)):
        onboarding.tests.create(
            certificate=onboarding.request.issued_certificate, client_id="client-1", started_at=started
        )
    page = desk.get(address(onboarding)).content.decode()
    assert [page.count(text) for text in ("running", "interrupted, because the server stopped")] == [1, 1]


def test_no_list_of_the_desk_touches_the_sealed_keys(desk, owner):
    """The queue, the dashboard and a confirmation page don't read the table of sealed keys.

    The case does, to compare the CSR with the sealed key, whose record is not decrypted further than that.
    """
    onboarding = factories.certified(owner)
    with CaptureQueriesContext(connection) as captured:
        for url in (
            reverse("admin:index"),
            reverse("admin:onboarding_onboarding_changelist") + "?move=anyone",
            reverse("admin:review_action", args=[onboarding.pk, "remind"]),
        ):
            assert desk.get(url).status_code == 200
    assert [query["sql"] for query in captured if "sealedprivatekey" in query["sql"]] == []


def test_a_long_history_needs_no_more_queries_than_a_short_one(desk, owner, reviewer):
    """The number of queries doesn't depend on the number of notes, emails and client IDs."""
    onboarding, other = factories.certified(owner), factories.certified(owner, login="MZP000002")
    for number in range(5):
        certificates.add_client_id(other, owner, f"more-{number}", "")
        review_workflow.add_note(other, reviewer, f"note {number}")
        review_workflow.remind(other, reviewer)

    def queries(onboarding):
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address(onboarding)).status_code == 200
        return len(captured)

    assert queries(onboarding) == queries(other)


def test_partners_see_no_staff_note(desk, owner):
    """A staff note is on the page of the case, and on no page of the partner."""
    onboarding = factories.certified(owner)
    desk.post(reverse("admin:review_action", args=[onboarding.pk, "note"]), {"text": "between-us-only"})
    assert "between-us-only" in desk.get(address(onboarding)).content.decode()
    partner = signed_in(owner)
    for name in ("hub", "certificate", "test", "request", "key", "company"):
        assert (
            "between-us-only" not in partner.get(reverse(f"onboarding:{name}", args=[onboarding.pk])).content.decode()
        )
