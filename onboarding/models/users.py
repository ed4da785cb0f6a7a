"""Users: partners and staff."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Creates users, who are identified by their email address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a saved user. Without a `password`, the user can't sign in with a password."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a saved user with all permissions in the admin."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractUser):
    """A partner or a member of staff, who signs in with their email address."""

    username = None  # type: ignore[assignment]  # Django's documented way to remove the field
    email = models.EmailField(_("email address"), unique=True)
    # How the user reads the site and its emails; empty if the browser decides. `onboarding.languages` has the choices.
    language = models.CharField(_("language"), max_length=16, blank=True, default="", db_default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", db_default="")

    stored_flags: dict[str, bool]  # the roles' columns as they are stored; `workflow.account_audit` compares them

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]  # the inherited manager is typed for username
