"""The URL configuration.

A step's URL is `onboardings/<id>/<step>/`. The name of the step is its URL name, and its view is `<step>_step`.
"""

import allauth.urls
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from onboarding.api import problems
from onboarding.api.site import api
from onboarding.pki.bundles import PUBLIC_FILES
from onboarding.views import (
    access,
    account_data,
    accounts,
    api_tokens,
    calendars,
    certificate,
    colleagues,
    connection_test,
    details,
    done,
    guide,
    key,
    languages,
    notices,
    onboardings,
    queue,
    request,
    webhooks,
)
from onboarding.views.atomic_pages import with_atomic_pages
from onboarding.workflow.downloads import PRIVATE_FILES

ONBOARDING = "onboardings/<uuid:pk>/"
handler400 = problems.bad_request
handler403 = access.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
handler429 = access.too_many_requests  # allauth looks it up here

partner_urls: list[URLPattern | URLResolver] = [
    path("", onboardings.home, name="home"),
    path("onboardings/", onboardings.onboardings, name="onboardings"),
    path("check/", request.check_request, name="check"),
    path("queue/", queue.queue, name="queue"),
    path("onboardings/new/", details.new, name="new"),
    path(ONBOARDING, onboardings.hub, name="hub"),
    path(f"{ONBOARDING}withdraw/", onboardings.withdraw, name="withdraw"),
    path(f"{ONBOARDING}discard/", onboardings.discard, name="discard"),
    path(f"{ONBOARDING}real/", onboardings.real, name="real"),
    path(f"{ONBOARDING}replace/", onboardings.replace, name="replace"),
    path(f"{ONBOARDING}renew/", onboardings.renew, name="renew"),
    path(f"{ONBOARDING}close/", onboardings.close_renewed, name="close_renewed"),
    path(f"{ONBOARDING}watch/", onboardings.watch_gateway, name="watch_gateway"),
    path(f"{ONBOARDING}colleagues/", colleagues.colleagues, name="colleagues"),
    path(f"{ONBOARDING}colleagues/remove/", colleagues.remove, name="remove_colleague"),
    path(f"{ONBOARDING}colleagues/revoke/", colleagues.revoke, name="revoke_invitation"),
    path(f"{ONBOARDING}colleagues/hand-over/", colleagues.hand_over, name="hand_over"),
    path(f"{ONBOARDING}colleagues/emails/", colleagues.emails, name="colleague_emails"),
    path(f"{ONBOARDING}leave/", colleagues.leave, name="leave"),
    path("invitations/<str:token>/", colleagues.invitation, name="invitation"),
    path("calendar/<str:token>/onboardings.ics", calendars.feed, name="calendar_feed"),
    path(f"{ONBOARDING}login/", details.login_step, name="login"),
    path(f"{ONBOARDING}company/", details.company_step, name="company"),
    path(f"{ONBOARDING}key/", key.key_step, name="key"),
    path(f"{ONBOARDING}key/passphrase/", key.passphrase, name="passphrase"),
    path(f"{ONBOARDING}request/", request.request_step, name="request"),
    path(f"{ONBOARDING}request/request.csr", request.request_csr, name="request_csr"),
    path(f"{ONBOARDING}request/email.eml", request.request_email, name="request_email"),
    path(f"{ONBOARDING}request/reminder.ics", request.request_reminder, name="request_reminder"),
    path(f"{ONBOARDING}request/sign/", request.sign_request, name="sign"),
    path(f"{ONBOARDING}certificate/", certificate.certificate_step, name="certificate"),
    path(f"{ONBOARDING}certificate/email/<str:name>", certificate.practice_file, name="practice_file"),
    path(f"{ONBOARDING}certificate/forget/", certificate.forget_client_id, name="forget_client_id"),
    path(f"{ONBOARDING}certificate/distrust/", certificate.distrust_ca, name="distrust_ca"),
    path(f"{ONBOARDING}test/", connection_test.test_step, name="test"),
    path(f"{ONBOARDING}test/faults/", connection_test.faults, name="faults"),
    path(f"{ONBOARDING}test/cancel/", connection_test.cancel_test, name="cancel_test"),
    path(f"{ONBOARDING}test/report.txt", connection_test.report, {"kind": "txt"}, name="report_txt"),
    path(f"{ONBOARDING}test/report.json", connection_test.report, {"kind": "json"}, name="report_json"),
    path(f"{ONBOARDING}done/", done.done_step, name="done"),
    *[
        path(f"{ONBOARDING}done/{name}", done.public_file, {"name": name}, name=name.replace(".", "_"))
        for name in PUBLIC_FILES
    ],
    path(f"{ONBOARDING}done/expiry.ics", done.expiry, name="expiry"),
    *[
        path(f"{ONBOARDING}done/{name}", done.private_file, {"name": name}, name=name.replace(".", "_"))
        for name in PRIVATE_FILES
    ],
]

help_urls: list[URLPattern | URLResolver] = [
    path("help/", guide.index, name="index"),
    path("help/glossary/", guide.glossary, name="glossary"),
    path("help/steps/<str:step>/", guide.step_help, name="step"),
    path("help/failures/", guide.failures, name="failures"),
    path("help/failures/<str:code>/", guide.failure, name="failure"),
    path("privacy/", guide.site_page, {"page": "privacy"}, name="privacy"),
    path("accessibility/", guide.site_page, {"page": "accessibility"}, name="accessibility"),
    path("legal/", guide.site_page, {"page": "legal"}, name="legal"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((partner_urls, "onboarding"))),
    path("", include((help_urls, "help"))),
    path("language/", languages.language, name="language"),
    path("accounts/", accounts.account, name="account"),
    path("accounts/signup/", accounts.signup, name="account_signup"),
    path("accounts/invitation/<str:token>/", accounts.invitation, name="account_invitation"),
    path("accounts/calendar/", calendars.calendar, name="account_calendar"),
    path("accounts/emails/", notices.notices, name="account_notices"),
    path("accounts/emails/stop/<str:token>/", notices.unsubscribe, name="account_unsubscribe"),
    path("accounts/tokens/", api_tokens.tokens, name="account_tokens"),
    path("accounts/webhooks/", webhooks.webhooks, name="account_webhooks"),
    path("accounts/sessions/", accounts.sessions, name="account_sessions"),
    path("accounts/session/", accounts.session, name="account_session"),
    path("accounts/session/renewed/", accounts.session_renewed, name="account_session_renewed"),
    path("accounts/export/", account_data.export, name="account_export"),
    path("accounts/erase/", account_data.erase, name="account_erase"),
    path("accounts/confirm/provider/", accounts.confirm_provider, name="account_confirm_provider"),
    path("accounts/", include(with_atomic_pages(allauth.urls.urlpatterns))),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]
