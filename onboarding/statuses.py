"""Where an onboarding can stand, and whose move can be next."""

from django.db import models


class Status(models.TextChoices):
    """Where an onboarding stands. The transitions are a table in `journey.py`."""

    DRAFT = "draft", "Draft"
    KEY_MADE = "key_made", "Key made"
    SENT = "sent", "Sent"
    RECEIVED = "received", "Received"
    RETURNED = "returned", "Returned"
    CERTIFIED = "certified", "Certified"
    CONNECTED = "connected", "Connected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REJECTED = "rejected", "Rejected"


class Move(models.TextChoices):
    """Whose move is next: the people of this desk, the partner, the operator, or nobody's."""

    US = "us", "Ours"
    PARTNER = "partner", "Partner’s"
    OPERATOR = "operator", "Stellantis’"
    NOBODY = "nobody", "Nobody’s"


# What has ended takes no more changes from the partner; the desk can open it again.
ENDED = frozenset({Status.WITHDRAWN, Status.REJECTED})
ALIVE = frozenset(Status) - ENDED
