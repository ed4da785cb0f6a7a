"""Rotate the server keys: which stored keys use them, whether this machine has them, re-wrapping, and retirement."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from onboarding.models import AuditKind, SealedPrivateKey, ServerKey
from onboarding.pki.custody import SealedKey, rewrap
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring, check_canary, seal_canary
from onboarding.pki.transit import TransitKey
from onboarding.workflow.audit import record_audit
from onboarding.workflow.sealed_keys import binding_of, sealed_key

KEYS_AT_ONCE = 50  # sealed keys that are stored in one transaction


class StillUsedError(Exception):
    """A server key can't be retired: `records` stored keys need it; 0 if it is the server key that encrypts."""

    def __init__(self, records: int) -> None:
        super().__init__(records)
        self.records = records


def key_service() -> TransitKey | None:
    """Return the key of the key-management service; None if there is none."""
    if not settings.KEYRING_URL or settings.KEYRING_TOKEN_FILE is None:
        return None
    return TransitKey.from_url(settings.KEYRING_URL, settings.KEYRING_TOKEN_FILE, settings.KEYRING_CA_FILE)


def read_keyring() -> Keyring:
    """Return the present keyring of this machine (PkiError keyring_missing, keyring_malformed)."""
    keys = Keyring.read(settings.KEYRING_FILE).keys if settings.KEYRING_FILE else {}
    return Keyring(keys, key_service(), settings.KEYRING_ENCRYPTS_WITH == "service")


def register(keyring: Keyring, key_id: str) -> None:
    """Store the canary of a server key, if it has none. Call this before the transaction that uses the key."""
    if not ServerKey.objects.filter(pk=key_id).exists():
        ServerKey.objects.get_or_create(pk=key_id, defaults={"canary": seal_canary(keyring, key_id)})


def hold(key_id: str) -> None:
    """Lock a registered server key until the transaction ends (PkiError server_key_retired)."""
    if ServerKey.objects.select_for_update().get(pk=key_id).retired_at:
        raise PkiError("server_key_retired")


def usage() -> dict[str, int]:
    """Return the number of sealed keys for each server key that is in use."""
    rows = SealedPrivateKey.objects.order_by("server_key_id").values_list("server_key_id")
    return dict(rows.annotate(n=Count("pk")))


@dataclass(frozen=True)
class KeyState:
    """A server key as this machine sees it. `problem` is None if it opens what is encrypted with it."""

    key_id: str
    records: int
    available: bool
    encrypts: bool
    retired: bool
    problem: PkiError | None = None


def key_states(keyring: Keyring, *, open_canaries: bool) -> Iterator[KeyState]:
    """Yield the state of every server key that is in this keyring, in use, or registered and not retired.

    With `open_canaries`, each canary is opened. PkiError: a key-management service does not respond.
    """
    used, rows = usage(), {row.key_id: row for row in ServerKey.objects.order_by("added_at", "pk")}
    available, current = keyring.available_ids(), keyring.current_id()
    known = dict.fromkeys([*available, *used, *(row.key_id for row in rows.values() if row.retired_at is None)])
    for key_id in known:
        row, problem = rows.get(key_id), None
        if key_id not in available:
            problem = PkiError("server_key_unknown", found=key_id)
        elif open_canaries and row is not None:
            problem = _canary_problem(keyring, row)
        retired = row is not None and row.retired_at is not None
        if key_id == current and retired:
            problem = PkiError("server_key_retired")
        yield KeyState(key_id, used.get(key_id, 0), key_id in available, key_id == current, retired, problem)


def _canary_problem(keyring: Keyring, row: ServerKey) -> PkiError | None:
    try:
        check_canary(keyring, row.key_id, bytes(row.canary))
    except PkiError as error:
        return error
    return None


@dataclass
class Rewrapping:
    """The progress of a rotation: how many keys were stored anew, and the errors of the others by their request."""

    done: int = 0
    failed: dict[int, PkiError] = field(default_factory=dict)


def rewrap_all(keyring: Keyring) -> Iterator[Rewrapping]:
    """Encrypt every sealed key with the server key that encrypts now, and yield the progress after each batch.

    The site can go on: a key that changes meanwhile is read again, and one that another machine adds is found. A run
    that was interrupted is continued by the next one. PkiError: the key is retired, or a service does not respond.
    """
    progress, current = Rewrapping(), keyring.current_id()
    register(keyring, current)
    while rows := list(_others(current, progress)[:KEYS_AT_ONCE]):
        progress.done += _store(current, list(_rewrapped(rows, keyring, current, progress)))
        yield progress


def _others(current: str, progress: Rewrapping) -> QuerySet[SealedPrivateKey]:
    rows = SealedPrivateKey.objects.exclude(server_key_id=current).exclude(pk__in=progress.failed)
    return rows.select_related("request").order_by("pk")


def _rewrapped(
    rows: list[SealedPrivateKey], keyring: Keyring, current: str, progress: Rewrapping
) -> Iterator[tuple[int, SealedKey, SealedKey]]:
    for row in rows:
        old = sealed_key(row)
        try:
            yield row.pk, old, rewrap(old, keyring, binding_of(row.request), current)
        except PkiError as error:
            if error.code.startswith("key_service_"):  # it concerns every key
                raise
            progress.failed[row.pk] = error


def _store(current: str, changes: list[tuple[int, SealedKey, SealedKey]]) -> int:
    """Store the changes of a batch, except for keys that have changed since; return the number of stored ones."""
    stored = 0
    with transaction.atomic():
        hold(current)
        for pk, old, new in changes:
            unchanged = SealedPrivateKey.objects.filter(
                pk=pk, version=old.version, server_key_id=old.server_key_id, outer_nonce=old.outer_nonce
            )
            stored += unchanged.update(**asdict(new))
    return stored


def retire(keyring: Keyring, key_id: str) -> None:
    """Record that no key may be stored with `key_id` any more, so that its line can be removed from the keyrings.

    Raise StillUsedError if a stored key needs it, or if it is the server key that encrypts, and PkiError if neither
    this keyring nor the database knows it.
    """
    current = keyring.current_id()
    ids = keyring.retired_with(key_id)
    if current in ids:
        raise StillUsedError(0)
    register(keyring, key_id)
    with transaction.atomic():
        rows = list(ServerKey.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        _refuse_used(ids)
        for row in rows:
            if row.retired_at is None:
                row.retired_at = timezone.now()
                row.save(update_fields=["retired_at"])
    record_change("retired", key_id)
    _refuse_used(ids)


def _refuse_used(ids: list[str]) -> None:
    if records := SealedPrivateKey.objects.filter(server_key_id__in=ids).count():
        raise StillUsedError(records)


def record_change(change: str, key_id: str) -> None:
    """Add a change of the keyring on this machine to the audit record."""
    record_audit(AuditKind.KEYRING_CHANGED, details={"change": change, "key": key_id})
