"""What the operator would object to in the subject of somebody's request: rules, damage done by tools, leftovers."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from onboarding.pki.country_codes import COUNTRY_CODES
from onboarding.pki.distinguished_names import Row
from onboarding.pki.findings import Finding
from onboarding.pki.subject import Subject, check_login, check_subject, clean_login

ORDER = ("country", "state", "locality", "organization", "organizational_unit", "common_name", "email")
LABELS = dict(
    zip(
        ORDER,
        ("Country", "State or province", "City", "Company", "Organizational unit", "Common name", "E-mail address"),
        strict=True,
    )
)
STRING_TYPES = {"country": {"PrintableString"}, "email": {"IA5String"}}
TEXT_TYPES = {"UTF8String", "PrintableString"}
# What stands in examples and in openssl's own defaults, and is sent in by mistake.
LEFTOVERS = re.compile(
    r"<.*|ex ?:.*|MZPX+|pa(?:tr|rt)ne?rname|it@partner\.com|some-state|internet widgits pty ltd|default city"
    r"|default company ltd|your .*|example.*company.*"
    r"|(?:country|state or province|city|company|common name|e-mail address) here",
    re.IGNORECASE,
)


def subject_of(rows: Sequence[Row]) -> Subject:
    """The subject as typed fields; empty where one is missing, the first where one is repeated."""
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.field, row.value)
    return Subject(
        country=first.get("country", ""),
        state=first.get("state", ""),
        locality=first.get("locality", ""),
        organization=first.get("organization", ""),
        email=first.get("email", ""),
        common_name=first.get("common_name", ""),
        organizational_unit=first.get("organizational_unit", ""),
    )


def check_rows(rows: Sequence[Row], login: str | None) -> Iterator[Finding]:
    """Everything worth saying about a request's subject; `login` None where it isn't known."""
    subject = subject_of(rows)
    damaged = {row.field: mended for row in rows if (mended := undamaged(row.value))}
    for row in rows:
        yield from _check_row(row)
    for finding in check_subject(subject):
        if finding.code == "country_unknown":
            yield Finding("country_unknown", "country", subject.country, country_meant(subject.country))
        elif finding.code == "ou_wrong" and not subject.organizational_unit:
            yield Finding("ou_missing", "organizational_unit")
        elif finding.field not in damaged:
            yield finding
    yield from _check_common_name(subject.common_name, login)
    yield from _check_shape(rows)


def _check_row(row: Row) -> Iterator[Finding]:
    label = LABELS.get(row.field, row.field)
    mended = undamaged(row.value)
    if mended:
        yield Finding("double_encoded", row.field, row.value, mended)
    elif "\ufffd" in row.value or re.search(r"\w\?\w", row.value) or not row.readable:
        yield Finding("accents_lost", row.field, row.value, context={"label": label})
    if row.field in LABELS and LEFTOVERS.fullmatch(row.value.strip()):
        yield Finding("placeholder_left", row.field, row.value, context={"label": label})
    if row.value != row.value.strip():
        yield Finding("spaces_around", row.field, row.value, row.value.strip(), context={"label": label})
    if row.field not in LABELS:
        yield Finding("attribute_extra", row.field, row.value)
    elif row.string_type not in STRING_TYPES.get(row.field, TEXT_TYPES):
        usual = " or ".join(sorted(STRING_TYPES.get(row.field, TEXT_TYPES)))
        yield Finding("string_type_odd", row.field, row.string_type, usual, context={"label": label})


def undamaged(value: str) -> str:
    """What a value was before its UTF-8 was taken for Latin-1 or Windows-1252; empty where it wasn't."""
    if value.isascii():
        return ""
    for encoding in ("latin-1", "cp1252"):
        try:
            mended = value.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        return undamaged(mended) or mended
    return ""


def country_meant(country: str) -> str:
    """The code that a miswritten country most likely stands for; empty where that can't be told."""
    guess = country.strip().upper()
    return guess if guess in COUNTRY_CODES else {"UK": "GB", "EN": "GB", "FRANCE": "FR", "GERMANY": "DE"}.get(guess, "")


def _check_common_name(common_name: str, login: str | None) -> Iterator[Finding]:
    if not common_name:
        yield Finding("cn_missing", "common_name", expected=clean_login(login or "") or "like MZP123456")
    elif login and common_name != clean_login(login):
        yield Finding("cn_not_login", "common_name", common_name, clean_login(login))
    elif not login:
        for finding in check_login(common_name):
            yield Finding(finding.code, "common_name", common_name, context=finding.context)


def _check_shape(rows: Sequence[Row]) -> Iterator[Finding]:
    for field, label in LABELS.items():
        values = [row.value for row in rows if row.field == field]
        if len(values) > 1:
            yield Finding(
                "attribute_repeated", field, ", ".join(values), context={"label": label, "times": len(values)}
            )
    for _, group in groupby(rows, lambda row: row.place):
        joined = [LABELS.get(row.field, row.field) for row in group]
        if len(joined) > 1:
            yield Finding("attributes_joined", "", " and ".join(joined))
    known = [row.field for row in rows if row.field in LABELS]
    if len(set(known)) == len(known) and known != sorted(known, key=ORDER.index):
        yield Finding("order_differs", "", ", ".join(LABELS[field] for field in known))
