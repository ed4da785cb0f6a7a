"""The summary of a form's errors, shown above the form."""

from django import template
from django.core.exceptions import ValidationError

register = template.Library()


@register.filter
def headline(error: ValidationError) -> str:
    """Return what is wrong. How to correct it stands at the field; an error without a headline is shown whole."""
    own: str | None = getattr(error, "headline", None)
    return own or " ".join(error.messages)
