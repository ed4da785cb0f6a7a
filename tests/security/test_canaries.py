"""Secrets go through every path of a running site, failures included; then everything the site keeps is searched.

The memory is searched as soon as it is expected to be clean. `CANARY_SECONDS=60` waits that long before it is read.
"""

import os
import quopri
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from onboarding.hardening import SWEEP_SECONDS
from tests.browser.partner import FormWalk, Partner
from tests.browser.processes import PROJECT, manage
from tests.browser.search import dump, files_below, forms_of_key, forms_of_text, search
from tests.browser.sites import install, rehearsal, serve
from tests.browser.visitor import Visitor
from tests.security.memory import family_of, found_in_memory, writable_memory

CLIENT_SECRET = "canary-client-secret-" + os.urandom(8).hex()
FILE_PASSPHRASE = f"gravel {os.urandom(4).hex()} moose lantern"
CLEAN_WITHIN = SWEEP_SECONDS + 25  # seconds after the last request; the machine may be busy
IN_MEMORY = ("raw", "utf-16", "form", "base64 0")  # encodings of texts in which memory is searched


@dataclass
class Walked:
    """A site after the walk: its secrets by name, and the private key."""

    site: object
    began: float
    emails: Path
    texts: dict[str, str] = field(default_factory=dict)
    keys: list = field(default_factory=list)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "rehearsal").mkdir()
    (folder / "emails").mkdir()
    with rehearsal(folder / "rehearsal") as practice:
        env = install(folder, collect=False, **practice.env) | {
            "DJANGO_SETTINGS_MODULE": "tests.security.served",
            "EMAIL_FOLDER": str(folder / "emails"),
            "BREAKAGE_FILE": str(folder / "broken"),
            "OIDC_SERVER_URL": "https://127.0.0.1:1",  # nothing listens there
            "OIDC_CLIENT_ID": "onboarding",
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "GUNICORN_CMD_ARGS": "",  # no log of addresses, as with `make run`: one of them is the token of a reset
        }
        with serve(folder, env) as site:
            result = Walked(site, time.time() - 1, folder / "emails")
            _walk(result, folder / "broken")
            yield result


def _walk(result, broken):
    """Put each secret through every path: refused, with an error of the server, and accepted."""
    partner = Partner()
    walk = FormWalk(result.site, partner)
    result.texts |= {"passphrase": partner.passphrase, "password": partner.password}
    result.texts |= {"account password": partner.account_password, "client secret": CLIENT_SECRET}
    result.texts["file passphrase"] = FILE_PASSPHRASE
    walk.sign_up()
    _note_session(result, walk)
    walk.begin()
    for path in ("key/passphrase/", "request/", "test/", "done/"):
        if path == "test/":
            files, client_id = walk.get_signed()
            walk.upload(files, client_id)
        _send_secrets(result, walk, path, broken)
    key = load_pem_private_key(walk.download_key(), partner.passphrase.encode())
    result.keys.append(key)
    _send_other_files(walk, partner)
    _send_key_by_mistake(walk, key)
    _send_malformed(walk, partner)
    _change_account(result, walk, partner)


def _send_secrets(result, walk, path, broken):
    """Send the form of a page with a wrong passphrase, with an error of the server, and right."""
    partner = walk.partner
    walk.confirm()
    extra = {"key/passphrase/": {"key_size": "2048"}, "test/": {"password": partner.password}}.get(path, {})
    action = "/key.pem" if path == "done/" else ""
    if path != "key/passphrase/":
        walk.open(path)
        wrong = result.texts.setdefault("wrong passphrase", f"{partner.passphrase} wrong")
        walk.visitor.submit(action=action, passphrase=wrong, **extra)
    walk.open(path)
    broken.touch()
    response = walk.visitor.submit(action=action, passphrase=partner.passphrase, **extra)
    broken.unlink()
    assert response.status_code == 500
    walk.open(path)
    if path == "test/":
        walk.test(password=partner.passphrase)
        walk.test()
        walk.expect("done")
    elif path != "done/":
        walk.visitor.submit(action=action, passphrase=partner.passphrase, **extra)
        walk.expect("request")


def _send_other_files(walk, partner):
    """Download each other file with the key."""
    walk.open("done/")
    token = walk.visitor.page.form("passphrase").values["csrfmiddlewaretoken"]
    for name in ("client.p12", "client-old.p12", "everything.zip"):
        typed = {"passphrase": partner.passphrase, "file_passphrase": FILE_PASSPHRASE, "csrfmiddlewaretoken": token}
        response = walk.visitor.client.post(walk.path(f"done/{name}"), data=typed)
        assert "attachment" in response.headers.get("content-disposition", ""), (name, response.text[-3000:])


def _send_key_by_mistake(walk, key):
    """Send the private key as a file and as text, where certificates are expected."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    for sent in (pem, der):
        walk.upload([sent], "")
        assert "private key" in walk.visitor.page.text
    walk.open("certificate/")
    walk.visitor.submit(text=pem.decode(), client_id="")


def _send_malformed(walk, partner):
    """Send secrets in requests that are refused before a form reads them."""
    client, path = walk.visitor.client, walk.path("test/")
    secrets = {"passphrase": partner.passphrase, "password": partner.password}
    assert client.post(path, data=secrets).status_code == 403  # without the token
    assert client.post(path, data=secrets | {"more": "x" * 2**21}).status_code == 413
    client.post(path, content=repr(secrets).encode(), headers={"content-type": "multipart/form-data; boundary=x"})
    client.post(path, content=repr(secrets).encode(), headers={"content-type": "application/json"})
    client.request("PUT", path, data=secrets)


def _change_account(result, walk, partner):
    """Change the password, set up a second factor, reset the password, sign in wrongly, and sign out."""
    visitor, client = walk.visitor, walk.visitor.client
    elsewhere = Visitor(result.site.url)
    elsewhere.open(_link_in_email(result, "/accounts/confirm-email/"))
    elsewhere.submit(action="/")
    walk.confirm()
    visitor.open("/accounts/2fa/totp/activate/")
    secret = re.search(r'id="authenticator_secret"[^>]*value="(\w+)"|value="(\w{32})"', visitor.response.text)
    result.texts["TOTP secret"] = next(filter(None, secret.groups()))
    visitor.submit(code="000000")
    counter = next(yield_hotp_counters_from_time())
    visitor.submit(code=format_hotp_value(hotp_value(result.texts["TOTP secret"], counter)))
    chosen = result.texts["new password"] = f"Neues {os.urandom(6).hex()} Konto"
    visitor.open("/accounts/password/reset/")
    visitor.submit(email=partner.email)
    token = _link_in_email(result, "/accounts/password/reset/key/")
    result.texts["reset token"] = token.rpartition("/key/")[2].strip("/").partition("-")[2]
    visitor.open(token)
    visitor.submit(password1=chosen, password2=chosen + " other")
    visitor.submit(password1=chosen, password2=chosen)
    client.cookies.clear()
    visitor.open("/accounts/login/")
    visitor.submit(login=partner.email, password=chosen + "?")
    visitor.submit(login=partner.email, password=chosen)
    _note_session(result, walk)
    client.post("/accounts/oidc/oidc/login/")
    client.cookies.clear()


def _note_session(result, walk):
    result.texts[f"session {len(result.texts)}"] = walk.visitor.client.cookies["sessionid"]


def _link_in_email(result, path):
    """Let the worker send, and return the address that starts with `path` in the newest email that has one."""
    manage("worker", "--once", env=result.site.env)
    found = []
    for file in sorted(result.emails.iterdir(), key=lambda file: file.stat().st_mtime_ns):  # each has several emails
        text = quopri.decodestring(file.read_bytes()).decode(errors="replace")
        found += re.findall(rf"http://127\.0\.0\.1:\d+({path}[^\s\"<]+)", text)
    return found[-1]


def needles_of(result, *, memory=False):
    """Return the forms of each secret to search for; for memory, only those that programs use."""
    found = {}
    for name, text in result.texts.items():
        forms = forms_of_text(text)
        names = IN_MEMORY if memory else forms
        if not (memory and name == "client secret"):  # a setting, in the environment of the process
            found |= {f"{name}, {form}": forms[form] for form in names if form in forms}
    for key in result.keys:
        forms = {name: form for name, form in forms_of_key(key).items() if "header" not in name}
        # Of a key that was sent by mistake as a file, the text of the file can stay in memory: SECURITY.md says so.
        wanted = {name: form for name, form in forms.items() if not memory or "raw" in name}
        found |= {f"key, {name}": form for name, form in wanted.items()}
    return found


@pytest.mark.asvs("14.2.1", "14.2.2", "14.2.4", "16.2.3", "16.2.5", "16.3.4", "16.5.3")
def test_no_secret_is_kept_in_the_database_logs_emails_or_files(walked):
    """The only find is the token in the email that brings it."""
    site = walked.site
    shared = [folder for folder in (Path("/var/tmp"), Path("/dev/shm"), PROJECT / "var") if folder.is_dir()]
    places = [*dump(site.database), *files_below([site.folder]), *files_below(shared, changed_since=walked.began)]
    found = [find for find in search(places, needles_of(walked)) if not allowed(find, walked)]
    assert found == []
    log = (site.folder / "site.log").read_text()
    assert log.count("RuntimeError: broken on purpose") >= 4  # the failures were logged


def allowed(find, walked):
    """Whether a find is the token in its email."""
    place, _, name = find.rpartition(": ")
    return name.startswith("reset token") and Path(place).is_relative_to(walked.emails)


@pytest.mark.asvs("1.4.3", "11.7.2", "13.3.2", "14.2.2")
def test_no_secret_stays_in_the_memory_of_the_site(walked):
    """Neither in the web server nor in its workers, although no request came meanwhile that would overwrite it."""
    pids, needles = family_of(walked.site.pid), needles_of(walked, memory=True)
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):  # the same account can't read the memory of the worker
            list(writable_memory(pids[-1]))
        pytest.skip("only root reads the memory of the site")
    time.sleep(float(os.environ.get("CANARY_SECONDS", "0")))
    deadline = time.monotonic() + (0 if "CANARY_SECONDS" in os.environ else CLEAN_WITHIN)
    while (found := found_in_memory(pids, needles)) and time.monotonic() < deadline:
        time.sleep(1)
    assert len(pids) > 1
    assert found == set()


def test_the_search_of_memory_finds_what_a_process_holds():
    """This process holds a text, and the search finds it, in each encoding that is searched for."""
    text = "held " + os.urandom(8).hex()
    held = {name: bytearray(form) for name, form in forms_of_text(text).items() if name in IN_MEMORY}
    assert found_in_memory([os.getpid()], {name: bytes(form) for name, form in held.items()}) == set(held)
