"""`manage.py keyring`: a rotation in two phases over several machines; what each step refuses (ASVS 11.1.1, 13.3.4).

A machine is a keyring file; the database is shared.
"""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.urls import reverse

from onboarding.models import AuditRecord, SealedPrivateKey, ServerKey
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring, with_promoted_line
from onboarding.transport_security import check_keyring
from onboarding.workflow import requests, server_keys
from tests import factories
from tests.security.transit_server import ADMIN_TOKEN, TransitServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


class Machine:
    """A machine with a keyring file of its own."""

    def __init__(self, path: Path, settings) -> None:
        self.path, self.settings = path, settings

    @property
    def ids(self) -> list[str]:
        return list(Keyring.read(self.path).keys)

    def keyring(self, *arguments: str) -> str:
        """Run `manage.py keyring` on this machine; return what it prints."""
        self.settings.KEYRING_FILE = self.path
        out = StringIO()
        call_command("keyring", *arguments, stdout=out, stderr=out)
        return out.getvalue()

    def refused(self, *arguments: str) -> str:
        with pytest.raises(CommandError) as caught:
            self.keyring(*arguments)
        return str(caught.value)

    def make_key(self, owner) -> object:
        self.settings.KEYRING_FILE = self.path
        return factories.with_key(owner).request

    def opens(self, request) -> bool:
        self.settings.KEYRING_FILE = self.path
        try:
            requests.open_private_key(request, request.onboarding.owner, factories.PASSPHRASE)
        except PkiError:
            return False
        return True


@pytest.fixture
def machines(tmp_path, settings) -> list[Machine]:
    text = Keyring.new_text()
    paths = [tmp_path / name for name in ("first", "second")]
    for path in paths:
        path.write_text(text)
        path.chmod(0o600)
    return [Machine(path, settings) for path in paths]


def used_ids() -> set[str]:
    return set(SealedPrivateKey.objects.values_list("server_key_id", flat=True))


def test_a_rotation_over_two_machines_leaves_every_key_readable_on_both_after_each_step(machines, owner):
    """Add everywhere, promote, re-wrap, check, retire: no step makes a key unreadable on a machine."""
    first, second = machines
    made = [machine.make_key(owner) for machine in machines]
    (old,) = first.ids

    def step(machine, *arguments):
        machine.keyring(*arguments)
        made.append(first.make_key(owner))
        made.append(second.make_key(owner))
        assert [machine.opens(request) for machine in machines for request in made] == [True] * 2 * len(made)

    first.keyring("add")
    new = first.ids[1]
    assert first.ids == [old, new]
    assert f"can't use these server keys: {new}" in second.refused("check")  # before it has the line
    step(second, "add", "--from", str(first.path))
    assert second.ids == [old, new]
    for machine in machines:
        machine.keyring("check")
    step(first, "promote", new)
    assert "it encrypts on this machine" in second.refused("retire", old)
    step(second, "promote", new)
    assert used_ids() == {old, new}
    step(first, "rewrap")
    assert used_ids() == {new}
    for machine in machines:
        machine.keyring("check")
        step(machine, "retire", old)
    assert [machine.ids for machine in machines] == [[new], [new]]
    assert [stat.S_IMODE(machine.path.stat().st_mode) for machine in machines] == [0o600] * 2
    changes = AuditRecord.objects.filter(kind="keyring_changed").values_list("details", flat=True)
    assert [details["change"] for details in changes] == [
        *["added", "added", "promoted", "promoted", "rewrapped", "retired", "retired"]
    ]


def test_a_machine_that_still_encrypts_with_a_retired_key_stores_nothing(machines, owner):
    """The key is refused before it is stored, so no key is lost when the line is gone everywhere."""
    first, second = machines
    first.make_key(owner)
    (old,) = first.ids
    first.keyring("add")
    first.keyring("promote", first.ids[1])
    first.keyring("rewrap")
    first.keyring("retire", old)
    with pytest.raises(PkiError, match="server_key_retired"):
        second.make_key(owner)
    assert used_ids() == set(first.ids)
    assert "server_key_retired" in second.refused("rewrap")
    assert used_ids() == set(first.ids)
    assert f"these server keys: {old}, {first.ids[0]}" in second.refused("check")


def test_a_server_key_is_kept_while_a_stored_key_needs_it(machines, owner):
    """`retire` says how many keys need it, and removes neither the line nor anything else."""
    first, _ = machines
    first.make_key(owner)
    first.keyring("add")
    old, new = first.ids
    first.keyring("promote", new)
    assert "1 stored keys need it" in first.refused("retire", old)
    assert (first.ids, ServerKey.objects.get(pk=old).retired_at) == ([new, old], None)
    first.keyring("rewrap")
    first.keyring("retire", old)
    assert first.ids == [new]


def test_status_names_the_keys_of_each_record_and_fails_if_one_is_missing(machines, owner, tmp_path, settings):
    """A stored key id that the keyring does not have leads to exit code 1, and so does an unreadable keyring."""
    first, _ = machines
    first.make_key(owner)
    (key_id,) = first.ids
    assert first.keyring("status").startswith(f"{key_id}: 1 stored keys, encrypts, check value ")
    other = Machine(tmp_path / "other", settings)
    other.path.write_text(Keyring.new_text())
    assert f"does not have: {key_id}" in other.refused("status")
    other.path.write_text("broken")
    assert "keyring_malformed" in other.refused("check")
    other.path.unlink()
    assert "keyring_missing" in other.refused("status")


def test_check_notices_another_key_with_the_same_id(machines, owner):
    """A line that was mistyped or mixed up does not open the canary."""
    first, second = machines
    first.make_key(owner)
    (key_id,) = first.ids
    second.path.write_text(f"{key_id}:{Keyring.new_line().partition(':')[2]}")
    assert key_id in second.refused("check")
    assert "the keys differ" in second.refused("add", "--from", str(first.path))


def test_promote_refuses_keys_that_are_unknown_or_retired(machines, owner):
    """Nothing is changed."""
    first, _ = machines
    before = first.path.read_text()
    assert "nothing is not in the file" in first.refused("promote", "nothing")
    assert first.path.read_text() == before
    first.keyring("add")
    key_id = first.ids[1]
    text = first.path.read_text()
    first.keyring("retire", key_id)
    first.path.write_text(text)
    assert "was retired" in first.refused("promote", key_id)
    assert first.path.read_text() == text


def test_rewrapping_reports_its_progress_and_is_resumed(machines, owner, monkeypatch):
    """After an interruption, only the rest is encrypted again."""
    first, _ = machines
    made = [first.make_key(owner) for _ in range(3)]
    first.keyring("add")
    first.keyring("promote", first.ids[1])
    monkeypatch.setattr(server_keys, "KEYS_AT_ONCE", 1)
    rewrapping = server_keys.rewrap_all(server_keys.read_keyring())
    assert next(rewrapping).done == 1
    rewrapping.close()
    output = first.keyring("rewrap").splitlines()
    assert output[:3] == ["1 of 2 keys", "2 of 2 keys", f"2 keys rewrapped with {first.ids[0]}, 0 failed."]
    assert [first.opens(request) for request in made] == [True] * 3


def test_a_key_that_changes_while_it_is_rewrapped_is_read_again(machines, owner, monkeypatch):
    """Another machine stores a new record between reading and storing; it is not overwritten with the old one."""
    first, _ = machines
    request = first.make_key(owner)
    first.keyring("add")
    first.keyring("promote", first.ids[1])
    real, calls = server_keys.rewrap, []

    def while_the_record_changes(sealed, keyring, binding, key_id):
        if not calls:
            calls.append(real(sealed, keyring, binding, first.ids[1]))
            values = {"outer_nonce": calls[0].outer_nonce, "ciphertext": calls[0].ciphertext}
            SealedPrivateKey.objects.filter(request=request).update(**values)
        return real(sealed, keyring, binding, key_id)

    monkeypatch.setattr(server_keys, "rewrap", while_the_record_changes)
    assert [progress.done for progress in server_keys.rewrap_all(server_keys.read_keyring())] == [0, 1]
    assert first.opens(request)
    assert used_ids() == {first.ids[0]}


def test_a_keyring_that_cannot_be_replaced_stays_as_it_is(machines, monkeypatch):
    """A full disk or a folder without write access leads to exit code 1 and an unchanged file."""
    first, _ = machines
    before = first.path.read_text()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("onboarding.pki.keyring.os.fsync", full)
    assert "No space left" in first.refused("add")
    assert (first.path.read_text(), sorted(path.name for path in first.path.parent.iterdir())) == (
        before,
        ["first", "second"],
    )


def test_comments_and_unfinished_lines_survive_a_promotion():
    """The first key moves before the first line with a key, behind the comments."""
    one, two = Keyring.new_line(), Keyring.new_line().rstrip()
    text = f"# why\n{one}# about the second\n{two}"
    key_id = two.partition(":")[0]
    assert with_promoted_line(text, key_id) == f"# why\n{two}\n{one}# about the second\n"
    assert Keyring.from_text(with_promoted_line(text, key_id)).first_id == key_id


@pytest.fixture
def service(tmp_path, settings):
    """A key-management service that every machine can use, and a site that encrypts with its file."""
    with TransitServer(tmp_path) as running:
        settings.KEYRING_URL, settings.KEYRING_TOKEN_FILE = running.url, running.token
        settings.KEYRING_CA_FILE, settings.KEYRING_ENCRYPTS_WITH = running.ca, "file"
        yield running


def test_the_stored_keys_move_to_a_service_and_back(machines, owner, service, settings):
    """Every machine knows both first; then the service encrypts, the keys are re-wrapped, and the file can go."""
    first, second = machines
    made = [first.make_key(owner)]
    (file_id,) = first.ids
    for machine in machines:
        machine.keyring("check")
    settings.KEYRING_ENCRYPTS_WITH = "service"
    made.append(first.make_key(owner))
    settings.KEYRING_ENCRYPTS_WITH = "file"  # on the second machine, a little later
    assert [second.opens(request) for request in made] == [True] * 2
    settings.KEYRING_ENCRYPTS_WITH = "service"
    assert "1 keys rewrapped with transit/onboarding:v1, 0 failed." in first.keyring("rewrap")
    assert used_ids() == {"transit/onboarding:v1"}
    assert "remove the file and KEYRING_FILE" in first.keyring("retire", file_id)
    settings.KEYRING_FILE = None
    assert [requests.open_private_key(request, owner, factories.PASSPHRASE).key_size for request in made] == [2048] * 2
    settings.KEYRING_ENCRYPTS_WITH = "file"
    first.path.write_text(Keyring.new_text())
    assert "2 keys rewrapped with" in first.keyring("rewrap")
    assert used_ids() == set(first.ids)
    assert [first.opens(request) for request in made] == [True] * 2


def test_a_rotation_inside_the_service(machines, owner, service, settings):
    """`add` rotates, `rewrap` uses the new version, `retire` ends the old one; the site's own token may do neither."""
    first, _ = machines
    settings.KEYRING_ENCRYPTS_WITH = "service"
    request = first.make_key(owner)

    def without_file(*arguments):
        out = StringIO()
        settings.KEYRING_FILE = None
        call_command("keyring", *arguments, stdout=out, stderr=out)
        return out.getvalue()

    with pytest.raises(CommandError, match="key_service_refused"):
        without_file("add")
    service.token.write_text(ADMIN_TOKEN)
    assert "transit/onboarding:v2" in without_file("add")
    with pytest.raises(CommandError, match="1 stored keys need it"):
        without_file("retire", "transit/onboarding:v1")
    assert service.key.min_decryption_version == 1
    without_file("rewrap")
    without_file("retire", "transit/onboarding:v1")
    assert service.key.min_decryption_version == 2
    assert "transit/onboarding:v2: 1 stored keys, encrypts" in without_file("check")
    assert requests.open_private_key(request, owner, factories.PASSPHRASE).key_size == 2048


def test_check_fails_while_the_service_does_not_respond(machines, owner, service, settings, browser_of):
    """So does the creation of a key, with a sentence and without a change; a stored key of the file still opens."""
    first, _ = machines
    request = first.make_key(owner)
    settings.KEYRING_ENCRYPTS_WITH = "service"
    service.failures = [503] * 3
    assert "key_service_unavailable" in first.refused("check")
    service.failures = [503] * 3
    onboarding = factories.described(owner)
    page = reverse("onboarding:key", args=[onboarding.pk])
    response = browser_of.post(page, {"passphrase": factories.PASSPHRASE, "key_size": "2048"})
    assert "The server that holds our encryption keys is not ready." in response.content.decode()
    assert (factories.fresh(onboarding).status, service.failures) == ("draft", [])
    assert first.opens(request)


@pytest.mark.parametrize(
    ("url", "file", "encrypts_with", "message"),
    [
        ("vault+http://keys.example:8200/transit/key", None, "service", "without TLS"),
        ("https://keys.example/transit/key", None, "service", "KEYRING_URL can't be used"),
        ("", Path("keyring"), "service", "Set it to file"),
        ("vault+https://keys.example/transit/key", None, "file", "Set it to service"),
        ("vault+https://keys.example/transit/key", Path("keyring"), "both", "file or service"),
    ],
)
def test_settings_that_cannot_work_are_refused(url, file, encrypts_with, message):
    """The site does not start."""
    with pytest.raises(ImproperlyConfigured, match=message):
        check_keyring(url, file, encrypts_with)


def test_plain_http_is_possible_on_the_loopback_only():
    """An agent of the service may listen there."""
    check_keyring("vault+http://127.0.0.1:8200/transit/key", None, "service")
    check_keyring("vault+https://keys.example/transit/key", Path("keyring"), "file")


def test_the_earlier_command_rewraps_too(machines, owner, settings):
    """`rewrap_keys` is the same as `keyring rewrap`."""
    first, _ = machines
    first.make_key(owner)
    first.keyring("add")
    first.keyring("promote", first.ids[1])
    out = StringIO()
    call_command("rewrap_keys", stdout=out)
    assert f"1 keys rewrapped with {first.ids[0]}, 0 failed." in out.getvalue()


def test_a_partner_reads_why_no_key_can_be_created(machines, owner, browser_of, settings):
    """A keyring that can't be read leads to the form with the finding, and to no change."""
    onboarding = factories.described(owner)
    settings.KEYRING_FILE = machines[0].path.with_name("absent")
    response = browser_of.post(
        reverse("onboarding:key", args=[onboarding.pk]), {"passphrase": factories.PASSPHRASE, "key_size": "2048"}
    )
    assert response.status_code == 200
    assert "The keyring file can’t be read." in response.content.decode()
    assert factories.fresh(onboarding).status == "draft"
