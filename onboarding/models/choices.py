"""The enumerations behind the columns: the status of an onboarding, who must act next, and the recorded actions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.messages.message import Owner


class Status(models.TextChoices):
    """The status of an onboarding. `workflow/transitions.py` has the table of transitions."""

    DRAFT = "draft", _("Draft")
    KEY_MADE = "key_made", _("Key made")
    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    RETURNED = "returned", _("Returned")
    CERTIFIED = "certified", _("Certified")
    CONNECTED = "connected", _("Connected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REJECTED = "rejected", _("Rejected")
    RENEWED = "renewed", _("Renewed")


# A closed onboarding accepts no changes from the partner; the review desk can reopen it.
CLOSED = frozenset({Status.WITHDRAWN, Status.REJECTED, Status.RENEWED})
OPEN = frozenset(Status) - CLOSED

# Who can be next to act on an onboarding, as the review desk reads it.
NEXT_OWNER_CHOICES = [
    (Owner.US.value, _("Ours")),
    (Owner.PARTNER.value, _("Partner’s")),
    (Owner.OPERATOR.value, _("Stellantis’")),
    (Owner.NOBODY.value, _("Nobody’s")),
]


class Action(models.TextChoices):
    """What can be done to an onboarding. The label is the line in the history that partners read.

    The values are stored in the history, which is append-only. They stay as they are when a member is renamed.
    """

    START = "start", _("Started")
    DESCRIBE = "describe", _("Details entered")
    MAKE_KEY = "make_key", _("Key and request made")
    IMPORT_REQUEST = "bring_request", _("Own request uploaded")
    RESTORE_REQUEST = "take_up_request", _("Earlier request restored")
    DISCARD_REQUEST = "discard_request", _("Key of an earlier request discarded")
    REPLACE_REQUEST = "replace_request", _("Request replaced")
    PROVE_PASSPHRASE = "prove_passphrase", _("Passphrase checked")
    MARK_SENT = "mark_sent", _("Request sent")
    ACCEPT_CERTIFICATE = "accept_certificate", _("Certificate received")
    ADD_CA = "add_ca", _("CA certificate added")
    CONFIRM_CA = "confirm_ca", _("CA certificate confirmed")
    DISTRUST_CA = "distrust_ca", _("CA certificate no longer trusted")
    ADD_CLIENT_ID = "add_client_id", _("Client ID added")
    REMOVE_CLIENT_ID = "remove_client_id", _("Client ID removed")
    TEST = "test", _("Connection tested")
    TRY_FAULT = "try_fault", _("Practice fault tried")
    CANCEL_TEST = "cancel_test", _("Test cancelled")
    CONNECT = "connect", _("Connected")
    EXPORT_KEY = "export_key", _("Key downloaded")
    EXPORT = "export", _("Files downloaded")
    WITHDRAW = "withdraw", _("Withdrawn")
    TAKE_OVER = "take_over", _("Taken over by our desk")
    APPROVE = "approve", _("Request approved by our desk")
    RECEIVE = "receive", _("Received by Stellantis")
    RETURN = "return", _("Returned for correction")
    REJECT = "reject", _("Rejected")
    REMIND = "remind", _("Reminder sent")
    REOPEN = "reopen", _("Reopened")
    PROPOSE = "propose", _("Decision of our desk prepared")
    CONFIRM_PROPOSAL = "confirm_proposal", _("Decision of our desk confirmed")
    REFUSE_PROPOSAL = "refuse_proposal", _("Decision of our desk refused")
    WITHDRAW_PROPOSAL = "withdraw_proposal", _("Decision of our desk withdrawn")
    RESEND_EMAIL = "send_again", _("Email of our desk sent again")
    CLOSE_RENEWED = "close_renewed", _("Closed after the renewal")
    INVITE = "invite", _("Colleague invited")
    REVOKE_INVITATION = "revoke_invitation", _("Invitation revoked")
    JOIN = "join", _("Invitation accepted")
    REMOVE_COLLEAGUE = "remove_colleague", _("Colleague removed")
    LEAVE = "leave", _("Left the onboarding")
    HAND_OVER = "hand_over", _("Ownership accepted")
    REASSIGN = "reassign", _("Moved to another account by our desk")
    WATCH_GATEWAY = "watch_gateway", _("Gateway watch changed")
