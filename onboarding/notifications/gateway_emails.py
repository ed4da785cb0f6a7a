"""The emails about changes at a gateway."""

from django.utils.translation import gettext as _

from onboarding.models import GatewayChange, Onboarding
from onboarding.notifications.account_emails import queue_account_email, site_address
from onboarding.notifications.recipients import recipients_of


def send_gateway_notice(change: GatewayChange, onboarding: Onboarding) -> None:
    """Email the people of an onboarding what has changed at its gateway."""
    for address in recipients_of(onboarding):
        queue_account_email(
            address,
            _("A change at Stellantis’ gateway"),
            _("This concerns your onboarding for %(login)s.") % {"login": onboarding.mzp_login},
            change.text,
            change.advice,
            site_address("onboarding:hub", onboarding.pk),
        )
