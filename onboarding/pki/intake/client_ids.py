"""Client IDs that stand in a mail's text, to be offered: the operator publishes no shape, so they are never assumed."""

import re
import string
import unicodedata
from itertools import islice

from onboarding.messages.finding import Finding
from onboarding.pki.subject import INVISIBLE, clean_login

OFFERED_MAX = 10
TEXT_MAX = 64 * 1024  # characters looked at
LABELS_MAX = 50
LABEL = re.compile(
    r"(?:client|application|app)[\s_-]{0,3}(?:ids?\b|identifiers?\b|key\b)|identifiant[ \t](?:client|d.application)",
    re.IGNORECASE,
)
NEAR = 160  # characters behind a label in which its value may stand
NEXT = 12  # characters between the values of a list
VALUE = re.compile(
    r"(?<![\w@./-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # the shape of a UUID
    r"|(?=[a-z_-]{0,39}[0-9])(?=[0-9_-]{0,39}[a-z])[0-9a-z_-]{16,40})(?![\w@/-])",
    re.IGNORECASE,
)
LOGIN = re.compile(r"MZP[0-9]{6}", re.IGNORECASE)


def find_client_ids(text: str) -> tuple[str, ...]:
    """The values that stand behind words such as “Client ID” in plain `text`, each once, at most OFFERED_MAX."""
    found: dict[str, None] = {}
    plain = text[:TEXT_MAX]
    for label in islice(LABEL.finditer(plain), LABELS_MAX):
        value = _near(plain, label.end(), NEAR)
        while value and len(found) < OFFERED_MAX:
            if not LOGIN.fullmatch(value[0]):
                found.setdefault(value[0])
            value = _near(plain, value.end(), NEXT)
    return tuple(found)


def _near(text: str, start: int, distance: int) -> re.Match[str] | None:
    """The first value that begins within `distance` characters behind `start`."""
    value = VALUE.search(text, start, start + distance + 80)
    return value if value and value.start() <= start + distance else None


def clean_client_id(text: str) -> str:
    """A client ID as it was meant: without the white space, quotes and hidden characters that copying adds."""
    shown = "".join(c for c in text if unicodedata.category(c) not in INVISIBLE)
    return shown.strip(f"{string.whitespace}\u00a0\u202f\"'`«»“”„‘’<>,;")


def check_client_id(typed: str, login: str) -> tuple[Finding, ...]:
    """What is to say about a client ID as it was `typed`, for the owner of `login`."""
    value = clean_client_id(typed)
    if not value:
        return (Finding("client_id_missing", "client_id"),)
    if clean_login(value) == clean_login(login):
        return (Finding("client_id_is_login", "client_id", value),)
    strange = next((c for c in value if not c.isascii() or c.isspace()), "")
    if strange:
        return (Finding("client_id_strange", "client_id", value),)
    return (Finding("client_id_trimmed", "client_id", value),) if value != typed else ()
