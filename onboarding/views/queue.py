"""The length of the line before the slow cryptography, for the script that waits before it sends a passphrase."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding.workflow.thread_pool import current_line


@require_safe
@login_required
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """Return whether a form with a passphrase would be refused now, the sentence that says so, and when to ask again.

    Nothing is read or written: this is quick, however long the line is.
    """
    line = current_line()
    return JsonResponse({"full": line.is_full, "text": line.text, "seconds": line.seconds})
