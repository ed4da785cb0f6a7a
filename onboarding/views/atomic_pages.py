"""The pages of allauth that change an account and tell its owner by email: both are stored, or neither."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

# The names of their URLs. The sign-up has a transaction of its own, in `views/accounts.py`.
ATOMIC_PAGES = frozenset(
    """
    account_change_password account_set_password account_reset_password_from_key account_email account_confirm_email
    mfa_activate_totp mfa_deactivate_totp mfa_generate_recovery_codes mfa_add_webauthn mfa_remove_webauthn
    socialaccount_connections
    """.split()
)


def with_atomic_pages(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Return `patterns`, in which each POST to one of ATOMIC_PAGES is a transaction."""
    return [_pattern(pattern) for pattern in patterns]


def _pattern(pattern: URLPattern | URLResolver) -> URLPattern | URLResolver:
    if isinstance(pattern, URLResolver):
        inner = with_atomic_pages(pattern.url_patterns)
        return URLResolver(
            pattern.pattern, inner, pattern.default_kwargs, app_name=pattern.app_name, namespace=pattern.namespace
        )
    if pattern.name not in ATOMIC_PAGES:
        return pattern
    return URLPattern(pattern.pattern, _atomic_post(pattern.callback), pattern.default_args, pattern.name)


def _atomic_post(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic() if request.method == "POST" else nullcontext():
            return view(request, *args, **kwargs)

    return wrapped
