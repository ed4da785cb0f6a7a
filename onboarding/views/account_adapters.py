"""What this site changes about allauth: who may sign up, links and emails, passwords, and secrets in the database."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.forms import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.models import User
from onboarding.notifications.account_emails import queue_allauth_email

INVITED_ADDRESS = "invited_address"  # the key in the session; the invitation has confirmed this address
SECOND_FACTOR_METHODS = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "sc"})  # of the claim `amr`, RFC 8176


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-up by the site's rule; emails go to the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether this visitor may sign up: anybody, somebody with an invitation, or nobody."""
        return settings.SIGNUP == "open" or (
            settings.SIGNUP == "invitation" and bool(request.session.get(INVITED_ADDRESS))
        )

    def clean_email(self, email: str) -> str:
        """Refuse an address that was not invited, if sign-up is by invitation."""
        request = context.request
        invited = request.session.get(INVITED_ADDRESS)
        if settings.SIGNUP == "invitation" and request.user.is_anonymous and invited != email.lower():
            raise ValidationError(_("Sign up with the address that your invitation was sent to."))
        return email

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Store an email about an account in the outbox. A worker makes its text and its links when it sends it."""
        queue_allauth_email(template_prefix, email, context)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Send an email about a change; one about the address goes to the old and to the new address."""
        addresses = {email or user.email, (context or {}).get("to_email", email or user.email)}
        for address in sorted(addresses):
            super().send_notification_mail(template_prefix, user, {"user": user} | (context or {}), address)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keeps the secrets of second factors encrypted: a copy of the database computes no code."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not correct. Enter the newest code.")
    }

    def encrypt(self, text: str) -> str:
        """Return `text` encrypted under SECRET_KEY."""
        return str(_cipher().encrypt(text.encode()).decode())

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text that was encrypted under SECRET_KEY or one of SECRET_KEY_FALLBACKS."""
        return str(_cipher().decrypt(encrypted_text).decode())

    def _get_site_name(self) -> str:
        return _("Fleet API onboarding")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the site that security keys are bound to: the host of SITE_URL."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": self._get_site_name()}


def _cipher() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(b"secrets of second factors" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in through an identity provider."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether somebody without an account may get one: by the same rule as without a provider."""
        return AccountAdapter(request).is_open_for_signup(request)


def accept_invitation(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Mark the address of a new account as confirmed, if its owner came with an invitation to it."""
    if request.session.pop(INVITED_ADDRESS, None) == user.email.lower():
        confirmed = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=confirmed)


def note_provider_second_factor(
    request: HttpRequest, method: str, provider: str = "", uid: str = "", **_signal: Any
) -> None:
    """Note in the session that the identity provider says that it has checked a second factor."""
    account = SocialAccount.objects.filter(provider=provider, uid=uid).first() if method == "socialaccount" else None
    claims = (account.extra_data.get("id_token") or {}) if account else {}
    used = SECOND_FACTOR_METHODS & set(claims.get("amr") or [])
    if used or (settings.OIDC_SECOND_FACTOR_ACR and claims.get("acr") == settings.OIDC_SECOND_FACTOR_ACR):
        records = request.session["account_authentication_methods"]
        records[-1]["second_factor"] = True
        request.session["account_authentication_methods"] = records
