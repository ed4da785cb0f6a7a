"""The WSGI application that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding.settings")
application = get_wsgi_application()

from onboarding.hardening import protect_memory, wipe_memory_after_requests  # noqa: E402  # it reads the settings

protect_memory()
wipe_memory_after_requests()
