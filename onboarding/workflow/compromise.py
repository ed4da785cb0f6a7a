"""What to do after somebody may have copied the database and its keyring: ask for new keys, one onboarding at a time.

Re-wrapping does not help against copies of old rows: whoever has them and the old server key can try passphrases. So
every key that was stored before a moment counts as exposed, whichever server key encrypts it today.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from onboarding.models import CLOSED, AuditKind, AuditRecord, CertificateRequest, Onboarding, Status, User
from onboarding.workflow.audit import record_audit
from onboarding.workflow.review import remind, return_with_reason
from onboarding.workflow.transitions import WITHOUT_CERTIFICATE

REASON = "key_exposed"  # a code of `return_reasons`


class Measure(StrEnum):
    """What an exposed key needs."""

    RETURN = "return"  # no certificate yet: the request goes back, and the partner makes a new key
    RENEW = "renew"  # the partner makes a new key, and has the old certificate revoked
    REVOKE = "revoke"  # the onboarding is closed, but the certificate may still be valid
    NONE = "none"  # the partner is making a new key already


@dataclass(frozen=True)
class ExposedKey:
    """An onboarding with a key that was stored before the moment, and whether it was dealt with."""

    onboarding: Onboarding
    measure: Measure
    made_at: datetime
    done: bool

    @property
    def row(self) -> list[str]:
        """The values for a list: no personal data but the login."""
        state = "done" if self.done else "open"
        made = f"{self.made_at:%Y-%m-%d}"
        subject = self.onboarding
        return [str(subject.pk), subject.environment, subject.mzp_login, subject.status, made, self.measure, state]


def default_note() -> str:
    """Return the text that partners read below the request for a new key."""
    return _(
        "A copy of your private key may have come into the hands of others, protected only by your passphrase. Make a "
        "new key now. When your new certificate works, ask Stellantis to revoke the old one."
    )


def exposed_keys(before: datetime) -> Iterator[ExposedKey]:
    """Yield each onboarding that has a key from before `before`, oldest first; its newest such key counts.

    A renewal with the same key has that key from before, whenever it was encrypted for the renewal.
    """
    keys = CertificateRequest.objects.filter(created_at__lt=before, externally_generated=False)
    requests = CertificateRequest.objects.filter(sealed_key__isnull=False, spki__in=keys.values("spki"))
    handled = set(_records(before).values_list("subject", flat=True))
    seen = set()
    for request in requests.select_related("onboarding").order_by("-created_at").iterator(500):
        onboarding = request.onboarding
        if onboarding.pk not in seen:
            seen.add(onboarding.pk)
            done = f"onboarding:{onboarding.pk}" in handled  # not shown: an identifier
            yield ExposedKey(onboarding, _measure(request), request.created_at, done)


def _records(before: datetime) -> QuerySet[AuditRecord]:
    return AuditRecord.objects.filter(kind=AuditKind.KEYRING_CHANGED, details=_details(before))


def _details(before: datetime) -> dict[str, str]:
    return {"change": "exposed", "before": before.isoformat()}


def _measure(request: CertificateRequest) -> Measure:
    status = Status(request.onboarding.status)
    if status in CLOSED:
        return Measure.REVOKE
    if request.replaced_at is None and status in WITHOUT_CERTIFICATE:
        return Measure.RETURN
    certified = status in {Status.CERTIFIED, Status.CONNECTED} and request.certificates.exists()
    return Measure.RENEW if certified else Measure.NONE


def ask_for_new_key(exposed: ExposedKey, actor: User, before: datetime, note: str) -> None:
    """Return the request, or email the partner, and record it, so that a second run leaves the onboarding out.

    TransitionNotAllowedError: the onboarding belongs to `actor`, or it has changed meanwhile.
    """
    with translation.override(None):
        text = note or default_note()
    if exposed.measure == Measure.RETURN:
        return_with_reason(exposed.onboarding, actor, [REASON], text)
    elif exposed.measure == Measure.RENEW:
        remind(exposed.onboarding, actor, text)
    record_audit(AuditKind.KEYRING_CHANGED, actor=actor, subject=exposed.onboarding, details=_details(before))
