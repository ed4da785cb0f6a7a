"""The summary of what is wrong, above a form."""

from django import template
from django.forms import BaseForm

register = template.Library()


@register.filter
def headline(error: str, form: BaseForm) -> str:
    """What is wrong, without how to correct it, which stands at the field; else the whole error."""
    headlines: dict[str, str] = getattr(form, "headlines", {})
    return headlines.get(error, error)
