"""Durations, codes and fingerprints as text."""

from datetime import timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

ACRONYMS = {
    "ca": "CA",
    "id": "ID",
    "tls": "TLS",
    "dns": "DNS",
    "http": "HTTP",
    "https": "HTTPS",
    "cn": "CN",
    "ou": "OU",
    "csr": "CSR",
}


def humanize_duration(duration: timedelta) -> str:
    """Return a duration as text, in the largest unit that fits: hours, days or months."""
    hours = round(duration.total_seconds() / 3600)
    if duration < timedelta(hours=1):
        return _("less than an hour")
    if hours < 24:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(hours / 24)
    if days < 60:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    months = round(days / 30)
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def proposed_text(count: int) -> str:
    """Return the message that `count` cases wait for a second reviewer."""
    text = ngettext(
        "Proposed. A second reviewer has to confirm it.",
        "Proposed for %(count)d cases. A second reviewer has to confirm it.",
        count,
    )
    return text % {"count": count}


def humanize_code(code: str) -> SafeString:
    """Return the code of a finding or verdict with spaces, capitals and acronyms, as HTML in English.

    The code itself is the name, in every language.
    """
    words = " ".join(ACRONYMS.get(word, word) for word in code.split("_"))
    return format_html('<span lang="en">{}</span>', words[:1].upper() + words[1:])


def group_fingerprint(fingerprint: str) -> list[str]:
    """Return a hexadecimal fingerprint in groups of four digits, so that two people can compare it by phone."""
    return [fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4)]
