"""Everything that this site stores about an account, as a zip file of JSON, for its owner. It contains no secret."""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet

from onboarding.models import (
    ApiToken,
    AuditRecord,
    CertificateRequest,
    ClientId,
    ConnectionTest,
    Event,
    IssuedCertificate,
    Onboarding,
    PartnerEmail,
    Return,
    SigningResponse,
    User,
    Webhook,
)

# Columns that open something, or that are about members of staff. Sealed keys and the notes of staff are left out.
SECRET_COLUMNS = frozenset({"password", "session_key", "session_data", "token_hash", "data", "extra_data"})
STAFF_COLUMNS = frozenset({"reviewer_id", "approved_by_id", "actor_id"})


def export_account(user: User) -> bytes:
    """Return the zip file."""
    onboardings = Onboarding.objects.filter(owner=user)
    parts = {
        "account.json": {
            "account": _row(user),
            "addresses": _rows(EmailAddress.objects.filter(user=user)),
            "second_factors": _rows(Authenticator.objects.filter(user=user)),
            "providers": _rows(SocialAccount.objects.filter(user=user)),
            "sessions": _rows(user.sessions.all()),
            "tokens": _rows(ApiToken.objects.filter(user=user)),
            "webhooks": _rows(Webhook.objects.filter(user=user)),
        },
        "onboardings.json": [_onboarding(onboarding) for onboarding in onboardings],
        "activity.json": _activity(user),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
    return packed.getvalue()


def _onboarding(onboarding: Onboarding) -> dict[str, Any]:
    """Return an onboarding with its rows. Who acts at the desk is left out."""
    own: dict[str, QuerySet[Any]] = {
        "client_ids": ClientId.objects.filter(onboarding=onboarding),
        "requests": CertificateRequest.objects.filter(onboarding=onboarding),
        "certificates": IssuedCertificate.objects.filter(request__onboarding=onboarding),
        "practice_certificates": SigningResponse.objects.filter(request__onboarding=onboarding),
        "tests": ConnectionTest.objects.filter(onboarding=onboarding),
        "returns": Return.objects.filter(onboarding=onboarding),
        "emails": PartnerEmail.objects.filter(onboarding=onboarding),
    }
    rows = {name: _rows(queryset, STAFF_COLUMNS) for name, queryset in own.items()}
    events = Event.objects.filter(onboarding=onboarding)
    history = [_row(event) if event.actor_id == onboarding.owner_id else _of_staff(event) for event in events]
    return {**_row(onboarding, STAFF_COLUMNS), **rows, "history": history}


def _of_staff(event: Event) -> dict[str, Any]:
    """Return an event of somebody else as the partner's page shows it: without the person and the address."""
    return _row(event, STAFF_COLUMNS | {"address", "why"}) | {"detail": event.detail}


def _activity(user: User) -> list[dict[str, Any]]:
    own = Q(actor=user.pk) | Q(subject=f"account:{user.pk}")  # not shown: an identifier
    records = AuditRecord.objects.filter(own, event=None).select_related("personal").order_by("number")
    return [
        {
            "at": record.at,
            "kind": record.kind,
            "details": record.details,
            "address": personal.address
            if record.actor in {user.pk, None} and (personal := getattr(record, "personal", None))
            else None,
        }
        for record in records
    ]


def _rows(rows: Iterable[Model], left_out: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    return [_row(row, left_out) for row in rows]


def _row(row: Model, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the columns of a row by their names, without those that are secret or in `left_out`."""
    names = [field.attname for field in row._meta.concrete_fields]  # noqa: SLF001  # Django's documented API
    return {name: getattr(row, name) for name in names if name not in SECRET_COLUMNS | left_out}
