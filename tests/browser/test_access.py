"""Only the owner can open an onboarding, and a form that is sent twice has one effect."""

import dataclasses
import re
import uuid

import pytest
from django.urls import URLPattern
from django.urls.resolvers import RoutePattern

from onboarding.urls import partner_urls
from tests.browser.partner import COMPANY, FormWalk, Partner
from tests.browser.visitor import Visitor

EXAMPLES = {"name": "certificate.pem", "kind": "json"}  # values for the other parameters of an address


def addresses_of_an_onboarding():
    """Return the pages of an onboarding from the URL configuration: by name, the path after the onboarding's id."""
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
    form_walk = FormWalk(site, Partner())
    form_walk.to_done()
    return form_walk


@pytest.fixture(scope="module")
def other_account(site):
    """Another account, which has its own onboarding."""
    form_walk = FormWalk(site, Partner())
    form_walk.sign_up()
    form_walk.begin()
    return form_walk


def send(visitor, method, path, token=""):
    """Send one request without following redirects."""
    headers = {"x-csrftoken": token} if token else {}
    return visitor.client.request(method, path, headers=headers, follow_redirects=False)


def test_every_address_is_enumerated():
    """The list comes from the URL configuration, so a new address is tested too. These must be in it."""
    assert set(ADDRESSES) >= {"hub", "login", "key", "request_csr", "sign", "key_pem", "done", "withdraw", "replace"}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_another_account_gets_a_404(site, finished, other_account, name, method):
    """The response has the same length as for an onboarding that does not exist, and nothing changes."""
    other_account.visitor.open("/onboardings/new/")
    token = other_account.visitor.page.form("mzp_login").values["csrfmiddlewaretoken"]
    before = site.count()
    existing = send(other_account.visitor, method, finished.path(ADDRESSES[name]), token)
    missing = send(other_account.visitor, method, f"/onboardings/{uuid.uuid4()}/{ADDRESSES[name]}", token)
    # No page accepts the last two methods: they are refused before the address is looked at.
    assert existing.status_code == missing.status_code == (405 if method in {"PUT", "DELETE"} else 404)
    mask = lambda response: response.text.replace(response.request.url.path, "")  # noqa: E731  # only used here
    assert len(mask(existing)) == len(mask(missing))
    assert site.count() == before


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_owner_can_open_every_address(finished, name):
    """An address that accepts only POST redirects to a page of the onboarding."""
    finished.confirm()
    response = send(finished.visitor, "GET", finished.path(ADDRESSES[name]))
    if response.status_code == 302:
        assert response.headers["location"].startswith(f"/onboardings/{finished.pk}/")
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_without_a_session_every_address_redirects_to_sign_in(site, finished, name, method):
    """The redirect is the same if the onboarding does not exist."""
    visitor = Visitor(site.url)
    visitor.open("/accounts/login/")
    token = visitor.page.form("login").values["csrfmiddlewaretoken"]
    for pk in (finished.pk, uuid.uuid4()):
        path = f"/onboardings/{pk}/{ADDRESSES[name]}"
        response = send(visitor, method, path, token)
        assert (response.status_code, response.headers["location"]) == (302, f"/accounts/login/?next={path}")


def test_the_ids_in_a_form_give_no_access_to_another_onboarding(site, finished, other_account):
    """The ids of onboardings and tests in forms are checked against the account."""
    before = site.count(), site.status(finished.pk)
    page = other_account.visitor.open("/onboardings/new/")
    response = other_account.visitor.submit(onboarding=finished.pk, mzp_login="MZP999999", environment="rehearsal")
    assert response.status_code == 404
    assert finished.partner.login not in other_account.visitor.open("/onboardings/").text
    assert page.form("mzp_login").values["onboarding"] != finished.pk
    assert (site.count(), site.status(finished.pk)) == before

    [(test,)] = site.rows(
        "SELECT id FROM onboarding_connectiontest WHERE onboarding_id = ?", finished.pk.replace("-", "")
    )
    other = FormWalk(site, Partner())
    other.to_test()
    other.test(test=str(uuid.UUID(test)))
    assert site.status(other.pk) == "certified"
    assert "test" not in site.events(other.pk)


def test_a_withdrawn_onboarding_stays_withdrawn(site):
    """Every page and file redirects to the hub."""
    form_walk = FormWalk(site, Partner())
    form_walk.to_done()
    form_walk.open("withdraw/")
    form_walk.visitor.submit(action="/withdraw/")
    assert site.status(form_walk.pk) == "withdrawn"
    for name, path in ADDRESSES.items():
        response = send(form_walk.visitor, "GET", form_walk.path(path))
        assert name == "hub" or response.headers["location"] == form_walk.path(), name


@pytest.fixture
def fresh(site):
    """A partner who has signed up."""
    form_walk = FormWalk(site, Partner())
    form_walk.sign_up()
    return form_walk


def changes(site, before):
    """Return how many rows each table has gained or lost."""
    after = site.count()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def twice(site, form_walk, **typed):
    """Send the page's form twice at the same time; return how many rows each table has gained or lost."""
    before = site.count()
    responses = form_walk.visitor.submit_at_once(2, **typed)
    assert {response.status_code for response in responses} == {302}, [response.text for response in responses]
    return changes(site, before)


@pytest.mark.asvs("2.3.4")
def test_a_form_that_arrives_twice_has_one_effect(site, fresh):
    """Every form of the walk, sent over two connections at the same time, adds its rows once."""
    form_walk, partner = fresh, fresh.partner
    form_walk.visitor.open("/onboardings/new/")
    effect = twice(site, form_walk, mzp_login=partner.login, environment=partner.environment)
    assert effect == {"onboarding": 1, "event": 1}
    [(pk,)] = site.rows("SELECT id FROM onboarding_onboarding WHERE mzp_login = ?", partner.login)
    form_walk.pk = str(uuid.UUID(pk))

    form_walk.open("login/")
    login = partner.login[:-1] + ("1" if partner.login[-1] != "1" else "2")
    assert twice(site, form_walk, mzp_login=login, environment=partner.environment) == {"event": 1}
    form_walk.partner = dataclasses.replace(partner, login=login)

    form_walk.open("company/")
    assert twice(site, form_walk, **COMPANY) == {"event": 1}

    form_walk.open("key/passphrase/")
    effect = twice(site, form_walk, passphrase=partner.passphrase, key_size="2048")
    assert effect == {"certificaterequest": 1, "sealedprivatekey": 1, "event": 1}

    form_walk.open("request/")
    assert twice(site, form_walk, passphrase=partner.passphrase) == {"event": 1}

    form_walk.open("request/")
    assert twice(site, form_walk, action="/request/sign/") == {"signingresponse": 1, "event": 1}

    files = [
        form_walk.visitor.fetch(form_walk.path(f"certificate/email/{name}")) for name in ("certificate.pem", "ca.pem")
    ]
    form_walk.open("certificate/")
    [(client_id,)] = site.rows(
        "SELECT client_id FROM onboarding_signingresponse s "
        "JOIN onboarding_certificaterequest r ON r.id = s.request_id "
        "WHERE r.onboarding_id = ?",
        pk,
    )
    parts = [("files", (f"{number}.pem", data, "application/x-pem-file")) for number, data in enumerate(files)]
    effect = twice(site, form_walk, files=parts, client_id=client_id)
    assert effect == {"issuedcertificate": 1, "clientid": 1, "event": 2}

    form_walk.open("certificate/")
    assert twice(site, form_walk, client_id="another-app", client_id_label="Another") == {"clientid": 1, "event": 1}

    form_walk.open("certificate/")
    forget = next(form for form in form_walk.visitor.page.forms if "another-app" in form.button)
    form_walk.visitor.page.forms = [forget]
    assert twice(site, form_walk, action="/certificate/forget/") == {"clientid": -1, "event": 1}

    form_walk.open("test/")
    effect = twice(site, form_walk, passphrase=partner.passphrase, password=form_walk.partner.password)
    assert effect == {"connectiontest": 1, "event": 2}
    assert site.status(form_walk.pk) == "connected"

    form_walk.open("replace/")
    assert twice(site, form_walk, action="/replace/") == {"event": 1}
    assert site.status(form_walk.pk) == "draft"

    form_walk.open("withdraw/")
    assert twice(site, form_walk, action="/withdraw/") == {"event": 1}
    assert site.status(form_walk.pk) == "withdrawn"


def test_a_request_marked_as_sent_twice_is_recorded_once(site, fresh):
    """The two forms arrive at the same time."""
    form_walk = fresh
    form_walk.begin()
    form_walk.make_key()
    form_walk.open("request/")
    assert twice(site, form_walk, sent="on") == {"event": 1}
    assert site.status(form_walk.pk) == "sent"


def test_two_simultaneous_sign_ups_create_one_account(site):
    """The second sign-up says that the address is in use, or redirects to the sign-in page. There is no error page."""
    partner = Partner()
    visitor = Visitor(site.url)
    visitor.open("/accounts/signup/")
    responses = visitor.submit_at_once(2, email=partner.email, password1=partner.account_password)
    assert {response.status_code for response in responses} <= {200, 302}
    assert site.rows("SELECT count(*) FROM onboarding_user WHERE email = ?", partner.email) == [(1,)]
