"""The subject of a certificate request: its fields, the rules of the operator for each, and checks of typed values.

The order, the string types and the fixed organizational unit are those of the operator's own OpenSSL recipe. The upper
bounds come from RFC 5280, appendix A.1.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.finding import Finding
from onboarding.messages.findings.subject import FIELD_LABELS
from onboarding.messages.text import render

COUNTRY_CODES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()
)

# not translated: prescribed by the operator
ORGANIZATIONAL_UNIT = "Programs Partners"
USUAL_LOGIN = re.compile(r"MZP[0-9]{6}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
SPACES = re.compile(r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")  # Unicode's category Zs
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # Unicode categories without a visible form
# Letters, marks and a symbol without a visible form: joiners, fillers, variation selectors, the blank of Braille.
BLANK_CHARACTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def clean_login(text: str) -> str:
    """Return `text` as a login: NFKC, upper case, without white space and invisible characters."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if not c.isspace() and not is_invisible(c)).upper()


def clean_value(text: str) -> str:
    """Return `text` in NFC, with single ordinary spaces inside and none around it. Keeps other hidden characters."""
    return SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" \t\r\n")


def clean_country(text: str) -> str:
    """Return `text` cleaned and in upper case. Does not check that it is a country code."""
    return clean_value(text).upper()


@dataclass(frozen=True)
class SubjectField:
    """One field of the subject, and the rules of the operator for it.

    `name` is the attribute of `Subject`. `upper_bound` is in characters. A request may use any of `string_types`; the
    first is the ASN.1 type that cryptography chooses for this field when we write a request. `prescribed` is the value
    that the operator demands, or "". `clean` normalizes a typed value.
    """

    name: str
    oid: x509.ObjectIdentifier
    short_name: str
    upper_bound: int = 64
    string_types: tuple[str, ...] = ("UTF8String", "PrintableString")
    prescribed: str = ""
    clean: Callable[[str], str] = clean_value

    @property
    def label(self) -> str:
        """The field's name for people, in the active language."""
        return render(FIELD_LABELS[self.name], {})


# In the order of the request.
SUBJECT_FIELDS = (
    SubjectField(
        "country",
        NameOID.COUNTRY_NAME,
        "C",
        upper_bound=2,
        string_types=("PrintableString",),
        clean=clean_country,
    ),
    SubjectField("state", NameOID.STATE_OR_PROVINCE_NAME, "ST"),
    SubjectField("locality", NameOID.LOCALITY_NAME, "L"),
    SubjectField("organization", NameOID.ORGANIZATION_NAME, "O"),
    SubjectField("organizational_unit", NameOID.ORGANIZATIONAL_UNIT_NAME, "OU", prescribed=ORGANIZATIONAL_UNIT),
    SubjectField("common_name", NameOID.COMMON_NAME, "CN", clean=clean_login),
    SubjectField(
        "email",
        NameOID.EMAIL_ADDRESS,
        "emailAddress",
        upper_bound=255,
        string_types=("IA5String",),
    ),
)
FIELDS_BY_NAME = {field.name: field for field in SUBJECT_FIELDS}
FIELDS_BY_OID = {field.oid: field for field in SUBJECT_FIELDS}
# The fields that a partner enters as the company's details. The common name is the login, which is entered before.
COMPANY_FIELDS = tuple(field for field in SUBJECT_FIELDS if not field.prescribed and field.name != "common_name")


@dataclass(frozen=True)
class Subject:
    """The distinguished name of a request. `common_name` is the MZP login."""

    country: str
    state: str
    locality: str
    organization: str
    email: str
    common_name: str
    organizational_unit: str = ORGANIZATIONAL_UNIT

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """Return (label in the active language, short name, value) of each field, in the order of the request."""
        return tuple((field.label, field.short_name, getattr(self, field.name)) for field in SUBJECT_FIELDS)

    @staticmethod
    def prescribed() -> tuple[tuple[str, str, str], ...]:
        """Return the rows, as in `rows`, that are the same for every partner."""
        return tuple((field.label, field.short_name, field.prescribed) for field in SUBJECT_FIELDS if field.prescribed)

    def to_name(self) -> x509.Name:
        """Return the X.509 name: C is a PrintableString, emailAddress an IA5String, all others are UTF8Strings."""
        return x509.Name([x509.NameAttribute(field.oid, getattr(self, field.name)) for field in SUBJECT_FIELDS])


def subject_from(name: x509.Name) -> Subject:
    """Return the subject in `name`: a missing field is empty, and of a repeated field the first value counts."""
    values = {}
    for field in SUBJECT_FIELDS:
        attributes = name.get_attributes_for_oid(field.oid)
        values[field.name] = str(attributes[0].value) if attributes else ""
    return Subject(**values)


def name_rows(name: x509.Name) -> tuple[tuple[str, str, str], ...]:
    """Return (label in the active language, short name, value) of each attribute of `name`, in its order.

    The label of an attribute that the subject does not have is its dotted OID.
    """
    rows = []
    for attribute in name:
        field = FIELDS_BY_OID.get(attribute.oid)
        label = field.label if field else attribute.oid.dotted_string
        short_name = field.short_name if field else attribute.rfc4514_attribute_name
        rows.append((label, short_name, str(attribute.value)))
    return tuple(rows)


def is_invisible(character: str) -> bool:
    """Return whether `character` has no visible form. A space has one."""
    return unicodedata.category(character) in INVISIBLE or BLANK_CHARACTERS.match(character) is not None


def describe_character(value: str, position: int) -> dict[str, str | int]:
    """Return the parameters by which a finding names a character of `value`: name, code point, place, text before."""
    character = value[position]
    code = f"U+{ord(character):04X}"
    return {
        "name": unicodedata.name(character, CONTROL_CHARACTERS.get(character, CONTROL_CHARACTER)).lower(),
        "code": code,
        "position": position + 1,
        "before": value[max(0, position - 12) : position],
    }


CONTROL_CHARACTER = "control character"  # not translated: as the names that Unicode gives to other characters
CONTROL_CHARACTERS = {  # not translated: as above
    "\x00": "null character",
    "\t": "tab",
    "\n": "line break",
    "\r": "carriage return",
}


def hidden_character(field: str, value: str) -> Iterator[Finding]:
    """Yield a finding for the first character of `value` without a visible form."""
    position = next((at for at, character in enumerate(value) if is_invisible(character)), None)
    if position is not None:
        params = describe_character(value, position)
        variant = "" if position else "at_start"
        yield Finding("value_control_character", field, value, params=params, variant=variant)


def _too_long(field: str, value: str, limit: int) -> Iterator[Finding]:
    if len(value) > limit:
        yield Finding("value_too_long", field, value, params={"length": len(value), "limit": limit})


def check_login(login: str) -> tuple[Finding, ...]:
    """Return the problems of a cleaned login. An unusual shape only warns: the operator publishes no pattern."""
    if not login:
        return (Finding("login_missing", "mzp_login"),)
    if ":" in login:
        return (Finding("login_colon", "mzp_login", login),)  # RFC 7617, section 2: a user-id contains no colon
    too_long = tuple(_too_long("mzp_login", login, FIELDS_BY_NAME["common_name"].upper_bound))
    if too_long:
        return too_long
    return () if USUAL_LOGIN.fullmatch(login) else (Finding("login_unusual", "mzp_login", login),)


def _check_country(country: str) -> Iterator[Finding]:
    if not country:
        yield Finding("country_missing", "country")
    elif country not in COUNTRY_CODES:
        yield Finding("country_unknown", "country", country)


def _check_text(field: str, value: str) -> Iterator[Finding]:
    if not value:
        yield Finding(f"{field}_missing", field)
    yield from _too_long(field, value, FIELDS_BY_NAME[field].upper_bound)
    yield from hidden_character(field, value)


def _check_email(email: str) -> Iterator[Finding]:
    if not email:
        yield Finding("email_missing", "email")
        return
    hidden = tuple(hidden_character("email", email))
    not_ascii = next((at for at, c in enumerate(email) if not c.isascii()), None)
    if hidden:
        yield from hidden
    elif not_ascii is not None:
        yield Finding("email_not_ascii", "email", email[not_ascii], params=describe_character(email, not_ascii))
    elif not EMAIL.fullmatch(email):
        yield Finding("email_malformed", "email", email)
    yield from _too_long("email", email, FIELDS_BY_NAME["email"].upper_bound)


def check_subject(subject: Subject) -> tuple[Finding, ...]:
    """Return everything in `subject` that the operator refuses, field by field. Does not check the common name."""
    return tuple(finding for field in SUBJECT_FIELDS for finding in _check_field(field, getattr(subject, field.name)))


def _check_field(field: SubjectField, value: str) -> Iterator[Finding]:
    match field.name:
        case "common_name":
            return
        case "country":
            yield from _check_country(value)
        case "organizational_unit":
            if value != field.prescribed:
                yield Finding("ou_wrong", field.name, value)
        case "email":
            yield from _check_email(value)
        case _:
            yield from _check_text(field.name, value)
