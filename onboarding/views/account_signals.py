"""Which of our functions run when allauth changes an account."""

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in

from onboarding.views.account_adapters import accept_invitation, note_provider_second_factor
from onboarding.workflow import accounts


def connect() -> None:
    """Connect the functions to the signals of allauth and of Django."""
    for signal in (account.password_changed, account.password_set, account.password_reset):
        signal.connect(accounts.on_password_change)
    account.user_signed_up.connect(accept_invitation)
    user_logged_in.connect(accounts.remember_language)
    account.email_added.connect(accounts.on_address_added)
    account.email_changed.connect(accounts.on_address_changed)
    account.authentication_step_completed.connect(note_provider_second_factor)
    mfa.authenticator_added.connect(accounts.on_second_factor_added)
    mfa.authenticator_reset.connect(accounts.on_second_factor_added)
    mfa.authenticator_removed.connect(accounts.on_second_factor_removed)
