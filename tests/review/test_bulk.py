"""Many cases at once: CSRs out as a zip file, certificates in as a zip file, each found by its key."""

import csv
import io
import zipfile

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onboarding.models import IssuedCertificate, Onboarding, Proposal, Status
from onboarding.rehearsal.authority import pem
from onboarding.review.bulk import MANIFEST, zip_of_requests
from tests import factories
from tests.review.conftest import messages_of, signed_in, staff

pytestmark = pytest.mark.django_db
QUEUE = "/admin/onboarding/onboarding/"


@pytest.fixture
def cases(owner, reviewer):
    """Three cases of different accounts whose requests were sent."""
    owners = [owner, factories.partner("second@flottes.example"), factories.partner("third@flottes.example")]
    return [factories.sent(each, login=f"MZP10000{number}") for number, each in enumerate(owners)]


def zipped(files) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def upload(client, *files):
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(reverse("admin:review_certificates"), {"files": uploads})


def rows(response, which):
    return {(row.onboarding.pk if row.onboarding else row.file_name): row.text for row in response.context[which]}


def certificates(cases):
    """Return the PEM files of a batch, two for each case: its certificate and its root."""
    return {f"{number}.pem": pem(*factories.certificates_for(case)) for number, case in enumerate(cases)}


def test_the_requests_of_the_selected_cases_are_a_zip_file_with_a_manifest(desk, cases):
    draft = factories.described(factories.partner("draft@flottes.example"), login="MZP777777")
    chosen = [*cases[:2], draft]
    form = {"action": "export_requests", "_selected_action": [str(case.pk) for case in chosen]}
    response = desk.post(f"{QUEUE}?move=anyone", form)
    assert response.streaming
    assert "no-store" in response["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        found = list(csv.DictReader(archive.read(MANIFEST).decode("utf-8-sig").splitlines()))
        by_reference = {row["reference"]: row for row in found}
        assert {*by_reference} == {str(case.pk) for case in chosen}
        for case in cases[:2]:
            row = by_reference[str(case.pk)]
            assert (row["login"], row["company"]) == (case.mzp_login, case.organization)
            assert (row["fingerprint"], row["problem"]) == (case.request.fingerprint, "")
            assert archive.read(row["file"]).decode() == case.request.csr_pem
        assert by_reference[str(draft.pk)]["problem"] == "There is no request."
        assert len(archive.namelist()) == 3


def test_a_request_that_is_not_approved_or_was_altered_is_left_out(owner, reviewer, settings):
    settings.REVIEW_REQUIRED = True
    unapproved = factories.with_key(owner)
    content = b"".join(zip_of_requests(Onboarding.objects.all()))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [MANIFEST]
        assert "The request is not approved." in archive.read(MANIFEST).decode()
    settings.REVIEW_REQUIRED = False
    other = factories.with_key(factories.partner("other@flottes.example"))
    unapproved.requests.update(csr_pem=other.request.csr_pem)
    content = b"".join(zip_of_requests(Onboarding.objects.filter(pk=unapproved.pk)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [MANIFEST]


def test_a_batch_is_matched_by_key_whatever_the_names_of_the_files_are(desk, cases):
    files = certificates(cases)
    names = [*files]
    turned = dict(zip(names, [files[name] for name in reversed(names)], strict=True))
    response = upload(desk, ("signed.zip", zipped(turned)))
    assert {*rows(response, "taken")} == {case.pk for case in cases}
    assert rows(response, "refused") == {}
    for case in cases:
        assert factories.fresh(case).status == Status.CERTIFIED
        [issued] = IssuedCertificate.objects.filter(request__onboarding=case)
        assert issued.certificate.public_key() == case.request.csr.public_key()
        assert len(issued.anchors) == 1


def test_one_batch_may_be_several_files_and_every_certificate_that_is_not_taken_has_a_reason(desk, cases):
    files = certificates(cases)
    stranger = factories.with_key(factories.partner("stranger@flottes.example"))
    unknown = factories.certificates_for(stranger)[0]
    stranger.requests.all().delete()
    closed = cases[2]
    Onboarding.objects.filter(pk=closed.pk).update(status=Status.REJECTED)
    response = upload(
        desk,
        ("0.pem", files["0.pem"].encode()),
        ("rest.zip", zipped({"1.pem": "no certificate", "2.pem": files["2.pem"]})),
        ("unknown.cer", unknown.public_bytes(Encoding.DER)),
        ("damaged.zip", b"PK\x03\x04" + b"\0" * 40),
    )
    assert {*rows(response, "taken")} == {cases[0].pk}
    refused = rows(response, "refused")
    assert {*refused} == {"1.pem", closed.pk, "unknown.cer", "damaged.zip"}
    assert refused["unknown.cer"] == "No request has this key."
    assert refused[closed.pk] == "This is not possible while the status is “Rejected”."
    assert all(refused.values())
    assert IssuedCertificate.objects.count() == 1


def test_a_batch_that_is_uploaded_twice_has_one_effect(desk, cases):
    content = zipped(certificates(cases))
    upload(desk, ("signed.zip", content))
    response = upload(desk, ("signed.zip", content))
    assert IssuedCertificate.objects.count() == len(cases)
    assert set(rows(response, "taken").values()) == {"Everything in the upload was already stored. No email was sent."}


def test_a_root_of_another_certificate_in_the_batch_is_not_trusted(desk, cases):
    """Each case gets only the CA certificates above its own certificate."""
    first, second = factories.certificates_for(cases[0]), factories.certificates_for(cases[1])
    upload(desk, ("all.pem", pem(first[0], first[1], second[0], second[1]).encode()))
    stored = {issued.request.onboarding_id: issued.anchors for issued in IssuedCertificate.objects.all()}
    assert stored[cases[0].pk] == [first[1]]


def test_nobody_uploads_for_an_own_case_and_a_second_reviewer_is_needed(cases, reviewer, settings):
    settings.SECOND_REVIEWER_REQUIRED = True
    own = factories.sent(reviewer, login="MZP555555")
    response = upload(signed_in(reviewer), ("signed.zip", zipped(certificates([cases[0], own]))))
    assert {*rows(response, "taken")} == {cases[0].pk}
    assert rows(response, "refused") == {own.pk: "This is your own onboarding. A colleague has to decide about it."}
    assert Proposal.objects.get().onboarding == cases[0]
    assert not IssuedCertificate.objects.exists()


def test_a_batch_counts_as_an_upload(desk, cases, settings):
    settings.UPLOADS_IN_10_MINUTES = 1
    upload(desk, ("empty.zip", zipped({})))
    response = upload(desk, ("signed.zip", zipped(certificates(cases))))
    assert messages_of(response)[0].startswith("You uploaded files many times")
    assert not IssuedCertificate.objects.exists()


def test_an_auditor_can_do_neither(cases):
    client = signed_in(staff("auditor"))
    assert client.get(reverse("admin:review_certificates")).status_code == 403
    response = client.post(QUEUE, {"action": "export_requests", "_selected_action": [str(cases[0].pk)]})
    assert not response.streaming
