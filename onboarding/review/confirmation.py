"""The confirmation pages of the review actions, for one case and for several."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onboarding.languages import reading_as
from onboarding.models import Action, CertificateRequest, Onboarding, OutgoingEmail, User
from onboarding.notifications.email_text import EmailText
from onboarding.notifications.partner_emails import partner_email
from onboarding.review.actions import (
    REVIEW_ACTION_BY_SLUG,
    REVIEW_ACTIONS,
    ActionInput,
    ReviewAction,
    perform,
    refusal,
)
from onboarding.review.additions import (
    NOTE,
    RESEND_EMAIL,
    UPLOAD_CERTIFICATE,
    note_view,
    resend_email_view,
    upload_certificate_view,
)
from onboarding.review.formatting import group_fingerprint, proposed_text
from onboarding.review.lateness import usual_signing_time
from onboarding.review.proposals import PROPOSAL_SLUGS, decision_view
from onboarding.review.refusals import Refusal, SkippedGroup
from onboarding.review.roles import ReadOnlyCaseAdmin, actor_of, require_permission
from onboarding.workflow.second_reviewer import needs_second_reviewer

BULK_MAX = 200  # cases of one bulk action

View = Callable[..., HttpResponse]
BulkAction = Callable[[ReadOnlyCaseAdmin, HttpRequest, QuerySet[Onboarding]], HttpResponse | None]


def action_view(model_admin: ReadOnlyCaseAdmin) -> View:
    """Return the view of the actions and additions for a case; the slug in the address names the action."""

    def view(request: HttpRequest, pk: uuid.UUID, slug: str) -> HttpResponse:
        require_permission(model_admin.has_view_permission(request) and model_admin.has_review_permission(request))
        onboarding = get_object_or_404(Onboarding.objects.select_related("owner"), pk=pk)
        if slug == NOTE:
            return note_view(request, onboarding)
        if slug == RESEND_EMAIL:
            return resend_email_view(request, onboarding)
        if slug == UPLOAD_CERTIFICATE:
            return upload_certificate_view(model_admin, request, onboarding)
        if slug in PROPOSAL_SLUGS:
            return decision_view(request, onboarding, slug)
        if slug not in REVIEW_ACTION_BY_SLUG:
            raise Http404
        return _act_on_case(model_admin, request, onboarding, REVIEW_ACTION_BY_SLUG[slug])

    return view


def _act_on_case(
    model_admin: ReadOnlyCaseAdmin, request: HttpRequest, onboarding: Onboarding, review_action: ReviewAction
) -> HttpResponse:
    refused = refusal(review_action, onboarding, actor_of(request))
    shown = request.GET.get("request")  # the fingerprint on the case page that linked here
    if review_action.needs_fingerprint and not refused and shown and shown not in _fingerprints([onboarding]).values():
        refused = Refusal.CASE_CHANGED
    if refused:
        messages.error(request, refused.text(onboarding))
        return redirect("admin:onboarding_onboarding_change", onboarding.pk)
    form = review_action.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and "confirmed" in request.POST:
        outcome = _act(request, review_action, [onboarding], form)
        _report_done(request, review_action, outcome)
        for _onboarding, reason in outcome.skipped:
            messages.error(request, reason.text(onboarding))
        return redirect("admin:onboarding_onboarding_change", onboarding.pk)
    confirmation = Confirmation(review_action, form, [onboarding], actor_of(request))
    return _confirmation_page(model_admin, request, confirmation)


def _fingerprints(cases: Sequence[Onboarding]) -> dict[uuid.UUID, str]:
    """Return the fingerprint of each case's current request, by case."""
    current = CertificateRequest.objects.filter(onboarding__in=cases, replaced_at=None)
    return dict(current.values_list("onboarding_id", "fingerprint"))


@dataclass(frozen=True)
class Outcome:
    """The cases that an action was done to, and those that it was not done to, with the reason."""

    started_at: datetime
    done: list[Onboarding] = field(default_factory=list)
    skipped: list[tuple[Onboarding, Refusal]] = field(default_factory=list)


def _act(request: HttpRequest, review_action: ReviewAction, cases: Sequence[Onboarding], form: Form) -> Outcome:
    """Do the action to each case; the form contains the fingerprint of each request that staff have seen."""
    actor = actor_of(request)
    outcome = Outcome(timezone.now())
    for onboarding in cases:
        entered = ActionInput.from_form(form, request.POST.get(f"request-{onboarding.pk}", ""))
        if refused := perform(review_action, onboarding, actor, entered):
            outcome.skipped.append((onboarding, refused))
        else:
            outcome.done.append(onboarding)
    return outcome


def _report_done(request: HttpRequest, review_action: ReviewAction, outcome: Outcome) -> None:
    """Say what was done, and whether emails tell the partners."""
    if not outcome.done:
        return
    count = len(outcome.done)
    if needs_second_reviewer(review_action.action):
        messages.success(request, proposed_text(count))
        return
    sentences = [str(review_action.done % {"count": count})]
    emails = OutgoingEmail.objects.filter(
        onboarding__in=outcome.done, actor=actor_of(request), at__gte=outcome.started_at
    )
    if partners := emails.values("onboarding").distinct().order_by().count():
        sentences.append(ngettext("We are emailing the partner.", "We are emailing the partners.", partners))
    messages.success(request, " ".join(sentences))


@dataclass(frozen=True)
class Confirmation:
    """What a confirmation page is about; `bulk_name` is the name of the list's action, empty for a single case."""

    review_action: ReviewAction
    form: Form
    cases: Sequence[Onboarding]
    actor: User
    bulk_name: str = ""

    def context(self) -> dict[str, Any]:
        """Return the template context: what is about to be done, and what the partner will read.

        A form with fields is previewed before it can be confirmed.
        """
        refusals = [(onboarding, refusal(self.review_action, onboarding, self.actor)) for onboarding in self.cases]
        possible = [onboarding for onboarding, refused in refusals if not refused]
        shown = _fingerprints(possible) if self.review_action.needs_fingerprint else {}
        form = self.form
        return {
            "title": self.review_action.label,
            "review_action": self.review_action,
            "form": form,
            "cases": self.cases,
            "onboarding": None if self.bulk_name else self.cases[0],
            "possible": possible,
            "rows": [
                (onboarding, shown.get(onboarding.pk, ""), group_fingerprint(shown.get(onboarding.pk, "")))
                for onboarding in possible
            ],
            "approval_effect": self.review_action.approval_effect if settings.REVIEW_REQUIRED else "",
            "skipped": _skipped_texts([(onboarding, refused) for onboarding, refused in refusals if refused]),
            "email": self._preview(possible[0]) if possible else None,
            "is_proposal": needs_second_reviewer(self.review_action.action),
            "is_reminder": self.review_action.action is Action.REMIND,
            "ready": not form.fields or (form.is_bound and form.is_valid()),
            "bulk_name": self.bulk_name,
            "checkbox": ACTION_CHECKBOX_NAME,
        }

    def _preview(self, onboarding: Onboarding) -> EmailText | None:
        entered = ActionInput.from_form(self.form)
        action = self.review_action.action
        usual = usual_signing_time() if action is Action.RECEIVE else None
        with reading_as(onboarding.owner):
            return partner_email(action, onboarding, reasons=entered.reasons, note=entered.note, usual=usual)


def _skipped_texts(skipped: Sequence[tuple[Onboarding, Refusal]]) -> list[str]:
    """Return a sentence for each reason why cases are left out."""
    counts = Counter(SkippedGroup.of(refused, onboarding) for onboarding, refused in skipped)
    return [group.text(count) for group, count in counts.items()]


def _confirmation_page(
    model_admin: ReadOnlyCaseAdmin, request: HttpRequest, confirmation: Confirmation
) -> HttpResponse:
    context = model_admin.admin_site.each_context(request) | confirmation.context()
    context |= {"opts": model_admin.opts, "media": model_admin.media}
    return TemplateResponse(request, "admin/onboarding/onboarding/confirm.html", context)


def _bulk_action(review_action: ReviewAction) -> BulkAction:
    name = f"bulk_{review_action.action.value}"

    @admin.action(description=review_action.label, permissions=["review"])
    def act(
        model_admin: ReadOnlyCaseAdmin, request: HttpRequest, queryset: QuerySet[Onboarding]
    ) -> HttpResponse | None:
        cases = list(queryset.select_related("owner").prefetch_related("memberships")[: BULK_MAX + 1])
        if len(cases) > BULK_MAX:
            text = _("Select at most %(count)d cases. You can filter the list first.")
            messages.error(request, text % {"count": BULK_MAX})
            return None
        submitted = request.POST if "previewed" in request.POST else None
        form = review_action.form(submitted)
        if submitted is not None and "confirmed" in request.POST and form.is_valid():
            outcome = _act(request, review_action, cases, form)
            _report_done(request, review_action, outcome)
            for text in _skipped_texts(outcome.skipped):
                messages.warning(request, text)
            return None
        confirmation = Confirmation(review_action, form, cases, actor_of(request), name)
        return _confirmation_page(model_admin, request, confirmation)

    act.__name__ = name
    return act


def bulk_actions() -> list[BulkAction]:
    """Return the actions of the list: those that make sense for several cases at once."""
    return [_bulk_action(review_action) for review_action in REVIEW_ACTIONS if review_action.is_bulk]
