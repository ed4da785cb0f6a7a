"""`python -m onboarding.fleets`: the connection test from the command line."""

import sys

from onboarding.fleets.command import main

if __name__ == "__main__":
    sys.exit(main())
