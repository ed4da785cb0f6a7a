"""After a whole walk with errors, no secret of the partner is stored anywhere on the server's side."""

import base64
import json
import sqlite3
import tempfile
import time
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from tests.browser.partner import FormWalk, Partner
from tests.browser.processes import PROJECT
from tests.browser.search import dump, files_below, forms_of_key, forms_of_text, search


def walk_with_errors(site, partner):
    """Walk the whole rehearsal with wrong and misplaced secrets; return the walk and the private key."""
    form_walk = FormWalk(site, partner)
    form_walk.sign_up()
    form_walk.begin()
    form_walk.open("key/passphrase/")
    form_walk.visitor.submit(passphrase=partner.passphrase, key_size="1024")  # a size that is not offered
    form_walk.visitor.submit(passphrase=partner.passphrase, key_size="2048")
    form_walk.visitor.submit(passphrase=partner.passphrase)
    files, client_id = form_walk.get_signed()
    form_walk.upload(files, "wrong-" + client_id)
    form_walk.test(password=partner.passphrase)
    form_walk.test(passphrase=partner.password)
    form_walk.open("certificate/")
    form_walk.visitor.submit(client_id=client_id, client_id_label="The right one")
    form_walk.test(client_id=client_id)
    form_walk.expect("done")
    key = load_pem_private_key(form_walk.download_key(), partner.passphrase.encode())

    # The key itself, sent by mistake as a file and as text, and a password without a CSRF token.
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    for sent in (pem, der, files[0] + pem):
        form_walk.upload([sent], "")
        form_walk.expect("certificate")
        assert "private key" in form_walk.visitor.page.text
    form_walk.open("certificate/")
    form_walk.visitor.submit(text=pem.decode(), client_id="")
    assert pem.decode().splitlines()[5] not in form_walk.visitor.response.text
    refused = form_walk.visitor.client.post(
        form_walk.path("test/"), data={"password": partner.password}
    )  # without its token
    assert refused.status_code == 403
    return form_walk, key


@pytest.fixture(scope="module")
def searched(site, running_rehearsal):
    """Return a partner after the walk, the private key, the needles to search for, and the start of the walk."""
    partner, began = Partner(), time.time() - 1
    _, key = walk_with_errors(site, partner)
    time.sleep(0.2)  # until the last line of the log is written
    needles = {f"passphrase, {name}": form for name, form in forms_of_text(partner.passphrase).items()}
    needles |= {f"password, {name}": form for name, form in forms_of_text(partner.password).items()}
    needles |= {f"account password, {name}": form for name, form in forms_of_text(partner.account_password).items()}
    needles |= {f"key, {name}": form for name, form in forms_of_key(key).items()}
    return partner, key, needles, began


def server_side(site, rehearsal, began, own):
    """Yield the database as a dump and as files, the logs, both programs' folders, and new files in shared folders."""
    yield from dump(site.database)
    yield from files_below([site.folder, rehearsal.folder.parent])
    shared = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm"), PROJECT / "var"]
    for place, content in files_below([folder for folder in shared if folder.is_dir()], changed_since=began):
        if not Path(place).is_relative_to(own):  # the folder of the tests contains the partner's downloads
            yield place, content
    for process in (site.pid, rehearsal.pid):
        yield f"arguments of {process}", Path(f"/proc/{process}/cmdline").read_bytes()
        yield f"environment of {process}", Path(f"/proc/{process}/environ").read_bytes()


def without_headers(needles):
    """Return the needles without PEM headers: the rehearsal stores its own keys, which have the same header."""
    return {name: form for name, form in needles.items() if "PEM header" not in name}


def test_no_secret_is_stored_on_the_servers_side(site, running_rehearsal, searched, tmp_path_factory):
    """The database, logs, folders and temporary files contain no passphrase, password or key."""
    _, _, needles, began = searched
    names, found = set(), []
    for place, content in server_side(site, running_rehearsal, began, tmp_path_factory.getbasetemp()):
        names.add(Path(place).name)
        of_the_site = str(site.folder) in place or "sqlite3" in place
        found += search([(place, content)], needles if of_the_site else without_headers(needles))
    assert found == []
    # The search covered the places that could contain a secret.
    assert {"site.log", "rehearsal.log", "onboarding.sqlite3", "keyring", "onboarding.sqlite3, dumped"} <= names
    log = (site.folder / "site.log").read_text()
    assert "/key/" in log
    assert "/test/" in log


@pytest.mark.parametrize(
    "plant",
    ["text", "blob", "session", "log", "deleted row", "temporary file", "pem", "pem in json", "hex", "file name"],
)
def test_the_search_finds_a_planted_secret(site, running_rehearsal, searched, tmp_path, plant):
    """A secret that is added to a copy of the same places is found in every encoding."""
    partner, key, needles, _ = searched
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    in_json = json.dumps({"key": pem.decode()})
    copy = tmp_path / "onboarding.sqlite3"
    with sqlite3.connect(site.database) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    where = tmp_path / "folder"
    where.mkdir()
    planted = {
        "text": lambda: insert(copy, f"note: {partner.passphrase}"),
        "blob": lambda: insert(copy, b"xx" + der),
        "session": lambda: insert(copy, in_session(partner.password)),
        "log": lambda: (where / "site.log").write_text(f"... {partner.passphrase!r} ..."),
        "deleted row": lambda: (where / "left.sqlite3").write_bytes(b"\0page\0" + partner.password.encode() + b"\0"),
        "temporary file": lambda: (where / "tmpabc").write_bytes(der),
        "pem": lambda: (where / "key.txt").write_bytes(pem.replace(b"\n", b"\r\n    ")),
        "pem in json": lambda: (where / "x.json").write_text(in_json),
        "hex": lambda: (where / "x.hex").write_text("\n".join(split(der.hex(), 64))),
        "file name": (where / partner.password).touch,
    }
    assert search([*dump(copy), *files_below([where])], needles) == []
    planted[plant]()
    assert search([*dump(copy), *files_below([where])], needles) != []


def insert(database, value):
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE planted (value)")
    connection.execute("INSERT INTO planted VALUES (?)", (value,))
    connection.commit()
    connection.close()


def in_session(secret):
    packed = zlib.compress(b'{"remembered": "' + secret.encode() + b'"}')
    return "." + base64.urlsafe_b64encode(packed).decode().rstrip("=") + ":1abcde:signature"


def split(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)]
