"""Attacks on the site, each of which must fail: costly files, foreign accounts, forged forms, guesses."""

import io
import os
import subprocess
import sys
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from django.urls import URLPattern, reverse

from onboarding.forms import key as keys
from onboarding.models import CertificateRequest, ConnectionTest, Event, Onboarding, Status
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.archives import RECORDS_MAX
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.key_files import ROUNDS_MAX, encrypted_pem, open_key_file
from onboarding.pki.keys import spki_fingerprint
from onboarding.urls import partner_urls
from onboarding.workflow.downloads import PRIVATE_FILES
from tests import factories

SECRET = "over the river"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


def refusal(data, key):
    """Return the code of the error for a key file with its right passphrase; "" if it opens."""
    try:
        open_key_file(data, SECRET, spki_fingerprint(key.public_key()))
    except PkiError as error:
        return error.code
    return ""


def pkcs12_file(key, folder, *options):
    """Return a PKCS#12 file that the real openssl wrote."""
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "pkcs12", "-export", "-nocerts", "-inkey", "key.pem", "-passout", f"pass:{SECRET}", *options]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


def test_the_cost_of_a_key_file_is_limited(key, tmp_path):
    """A file with ROUNDS_MAX iterations opens. One more, in PKCS#8 or PKCS#12, is refused before the derivation."""
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


def test_a_key_file_with_the_scrypt_parameters_of_openssl_opens(key, tmp_path):
    """Its cost is below the limit."""
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "pkcs8", "-topk8", "-scrypt", "-in", "key.pem", "-passout", f"pass:{SECRET}"]
    assert refusal(subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout, key) == ""


def test_private_numbers_that_do_not_belong_to_the_public_ones_are_refused(key):
    """This holds although the library's test of the primes is skipped, whose duration the sender could choose."""
    numbers = key.private_numbers()
    mismatched = rsa.RSAPrivateNumbers(
        numbers.p, numbers.q, numbers.d + 2, numbers.dmp1, numbers.dmq1, numbers.iqmp, numbers.public_numbers
    )
    file = mismatched.private_key(unsafe_skip_rsa_key_validation=True)
    pem = file.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert refusal(pem, key) == "key_file_unreadable"


def zip_file(entries):
    """Return a zip file with these (name, data)."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return content.getvalue()


def codes(uploads):
    return [finding.code for finding in read_uploads(uploads).findings]


@pytest.mark.asvs("5.2.3")
def test_nested_zip_files_share_one_limit():
    """Sixty zip files with fifty zip files of fifty files each do not cause 150,000 findings."""
    bomb = zip_file([(f"{i}.zip", zip_file([(f"{j}.pem", b"") for j in range(50)])) for i in range(50)])
    found = codes([Upload(f"{i}.zip", bomb) for i in range(60)])
    assert (found.count("too_many_entries"), len(found) < 120) == (1, True)


@pytest.mark.asvs("5.2.1", "5.2.3")
def test_the_unpacked_size_of_a_zip_file_is_limited():
    """Fifty nested archives of a mebibyte each are refused without reading them."""
    filler = os.urandom(12_000) + bytes(1_000_000)
    assert codes([Upload("a.zip", zip_file([(f"{i}.zip", filler) for i in range(50)]))]) == ["too_many_entries"]


def test_a_zip_file_with_too_many_folders_is_not_read():
    """Folders count towards the limit of the entries of a zip file."""
    folders = zip_file([(f"{i}/", b"") for i in range(RECORDS_MAX + 1)])
    assert codes([Upload("a.zip", folders)]) == ["too_many_entries"]


@pytest.mark.parametrize("unit", ["<script", "<style>", "<", "<a "])
def test_a_hostile_error_page_is_read_in_linear_time(unit):
    """A mebibyte of unclosed tags would take a backtracking pattern many minutes."""
    code = (
        "from onboarding.fleets.classifying.error_bodies import read_error\n"
        "from onboarding.fleets.connecting.request import Response\n"
        f"print(read_error(Response(500, {{}}, b'<html>' + {unit.encode()!r} * (2**20 // {len(unit)}))).dialect)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "html\n"


@pytest.mark.asvs("4.1.3", "15.3.4")
def test_sign_in_is_limited_by_the_clients_address_behind_a_proxy():
    """allauth trusts one proxy with BEHIND_PROXY, and none without."""
    code = "import onboarding.settings as s; print(s.ALLAUTH_TRUSTED_PROXY_COUNT)"
    environment = os.environ | {"DEBUG": "1"}
    output = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment | {"BEHIND_PROXY": behind},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for behind in ("0", "1")
    ]
    assert output == ["0\n", "1\n"]


@pytest.mark.django_db
@pytest.mark.asvs("1.2.1", "3.2.1", "5.4.2")
def test_a_login_with_a_quotation_mark_does_not_break_the_name_of_a_download(browser_of, owner):
    """It can't add a second file name to the header."""
    onboarding = factories.certified(owner, login="X\";FILENAME*=UTF-8''EVIL.EXE;A=\"")
    ConnectionTest.objects.create(
        onboarding=onboarding, certificate=onboarding.request.issued_certificate, finished_at=onboarding.created_at,
        result={"succeeded": True}, verdict="connected",
    )  # fmt: skip
    Onboarding.objects.update(status=Status.CONNECTED)
    response = browser_of.post(
        reverse("onboarding:everything_zip", args=[onboarding.pk]), {"passphrase": factories.PASSPHRASE}
    )
    expected = 'attachment; filename="X-FILENAME-UTF-8-EVIL-EXE-A-everything.zip"'
    assert (response.status_code, response.headers["Content-Disposition"]) == (200, expected)


def addresses(onboarding):
    """Yield the address of every page of an onboarding."""
    for pattern in partner_urls:
        if "<uuid:pk>" in str(pattern.pattern):
            more = {"name": "ca.pem"} if "<str:name>" in str(pattern.pattern) else {}
            yield reverse(f"onboarding:{pattern.name}", kwargs={"pk": onboarding.pk} | more)


@pytest.mark.django_db
def test_no_page_of_an_onboarding_is_open_to_another_account(client, owner):
    """Another account gets a 404 for each address and method. So does staff, who use the review desk."""
    onboarding = factories.certified(owner)
    for stranger in (factories.partner("other@flottes.example"), factories.partner("staff@flottes.example")):
        stranger.is_staff = stranger.is_superuser = stranger.email.startswith("staff")
        stranger.save()
        client.force_login(stranger)
        statuses = {(client.get(url).status_code, client.post(url).status_code) for url in addresses(onboarding)}
        assert statuses == {(404, 404)}


@pytest.mark.django_db
@pytest.mark.asvs("3.5.1")
def test_neither_a_get_nor_a_forged_form_changes_anything(owner):
    """A GET writes no event and replaces no request. Every page refuses a POST without the CSRF token."""
    onboarding = factories.certified(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    before = (Event.objects.count(), CertificateRequest.objects.get().replaced_at)
    for url in addresses(onboarding):
        assert browser.get(url).status_code in {200, 302, 404}, url
        assert browser.post(url).status_code == 403, url
    assert (Event.objects.count(), CertificateRequest.objects.get().replaced_at) == before


@pytest.mark.django_db
@pytest.mark.asvs("14.3.1", "14.3.2")
def test_the_list_of_onboardings_is_not_cached(browser_of):
    """The Back button after signing out, on a shared computer, does not show it again."""
    assert "no-store" in browser_of.get(reverse("onboarding:onboardings")).headers["Cache-Control"]


@pytest.mark.django_db
def test_the_strength_of_only_the_start_of_a_passphrase_is_estimated(owner, monkeypatch):
    """zxcvbn tries all combinations of characters that can stand for letters, so their number is limited."""
    read = []
    monkeypatch.setattr(keys, "zxcvbn", lambda text, **_: read.append(len(text)) or {"score": 4})
    form = keys.KeyForm(
        {"passphrase": "4@8({[<369&#!1/|" * 10, "key_size": "2048"}, onboarding=factories.started(owner)
    )
    assert (form.is_valid(), read) == (True, [32])


def test_every_private_file_has_an_address():
    """The tests of all addresses include the files that contain the key."""
    names = {pattern.name for pattern in partner_urls if isinstance(pattern, URLPattern)}
    assert {name.replace(".", "_") for name in PRIVATE_FILES} <= names


def test_the_number_of_passphrase_attempts_is_limited(browser_of, owner, settings):
    """The limit of the account also stops somebody with a stolen session, even with the right passphrase."""
    settings.PASSPHRASES_IN_10_MINUTES = 3
    onboarding = factories.with_key(owner)
    address = reverse("onboarding:request", args=[onboarding.pk])
    errors = []
    for _ in range(4):
        page = browser_of.post(address, {"passphrase": "a guess, and another"})
        errors.append(page.context["form"].errors["passphrase"][0])
    assert [error == errors[3] for error in errors] == [False, False, False, True]
    assert browser_of.post(address, {"passphrase": factories.PASSPHRASE}).status_code == 200
    assert factories.fresh(onboarding).request.passphrase_proved_at is None
