"""`manage.py keyring`: see, rotate and retire the server keys. The runbook is in docs/keyring.md."""

import csv
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from onboarding.models import User
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import (
    Keyring,
    check_value,
    with_added_line,
    with_promoted_line,
    without_line,
    write_key_file,
)
from onboarding.workflow import server_keys
from onboarding.workflow.compromise import ask_for_new_key, default_note, exposed_keys
from onboarding.workflow.server_keys import KeyState, StillUsedError
from onboarding.workflow.transitions import TransitionNotAllowedError


class Command(BaseCommand):
    """Changes the keyring of this machine, and the outer encryption of the stored keys. No passphrase is needed."""

    help = "Shows, rotates and retires the server keys that encrypt stored private keys. See docs/keyring.md."
    requires_system_checks = ()  # `check` says what is wrong with the keyring

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the subcommands."""
        verbs = parser.add_subparsers(dest="subcommand", required=True)
        add = verbs.add_parser("add", help="add a new key behind the others; with a service alone, a new version")
        add.add_argument("--from", dest="source", type=Path, help="add the keys of this keyring file that are missing")
        verbs.add_parser("status", help="show which stored keys use which server key")
        verbs.add_parser("check", help="open the canary of every server key")
        promote = verbs.add_parser("promote", help="let a key of the file encrypt from now on")
        promote.add_argument("key_id")
        verbs.add_parser("rewrap", help="encrypt every stored key with the server key that encrypts now")
        exposed = verbs.add_parser("exposed", help="list the onboardings that need a new key after a theft")
        exposed.add_argument("--before", required=True, help="when the thief had left, as 2026-11-25T15:00:00Z")
        exposed.add_argument("--ask", metavar="EMAIL", help="ask every partner for a new key, as this staff account")
        exposed.add_argument("--note", type=Path, help="a file with the text that partners read")
        retire = verbs.add_parser("retire", help="remove a server key that no stored key needs")
        retire.add_argument("key_id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand. Raise CommandError, so that the exit status is 1, if it failed."""
        verbs: dict[str, Callable[[dict[str, Any]], None]] = {
            "add": self._add,
            "status": self._status,
            "check": self._check,
            "promote": self._promote,
            "rewrap": self._rewrap,
            "retire": self._retire,
            "exposed": self._exposed,
        }
        try:
            verbs[options["subcommand"]](options)
        except PkiError as error:
            raise CommandError(f"{error.code}: {error.finding.text}") from error
        except OSError as error:
            raise CommandError(f"The keyring file can't be replaced: {error.strerror}. Nothing was changed.") from error

    def _add(self, options: dict[str, Any]) -> None:
        if options["source"]:
            self._add_from(options["source"])
            return
        if settings.KEYRING_FILE is None:
            service = server_keys.key_service()
            key_id = service.add_version() if service else ""
            self.stdout.write(f"The service has a new version, {key_id}. It encrypts from now on.")
        else:
            line = Keyring.new_line()
            key_id = line.partition(":")[0]
            _replace_file(with_added_line(_file_text(), line))
            self.stdout.write(f"Added {key_id} as the last key. Copy the keyring to every machine, then promote it.")
        server_keys.register(server_keys.read_keyring(), key_id)
        server_keys.record_change("added", key_id)

    def _add_from(self, source: Path) -> None:
        other, own = Keyring.read(source), Keyring.read(_file())
        if changed := [name for name, key in own.keys.items() if other.keys.get(name, key) != key]:
            raise CommandError(f"Both files have a key {changed[0]}, but the keys differ. Nothing was changed.")
        new = [line for line in source.read_text("ascii").splitlines() if line.strip().partition(":")[0] in other.keys]
        for line in new:
            key_id = line.strip().partition(":")[0]
            if key_id not in own.keys:
                _replace_file(with_added_line(_file_text(), line.strip() + "\n"))
                server_keys.register(server_keys.read_keyring(), key_id)
                server_keys.record_change("added", key_id)
                self.stdout.write(f"Added {key_id} as the last key.")

    def _states(self, *, open_canaries: bool) -> list[KeyState]:
        keyring = server_keys.read_keyring()
        states = list(server_keys.key_states(keyring, open_canaries=open_canaries))
        for state in states:
            words = ["encrypts" if state.encrypts else "decrypts" if state.available else "missing"]
            if state.key_id in keyring.keys:
                words.append(f"check value {check_value(keyring.keys[state.key_id])}")
            words += ["retired"] if state.retired else []
            words += [f"PROBLEM: {state.problem.finding.text}"] if state.problem else []
            self.stdout.write(f"{state.key_id}: {state.records} stored keys, {', '.join(words)}")
        return states

    def _status(self, options: dict[str, Any]) -> None:
        missing = [state.key_id for state in self._states(open_canaries=False) if state.records and not state.available]
        if missing:
            raise CommandError(f"Stored keys need server keys that this machine does not have: {', '.join(missing)}.")

    def _check(self, options: dict[str, Any]) -> None:
        failed = [state.key_id for state in self._states(open_canaries=True) if state.problem]
        if failed:
            raise CommandError(f"This machine can't use these server keys: {', '.join(failed)}.")
        self.stdout.write("This machine can use every server key that is in use.")

    def _promote(self, options: dict[str, Any]) -> None:
        key_id: str = options["key_id"]
        keyring = server_keys.read_keyring()
        if key_id not in keyring.keys:
            raise CommandError(f"{key_id} is not in the file. To let a service encrypt, set KEYRING_ENCRYPTS_WITH.")
        server_keys.register(keyring, key_id)
        for state in server_keys.key_states(keyring, open_canaries=True):
            if state.key_id == key_id and (state.problem or state.retired):
                raise CommandError(f"{key_id} was retired, or it is not the key that the database knows.")
        _replace_file(with_promoted_line(_file_text(), key_id))
        server_keys.record_change("promoted", key_id)
        self.stdout.write(f"{key_id} is the first key of the file on this machine.")

    def _rewrap(self, options: dict[str, Any]) -> None:
        keyring = server_keys.read_keyring()
        total = sum(n for key_id, n in server_keys.usage().items() if key_id != keyring.current_id())
        done, failed = 0, dict[int, PkiError]()
        for progress in server_keys.rewrap_all(keyring):
            done = progress.done
            for pk in sorted(set(progress.failed) - set(failed)):
                self.stderr.write(f"Request {pk}: {progress.failed[pk].finding.text}")
            failed = dict(progress.failed)
            self.stdout.write(f"{done} of {max(total, done)} keys")
            self.stdout.flush()
        current = keyring.current_id()
        server_keys.record_change("rewrapped", current)
        self.stdout.write(f"{done} keys rewrapped with {current}, {len(failed)} failed.")
        if failed:
            raise CommandError("Keep the other server keys: some stored keys still need them.")
        self.stdout.write("No stored key needs another server key. Check every machine before you retire one.")

    def _retire(self, options: dict[str, Any]) -> None:
        key_id: str = options["key_id"]
        keyring = server_keys.read_keyring()
        try:
            server_keys.retire(keyring, key_id)
        except StillUsedError as error:
            reason = f"{error.records} stored keys need it" if error.records else "it encrypts on this machine"
            raise CommandError(f"{key_id} can't be retired: {reason}. Nothing was removed.") from None
        service = server_keys.key_service()
        if service and service.owns(key_id):
            service.retire_through(key_id)
        elif list(keyring.keys) == [key_id]:
            self.stdout.write(f"{key_id} is retired. It is the last key of the file: remove the file and KEYRING_FILE.")
            return
        elif key_id in keyring.keys:
            try:
                _replace_file(without_line(_file_text(), key_id))
            except OSError as error:
                raise CommandError(
                    f"{key_id} is retired, but not removed: {error.strerror}. Remove its line."
                ) from error
        self.stdout.write(f"{key_id} is retired, and removed from this machine. Retire it on the other machines too.")

    def _exposed(self, options: dict[str, Any]) -> None:
        before = parse_datetime(options["before"])
        if before is None or is_naive(before):
            raise CommandError("--before is not a moment with a time zone, such as 2026-11-25T15:00:00Z.")
        note = options["note"].read_text("utf-8").strip() if options["note"] else ""
        actor = _staff(options["ask"]) if options["ask"] else None
        failed = 0
        table = csv.writer(self.stdout)
        table.writerow(["onboarding", "environment", "login", "status", "key made", "measure", "state"])
        for exposed in list(exposed_keys(before)):
            if actor and not exposed.done:
                try:
                    ask_for_new_key(exposed, actor, before, note)
                except TransitionNotAllowedError as error:
                    failed += 1
                    self.stderr.write(f"{exposed.onboarding.pk}: {error}")
                else:
                    exposed = replace(exposed, done=True)  # noqa: PLW2901  # the row shows what was just done
            table.writerow(exposed.row)
        if actor is None:
            self.stdout.write(f"\nNobody was asked. With --ask, partners read:\n{note or default_note()}")
        if failed:
            raise CommandError(f"{failed} onboardings were left out. Run this again, perhaps as another account.")


def _staff(email: str) -> User:
    user = User.objects.filter(email=email.lower(), is_staff=True, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no staff account {email}.")
    return user


def _file() -> Path:
    if settings.KEYRING_FILE is None:
        raise CommandError("KEYRING_FILE is not set: the keyring is in a key-management service.")
    path: Path = settings.KEYRING_FILE
    return path


def _file_text() -> str:
    Keyring.read(_file())
    return _file().read_text("ascii")


def _replace_file(text: str) -> None:
    write_key_file(Path(os.path.realpath(_file())), text)
