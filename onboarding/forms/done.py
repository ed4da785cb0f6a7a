"""The done step: the passphrase for a download that contains the private key."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onboarding.forms.base import PassphraseField, StepForm


class ExportForm(StepForm):
    """The passphrase that decrypts the key and encrypts the downloaded file. Without a key here, it has no field."""

    passphrase = PassphraseField(help_text=_("It also protects the downloaded file."))

    def __init__(self, *args: Any, externally_generated: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if externally_generated:
            del self.fields["passphrase"]
