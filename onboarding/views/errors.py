"""The error pages that need more than a template: 400, 413 and 429."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

RETRY_AFTER = 60  # seconds; all of allauth's limits that lead to this page count per minute


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for a request that can't be parsed (400) or exceeds a size limit (413)."""
    if isinstance(exception, RequestDataTooBig):
        limits = {
            "files_mb": settings.FILE_UPLOAD_MAX_MEMORY_SIZE // 1024**2,
            "text_mb": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2,
        }
        return render(request, "413.html", limits, status=413)
    return render(request, "400.html", status=400)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the page for a request that exceeds one of allauth's rate limits (429)."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(RETRY_AFTER)
    return response
