"""Forms of second factors, with labels: allauth's own make them from the names of the fields, in English."""

from typing import Any

from allauth.mfa.webauthn import forms as webauthn
from django.utils.translation import gettext as _


class AddKeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Adds a security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
