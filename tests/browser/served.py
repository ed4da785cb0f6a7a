"""The project's settings, with another folder for static files and without most limits.

All walks come from one address, so the limits would refuse them.
"""

import os
from pathlib import Path

from onboarding.limits import LIMITS
from onboarding.settings import *  # noqa: F403  # the settings read the environment when they are imported
from onboarding.settings import STORAGES

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
ACCOUNT_RATE_LIMITS = False
for limit in LIMITS:
    if limit.setting not in os.environ | {"TESTS_AN_HOUR": "", "TESTS_AT_ONCE": ""}:
        globals()[limit.setting] = 1000
if os.environ.get("NO_CONFIRMATION"):
    ACCOUNT_EMAIL_VERIFICATION = "optional"  # over https, without a mail server
if os.environ.get("STATIC_NOT_COLLECTED"):
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    WHITENOISE_USE_FINDERS = True
