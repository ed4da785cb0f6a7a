"""A request that the partner made with OpenSSL: imported, sent, signed, and tested with the key file."""

import subprocess
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from onboarding.forms.base import as_paragraph
from onboarding.messages.finding import Finding
from onboarding.models import CertificateRequest, ConnectionTest, SealedPrivateKey
from onboarding.rehearsal.authority import pem
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

SUBJECT = "/C=FR/ST=Île-de-France/L=Paris/O=Société/OU={ou}/CN=MZP128745/emailAddress=it@societe.example"


@pytest.fixture
def made(tmp_path):
    """Return a function that makes an encrypted key and a CSR with OpenSSL."""

    def make(ou="Programs Partners"):
        new = ["openssl", "req", "-new", "-utf8", "-newkey", "rsa:2048", "-passout", "pass:over the river"]
        command = [*new, "-keyout", "key.pem", "-out", "request.csr", "-subj", SUBJECT.format(ou=ou)]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "key.pem").read_bytes(), (tmp_path / "request.csr").read_bytes()

    return make


def at(onboarding, step):
    return reverse(f"onboarding:{step}", args=[onboarding.pk])


def test_an_imported_request_reaches_the_fleets(rehearsing, browser_of, owner, made):
    """The key is never stored: no sealed key, no passphrase to prove, and the test asks for the key file."""
    key, csr = made()
    onboarding = factories.described(owner, environment="rehearsal")
    response = browser_of.post(at(onboarding, "key"), {"csr_text": csr.decode()})
    assert response.url == at(onboarding, "request")
    assert (SealedPrivateKey.objects.count(), factories.fresh(onboarding).locality) == (0, "Paris")

    assert browser_of.post(at(onboarding, "sign")).url == at(onboarding, "certificate")
    issued = rehearsing.sign(csr)
    files = [SimpleUploadedFile("mail.txt", (pem(issued.certificate) + rehearsing.ca_pem).encode())]
    response = browser_of.post(at(onboarding, "certificate"), {"files": files, "client_id": issued.client_id})
    assert response.url == at(onboarding, "test")

    secrets = {"passphrase": "over the river", "password": "rehearsal-mzp128745", "test": uuid.uuid4()}
    response = browser_of.post(at(onboarding, "test"), {**secrets, "key_file": SimpleUploadedFile("key.pem", key)})
    assert (response.status_code, getattr(response, "url", "")) == (302, at(onboarding, "done"))
    assert ConnectionTest.objects.get().verdict == "connected"


@pytest.mark.parametrize(
    ("file", "passphrase", "code"),
    [
        ("key", "not the passphrase", "passphrase_wrong"),
        ("other", "over the river", "key_file_other"),
        ("csr", "over the river", "key_file_unreadable"),
    ],
)
def test_a_wrong_key_file_is_explained(rehearsing, browser_of, owner, made, file, passphrase, code):
    """A wrong passphrase, a wrong key and a file without a key have different errors, and nothing is sent."""
    files = {}
    files["other"], _ = made()
    files["key"], files["csr"] = made()
    onboarding = factories.described(owner, environment="rehearsal")
    browser_of.post(at(onboarding, "key"), {"csr_text": files["csr"].decode()})
    browser_of.post(at(onboarding, "sign"))
    issued = rehearsing.sign(files["csr"])
    text = pem(issued.certificate) + rehearsing.ca_pem
    browser_of.post(at(onboarding, "certificate"), {"text": text, "client_id": issued.client_id})
    page = browser_of.post(
        at(onboarding, "test"),
        {"passphrase": passphrase, "password": "x", "key_file": SimpleUploadedFile("key", files[file])},
    )
    errors = [error for errors in page.context["form"].errors.values() for error in errors]
    assert errors == [as_paragraph(Finding(code))]
    assert ConnectionTest.objects.count() == 0


def test_a_refused_request_is_shown_with_a_corrected_command(browser_of, owner, made):
    """The OU lacks its last letter: the page reports it, keeps the text, and stores nothing."""
    _, csr = made(ou="Programs Partner")
    onboarding = factories.described(owner)
    page = browser_of.post(at(onboarding, "key"), {"csr_text": csr.decode()})
    assert [one.code for one in page.context["import_form"].checked.findings] == ["ou_wrong"]
    assert "openssl req" in page.context["import_form"].correction.command
    assert csr.decode().splitlines()[3] in page.content.decode()
    assert CertificateRequest.objects.count() == 0


def test_a_private_key_uploaded_as_a_request_is_not_shown_again(browser_of, owner, made):
    """It is refused, and the page with the error does not contain it."""
    key, _ = made()
    onboarding = factories.described(owner)
    page = browser_of.post(at(onboarding, "key"), {"csr_text": key.decode()})
    assert page.context["import_form"].checked.findings[0].code == "private_key_uploaded"
    assert key.decode().splitlines()[3] not in page.content.decode()


def test_a_certificate_for_a_replaced_request_restores_the_request(browser_of, owner):
    """A certificate for the sent request arrives after a new key was made: it is used together with the old key."""
    onboarding = factories.sent(owner)
    old = onboarding.request
    certificates = factories.certificates_for(onboarding)
    browser_of.post(at(onboarding, "replace"))
    browser_of.post(at(onboarding, "key"), {"passphrase": factories.PASSPHRASE + "!", "key_size": 2048})
    assert factories.fresh(onboarding).request != old
    page = browser_of.post(
        at(onboarding, "certificate"), {"text": pem(*certificates), "client_id": "client-7"}, follow=True
    )
    assert factories.fresh(onboarding).request == old
    assert factories.fresh(onboarding).status == "certified"
    assert "which you replaced" in page.content.decode()


def test_an_upload_over_the_limit_is_a_413(browser_of, owner):
    """The page says what the limit is and what to do."""
    onboarding = factories.sent(owner)
    file = SimpleUploadedFile("film.mp4", bytes(5 * 1024 * 1024))
    page = browser_of.post(at(onboarding, "certificate"), {"files": file})
    assert (page.status_code, "Your files are too large" in page.content.decode()) == (413, True)


@pytest.mark.parametrize(("days", "offered"), [(6, False), (8, True)])
def test_after_a_week_without_a_certificate_the_hub_offers_an_email_about_it(browser_of, owner, days, offered):
    """The hub says how long the partner has waited, and has an email draft with the fingerprint."""
    onboarding = factories.sent(owner)
    CertificateRequest.objects.update(sent_at=timezone.now() - timedelta(days=days))
    page = browser_of.get(reverse("onboarding:hub", args=[onboarding.pk]))
    assert (f"You sent the request {days} days ago." in page.content.decode()) is offered
    assert ("follow_up" in page.context) is offered
    if offered:
        assert onboarding.request.fingerprint in page.context["follow_up"].body


def test_the_key_of_a_replaced_request_is_stored_until_it_is_deleted(browser_of, owner):
    """The hub offers to delete it. The current key is never deleted, and a second click changes nothing."""
    onboarding = factories.sent(owner)
    old = onboarding.request
    browser_of.post(at(onboarding, "discard"), {"fingerprint": old.fingerprint})
    assert SealedPrivateKey.objects.count() == 1
    browser_of.post(at(onboarding, "replace"))
    assert old.fingerprint in browser_of.get(at(onboarding, "hub")).content.decode()
    for _ in range(2):
        browser_of.post(at(onboarding, "discard"), {"fingerprint": old.fingerprint})
    assert SealedPrivateKey.objects.count() == 0
    assert onboarding.events.filter(verb="discard_request").count() == 1
