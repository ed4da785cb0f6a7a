"""Filters of the wizard's templates: a form's errors, the stored result of a connection test, links to the help."""

from typing import Any

from django import template
from django.core.exceptions import ValidationError

from onboarding.fleets.diagnosis import current_result
from onboarding.guide.failures import help_address
from onboarding.guide.glossary import Term, terms_of
from onboarding.logs import request_reference as current_reference
from onboarding.workflow.next_step import Step

register = template.Library()
register.filter("current_result", current_result)
register.filter("help_address", help_address)


@register.simple_tag
def request_reference() -> str:
    """Return the reference of the request being handled, which an error page shows."""
    return current_reference.get()


@register.filter
def verdict_text(result: dict[str, Any]) -> str:
    """Return the sentence of a stored result's verdict, in the current language."""
    return str(current_result(result)["verdict"]["text"])


@register.filter
def headline(error: ValidationError) -> str:
    """Return what is wrong. How to correct it stands at the field; an error without a headline is shown whole."""
    own: str | None = getattr(error, "headline", None)
    return own or " ".join(error.messages)


@register.filter
def terms(step: Step) -> list[Term]:
    """Return the terms of the glossary that first appear on the page of a step."""
    return terms_of(step)
