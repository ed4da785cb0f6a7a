"""Sending a mail again that the mail server refused."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from onboarding.desk.roles import actor_of
from onboarding.journey import NotNowError
from onboarding.journey.desk import RefusedError, send_again
from onboarding.models import Notice, Onboarding

SEND_AGAIN = "send_again"


def mail_again(request: HttpRequest, one: Onboarding) -> HttpResponseRedirect:
    """Try the mail that the form names, and go back to the case."""
    if request.method == "POST":
        named = request.POST.get("notice", "")
        notice = Notice.objects.filter(pk=int(named), onboarding=one).first() if _is_number(named) else None
        if notice is None:
            raise Http404
        _try(request, notice)
    return redirect("admin:onboarding_onboarding_change", one.pk)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # a longer one is in no column


def _try(request: HttpRequest, notice: Notice) -> None:
    try:
        send_again(notice, actor_of(request))
    except RefusedError as error:
        messages.error(request, f"The mail can’t be sent: {error}.")
        return
    except NotNowError:
        messages.info(request, "This mail is sent already, or is being sent right now.")
        return
    notice.refresh_from_db()
    if notice.sent_at:
        messages.success(request, f"The mail is sent to {notice.to}.")
    else:
        messages.error(request, "The mail server refused it again; the server’s log says how.")
