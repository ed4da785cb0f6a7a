"""The API for partners: their onboardings, the CSR, the certificate, and the last test."""

import uuid
from typing import Annotated, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import Form
from django.http import Http404, HttpResponse
from django.utils.datastructures import MultiValueDict
from ninja import Field, Router

from onboarding.api.access import ApiRequest, TokenWith, own_onboarding
from onboarding.api.problems import ProblemError
from onboarding.api.schemas import CertificateIn, CertificateOut, OnboardingList, OnboardingOut, TestOut
from onboarding.forms.base import as_paragraph
from onboarding.limits import UPLOADS
from onboarding.messages.verdict import Verdict
from onboarding.models import Onboarding, Role, TokenScope
from onboarding.views.certificate import certificate_form_of, store_accepted
from onboarding.workflow.api_tokens import record_token_use
from onboarding.workflow.connection_tests import last_test
from onboarding.workflow.expiry import days_until
from onboarding.workflow.limits import consume
from onboarding.workflow.next_step import Step, onboardings_of, progress_of
from onboarding.workflow.requests import checked_csr

PAGE = 50  # onboardings
OFFSET_MAX = 10_000
Offset = Annotated[int, Field(ge=0, le=OFFSET_MAX)]  # where a page of a list begins

router = Router(tags=["onboardings"])
READ, WRITE = TokenWith(TokenScope.READ), TokenWith(TokenScope.WRITE)


def shown(onboarding: Onboarding) -> dict[str, Any]:
    """Return the values of `OnboardingOut`."""
    action = progress_of(onboarding).next_action
    expires = onboarding.expires_at
    return {
        "id": onboarding.pk,
        "login": onboarding.mzp_login,
        "organization": onboarding.organization,
        "environment": onboarding.environment,
        "status": onboarding.status,
        "status_since": onboarding.status_since,
        "next_action": action.value,
        "next_action_text": str(action.title),
        "next_owner": action.owner,
        "expires_at": expires,
        "days_left": days_until(expires) if expires else None,
    }


def page_of(onboardings: Any, offset: int) -> dict[str, Any]:
    """Return the values of `OnboardingList` from `offset` on."""
    found = list(onboardings[offset : offset + PAGE + 1])
    following = offset + PAGE if len(found) > PAGE and offset + PAGE <= OFFSET_MAX else None
    return {"items": [shown(onboarding) for onboarding in found[:PAGE]], "next_offset": following}


def errors_of(form: Form) -> list[dict[str, str]]:
    """Return the errors of a form, each with its field and code."""
    return [
        {"field": field, "code": error.code or "invalid", "text": " ".join(error.messages)}
        for field, errors in form.errors.as_data().items()
        for error in errors
    ]


def form_values(body: CertificateIn) -> tuple[dict[str, str], MultiValueDict[str, Any]]:
    """Return the data and the files for `CertificateForm`."""
    files = [SimpleUploadedFile(file.name or "file", file.content) for file in body.files]
    return body.model_dump(include={"text", "client_id", "client_id_label"}), MultiValueDict({"files": files})


@router.get("/onboardings", response=OnboardingList, auth=READ, operation_id="listOnboardings")
def list_onboardings(request: ApiRequest, offset: Offset = 0) -> Any:
    """List the onboardings of the account, the newest first."""
    return page_of(onboardings_of(request.auth.user).order_by("-created_at", "pk"), offset)


@router.get("/onboardings/{pk}", response=OnboardingOut, auth=READ, operation_id="getOnboarding")
def get_onboarding(request: ApiRequest, pk: uuid.UUID) -> Any:
    """Return an onboarding: its status, what is next, and whose move it is."""
    return shown(own_onboarding(request, pk)[0])


@router.get(
    "/onboardings/{pk}/request.csr",
    auth=READ,
    operation_id="getRequest",
    openapi_extra={
        "responses": {200: {"description": "PEM", "content": {"application/pkcs10": {"schema": {"type": "string"}}}}}
    },
)
def get_request(request: ApiRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the CSR as PEM. One that must be approved first is a 409."""
    progress = progress_of(own_onboarding(request, pk)[0])
    if progress.request is None:
        raise Http404
    if progress.unapproved:
        raise ProblemError(409, "not_approved", "Our desk has to approve the request first.")
    return HttpResponse(checked_csr(progress.request), content_type="application/pkcs10")


@router.get("/onboardings/{pk}/test", response=TestOut, auth=READ, operation_id="getLastTest")
def get_last_test(request: ApiRequest, pk: uuid.UUID) -> Any:
    """Return the last finished test; a 404 if there is none."""
    test = last_test(own_onboarding(request, pk)[0])
    if test is None:
        raise Http404
    verdict = Verdict.from_dict(test.result["verdict"])
    return {
        "id": test.pk,
        "started_at": test.started_at,
        "finished_at": test.finished_at,
        "succeeded": bool(test.result.get("succeeded")),
        "verdict": {
            "code": verdict.code,
            "text": verdict.text,
            "owner": verdict.owner,
            "next_move": verdict.next_move,
        },
    }


@router.post("/onboardings/{pk}/certificate", response=CertificateOut, auth=WRITE, operation_id="uploadCertificate")
def upload_certificate(request: ApiRequest, pk: uuid.UUID, body: CertificateIn) -> Any:
    """Store certificates and a client ID, as the page of the step does. If nothing is accepted, the status is 422."""
    onboarding, _role = own_onboarding(request, pk, Role.MEMBER)
    progress = progress_of(onboarding)
    if progress.closed or not progress.reachable(Step.CERTIFICATE):
        raise ProblemError(409, "state_changed", "This is not possible in the present state.")
    user = request.auth.user
    consume(user, UPLOADS)
    form = certificate_form_of(progress, *form_values(body))
    form.is_valid()
    accepted = form.accepted
    if not (accepted.certificates or accepted.client_id):
        raise ProblemError(422, "not_accepted", "Nothing was stored.", errors_of(form))
    store_accepted(user, progress, form)
    record_token_use(request.auth, "certificate", onboarding)
    return {
        "certificate": accepted.certificates is not None,
        "client_id": accepted.client_id is not None,
        "errors": errors_of(form),
        "remarks": [{"code": found.code, "text": as_paragraph(found)} for found in form.remarks],
    }
