"""The tests' settings over the database that DATABASE_URL names."""

import os

import environ

URL = os.environ["DATABASE_URL"]  # the tests' settings choose one of their own

from tests.settings import *  # noqa: E402, F403  # what the tests have
from tests.settings import DATABASES  # noqa: E402

_database = environ.Env.db_url_config(URL)
if "sqlite" in _database["ENGINE"]:
    _database["OPTIONS"] = DATABASES["default"].get("OPTIONS", {})
DATABASES["default"] = _database
