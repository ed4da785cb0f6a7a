"""The passphrase of a key: for a new key and for downloads; or a request that the partner generated elsewhere."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from onboarding.forms.base import PassphraseField, StepForm
from onboarding.forms.request import UploadedRequestForm
from onboarding.models import Onboarding
from onboarding.pki.keys import KEY_SIZES

PASSPHRASE_MIN = 12
PASSPHRASE_SCORE = 3  # of 4: zxcvbn's "safely unguessable", before the Argon2id that each guess costs
ZXCVBN_READS = 32  # characters; zxcvbn needs many seconds for longer ones with letters written as 4@8{$
WEAK = gettext_lazy("This passphrase is too easy to guess. Add a few unrelated words.")
# By the `pattern` of zxcvbn's longest match.
WEAK_PATTERNS = {
    "dictionary": gettext_lazy(
        "This passphrase is too easy to guess, because its words are common or about you. Add a few unrelated words."
    ),
    "spatial": gettext_lazy(
        "This passphrase is too easy to guess, because it follows a row of keys. Use a few unrelated words."
    ),
    "repeat": gettext_lazy(
        "This passphrase is too easy to guess, because it repeats itself. Add a few unrelated words."
    ),
    "sequence": gettext_lazy(
        "This passphrase is too easy to guess, because it has a sequence such as abc. Add a few unrelated words."
    ),
    "date": gettext_lazy("This passphrase is too easy to guess, because it has a date. Add a few unrelated words."),
}


class KeyForm(StepForm):
    """The passphrase and the size of a new key."""

    passphrase = PassphraseField(
        new=True,
        help_text=format_lazy(
            gettext_lazy(
                "{minimum} characters or more. Four or five unrelated words are strong and easy to type. "
                "Save it in your company’s password manager. If you lose it, nobody can recover it, including us."
            ),
            minimum=PASSPHRASE_MIN,
        ),
    )
    key_size = forms.TypedChoiceField(
        label=gettext_lazy("Key size"),
        coerce=int,
        choices=[(size, format_lazy(gettext_lazy("{size} bits"), size=size)) for size in KEY_SIZES],
        initial=KEY_SIZES[0],
        help_text=gettext_lazy("Stellantis’ instructions use 2048 bits. Larger keys are slower and rarely needed."),
    )

    def __init__(self, *args: Any, onboarding: Onboarding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding = onboarding

    @sensitive_variables()
    def clean_passphrase(self) -> str:
        """Return the passphrase. Refuse a short one, an easy one, and one that some tools can't be given."""
        passphrase: str = self.cleaned_data["passphrase"]
        if len(passphrase) < PASSPHRASE_MIN:
            raise forms.ValidationError(
                ngettext(
                    "Use at least %(minimum)s characters. This passphrase has %(length)s character.",
                    "Use at least %(minimum)s characters. This passphrase has %(length)s characters.",
                    len(passphrase),
                )
                % {"minimum": PASSPHRASE_MIN, "length": len(passphrase)},
                code="passphrase_short",
            )
        if not passphrase.isprintable():
            raise forms.ValidationError(
                _("Remove the line break, tab or invisible character. Some tools don’t accept it in a passphrase."),
                code="passphrase_unprintable",
            )
        known = [self.onboarding.mzp_login, self.onboarding.organization, self.onboarding.email, "stellantis"]
        estimate = zxcvbn(passphrase[:ZXCVBN_READS], user_inputs=known)
        if estimate["score"] < PASSPHRASE_SCORE:
            longest = max(estimate["sequence"], key=lambda match: len(match["token"]))
            raise forms.ValidationError(WEAK_PATTERNS.get(longest["pattern"], WEAK), code="passphrase_weak")
        return passphrase


class ImportRequestForm(UploadedRequestForm):
    """A CSR to continue with. Only one that passes the preflight is valid."""

    def clean(self) -> dict[str, Any]:
        """Refuse a request that Stellantis would refuse."""
        cleaned = super().clean()
        if self.checked and not self.checked.passes:
            self.add_findings(self.checked.findings, "csr_file")
        return cleaned


class ExportForm(StepForm):
    """The passphrase that decrypts the key and encrypts the downloaded file. Without a key here, it has no field."""

    passphrase = PassphraseField(help_text=gettext_lazy("It also protects the downloaded file."))

    def __init__(self, *args: Any, externally_generated: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if externally_generated:
            del self.fields["passphrase"]
