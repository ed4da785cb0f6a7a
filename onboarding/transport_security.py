"""Checks of the settings: what leaves the machine is encrypted, and the address of the site needs a proxy."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from onboarding.pki.transit import TransitKey

TLS_MODES = {"require", "verify-ca", "verify-full"}  # of libpq; its default, "prefer", accepts a server without TLS


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine: a loopback address or name, or the folder of a Unix socket."""
    if not host or host.startswith(("/", "@")) or host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_database(database: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured if DATABASE_URL leads to a PostgreSQL server on another machine without TLS."""
    if database["ENGINE"] != "django.db.backends.postgresql":
        return
    options: dict[str, Any] = database.get("OPTIONS", {})
    named = [options.get("host"), options.get("hostaddr"), database.get("HOST")]
    given = [str(value) for value in named if value] or [
        os.environ[name] for name in ("PGHOST", "PGHOSTADDR") if os.environ.get(name)
    ]
    remote = [host for value in given for host in value.split(",") if not is_loopback(host)]
    if (remote or options.get("service")) and options.get("sslmode") not in TLS_MODES:
        where = remote[0] if remote else options["service"]
        raise ImproperlyConfigured(
            f"DATABASE_URL connects to {where} without TLS. Add ?sslmode=verify-full, and &sslrootcert=FILE for the CA "
            "of the server."
        )


def check_email(email: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured if EMAIL_URL leads to a mail server on another machine without TLS."""
    if not email["EMAIL_BACKEND"].endswith(".smtp.EmailBackend") or is_loopback(email.get("EMAIL_HOST") or ""):
        return
    if not (email.get("EMAIL_USE_TLS") or email.get("EMAIL_USE_SSL")):
        raise ImproperlyConfigured(
            f"EMAIL_URL connects to {email['EMAIL_HOST']} without TLS. Use smtp+tls://… (port 587) or smtp+ssl://… "
            "(port 465)."
        )


def check_proxy(*, https: bool, behind_proxy: bool) -> None:
    """Raise ImproperlyConfigured if the site would be served over https without a proxy.

    Each connection that sends slowly occupies a thread of gunicorn. A proxy that buffers requests keeps them away.
    """
    if https and not behind_proxy:
        raise ImproperlyConfigured(
            "SITE_URL is an https:// address, and BEHIND_PROXY is not set. Put a proxy in front of the site that ends "
            "TLS and buffers requests (docs/nginx.conf is an example), and set BEHIND_PROXY=1. Without one, a few slow "
            "clients would block every thread."
        )


def check_cache_url(url: str) -> None:
    """Raise ImproperlyConfigured if CACHE_URL is set: it would move counters into a store that can lose them."""
    if url:
        raise ImproperlyConfigured(
            "CACHE_URL is set, but it is not used any more. Remove it: the counters of the limits are in the database, "
            "which all processes share."
        )


def check_hsts(*, subdomains: bool, preload: bool) -> None:
    """Raise ImproperlyConfigured if HSTS_PRELOAD is on without HSTS_SUBDOMAINS, which browsers' lists require."""
    if preload and not subdomains:
        raise ImproperlyConfigured("HSTS_PRELOAD is on without HSTS_SUBDOMAINS. Turn on both, or neither.")


def check_keyring(url: str, file: Path | None, encrypts_with: str) -> None:
    """Raise ImproperlyConfigured if KEYRING_URL can't be used, or leads to another machine without TLS."""
    available = [name for name, value in (("file", file), ("service", url)) if value]
    if encrypts_with not in available:
        raise ImproperlyConfigured(
            f"KEYRING_ENCRYPTS_WITH is {encrypts_with!r}. Set it to {' or '.join(available)}: file needs KEYRING_FILE, "
            "service needs KEYRING_URL."
        )
    if not url:
        return
    try:
        key = TransitKey.from_url(url, Path())
    except ValueError as exc:
        raise ImproperlyConfigured(f"KEYRING_URL can't be used: {exc}.") from exc
    if key.scheme == "http" and not is_loopback(key.host):
        raise ImproperlyConfigured(f"KEYRING_URL connects to {key.host} without TLS. Use vault+https://….")
