"""The limits of everything that is expensive or can be guessed, in one table."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Several people of a company have one address. An IPv6 address stands for its network of this many bits.
ADDRESS_FACTOR = 5
IPV6_PREFIX = 64


class Scope(Enum):
    """What a limit is counted for."""

    ACCOUNT = "account"
    ADDRESS = "address"
    ONBOARDING = "onboarding"
    KEY = "key"
    PROCESS = "account in a process"
    ADDRESS_OF_EMAIL = "email address"
    TOKEN = "API token"  # noqa: S105  # a name, not a secret
    WORKER = "process"
    SITE = "site"

    @property
    def label(self) -> str | Promise:
        """The scope in words."""
        return SCOPE_LABELS[self]


SCOPE_LABELS = {
    Scope.ACCOUNT: _("account"),
    Scope.ADDRESS: _("client address"),
    Scope.ONBOARDING: _("onboarding"),
    Scope.KEY: _("private key"),
    Scope.PROCESS: _("account in one process"),
    Scope.ADDRESS_OF_EMAIL: _("email address"),
    Scope.TOKEN: _("API token"),
    Scope.WORKER: _("process"),
    Scope.SITE: _("site, over all processes"),
}
ACCOUNT_AND_ADDRESS = (Scope.ACCOUNT, Scope.ADDRESS)
MINUTES_10, AN_HOUR, A_DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """At most `number` uses in `period`, for each of `scopes`; without a period, at most `number` at the same time.

    For an address, the number is ADDRESS_FACTOR times as high. The environment variable and setting `setting` changes
    the number. `name` is the code in the audit record, `what` names the uses in the README, and `reason` is the first
    sentence of the message when the limit is reached.
    """

    name: str
    what: "StrOrPromise"
    reason: "StrOrPromise"
    number: int
    period: timedelta | None
    scopes: tuple[Scope, ...]
    setting: str


CHECKS = Limit(
    "checks",
    _("checks and uploads of a request"),
    _("You checked many requests in a short time."),
    30,
    MINUTES_10,
    ACCOUNT_AND_ADDRESS,
    "CHECKS_IN_10_MINUTES",
)
UPLOADS = Limit(
    "uploads",
    _("uploads of certificates"),
    _("You uploaded files many times in a short time."),
    30,
    MINUTES_10,
    ACCOUNT_AND_ADDRESS,
    "UPLOADS_IN_10_MINUTES",
)
DESK_ADDITIONS = Limit(
    "desk_additions",
    _("notes and repeated emails of the review desk"),
    _("You added many notes or sent many emails in a short time."),
    60,
    MINUTES_10,
    ACCOUNT_AND_ADDRESS,
    "DESK_ADDITIONS_IN_10_MINUTES",
)
KEYS = Limit(
    "keys",
    _("new private keys"),
    _("You created many private keys in a short time."),
    10,
    AN_HOUR,
    ACCOUNT_AND_ADDRESS,
    "KEYS_AN_HOUR",
)
ACCOUNT_KEYS_AT_ONCE = Limit(
    "keys_at_once",
    _("private keys being created"),
    _("We are still creating other keys for your account. Wait until they are ready."),
    2,
    None,
    (Scope.ACCOUNT,),
    "KEYS_AT_ONCE_PER_ACCOUNT",
)
SITE_KEYS_AT_ONCE = Limit(
    "site_keys_at_once",
    _("private keys being created"),
    _("We are creating many keys for other partners at the moment."),
    64,
    None,
    (Scope.SITE,),
    "KEYS_AT_ONCE",
)
STARTS = Limit(
    "starts",
    _("new onboardings"),
    _("You started many onboardings in a short time."),
    20,
    A_DAY,
    ACCOUNT_AND_ADDRESS,
    "ONBOARDINGS_A_DAY",
)
OPEN_ONBOARDINGS = Limit(
    "open_onboardings",
    _("open onboardings"),
    _("Your account has too many open onboardings. Withdraw an onboarding that you no longer need."),
    50,
    None,
    (Scope.ACCOUNT,),
    "OPEN_ONBOARDINGS",
)
PRACTICE_SIGNATURES = Limit(
    "signatures",
    _("practice certificates"),
    _("You asked for many practice certificates in a short time."),
    20,
    AN_HOUR,
    ACCOUNT_AND_ADDRESS,
    "PRACTICE_CERTIFICATES_AN_HOUR",
)
TESTS = Limit(
    "tests",
    _("connection tests, also at practice faults"),
    _("You tested connections many times in a short time."),
    100,
    AN_HOUR,
    ACCOUNT_AND_ADDRESS,
    "TESTS_AN_HOUR_PER_ACCOUNT",
)
ONBOARDING_TESTS = Limit(
    "onboarding_tests",
    _("connection tests at the gateway"),
    _("You tested this onboarding many times in a short time. More tests could make the gateway lock your login."),
    10,
    AN_HOUR,
    (Scope.ONBOARDING,),
    "TESTS_AN_HOUR",
)
TESTS_AT_ONCE = Limit(
    "tests_at_once",
    _("connection tests that are running"),
    _("Many tests are running at the moment."),
    8,
    None,
    (Scope.SITE,),
    "TESTS_AT_ONCE",
)
PASSPHRASES = Limit(
    "passphrases",
    _("uses of a passphrase"),
    _("You used a passphrase many times in a short time."),
    60,
    MINUTES_10,
    ACCOUNT_AND_ADDRESS,
    "PASSPHRASES_IN_10_MINUTES",
)
PASSPHRASES_AT_ONCE = Limit(
    "passphrases_at_once",
    _("passphrases being checked"),
    _("We are still checking other passphrases for your account."),
    3,
    None,
    (Scope.PROCESS,),
    "PASSPHRASES_AT_ONCE",
)
# Half of the threads of a process (gunicorn.conf.py): the others stay free for pages. `workflow/thread_pool.py` has the
# text, which says how long the line is.
QUEUE = Limit(
    "queue",
    _("requests that create or open keys, in line"),
    _("Many requests create or open keys at the moment."),
    8,
    None,
    (Scope.WORKER,),
    "QUEUE_PLACES",
)
# The number of wrong passphrases after each other that pause a key for the period. From half of it, tries are slowed.
WRONG_PASSPHRASES = Limit(
    "wrong_passphrases",
    _("wrong passphrases after each other"),
    _("Several wrong passphrases were tried for this key."),
    10,
    AN_HOUR,
    (Scope.KEY,),
    "WRONG_PASSPHRASES",
)
INVITATIONS = Limit(
    "invitations",
    _("invitations of colleagues"),
    _("You invited many colleagues in a short time."),
    20,
    A_DAY,
    ACCOUNT_AND_ADDRESS,
    "INVITATIONS_A_DAY",
)
ADDRESS_INVITATIONS = Limit(
    "address_invitations",
    _("invitations of the same address"),
    _("This address got many invitations today."),
    5,
    A_DAY,
    (Scope.ADDRESS_OF_EMAIL,),
    "INVITATIONS_OF_AN_ADDRESS_A_DAY",
)
COLLEAGUES = Limit(
    "colleagues",
    _("colleagues and open invitations"),
    _("This onboarding has too many colleagues and open invitations. Remove one first."),
    20,
    None,
    (Scope.ONBOARDING,),
    "COLLEAGUES",
)
CALENDAR_READS = Limit(
    "calendar_reads",
    _("times that a calendar is read"),
    _("The calendar was read too often."),
    60,
    AN_HOUR,
    (Scope.ADDRESS,),
    "CALENDAR_READS_AN_HOUR",
)
API = Limit(
    "api",
    _("requests to the API"),
    _("There were too many requests to the API."),
    600,
    MINUTES_10,
    (Scope.TOKEN, Scope.ADDRESS),
    "API_REQUESTS_IN_10_MINUTES",
)

LIMITS = (
    CHECKS,
    UPLOADS,
    DESK_ADDITIONS,
    KEYS,
    ACCOUNT_KEYS_AT_ONCE,
    SITE_KEYS_AT_ONCE,
    STARTS,
    OPEN_ONBOARDINGS,
    PRACTICE_SIGNATURES,
    TESTS,
    ONBOARDING_TESTS,
    TESTS_AT_ONCE,
    PASSPHRASES,
    PASSPHRASES_AT_ONCE,
    QUEUE,
    WRONG_PASSPHRASES,
    INVITATIONS,
    ADDRESS_INVITATIONS,
    COLLEAGUES,
    CALENDAR_READS,
    API,
)
