"""The emails about changes at a gateway."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from onboarding.models import GatewayChange, NoticeGroup, Onboarding, OutgoingEmail
from onboarding.notifications.account_emails import site_address
from onboarding.notifications.email_text import EmailText, joined
from onboarding.notifications.recipients import recipients_of, wanting
from onboarding.workflow import outbox

GATEWAY_CHANGE = "gateway_change"  # the kind of this email


def send_gateway_notice(change: GatewayChange, onboarding: Onboarding) -> None:
    """Email the people of an onboarding what has changed at its gateway."""
    group, params = NoticeGroup.TESTS, {"change": change.pk}
    for user in wanting(recipients_of(onboarding), group):
        outbox.put(GATEWAY_CHANGE, group, user=user, onboarding=onboarding, params=params)


def _gateway_text(email: OutgoingEmail) -> EmailText | None:
    change = GatewayChange.objects.filter(pk=email.params["change"]).first()
    if email.onboarding is None or change is None:
        return None
    hub = site_address("onboarding:hub", email.onboarding.pk)
    body = joined(
        _("This concerns your onboarding for %(login)s.") % {"login": email.onboarding.mzp_login},
        change.text,
        change.advice,
        hub,
    )
    return EmailText("", _("A change at Stellantis’ gateway"), body)


GATEWAY_TEXTS: dict[str, Callable[[OutgoingEmail], EmailText | None]] = {GATEWAY_CHANGE: _gateway_text}
