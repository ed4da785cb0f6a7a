"""The filtered queue as CSV, safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from onboarding.models import Onboarding

HEADERS = (
    "Login",
    "Organization",
    "E-mail",
    "Environment",
    "Status",
    "In status since (UTC)",
    "Next move",
    "Reviewer",
    "Findings that stop",
    "Findings that warn",
    "Certificate expires (UTC)",
    "ID",
)
# Where a formula could begin: at the start, and behind whatever some spreadsheet splits cells at (Excel's own separator
# follows the country); the spaces, quotation marks and invisible characters before it may be dropped on the way in.
FORMULA = re.compile(r"""(^|[;,|\t\r\n])(?=[\s"'\0\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠])""")


def safe(value: object) -> str:
    """A cell in which no spreadsheet finds a formula (OWASP, CSV injection): an apostrophe stands before each."""
    text = FORMULA.sub(r"\1'", str(value))
    return f"'{text}" if text.startswith(("\t", "\r", "\n")) else text


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _cells(one: Onboarding) -> list[str]:
    values = (
        one.mzp_login,
        one.organization,
        one.email,
        one.get_environment_display(),
        one.get_status_display(),
        _moment(one.status_since),
        one.get_next_owner_display(),
        one.reviewer.email if one.reviewer else "",
        one.errors,
        one.warnings,
        _moment(one.expires_at),
        one.pk,
    )
    return [safe(value) for value in values]


class _Echo:
    def write(self, line: str) -> str:
        """What was written."""
        return line


def lines(cases: QuerySet[Onboarding]) -> Iterator[str]:
    """The header and a line a case, read a few thousand at a time; RFC 4180, with a byte order mark for Excel."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEADERS)
    for one in cases.select_related("reviewer").iterator(chunk_size=2000):
        yield writer.writerow(_cells(one))


def export_csv(cases: QuerySet[Onboarding]) -> StreamingHttpResponse:
    """The download; no cache keeps it."""
    response = StreamingHttpResponse(lines(cases), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="onboardings.csv"'
    response["Cache-Control"] = "no-store"
    return response
