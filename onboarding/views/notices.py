"""The pages on which an account chooses its emails, and ends a kind of them with one click."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from onboarding.models import NoticeGroup, User
from onboarding.notifications.recipients import choose, offered_groups, wants
from onboarding.notifications.rendering import unsubscribed
from onboarding.views.access import PartnerRequest


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: PartnerRequest) -> HttpResponse:
    """Show the groups of emails, and store which of them the account gets."""
    groups = offered_groups(request.user)
    if request.method == "POST":
        chosen = request.POST.getlist("group")
        for group in groups:
            choose(request.user, group, wanted=group.value in chosen)
        messages.success(request, _("Your choice is saved."))
        return redirect("account_notices")
    choices = [(group, wants(request.user, group)) for group in groups]
    return render(request, "account/notices.html", {"choices": choices})


@csrf_exempt  # the mail program of the reader sends this form (RFC 8058); the link is signed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the emails that the link names, without a sign-in. GET shows a button, because programs open links."""
    try:
        pk, group = unsubscribed(token)
    except signing.BadSignature:
        raise Http404 from None
    user = User.objects.filter(pk=pk).first()
    if user is None or group not in NoticeGroup.values or group == NoticeGroup.SECURITY:
        raise Http404
    if request.method == "POST":
        choose(user, group, wanted=False)
    context = {"group": NoticeGroup(group), "ended": request.method == "POST"}
    return render(request, "account/unsubscribe.html", context)
