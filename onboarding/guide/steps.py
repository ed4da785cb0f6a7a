"""What the help says about each step: what the partner does here, and how to do the same without this site."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.workflow.next_step import Step


@dataclass(frozen=True)
class StepHelp:
    """The texts about a step. `caution` is where the operator's quick start leads to a failure, or ""."""

    here: str | Promise
    yourself: str | Promise
    caution: str | Promise = ""


STEP_HELP = {
    Step.LOGIN: StepHelp(
        _("You choose Real or Practice, and enter your MZP login."),
        _("Ask your contact at Stellantis for an MZP login and its password."),
    ),
    Step.COMPANY: StepHelp(
        _("You enter the details of your company. We check them against the rules of Stellantis."),
        _("Write down the details for your request. Each of them is required."),
    ),
    Step.KEY: StepHelp(
        _("You choose a passphrase. We create your private key and your request, and encrypt the key."),
        _("Create the key and the request on your own computer, with OpenSSL or with keytool."),
        _("The quick start leaves out -utf8, so OpenSSL damages accents. Its keytool line misspells the unit."),
    ),
    Step.REQUEST: StepHelp(
        _("You download the request and email it to your contact at Stellantis. We prepare the email."),
        _("Check the request, then attach it to an email to your contact at Stellantis."),
    ),
    Step.CERTIFICATE: StepHelp(
        _("You upload the files from the email of Stellantis. We check them and explain what is missing."),
        _("Save the files as certificate.pem and ca.pem, then check them. Both numbers must be equal."),
    ),
    Step.TEST: StepHelp(
        _("You enter the passphrase and the password. We send one request and explain the answer."),
        _("Send the request yourself. cURL asks for the passphrase and the password."),
        _("The cURL line of the quick start sends the client ID in the body. The gateway refuses that."),
    ),
    Step.DONE: StepHelp(
        _("You download your files and a working example for your program."),
        _("Put the key and the certificates into one file, and note when the certificate expires."),
    ),
}
