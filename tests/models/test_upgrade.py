"""A database with rows from every released schema is upgraded without losing one, on SQLite and PostgreSQL."""

import os
import sys

import pytest

from tests.browser.processes import PROJECT, run
from tests.browser.sites import _environment as environment
from tests.settings import audit_key, keyring


@pytest.mark.database
def test_rows_of_every_released_schema_survive_the_upgrade(tmp_path):
    """Each schema adds a row to each of its tables; every step can be reversed."""
    env = environment(tmp_path) | {"KEYRING_FILE": str(keyring), "AUDIT_KEY_FILE": str(audit_key)}
    if os.environ.get("TEST_DATABASE") == "postgresql":
        from tests.postgresql import new_database  # noqa: PLC0415  # only where PostgreSQL is tested

        env["DATABASE_URL"] = new_database("upgrade")
    done = run([sys.executable, "-m", "tests.models.upgrade"], env=env, cwd=PROJECT)
    rows = dict(part.split("=") for part in done.stdout.splitlines()[-1].split())
    schemas = len(list((PROJECT / "onboarding" / "migrations").glob("[0-9]*.py")))
    since_the_first = {"Onboarding", "CertificateRequest", "SealedPrivateKey", "IssuedCertificate", "Event", "User"}
    assert {rows[name] for name in since_the_first} == {str(schemas)}
