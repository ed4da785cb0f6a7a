"""Filters for dates and times in the reader's language and time zone. Every template has them without a `load`."""

from django import template

from onboarding import languages

register = template.Library()
register.filter("day", languages.day)
register.filter("moment", languages.moment)
register.filter("short_moment", languages.short_moment)
