"""Sign-in through an OpenID Connect provider: a stand-in on the loopback interface, which follows the standard."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding.models import User
from tests import factories

pytestmark = pytest.mark.django_db
DESK = reverse("admin:index")


class Provider(BaseHTTPRequestHandler):
    """Says who signs in (`claims`), and with which methods."""

    claims: dict[str, object] = {}

    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        own = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/userinfo":
            return self.answer({name: self.claims[name] for name in ("sub", "email", "email_verified")})
        ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "userinfo_endpoint": "/userinfo"}
        urls = {name: own + path for name, path in (ends | {"jwks_uri": "/keys"}).items()}
        return self.answer({"issuer": own, **urls})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        now = int(timezone.now().timestamp())
        own = f"http://127.0.0.1:{self.server.server_port}"
        token = {"iss": own, "aud": "onboarding", "iat": now, "exp": now + 60} | self.claims
        secret = base64.b64encode(b"a key of the stand-in, long enough").decode()
        self.answer({"access_token": "x", "token_type": "Bearer", "id_token": jwt.encode(token, secret)})

    def log_message(self, *_line):
        """Print nothing."""


@pytest.fixture
def provider(settings):
    """The stand-in, as the site's provider."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings.OIDC_SERVER_URL = address
    app = {"provider_id": "oidc", "name": "Company", "client_id": "onboarding", "secret": "x"}
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app | {"settings": {"server_url": address}}]}
    }
    yield Provider
    server.shutdown()
    server.server_close()


def sign_in(provider, **claims):
    """Return a client after the sign-in, and the parameters that the provider was asked with."""
    provider.claims = {"sub": "42", "email": "somebody@company.example", "email_verified": True} | claims
    client = Client()
    asked = client.post(reverse("openid_connect_login", args=["oidc"]), headers={"host": "localhost:6666"})
    parameters = {name: values[0] for name, values in parse_qs(urlsplit(asked["Location"]).query).items()}
    callback = reverse("openid_connect_callback", args=["oidc"])
    client.get(callback, {"code": "x", "state": parameters["state"]})
    return client, parameters


def test_a_sign_in_through_the_provider_makes_an_account(provider):
    """The way back is built from SITE_URL, PKCE is used, and no token is kept."""
    client, parameters = sign_in(provider)
    assert parameters["redirect_uri"] == f"{django_settings.SITE_URL}/accounts/oidc/oidc/login/callback/"
    assert parameters["code_challenge_method"] == "S256"
    assert client.get("/onboardings/").status_code == 200
    assert (User.objects.get().email, User.objects.get().has_usable_password()) == ("somebody@company.example", False)
    assert not SocialToken.objects.exists()


@pytest.mark.asvs("6.8.1", "10.5.2")
def test_the_provider_opens_no_account_that_was_made_without_it(provider):
    """Somebody with the same address at the provider is not signed in to it."""
    victim = factories.verified(factories.partner("somebody@company.example"))
    client, _ = sign_in(provider)
    assert client.get("/onboardings/").status_code == 302
    assert not SocialAccount.objects.filter(user=victim).exists()


def test_sign_up_through_the_provider_follows_the_sites_rule(provider, settings):
    """Without sign-up, nobody gets an account there either."""
    settings.SIGNUP = "off"
    sign_in(provider)
    assert not User.objects.exists()


@pytest.mark.parametrize(("claims", "opens"), [
    ({"amr": ["pwd", "otp"]}, True), ({"amr": ["mfa"]}, True), ({"acr": "urn:strong"}, True),
    ({"amr": ["pwd"]}, False), ({"acr": "urn:weak"}, False), ({}, False),
])  # fmt: skip
@pytest.mark.asvs("6.3.4", "6.8.4")
def test_the_second_factor_is_left_to_a_provider_that_says_so(provider, settings, claims, opens):
    """The desk opens if the provider says that it has checked a second factor, and not otherwise (ASVS 6.8.4)."""
    settings.OIDC_SECOND_FACTOR_ACR = "urn:strong"
    user = factories.verified(User.objects.create_user("somebody@company.example", None, is_staff=True))
    user.groups.set(Group.objects.filter(name="reviewer"))
    SocialAccount.objects.create(user=user, provider="oidc", uid="42")
    client, _ = sign_in(provider, **claims)
    assert client.get("/onboardings/").status_code == 200
    assert (client.get(DESK).status_code == 200) == opens


@pytest.mark.parametrize("place", ["query", "form"])
@pytest.mark.asvs("10.2.1")
def test_a_stolen_cookie_links_no_account_of_the_provider(provider, place):
    """Else a thief could sign in with an own account of the provider ever after (ASVS 7.5.1)."""
    client, _ = sign_in(provider)
    make_older(client)
    address = reverse("openid_connect_login", args=["oidc"])
    query, form = ("?process=connect", {}) if place == "query" else ("", {"process": "connect"})
    asked = client.post(address + query, form)["Location"]
    assert asked.startswith(reverse("account_confirm_provider"))


def make_older(client):
    """Let the sign-in of a session be ten minutes ago."""
    session = client.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - 600} for record in session["account_authentication_methods"]
    ]
    session.save()


@pytest.mark.asvs("7.6.1")
def test_a_confirmation_without_a_password_is_a_new_sign_in_at_the_provider(provider):
    """A session that was signed in a while ago has to go back there before anything is changed."""
    client, _ = sign_in(provider)
    assert client.get(reverse("account_email")).status_code == 200
    make_older(client)
    asked = client.get(reverse("account_email"))["Location"]
    assert asked.startswith(reverse("account_confirm_provider"))
    assert reverse("openid_connect_login", args=["oidc"]) in client.get(asked).content.decode()
