"""The ordered steps, and from what is stored where a partner stands; nothing here is remembered or written."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from onboarding.models import CLOSED, CertificateRequest, IssuedCertificate, Onboarding, Return, Status


class Step(Enum):
    """A step of the journey: its value names its URL, view, template and form; in the order of the walk."""

    LOGIN = "login"
    COMPANY = "company"
    KEY = "key"
    REQUEST = "request"
    CERTIFICATE = "certificate"
    TEST = "test"
    DONE = "done"

    @property
    def title(self) -> str:
        """What the step is called on the pages."""
        return TITLES[self]

    @property
    def url_name(self) -> str:
        """The name of the step's address."""
        return f"onboarding:{self.value}"

    @property
    def number(self) -> int:
        """From 1."""
        return list(Step).index(self) + 1


TITLES = {
    Step.LOGIN: "Login",
    Step.COMPANY: "Company",
    Step.KEY: "Key",
    Step.REQUEST: "Request",
    Step.CERTIFICATE: "Certificate",
    Step.TEST: "Test",
    Step.DONE: "Done",
}


@dataclass(frozen=True)
class StepState:
    """A step as a page shows it: "done", "current" or "later"; `href` is empty where it can't be reached."""

    step: Step
    state: str
    href: str


@dataclass(frozen=True)
class Progress:
    """Where an onboarding stands: the facts that decide it, each read once."""

    onboarding: Onboarding
    request: CertificateRequest | None
    answer: IssuedCertificate | None
    has_client_id: bool
    awaits_older: bool = False  # a replaced request is out, and its certificate may still come

    @property
    def withdrawn(self) -> bool:
        """Nothing more can be done here."""
        return self.onboarding.status in CLOSED

    @property
    def waits_for_approval(self) -> bool:
        """Whether our desk must look at the request before it may be sent."""
        request = self.request
        unsent = request is not None and request.sent_at is None and request.approved_at is None
        return settings.REVIEW_REQUIRED and unsent

    @property
    def proved(self) -> bool:
        """Whether the request's key is known to be usable: its passphrase was checked, or the partner made it."""
        request = self.request
        return request is not None and (request.externally_generated or request.passphrase_proved_at is not None)

    @cached_property
    def returned(self) -> Return | None:
        """Why the request was returned; None where nothing is left to do about it but to wait for our desk."""
        back = self.onboarding.open_return
        mended = back is not None and self.request is not None and back.request_id != self.request.pk
        return None if mended and self.proved and self.waits_for_approval else back

    @property
    def must_change(self) -> bool:
        """Whether the request that stands there is the returned one, and another has to take its place."""
        back = self.returned
        return (
            back is not None
            and self.request is not None
            and back.request_id == self.request.pk
            and back.changes_request
        )

    @property
    def waits_for_desk(self) -> bool:
        """Whether the next move is our desk's: the partner has done their part, and the request waits for approval."""
        return self.waits_for_approval and self.proved and not self.must_change

    @property
    def waits_for_operator(self) -> bool:
        """Whether the next move is the operator's: the request is there, and nothing has come back."""
        sent = self.onboarding.status in {Status.SENT, Status.RECEIVED} and self.answer is None
        return sent and not hasattr(self.request, "signing_response")

    def done(self, step: Step) -> bool:
        """Whether what `step` asks for is stored."""
        match step:
            case Step.LOGIN:
                return True
            case Step.COMPANY:
                return bool(self.onboarding.organization)
            case Step.KEY:
                return self.request is not None
            case Step.REQUEST:
                return self.request is not None and self.request.sent_at is not None
            case Step.CERTIFICATE:
                return self.answer is not None and self.has_client_id
            case Step.TEST:
                return self.onboarding.status == Status.CONNECTED
            case Step.DONE:
                return self.onboarding.status == Status.CONNECTED

    @property
    def next(self) -> Step:
        """The first step that is not done; the last one when all are."""
        return next((step for step in Step if not self.done(step)), Step.DONE)

    @staticmethod
    def places(where: "Progress | None") -> list[StepState]:
        """Every step with its state and, where it can be reached, its address; None is an onboarding to be started."""
        if where is None:
            return [StepState(step, "current" if step == Step.LOGIN else "later", "") for step in Step]
        return [where.place(step) for step in Step]

    def place(self, step: Step) -> StepState:
        """A step as seen from here."""
        href = reverse(step.url_name, args=[self.onboarding.pk]) if self.reachable(step) else ""
        state = "done" if self.done(step) else "current" if step == self.next else "later"
        return StepState(step, state, href)

    def reachable(self, step: Step) -> bool:
        """Whether every step before `step` is done, and the onboarding is alive.

        What came back for a replaced request can be handed in at any time.
        """
        early = step == Step.CERTIFICATE and self.awaits_older
        return not self.withdrawn and (early or step.number <= self.next.number)


def other_onboardings(onboarding: Onboarding) -> QuerySet[Onboarding]:
    """The owner's other onboardings for the same login: renewals, other keys, rehearsals."""
    return Onboarding.objects.filter(owner=onboarding.owner_id, mzp_login=onboarding.mzp_login).exclude(
        pk=onboarding.pk
    )


def progress_of(onboarding: Onboarding) -> Progress:
    """Read the facts that say where `onboarding` stands: four queries."""
    request = onboarding.request
    return Progress(
        onboarding,
        request,
        request.issued_certificate if request else None,
        onboarding.client_ids.exists(),
        onboarding.requests.filter(replaced_at__isnull=False, sent_at__isnull=False, certificates=None).exists(),
    )
