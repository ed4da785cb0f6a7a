"""The exception report, also if DEBUG is on."""

from django.test import RequestFactory
from django.views.debug import ExceptionReporter, get_exception_reporter_filter


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
