"""The settings of the tests, with the database in DATABASE_URL."""

import os

import environ

URL = os.environ["DATABASE_URL"]  # the settings of the tests choose another one

from tests.settings import *  # noqa: E402, F403  # all settings of the tests
from tests.settings import DATABASES  # noqa: E402

_database = environ.Env.db_url_config(URL)
if "sqlite" in _database["ENGINE"]:
    _database["OPTIONS"] = DATABASES["default"].get("OPTIONS", {})
DATABASES["default"] = _database
