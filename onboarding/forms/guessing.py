"""The words that a guesser of a password or passphrase tries first: those of the account, its company and this site."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

from onboarding.models import Onboarding

PRODUCT_WORDS = (
    "stellantis psa citroen citroën peugeot opel vauxhall fiat jeep alfa romeo lancia abarth maserati leapmotor "
    "groupe connectedcar connected vehicle vehicles fleet fleets flotte fuhrpark onboarding wizard certificate "
    "password passwort passphrase kennwort motdepasse mzp admin login account welcome"
).split()
SEPARATORS = str.maketrans(dict.fromkeys("@.-_,/+&'’", " "))
WORD_MIN = 3  # characters
LOOKALIKES = str.maketrans("0134578@$!€+", "oleastbasiet")  # "5t3ll4nt1s" is "stellantis", too
UNGUESSED_MIN = 8  # characters that must be left of a password without the guessed words


def guessed_words(texts: Iterable[str]) -> list[str]:
    """Return `texts`, their parts and the words of this site and product, in small letters, the longest first."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    words = {
        word.lower() for text in [*PRODUCT_WORDS, host, *texts] for word in [text, *text.translate(SEPARATORS).split()]
    }
    return sorted((word for word in words if len(word) >= WORD_MIN), key=lambda word: (-len(word), word))


def words_of_partner(onboarding: Onboarding) -> list[str]:
    """Return the words that a guesser tries first for a key of this onboarding."""
    own = (onboarding.mzp_login, onboarding.organization, onboarding.locality, onboarding.state, onboarding.email)
    return guessed_words([*own, onboarding.owner.email if onboarding.owner_id else ""])


def unguessed_length(password: str, words: Iterable[str]) -> int:
    """Return how many characters are left without guessed words, digits in a row and punctuation at the ends.

    zxcvbn alone counts two such words with a digit as strong. `words` come from `guessed_words`.
    """
    folded = [_fold(word) for word in words]
    rest = _fold(password)
    for text in (rest, rest.translate(LOOKALIKES)):
        left = text
        for word in folded:
            left = left.replace(word, " ")
        rest = min(rest, left.strip(" 0123456789!?.,;:-_#*+$&%/()@"), key=len)
    return len(rest.replace(" ", ""))


def _fold(text: str) -> str:
    """Return `text` in small letters without accents."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))
