"""Attacks that were tried on the site: each ends where it begins."""

import io
import os
import subprocess
import sys
import threading
import uuid
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from django.urls import URLPattern, reverse

from onboarding.forms import key as keys
from onboarding.models import CertificateRequest, ConnectionTest, Event, Onboarding, Status
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.containers import RECORDS_MAX
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.key_files import ROUNDS_MAX, encrypted_pem, open_key_file
from onboarding.pki.keys import spki_fingerprint
from onboarding.urls import partner_urls
from onboarding.workflow import connection_tests
from onboarding.workflow.certificates import key_used_elsewhere
from onboarding.workflow.downloads import PRIVATE_FILES
from tests import factories

SECRET = "over the river"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


def refusal(data, key):
    """The code of what is said about a key file under its right passphrase; empty where it opens."""
    try:
        open_key_file(data, SECRET, spki_fingerprint(key.public_key()))
    except PkiError as error:
        return error.code
    return ""


def pkcs12_file(key, folder, *options):
    """As the real openssl writes one."""
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = ["openssl", "pkcs12", "-export", "-nocerts", "-inkey", "key.pem", "-passout", f"pass:{SECRET}", *options]
    return subprocess.run(made, cwd=folder, check=True, capture_output=True).stdout


def test_a_key_file_cannot_set_its_price(key, tmp_path):
    """Rounds up to the limit open; one more, in PKCS#8 or PKCS#12, is refused before anything is derived."""
    more = str(ROUNDS_MAX + 1)
    assert {
        "limit": refusal(encrypted_pem(key, SECRET, rounds=ROUNDS_MAX), key),
        "pkcs8": refusal(encrypted_pem(key, SECRET, rounds=ROUNDS_MAX + 1), key),
        "usual pkcs12": refusal(pkcs12_file(key, tmp_path), key),
        "pkcs12": refusal(pkcs12_file(key, tmp_path, "-iter", more), key),
        "old pkcs12": refusal(pkcs12_file(key, tmp_path, "-iter", more, "-keypbe", "PBE-SHA1-3DES"), key),
    } == {
        "limit": "",
        "pkcs8": "key_file_unreadable",
        "usual pkcs12": "",
        "pkcs12": "key_file_unreadable",
        "old pkcs12": "key_file_unreadable",
    }


def test_scrypt_is_affordable_as_openssl_writes_it(key, tmp_path):
    """A key under OpenSSL's own scrypt opens."""
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = ["openssl", "pkcs8", "-topk8", "-scrypt", "-in", "key.pem", "-passout", f"pass:{SECRET}"]
    assert refusal(subprocess.run(made, cwd=tmp_path, check=True, capture_output=True).stdout, key) == ""


def test_private_numbers_that_do_not_belong_to_the_public_ones_are_refused(key):
    """Though the library's own test of the primes is skipped, since it takes as long as the sender likes."""
    numbers = key.private_numbers()
    odd = rsa.RSAPrivateNumbers(
        numbers.p, numbers.q, numbers.d + 2, numbers.dmp1, numbers.dmq1, numbers.iqmp, numbers.public_numbers
    )
    file = odd.private_key(unsafe_skip_rsa_key_validation=True)
    pem = file.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert refusal(pem, key) == "key_file_unreadable"


def packed(entries):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return packed.getvalue()


def codes(pieces):
    return [finding.code for finding in read_uploads(pieces).findings]


def test_zips_in_zips_are_opened_up_to_one_limit_in_all():
    """Sixty zips of fifty zips of fifty files are not 150,000 files to say something about."""
    bomb = packed([(f"{i}.zip", packed([(f"{j}.pem", b"") for j in range(50)])) for i in range(50)])
    said = codes([Upload(f"{i}.zip", bomb) for i in range(60)])
    assert (said.count("too_many_entries"), len(said) < 120) == (1, True)


def test_a_zip_does_not_unpack_to_more_than_its_files_may_hold():
    """Fifty nested archives of a mebibyte each are refused unread."""
    filler = os.urandom(12_000) + bytes(1_000_000)
    assert codes([Upload("a.zip", packed([(f"{i}.zip", filler) for i in range(50)]))]) == ["too_many_entries"]


def test_a_directory_of_nothing_but_folders_is_not_read():
    """Folders count against the limit of what a zip's directory may list."""
    folders = packed([(f"{i}/", b"") for i in range(RECORDS_MAX + 1)])
    assert codes([Upload("a.zip", folders)]) == ["too_many_entries"]


@pytest.mark.parametrize("unit", ["<script", "<style>", "<", "<a "])
def test_a_hostile_page_is_read_in_one_pass(unit):
    """A mebibyte of tags that never end, which a backtracking pattern would look at for many minutes."""
    code = (
        "from onboarding.fleets.classifying.responses import read_error\n"
        "from onboarding.fleets.connecting.request import Response\n"
        f"print(read_error(Response(500, {{}}, b'<html>' + {unit.encode()!r} * (2**20 // {len(unit)}))).dialect)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "html\n"


def test_sign_in_is_limited_by_the_visitors_address_behind_a_proxy():
    """allauth believes the one proxy that BEHIND_PROXY says is there, and none otherwise."""
    code = "import onboarding.settings as s; print(s.ALLAUTH_TRUSTED_PROXY_COUNT)"
    environment = os.environ | {"DEBUG": "1"}
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment | {"BEHIND_PROXY": behind},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for behind in ("0", "1")
    ]
    assert told == ["0\n", "1\n"]


@pytest.mark.django_db
def test_a_key_in_another_account_is_not_told(owner):
    """A CSR is no secret: whoever copies one learns nothing from it; within an account, the warning stays."""
    theirs = factories.with_key(factories.partner("other@flottes.example"))
    mine, also_mine = factories.started(owner), factories.with_key(owner)
    told = [key_used_elsewhere(mine, one.request.spki) for one in (theirs, also_mine)]
    assert told == [False, True]


@pytest.mark.django_db
def test_a_typed_login_cannot_end_the_name_of_a_download(browser_of, owner):
    """A quotation mark in the login does not add a second file name to the header."""
    onboarding = factories.certified(owner, login="X\";FILENAME*=UTF-8''EVIL.EXE;A=\"")
    ConnectionTest.objects.create(
        onboarding=onboarding, certificate=onboarding.request.issued_certificate, finished_at=onboarding.created_at,
        result={"succeeded": True}, verdict="connected",
    )  # fmt: skip
    Onboarding.objects.update(status=Status.CONNECTED)
    answer = browser_of.post(
        reverse("onboarding:everything_zip", args=[onboarding.pk]), {"passphrase": factories.PASSPHRASE}
    )
    expected = 'attachment; filename="X-FILENAME-UTF-8-EVIL-EXE-A-everything.zip"'
    assert (answer.status_code, answer.headers["Content-Disposition"]) == (200, expected)


@pytest.mark.django_db
def test_who_waits_for_a_twin_takes_nobodys_place(owner, monkeypatch):
    """A form sent again and again, while its test runs, leaves the other places for other partners."""
    onboarding = factories.certified(owner)
    answer = onboarding.request.issued_certificate
    running = ConnectionTest.objects.create(
        pk=uuid.uuid4(), onboarding=onboarding, certificate=answer, client_id="client-1"
    )
    monkeypatch.setattr(connection_tests, "_at_once", threading.BoundedSemaphore(1))
    monkeypatch.setattr(
        connection_tests, "_wait_for_twin", lambda *_: connection_tests._at_once.acquire(blocking=False)
    )
    assert (
        connection_tests.run_connection_test(
            answer, owner, connection_tests.ConnectionTestOptions(running.pk, "client-1"), None, ""
        )
        is True
    )


def addresses(onboarding):
    """Every address that an onboarding has."""
    for one in partner_urls:
        if "<uuid:pk>" in str(one.pattern):
            more = {"name": "ca.pem"} if "<str:name>" in str(one.pattern) else {}
            yield reverse(f"onboarding:{one.name}", kwargs={"pk": onboarding.pk} | more)


@pytest.mark.django_db
def test_nobody_else_reaches_an_onboarding_by_any_address(client, owner):
    """Another account gets a 404 for each address and method; staff too, who have the desk."""
    onboarding = factories.certified(owner)
    for stranger in (factories.partner("other@flottes.example"), factories.partner("staff@flottes.example")):
        stranger.is_staff = stranger.is_superuser = stranger.email.startswith("staff")
        stranger.save()
        client.force_login(stranger)
        got = {(client.get(one).status_code, client.post(one).status_code) for one in addresses(onboarding)}
        assert got == {(404, 404)}


@pytest.mark.django_db
def test_looking_changes_nothing_and_a_forged_form_does_neither(owner):
    """A GET of any address writes no event and replaces nothing; a POST without the token is refused everywhere."""
    onboarding = factories.certified(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    before = (Event.objects.count(), CertificateRequest.objects.get().replaced_at)
    for one in addresses(onboarding):
        assert browser.get(one).status_code in {200, 302, 404}, one
        assert browser.post(one).status_code == 403, one
    assert (Event.objects.count(), CertificateRequest.objects.get().replaced_at) == before


@pytest.mark.django_db
def test_the_list_of_onboardings_is_kept_by_no_cache(browser_of):
    """Going back after signing out, on a computer that others use, does not show it again."""
    assert "no-store" in browser_of.get(reverse("onboarding:onboardings")).headers["Cache-Control"]


@pytest.mark.django_db
def test_only_the_beginning_of_a_passphrase_is_estimated(owner, monkeypatch):
    """zxcvbn tries every reading of characters that stand for letters: their number is bounded before."""
    read = []
    monkeypatch.setattr(keys, "zxcvbn", lambda text, **_: read.append(len(text)) or {"score": 4})
    form = keys.KeyForm(
        {"passphrase": "4@8({[<369&#!1/|" * 10, "key_size": "2048"}, onboarding=factories.started(owner)
    )
    assert (form.is_valid(), read) == (True, [32])


def test_every_private_file_is_an_address_of_its_own():
    """The sweep above covers each file with a key in it."""
    names = {one.name for one in partner_urls if isinstance(one, URLPattern)}
    assert {name.replace(".", "_") for name in PRIVATE_FILES} <= names


def test_a_passphrase_is_not_tried_without_end(browser_of, owner, settings):
    """With a stolen session, guesses stop at the account's limit, whatever the passphrase."""
    settings.ACCOUNT_RATE_LIMITS = {"passphrase": "3/10m/user"}
    onboarding = factories.with_key(owner)
    address = reverse("onboarding:request", args=[onboarding.pk])
    said = []
    for _ in range(4):
        page = browser_of.post(address, {"passphrase": "a guess, and another"})
        said.append(page.context["form"].errors["passphrase"][0].startswith("That was tried very often"))
    assert said == [False, False, False, True]
    assert browser_of.post(address, {"passphrase": factories.PASSPHRASE}).status_code == 200
    assert factories.fresh(onboarding).request.passphrase_proved_at is None
