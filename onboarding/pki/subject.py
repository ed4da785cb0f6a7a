"""The subject that the operator prescribes, and what a partner may type into it.

The order, the string types and the fixed organizational unit are those that the operator's own OpenSSL recipe writes;
the upper bounds are RFC 5280's (appendix A.1).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.finding import Finding

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

ORGANIZATIONAL_UNIT = "Programs Partners"
UPPER_BOUND = 64  # characters, of every field but the two below
UPPER_BOUND_EMAIL = 255
USUAL_LOGIN = re.compile(r"MZP[0-9]{6}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
SPACES = re.compile(r"[ \u00a0\u2007\u202f]+")  # what word processors take for a space
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # Unicode categories that show nothing on a page


@dataclass(frozen=True)
class Subject:
    """A request's distinguished name; `common_name` is the MZP login."""

    country: str
    state: str
    locality: str
    organization: str
    email: str
    common_name: str
    organizational_unit: str = ORGANIZATIONAL_UNIT

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """(name in words, short name, value), in the order in which they stand in the request."""
        return (
            ("Country", "C", self.country),
            ("State or province", "ST", self.state),
            ("City", "L", self.locality),
            ("Company", "O", self.organization),
            *self.prescribed(self.organizational_unit),
            ("Common name", "CN", self.common_name),
            ("E-mail address", "emailAddress", self.email),
        )

    @staticmethod
    def prescribed(organizational_unit: str = ORGANIZATIONAL_UNIT) -> tuple[tuple[str, str, str], ...]:
        """The row that is the same for every partner."""
        return (("Organizational unit", "OU", organizational_unit),)

    def to_name(self) -> x509.Name:
        """The name as an X.509 Name: C a PrintableString, emailAddress an IA5String, the others UTF8String."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, self.country),
                x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, self.state),
                x509.NameAttribute(NameOID.LOCALITY_NAME, self.locality),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, self.organizational_unit),
                x509.NameAttribute(NameOID.COMMON_NAME, self.common_name),
                x509.NameAttribute(NameOID.EMAIL_ADDRESS, self.email),
            ]
        )


def subject_from(name: x509.Name) -> Subject:
    """The subject that stands in a request; what is missing is empty, and of several values the first is taken."""

    def first(oid: x509.ObjectIdentifier) -> str:
        return next((str(attribute.value) for attribute in name.get_attributes_for_oid(oid)), "")

    return Subject(
        country=first(NameOID.COUNTRY_NAME),
        state=first(NameOID.STATE_OR_PROVINCE_NAME),
        locality=first(NameOID.LOCALITY_NAME),
        organization=first(NameOID.ORGANIZATION_NAME),
        email=first(NameOID.EMAIL_ADDRESS),
        common_name=first(NameOID.COMMON_NAME),
        organizational_unit=first(NameOID.ORGANIZATIONAL_UNIT_NAME),
    )


def clean_login(text: str) -> str:
    """A login as it was meant: NFKC, in capitals, without white space and invisible characters."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if not c.isspace() and unicodedata.category(c) not in INVISIBLE).upper()


def clean_value(text: str) -> str:
    """A subject's value as it was meant: NFC, single ordinary spaces, none outside. Keeps other hidden characters."""
    return SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" \t\r\n")


def hidden_character(field: str, value: str) -> Iterator[Finding]:
    """The first character of `value` that does not show, as a finding."""
    for position, character in enumerate(value):
        if unicodedata.category(character) in INVISIBLE:
            name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
            before = value[max(0, position - 12) : position] or "the beginning"
            yield Finding("value_control_character", field, value, params={"name": name, "before": before})
            return


def _too_long(field: str, value: str, limit: int) -> Iterator[Finding]:
    if len(value) > limit:
        yield Finding("value_too_long", field, value, params={"length": len(value), "limit": limit})


def check_login(login: str) -> tuple[Finding, ...]:
    """What is wrong (stops) or odd (warns) about a cleaned login; the operator publishes no pattern."""
    if not login:
        return (Finding("login_missing", "mzp_login"),)
    if ":" in login:
        return (Finding("login_colon", "mzp_login", login),)  # RFC 7617, 2: a user-id has none
    too_long = tuple(_too_long("mzp_login", login, UPPER_BOUND))
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
    yield from _too_long(field, value, UPPER_BOUND)
    yield from hidden_character(field, value)


def _check_email(email: str) -> Iterator[Finding]:
    if not email:
        yield Finding("email_missing", "email")
        return
    hidden = tuple(hidden_character("email", email))
    strange = next((c for c in email if not c.isascii()), "")
    if hidden:
        yield from hidden
    elif strange:
        yield Finding("email_not_ascii", "email", strange)
    elif not EMAIL.fullmatch(email):
        yield Finding("email_malformed", "email", email)
    yield from _too_long("email", email, UPPER_BOUND_EMAIL)


def check_subject(subject: Subject) -> tuple[Finding, ...]:
    """Everything that the operator would refuse in `subject`, field by field, save the common name's own shape."""
    ou = subject.organizational_unit
    return (
        *_check_country(subject.country),
        *_check_text("state", subject.state),
        *_check_text("locality", subject.locality),
        *_check_text("organization", subject.organization),
        *(() if ou == ORGANIZATIONAL_UNIT else (Finding("ou_wrong", "organizational_unit", ou),)),
        *_check_email(subject.email),
    )
