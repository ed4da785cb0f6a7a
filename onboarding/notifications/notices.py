"""The emails that no decision of the desk causes: what colleagues did, what waits, what fails, and what expires."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.languages import day
from onboarding.messages.message import Owner
from onboarding.models import (
    CLOSED,
    Action,
    ConnectionTest,
    IssuedCertificate,
    NoticeGroup,
    Onboarding,
    OutgoingEmail,
    Status,
)
from onboarding.notifications.drafts import follow_up_draft
from onboarding.notifications.email_text import EmailText, joined
from onboarding.notifications.recipients import is_renewed, recipients_of, wanting
from onboarding.workflow import outbox
from onboarding.workflow.next_step import progress_of
from onboarding.workflow.transitions import WITH_OPERATOR, Change
from onboarding.workflow.webhooks import tell_webhooks

NEWS, STILL_WAITING, FAILING, EXPIRY = "news", "waiting", "failing", "expiry"  # the kinds of these emails


@dataclass(frozen=True)
class News:
    """What the colleagues of whoever did something read about it. The parameter of both texts is `login`."""

    group: NoticeGroup
    subject: str | Promise
    text: str | Promise


NEWS_TEXTS: dict[Action, News] = {
    Action.MARK_SENT: News(
        NoticeGroup.PROGRESS,
        gettext_lazy("The request for %(login)s was sent"),
        gettext_lazy("The request for %(login)s was sent to Stellantis. You get an email if no certificate arrives."),
    ),
    Action.ACCEPT_CERTIFICATE: News(
        NoticeGroup.PROGRESS,
        gettext_lazy("The certificate for %(login)s is here"),
        gettext_lazy("The signed certificate for %(login)s was added. The next step is to test the connection."),
    ),
    Action.CONNECT: News(
        NoticeGroup.TESTS,
        gettext_lazy("The connection for %(login)s works"),
        gettext_lazy("A test for %(login)s has succeeded: your server is connected to the fleet API."),
    ),
}


def announce(change: Change, action: Action) -> None:
    """Store the email about `action` for everybody who gets the emails of the onboarding, but not for the actor."""
    tell_webhooks(change.onboarding, action.value)
    group = NEWS_TEXTS[action].group
    others = [user for user in recipients_of(change.onboarding) if user.pk != change.actor.pk]
    for user in wanting(others, group):
        params = {"action": action.value}
        outbox.put(NEWS, group, user=user, onboarding=change.onboarding, actor=change.actor, params=params)


def _hub(onboarding: Onboarding) -> str:
    return settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk])


def _news_text(email: OutgoingEmail) -> EmailText | None:
    if email.onboarding is None:
        return None
    news, values = NEWS_TEXTS[Action(email.params["action"])], {"login": email.onboarding.mzp_login}
    return EmailText("", str(news.subject) % values, joined(str(news.text) % values, _hub(email.onboarding)))


def _waiting_text(email: OutgoingEmail) -> EmailText | None:
    """Return what waits for whom; None if the status has changed since."""
    onboarding = email.onboarding
    if onboarding is None or onboarding.status_since.isoformat() != email.params["since"]:
        return None
    login, days = onboarding.mzp_login, (timezone.now() - onboarding.status_since).days
    progress = progress_of(onboarding)
    if progress.next_action.owner == Owner.PARTNER:
        expires = day(onboarding.expires_at)
        text = progress.next_action.reminder(login, expires)
        return EmailText("", _("A reminder about your onboarding"), joined(text, _hub(onboarding)))
    if onboarding.status not in WITH_OPERATOR or progress.request is None:
        return None
    waited = ngettext(
        "Your request for %(login)s has been with Stellantis for %(days)s day.",
        "Your request for %(login)s has been with Stellantis for %(days)s days.",
        days,
    ) % {"login": login, "days": days}
    draft = follow_up_draft(settings.STELLANTIS_CONTACT, progress.request)
    ready = _("Ask your contact there. You can send this email: %(subject)s") % {"subject": draft.subject}
    return EmailText("", _("No certificate for %(login)s yet") % {"login": login}, joined(waited, ready, draft.body))


def first_failed_test(onboarding: Onboarding) -> ConnectionTest | None:
    """Return the first of the failed tests since the last success; None if the last test succeeded, or there is none.

    Only tests of the current request count, and none at a practice gateway with a fault.
    """
    tests = onboarding.tests.finished().filter(certificate__request__replaced_at=None, cancelled_at=None)
    success = tests.succeeded().order_by("-started_at").first()
    failed = tests.filter(started_at__gt=success.started_at) if success else tests
    return failed.order_by("started_at").first()


def _failing_text(email: OutgoingEmail) -> EmailText | None:
    onboarding = email.onboarding
    if onboarding is None or onboarding.status not in {Status.CERTIFIED, Status.CONNECTED}:
        return None
    first = first_failed_test(onboarding)
    if first is None or str(first.pk) != email.params["test"]:
        return None
    values = {"login": onboarding.mzp_login, "day": day(first.started_at)}
    return EmailText(
        "",
        _("The connection test for %(login)s fails") % values,
        joined(
            _("Every test for %(login)s since %(day)s has failed. The page of the test says what to do.") % values,
            settings.SITE_URL + reverse("onboarding:test", args=[onboarding.pk]),
        ),
    )


def newest_certificate(onboarding: Onboarding) -> IssuedCertificate | None:
    """Return the certificate whose expiry counts, as `Onboarding.expires_at` does; None if there is none."""
    issued = IssuedCertificate.objects.filter(request__onboarding=onboarding)
    return issued.order_by("-received_at", "-pk").first()


def _expiry_text(email: OutgoingEmail) -> EmailText | None:
    """Return when the certificate expires; None if there is a newer one, or nobody needs it any more."""
    onboarding = email.onboarding
    if onboarding is None or onboarding.status in CLOSED or is_renewed(onboarding):
        return None
    newest = newest_certificate(onboarding)
    if newest is None or newest.pk != email.params["certificate"]:
        return None
    values = {"login": onboarding.mzp_login, "day": day(newest.not_after)}
    left = newest.not_after - timezone.now()
    if left <= timedelta(0):
        subject = _("The certificate for %(login)s has expired")
        text = _(
            "The certificate for %(login)s expired on %(day)s. Stellantis refuses your server until it has a new one."
        )
    else:
        days = math.ceil(left / timedelta(days=1))
        values["days"] = str(days)
        subject = ngettext(
            "The certificate for %(login)s expires in %(days)s day",
            "The certificate for %(login)s expires in %(days)s days",
            days,
        )
        text = _(
            "The certificate for %(login)s expires on %(day)s. From then on, Stellantis refuses your server. A new "
            "certificate takes time, so ask for one now."
        )
    return EmailText("", subject % values, joined(text % values, _hub(onboarding)))


NOTICE_TEXTS: dict[str, Callable[[OutgoingEmail], EmailText | None]] = {
    NEWS: _news_text,
    STILL_WAITING: _waiting_text,
    FAILING: _failing_text,
    EXPIRY: _expiry_text,
}
