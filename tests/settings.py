"""The project's settings, with temporary secrets and a separate database."""

import os
import tempfile
from pathlib import Path

from onboarding.catalogs import compile_catalog, stale_catalogs
from onboarding.pki.keyring import Keyring

FOLDER = Path(tempfile.mkdtemp(prefix="onboarding-tests-"))
keyring = FOLDER / "keyring"
keyring.write_text(Keyring.new_text())
audit_key = FOLDER / "audit_key"
audit_key.write_text(Keyring.new_text())
for catalog in stale_catalogs():
    compile_catalog(catalog)
os.environ |= {"SECRET_KEY": "only-for-tests", "KEYRING_FILE": str(keyring), "DEBUG": "0"}
os.environ["AUDIT_KEY_FILE"] = str(audit_key)
if os.environ.get("TEST_DATABASE") == "postgresql":
    from tests.postgresql import start

    # The workers of pytest-xdist inherit the server of the process that starts them; each has its own database there.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["DATABASE_URL"] = start()
else:
    os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER / 'onboarding.sqlite3'}"
for name in ("SITE_URL", "EMAIL_URL", "FLEETS_API_URL", "CACHE_URL"):
    os.environ.pop(name, None)
for name in ("REHEARSAL_API_URL", "REHEARSAL_SIGNING_URL", "REHEARSAL_FAULTS_URL"):
    os.environ.pop(name, None)

from onboarding.limits import LIMITS  # noqa: E402
from onboarding.settings import *  # noqa: E402, F403  # the settings read the environment on import
from onboarding.settings import DATABASES, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}
if "pool" in DATABASES["default"].get("OPTIONS", {}):
    DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = 60  # threads of a test hold a connection while they wait
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; the tests are not about password hashing
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STELLANTIS_CONTACT = "contact@operator.example"
# No test reaches the operator. A test that needs a gateway sets its own address.
FLEETS_API_URL = "https://127.0.0.1:1/connectedcar/v3"
ACCOUNT_RATE_LIMITS = False
for limit in LIMITS:  # a test of a limit sets its own number
    if limit.setting not in {"TESTS_AN_HOUR", "TESTS_AT_ONCE"}:
        globals()[limit.setting] = 1000
