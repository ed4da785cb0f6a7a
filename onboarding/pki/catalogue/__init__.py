"""The words for every code of this package, beside whether it stops and whose move it is.

What happened comes first, then what to do. Nothing here assumes that the reader knows what a CSR is.
"""

from onboarding.pki.catalogue.answered import ANSWERED
from onboarding.pki.catalogue.custody import CUSTODY
from onboarding.pki.catalogue.received import RECEIVED
from onboarding.pki.catalogue.requested import REQUESTED
from onboarding.pki.catalogue.subject import SUBJECT
from onboarding.pki.entries import Entry

CATALOGUE: dict[str, Entry] = SUBJECT | CUSTODY | RECEIVED | ANSWERED | REQUESTED
