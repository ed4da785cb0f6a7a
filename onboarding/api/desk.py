"""The API for the operator's own systems: the queue, a case, and the actions of the review desk."""

import uuid
from dataclasses import replace
from typing import Any, Literal

from django.http import Http404
from ninja import Router

from onboarding.api.access import ApiRequest, TokenWith, reviewed_onboarding
from onboarding.api.partners import Offset, errors_of, form_values, page_of, shown
from onboarding.api.problems import ProblemError
from onboarding.api.schemas import ActionIn, ActionOut, CaseOut, CertificateIn, CertificateOut, OnboardingList
from onboarding.forms.base import as_paragraph
from onboarding.limits import DESK_ADDITIONS, UPLOADS
from onboarding.messages.message import Owner
from onboarding.models import Action, Onboarding, Status, TokenScope
from onboarding.review.actions import REVIEW_ACTION_BY_SLUG, ActionInput, perform, possible_actions
from onboarding.review.additions import certificate_form, store_or_propose, upload_refusal
from onboarding.review.case import findings_of
from onboarding.review.refusals import Refusal
from onboarding.workflow.api_tokens import record_token_use
from onboarding.workflow.limits import consume
from onboarding.workflow.second_reviewer import needs_second_reviewer

router = Router(tags=["desk"], auth=TokenWith(TokenScope.DESK))


def refuse(refusal: Refusal, onboarding: Onboarding) -> ProblemError:
    """Return the problem for a refusal of the desk's pages."""
    status = 403 if refusal is Refusal.OWN_ONBOARDING else 409
    return ProblemError(status, refusal.name.lower(), refusal.text(onboarding))


@router.get("/onboardings", response=OnboardingList, operation_id="listQueue")
def list_queue(
    request: ApiRequest,
    next_owner: Owner | None = None,
    status: Status | None = None,
    offset: Offset = 0,
) -> Any:
    """List the cases, the oldest first, of one next owner or status if they are given."""
    wanted = {"next_owner": next_owner, "status": status}
    cases = Onboarding.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
    return page_of(cases.order_by("status_since", "pk"), offset)


@router.get("/onboardings/{pk}", response=CaseOut, operation_id="getCase")
def get_case(request: ApiRequest, pk: uuid.UUID) -> Any:
    """Return a case, with its CSR, the findings, and the actions that are possible."""
    onboarding = reviewed_onboarding(request, pk, acts=False)
    user, current = request.auth.user, onboarding.request
    may_act = user.has_perm("onboarding.review_onboarding") and not onboarding.is_owned_by(user)
    actions = possible_actions(onboarding, user) if may_act else []
    return shown(onboarding) | {
        "reviewer": onboarding.reviewer.email if onboarding.reviewer else None,
        "errors": onboarding.errors,
        "warnings": onboarding.warnings,
        "fingerprint": current.fingerprint if current else None,
        "csr": current.csr_pem if current else None,
        "findings": [{"code": each.code, "text": as_paragraph(each)} for each in findings_of(onboarding, current)],
        "actions": [action.action.value for action in actions],
    }


@router.post("/onboardings/{pk}/certificate", response=CertificateOut, operation_id="uploadCertificateForPartner")
def upload_certificate_for_partner(request: ApiRequest, pk: uuid.UUID, body: CertificateIn) -> Any:
    """Store a certificate for the partner, or propose it. What the page refuses is refused here."""
    onboarding = reviewed_onboarding(request, pk, acts=True)
    user = request.auth.user
    if refused := upload_refusal(onboarding, user):
        raise refuse(refused, onboarding)
    consume(user, UPLOADS)
    form = certificate_form(*form_values(body), onboarding)
    form.is_valid()
    accepted = form.accepted
    if not (accepted.certificates or accepted.client_id):
        raise ProblemError(422, "not_accepted", "Nothing was stored.", errors_of(form))
    store_or_propose(onboarding, user, form)
    record_token_use(request.auth, "certificate", onboarding)
    return {
        "certificate": accepted.certificates is not None,
        "client_id": accepted.client_id is not None,
        "proposed": needs_second_reviewer(Action.ACCEPT_CERTIFICATE),
        "errors": errors_of(form),
        "remarks": [{"code": found.code, "text": as_paragraph(found)} for found in form.remarks],
    }


@router.post("/onboardings/{pk}/{action}", response=ActionOut, operation_id="actOnCase")
def act_on_case(
    request: ApiRequest, pk: uuid.UUID, action: Literal["approve", "receive", "return", "reject"], body: ActionIn
) -> Any:
    """Do an action of the desk, or propose it where a second reviewer is needed."""
    onboarding = reviewed_onboarding(request, pk, acts=True)
    user, review_action = request.auth.user, REVIEW_ACTION_BY_SLUG.get(action)
    if review_action is None:
        raise Http404
    if review_action.needs_fingerprint and not body.fingerprint:
        errors = [{"field": "fingerprint", "code": "required", "text": "Name the fingerprint of the CSR."}]
        raise ProblemError(422, "invalid", "The fingerprint is missing.", errors)
    consume(user, DESK_ADDITIONS)
    form = review_action.form({"note": body.note, "reasons": body.reasons})
    if not form.is_valid():
        raise ProblemError(422, "invalid", "The request is not as the action needs it.", errors_of(form))
    entered = replace(ActionInput.from_form(form), fingerprint=body.fingerprint)
    if refused := perform(review_action, onboarding, user, entered):
        raise refuse(refused, onboarding)
    record_token_use(request.auth, action, onboarding)
    changed = Onboarding.objects.get(pk=onboarding.pk)
    return {"proposed": needs_second_reviewer(review_action.action), "onboarding": shown(changed)}
