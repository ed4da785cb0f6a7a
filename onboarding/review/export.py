"""The filtered queue as CSV, safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from onboarding.models import Onboarding

CHUNK_SIZE = 2000  # rows that are read at a time
HEADERS = (
    _("Login"),
    _("Organization"),
    _("Email"),
    _("Environment"),
    _("Status"),
    _("In status since (UTC)"),
    _("Next move"),
    _("Reviewer"),
    _("Errors"),
    _("Warnings"),
    _("Certificate expires (UTC)"),
    _("ID"),
)
# Where a formula can begin: at the start, and after each character at which a spreadsheet may split a cell (Excel's
# separator depends on the country). Spreadsheets may drop the spaces, quotation marks and invisible characters before.
FORMULA = re.compile(r"""(^|[;,|\t\r\n])(?=[\s"'\0\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠])""")


def escape_formulas(value: object) -> str:
    """Return `value` as text in which no spreadsheet finds a formula: with an apostrophe before each.

    Source: OWASP, CSV injection.
    """
    text = FORMULA.sub(r"\1'", str(value))
    return f"'{text}" if text.startswith(("\t", "\r", "\n")) else text


def _format_time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else ""


def _cells(onboarding: Onboarding) -> list[str]:
    values = (
        onboarding.mzp_login,
        onboarding.organization,
        onboarding.email,
        onboarding.get_environment_display(),
        onboarding.get_status_display(),
        _format_time(onboarding.status_since),
        onboarding.get_next_owner_display(),
        onboarding.reviewer.email if onboarding.reviewer else "",
        onboarding.errors,
        onboarding.warnings,
        _format_time(onboarding.expires_at),
        onboarding.pk,
    )
    return [escape_formulas(value) for value in values]


class _Echo:
    """A file whose `write` returns the line, for `csv.writer`."""

    def write(self, line: str) -> str:
        return line


def csv_lines(cases: QuerySet[Onboarding]) -> Iterator[str]:
    """Yield the header and one line for each case (RFC 4180), after a byte order mark for Excel."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEADERS)
    for onboarding in cases.select_related("reviewer").iterator(chunk_size=CHUNK_SIZE):
        yield writer.writerow(_cells(onboarding))


def export_csv(cases: QuerySet[Onboarding]) -> StreamingHttpResponse:
    """Return the download, which no cache may store."""
    response = StreamingHttpResponse(csv_lines(cases), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="onboardings.csv"'
    response["Cache-Control"] = "no-store"
    return response
