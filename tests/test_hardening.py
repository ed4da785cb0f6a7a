"""The exception report, also if DEBUG is on."""

import os
import subprocess
import sys

from django.test import RequestFactory
from django.views.debug import ExceptionReporter, get_exception_reporter_filter

from tests.browser.processes import PROJECT


def raised(password):
    """Return the exception information of an error whose frame has a secret."""
    try:
        return password[99]
    except IndexError as error:
        return type(error), error, error.__traceback__


def test_a_report_has_the_names_of_variables_and_no_values(settings):
    """This includes submitted fields and settings, such as a proxy's password."""
    settings.DEBUG = True
    settings.FLEETS_PROXY = "http://agent:pr0xy-secret@proxy.example:3128"
    request = RequestFactory().post("/", {"passphrase": "orchid lantern"})
    error_type, error, traceback = raised("velvet anchor")
    reporter = ExceptionReporter(request, error_type, error, traceback)
    reporter.filter = get_exception_reporter_filter(request)
    for report in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert [secret for secret in ("pr0xy-secret", "orchid lantern", "velvet anchor") if secret in report] == []
        assert [name for name in ("FLEETS_PROXY", "passphrase") if name not in report] == []


def test_the_memory_of_a_web_worker_cannot_be_dumped(tmp_path):
    """A process that has loaded the application writes no core file, and is not dumpable; it still reads its own files.

    `load_identity` reads a file in memory through /proc/self, which the kernel restricts for such a process.
    """
    script = (
        "import ctypes, os, resource\n"
        "import onboarding.wsgi\n"
        "from onboarding.fleets.connecting.tls import _temporary_file\n"
        "os.setuid(65534) if os.getuid() == 0 else None\n"
        "onboarding.wsgi.protect_memory()\n"
        "with _temporary_file(b'identity') as path:\n"
        "    read = open(path, 'rb').read()\n"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE), read)\n"
    )
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env, cwd=PROJECT
    )
    assert done.stdout.strip() == "0 (0, 0) b'identity'"


def test_the_application_loads_without_a_settings_module(tmp_path):
    """As `make run` loads it: DJANGO_SETTINGS_MODULE is not set, so the application sets it itself."""
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    script = "import onboarding.wsgi, os; print(os.environ['DJANGO_SETTINGS_MODULE'])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env, cwd=PROJECT
    )
    assert done.stdout.strip() == "onboarding.settings"
