"""Client IDs: finding them in the text of an email, and checking the one that a partner typed.

The operator publishes no format for client IDs, so those found are only offered to the partner.
"""

import re
import string
import unicodedata
from itertools import islice

from onboarding.messages.finding import Finding
from onboarding.pki.subject import INVISIBLE, clean_login

CLIENT_IDS_MAX = 10
TEXT_MAX = 64 * 1024  # characters searched
LABELS_MAX = 50
LABEL = re.compile(
    r"(?:client|application|app)[\s_-]{0,3}(?:ids?\b|identifiers?\b|key\b)|identifiant[ \t](?:client|d.application)",
    re.IGNORECASE,
)
LABEL_DISTANCE_MAX = 160  # characters between a label and its value
LIST_DISTANCE_MAX = 12  # characters between the values of a list
VALUE_MAX = 80
VALUE = re.compile(
    r"(?<![\w@./-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|(?=[a-z_-]{0,39}[0-9])(?=[0-9_-]{0,39}[a-z])[0-9a-z_-]{16,40})(?![\w@/-])",
    re.IGNORECASE,
)
LOGIN = re.compile(r"MZP[0-9]{6}", re.IGNORECASE)


def find_client_ids(text: str) -> tuple[str, ...]:
    """Return the unique values after labels such as “Client ID” in plain `text`, at most CLIENT_IDS_MAX."""
    found: dict[str, None] = {}
    searched = text[:TEXT_MAX]
    for label in islice(LABEL.finditer(searched), LABELS_MAX):
        value = _next_value(searched, label.end(), LABEL_DISTANCE_MAX)
        while value and len(found) < CLIENT_IDS_MAX:
            if not LOGIN.fullmatch(value[0]):
                found.setdefault(value[0])
            value = _next_value(searched, value.end(), LIST_DISTANCE_MAX)
    return tuple(found)


def _next_value(text: str, start: int, distance: int) -> re.Match[str] | None:
    """Return the first value that begins at most `distance` characters after `start`."""
    value = VALUE.search(text, start, start + distance + VALUE_MAX)
    return value if value and value.start() <= start + distance else None


def clean_client_id(text: str) -> str:
    """Return a client ID without the white space, quotes and invisible characters that copying adds."""
    visible = "".join(c for c in text if unicodedata.category(c) not in INVISIBLE)
    return visible.strip(f"{string.whitespace}\u00a0\u202f\"'`«»“”„‘’<>,;")


def check_client_id(typed: str, login: str) -> tuple[Finding, ...]:
    """Return the findings about a client ID as it was `typed` by the owner of `login`."""
    value = clean_client_id(typed)
    if not value:
        return (Finding("client_id_missing", "client_id"),)
    if clean_login(value) == clean_login(login):
        return (Finding("client_id_is_login", "client_id", value),)
    if not value.isascii() or any(c.isspace() for c in value):
        return (Finding("client_id_strange", "client_id", value),)
    return (Finding("client_id_trimmed", "client_id", value),) if value != typed else ()
