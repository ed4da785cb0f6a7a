"""The enumerations behind the columns: where an onboarding can stand, who must act next, and what can be done."""

from django.db import models

from onboarding.messages.message import Owner


class Status(models.TextChoices):
    """Where an onboarding stands. The transitions are a table in `workflow/transitions.py`."""

    DRAFT = "draft", "Draft"
    KEY_MADE = "key_made", "Key made"
    SENT = "sent", "Sent"
    RECEIVED = "received", "Received"
    RETURNED = "returned", "Returned"
    CERTIFIED = "certified", "Certified"
    CONNECTED = "connected", "Connected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REJECTED = "rejected", "Rejected"


# A closed onboarding takes no more changes from the partner; the review desk can reopen it.
CLOSED = frozenset({Status.WITHDRAWN, Status.REJECTED})
OPEN = frozenset(Status) - CLOSED

# Who can be next to act on an onboarding, as the review desk reads it.
NEXT_OWNER_CHOICES = [
    (Owner.US.value, "Ours"),
    (Owner.PARTNER.value, "Partner’s"),
    (Owner.OPERATOR.value, "Stellantis’"),
    (Owner.NOBODY.value, "Nobody’s"),
]


class Action(models.TextChoices):
    """What can be done to an onboarding; the label is the line in its history, as a partner reads it."""

    START = "start", "Started"
    DESCRIBE = "describe", "Details entered"
    MAKE_KEY = "make_key", "Key and request made"
    IMPORT_REQUEST = "bring_request", "Own request uploaded"
    RESTORE_REQUEST = "take_up_request", "Earlier request restored"
    DISCARD_REQUEST = "discard_request", "Key of an earlier request discarded"
    REPLACE_REQUEST = "replace_request", "Request replaced"
    PROVE_PASSPHRASE = "prove_passphrase", "Passphrase checked"
    MARK_SENT = "mark_sent", "Request sent"
    ACCEPT_CERTIFICATE = "accept_certificate", "Certificate received"
    ADD_CA = "add_ca", "CA certificate added"
    ADD_CLIENT_ID = "add_client_id", "Client ID added"
    REMOVE_CLIENT_ID = "remove_client_id", "Client ID removed"
    TEST = "test", "Connection tested"
    TRY_FAULT = "try_fault", "Practice fault tried"
    CANCEL_TEST = "cancel_test", "Test cancelled"
    CONNECT = "connect", "Connected"
    EXPORT_KEY = "export_key", "Key downloaded"
    EXPORT = "export", "Files downloaded"
    WITHDRAW = "withdraw", "Withdrawn"
    TAKE_OVER = "take_over", "Taken over by our desk"
    APPROVE = "approve", "Request approved by our desk"
    RECEIVE = "receive", "Received by Stellantis"
    RETURN = "return", "Returned to be corrected"
    REJECT = "reject", "Rejected"
    REMIND = "remind", "Reminder sent"
    REOPEN = "reopen", "Reopened"
    RESEND_EMAIL = "send_again", "Email of our desk sent again"
