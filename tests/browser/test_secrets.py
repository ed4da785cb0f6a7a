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

from tests.browser.partner import Desk, Partner
from tests.browser.processes import PROJECT
from tests.browser.search import dump, files_below, forms_of_key, forms_of_text, search


def walk_with_mishaps(site, partner):
    """Walk the whole rehearsal with wrong and misplaced secrets; return the desk and the private key."""
    desk = Desk(site, partner)
    desk.sign_up()
    desk.begin()
    desk.open("key/")
    desk.visitor.submit(passphrase=partner.passphrase, key_size="1024")  # a size that is not offered
    desk.visitor.submit(passphrase=partner.passphrase, key_size="2048")
    desk.visitor.submit(passphrase=partner.passphrase)
    files, client_id = desk.have_signed()
    desk.hand_in(files, "wrong-" + client_id)
    desk.test(password=partner.passphrase)
    desk.test(passphrase=partner.password)
    desk.open("certificate/")
    desk.visitor.submit(client_id=client_id, client_id_label="The right one")
    desk.test(client_id=client_id)
    desk.expect("done")
    key = load_pem_private_key(desk.take_key(), partner.passphrase.encode())

    # The key itself, sent by mistake as a file and as text, and secrets in an address that does not exist.
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    for sent in (pem, der, files[0] + pem):
        desk.hand_in([sent], "")
        desk.expect("certificate")
        assert "private key" in desk.visitor.page.text
    desk.open("certificate/")
    desk.visitor.submit(text=pem.decode(), client_id="")
    assert pem.decode().splitlines()[5] not in desk.visitor.answer.text
    refused = desk.visitor.client.post(desk.path("test/"), data={"password": partner.password})  # without its token
    assert refused.status_code == 403
    return desk, key


@pytest.fixture(scope="module")
def searched(site, running_rehearsal):
    """A partner after the walk, the private key, what to search for, and when the walk began."""
    partner, began = Partner(), time.time() - 1
    _, key = walk_with_mishaps(site, partner)
    time.sleep(0.2)  # the last line of the log
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
        if not Path(place).is_relative_to(own):  # the tests' own, where the partner's downloads are
            yield place, content
    for process in (site.pid, rehearsal.pid):
        yield f"arguments of {process}", Path(f"/proc/{process}/cmdline").read_bytes()
        yield f"environment of {process}", Path(f"/proc/{process}/environ").read_bytes()


def without_headers(needles):
    """Leave out the header of a PEM file: the rehearsal stores its own keys, which have the same header."""
    return {name: form for name, form in needles.items() if "PEM header" not in name}


def test_no_secret_is_left_on_the_servers_side(site, running_rehearsal, searched, tmp_path_factory):
    """The database, logs, folders and temporary files contain no passphrase, password or key."""
    _, _, needles, began = searched
    names, found = set(), []
    for place, content in server_side(site, running_rehearsal, began, tmp_path_factory.getbasetemp()):
        names.add(Path(place).name)
        of_the_site = str(site.folder) in place or "sqlite3" in place
        found += search([(place, content)], needles if of_the_site else without_headers(needles))
    assert found == []
    # It has looked where something could be.
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
