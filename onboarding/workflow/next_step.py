"""What is next for an onboarding, and who must act: derived from what is stored, remembered nowhere.

The hub, the list, the review desk's queue, the emails and the step indicator all read `Progress.next_action`.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.messages.message import Owner
from onboarding.models import (
    CLOSED,
    CertificateRequest,
    ConnectionTest,
    IssuedCertificate,
    Onboarding,
    Return,
    Status,
)


class Step(Enum):
    """A step of the journey, in order. The value names its view, template and form."""

    LOGIN = "login"
    COMPANY = "company"
    KEY = "key"
    REQUEST = "request"
    CERTIFICATE = "certificate"
    TEST = "test"
    DONE = "done"

    @property
    def title(self) -> str | Promise:
        """What the step is called on the pages."""
        return STEP_TITLES[self]

    @property
    def url_name(self) -> str:
        """The name of the step's address."""
        return f"onboarding:{self.value}"

    @property
    def number(self) -> int:
        """The step's position, from 1."""
        return list(Step).index(self) + 1


STEP_TITLES = {
    Step.LOGIN: _("Login"),
    Step.COMPANY: _("Company"),
    Step.KEY: _("Key"),
    Step.REQUEST: _("Request"),
    Step.CERTIFICATE: _("Certificate"),
    Step.TEST: _("Test"),
    Step.DONE: _("Done"),
}


class NextAction(Enum):
    """The one thing that is to be done next."""

    ENTER_COMPANY = "enter_company"
    MAKE_KEY = "make_key"
    CHECK_PASSPHRASE = "check_passphrase"  # noqa: S105  # a name, not a secret
    WAIT_FOR_APPROVAL = "wait_for_approval"
    CHANGE_REQUEST = "change_request"
    SEND_REQUEST = "send_request"
    SEND_AGAIN = "send_again"
    WAIT_FOR_RECEIPT = "wait_for_receipt"
    WAIT_FOR_CERTIFICATE = "wait_for_certificate"
    UPLOAD_PRACTICE_CERTIFICATE = "upload_practice_certificate"
    ADD_CLIENT_ID = "add_client_id"
    TEST = "test"
    TEST_AGAIN = "test_again"
    WAIT_FOR_OPERATOR = "wait_for_operator"
    WAIT_FOR_US = "wait_for_us"
    NOTHING = "nothing"
    CLOSED = "closed"

    @property
    def owner(self) -> Owner:
        """Who must act."""
        return OWNERS.get(self, Owner.PARTNER)

    @property
    def title(self) -> str | Promise:
        """The action as a heading for the partner."""
        return ACTION_TITLES[self]

    @property
    def explanation(self) -> str | Promise:
        """One or two sentences for the partner: why, or what happens meanwhile."""
        return EXPLANATIONS[self]

    @property
    def button(self) -> str | Promise:
        """The label of the button that leads there."""
        return BUTTONS.get(self, _("Continue"))


OWNERS = {
    NextAction.WAIT_FOR_APPROVAL: Owner.US,
    NextAction.WAIT_FOR_RECEIPT: Owner.US,
    NextAction.WAIT_FOR_CERTIFICATE: Owner.OPERATOR,
    NextAction.WAIT_FOR_OPERATOR: Owner.OPERATOR,
    NextAction.WAIT_FOR_US: Owner.US,
    NextAction.NOTHING: Owner.NOBODY,
    NextAction.CLOSED: Owner.NOBODY,
}
OWNER_LABELS = {
    Owner.PARTNER: _("your move"),
    Owner.OPERATOR: _("Stellantis’ move"),
    Owner.US: _("our move"),
    Owner.NOBODY: _("nothing to do"),
}
ACTION_TITLES = {
    NextAction.ENTER_COMPANY: _("Enter your company’s details"),
    NextAction.MAKE_KEY: _("Make the key"),
    NextAction.CHECK_PASSPHRASE: _("Check your passphrase, then send the request"),
    NextAction.WAIT_FOR_APPROVAL: _("Wait for our desk"),
    NextAction.CHANGE_REQUEST: _("Correct what is listed above"),
    NextAction.SEND_REQUEST: _("Send the request to Stellantis"),
    NextAction.SEND_AGAIN: _("Send the request again"),
    NextAction.WAIT_FOR_RECEIPT: _("Wait for Stellantis’ email, then upload your certificate"),
    NextAction.WAIT_FOR_CERTIFICATE: _("Wait for Stellantis’ email, then upload your certificate"),
    NextAction.UPLOAD_PRACTICE_CERTIFICATE: _("Upload the practice certificate"),
    NextAction.ADD_CLIENT_ID: _("Add the client ID"),
    NextAction.TEST: _("Test the connection"),
    NextAction.TEST_AGAIN: _("Test the connection again"),
    NextAction.WAIT_FOR_OPERATOR: _("Stellantis has to act; then test again"),
    NextAction.WAIT_FOR_US: _("Our desk has to act; then test again"),
    NextAction.NOTHING: _("All done"),
    NextAction.CLOSED: _("Closed"),
}
EXPLANATIONS = {
    NextAction.ENTER_COMPANY: _("They go into the request, the file that asks Stellantis for your certificate."),
    NextAction.MAKE_KEY: _("Check your answers and choose a passphrase. Then we make the key and the request."),
    NextAction.CHECK_PASSPHRASE: _("Your contact at Stellantis arranges the signature."),
    NextAction.WAIT_FOR_APPROVAL: _(
        "We check every request before it is sent. You get an email when yours is approved."
    ),
    NextAction.CHANGE_REQUEST: _("That makes a new request, which you then send in place of the returned one."),
    NextAction.SEND_REQUEST: _("Your contact at Stellantis arranges the signature."),
    NextAction.SEND_AGAIN: _("Do what is listed above, then send the same request again."),
    NextAction.WAIT_FOR_RECEIPT: _(
        "We confirm that Stellantis has your request. Stellantis sends the certificate to the address in the request."
    ),
    NextAction.WAIT_FOR_CERTIFICATE: _(
        "Stellantis has your request, and sends the certificate to the address in the request."
    ),
    NextAction.UPLOAD_PRACTICE_CERTIFICATE: _(
        "The practice authority has signed the request. Save the two files from its email, then upload them."
    ),
    NextAction.ADD_CLIENT_ID: _("Your certificate is here. The client ID is in the same email."),
    NextAction.TEST: _("Everything that is needed is here."),
    NextAction.TEST_AGAIN: _("The last test failed."),
    NextAction.WAIT_FOR_OPERATOR: _("The last test failed."),
    NextAction.WAIT_FOR_US: _("The last test failed."),
    NextAction.NOTHING: _("Your server can use the fleet API."),
    NextAction.CLOSED: _("This onboarding is closed."),
}
BUTTONS = {
    NextAction.WAIT_FOR_APPROVAL: _("See the request"),
    NextAction.CHANGE_REQUEST: _("Correct the details"),
    NextAction.WAIT_FOR_RECEIPT: _("I have my certificate"),
    NextAction.WAIT_FOR_CERTIFICATE: _("I have my certificate"),
    NextAction.NOTHING: _("See the fleets and the files"),
}
# Whose move a failed test leaves; the partner's where its verdict names nobody else.
AFTER_VERDICT = {
    Owner.OPERATOR: NextAction.WAIT_FOR_OPERATOR,
    Owner.NETWORK: NextAction.WAIT_FOR_US,
}


@dataclass(frozen=True)
class StepState:
    """A step as a page shows it: "done", "current" or "later"; `href` is empty where it can't be opened yet."""

    step: Step
    state: str
    href: str


@dataclass(frozen=True)
class Progress:
    """How far an onboarding has come: the stored facts that decide it, each read once."""

    onboarding: Onboarding
    request: CertificateRequest | None
    issued_certificate: IssuedCertificate | None
    has_client_id: bool
    # A replaced request was sent, and its certificate may still come.
    awaits_replaced: bool = False

    @property
    def closed(self) -> bool:
        """Whether the onboarding was withdrawn or rejected."""
        return self.onboarding.status in CLOSED

    @property
    def unapproved(self) -> bool:
        """Whether our desk must approve the request before it may be sent."""
        request = self.request
        unsent = request is not None and request.sent_at is None and request.approved_at is None
        return settings.REVIEW_REQUIRED and unsent

    @property
    def key_proved(self) -> bool:
        """Whether the key is known to be usable: its passphrase was checked, or the partner made it elsewhere."""
        request = self.request
        return request is not None and (request.externally_generated or request.passphrase_proved_at is not None)

    @cached_property
    def open_return(self) -> Return | None:
        """Why the request was returned; None once the partner has done all but wait for our desk."""
        found = self.onboarding.open_return
        corrected = found is not None and self.request is not None and found.request_id != self.request.pk
        return None if corrected and self.key_proved and self.unapproved else found

    @property
    def must_change(self) -> bool:
        """Whether the current request is the returned one, and another has to take its place."""
        found = self.open_return
        return (
            found is not None
            and self.request is not None
            and found.request_id == self.request.pk
            and found.changes_request
        )

    @property
    def has_signing_response(self) -> bool:
        """Whether a signing address has answered the request at once, as the rehearsal's does."""
        return hasattr(self.request, "signing_response")

    @cached_property
    def last_test(self) -> ConnectionTest | None:
        """The newest finished test of the current certificate at the real gateway."""
        finished = self.onboarding.tests.filter(finished_at__isnull=False, fault="")
        return finished.filter(certificate=self.issued_certificate).first() if self.issued_certificate else None

    @cached_property
    def next_action(self) -> NextAction:
        """What is to be done next."""
        if self.closed:
            return NextAction.CLOSED
        match self.next_step:
            case Step.LOGIN | Step.COMPANY:
                return NextAction.ENTER_COMPANY
            case Step.KEY:
                return NextAction.MAKE_KEY
            case Step.REQUEST:
                return self._next_for_request()
            case Step.CERTIFICATE:
                return self._next_for_certificate()
            case Step.TEST:
                return self._next_for_test()
            case Step.DONE:
                return NextAction.NOTHING

    def _next_for_request(self) -> NextAction:
        if self.must_change:
            return NextAction.CHANGE_REQUEST
        if not self.key_proved:
            return NextAction.CHECK_PASSPHRASE
        if self.unapproved:
            return NextAction.WAIT_FOR_APPROVAL
        return NextAction.SEND_AGAIN if self.open_return else NextAction.SEND_REQUEST

    def _next_for_certificate(self) -> NextAction:
        if self.issued_certificate:
            return NextAction.ADD_CLIENT_ID
        if self.has_signing_response:
            return NextAction.UPLOAD_PRACTICE_CERTIFICATE
        received = self.onboarding.status == Status.RECEIVED
        return NextAction.WAIT_FOR_CERTIFICATE if received else NextAction.WAIT_FOR_RECEIPT

    def _next_for_test(self) -> NextAction:
        test = self.last_test
        if test is None or test.result.get("succeeded"):
            return NextAction.TEST
        return AFTER_VERDICT.get(test.result.get("verdict", {}).get("owner"), NextAction.TEST_AGAIN)

    @property
    def waits_for_operator(self) -> bool:
        """Whether the request was sent, and nothing has come back."""
        return self.next_action in {NextAction.WAIT_FOR_RECEIPT, NextAction.WAIT_FOR_CERTIFICATE}

    @property
    def next_url(self) -> str:
        """The address of the page where the next action is done."""
        changed = self.next_action == NextAction.CHANGE_REQUEST and self.open_return
        name = changed.url_name if changed else self.next_step.url_name
        return reverse(name, args=[self.onboarding.pk])

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
                return self.issued_certificate is not None and self.has_client_id
            case Step.TEST | Step.DONE:
                return self.onboarding.status == Status.CONNECTED

    @cached_property
    def next_step(self) -> Step:
        """The first step that is not done; the last one when all are."""
        return next((step for step in Step if not self.done(step)), Step.DONE)

    def reachable(self, step: Step) -> bool:
        """Whether every step before `step` is done, and the onboarding is open.

        The certificate step can also be opened while a certificate for a replaced request may still come.
        """
        early = step == Step.CERTIFICATE and self.awaits_replaced
        return not self.closed and (early or step.number <= self.next_step.number)

    def state_of(self, step: Step) -> StepState:
        """Return `step` as the step indicator shows it."""
        href = reverse(step.url_name, args=[self.onboarding.pk]) if self.reachable(step) else ""
        state = "done" if self.done(step) else "current" if step == self.next_step else "later"
        return StepState(step, state, href)


def step_states(progress: Progress | None) -> list[StepState]:
    """Return every step as the step indicator shows it; None is an onboarding that is not started yet."""
    if progress is None:
        return [StepState(step, "current" if step == Step.LOGIN else "later", "") for step in Step]
    return [progress.state_of(step) for step in Step]


def other_onboardings(onboarding: Onboarding) -> QuerySet[Onboarding]:
    """Return the owner's other onboardings for the same login: renewals, other keys, rehearsals."""
    same_login = Onboarding.objects.filter(owner=onboarding.owner_id, mzp_login=onboarding.mzp_login)
    return same_login.exclude(pk=onboarding.pk)


def progress_of(onboarding: Onboarding) -> Progress:
    """Read the facts that decide how far `onboarding` has come: four queries."""
    request = onboarding.request
    replaced = onboarding.requests.filter(replaced_at__isnull=False, sent_at__isnull=False, certificates=None)
    return Progress(
        onboarding,
        request,
        request.issued_certificate if request else None,
        onboarding.client_ids.exists(),
        replaced.exists(),
    )
