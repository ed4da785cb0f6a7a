"""What the desk's templates need: the dates to narrow the queue by, and the dashboard."""

from calendar import monthrange
from datetime import date
from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from django.db.models import Max, Min

from onboarding.models import Onboarding
from onboarding.review.dashboard import figures
from onboarding.review.queue import chosen_day

register = template.Library()


@register.inclusion_tag("admin/date_hierarchy.html")
def desk_dates(cl: ChangeList) -> dict[str, Any]:
    """Django's date hierarchy, computed from the first and last date alone: its own looks at every row."""
    field = str(cl.date_hierarchy)
    chosen = chosen_day(cl.params)

    def link(*parts: int) -> str:
        names = dict(zip((f"{field}__year", f"{field}__month", f"{field}__day"), parts, strict=False))
        return cl.get_query_string(names, [f"{field}__"])

    def back(title: str, *parts: int) -> dict[str, str]:
        return {"link": link(*parts), "title": title}

    match chosen:
        case [year, month, day]:
            here = date(year, month, day)
            return {"show": True, "back": back(f"{here:%B %Y}", year, month), "choices": [{"title": f"{here:%-d %B}"}]}
        case [year, month]:
            days = range(1, monthrange(year, month)[1] + 1)
            choices = [{"link": link(year, month, day), "title": f"{day}"} for day in days]
            return {"show": True, "back": back(f"{year}", year), "choices": choices}
        case [year]:
            months = [date(year, month, 1) for month in range(1, 13)]
            choices = [{"link": link(year, one.month), "title": f"{one:%B}"} for one in months]
            return {"show": True, "back": back("All dates"), "choices": choices}
    # Two looks at the ends of an index: asked for both at once, SQLite reads every row.
    first = Onboarding.objects.aggregate(end=Min(field))["end"]
    last = Onboarding.objects.aggregate(end=Max(field))["end"]
    if not first:
        return {"show": False}
    years = range(first.year, last.year + 1)
    return {"show": True, "choices": [{"link": link(year), "title": f"{year}"} for year in years]}


@register.inclusion_tag("admin/onboarding/dashboard.html")
def dashboard() -> dict[str, Any]:
    """The figures of the first page."""
    return figures()
