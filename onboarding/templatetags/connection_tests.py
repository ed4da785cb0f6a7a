"""The stored result of a connection test, for templates."""

from collections.abc import Mapping
from typing import Any

from django import template

from onboarding.fleets.results import current_result

register = template.Library()

register.filter("current_result", current_result)


@register.filter
def current_verdict(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the verdict of a stored result, with its sentences in the current language."""
    verdict: dict[str, Any] = current_result(result)["verdict"]
    return verdict
