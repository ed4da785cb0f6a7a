"""Who may use the API: tokens in the Authorization header, their scopes, and limits. No session counts here."""

import uuid
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest
from ninja.security import HttpBearer

from onboarding.api.problems import ProblemError
from onboarding.limits import API
from onboarding.models import ApiToken, Onboarding, Role, TokenScope
from onboarding.views.access import discard_body, find_own_onboarding, record_role_refusal
from onboarding.views.api_tokens import may_work_at_desk
from onboarding.workflow.api_tokens import find_token, note_token_use
from onboarding.workflow.limits import consume


class ApiRequest(HttpRequest):
    """A request with a valid token in `auth`; `user` is its account."""

    auth: ApiToken


class TokenWith(HttpBearer):
    """Accepts a valid token with `scope`."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the token; None if it is not valid (401). Without the scope or the role, raise ProblemError (403)."""
        found = find_token(token)
        consume(None, API, token=str(found.pk) if found else "")
        if found is None:
            return None
        _check_size(request)
        request.user = found.user  # whoever holds a session as well acts as the token's account
        if self.scope not in found.scopes:
            raise ProblemError(403, "scope_missing", f"The token lacks the scope {self.scope.value}.")
        if self.scope == TokenScope.DESK and not may_work_at_desk(found.user):
            raise ProblemError(403, "role_missing", "The account has no role at the review desk.")
        note_token_use(found)
        return found


def _check_size(request: HttpRequest) -> None:
    """Raise ProblemError (413) if the body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""
    try:
        request.body  # noqa: B018  # reading it checks its size
    except RequestDataTooBig:
        discard_body(request)
        raise ProblemError(413, "too_large", "The body is too large.") from None


def own_onboarding(request: ApiRequest, pk: uuid.UUID, needed: Role = Role.READER) -> tuple[Onboarding, Role]:
    """Return an onboarding of the account, and its role; any other is a 404, and a lesser role than `needed` a 403."""
    found = find_own_onboarding(request.auth.user, pk)
    if found is None:
        raise Http404
    if not found[1].includes(needed):
        record_role_refusal(found[0], needed)
        raise ProblemError(403, "role", f"This needs the role {needed.value} in the onboarding.")
    return found


def reviewed_onboarding(request: ApiRequest, pk: uuid.UUID, *, acts: bool) -> Onboarding:
    """Return a case of the desk. To act on it, the account must be a reviewer."""
    if acts and not request.auth.user.has_perm("onboarding.review_onboarding"):
        raise ProblemError(403, "role", "This needs the role reviewer.")
    onboarding = Onboarding.objects.select_related("owner", "reviewer").filter(pk=pk).first()
    if onboarding is None:
        raise Http404
    return onboarding
