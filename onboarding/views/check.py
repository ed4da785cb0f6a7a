"""Checking a request without starting an onboarding."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from onboarding.forms.request import CheckForm
from onboarding.views.access import PartnerRequest


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: PartnerRequest) -> HttpResponse:
    """Hold a request against the operator's rules, and show everything that was found; nothing is stored."""
    form = CheckForm(request.POST or None, request.FILES or None)
    checked = form.checked if request.method == "POST" and form.is_valid() else None
    return render(request, "onboarding/check.html", {"form": form, "checked": checked})
