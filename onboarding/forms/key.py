"""The key's passphrase: chosen, proved, and given for a download."""

from typing import Any

from django import forms
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from onboarding.forms.base import PassphraseField, StepForm
from onboarding.models import Onboarding
from onboarding.pki.keys import KEY_SIZES

PASSPHRASE_MIN = 12
PASSPHRASE_SCORE = 3  # of 4: zxcvbn's "safely unguessable", before the Argon2id that each guess costs
ZXCVBN_READS = 32  # characters; of more, a few that stand for letters (4@8{$) keep it busy for many seconds


class KeyForm(StepForm):
    """The passphrase for a key that is about to be made."""

    passphrase = PassphraseField(
        label="Passphrase for the key",
        new=True,
        help_text=f"{PASSPHRASE_MIN} characters or more; four or five unrelated words are strong and easy to "
        "type. Put it in your company’s password manager: nobody can recover it, and neither can we.",
    )
    key_size = forms.TypedChoiceField(
        label="Key size",
        coerce=int,
        choices=[(size, f"{size} bits") for size in KEY_SIZES],
        initial=KEY_SIZES[0],
        help_text="Stellantis’ instructions use 2048 bits. Larger is slower and rarely needed.",
    )

    def __init__(self, *args: Any, onboarding: Onboarding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding = onboarding

    @sensitive_variables()
    def clean_passphrase(self) -> str:
        """Long enough, hard to guess by zxcvbn's score, and something that every tool can be given."""
        passphrase: str = self.cleaned_data["passphrase"]
        if len(passphrase) < PASSPHRASE_MIN:
            raise forms.ValidationError(
                f"Use at least {PASSPHRASE_MIN} characters; this passphrase has {len(passphrase)}."
            )
        if not passphrase.isprintable():
            raise forms.ValidationError(
                "Remove the line break, tab or invisible character: not every tool could be given this passphrase."
            )
        known = [self.onboarding.mzp_login, self.onboarding.organization, self.onboarding.email, "stellantis"]
        verdict = zxcvbn(passphrase[:ZXCVBN_READS], user_inputs=known)
        if verdict["score"] < PASSPHRASE_SCORE:
            advice = verdict["feedback"]["warning"] or "It follows a pattern that guessing programs try early"
            raise forms.ValidationError(
                f"This passphrase is too easy to guess. {advice.rstrip('.')}. Add a few unrelated words."
            )
        return passphrase


class RequestForm(StepForm):
    """The proof that the passphrase was kept, and that the request was sent."""

    passphrase = PassphraseField(
        label="Passphrase for the key",
        help_text="Once more, from where you keep it.",
    )
    sent = forms.BooleanField(label="I have sent request.csr to my Stellantis contact", required=False)

    def __init__(self, *args: Any, proved: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if proved:
            del self.fields["passphrase"]
            self.fields["sent"].required = True
            self.fields["sent"].error_messages["required"] = "Tick this box once the request is on its way."


class ExportForm(StepForm):
    """The passphrase that opens the key for a download, and protects the downloaded file; none where no key is here."""

    passphrase = PassphraseField(label="Passphrase for the key", help_text="It also protects the downloaded file.")

    def __init__(self, *args: Any, externally_generated: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if externally_generated:
            del self.fields["passphrase"]
