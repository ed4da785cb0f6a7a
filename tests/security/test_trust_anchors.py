"""A CA certificate decides who gets the partner's password, so only the partner or the settings trust one (ASVS 12.3.4).

The gateway of these tests has a certificate of a CA that the review desk adds. It records the passwords that it gets.
"""

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core import mail
from django.urls import reverse

from onboarding.models import AuditRecord, ConnectionTest
from onboarding.models.certificates import certificate_fingerprint
from onboarding.pki.keys import generate_key
from onboarding.pki.validation.certificates import validate_certificates
from onboarding.rehearsal.authority import pem
from onboarding.workflow import certificates, review
from onboarding.workflow.transitions import TransitionNotAllowedError
from tests import factories
from tests.fleets.conftest import issue_for_loopback
from tests.views.test_certificate import Ca, named

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "the password of the login"
