"""The project's settings as a server runs them, but for the folder of static files and the limits on sign-ups.

All walks come from one address, and would be taken for an attack.
"""

import os
from pathlib import Path

from onboarding.settings import *  # noqa: F403  # the settings read the environment when they are imported

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
ACCOUNT_RATE_LIMITS = False
