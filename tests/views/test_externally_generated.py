"""A request that the partner made with OpenSSL: imported, sent, answered, and tested with the key file."""

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
    """Key and CSR by the quick start's tool, the key encrypted."""

    def make(ou="Programs Partners"):
        new = ["openssl", "req", "-new", "-utf8", "-newkey", "rsa:2048", "-passout", "pass:over the river"]
        command = [*new, "-keyout", "key.pem", "-out", "request.csr", "-subj", SUBJECT.format(ou=ou)]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "key.pem").read_bytes(), (tmp_path / "request.csr").read_bytes()

    return make


def at(onboarding, step):
    return reverse(f"onboarding:{step}", args=[onboarding.pk])


def test_a_partners_own_request_goes_all_the_way(rehearsing, browser_of, owner, made):
    """The key never comes to rest here: no sealed key, no passphrase to prove, and the test asks for the file."""
    key, csr = made()
    onboarding = factories.described(owner, environment="rehearsal")
    answer = browser_of.post(at(onboarding, "key"), {"csr_text": csr.decode()})
    assert answer.url == at(onboarding, "request")
    assert (SealedPrivateKey.objects.count(), factories.fresh(onboarding).locality) == (0, "Paris")

    assert browser_of.post(at(onboarding, "sign")).url == at(onboarding, "certificate")
    issued = rehearsing.sign(csr)
    files = [SimpleUploadedFile("mail.txt", (pem(issued.certificate) + rehearsing.ca_pem).encode())]
    answer = browser_of.post(at(onboarding, "certificate"), {"files": files, "client_id": issued.client_id})
    assert answer.url == at(onboarding, "test")

    secrets = {"passphrase": "over the river", "password": "rehearsal-mzp128745", "test": uuid.uuid4()}
    answer = browser_of.post(at(onboarding, "test"), {**secrets, "key_file": SimpleUploadedFile("key.pem", key)})
    assert (answer.status_code, getattr(answer, "url", "")) == (302, at(onboarding, "done"))
    assert ConnectionTest.objects.get().verdict == "connected"


@pytest.mark.parametrize(
    ("file", "passphrase", "code"),
    [
        ("key", "not the passphrase", "passphrase_wrong"),
        ("other", "over the river", "key_file_other"),
        ("csr", "over the river", "key_file_unreadable"),
    ],
)
def test_a_wrong_key_file_is_named_for_what_it_is(rehearsing, browser_of, owner, made, file, passphrase, code):
    """Wrong passphrase, wrong key and no key at all are three sentences, and nothing is sent."""
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


def test_a_refused_request_is_shown_with_the_command_that_mends_it(browser_of, owner, made):
    """The keytool recipe's OU without its s: the page names it, keeps the text, and stores nothing."""
    _, csr = made(ou="Programs Partner")
    onboarding = factories.described(owner)
    page = browser_of.post(at(onboarding, "key"), {"csr_text": csr.decode()})
    assert [one.code for one in page.context["import_form"].checked.findings] == ["ou_wrong"]
    assert "openssl req" in page.context["import_form"].correction.command
    assert csr.decode().splitlines()[3] in page.content.decode()
    assert CertificateRequest.objects.count() == 0


def test_a_private_key_in_the_requests_place_is_not_shown_again(browser_of, owner, made):
    """It is refused, and the page that says so does not hold it."""
    key, _ = made()
    onboarding = factories.described(owner)
    page = browser_of.post(at(onboarding, "key"), {"csr_text": key.decode()})
    assert page.context["import_form"].checked.findings[0].code == "private_key_uploaded"
    assert key.decode().splitlines()[3] not in page.content.decode()


def test_a_certificate_for_a_replaced_request_takes_it_up_again(browser_of, owner):
    """The answer to the request that was sent comes after a new key was made: it is used, and the old key with it."""
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


def test_an_upload_of_megabytes_is_refused_with_a_page_of_its_own(browser_of, owner):
    """Nothing of it reaches a disk; the page says what to do."""
    onboarding = factories.sent(owner)
    file = SimpleUploadedFile("film.mp4", bytes(5 * 1024 * 1024))
    page = browser_of.post(at(onboarding, "certificate"), {"files": file})
    assert (page.status_code, "Your files are too large" in page.content.decode()) == (413, True)


@pytest.mark.parametrize(("days", "offered"), [(6, False), (8, True)])
def test_after_a_week_without_an_answer_the_hub_offers_a_reminder(browser_of, owner, days, offered):
    """How long it has been, whose move it is, and a mail that is ready to be sent."""
    onboarding = factories.sent(owner)
    CertificateRequest.objects.update(sent_at=timezone.now() - timedelta(days=days))
    page = browser_of.get(reverse("onboarding:hub", args=[onboarding.pk]))
    assert (f"You sent the request {days} days ago." in page.content.decode()) is offered
    assert ("reminder" in page.context) is offered
    if offered:
        assert onboarding.request.fingerprint in page.context["reminder"].body


def test_a_replaced_requests_key_is_kept_until_it_is_discarded(browser_of, owner):
    """The hub offers it; the key in use is never among them, and a second click changes nothing."""
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
