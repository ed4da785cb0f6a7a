"""What a page about an exception shows, also while DEBUG is on."""

from django.test import RequestFactory
from django.views.debug import ExceptionReporter, get_exception_reporter_filter


def raised(password):
    """An exception with a secret in its frame."""
    try:
        return password[99]
    except IndexError as error:
        return type(error), error, error.__traceback__


def test_a_report_names_everything_and_shows_no_value(settings):
    """Variables, submitted fields and settings are there by name; a proxy's password in a setting is not."""
    settings.DEBUG = True
    settings.FLEETS_PROXY = "http://agent:pr0xy-secret@proxy.example:3128"
    request = RequestFactory().post("/", {"passphrase": "orchid lantern"})
    kind, error, frames = raised("velvet anchor")
    reporter = ExceptionReporter(request, kind, error, frames)
    reporter.filter = get_exception_reporter_filter(request)
    for report in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert [secret for secret in ("pr0xy-secret", "orchid lantern", "velvet anchor") if secret in report] == []
        assert [name for name in ("FLEETS_PROXY", "passphrase") if name not in report] == []
