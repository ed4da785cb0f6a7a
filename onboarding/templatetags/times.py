"""Filters for languages, dates and times. Every template has them without a `load`."""

from django import template

from onboarding import languages

register = template.Library()
register.filter("day", languages.day)
register.filter("own_name", languages.own_name)
register.filter("moment", languages.moment)
register.filter("short_moment", languages.short_moment)
