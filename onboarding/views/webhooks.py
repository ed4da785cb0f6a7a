"""The page of an account's webhooks, with their deliveries."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding.forms.webhooks import WebhookForm
from onboarding.models import Webhook, WebhookDelivery
from onboarding.review.additions import is_id
from onboarding.views.access import PartnerRequest, posted_value
from onboarding.workflow.webhooks import (
    TooManyWebhooksError,
    make_webhook,
    remove_webhook,
    retry_delivery,
    secret_of,
)

DELIVERIES_SHOWN = 50


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: PartnerRequest) -> HttpResponse:
    """List the webhooks and their deliveries; add or remove a webhook, or send a delivery again.

    The secret is shown once, so the response to the form itself has it.
    """
    for name, change in (("remove", _remove), ("again", _send_again)):
        if request.method == "POST" and name in request.POST:
            if is_id(pk := posted_value(request, name)):
                change(request, int(pk))
            return redirect("account_webhooks")
    context: dict[str, Any] = {}
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            context["secret"] = secret_of(make_webhook(request.user, form.cleaned_data["url"]))
            form = WebhookForm()
        except TooManyWebhooksError:
            form.refuse(_("You have too many webhooks. Remove one first."))
    deliveries = WebhookDelivery.objects.filter(webhook__user=request.user).select_related("onboarding", "webhook")
    context |= {
        "form": form,
        "webhooks": Webhook.objects.filter(user=request.user),
        "deliveries": deliveries[:DELIVERIES_SHOWN],
    }
    return render(request, "account/webhooks.html", context)


def _remove(request: PartnerRequest, pk: int) -> None:
    remove_webhook(request.user, pk)
    messages.success(request, _("The webhook is removed."))


def _send_again(request: PartnerRequest, pk: int) -> None:
    if retry_delivery(request.user, pk):
        messages.success(request, _("We are sending it again."))
