"""The done step: the fleets, and the files to download. A file with the key needs the passphrase and is recorded."""

import re

from django.http import Http404, HttpResponse
from django.views.decorators.debug import sensitive_variables

from onboarding.authentication import missing_confirmation
from onboarding.forms.key import ExportForm
from onboarding.limits import PASSPHRASES
from onboarding.models import Role
from onboarding.pki.bundles import PUBLIC_FILES, jks_command
from onboarding.pki.errors import PkiError
from onboarding.pki.recipes import recipes
from onboarding.views.access import PartnerRequest, confirmed, limit_reached, render_step, show_limit, step_page
from onboarding.workflow import downloads
from onboarding.workflow.calendars import expiry_calendar
from onboarding.workflow.connection_tests import last_test
from onboarding.workflow.downloads import connection_settings, curl_command_for
from onboarding.workflow.limits import LimitReachedError
from onboarding.workflow.next_step import Progress, Step

CONTENT_TYPES = {"pem": "application/x-pem-file", "p12": "application/x-pkcs12", "zip": "application/zip"}


@step_page(Step.DONE, "GET", "HEAD", needs=Role.MEMBER)
def done_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show the fleets and the files to keep."""
    external = bool(progress.request and progress.request.externally_generated)
    return _render_done_step(request, progress, ExportForm(externally_generated=external))


def _render_done_step(request: PartnerRequest, progress: Progress, form: ExportForm) -> HttpResponse:
    issued = progress.issued_certificate
    return render_step(
        request,
        Step.DONE,
        progress,
        form=form,
        confirmation=missing_confirmation(request),
        successful_test=last_test(progress.onboarding, succeeded=True),
        recipes=recipes(connection_settings(progress.onboarding), curl_command_for(progress.onboarding)),
        keytool_command=jks_command(),
        has_chain=bool(issued and issued.presented[1:]),
        has_several_cas=bool(issued and issued.anchors[1:]),
    )


def plain_file_name(typed: str) -> str:
    """Return `typed` as part of a file name, without special characters of the Content-Disposition header."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", typed).strip("-") or "fleets"


def attachment(name: str, content: str | bytes, content_type: str = "") -> HttpResponse:
    """Return a file to save, which no cache stores."""
    response = HttpResponse(content, content_type=content_type or CONTENT_TYPES[name.rpartition(".")[2]])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@step_page(Step.TEST, "GET", "HEAD")
def public_file(request: PartnerRequest, progress: Progress, name: str) -> HttpResponse:
    """Download a file without a secret."""
    if progress.issued_certificate is None or name not in PUBLIC_FILES:
        raise Http404
    return attachment(name, PUBLIC_FILES[name](downloads.key_and_certificates(progress.issued_certificate)))


@step_page(Step.TEST, "GET", "HEAD")
def expiry(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Download a calendar entry for the certificate's last day."""
    if progress.issued_certificate is None:
        raise Http404
    calendar = expiry_calendar(progress.issued_certificate)
    return attachment("expiry.ics", calendar, "text/calendar; charset=utf-8")


@step_page(Step.DONE, "POST")
@confirmed("done")
@sensitive_variables("form", "packed", "passphrase", "file_passphrase")
def private_file(request: PartnerRequest, progress: Progress, name: str) -> HttpResponse:
    """Download a file with the key in it; a wrong passphrase shows the page again."""
    if progress.issued_certificate is None or progress.request is None or name not in downloads.PRIVATE_FILES:
        raise Http404
    if progress.request.externally_generated and name != downloads.EVERYTHING:
        raise Http404
    form = ExportForm(
        request.POST,
        externally_generated=progress.request.externally_generated,
        is_pkcs12=name in downloads.PKCS12_FILES,
        onboarding=progress.onboarding,
    )
    subject = progress.onboarding
    if form.is_valid() and not limit_reached(request, form, PASSPHRASES, subject=subject, field="passphrase"):
        passphrase = form.cleaned_data.get("passphrase", "")
        file_passphrase = form.cleaned_data.get("file_passphrase", "")
        try:
            connection = connection_settings(progress.onboarding)
            packed = downloads.export_private_file(
                progress.issued_certificate, request.user, name, connection, passphrase, file_passphrase
            )
            login = plain_file_name(progress.onboarding.mzp_login)
            return attachment(f"{login}-{name}" if name == downloads.EVERYTHING else name, packed)
        except PkiError as error:
            form.add_finding(error.finding, "passphrase")
        except LimitReachedError as error:
            show_limit(request, form, error, subject=subject, field="passphrase")
    return _render_done_step(request, progress, form)
