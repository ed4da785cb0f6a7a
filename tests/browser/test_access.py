"""Only the owner can open an onboarding, and a form that is sent twice has one effect."""

import dataclasses
import re
import uuid

import pytest
from django.urls import URLPattern
from django.urls.resolvers import RoutePattern

from onboarding.urls import partner_urls
from tests.browser.partner import COMPANY, Desk, Partner
from tests.browser.visitor import Visitor

EXAMPLES = {"name": "certificate.pem", "kind": "json"}  # of what else an address may name


def addresses_of_an_onboarding():
    """Return each address below an onboarding's own, from the URL configuration: its name and its path after the id."""
    found = {}
    for pattern in partner_urls:
        if isinstance(pattern, URLPattern) and isinstance(pattern.pattern, RoutePattern):
            route = str(pattern.pattern)
            if "<uuid:pk>" in route:
                below = route.partition("<uuid:pk>/")[2]
                found[pattern.name] = re.sub(r"<\w+:(\w+)>", lambda part: EXAMPLES[part[1]], below)
    return found


ADDRESSES = addresses_of_an_onboarding()


@pytest.fixture(scope="module")
def finished(site):
    """A connected onboarding: its owner can open every page and file."""
    desk = Desk(site, Partner())
    desk.to_done()
    return desk


@pytest.fixture(scope="module")
def stranger(site):
    """Another account, with an onboarding of its own."""
    desk = Desk(site, Partner())
    desk.sign_up()
    desk.begin()
    return desk


def bare(visitor, method, path, token=""):
    """Send one request without following redirects."""
    headers = {"x-csrftoken": token} if token else {}
    return visitor.client.request(method, path, headers=headers, follow_redirects=False)


def test_every_address_is_enumerated():
    """The list comes from the URL configuration, so a new address is tested too. These must be in it."""
    assert set(ADDRESSES) >= {"hub", "login", "key", "request_csr", "sign", "key_pem", "done", "withdraw", "replace"}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_another_account_gets_404(site, finished, stranger, name, method):
    """The answer is the same, byte by byte, as for an onboarding that does not exist."""
    stranger.visitor.open("/onboardings/new/")
    token = stranger.visitor.page.form("mzp_login").values["csrfmiddlewaretoken"]
    before = site.count()
    theirs = bare(stranger.visitor, method, finished.path(ADDRESSES[name]), token)
    nobodys = bare(stranger.visitor, method, f"/onboardings/{uuid.uuid4()}/{ADDRESSES[name]}", token)
    assert theirs.status_code == nobodys.status_code == 404
    mask = lambda answer: answer.text.replace(answer.request.url.path, "")  # noqa: E731  # used twice, here alone
    assert len(mask(theirs)) == len(mask(nobodys))
    assert site.count() == before


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_owner_can_open_it(finished, name):
    """The owner can open the same addresses; one that accepts only POST redirects to the hub."""
    answer = bare(finished.visitor, "GET", finished.path(ADDRESSES[name]))
    if answer.status_code == 302:
        assert answer.headers["location"].startswith(f"/onboardings/{finished.pk}/")
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_without_a_session_every_address_redirects_to_sign_in(site, finished, name, method):
    """Whether the onboarding exists or not."""
    visitor = Visitor(site.url)
    visitor.open("/accounts/login/")
    token = visitor.page.form("login").values["csrfmiddlewaretoken"]
    for pk in (finished.pk, uuid.uuid4()):
        path = f"/onboardings/{pk}/{ADDRESSES[name]}"
        answer = bare(visitor, method, path, token)
        assert (answer.status_code, answer.headers["location"]) == (302, f"/accounts/login/?next={path}")


def test_a_form_can_not_reach_into_another_onboarding(site, finished, stranger):
    """The ids in forms are checked against the account: of an onboarding, a test, a client ID."""
    before = site.count(), site.status(finished.pk)
    page = stranger.visitor.open("/onboardings/new/")
    answer = stranger.visitor.submit(onboarding=finished.pk, mzp_login="MZP999999", environment="rehearsal")
    assert answer.status_code == 404
    assert finished.partner.login not in stranger.visitor.open("/onboardings/").text
    assert page.form("mzp_login").values["onboarding"] != finished.pk
    assert (site.count(), site.status(finished.pk)) == before

    [(test,)] = site.rows(
        "SELECT id FROM onboarding_connectiontest WHERE onboarding_id = ?", finished.pk.replace("-", "")
    )
    other = Desk(site, Partner())
    other.to_test()
    other.test(test=str(uuid.UUID(test)))
    assert site.status(other.pk) == "certified"
    assert "test" not in site.events(other.pk)


def test_a_withdrawn_onboarding_stays_withdrawn(site):
    """Every page and file redirects to the hub."""
    desk = Desk(site, Partner())
    desk.to_done()
    desk.open("withdraw/")
    desk.visitor.submit(action="/withdraw/")
    assert site.status(desk.pk) == "withdrawn"
    for name, path in ADDRESSES.items():
        answer = bare(desk.visitor, "GET", desk.path(path))
        assert name == "hub" or answer.headers["location"] == desk.path(), name


@pytest.fixture
def fresh(site):
    """A partner who has signed up."""
    desk = Desk(site, Partner())
    desk.sign_up()
    return desk


def changes(site, before):
    """Return how many rows each table has gained or lost."""
    now = site.count()
    return {name: now[name] - before[name] for name in now if now[name] != before[name]}


def twice(site, desk, **how):
    """Send the page's form twice at the same time; return how many rows each table has gained or lost."""
    before = site.count()
    answers = desk.visitor.submit_at_once(2, **how)
    assert {answer.status_code for answer in answers} == {302}, [answer.text for answer in answers]
    return changes(site, before)


def test_a_form_that_arrives_twice_has_one_effect(site, fresh):
    """Every form of the walk, sent over two connections at the same time, adds its rows once."""
    desk, partner = fresh, fresh.partner
    desk.visitor.open("/onboardings/new/")
    effect = twice(site, desk, mzp_login=partner.login, environment=partner.environment)
    assert effect == {"onboarding": 1, "event": 1}
    [(pk,)] = site.rows("SELECT id FROM onboarding_onboarding WHERE mzp_login = ?", partner.login)
    desk.pk = str(uuid.UUID(pk))

    desk.open("login/")
    login = partner.login[:-1] + ("1" if partner.login[-1] != "1" else "2")
    assert twice(site, desk, mzp_login=login, environment=partner.environment) == {"event": 1}
    desk.partner = dataclasses.replace(partner, login=login)

    desk.open("company/")
    assert twice(site, desk, **COMPANY) == {"event": 1}

    desk.open("key/")
    effect = twice(site, desk, passphrase=partner.passphrase, key_size="2048")
    assert effect == {"certificaterequest": 1, "sealedprivatekey": 1, "event": 1}

    desk.open("request/")
    assert twice(site, desk, passphrase=partner.passphrase) == {"event": 1}

    desk.open("request/")
    assert twice(site, desk, action="/request/sign/") == {"signingresponse": 1, "event": 1}

    files = [desk.visitor.fetch(desk.path(f"certificate/email/{name}")) for name in ("certificate.pem", "ca.pem")]
    desk.open("certificate/")
    [(client_id,)] = site.rows(
        "SELECT client_id FROM onboarding_signingresponse s "
        "JOIN onboarding_certificaterequest r ON r.id = s.request_id "
        "WHERE r.onboarding_id = ?",
        pk,
    )
    parts = [("files", (f"{number}.pem", data, "application/x-pem-file")) for number, data in enumerate(files)]
    effect = twice(site, desk, files=parts, client_id=client_id)
    assert effect == {"issuedcertificate": 1, "clientid": 1, "event": 2}

    desk.open("certificate/")
    assert twice(site, desk, client_id="another-app", client_id_label="Another") == {"clientid": 1, "event": 1}

    desk.open("certificate/")
    forget = next(form for form in desk.visitor.page.forms if "another-app" in form.button)
    desk.visitor.page.forms = [forget]
    assert twice(site, desk, action="/certificate/forget/") == {"clientid": -1, "event": 1}

    desk.open("test/")
    effect = twice(site, desk, passphrase=partner.passphrase, password=desk.partner.password)
    assert effect == {"connectiontest": 1, "event": 2}
    assert site.status(desk.pk) == "connected"

    desk.open("replace/")
    assert twice(site, desk, action="/replace/") == {"event": 1}
    assert site.status(desk.pk) == "draft"

    desk.open("withdraw/")
    assert twice(site, desk, action="/withdraw/") == {"event": 1}
    assert site.status(desk.pk) == "withdrawn"


def test_two_marks_as_sent_at_once_are_one(site, fresh):
    """It is recorded once."""
    desk = fresh
    desk.begin()
    desk.make_key()
    desk.open("request/")
    assert twice(site, desk, sent="on") == {"event": 1}
    assert site.status(desk.pk) == "sent"


def test_two_sign_ups_at_once_are_one_account(site):
    """The second finds the address in use, or is redirected to sign in; none gets an error page."""
    partner = Partner()
    visitor = Visitor(site.url)
    visitor.open("/accounts/signup/")
    answers = visitor.submit_at_once(2, email=partner.email, password1=partner.account_password)
    assert {answer.status_code for answer in answers} <= {200, 302}
    assert site.rows("SELECT count(*) FROM onboarding_user WHERE email = ?", partner.email) == [(1,)]
