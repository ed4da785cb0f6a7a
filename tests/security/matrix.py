"""Who gets which status at which address: the visitors, and every request of the access matrix.

The addresses come from the URL configuration. `matrix.txt` has the expected status of each request. After a change that
is meant, `WRITE_MATRIX=1 .venv/bin/python -m pytest tests/security/test_matrix.py` writes it anew: read its difference.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import diagnose
from onboarding.middleware import HEALTH_PATH
from onboarding.models import ConnectionTest, Onboarding, Status, User
from onboarding.review.actions import REVIEW_ACTIONS
from onboarding.workflow.requests import open_private_key
from tests import factories

TABLE = Path(__file__).with_name("matrix.txt")
METHODS = ("GET", "POST", "DELETE")  # no page accepts DELETE
BOOKKEEPING = {"onboarding_session", "onboarding_limitcounter"} | {
    f"onboarding_audit{name}" for name in ("record", "personal", "head")
}
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _staff(role: str) -> User:
    user = factories.verified(factories.partner(f"{role or 'roleless'}@operator.example"))
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    return factories.with_second_factor(user)


def cookie_of(user: User, *, confirmed: bool = False, second_factor: bool = False) -> str:
    """Return the session cookie of a new session: with a recent confirmation, or with a second factor, or neither."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    request = HttpRequest()
    request.session, request.user = client.session, user
    record_authentication(request, user, method="password", reauthenticated=confirmed)
    if second_factor:
        record_authentication(request, user, method="mfa", type="totp", reauthenticated=False)
    request.session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


# The columns of the table, each with a function that returns the visitor's cookie ("" for nobody). The argument is the
# onboarding. A name that ends in "-1" has an account with a second factor, which was not used in this session.
VISITORS: dict[str, Callable[[Onboarding], str]] = {
    "nobody": lambda onboarding: "",
    "stranger": lambda onboarding: cookie_of(
        factories.verified(factories.partner("stranger@flottes.example")), confirmed=True
    ),
    "thief": lambda onboarding: cookie_of(onboarding.owner),  # of the owner's cookie
    "owner": lambda onboarding: cookie_of(onboarding.owner, confirmed=True),
    "roleless": lambda onboarding: cookie_of(_staff(""), second_factor=True),
    "auditor": lambda onboarding: cookie_of(_staff("auditor"), second_factor=True),
    "reviewer": lambda onboarding: cookie_of(_staff("reviewer"), second_factor=True),
    "admin": lambda onboarding: cookie_of(_staff("administrator"), second_factor=True),
    "roleless-1": lambda onboarding: cookie_of(User.objects.get(email="roleless@operator.example")),
    "auditor-1": lambda onboarding: cookie_of(User.objects.get(email="auditor@operator.example")),
    "reviewer-1": lambda onboarding: cookie_of(User.objects.get(email="reviewer@operator.example")),
    "admin-1": lambda onboarding: cookie_of(User.objects.get(email="administrator@operator.example")),
}


@dataclass(frozen=True)
class Address:
    """A row of the URL configuration with values for its parameters."""

    name: str
    path: str
    onboarding: bool = False  # whether it is a page of one onboarding, for its owner only

    @property
    def desk(self) -> bool:
        """Whether it is a page of the review desk."""
        return self.name.startswith("admin:")


@dataclass
class Outcome:
    """The response to a request, and the tables that it wrote to, without bookkeeping."""

    status: int
    location: str
    written: set[str] = field(default_factory=set)


def patterns(resolved=None, route: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name, with its namespace, and the route of every row of the URL configuration."""
    for pattern in (resolved or get_resolver()).url_patterns:
        below = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}", below
        else:
            yield from patterns(pattern, below, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""))


def addresses(onboarding: Onboarding) -> Iterator[Address]:
    """Yield the addresses of every row; KeyError if a row has a parameter without an example in `_examples`."""
    yield Address(HEALTH_PATH, HEALTH_PATH)
    for name, route in sorted(set(patterns())):
        for label, given in _examples(name, route, onboarding):
            own = name.startswith("onboarding:") and "<uuid:pk>" in route
            yield Address(label, _path(name, route, given), own)


def _examples(name: str, route: str, onboarding: Onboarding) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield a label and the values of the parameters; an address of the desk's actions for each of them."""
    # No email has the id 0, because a row that exists depends on the tests that ran before.
    of_email = 0 if "outgoingemail" in route else onboarding.owner_id
    table_id = onboarding.pk if "onboarding/onboarding" in route else of_email
    known = {
        "pk": onboarding.pk if "<uuid:pk>" in route else 1,
        "name": "certificate.pem",
        "token": "unknown",
        "code": "dns_failed",
        "step": "key",
        "key": "unknown",
        "uidb36": "1",
        "provider_id": "oidc",
        "content_type_id": 1,
        "object_id": table_id,
        "app_label": "onboarding",
        "url": "nothing/here",
        "action": "receive",
    }
    parameters = re.findall(r"<(?:\w+:)?(\w+)>", route)
    if "slug" in parameters:
        for slug in sorted(action.action.value for action in REVIEW_ACTIONS):
            yield f"{name}:{slug}", {"pk": onboarding.pk, "slug": slug}
        return
    # A row without a name, or with a name that another row has too, is called by its route.
    twin = not name or name.endswith(":") or name == "account_signup"
    yield (f"{name}[{route}]" if twin else name).replace(" ", ""), {each: known[each] for each in parameters}


def _path(name: str, route: str, given: dict[str, object]) -> str:
    try:
        return reverse(name, kwargs=given or None)
    except NoReverseMatch:
        filled = re.sub(
            r"\(\?P<(\w+)>(?:[^()]|\([^)]*\))*\)|<(?:\w+:)?(\w+)>", lambda m: str(given[m[1] or m[2]]), route
        )
        return "/" + filled.replace("^", "").replace("$", "")


def connected_onboarding() -> Onboarding:
    """Return an onboarding that passed its test, so that its owner can open every page."""
    onboarding = factories.certified(factories.verified(factories.partner()))
    issued = onboarding.request.issued_certificate
    key = open_private_key(onboarding.request, onboarding.owner, factories.PASSPHRASE)
    credentials = Credentials(
        identity=ClientIdentity(certificates=issued.presented, key=key),
        anchors=tuple(issued.trusted_anchors),
        login=onboarding.mzp_login,
        password="never sent",
        client_id="client-1",
    )
    refused = diagnose(Endpoint(settings.FLEETS_API_URL), credentials)  # nothing listens there
    ConnectionTest.objects.create(
        onboarding=onboarding,
        certificate=issued,
        client_id="client-1",
        finished_at=onboarding.created_at,
        result=refused.to_dict() | {"succeeded": True},
        verdict="connected",
    )
    Onboarding.objects.filter(pk=onboarding.pk).update(status=Status.CONNECTED)
    return factories.fresh(onboarding)


@contextmanager
def watched_writes() -> Iterator[set[str]]:
    """Collect the tables that are written to, without bookkeeping."""
    written: set[str] = set()

    def watch(execute, sql, params, many, context):
        if (found := WRITES.match(sql)) and found[1] not in BOOKKEEPING:
            written.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


def visit(client: Client, cookie: str, method: str, path: str) -> Outcome:
    """Send a request with only this cookie, and roll back what it wrote."""
    client.cookies.clear()
    if cookie:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    with transaction.atomic(), watched_writes() as written:
        response = client.generic(method, path, b"", content_type="application/x-www-form-urlencoded")
        for _ in response:  # a page that is sent in pieces
            pass
        transaction.set_rollback(True)
    return Outcome(response.status_code, response.headers.get("Location", ""), written)
