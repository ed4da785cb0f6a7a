"""What the frame of every page shows, beside the page itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def has_site_pages() -> bool:
    """Return whether the settings say who runs the site, so that its privacy page and others can be shown."""
    return bool(settings.SITE_OPERATOR and settings.SITE_ADDRESS and settings.SITE_CONTACT)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return for templates the address for questions, empty if the site has none, and whether it has its own pages."""
    return {"site_contact": settings.SITE_CONTACT, "has_site_pages": has_site_pages()}
