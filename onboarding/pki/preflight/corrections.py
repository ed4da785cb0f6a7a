"""Commands that make a correct request, for the tool that made a refused one: filled in, quoted and ready to run.

Each command makes a new key in a new file and asks for a passphrase. It overwrites no file.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

from onboarding.pki.preflight.characters import without_look_alikes
from onboarding.pki.preflight.checks import Preflight, Tool, alternative_email, guess_country, repair_encoding
from onboarding.pki.preflight.leftovers import PLACEHOLDERS, is_leftover
from onboarding.pki.subject import (
    EMAIL,
    FIELDS_BY_NAME,
    SUBJECT_FIELDS,
    Subject,
    clean_login,
    clean_value,
    is_invisible,
)

KEY_BITS = 2048
DNAME_PLAIN = re.compile(r"[A-Za-z0-9 .'@/_-]")
DNAME_PLAIN_NO_SPACE = re.compile(r"[A-Za-z0-9.'@/_-]")


@dataclass(frozen=True)
class Correction:
    """A command, the tool that it runs, and the labels of fields that the partner must fill in.

    The command is for a POSIX shell, that of certreq for PowerShell.
    """

    tool: Tool
    command: str
    missing: tuple[str, ...]


def correct(checked: Preflight, login: str | None = None, known: Subject | None = None) -> Correction | None:
    """Return a command that makes a correct request, for the tool that made `checked`; None if it has no subject.

    Values come from the request, repaired where the repair is certain, and else from `known`, the subject that the
    onboarding has stored.
    """
    if checked.subject is None:
        return None
    subject = checked.subject
    if not subject.email and checked.csr is not None:
        subject = replace(subject, email=alternative_email(checked.csr))
    subject = corrected_subject(subject, login, known)
    tool = checked.tool if checked.tool in COMMANDS else Tool.OPENSSL
    missing = tuple(field.label for field in SUBJECT_FIELDS if getattr(subject, field.name) == PLACEHOLDERS[field.name])
    return Correction(tool, COMMANDS[tool](subject), missing)


def corrected_subject(subject: Subject, login: str | None = None, known: Subject | None = None) -> Subject:
    """Return `subject` repaired, with the value from `known` or a placeholder where no repair is certain."""
    values = {name: field.prescribed or _repaired(getattr(subject, name)) for name, field in FIELDS_BY_NAME.items()}
    values["country"] = guess_country(values["country"])
    values["common_name"] = clean_login(login or values["common_name"])
    if not (values["email"].isascii() and EMAIL.fullmatch(values["email"])):
        values["email"] = ""
    for name, value in values.items():
        if not value or len(value) > FIELDS_BY_NAME[name].upper_bound or is_leftover(name, value):
            values[name] = (getattr(known, name) if known else "") or PLACEHOLDERS[name]
    return replace(subject, **values)


def openssl_command(subject: Subject) -> str:
    """Return a command for OpenSSL 1.1.1 or newer. The files of the key and the request are named after the login."""
    name = _file_name(subject)
    subj = "".join(f"/{field.short_name}={_escape(getattr(subject, field.name))}" for field in SUBJECT_FIELDS)
    return (
        f"test -e {name}-key.pem && echo '{name}-key.pem already exists. Move it away first.' ||\n"
        f"openssl req -new -newkey rsa:{KEY_BITS} -sha256 -utf8 \\\n"
        f"  -keyout {name}-key.pem -out {name}.csr \\\n"  # not translated: a command
        f"  -subj {shlex.quote(subj)}"
    )


def keytool_command(subject: Subject) -> str:
    """Return a command for keytool of Java 8 or newer.

    Special characters in the name are written as UTF-8 octets, so the command is pure ASCII: keytool damages accents
    if the terminal has another encoding than keytool expects.
    """
    name = _file_name(subject)
    # -dname lists the fields from the last to the first (RFC 4514, section 2.1).
    dname = ", ".join(
        f"{field.short_name.upper()}={_as_octets(getattr(subject, field.name))}" for field in reversed(SUBJECT_FIELDS)
    )
    return (
        f"keytool -genkeypair -alias {name} -keyalg RSA -keysize {KEY_BITS} -sigalg SHA256withRSA \\\n"
        f"  -dname {shlex.quote(dname)} \\\n"
        f"  -storetype PKCS12 -keystore {name}.p12 &&\n"  # not translated: a command
        f"keytool -certreq -alias {name} -keystore {name}.p12 -file {name}.csr"
    )


def certreq_script(subject: Subject) -> str:
    """Return a PowerShell script for certreq of Windows 8 or newer. Not run by our tests, which have no Windows.

    Windows keeps the key, so the script asks for no passphrase. certreq reads accents only from a file in UTF-16.
    """
    values = {WINDOWS_SHORT_NAMES.get(f.name, f.short_name): getattr(subject, f.name) for f in SUBJECT_FIELDS}
    x500 = ",".join(f"{short_name}={_in_inf(value)}" for short_name, value in values.items())
    return INF_SCRIPT.format(subject=x500, name=_file_name(subject), bits=KEY_BITS)


WINDOWS_SHORT_NAMES = {"email": "E", "state": "S"}
# X500NameFlags: a plus sign joins no fields, and every string is UTF-8 (NO_PLUS_FLAG, FORCE_UTF8_DIR_STR_FLAG).
INF_SCRIPT = """\
@'
[Version]
Signature="$Windows NT$"
[NewRequest]
Subject="{subject}"
X500NameFlags=0x20080000
ProviderName="Microsoft Software Key Storage Provider"
KeyAlgorithm=RSA
KeyLength={bits}
HashAlgorithm=SHA256
Exportable=TRUE
RequestType=PKCS10
'@ | Set-Content -Encoding Unicode {name}.inf
certreq -new {name}.inf {name}.csr"""  # not translated: a script


def _in_inf(value: str) -> str:
    """Return a value in the quotes of an X.500 string, inside the quotes of an INF file, which double both marks.

    A percent sign begins a variable of the INF file unless it is doubled.
    """
    return '""' + value.replace('"', '""""').replace("%", "%%") + '""'


COMMANDS: dict[Tool, Callable[[Subject], str]] = {
    Tool.OPENSSL: openssl_command,
    Tool.KEYTOOL: keytool_command,
    Tool.WINDOWS: certreq_script,
}


def _repaired(value: str) -> str:
    decoded = repair_encoding(value) or value
    one_line = re.sub(r"\s+", " ", decoded)
    return without_look_alikes(clean_value("".join(c for c in one_line if not is_invisible(c))))


def _file_name(subject: Subject) -> str:
    """Return the login in lower case, with letters, digits and hyphens only."""
    return re.sub(r"[^a-z0-9]+", "-", subject.common_name.lower()).strip("-")[:40] or "request"


def _escape(value: str) -> str:
    """Return a value for `-subj`, with a backslash before each slash, plus sign and backslash."""
    return re.sub(r"[/+\\]", r"\\\g<0>", value)


def _as_octets(value: str) -> str:
    """Return a value for `-dname` (RFC 4514, section 2.4), with special characters as hexadecimal octets of UTF-8.

    If there are any, spaces are written so as well: keytool drops a space before a last word that begins with one.
    """
    plain = DNAME_PLAIN if all(DNAME_PLAIN.fullmatch(c) for c in value) else DNAME_PLAIN_NO_SPACE
    return "".join(c if plain.fullmatch(c) else "".join(f"\\{octet:02X}" for octet in c.encode()) for c in value)
