"""The strength of account passwords: neither common nor made of words that belong to the account or to this site."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from onboarding.forms.guessing import UNGUESSED_MIN, guessed_words, unguessed_length
from onboarding.forms.key import ZXCVBN_READS
from onboarding.models import Onboarding

SCORE = 3  # of 4: zxcvbn's "safely unguessable"


class ContextPasswordValidator:
    """Refuses passwords that are easy to guess for somebody who knows the account and the site."""

    @sensitive_variables()
    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that is common, or that little is left of without its context."""
        words = context_words(user)
        read = password[:ZXCVBN_READS]
        estimate = zxcvbn(read, user_inputs=words)
        if estimate["score"] < SCORE or unguessed_length(password, words) < UNGUESSED_MIN:
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
    texts: list[str] = []
    if user is not None:
        texts += [user.email, user.first_name, user.last_name]
        if user.pk:
            owned = Onboarding.objects.filter(owner=user)[:20].values_list("mzp_login", "organization", "locality")
            texts += [text for row in owned for text in row]
    return guessed_words(texts)
