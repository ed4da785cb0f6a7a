"""Why something can't be done around a connection test or the rehearsal."""

from onboarding.messages.message import Owner, Template
from onboarding.messages.text import gettext_noop as _

ERRORS: dict[str, Template] = {
    "signing_unreachable": Template(
        Owner.US, _("The signing authority can’t be reached just now. Nothing is lost; try again in a minute.")
    ),
    "signing_refused": Template(Owner.PARTNER, _("The authority would not sign the request: {details}")),
    "signing_unreadable": Template(
        Owner.US, _("The signing authority’s answer can’t be read. Nothing is lost; try again in a minute.")
    ),
    "faults_unreachable": Template(
        Owner.US, _("The rehearsal’s list of faults can’t be reached just now. Try again in a minute.")
    ),
    "faults_unreadable": Template(
        Owner.US, _("The rehearsal gave an answer about its faults that can’t be read. Nothing was sent.")
    ),
    "fault_unknown": Template(
        Owner.PARTNER, _("The rehearsal has no fault called “{details}”. Choose one from its list.")
    ),
    "file_unreadable": Template(Owner.PARTNER, _("A file can’t be read: {details}.")),
    "not_certificates": Template(Owner.PARTNER, _("There is no certificate in PEM in {details}.")),
    "not_a_key": Template(Owner.PARTNER, _("There is no private RSA key in PEM in {details}.")),
    "passphrase_wrong": Template(Owner.PARTNER, _("That passphrase does not open {details}.")),
}
