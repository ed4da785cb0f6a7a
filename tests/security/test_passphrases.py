"""Passphrases: a strong one is offered, and one made of the partner's own words is refused (ASVS 5.0, 6.2.11)."""

import logging
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from onboarding.forms.key import KeyForm, passphrase_refusal
from onboarding.forms.passwords import ContextPasswordValidator
from onboarding.models import SealedPrivateKey, Session
from onboarding.pki.passphrases import ENTROPY_MIN, WORDS, generate_passphrase, passphrase_entropy, passphrase_words
from onboarding.workflow import requests
from tests import factories
from tests.review.conftest import signed_in

pytestmark = pytest.mark.django_db

# Each is long enough, and made of what a guesser who knows the partner tries first.
OWN_WORDS = {
    "login": "MZP128745MZP128745",
    "login in small letters, with a year": "mzp128745-2026",
    "company": "SociétéDesFlottes1",
    "city": "Saint-Ouen-2026",
    "city without its hyphen": "saintouen2026",
    "parts of the company's address": "it.flottes.example",
    "the account's name": "partner@flottes",
    "product": "Stellantis2026!",
    "product in other signs": "5t3ll4nt1s-2026",
    "site": "onboarding-fleet",
    "two brands": "peugeotcitroen1",
}


@pytest.mark.parametrize("name", OWN_WORDS)
def test_a_passphrase_of_the_partners_own_words_is_refused(name):
    """The form knows the login, the company, the city, the parts of the addresses, the product and the site."""
    onboarding = factories.described(factories.partner())
    form = KeyForm({"passphrase": OWN_WORDS[name], "key_size": "2048"}, onboarding=onboarding)
    assert [error.code for error in form.errors.as_data().get("passphrase", [])] == ["passphrase_weak"]


@pytest.mark.parametrize(
    "password",
    ["stellantis2026", "Saint-Ouen-2026", "mzp128745!", "partner.flottes", "iloveyou123", "qwertzuiop", "Passwort123!"],
)
def test_an_account_password_of_context_words_or_a_common_one_is_refused(password):
    """The same words are refused for the account."""
    owner = factories.described(factories.partner()).owner
    with pytest.raises(ValidationError):
        ContextPasswordValidator().validate(password, owner)


def test_the_words_have_enough_entropy():
    """Six words of a list without repetitions, drawn from the system's generator."""
    words = passphrase_words()
    assert len(set(words)) == len(words) > 7000
    assert all(re.fullmatch("[a-z]{3,}", word) for word in words)
    assert passphrase_entropy() == pytest.approx(77.5, abs=0.1)
    assert passphrase_entropy() >= ENTROPY_MIN


def test_passphrases_come_from_the_secrets_module(monkeypatch):
    """Nothing else decides about the words."""
    drawn = iter([f"word{number}" for number in range(WORDS)])
    monkeypatch.setattr("onboarding.pki.passphrases.secrets.choice", lambda _words: next(drawn))
    assert generate_passphrase() == "word0-word1-word2-word3-word4-word5"


def offered(page):
    return re.search(r'<code id="generated-passphrase">([a-z-]+)</code>', page.content.decode())[1]


@pytest.fixture
def onboarding(owner):
    return factories.described(owner)


def test_the_offered_passphrase_makes_a_key_without_a_script(onboarding, owner):
    """The form has everything; the passphrase opens the key. Each page offers another one, and none is cached."""
    client, address = signed_in(owner), reverse("onboarding:passphrase", args=[onboarding.pk])
    first, second = client.get(address), client.get(address)
    passphrase = offered(second)
    assert offered(first) != passphrase
    assert "no-store" in second["Cache-Control"]
    assert client.post(address, {"generated": passphrase}).url == reverse("onboarding:request", args=[onboarding.pk])
    assert requests.open_private_key(factories.fresh(onboarding).request, owner, passphrase)
    assert "generated-passphrase" not in client.get(address, follow=True).content.decode()


def test_a_generated_passphrase_is_checked_like_a_typed_one(onboarding, owner):
    """The field is no way around the rules."""
    address = reverse("onboarding:passphrase", args=[onboarding.pk])
    page = signed_in(owner).post(address, {"generated": "stellantis2026"})
    assert "passphrase" in page.context["form"].errors
    assert not SealedPrivateKey.objects.exists()


def test_the_offered_passphrase_is_stored_nowhere(onboarding, owner, caplog, mailoutbox):
    """It is in no table, which include sessions and the cache, and in no log line or email."""
    caplog.set_level(logging.DEBUG)
    client, address = signed_in(owner), reverse("onboarding:passphrase", args=[onboarding.pk])
    passphrase = offered(client.get(address))
    client.post(address, {"generated": passphrase})
    assert passphrase not in caplog.text + "".join(email.body for email in mailoutbox)
    assert passphrase not in str([session.get_decoded() for session in Session.objects.all()])
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # names of our tables
            assert passphrase not in str(cursor.fetchall()), table


def test_a_refused_draw_is_drawn_again(onboarding, owner, monkeypatch):
    """What the page offers is always accepted."""
    made = iter(["stellantis2026", "abcdefghijkl", "zebra-thrift-quota-plank-mural-rigid"])
    monkeypatch.setattr("onboarding.views.key.generate_passphrase", lambda: next(made))
    page = signed_in(owner).get(reverse("onboarding:passphrase", args=[onboarding.pk]))
    assert offered(page) == "zebra-thrift-quota-plank-mural-rigid"
    assert passphrase_refusal(offered(page), []) is None
