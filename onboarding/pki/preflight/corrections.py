"""A command that makes the request right, for the tool that made the wrong one: filled in, quoted, ready to run.

Each makes a new key beside the old one, under a name of its own, and asks for a passphrase; it overwrites nothing.
"""

import re
import shlex
import unicodedata
from dataclasses import dataclass, replace

from onboarding.pki.preflight.checks import LABELS, LEFTOVERS, Preflight, Tool, guess_country, repair_encoding
from onboarding.pki.subject import (
    INVISIBLE,
    ORGANIZATIONAL_UNIT,
    UPPER_BOUND,
    UPPER_BOUND_EMAIL,
    Subject,
    clean_login,
    clean_value,
)

# The preflight refuses a request in which one of these was left.
PLACEHOLDERS = {field: f"{label} here" for field, label in LABELS.items()} | {"country": "XX"}
KEY_BITS = 2048
DNAME_PLAIN = re.compile(r"[A-Za-z0-9 .'@/_-]")
DNAME_NAMES = (
    ("EMAILADDRESS", "email"),
    ("CN", "common_name"),
    ("OU", "organizational_unit"),
    ("O", "organization"),
    ("L", "locality"),
    ("ST", "state"),
    ("C", "country"),
)
SUBJ_NAMES = (*reversed(DNAME_NAMES[1:]), ("emailAddress", "email"))  # -dname goes from the end to the start


@dataclass(frozen=True)
class Correction:
    """A command for a POSIX shell, the tool it runs, and the fields that the reader must still fill in."""

    tool: Tool
    command: str
    missing: tuple[str, ...]


def correct(checked: Preflight, login: str | None = None, known: Subject | None = None) -> Correction | None:
    """The command that mends `checked`, for the tool that made it; None where there was no subject to start from.

    Values come from the request, repaired where that is certain, and from `known` (what the onboarding says) otherwise.
    """
    if checked.subject is None:
        return None
    subject = corrected_subject(checked.subject, login, known)
    tool = Tool.KEYTOOL if checked.tool == Tool.KEYTOOL else Tool.OPENSSL
    missing = tuple(label for field, label in LABELS.items() if getattr(subject, field) == PLACEHOLDERS[field])
    return Correction(tool, (keytool_command if tool == Tool.KEYTOOL else openssl_command)(subject), missing)


def corrected_subject(subject: Subject, login: str | None = None, known: Subject | None = None) -> Subject:
    """`subject` as the operator wants it: repaired, with a placeholder where that can't be done."""
    values = {field: _repaired(getattr(subject, field)) for field in LABELS}
    country = guess_country(values["country"])
    values |= {"country": country, "organizational_unit": ORGANIZATIONAL_UNIT}
    values["common_name"] = clean_login(login or values["common_name"])
    if not re.fullmatch(r"[!-~]+@[!-~]+\.[!-~]+", values["email"]):
        values["email"] = ""
    for field, value in values.items():
        limit = UPPER_BOUND_EMAIL if field == "email" else UPPER_BOUND
        if not value or len(value) > limit or LEFTOVERS.fullmatch(value):
            values[field] = (getattr(known, field) if known else "") or PLACEHOLDERS[field]
    return replace(subject, **values)


def openssl_command(subject: Subject) -> str:
    """A new key and a request by OpenSSL 1.1.1 or newer, `-utf8` and all; key and request are named after the login."""
    name = _file_name(subject)
    subj = "".join(f"/{short}={_escaped(getattr(subject, field))}" for short, field in SUBJ_NAMES)
    return (
        f"test -e {name}-key.pem && echo '{name}-key.pem is there already: move it away first' ||\n"
        f"openssl req -new -newkey rsa:{KEY_BITS} -sha256 -utf8 \\\n"
        f"  -keyout {name}-key.pem -out {name}.csr \\\n"
        f"  -subj {shlex.quote(subj)}"
    )


def keytool_command(subject: Subject) -> str:
    """A new key and a request by keytool of Java 8 or newer; what isn't plain in the name is written as UTF-8 octets.

    So the command is pure ASCII: keytool mangles accents wherever the terminal's encoding isn't the one it expects.
    """
    name = _file_name(subject)
    dname = ", ".join(f"{short}={_octets(getattr(subject, field))}" for short, field in DNAME_NAMES)
    return (
        f"keytool -genkeypair -alias {name} -keyalg RSA -keysize {KEY_BITS} -sigalg SHA256withRSA \\\n"
        f"  -dname {shlex.quote(dname)} \\\n"
        f"  -storetype PKCS12 -keystore {name}.p12 &&\n"
        f"keytool -certreq -alias {name} -keystore {name}.p12 -file {name}.csr"
    )


def _repaired(value: str) -> str:
    mended = repair_encoding(value) or value
    spaced = re.sub(r"\s+", " ", mended)
    return clean_value("".join(c for c in spaced if unicodedata.category(c) not in INVISIBLE))


def _file_name(subject: Subject) -> str:
    """The login in lower case, made of nothing that a shell or a file system could take for something else."""
    return re.sub(r"[^a-z0-9]+", "-", subject.common_name.lower()).strip("-")[:40] or "request"


def _escaped(value: str) -> str:
    """A value inside `-subj`: slashes, plus signs and backslashes stand behind a backslash."""
    return re.sub(r"[/+\\]", r"\\\g<0>", value)


def _octets(value: str) -> str:
    """A value inside `-dname` (RFC 4514, 2.4): all but plain characters as hexadecimal octets of UTF-8."""
    return "".join(c if DNAME_PLAIN.fullmatch(c) else "".join(f"\\{octet:02X}" for octet in c.encode()) for c in value)
