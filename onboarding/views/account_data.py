"""What an account can do with its own data: export it, and have everything erased.

Both pages ask for a confirmation of the session first, as every page that changes an account does.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onboarding.limits import CHECKS
from onboarding.models import AuditKind
from onboarding.views.access import PartnerRequest, limit_page
from onboarding.workflow.account_export import export_account
from onboarding.workflow.audit import record_audit
from onboarding.workflow.erasure import StaffAccountError, erase_account
from onboarding.workflow.limits import LimitReachedError, consume


@login_required
@never_cache
@require_safe
def export(request: PartnerRequest) -> HttpResponse:
    """Download everything about the account as a zip file of JSON, without secrets."""
    try:
        consume(request.user, CHECKS)
    except LimitReachedError as error:
        return limit_page(request, error)
    record_audit(AuditKind.ACCOUNT_CHANGED, actor=request.user, subject=request.user, details={"exported": True})
    headers = {"Content-Disposition": 'attachment; filename="account.zip"'}
    return HttpResponse(export_account(request.user), content_type="application/zip", headers=headers)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: PartnerRequest) -> HttpResponse:
    """Say what an erasure removes. POST erases the account, and signs out."""
    if request.method == "POST" and request.POST.get("confirmed") == "1":
        try:
            erase_account(request.user, request.user, "owner")
        except StaffAccountError:
            messages.error(
                request, _("Your account has a role at the review desk. Ask a colleague to remove it first.")
            )
            return redirect("account")
        request.session.flush()  # not logout(), which would record the address of the erased account again
        messages.success(request, _("Your account was erased."))
        return redirect("onboarding:home")
    return render(request, "account/erase.html", {"onboardings": request.user.onboardings.all()[:50]})
