"""The strength of account passwords: neither common nor made of words that belong to the account or to this site."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from onboarding.forms.key import ZXCVBN_READS
from onboarding.models import Onboarding

SCORE = 3  # of 4: zxcvbn's "safely unguessable"
PRODUCT_WORDS = (
    "stellantis psa citroen citroën peugeot opel vauxhall fiat jeep alfa romeo lancia abarth maserati leapmotor "
    "groupe connectedcar connected vehicle vehicles fleet fleets flotte fuhrpark onboarding wizard certificate "
    "password passwort passphrase kennwort motdepasse mzp admin login account welcome"
).split()
LOOKALIKES = str.maketrans("0134578@$!€+", "oleastbasiet")  # "5t3ll4nt1s" is "stellantis", too
REST_MIN = 8  # characters that are left of a password without its context words


class ContextPasswordValidator:
    """Refuses passwords that are easy to guess for somebody who knows the account and the site."""

    @sensitive_variables()
    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that is common, or that little is left of without its context."""
        words = context_words(user)
        read = password[:ZXCVBN_READS]
        estimate = zxcvbn(read, user_inputs=words)
        if estimate["score"] < SCORE or _rest(password, words) < REST_MIN:
            raise ValidationError(
                _(
                    "This password is too easy to guess: it is common, or made of words about you or this site. Use a "
                    "few unrelated words."
                ),
                code="password_in_context",
            )

    def get_help_text(self) -> str:
        """Return the rule for people."""
        return _("Use a few unrelated words. Leave out your name, your company and the name of this site.")


def context_words(user: Any) -> list[str]:
    """Return the words that a guesser tries first for this account, in small letters, the longest first."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    texts = [*PRODUCT_WORDS, *host.split(".")]
    if user is not None:
        texts += [user.email, *user.email.replace("@", ".").split("."), user.first_name, user.last_name]
        if user.pk:
            owned = Onboarding.objects.filter(owner=user)[:20].values_list("mzp_login", "organization", "locality")
            texts += [text for row in owned for text in row]
    words = {word.lower() for text in texts for word in [text, *text.replace("-", " ").replace("_", " ").split()]}
    return sorted((word for word in words if len(word) > 2), key=len, reverse=True)


def _rest(password: str, words: list[str]) -> int:
    """Return how many characters are left without context words, digits in a row and punctuation at the ends."""
    rest = password.lower()
    for text in (rest, rest.translate(LOOKALIKES)):
        left = text
        for word in words:
            left = left.replace(word, " ")
        rest = min(rest, left.strip(" 0123456789!?.,;:-_#*+$&%/()@"), key=len)
    return len(rest.replace(" ", ""))
