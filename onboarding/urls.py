"""Every address: a step's is its name, under the onboarding's own."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from onboarding.views import accounts, check, connection_test, downloads, onboardings, steps
from onboarding.workflow.downloads import PRIVATE_FILES

ONE = "onboardings/<uuid:pk>/"
handler400 = onboardings.unreadable

partner_urls: list[URLPattern | URLResolver] = [
    path("", onboardings.home, name="home"),
    path("onboardings/", onboardings.onboardings, name="onboardings"),
    path("check/", check.check, name="check"),
    path("onboardings/new/", steps.new, name="new"),
    path(ONE, onboardings.hub, name="hub"),
    path(f"{ONE}withdraw/", onboardings.withdraw, name="withdraw"),
    path(f"{ONE}discard/", onboardings.discard, name="discard"),
    path(f"{ONE}replace/", onboardings.replace, name="replace"),
    path(f"{ONE}login/", steps.login, name="login"),
    path(f"{ONE}company/", steps.company, name="company"),
    path(f"{ONE}key/", steps.key, name="key"),
    path(f"{ONE}request/", steps.request, name="request"),
    path(f"{ONE}request/request.csr", downloads.request_csr, name="request_csr"),
    path(f"{ONE}request/sign/", steps.sign, name="sign"),
    path(f"{ONE}certificate/", steps.certificate, name="certificate"),
    path(f"{ONE}certificate/mail/<str:name>", downloads.handed_over, name="handed_over"),
    path(f"{ONE}certificate/forget/", steps.forget_client_id, name="forget_client_id"),
    path(f"{ONE}test/", connection_test.test, name="test"),
    path(f"{ONE}test/faults/", connection_test.faults, name="faults"),
    path(f"{ONE}test/cancel/", connection_test.cancel_test, name="cancel_test"),
    path(f"{ONE}test/report.txt", connection_test.report, {"kind": "txt"}, name="report_txt"),
    path(f"{ONE}test/report.json", connection_test.report, {"kind": "json"}, name="report_json"),
    path(f"{ONE}done/", steps.done, name="done"),
    *[
        path(f"{ONE}done/{name}", downloads.public_file, {"name": name}, name=name.replace(".", "_"))
        for name in downloads.PUBLIC_FILES
    ],
    path(f"{ONE}done/expiry.ics", downloads.expiry, name="expiry"),
    *[
        path(f"{ONE}done/{name}", downloads.private_file, {"name": name}, name=name.replace(".", "_"))
        for name in PRIVATE_FILES
    ],
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((partner_urls, "onboarding"))),
    path("accounts/signup/", accounts.signup, name="account_signup"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
