"""The errors of connection tests and of the rehearsal."""

from onboarding.messages.message import Owner, Template
from onboarding.messages.text import gettext_noop as _

ERRORS: dict[str, Template] = {
    "signing_unreachable": Template(
        Owner.US, _("The signing authority can’t be reached at the moment. Nothing is lost. Try again in a minute.")
    ),
    "signing_refused": Template(Owner.PARTNER, _("The authority did not sign the request: {details}")),
    "signing_unreadable": Template(
        Owner.US, _("We can’t read the signing authority’s response. Nothing is lost. Try again in a minute.")
    ),
    "faults_unreachable": Template(
        Owner.US, _("The rehearsal’s list of faults can’t be reached at the moment. Try again in a minute.")
    ),
    "faults_unreadable": Template(
        Owner.US, _("We can’t read the rehearsal’s response about its faults. Nothing was sent.")
    ),
    "fault_unknown": Template(
        Owner.PARTNER, _("The rehearsal has no fault called “{details}”. Choose one from its list.")
    ),
    "file_unreadable": Template(Owner.PARTNER, _("We can’t read a file: {details}.")),
    "not_certificates": Template(Owner.PARTNER, _("There is no certificate in PEM in {details}.")),
    "not_a_key": Template(Owner.PARTNER, _("There is no private RSA key in PEM in {details}.")),
    "passphrase_wrong": Template(Owner.PARTNER, _("This passphrase does not open {details}.")),
}
