"""The record of what concerns accounts and staff, as lines of JSON in the log."""

import json
import logging

from onboarding.models import User

logger = logging.getLogger("onboarding.audit")


def record_audit(
    kind: str, *, actor: User | None, subject: str, address: str | None, details: dict[str, object]
) -> None:
    """Record that `actor` (None: a command) did `kind` to `subject`, from the IP `address`."""
    line = {"kind": kind, "actor": actor.pk if actor else None, "subject": subject, "address": address}
    logger.info("%s", json.dumps(line | {"details": details}, sort_keys=True))
