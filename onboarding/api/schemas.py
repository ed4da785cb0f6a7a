"""What the API accepts and returns."""

import uuid
from datetime import datetime

from ninja import Field, Schema
from pydantic import Base64Bytes

from onboarding.environments import Environment
from onboarding.messages.message import Owner
from onboarding.models import Status

API_FILES_MAX = 20
API_TEXT_MAX = 512 * 1024  # characters


class OnboardingOut(Schema):
    """An onboarding: its status, what is next, and whose move it is. `days_left` is negative after the expiry."""

    id: uuid.UUID
    login: str
    organization: str
    environment: Environment
    status: Status
    status_since: datetime
    next_action: str
    next_action_text: str
    next_owner: Owner
    expires_at: datetime | None
    days_left: int | None


class OnboardingList(Schema):
    """A page of a list. `next_offset` is null on the last page."""

    items: list[OnboardingOut]
    next_offset: int | None


class VerdictOut(Schema):
    """A verdict: its code, what happened, and who must act."""

    code: str
    text: str
    owner: Owner
    next_move: str


class TestOut(Schema):
    """The last finished connection test."""

    id: uuid.UUID
    started_at: datetime
    finished_at: datetime | None
    succeeded: bool
    verdict: VerdictOut


class FileIn(Schema):
    """A file; `content` is base64."""

    name: str = Field("file", max_length=255)
    content: Base64Bytes


class CertificateIn(Schema):
    """Certificates in any form that the page accepts, as text or files, and a client ID."""

    text: str = Field("", max_length=API_TEXT_MAX)
    files: list[FileIn] = Field(default_factory=list, max_length=API_FILES_MAX)
    client_id: str = Field("", max_length=255)
    client_id_label: str = Field("", max_length=64)


class FindingOut(Schema):
    """A finding: its stable code, and the sentence for people."""

    code: str
    text: str


class CertificateOut(Schema):
    """What was stored, or proposed to a second reviewer. `errors` say why a part was not."""

    certificate: bool
    client_id: bool
    proposed: bool = False
    errors: list[FindingOut]
    remarks: list[FindingOut]


class CaseOut(OnboardingOut):
    """A case of the review desk. `fingerprint` is that of the CSR, which an approval names."""

    reviewer: str | None
    errors: int
    warnings: int
    fingerprint: str | None
    csr: str | None
    findings: list[FindingOut]
    actions: list[str]


class ActionIn(Schema):
    """What an action of the desk needs: a note, the codes of reasons, or the fingerprint of the approved CSR."""

    note: str = Field("", max_length=2000)
    reasons: list[str] = Field(default_factory=list, max_length=50)
    fingerprint: str = Field("", max_length=64)


class ActionOut(Schema):
    """What became of an action: it was done, or proposed to a second reviewer."""

    proposed: bool
    onboarding: OnboardingOut
