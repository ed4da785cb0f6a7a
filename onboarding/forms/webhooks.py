"""The form for a webhook."""

from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from onboarding.forms.base import StepForm
from onboarding.models.webhooks import URL_MAX
from onboarding.workflow.delivering import public_address

NOT_PUBLIC = _("Enter an https address that can be reached from the Internet.")


class WebhookForm(StepForm):
    """The address of a new webhook."""

    url = forms.CharField(label=_("Address"), max_length=URL_MAX, help_text=_("It begins with https://"))

    def clean_url(self) -> str:
        """Refuse what is not a public https address. It is checked again for each delivery."""
        url: str = self.cleaned_data["url"]
        schemes = ["https", "http"] if settings.DEBUG else ["https"]
        try:
            URLValidator(schemes, message=NOT_PUBLIC)(url)
            parts = urlsplit(url)
            if parts.username or parts.fragment or not url.isascii() or not parts.hostname:
                raise ValidationError(NOT_PUBLIC)
            public_address(parts.hostname, parts.port or 443)
        except (OSError, ValueError) as error:
            raise ValidationError(NOT_PUBLIC) from error
        return url
