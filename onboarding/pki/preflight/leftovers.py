"""Values that stand in a request by mistake: those of examples, defaults of tools, and names of fields."""

import re

from onboarding.messages.findings.subject import FIELD_LABELS
from onboarding.pki.subject import FIELDS_BY_NAME

COUNTRY_PLACEHOLDER = "XX"
# What a corrected command holds in place of an unknown value. Not translated: the preflight must recognize it.
PLACEHOLDERS = {name: f"{FIELD_LABELS[name]} here" for name in FIELDS_BY_NAME} | {"country": COUNTRY_PLACEHOLDER}
# Earlier commands said "E-mail address here".
# Each dot matches line breaks too: else the search for "company" is repeated for every "company" before a line break.
LEFTOVERS = re.compile(
    r"<.*|ex ?:.*|MZPX+|your .*|example.*company.*|e-mail address here|it@partner\.com"
    r"|pa(?:tr|rt)ne?rname"  # the operator's instructions for keytool
    r"|unknown"  # keytool
    r"|some-state|internet widgits pty ltd|default city|default company ltd"  # openssl, also as configured by Red Hat
    r"|some(?:state|city|organization|organizationalunit)"  # make-dummy-cert of Red Hat and Debian
    r"|copyleft certificate co|my organizational unit"  # Easy-RSA
    r"|koko inc\.?|sleeping dept\.?|cindy lauper"  # the template in the manual of certtool
    r"|(?:.*[@.])?example\.(?:com|net|org)|(?:.*@)?localhost(?:\.localdomain)?"  # RFC 2606
    r"|state or province(?: name)?|state|province|region|city|locality(?: name)?|country(?: name)?"
    r"|organi[sz]ation(?: name)?|company(?: name)?|common ?name|e-?mail(?: ?address)?"
    r"|n[./]?a\.?|none|null|undefined|test|tbd|todo|to be defined|x{2,}|changeme|[\W_]+|"
    + "|".join(f"{re.escape(label)} here" for label in FIELD_LABELS.values()),
    re.IGNORECASE | re.DOTALL,
)
SHORT = {"na"}  # as a state, it may be the code of a region


def is_leftover(field: str, value: str) -> bool:
    """Return whether `value` of the subject's field is one that nobody means. The prescribed unit is not judged."""
    if FIELDS_BY_NAME[field].prescribed or not value.strip():
        return False
    if field == "country":
        return value.strip().upper() == COUNTRY_PLACEHOLDER or value.strip().lower() == "unknown"
    return value.strip().lower() not in SHORT and LEFTOVERS.fullmatch(value.strip()) is not None
