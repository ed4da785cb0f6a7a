"""The project's settings, with another folder for static files and without rate limits on sign-ups.

All walks come from one address, so the limits would refuse them.
"""

import os
from pathlib import Path

from onboarding.settings import *  # noqa: F403  # the settings read the environment when they are imported

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
ACCOUNT_RATE_LIMITS = False
