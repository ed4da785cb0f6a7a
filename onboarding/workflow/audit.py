"""Write the audit record, a chain of keyed digests over every event and every change of an account.

Somebody who can write to the database, but does not have the audit key, can't remove, add, alter or reorder records
without being noticed. A whole database that is set back to an earlier copy is consistent in itself: compare it with
the stream of the logger `onboarding.audit`, which a log host keeps.
"""

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from onboarding.middleware import acting_account, client_address
from onboarding.models import AuditHead, AuditKind, AuditPersonal, AuditRecord, Event, User
from onboarding.pki.keyring import Keyring

stream = logging.getLogger("onboarding.audit")
HEAD = 1  # the primary key of the only AuditHead


def record_audit(
    kind: AuditKind, *, actor: User | None = None, subject: Model | None = None, details: dict[str, Any] | None = None
) -> None:
    """Add a record about `subject`, with the client's address. `details` has codes only, no personal data.

    `actor` defaults to the account that is signed in.

    Call it outside of `transitions.locked`, which records its own events.
    """
    personal = AuditPersonal(address=client_address(), salt=secrets.token_hex(16))
    record = AuditRecord(
        at=timezone.now(),
        kind=kind,
        actor=actor.pk if actor else acting_account(),
        subject=_name(subject),
        details=details or {},
        content_digest=personal_digest(personal),
    )
    with transaction.atomic():
        _append([record])
        personal.record = record
        personal.save(force_insert=True)
    _announce([record], personal.address)


def record_erasure(subject: str, actor: User | None, details: dict[str, Any]) -> None:
    """Add a record that `subject` was erased, without an address: it could be that of the erased person."""
    personal = AuditPersonal(address=None, salt=secrets.token_hex(16))
    record = AuditRecord(
        at=timezone.now(),
        kind=AuditKind.ERASED,
        actor=actor.pk if actor else None,
        subject=subject,
        details=details,
        content_digest=personal_digest(personal),
    )
    with transaction.atomic():
        _append([record])
        personal.record = record
        personal.save(force_insert=True)
        transaction.on_commit(lambda: _announce([record], None))


def record_events(events: Sequence[Event], details: dict[str, Any]) -> None:
    """Add a record for each stored event. Call this last in their transaction: it locks the end of the chain."""
    records = [
        AuditRecord(
            at=event.at,
            kind=AuditKind.EVENT,
            actor=event.actor_id,
            subject=f"onboarding:{event.onboarding_id}",  # not shown: an identifier
            event=event.pk,
            details={"verb": event.verb, **details},
            content_digest=event_digest(event),
        )
        for event in events
    ]
    _append(records)
    address = events[0].address if events else None
    transaction.on_commit(lambda: _announce(records, address))


def _name(subject: Model | None) -> str:
    if subject is None:
        return ""
    kind = "account" if isinstance(subject, User) else type(subject).__name__.lower()
    return f"{kind}:{subject.pk}"


def _locked_head() -> AuditHead:
    """Return the locked end of the chain. Only the first record of a database creates it."""
    heads = AuditHead.objects.select_for_update().filter(pk=HEAD)
    head = heads.first()
    if head is None:
        AuditHead.objects.get_or_create(pk=HEAD)
        head = heads.get()
    return head


def _append(records: Sequence[AuditRecord]) -> None:
    keys = Keyring.read(settings.AUDIT_KEY_FILE)
    head = _locked_head()
    for record in records:
        record.number, record.key_id = head.number + 1, keys.first_id
        record.digest = chain_digest(record, head.digest, keys)
        head.number, head.digest = record.number, record.digest
    AuditRecord.objects.bulk_create(records)
    head.key_id = keys.first_id
    head.mac = head_mac(head, keys)
    head.save()


def _announce(records: Iterable[AuditRecord], address: str | None) -> None:
    """Write each record to the log as a line of JSON, for a host that keeps it apart from the database."""
    for record in records:
        values = {
            "number": record.number,
            "at": _moment(record.at),
            "kind": record.kind,
            "actor": record.actor,
            "subject": record.subject,
            "event": record.event,
            "details": record.details,
            "address": address,
            "digest": record.digest,
        }
        stream.info("%s", json.dumps(values, sort_keys=True))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _canonical(*values: object) -> bytes:
    """Return `values` as bytes that are the same for the same values. Moments are compared in UTC."""
    plain = [_moment(value) if isinstance(value, datetime) else value for value in values]
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str).encode()


def _mac(keys: Keyring, key_id: str, content: bytes) -> str:
    """Return the HMAC-SHA-256 in hex; "" if the keyring has no such key."""
    key = keys.keys.get(key_id)
    return hmac.digest(key, content, hashlib.sha256).hex() if key else ""


def personal_digest(personal: AuditPersonal) -> str:
    """Return the SHA-256 in hex of the personal data of a record."""
    return hashlib.sha256(_canonical(personal.salt, personal.address)).hexdigest()


def event_digest(event: Event) -> str:
    """Return the SHA-256 in hex of every column of an event."""
    values = [getattr(event, field.attname) for field in Event._meta.concrete_fields]  # noqa: SLF001  # Django's documented API
    return hashlib.sha256(_canonical(*values)).hexdigest()


def chain_digest(record: AuditRecord, previous: str, keys: Keyring) -> str:
    """Return the digest of a record that follows the record with the digest `previous`."""
    fields = AuditRecord._meta.concrete_fields  # noqa: SLF001  # Django's documented API
    values = [getattr(record, field.attname) for field in fields if field.name != "digest"]
    return _mac(keys, record.key_id, _canonical("record", previous, *values))


def head_mac(head: AuditHead, keys: Keyring) -> str:
    """Return the digest of the end of the chain."""
    return _mac(keys, head.key_id, _canonical("head", head.number, head.digest))
