"""Command lines that do the work of each step without this site, with OpenSSL, keytool and cURL.

They are the operator's own way, without the mistakes of its quick start: accents stay whole, the organizational unit is
the prescribed one, and the client ID is part of the address. Each line can be copied into a POSIX shell as it is.
"""

import re
import shlex
from dataclasses import dataclass, field

from onboarding.fleets.reproduction import ReproductionFiles, curl_command, openssl_command
from onboarding.pki.bundles import CA_FILE, CERTIFICATE_FILE, FULLCHAIN_FILE, KEY_FILE, PKCS12_FILE
from onboarding.pki.subject import ORGANIZATIONAL_UNIT
from onboarding.workflow.next_step import Step

REQUEST_FILE, KEYSTORE_FILE, KEYSTORE_REQUEST_FILE = "request.csr", "keystore.p12", "keystore.csr"
ALIAS = "fleet"
EXPIRY_SECONDS = 60 * 24 * 3600  # what `openssl x509 -checkend` is asked about: 60 days
LINE_LENGTH = 60  # characters in a line of the field
OPENSSL_SPECIAL = re.compile(r"[\\/+]")  # openssl-req(1), -subj
KEYTOOL_SPECIAL = re.compile(r'[\\,+"<>;=]')  # RFC 4514, 2.4


@dataclass(frozen=True)
class CommandValues:
    """What the command lines contain. The defaults are an example.

    `attributes` has the subject by short name, in the order of the request. An empty value is left out.
    """

    login: str = "MZP123456"
    attributes: dict[str, str] = field(
        default_factory=lambda: {
            "C": "FR",
            "ST": "Île-de-France",
            "L": "Paris",
            "O": "Flottes & Fils SAS",
            "emailAddress": "fleet@company.example",
        }
    )
    client_id: str = "CLIENT_ID"
    base_url: str = ""

    @property
    def subject(self) -> dict[str, str]:
        """All attributes of the subject in the operator's order, with the prescribed ones."""
        names = ("C", "ST", "L", "O", "OU", "CN", "emailAddress")
        values = self.attributes | {"OU": ORGANIZATIONAL_UNIT, "CN": self.login}
        return {name: values[name] for name in names if values.get(name)}


@dataclass(frozen=True)
class CommandLine:
    """A command over one or several lines, and the program that runs it."""

    program: str
    text: str

    @property
    def rows(self) -> int:
        """The number of lines of its field on the page; a long line needs two."""
        return sum(1 + len(line) // LINE_LENGTH for line in self.text.splitlines())


def commands_of(step: Step, values: CommandValues) -> list[CommandLine]:
    """Return the command lines of a step; empty if the step needs none."""
    makers = {
        Step.KEY: _key_commands,
        Step.REQUEST: _request_commands,
        Step.CERTIFICATE: _certificate_commands,
        Step.TEST: _test_commands,
        Step.DONE: _done_commands,
    }
    return makers[step](values) if step in makers else []


def openssl_subject(values: CommandValues) -> str:
    """Return the subject as `openssl req -subj` reads it."""
    return "".join(f"/{name}={OPENSSL_SPECIAL.sub(_escape, value)}" for name, value in values.subject.items())


def keytool_subject(values: CommandValues) -> str:
    """Return the subject as `keytool -dname` reads it: the last attribute first (RFC 4514)."""
    pairs = reversed(values.subject.items())
    return ",".join(f"{name}={KEYTOOL_SPECIAL.sub(_escape, value)}" for name, value in pairs)


def _escape(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _lines(*parts: str) -> str:
    return " \\\n  ".join(parts)


def _key_commands(values: CommandValues) -> list[CommandLine]:
    return [
        CommandLine(
            "OpenSSL",
            _lines(
                "openssl req -new -newkey rsa:2048 -sha256 -utf8",
                f"-keyout {KEY_FILE} -out {REQUEST_FILE}",
                f"-subj {shlex.quote(openssl_subject(values))}",
            ),
        ),
        CommandLine(
            "keytool",
            _lines(
                f"keytool -genkeypair -alias {ALIAS} -keyalg RSA -keysize 2048",
                f"-keystore {KEYSTORE_FILE} -storetype PKCS12",
                f"-dname {shlex.quote(keytool_subject(values))}",
            ),
        ),
        CommandLine(
            "keytool",
            _lines(
                f"keytool -certreq -alias {ALIAS} -sigalg SHA256withRSA",
                f"-keystore {KEYSTORE_FILE} -file {KEYSTORE_REQUEST_FILE}",
            ),
        ),
    ]


def _request_commands(values: CommandValues) -> list[CommandLine]:
    return [
        CommandLine("OpenSSL", f"openssl req -in {REQUEST_FILE} -noout -verify -subject -nameopt utf8,sep_multiline"),
        CommandLine("keytool", f"keytool -printcertreq -file {KEYSTORE_REQUEST_FILE}"),
    ]


def _certificate_commands(values: CommandValues) -> list[CommandLine]:
    keytool = _lines(
        f"cat {CERTIFICATE_FILE} {CA_FILE} > {FULLCHAIN_FILE} &&",
        f"keytool -importcert -noprompt -alias {ALIAS} -file {FULLCHAIN_FILE} -keystore {KEYSTORE_FILE}",
    )
    return [
        CommandLine("OpenSSL", f"openssl verify -purpose sslclient -CAfile {CA_FILE} {CERTIFICATE_FILE}"),
        CommandLine("OpenSSL", f"openssl x509 -in {CERTIFICATE_FILE} -noout -pubkey | openssl sha256"),
        CommandLine("OpenSSL", f"openssl req -in {REQUEST_FILE} -noout -pubkey | openssl sha256"),
        CommandLine("keytool", keytool),
    ]


def _test_commands(values: CommandValues) -> list[CommandLine]:
    files = ReproductionFiles(certificate=CERTIFICATE_FILE, key=KEY_FILE, ca=CA_FILE)
    line = curl_command(base_url=values.base_url, client_id=values.client_id, login=values.login, files=files)
    return [
        # cURL does not ask for the passphrase of a PKCS#12 file.
        CommandLine("keytool", f"openssl pkcs12 -in {KEYSTORE_FILE} -nocerts -out {KEY_FILE}"),
        CommandLine("cURL", line),
        CommandLine("OpenSSL", openssl_command(base_url=values.base_url, client_id=values.client_id, files=files)),
    ]


def _done_commands(values: CommandValues) -> list[CommandLine]:
    return [
        CommandLine("OpenSSL", f"openssl x509 -in {CERTIFICATE_FILE} -noout -enddate -checkend {EXPIRY_SECONDS}"),
        CommandLine(
            "OpenSSL",
            _lines(
                f"openssl pkcs12 -export -name {ALIAS} -inkey {KEY_FILE}",
                f"-in {CERTIFICATE_FILE} -certfile {CA_FILE} -out {PKCS12_FILE}",
            ),
        ),
        CommandLine("keytool", f"keytool -list -keystore {PKCS12_FILE} -storetype PKCS12"),
    ]
