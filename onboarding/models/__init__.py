"""The models. Only `workflow/` and `notifications/` write to them."""

from onboarding.models.api_tokens import ApiToken, TokenScope
from onboarding.models.audit import AuditHead, AuditKind, AuditPersonal, AuditRecord
from onboarding.models.calendar_feeds import CalendarFeed
from onboarding.models.certificates import CaCertificate, IssuedCertificate
from onboarding.models.choices import CLOSED, NEXT_OWNER_CHOICES, OPEN, Action, Status
from onboarding.models.colleagues import Invitation, Membership, Role
from onboarding.models.connection_tests import ConnectionTest
from onboarding.models.erasures import Erasure
from onboarding.models.events import Event
from onboarding.models.gateways import GatewayChange, GatewayChangeKind, GatewayNotice, GatewaySight
from onboarding.models.limits import LimitCounter
from onboarding.models.onboarding import SUBJECT_COLUMNS, ClientId, Onboarding
from onboarding.models.outbox import (
    EmailState,
    NoticeChoice,
    NoticeGroup,
    OutgoingEmail,
    ScheduledJob,
    WorkerHeartbeat,
)
from onboarding.models.proposals import Proposal, ProposalOutcome
from onboarding.models.requests import CertificateRequest, SealedPrivateKey, SigningResponse
from onboarding.models.review import PartnerEmail, Return, StaffNote
from onboarding.models.review_index import CaseFinding, DailyCount, SearchKey
from onboarding.models.server_keys import ServerKey
from onboarding.models.sessions import Session
from onboarding.models.users import User
from onboarding.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "CLOSED",
    "NEXT_OWNER_CHOICES",
    "OPEN",
    "SUBJECT_COLUMNS",
    "Action",
    "ApiToken",
    "AuditHead",
    "AuditKind",
    "AuditPersonal",
    "AuditRecord",
    "CaCertificate",
    "CalendarFeed",
    "CaseFinding",
    "CertificateRequest",
    "ClientId",
    "ConnectionTest",
    "DailyCount",
    "EmailState",
    "Erasure",
    "Event",
    "GatewayChange",
    "GatewayChangeKind",
    "GatewayNotice",
    "GatewaySight",
    "Invitation",
    "IssuedCertificate",
    "LimitCounter",
    "Membership",
    "NoticeChoice",
    "NoticeGroup",
    "Onboarding",
    "OutgoingEmail",
    "PartnerEmail",
    "Proposal",
    "ProposalOutcome",
    "Return",
    "Role",
    "ScheduledJob",
    "SealedPrivateKey",
    "SearchKey",
    "ServerKey",
    "Session",
    "SigningResponse",
    "StaffNote",
    "Status",
    "TokenScope",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WorkerHeartbeat",
]
