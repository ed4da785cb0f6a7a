"""What the API does, by a client that knows only its description."""

import base64

import pytest

from onboarding.models import AuditKind, AuditRecord, ConnectionTest, IssuedCertificate, Proposal, Status
from onboarding.rehearsal.authority import pem
from tests import factories
from tests.api.conftest import client_of
from tests.review.conftest import staff
from tests.security.matrix import connected_onboarding

pytestmark = pytest.mark.django_db


def used(operation):
    return AuditRecord.objects.filter(kind=AuditKind.TOKEN_USED, details__operation=operation).count()


def test_a_partner_lists_onboardings_with_what_is_next(program, owner):
    onboarding = factories.sent(owner)
    [item] = program.call("listOnboardings").content["items"]
    assert item == program.call("getOnboarding", pk=onboarding.pk).content
    assert (item["id"], item["status"]) == (str(onboarding.pk), "sent")
    assert (item["next_action"], item["next_owner"]) == ("wait_for_receipt", "us")
    assert item["days_left"] is None


def test_a_list_has_pages(program, owner, monkeypatch):
    monkeypatch.setattr("onboarding.api.partners.PAGE", 2)
    made = {str(factories.started(owner, login=f"MZP10000{number}").pk) for number in range(5)}
    found, offset = [], 0
    while offset is not None:
        page = program.call("listOnboardings", offset=offset).content
        found += [item["id"] for item in page["items"]]
        offset = page["next_offset"]
    assert (len(found), set(found)) == (5, made)


def test_a_partner_gets_the_csr_once_it_may_be_sent(program, owner, settings):
    onboarding = factories.with_key(owner)
    assert program.call("getRequest", pk=onboarding.pk).content == onboarding.request.csr_pem
    settings.REVIEW_REQUIRED = True
    assert program.call("getRequest", pk=onboarding.pk).content["code"] == "not_approved"
    assert program.call("getRequest", pk=factories.described(owner, login="MZP999999").pk).status == 404


@pytest.mark.parametrize("as_file", [True, False])
def test_a_partner_uploads_the_certificate(program, owner, as_file):
    onboarding = factories.sent(owner)
    text = pem(*factories.certificates_for(onboarding))
    body = (
        {"files": [{"name": "a.pem", "content": base64.b64encode(text.encode()).decode()}]}
        if as_file
        else {"text": text}
    )
    answer = program.call("uploadCertificate", body | {"client_id": "client-1"}, pk=onboarding.pk)
    assert (answer.status, answer.content["errors"]) == (200, [])
    assert (answer.content["certificate"], answer.content["client_id"]) == (True, True)
    assert factories.fresh(onboarding).status == Status.CERTIFIED
    assert program.call("getOnboarding", pk=onboarding.pk).content["days_left"] == 365
    assert used("certificate") == 1


def test_an_upload_that_is_not_accepted_says_why(program, owner):
    onboarding = factories.sent(owner)
    answer = program.call("uploadCertificate", {"text": "nothing"}, pk=onboarding.pk)
    assert (answer.status, answer.content["code"]) == (422, "not_accepted")
    assert {error["field"] for error in answer.content["errors"]} == {"files", "client_id"}
    draft = factories.described(owner, login="MZP999999")
    assert program.call("uploadCertificate", {"text": "nothing"}, pk=draft.pk).status == 409
    assert used("certificate") == 0


def test_the_verdict_of_the_last_test(db):
    onboarding = connected_onboarding()
    untested = factories.started(onboarding.owner, login="MZP999999")
    program, test = client_of(onboarding.owner, "read"), ConnectionTest.objects.get()
    answer = program.call("getLastTest", pk=onboarding.pk).content
    assert answer["id"] == str(test.pk)
    assert answer["verdict"]["code"] == test.result["verdict"]["code"]
    assert answer["verdict"]["text"]
    assert program.call("getLastTest", pk=untested.pk).status == 404
    assert answer["verdict"]["owner"] in {"partner", "operator", "us", "network", "nobody"}


def test_the_desk_receives_returns_and_rejects(desk, owner):
    onboarding = factories.sent(owner)
    [item] = desk.call("listQueue", status="sent").content["items"]
    assert item["id"] == str(onboarding.pk)
    assert "receive" in desk.call("getCase", pk=onboarding.pk).content["actions"]
    answer = desk.call("actOnCase", {}, pk=onboarding.pk, action="receive")
    assert answer.content["onboarding"]["status"] == "received"
    assert desk.call("actOnCase", {}, pk=onboarding.pk, action="receive").content["code"] == "wrong_status"
    assert desk.call("actOnCase", {}, pk=onboarding.pk, action="return").content["errors"][0]["field"] == "reasons"
    body = {"reasons": ["other"], "note": "Use the new name."}
    assert desk.call("actOnCase", body, pk=onboarding.pk, action="return").content["onboarding"]["status"] == "returned"
    assert desk.call("actOnCase", {}, pk=onboarding.pk, action="reject").status == 422
    body = {"note": "The contract has ended."}
    assert desk.call("actOnCase", body, pk=onboarding.pk, action="reject").content["onboarding"]["status"] == "rejected"
    assert [used(each) for each in ("receive", "return", "reject")] == [1, 1, 1]


def test_an_approval_names_the_request_that_was_seen(desk, owner, settings):
    settings.REVIEW_REQUIRED = True
    onboarding = factories.with_key(owner)
    case = desk.call("getCase", pk=onboarding.pk).content
    assert desk.call("actOnCase", {}, pk=onboarding.pk, action="approve").status == 422
    other = desk.call("actOnCase", {"fingerprint": "0" * 64}, pk=onboarding.pk, action="approve")
    assert (other.status, other.content["code"]) == (409, "case_changed")
    answer = desk.call("actOnCase", {"fingerprint": case["fingerprint"]}, pk=onboarding.pk, action="approve")
    assert answer.status == 200
    assert factories.fresh(onboarding).request.approved_at is not None


def test_the_desk_uploads_a_certificate(desk, owner):
    onboarding = factories.sent(owner)
    body = {"text": pem(*factories.certificates_for(onboarding))}
    answer = desk.call("uploadCertificateForPartner", body, pk=onboarding.pk).content
    assert (answer["certificate"], answer["proposed"]) == (True, False)
    assert IssuedCertificate.objects.get().request == onboarding.request


def test_the_desk_needs_a_second_reviewer_where_the_pages_do(desk, owner, settings):
    settings.SECOND_REVIEWER_REQUIRED = True
    onboarding = factories.sent(owner)
    body = {"note": "The contract has ended."}
    assert desk.call("actOnCase", body, pk=onboarding.pk, action="reject").content["proposed"]
    assert factories.fresh(onboarding).status == Status.SENT
    assert Proposal.objects.count() == 1
    refused = desk.call(
        "uploadCertificateForPartner", {"text": pem(*factories.certificates_for(onboarding))}, pk=onboarding.pk
    )
    assert (refused.status, refused.content["code"]) == (409, "proposal_open")


def test_nobody_acts_on_an_own_onboarding_by_the_api(desk, reviewer):
    onboarding = factories.sent(reviewer)
    assert desk.call("getCase", pk=onboarding.pk).content["actions"] == []
    for answer in (
        desk.call("actOnCase", {}, pk=onboarding.pk, action="receive"),
        desk.call("uploadCertificateForPartner", {"text": "x"}, pk=onboarding.pk),
    ):
        assert (answer.status, answer.content["code"]) == (403, "own_onboarding")


def test_an_auditor_reads_the_queue_and_changes_nothing(owner):
    onboarding, program = factories.sent(owner), client_of(staff("auditor"), "desk")
    assert program.call("getCase", pk=onboarding.pk).content["actions"] == []
    assert program.call("actOnCase", {}, pk=onboarding.pk, action="receive").content["code"] == "role"
    assert program.call("uploadCertificateForPartner", {"text": "x"}, pk=onboarding.pk).content["code"] == "role"
