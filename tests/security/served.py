"""The settings of a site that fails when a file says so, and that writes its emails into a folder."""

import os

from tests.browser.served import *  # noqa: F403  # the settings read the environment when they are imported
from tests.browser.served import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE, "tests.security.breakage.breakage_middleware"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["EMAIL_FOLDER"]
