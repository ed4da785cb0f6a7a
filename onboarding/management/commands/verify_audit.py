"""`manage.py verify_audit`: check that nobody has changed the audit record past this software."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from onboarding.models import AuditHead, AuditKind, AuditRecord, Event
from onboarding.pki.keyring import Keyring
from onboarding.workflow.audit import HEAD, chain_digest, event_digest, head_mac, personal_digest

BATCH = 2000  # records that are read at once


class Command(BaseCommand):
    """Recalculates the chain, and compares every event and all personal data with it."""

    help = "Checks the audit record, and prints its end, to compare with the stream of a log host."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every problem. Raise CommandError, so that the exit status is 1, if there is one."""
        problems = 0
        for problem in verify_audit():
            problems += 1
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"The audit record has {problems} problems.")
        last = AuditRecord.objects.order_by("number").last()
        end = f"{last.number} records; the last digest is {last.digest}" if last else "it is empty"
        self.stdout.write(f"The audit record is intact: {end}.")


def verify_audit() -> Iterator[str]:
    """Yield a sentence for each place where the record, an event or personal data was changed past this software."""
    keys = Keyring.read(settings.AUDIT_KEY_FILE)
    expected, previous, erased = 1, "", _Erased.read()
    records = AuditRecord.objects.select_related("personal").order_by("number")
    for batch in _batches(records.iterator(BATCH)):
        events = Event.objects.in_bulk([record.event for record in batch if record.event is not None])
        for record in batch:
            if record.number != expected:
                yield f"Records {expected} to {record.number - 1} are missing."
            elif not hmac.compare_digest(record.digest, chain_digest(record, previous, keys)):
                yield f"Record {record.number} was altered, or does not follow record {expected - 1}."
            yield from _content_problems(record, events, erased)
            expected, previous = record.number + 1, record.digest
    yield from _head_problems(expected - 1, previous, keys)
    recorded = AuditRecord.objects.exclude(event=None).values("event")
    for pk in Event.objects.exclude(pk__in=recorded).order_by("pk").values_list("pk", flat=True).iterator():
        yield f"Event {pk} has no record."


@dataclass
class _Erased:
    """What the chain says about erasures: subjects, new digests of events, and records without personal data.

    These records are links of the chain themselves, so a forged one is reported.
    """

    subjects: set[str] = field(default_factory=set)
    redacted: dict[str, str] = field(default_factory=dict)
    personal: set[int] = field(default_factory=set)

    @classmethod
    def read(cls) -> "_Erased":
        """Return what is stored."""
        erased = cls()
        for record in AuditRecord.objects.filter(kind=AuditKind.ERASED).order_by("number").iterator():
            erased.subjects.add(record.subject)
            erased.redacted |= record.details.get("redacted", {})
            erased.personal |= set(record.details.get("personal", ()))
        return erased


def _content_problems(record: AuditRecord, events: dict[int, Event], erased: _Erased) -> Iterator[str]:
    personal = getattr(record, "personal", None)
    if record.event is not None:
        event = events.get(record.event)
        if event is None and record.subject in erased.subjects:
            return
        if event is None:
            yield f"Event {record.event} of record {record.number} is missing."
        elif event_digest(event) != erased.redacted.get(str(event.pk), record.content_digest):
            yield f"Event {record.event} of record {record.number} was altered."
    elif personal is None and record.number in erased.personal:
        return
    elif personal is None:
        yield f"The personal data of record {record.number} is missing."
    elif personal_digest(personal) != record.content_digest:
        yield f"The personal data of record {record.number} was altered."


def _head_problems(number: int, digest: str, keys: Keyring) -> Iterator[str]:
    head = AuditHead.objects.filter(pk=HEAD).first()
    if head is None or not hmac.compare_digest(head.mac, head_mac(head, keys)):
        if head or number:
            yield "The end of the record was altered or removed."
    elif (head.number, head.digest) != (number, digest):
        yield f"The record ends at {number}, but {head.number} records were written."


def _batches(records: Iterator[AuditRecord]) -> Iterator[list[AuditRecord]]:
    while batch := list(islice(records, BATCH)):
        yield batch
