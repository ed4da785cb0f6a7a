"""What the frame of every page shows, beside the page itself."""

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, str]:
    """Return for templates the address for questions; empty if the site has none."""
    return {"site_contact": settings.SITE_CONTACT}
