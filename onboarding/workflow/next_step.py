"""The next step of an onboarding, and who must act. Both are always derived from the stored data.

The hub, the list, the review desk's queue, the emails and the step indicator all read `Progress`.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.environments import Environment, addresses_of
from onboarding.messages.message import Owner
from onboarding.models import (
    CLOSED,
    CertificateRequest,
    ClientId,
    ConnectionTest,
    IssuedCertificate,
    Membership,
    Onboarding,
    Return,
    Status,
    User,
)
from onboarding.workflow.expiry import Expiry


class Step(Enum):
    """A step of the onboarding, in order.

    The value is the name of its URL and of its template; its view has `_step` added, such as `login_step`.
    """

    LOGIN = "login"
    COMPANY = "company"
    KEY = "key"
    REQUEST = "request"
    CERTIFICATE = "certificate"
    TEST = "test"
    DONE = "done"

    @property
    def title(self) -> str | Promise:
        """The name of the step on the pages."""
        return STEP_TITLES[self]

    @property
    def url_name(self) -> str:
        """The URL name of the step."""
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
    """The next action of an onboarding."""

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
    RENEW = "renew"
    WAIT_FOR_RENEWAL = "wait_for_renewal"
    CLOSE_RENEWED = "close_renewed"
    NOTHING = "nothing"
    CLOSED = "closed"

    @property
    def owner(self) -> Owner:
        """Who must act: the partner, the operator, our desk, or nobody."""
        return NEXT_ACTIONS[self].owner

    @property
    def title(self) -> str | Promise:
        """The action as a heading for the partner."""
        return NEXT_ACTIONS[self].title

    @property
    def explanation(self) -> str | Promise:
        """One or two sentences for the partner: why, or what happens meanwhile."""
        return NEXT_ACTIONS[self].explanation

    @property
    def button(self) -> str | Promise:
        """The label of the button that leads to the page of the action."""
        return NEXT_ACTIONS[self].button

    def reminder(self, login: str, expires: str) -> str:
        """Return the text of the reminder email. `expires` is the day on which the certificate expires, or ""."""
        return str(NEXT_ACTIONS[self].reminder) % {"login": login, "expires": expires}


CONTINUE = _("Continue")


@dataclass(frozen=True)
class ActionTexts:
    """Who must act, and everything that the partner reads about a next action.

    The `reminder` is the text of the reminder email. Its parameters are `login` and `expires`.
    """

    owner: Owner
    title: str | Promise
    explanation: str | Promise
    reminder: str | Promise
    button: str | Promise = CONTINUE


OWNER_LABELS = {
    Owner.PARTNER: _("your move"),
    Owner.OPERATOR: _("Stellantis’ move"),
    Owner.US: _("our move"),
    Owner.NOBODY: _("nothing to do"),
}
# The hub, the list, the review desk and the reminder email read this table only.
NEXT_ACTIONS = {
    NextAction.ENTER_COMPANY: ActionTexts(
        Owner.PARTNER,
        _("Enter your company’s details"),
        _("They go into the request, the file that asks Stellantis for your certificate."),
        _("Your onboarding for %(login)s waits for you. The next step: enter your company’s details."),
    ),
    NextAction.MAKE_KEY: ActionTexts(
        Owner.PARTNER,
        _("Create the key"),
        _("Check your details and choose a passphrase. Then we create the key and the request."),
        _("Your onboarding for %(login)s waits for you. The next step: create the key and the request."),
    ),
    NextAction.CHECK_PASSPHRASE: ActionTexts(
        Owner.PARTNER,
        _("Check your passphrase, then send the request"),
        _("Your contact at Stellantis arranges the signature."),
        _("Your request for %(login)s is ready. The next step: check your passphrase."),
    ),
    NextAction.WAIT_FOR_APPROVAL: ActionTexts(
        Owner.US,
        _("Wait for our desk"),
        _("We check every request before it is sent. You get an email when yours is approved."),
        _("Our desk checks your request for %(login)s. You get an email when it is approved."),
        _("See the request"),
    ),
    NextAction.CHANGE_REQUEST: ActionTexts(
        Owner.PARTNER,
        _("Make the corrections listed above"),
        _("They create a new request. Send it instead of the returned request."),
        _("Your request for %(login)s was returned to you. Open your onboarding to see what to correct."),
        _("Correct the details"),
    ),
    NextAction.SEND_REQUEST: ActionTexts(
        Owner.PARTNER,
        _("Send the request to Stellantis"),
        _("Your contact at Stellantis arranges the signature."),
        _("Your request for %(login)s is ready, but you have not sent it yet. The next step: send it to Stellantis."),
    ),
    NextAction.SEND_AGAIN: ActionTexts(
        Owner.PARTNER,
        _("Send the request again"),
        _("Do the steps listed above, then send the same request again."),
        _(
            "Your request for %(login)s was returned to you. Open your onboarding to see why, then send the "
            "request again."
        ),
    ),
    NextAction.WAIT_FOR_RECEIPT: ActionTexts(
        Owner.US,
        _("Wait until we confirm that Stellantis has your request"),
        _(
            "Stellantis then sends the certificate to the address in the request. If you have the certificate already, "
            "upload it."
        ),
        _(
            "You sent your request for %(login)s, and we confirm that Stellantis has it. If you have Stellantis’ email "
            "already, upload your certificate."
        ),
        _("I have my certificate"),
    ),
    NextAction.WAIT_FOR_CERTIFICATE: ActionTexts(
        Owner.OPERATOR,
        _("Wait for Stellantis’ email, then upload your certificate"),
        _("Stellantis has your request, and sends the certificate to the address in the request."),
        _(
            "Stellantis has your request for %(login)s. If you have their email with the certificate already, upload "
            "your certificate."
        ),
        _("I have my certificate"),
    ),
    NextAction.UPLOAD_PRACTICE_CERTIFICATE: ActionTexts(
        Owner.PARTNER,
        _("Upload the practice certificate"),
        _("The practice authority has signed the request. Save the two files from its email, then upload them."),
        _("The practice authority has signed your request for %(login)s. The next step: upload the certificate."),
    ),
    NextAction.ADD_CLIENT_ID: ActionTexts(
        Owner.PARTNER,
        _("Add the client ID"),
        _("We have your certificate. The client ID is in the same email."),
        _("We have your certificate for %(login)s. The next step: add the client ID from the same email."),
    ),
    NextAction.TEST: ActionTexts(
        Owner.PARTNER,
        _("Test the connection"),
        _("You have everything that the test needs."),
        _("We have your certificate for %(login)s. The next step: test the connection."),
    ),
    NextAction.TEST_AGAIN: ActionTexts(
        Owner.PARTNER,
        _("Test the connection again"),
        _("The last test failed."),
        _("The last connection test for %(login)s failed. Open the test to see what to do, then test again."),
    ),
    NextAction.WAIT_FOR_OPERATOR: ActionTexts(
        Owner.OPERATOR,
        _("Stellantis has to act. Then test again"),
        _("The last test failed."),
        _("The last connection test for %(login)s failed. Stellantis has to act. Then test again."),
    ),
    NextAction.WAIT_FOR_US: ActionTexts(
        Owner.US,
        _("Our desk has to act. Then test again"),
        _("The last test failed."),
        _("The last connection test for %(login)s failed. Our desk has to act. Then test again."),
    ),
    NextAction.NOTHING: ActionTexts(
        Owner.NOBODY,
        _("All done"),
        _("Your server can use the fleet API."),
        _(
            "Your connection for %(login)s works. Its certificate expires on %(expires)s. Renew it in time: a "
            "signature can take weeks."
        ),
        _("See the fleets and the files"),
    ),
    NextAction.RENEW: ActionTexts(
        Owner.PARTNER,
        _("Renew the certificate"),
        _("We fill in everything from this onboarding. Start now, because a signature can take weeks."),
        _("The certificate for %(login)s expires on %(expires)s. The next step: renew it. A signature can take weeks."),
        _("Renew"),
    ),
    NextAction.WAIT_FOR_RENEWAL: ActionTexts(
        Owner.NOBODY,
        _("The renewal is under way"),
        _("You can go on using and testing this certificate until the new one works."),
        _("The certificate for %(login)s expires on %(expires)s. Its renewal is under way."),
        _("Open the renewal"),
    ),
    NextAction.CLOSE_RENEWED: ActionTexts(
        Owner.PARTNER,
        _("Close this onboarding"),
        _("The new certificate is connected. Close this onboarding when all your servers use the new certificate."),
        _("The new certificate for %(login)s is connected. The next step: close the onboarding of the old one."),
        _("The new certificate works everywhere"),
    ),
    NextAction.CLOSED: ActionTexts(
        Owner.NOBODY,
        _("Closed"),
        _("This onboarding is closed."),
        _("Your onboarding for %(login)s is closed."),
    ),
}
RENEWABLE = frozenset({Status.CERTIFIED, Status.CONNECTED})
RENEWAL_PAGES = {NextAction.RENEW: "onboarding:renew", NextAction.CLOSE_RENEWED: "onboarding:close_renewed"}
# The next action after a failed test, by the owner of its verdict. For other owners, the partner tests again. A partner
# can't reach the people who run this server's network: our desk passes the verdict on to them.
AFTER_FAILED_TEST = {
    Owner.OPERATOR: NextAction.WAIT_FOR_OPERATOR,
    Owner.NETWORK: NextAction.WAIT_FOR_US,
    Owner.US: NextAction.WAIT_FOR_US,
}


@dataclass(frozen=True)
class StepState:
    """A step as a page shows it: "done", "current" or "later". `href` is empty if the step can't be opened yet."""

    step: Step
    state: str
    href: str


@dataclass(frozen=True)
class Progress:
    """The progress of an onboarding, with the stored data that determines it. Everything is read once."""

    onboarding: Onboarding
    request: CertificateRequest | None
    issued_certificate: IssuedCertificate | None

    @property
    def closed(self) -> bool:
        """Whether the onboarding was withdrawn, rejected, or renewed."""
        return self.onboarding.status in CLOSED

    @property
    def is_practice(self) -> bool:
        """Whether this is a rehearsal, from which nothing is sent to the operator."""
        return self.onboarding.environment == Environment.REHEARSAL

    @property
    def can_become_real(self) -> bool:
        """Whether a real onboarding can be started with what was typed in this rehearsal."""
        return self.is_practice and not self.closed and bool(addresses_of(Environment.PRODUCTION).base_url)

    @property
    def unapproved(self) -> bool:
        """Whether our desk must approve the request before it may be sent."""
        return self.request is not None and self.request.needs_approval

    @property
    def key_proved(self) -> bool:
        """Whether the passphrase of the key was checked, or the partner made the key elsewhere."""
        request = self.request
        return request is not None and (request.externally_generated or request.passphrase_proved_at is not None)

    @cached_property
    def return_to_resolve(self) -> Return | None:
        """The return that the partner has to resolve; None if there is none, or if only our approval is missing."""
        open_return = self.onboarding.open_return
        corrected = open_return is not None and self.request is not None and open_return.request_id != self.request.pk
        return None if corrected and self.key_proved and self.unapproved else open_return

    @property
    def must_change(self) -> bool:
        """Whether the current request was returned, and a new request has to replace it."""
        open_return = self.return_to_resolve
        return (
            open_return is not None
            and self.request is not None
            and open_return.request_id == self.request.pk
            and open_return.changes_request
        )

    @property
    def has_signing_response(self) -> bool:
        """Whether a practice authority has signed the request."""
        return hasattr(self.request, "signing_response")

    @cached_property
    def last_test(self) -> ConnectionTest | None:
        """The newest finished test of the current certificate at a gateway without a fault."""
        if self.issued_certificate is None:
            return None
        return self.onboarding.tests.finished().filter(certificate=self.issued_certificate).first()

    @cached_property
    def client_ids(self) -> list[ClientId]:
        """The client IDs of the onboarding, oldest first."""
        return list(self.onboarding.client_ids.all())

    @property
    def expiry(self) -> Expiry | None:
        """When the certificate expires; None if there is none."""
        issued = self.issued_certificate
        return Expiry(issued.not_before, issued.not_after) if issued else None

    @cached_property
    def renewal(self) -> Onboarding | None:
        """The onboarding that renews this one; None if there is none."""
        return self.onboarding.renewal

    @property
    def may_renew(self) -> bool:
        """Whether a renewal can be started: there is a certificate, and no renewal yet."""
        return self.onboarding.status in RENEWABLE and self.renewal is None

    @cached_property
    def awaits_replaced(self) -> bool:
        """Whether a replaced request was sent, whose certificate may still arrive."""
        requests = self.onboarding.requests.filter(replaced_at__isnull=False, sent_at__isnull=False, certificates=None)
        return requests.exists()

    @cached_property
    def next_action(self) -> NextAction:
        """The next action of an onboarding."""
        if self.closed:
            return NextAction.CLOSED
        if self._leads_to_renewal():
            return self._next_for_renewal()
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

    def _leads_to_renewal(self) -> bool:
        """Return whether only the renewal is left to do: it is due, or there is one already."""
        if self.expiry is None or self.onboarding.status not in RENEWABLE:
            return False
        if self.onboarding.status == Status.CONNECTED:
            return self.expiry.is_renewal_due or self.renewal is not None
        return self.expiry.is_past  # a certificate that was never connected

    def _next_for_renewal(self) -> NextAction:
        if self.renewal is None:
            return NextAction.RENEW
        is_connected = self.renewal.status in {Status.CONNECTED, Status.RENEWED}
        return NextAction.CLOSE_RENEWED if is_connected else NextAction.WAIT_FOR_RENEWAL

    def _next_for_request(self) -> NextAction:
        if self.must_change:
            return NextAction.CHANGE_REQUEST
        if not self.key_proved:
            return NextAction.CHECK_PASSPHRASE
        if self.unapproved:
            return NextAction.WAIT_FOR_APPROVAL
        return NextAction.SEND_AGAIN if self.return_to_resolve else NextAction.SEND_REQUEST

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
        return AFTER_FAILED_TEST.get(test.result.get("verdict", {}).get("owner"), NextAction.TEST_AGAIN)

    @property
    def waits_for_certificate(self) -> bool:
        """Whether the request was sent, and the operator's email with the certificate is the next thing to come."""
        return self.next_action in {NextAction.WAIT_FOR_RECEIPT, NextAction.WAIT_FOR_CERTIFICATE}

    @property
    def next_url(self) -> str:
        """The address of the page where the next action is done."""
        if self.next_action == NextAction.WAIT_FOR_RENEWAL and self.renewal:
            return reverse("onboarding:hub", args=[self.renewal.pk])
        if self.next_action in RENEWAL_PAGES:
            return reverse(RENEWAL_PAGES[self.next_action], args=[self.onboarding.pk])
        returned = self.return_to_resolve if self.next_action == NextAction.CHANGE_REQUEST else None
        name = returned.url_name if returned else self.next_step.url_name
        return reverse(name, args=[self.onboarding.pk])

    def done(self, step: Step) -> bool:
        """Return whether everything that `step` needs is stored."""
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
                return self.issued_certificate is not None and bool(self.client_ids)
            case Step.TEST | Step.DONE:
                return self.onboarding.status in {Status.CONNECTED, Status.RENEWED}

    @cached_property
    def next_step(self) -> Step:
        """The first step that is not done; the last step if all are done."""
        return next((step for step in Step if not self.done(step)), Step.DONE)

    def reachable(self, step: Step) -> bool:
        """Return whether `step` can be opened: every step before it is done, and the onboarding is open.

        The certificate step can also be opened while a certificate for a replaced request may arrive.
        """
        if self.closed:
            return False
        return step.number <= self.next_step.number or (step == Step.CERTIFICATE and self.awaits_replaced)

    def state_of(self, step: Step) -> StepState:
        """Return `step` as the step indicator shows it."""
        href = reverse(step.url_name, args=[self.onboarding.pk]) if self.reachable(step) else ""
        state = "done" if self.done(step) else "current" if step == self.next_step else "later"
        return StepState(step, state, href)


def step_states(progress: Progress | None) -> list[StepState]:
    """Return every step as the step indicator shows it. `progress` is None before the onboarding is started."""
    if progress is None:
        return [StepState(step, "current" if step == Step.LOGIN else "later", "") for step in Step]
    return [progress.state_of(step) for step in Step]


def onboardings_of(user: User) -> QuerySet[Onboarding]:
    """Return the onboardings that `user` may open: as their owner, as a member, or as a reader."""
    shared = Membership.objects.filter(user=user).values("onboarding")
    return Onboarding.objects.filter(Q(owner=user) | Q(pk__in=shared))


def other_onboardings(onboarding: Onboarding, user: User) -> QuerySet[Onboarding]:
    """Return the other onboardings of `user` for the same login, for renewals, other keys, or practice."""
    return onboardings_of(user).filter(mzp_login=onboarding.mzp_login).exclude(pk=onboarding.pk)


def progress_of(onboarding: Onboarding) -> Progress:
    """Return the progress of `onboarding`. This makes two queries; the other data is read when it is needed."""
    request = onboarding.request
    return Progress(onboarding, request, request.issued_certificate if request else None)
