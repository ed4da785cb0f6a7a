"""Verdicts on limits, and on a gateway that is out of service: each can say how long to wait."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import Text, ngettext_lazy
from onboarding.messages.text import gettext_noop as _

WAIT_FOR_LIMIT = _(
    "Wait that long, then test again. Requests of your other programs with this login or client ID count, too."
)


def _rate_limited(text: Text) -> Template:
    return Template(Owner.PARTNER, text, WAIT_FOR_LIMIT)


def _quota_exceeded(text: Text) -> Template:
    return Template(Owner.PARTNER, text, WAIT_FOR_LIMIT, confidence=Confidence.PROBABLE)


def _account_locked(text: Text) -> Template:
    return Template(
        Owner.OPERATOR,
        text,
        _(
            "Wait that long, then test once with the right password, and try no others. If it is still locked then, "
            "send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    )


def _out_of_service(text: Text) -> Template:
    return Template(
        Owner.OPERATOR,
        text,
        _("Wait that long. If the test still fails, send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    )


LIMIT_VERDICTS: dict[str, Template] = {
    "rate_limited": Template(
        Owner.PARTNER,
        _("The gateway refused the request because there were too many requests."),
        _("Wait an hour, then test again. Requests of your other programs with this login or client ID count, too."),
    ),
    "rate_limited.wait": _rate_limited(
        ngettext_lazy(
            "There were too many requests, so the gateway refused this one. It asks you to wait {seconds} second.",
            "There were too many requests, so the gateway refused this one. It asks you to wait {seconds} seconds.",
            "seconds",
        )
    ),
    "rate_limited.wait_minutes": _rate_limited(
        ngettext_lazy(
            "There were too many requests, so the gateway refused this one. It asks you to wait {count} minute.",
            "There were too many requests, so the gateway refused this one. It asks you to wait {count} minutes.",
            "count",
        )
    ),
    "rate_limited.wait_hours": _rate_limited(
        ngettext_lazy(
            "There were too many requests, so the gateway refused this one. It asks you to wait {count} hour.",
            "There were too many requests, so the gateway refused this one. It asks you to wait {count} hours.",
            "count",
        )
    ),
    "quota_exceeded": Template(
        Owner.PARTNER,
        _("The gateway says that the number of requests that you may make is used up."),
        _(
            "Such limits usually count a day or a month. Test again tomorrow. Requests of your other programs with "
            "this login or client ID count, too."
        ),
        confidence=Confidence.PROBABLE,
    ),
    "quota_exceeded.wait": _quota_exceeded(
        ngettext_lazy(
            "The gateway says that the requests that you may make are used up. It asks you to wait {seconds} second.",
            "The gateway says that the requests that you may make are used up. It asks you to wait {seconds} seconds.",
            "seconds",
        )
    ),
    "quota_exceeded.wait_minutes": _quota_exceeded(
        ngettext_lazy(
            "The gateway says that the requests that you may make are used up. It asks you to wait {count} minute.",
            "The gateway says that the requests that you may make are used up. It asks you to wait {count} minutes.",
            "count",
        )
    ),
    "quota_exceeded.wait_hours": _quota_exceeded(
        ngettext_lazy(
            "The gateway says that the requests that you may make are used up. It asks you to wait {count} hour.",
            "The gateway says that the requests that you may make are used up. It asks you to wait {count} hours.",
            "count",
        )
    ),
    "account_locked.wait": _account_locked(
        ngettext_lazy(
            "The gateway says that something is locked for {seconds} second: probably the login {login}.",
            "The gateway says that something is locked for {seconds} seconds: probably the login {login}.",
            "seconds",
        )
    ),
    "account_locked.wait_minutes": _account_locked(
        ngettext_lazy(
            "The gateway says that something is locked for {count} minute: probably the login {login}.",
            "The gateway says that something is locked for {count} minutes: probably the login {login}.",
            "count",
        )
    ),
    "account_locked.wait_hours": _account_locked(
        ngettext_lazy(
            "The gateway says that something is locked for {count} hour: probably the login {login}.",
            "The gateway says that something is locked for {count} hours: probably the login {login}.",
            "count",
        )
    ),
    "out_of_service": Template(
        Owner.OPERATOR,
        _("The gateway is out of service at the moment ({status})."),
        _("Try again in an hour. If the test still fails, send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "out_of_service.wait": _out_of_service(
        ngettext_lazy(
            "The gateway is out of service at the moment ({status}). It asks you to wait {seconds} second.",
            "The gateway is out of service at the moment ({status}). It asks you to wait {seconds} seconds.",
            "seconds",
        )
    ),
    "out_of_service.wait_minutes": _out_of_service(
        ngettext_lazy(
            "The gateway is out of service at the moment ({status}). It asks you to wait {count} minute.",
            "The gateway is out of service at the moment ({status}). It asks you to wait {count} minutes.",
            "count",
        )
    ),
    "out_of_service.wait_hours": _out_of_service(
        ngettext_lazy(
            "The gateway is out of service at the moment ({status}). It asks you to wait {count} hour.",
            "The gateway is out of service at the moment ({status}). It asks you to wait {count} hours.",
            "count",
        )
    ),
}
