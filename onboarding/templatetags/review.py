"""Template tags of the review desk: the dates to filter the queue by, and the dashboard."""

from calendar import monthrange
from datetime import date
from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from django.db.models import Max, Min
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onboarding.models import Onboarding
from onboarding.review.dashboard import dashboard_figures
from onboarding.review.queue import parse_date_filter

register = template.Library()


@register.inclusion_tag("admin/date_hierarchy.html")
def review_dates(cl: ChangeList) -> dict[str, Any]:
    """Return the context of Django's date hierarchy, computed from the first and last date alone.

    Django's own tag reads every row of the list.
    """
    field = str(cl.date_hierarchy)

    def link(*parts: int) -> str:
        names = dict(zip((f"{field}__year", f"{field}__month", f"{field}__day"), parts, strict=False))
        return cl.get_query_string(names, [f"{field}__"])

    def wider(title: str, *parts: int) -> dict[str, str]:
        return {"link": link(*parts), "title": title}

    match parse_date_filter(cl.params):
        case [year, month, day]:
            chosen = date(year, month, day)
            choices = [{"title": date_format(chosen, "MONTH_DAY_FORMAT")}]
            back = wider(date_format(chosen, "YEAR_MONTH_FORMAT"), year, month)
            return {"show": True, "back": back, "choices": choices}
        case [year, month]:
            days = range(1, monthrange(year, month)[1] + 1)
            choices = [{"link": link(year, month, day), "title": f"{day}"} for day in days]
            return {"show": True, "back": wider(f"{year}", year), "choices": choices}
        case [year]:
            months = [date(year, number, 1) for number in range(1, 13)]
            choices = [{"link": link(year, month.month), "title": date_format(month, "F")} for month in months]
            return {"show": True, "back": wider(_("All dates")), "choices": choices}
    # Two queries for the two ends of an index: for one query with both, SQLite reads every row.
    first = Onboarding.objects.aggregate(end=Min(field))["end"]
    last = Onboarding.objects.aggregate(end=Max(field))["end"]
    if not first:
        return {"show": False}
    years = range(first.year, last.year + 1)
    return {"show": True, "choices": [{"link": link(year), "title": f"{year}"} for year in years]}


@register.inclusion_tag("admin/onboarding/dashboard.html")
def dashboard() -> dict[str, Any]:
    """Return the context of the dashboard."""
    return dashboard_figures()
