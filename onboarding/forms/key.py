"""The passphrase of a key: for a new key and for downloads; or a request that the partner generated elsewhere."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from onboarding.forms.base import PassphraseField, StepForm
from onboarding.forms.guessing import UNGUESSED_MIN, unguessed_length, words_of_partner
from onboarding.forms.request import UploadedRequestForm
from onboarding.messages.finding import Finding
from onboarding.models import Onboarding
from onboarding.pki.bundles import is_portable_passphrase
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
            gettext_lazy("{minimum} characters or more, for example four or five unrelated words."),
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
        refusal = passphrase_refusal(passphrase, words_of_partner(self.onboarding))
        if refusal:
            raise refusal
        return passphrase


@sensitive_variables()
def passphrase_refusal(passphrase: str, known: Sequence[str]) -> forms.ValidationError | None:
    """Return why a new passphrase is refused; None if it is long, printable and hard to guess.

    `known` has words that an attacker tries first.
    """
    if len(passphrase) < PASSPHRASE_MIN:
        return forms.ValidationError(
            ngettext(
                "Use at least %(minimum)s characters. This passphrase has %(length)s character.",
                "Use at least %(minimum)s characters. This passphrase has %(length)s characters.",
                len(passphrase),
            )
            % {"minimum": PASSPHRASE_MIN, "length": len(passphrase)},
            code="passphrase_short",
        )
    if not passphrase.isprintable():
        return forms.ValidationError(
            _("Remove the line break, tab or invisible character. Some tools don’t accept it in a passphrase."),
            code="passphrase_unprintable",
        )
    estimate = zxcvbn(passphrase[:ZXCVBN_READS], user_inputs=list(known))
    if unguessed_length(passphrase, known) < UNGUESSED_MIN:
        return forms.ValidationError(WEAK_PATTERNS["dictionary"], code="passphrase_weak")
    if estimate["score"] < PASSPHRASE_SCORE:
        longest = max(estimate["sequence"], key=lambda match: len(match["token"]))
        return forms.ValidationError(WEAK_PATTERNS.get(longest["pattern"], WEAK), code="passphrase_weak")
    return None


class ImportRequestForm(UploadedRequestForm):
    """A CSR to continue with. Only one that passes the preflight is valid."""

    def clean(self) -> dict[str, Any]:
        """Refuse a request that Stellantis would refuse."""
        cleaned = super().clean()
        if self.checked and not self.checked.passes:
            self.add_findings(self.checked.findings, "csr_file")
        return cleaned


class ReuseKeyForm(StepForm):
    """The passphrase of the key that a renewal uses again."""

    passphrase = PassphraseField(help_text=gettext_lazy("The key keeps this passphrase."))


class ExportForm(StepForm):
    """The passphrase that decrypts the key and encrypts the downloaded file. Without a key here, it has no field.

    A PKCS#12 file (`is_pkcs12`) needs a passphrase that all software can use. If that of the key is no such passphrase,
    the form asks for another one for the file: `file_passphrase`, which is a field only then.
    """

    passphrase = PassphraseField(help_text=gettext_lazy("It also protects the downloaded file."))
    file_passphrase = PassphraseField(
        new=True,
        help_text=gettext_lazy("For this file only: letters from A to Z, digits, spaces and signs. Write it down."),
    )

    def __init__(
        self,
        *args: Any,
        externally_generated: bool,
        is_pkcs12: bool = False,
        onboarding: Onboarding | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.onboarding = onboarding
        self.is_pkcs12 = is_pkcs12
        self.fields["file_passphrase"].label = gettext_lazy("Another passphrase for the file")
        self.fields["file_passphrase"].required = False
        if externally_generated:
            del self.fields["passphrase"]
        if not (is_pkcs12 and self.data.get(self.add_prefix("file_passphrase"))):
            self._hide_file_passphrase()

    def _hide_file_passphrase(self) -> None:
        self.hidden_field = self.fields.pop("file_passphrase")

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Refuse a PKCS#12 file with a passphrase that some software can't use, and one that is easy to guess."""
        cleaned = super().clean() or self.cleaned_data
        if not self.is_pkcs12 or "passphrase" not in cleaned:
            return cleaned
        if "file_passphrase" in self.fields:
            chosen = cleaned.get("file_passphrase", "")
            if chosen and not is_portable_passphrase(chosen):
                self.add_finding(Finding("pkcs12_passphrase", variant="again"), "file_passphrase")
            elif chosen:
                refusal = passphrase_refusal(chosen, words_of_partner(self.onboarding) if self.onboarding else [])
                if refusal:
                    self.add_error("file_passphrase", refusal)
        elif not is_portable_passphrase(cleaned["passphrase"]):
            self.fields["file_passphrase"] = self.hidden_field
            self.add_finding(Finding("pkcs12_passphrase"), "file_passphrase")
        return cleaned
