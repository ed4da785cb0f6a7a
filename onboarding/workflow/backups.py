"""Back up and restore the database and its keys, in two files, so that neither file alone opens a private key.

The files are not encrypted: that is left to the program that stores them. They are readable by their owner only.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from onboarding.models import SealedPrivateKey
from onboarding.pki.custody import check_record
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring, write_key_file
from onboarding.workflow.sealed_keys import binding_of, sealed_key
from onboarding.workflow.server_keys import key_states, read_keyring, register, usage

FORMAT = "onboarding keys 1"  # not shown: in the file with the keys
# The parameters of a connection, and the variables by which the programs of PostgreSQL read them.
LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
LIBPQ |= {name: "PG" + name.upper() for name in ("sslmode", "sslrootcert", "sslcert", "sslkey", "service", "options")}


class BackupError(Exception):
    """A backup or a restore was refused or failed. `str()` is a sentence for administrators."""


def back_up(database: Path, keys: Path) -> None:
    """Write the database and the keys to two new files. The site can go on meanwhile (BackupError, PkiError).

    The database is as it was at one moment. The keys are read afterwards, and contain every server key that it needs.
    """
    for path in (database, keys):
        if path.exists():
            raise BackupError(f"{path} exists. Choose another name: nothing is overwritten.")
    keyring = read_keyring()
    needed = set(usage())
    for key_id in sorted(needed):
        register(keyring, key_id)  # so that the backup has a canary of each key
    try:
        _create(database)
        _dump(database)
        _create(keys)
        keys.write_text(_keys_text(needed | set(usage())), "utf-8")
    except BaseException:
        database.unlink(missing_ok=True)
        keys.unlink(missing_ok=True)
        raise


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as exc:
        raise BackupError(f"{path} can't be created: {exc.strerror}.") from exc


def _dump(path: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            _check_integrity(copy, path)
    else:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")


def _keys_text(needed: set[str]) -> str:
    keyring = read_keyring()
    if missing := sorted(needed - set(keyring.available_ids())):
        raise BackupError(f"Stored keys need server keys that this machine does not have: {', '.join(missing)}.")
    own = settings.KEYRING_FILE.read_text("ascii") if settings.KEYRING_FILE else ""
    values = {"format": FORMAT, "keyring": own, "audit_key": settings.AUDIT_KEY_FILE.read_text("ascii")}
    return json.dumps(values, indent=1) + "\n"


def restore(database: Path, keys: Path) -> None:
    """Write both files of a backup to the configured, empty database and to key files that don't exist (BackupError).

    Key files with the same content may exist. Run `problems` afterwards.
    """
    texts = _read_keys(keys)
    for path, text in texts.items():
        if path.exists() and path.read_text("ascii") != text:
            raise BackupError(f"{path} exists, and is not the file of the backup. Move it away.")
    if connection.introspection.table_names():
        raise BackupError("The configured database is not empty. Restore into a new one.")
    _load(database)
    for path, text in texts.items():
        write_key_file(path, text)


def _read_keys(path: Path) -> dict[Path, str]:
    try:
        values = json.loads(path.read_text("utf-8"))
        own, audit_key, kind = values["keyring"], values["audit_key"], values["format"]
        for text in filter(None, (own, audit_key)):
            Keyring.from_text(text)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, PkiError) as exc:
        raise BackupError(f"{path} is not the file with the keys of a backup.") from exc
    if kind != FORMAT or not audit_key:
        raise BackupError(f"{path} has an unknown format.")
    if own and settings.KEYRING_FILE is None:
        raise BackupError("The backup contains a keyring file. Set KEYRING_FILE.")
    texts: dict[Path, str] = {settings.AUDIT_KEY_FILE: audit_key}
    if own and settings.KEYRING_FILE:
        texts[settings.KEYRING_FILE] = own
    return texts


def _load(path: Path) -> None:
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
                _check_integrity(copy, path)
                copy.backup(connection.connection)
        except sqlite3.DatabaseError as exc:
            raise BackupError(f"{path} is not a SQLite database, or it is damaged.") from exc
    else:
        name = str(connection.get_connection_params()["dbname"])
        options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
        _run("pg_restore", *options, f"--dbname={name}", str(path))
    connection.close()


def _check_integrity(database: sqlite3.Connection, path: Path) -> None:
    if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        raise BackupError(f"{path} is damaged.")


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL. It reads the password from its environment, where other accounts can't see it."""
    found = shutil.which(program)
    if found is None:
        raise BackupError(f"There is no {program}. Install the client programs of PostgreSQL.")
    parameters = connection.get_connection_params()
    variables = {variable: str(parameters[name]) for name, variable in LIBPQ.items() if parameters.get(name)}
    done = subprocess.run(  # noqa: S603  # a program of PostgreSQL, with arguments of ours
        [found, "--no-password", *arguments], env=os.environ | variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def unapplied_migrations() -> int:
    """Return how many migrations the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def problems() -> Iterator[str]:
    """Yield a sentence for each server key that does not open its canary, or its newest stored private key."""
    keyring = read_keyring()
    for state in key_states(keyring, open_canaries=True):
        newest = SealedPrivateKey.objects.filter(server_key_id=state.key_id).select_related("request").last()
        error = state.problem
        if newest is not None and error is None:
            try:
                check_record(sealed_key(newest), keyring, binding_of(newest.request))
            except PkiError as exc:
                error = exc
        if error:
            yield f"Server key {state.key_id}: {error.finding.text}"  # not translated: for administrators
