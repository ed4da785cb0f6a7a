"""Characters that come along when a value is copied: invisible ones, quotes, labels, letters like others."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.messages.text import HIDDEN_CATEGORIES
from onboarding.messages.verdict import Remark, Verdict

HIDDEN_IN_VALUES = HIDDEN_CATEGORIES | {"Zl", "Zp", "Zs"}  # all but the plain space
# Unicode categories of control characters (RFC 7617, 2), and of surrogates, which are halves of characters.
UNSENDABLE = {"Cc", "Cs"}
QUOTES = "\"'`´«»‹›“”„‟‘’‚‛"
PAIRS = ('""', "''", "``", "“”", "„“", "‘’", "«»", "<>", "()", "[]", "{}")
PASTED_LABEL = re.compile(r"(?:x-)?(?:client|application|app)[\s_-]{0,3}id\s*[:=]\s*", re.IGNORECASE)


@dataclass(frozen=True)
class OddCharacter:
    """A character that a value should not contain, and its place, counted from 1."""

    character: str
    place: int

    @property
    def params(self) -> dict[str, str | int]:
        """The code point with its name in Unicode, if it has one, and the place."""
        name = unicodedata.name(self.character, "")
        return {"character": f"U+{ord(self.character):04X} {name}".strip(), "place": self.place}


def hidden_character(value: str) -> OddCharacter | None:
    """Return the first invisible character; None if there is none. A plain space is visible enough."""
    if value.isascii() and value.isprintable():
        return None
    for place, character in enumerate(value, 1):
        if character != " " and unicodedata.category(character) in HIDDEN_IN_VALUES:
            return OddCharacter(character, place)
    return None


def odd_letter(value: str) -> OddCharacter | None:
    """Return the first visible character outside ASCII, which may look like another one; None if there is none."""
    for place, character in enumerate(value, 1):
        if not character.isascii() and unicodedata.category(character) not in HIDDEN_IN_VALUES:
            return OddCharacter(character, place)
    return None


def client_id_itself(value: str) -> str:
    """Return a client ID without the quotes and brackets around it and the label before it."""
    return _without_quotes(PASTED_LABEL.sub("", _without_quotes(value), count=1)) or value


def _without_quotes(value: str) -> str:
    value = value.strip()
    while value[:1] + value[-1:] in PAIRS:
        value = value[1:-1].strip()
    return value.strip(QUOTES).strip()


def is_unsendable(value: str) -> bool:
    """Return whether Basic authentication can't send `value` (RFC 7617, 2)."""
    return not value.isprintable() and any(unicodedata.category(character) in UNSENDABLE for character in value)


def pasted_failures(credentials: Credentials) -> Iterator[Verdict]:
    """Yield the reasons why the client ID and the login, as they were pasted, can't be right."""
    client_id, login = credentials.client_id, credentials.login
    if hidden := hidden_character(client_id.strip(" ")):
        yield Verdict("hidden_character", hidden.params)
    elif client_id.strip() and client_id_itself(client_id) != client_id.strip():
        yield Verdict("client_id_not_clean", {"client_id": client_id_itself(client_id)})
    if hidden := hidden_character(login):
        yield Verdict("hidden_character", hidden.params, "login")


def password_failure(password: str) -> Verdict | None:
    """Return the verdict on a password that can't be sent; None for one that can."""
    if not is_unsendable(password):
        return None
    ends_with_break = password.endswith(("\n", "\r")) and not is_unsendable(password.rstrip("\r\n"))
    return Verdict("password_control_character", variant="line_break" if ends_with_break else "")


def pasted_remarks(credentials: Credentials) -> Iterator[Remark]:
    """Yield what may be wrong with the values as they were pasted. Of a password, nothing is said but the character."""
    if letter := odd_letter(client_id_itself(credentials.client_id)):
        yield Remark("client_id_odd_letter", letter.params)
    if letter := odd_letter(credentials.login):
        yield Remark("login_odd_letter", letter.params)
    if credentials.login != credentials.login.strip(" "):
        yield Remark("login_has_spaces")
    password = credentials.password
    hidden = hidden_character(password)
    if hidden and not is_unsendable(password):
        yield Remark("password_hidden_character", {"character": hidden.params["character"]})
    if len(password) > 2 and password[0] + password[-1] in PAIRS:  # one character and two quotes
        yield Remark("password_in_quotes")


def address_failures(endpoint: Endpoint) -> Iterator[Verdict]:
    """Yield the reasons why the gateway's address can't be used as it was pasted. A login in it is not shown."""
    address, params = endpoint.base_url, {"address": endpoint.shown_url}
    hidden, letter = hidden_character(address), odd_letter(address)
    if hidden:
        yield Verdict("address_malformed", params | hidden.params, "hidden")
    elif address.strip(f" {QUOTES}<>()") != address:
        yield Verdict("address_malformed", params, "surrounded")
    elif letter:
        yield Verdict("address_malformed", params | letter.params, "letter")
    elif not address.lower().startswith("https://"):
        yield Verdict("address_not_https", params)
    elif not endpoint.host:
        yield Verdict("address_malformed", params)
    elif endpoint.has_login:
        yield Verdict("address_malformed", params, "login")
    elif "?" in address or "#" in address:
        yield Verdict("address_malformed", params, "query")
    elif address.rstrip("/").endswith("/fleets"):
        yield Verdict("address_malformed", params, "fleets")
