"""The calendar of an account: its page, and the calendar itself, which opens without a sign-in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onboarding.limits import CALENDAR_READS
from onboarding.models import CalendarFeed
from onboarding.views.access import PartnerRequest
from onboarding.workflow.calendars import account_calendar, make_feed, reader_of, remove_feed
from onboarding.workflow.limits import LimitReachedError, consume

MAX_AGE = 3600  # seconds that a calendar program may keep the calendar


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: PartnerRequest) -> HttpResponse:
    """Turn the calendar on or off, or change its address.

    The address is secret and shown once, so the response to the form itself has it: a redirect would have to store it.
    """
    context: dict[str, Any] = {}
    if request.method == "POST" and "off" in request.POST:
        remove_feed(request.user)
        messages.success(request, _("The calendar is off. Its address no longer works."))
        return redirect("account_calendar")
    if request.method == "POST":
        address = reverse("onboarding:calendar_feed", args=[make_feed(request.user)])
        context["address"] = settings.SITE_URL + address
    context["feed"] = CalendarFeed.objects.filter(user=request.user).first()
    return render(request, "account/calendar.html", context)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return the calendar with this secret address. A wrong address is a 404."""
    try:
        consume(None, CALENDAR_READS)
    except LimitReachedError as error:
        seconds = str(int(error.seconds or MAX_AGE) + 1)
        return HttpResponse(status=429, content_type="text/plain", headers={"Retry-After": seconds})
    headers = {
        "Cache-Control": f"private, max-age={MAX_AGE}",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    user = reader_of(token)
    if user is None:
        return HttpResponse(status=404, content_type="text/plain", headers={"Cache-Control": "no-store"})
    return HttpResponse(account_calendar(user), content_type="text/calendar; charset=utf-8", headers=headers)
