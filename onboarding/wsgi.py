"""The WSGI application that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from onboarding.hardening import protect_memory

protect_memory()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding.settings")
application = get_wsgi_application()
