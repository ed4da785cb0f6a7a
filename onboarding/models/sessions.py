"""Sessions, in a form that is useless to whoever reads the table: the key is hashed, the data encrypted with it."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from onboarding.middleware import client_address
from onboarding.models.users import User

USER_AGENT_MAX = 200  # characters of a browser's description that are kept
SIGNED_IN_AT, USER_AGENT_KEY, ADDRESS_KEY = "signed_in_at", "user_agent", "address"  # keys of the session's data


class Session(AbstractBaseSession):
    """A session. `session_key` is the SHA-256 of the cookie, so a copy of the table signs nobody in.

    The cookie has 165 random bits, so the hash needs neither a salt nor a slow function.
    """

    session_key = models.CharField(primary_key=True, max_length=64)
    # No constraint in the database: the row of a session is written before it is known whether its user still exists.
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", db_constraint=False)
    signed_in_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=USER_AGENT_MAX, blank=True)

    def __str__(self) -> str:
        return f"session of {self.signed_in_at}"  # not shown: for shells and logs

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Return the store below."""
        return SessionStore

    def remaining(self, now: datetime) -> timedelta:
        """Return the time until the session ends, unless it is used before; not positive if it has ended.

        A session without a user has no limits but the age of its cookie.
        """
        if self.user is None:
            return self.expire_date - now
        if self.signed_in_at is None:
            return timedelta(0)
        idle, absolute = settings.SESSION_LIMITS["staff" if self.user.is_staff else "partner"]
        return min(self.last_seen_at + idle, self.signed_in_at + absolute) - now


def hashed_session_key(cookie: str) -> str:
    """Return the key under which the session with this cookie is stored."""
    return hashlib.sha256(cookie.encode()).hexdigest()


class SessionStore(DatabaseStore):
    """Django's store in the database, with hashed keys, encrypted data, and limits of idleness and age.

    `row` is the row that was loaded; None if there was none. `session_key` is what the cookie contains.
    """

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the model of the rows."""
        return Session

    def _cookie(self) -> str:
        return str(self._get_or_create_session_key())  # type: ignore[attr-defined]  # in Django, not in its stubs

    def _cipher(self) -> Fernet:
        key = hashlib.sha256(b"session data" + self._cookie().encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))

    def encode(self, session_dict: Mapping[str, Any]) -> str:
        """Return the data as stored: signed by Django, then encrypted under a key that only the cookie gives."""
        return self._cipher().encrypt(super().encode(dict(session_dict)).encode()).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Return the data; nothing if it was not written with this cookie."""
        try:
            return super().decode(self._cipher().decrypt(session_data).decode())
        except InvalidToken:
            return {}

    def _get_session_from_db(self) -> Session | None:
        """Return the row of the session; None if there is none. A session over its limits is deleted."""
        now = timezone.now()
        rows = Session.objects.select_related("user")
        self.row = rows.filter(session_key=hashed_session_key(str(self.session_key)), expire_date__gt=now).first()
        if self.row is not None and self.row.remaining(now) <= timedelta(0):
            self.row.delete()
            self.row = None
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        """Whether there is a session with this cookie."""
        return Session.objects.filter(session_key=hashed_session_key(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row for `data`, used just now."""
        user = data.get(SESSION_KEY)
        signed_in_at = data.get(SIGNED_IN_AT)
        return Session(
            session_key=hashed_session_key(self._cookie()),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=int(user) if user else None,
            signed_in_at=datetime.fromisoformat(signed_in_at) if signed_in_at else None,
            address=data.get(ADDRESS_KEY),
            user_agent=data.get(USER_AGENT_KEY, ""),
        )

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session with this cookie, or the present one."""
        cookie = session_key or self.session_key
        if cookie:
            Session.objects.filter(session_key=hashed_session_key(cookie)).delete()


def note_sign_in(request: HttpRequest, **_signal: object) -> None:
    """Note when and from where the session was signed in: the start of its absolute limit."""
    request.session[SIGNED_IN_AT] = timezone.now().isoformat()
    request.session[ADDRESS_KEY] = client_address()
    request.session[USER_AGENT_KEY] = request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_MAX]
