"""Client IDs that stand in a mail's text, to be offered: the operator publishes no shape, so they are never assumed."""

import re

from onboarding.pki.dialects import views

OFFERED_MAX = 10
TEXT_MAX = 64 * 1024  # characters looked at
LABEL = re.compile(
    r"(?:client|application|app)[\s_-]{0,3}(?:ids?\b|identifiers?\b|key\b)|identifiant[ \t](?:client|d.application)",
    re.IGNORECASE,
)
NEAR = 160  # characters behind a label in which its value may stand
NEXT = 48  # characters behind a value in which another of the same list ends
VALUE = re.compile(
    r"(?<![\w@./-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # the shape of a UUID
    r"|(?=[a-z_-]{0,39}[0-9])(?=[0-9_-]{0,39}[a-z])[0-9a-z_-]{16,40})(?![\w@/-])",
    re.IGNORECASE,
)
LOGIN = re.compile(r"MZP[0-9]{6}", re.IGNORECASE)


def client_ids_in(text: str) -> tuple[str, ...]:
    """The values that stand behind words such as “Client ID” in `text`, each once, at most OFFERED_MAX."""
    found: dict[str, None] = {}
    plain = views(text[:TEXT_MAX])[0].text
    for label in LABEL.finditer(plain):
        value = VALUE.search(plain, label.end(), label.end() + NEAR)
        while value and len(found) < OFFERED_MAX:
            if not LOGIN.fullmatch(value[0]):
                found.setdefault(value[0])
            value = VALUE.search(plain, value.end(), value.end() + NEXT)
    return tuple(found)
