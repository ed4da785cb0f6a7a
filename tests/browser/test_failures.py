"""Each failure of the walk has its own message, keeps the typed values, and can be corrected."""

import re

import pytest

from onboarding.messages.findings import FINDINGS
from onboarding.messages.text import Plural
from onboarding.messages.verdicts import VERDICT_TEMPLATES
from tests.browser.partner import Partner
from tests.browser.processes import run

WRONG = "Ganz ein anderer Satz 77"


def texts(code):
    """Return every sentence of a code: that of each variant, and both forms of a plural."""
    templates = VERDICT_TEMPLATES | FINDINGS if code in VERDICT_TEMPLATES else FINDINGS
    found = [template.text for key, template in templates.items() if key.partition(".")[0] == code]
    return [form for text in found for form in ((text.singular, text.plural) if isinstance(text, Plural) else (text,))]


def sentence(code):
    """Return a pattern that matches any sentence of a code; a parameter matches anything."""
    return "|".join(re.sub(r"\\\{\w+\\\}", ".*?", re.escape(text)) for text in texts(code))


def assert_page_says(form_walk, code):
    """Assert that the page has the text of `code` and of no other failure, and shows no secret."""
    text = form_walk.visitor.page.text
    shown = {other for other in CODES if re.search(sentence(other), text)}
    assert shown == {code}, text
    # The page of a practice test shows the practice password to copy. What was typed must not be shown again.
    html = form_walk.visitor.response.text.replace(f'value="{form_walk.partner.password}" readonly', "")
    for secret in (form_walk.partner.passphrase, form_walk.partner.password, WRONG):
        assert secret not in html
        assert secret.replace("&", "&amp;").replace("'", "&#x27;") not in html


CODES = (
    *["passphrase_wrong", "other_key", "not_issued_by_ca", "expired"],
    *["password_rejected", "client_id_unknown", "connect_refused", "server_ca_mismatch"],
)


@pytest.fixture
def in_production(account):
    """A partner of the independent operator."""
    return Partner(login=account.login, environment="production")


@pytest.fixture
def waiting(site, in_production, form_walk):
    """Return the CSR of a partner of the independent operator, whose request is sent."""
    form_walk.partner = in_production
    form_walk.sign_up()
    form_walk.begin()
    csr = form_walk.make_key()
    form_walk.mark_sent()
    return csr


@pytest.fixture
def facts(site, form_walk):
    """Return a function that reads the status and the number of rows, without events and tests."""

    def read():
        counted = {name: rows for name, rows in site.count().items() if name not in {"event", "connectiontest"}}
        return site.status(form_walk.pk), counted

    return read


def test_a_wrong_passphrase_leaves_the_request_unproved(form_walk, site, facts):
    """The right passphrase is accepted afterwards."""
    form_walk.sign_up()
    form_walk.begin()
    form_walk.open("key/passphrase/")
    form_walk.visitor.submit(passphrase=form_walk.partner.passphrase, key_size="3072")
    before = facts()
    form_walk.visitor.submit(passphrase=WRONG)
    form_walk.expect("request")
    assert_page_says(form_walk, "passphrase_wrong")
    assert facts() == before
    assert site.status(form_walk.pk) == "key_made"
    assert "prove_passphrase" not in site.events(form_walk.pk)
    form_walk.visitor.submit(passphrase=form_walk.partner.passphrase)
    assert site.events(form_walk.pk)[-1] == "prove_passphrase"


def test_a_wrong_passphrase_sends_no_test(form_walk, site, facts):
    """The client ID stays selected, and the right passphrase leads to the fleets."""
    form_walk.to_test()
    form_walk.open("certificate/")
    form_walk.visitor.submit(client_id="another-app", client_id_label="Another")
    [(good,)] = site.rows(
        "SELECT value FROM onboarding_clientid WHERE onboarding_id = ? AND value != 'another-app'",
        form_walk.pk.replace("-", ""),
    )
    before = facts()
    form_walk.test(passphrase=WRONG, client_id="another-app")
    form_walk.expect("test")
    assert_page_says(form_walk, "passphrase_wrong")
    assert form_walk.visitor.page.form("passphrase").values["client_id"] == "another-app"
    assert facts() == before
    assert site.status(form_walk.pk) == "certified"
    assert site.events(form_walk.pk).count("test") == 0
    form_walk.visitor.submit(
        passphrase=form_walk.partner.passphrase, password=form_walk.partner.password, client_id=good
    )
    form_walk.expect("done")


def test_a_wrong_passphrase_downloads_no_key(form_walk, site, facts):
    """No export is recorded, and the right passphrase downloads the key afterwards."""
    form_walk.to_done()
    form_walk.confirm()
    form_walk.open("done/")
    before = facts()
    form_walk.visitor.submit(action="/key.pem", passphrase=WRONG)
    assert_page_says(form_walk, "passphrase_wrong")
    assert form_walk.visitor.response.headers["content-type"].startswith("text/html")
    assert facts() == before
    assert "export_key" not in site.events(form_walk.pk)
    assert form_walk.download_key().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def upload_refused(form_walk, site, facts, code, files):
    """Send files that are refused with `code`: the page shows the certificates again, and stores none of them."""
    before = facts()
    form_walk.upload(files, "the-client-id")
    form_walk.expect("certificate")
    assert_page_says(form_walk, code)
    values = form_walk.visitor.page.form("files", "client_id").values
    sent = [block for data in files for block in re.findall(r"-----BEGIN.+?-----END[^\n]+", data.decode(), re.DOTALL)]
    assert sorted(re.findall(r"-----BEGIN.+?-----END[^\n]+", values["text"], re.DOTALL)) == sorted(sent)
    assert facts()[0] == before[0] == "sent"
    assert {**facts()[1], "clientid": 0} == {**before[1], "clientid": 0}
    assert values["client_id"] == "the-client-id" or "the-client-id" in form_walk.visitor.page.text


def upload_accepted(form_walk, operator, waiting):
    """The right files are accepted afterwards."""
    form_walk.upload([operator.sign(waiting), operator.ca.read_bytes()], "the-client-id")
    form_walk.expect("test")


def test_a_certificate_for_another_key_is_refused(form_walk, site, facts, operator, waiting, tmp_path):
    """The subject and the authority are the same, but the key is different."""
    subject = f"/C=FR/O=Other/OU=Programs Partners/CN={form_walk.partner.login}"
    run(
        ["openssl", "req", "-new", "-newkey", "rsa:2048", "-noenc", "-subj", subject, "-keyout", "k", "-out", "c"],
        cwd=tmp_path,
    )
    other = operator.sign((tmp_path / "c").read_bytes())
    upload_refused(form_walk, site, facts, "other_key", [other, operator.ca.read_bytes()])
    upload_accepted(form_walk, operator, waiting)


def test_the_ca_of_another_authority_is_refused(form_walk, site, facts, operator, foreign, waiting):
    """The certificate is right; the uploaded CA did not issue it."""
    files = [operator.sign(waiting), foreign.ca.read_bytes()]
    upload_refused(form_walk, site, facts, "not_issued_by_ca", files)
    upload_accepted(form_walk, operator, waiting)


def test_an_expired_certificate_is_refused(form_walk, site, facts, operator, waiting):
    """Everything except the dates is right."""
    files = [operator.sign(waiting, days=-3), operator.ca.read_bytes()]
    upload_refused(form_walk, site, facts, "expired", files)
    upload_accepted(form_walk, operator, waiting)


def fail_the_test(form_walk, site, facts, code, **typed):
    """Run a test that fails with `code`: it is stored with its verdict, and nothing else changes."""
    before = facts()
    form_walk.test(**typed)
    form_walk.expect("test")
    assert_page_says(form_walk, code)
    assert re.fullmatch(sentence(code), form_walk.visitor.page.elements["verdict"])
    assert facts() == before
    assert before[0] == "certified"
    [last] = site.rows(
        "SELECT verdict FROM onboarding_connectiontest WHERE onboarding_id = ? ORDER BY started_at DESC LIMIT 1",
        form_walk.pk.replace("-", ""),
    )
    assert last == (code,)
    form_walk.open()
    assert re.search(sentence(code), form_walk.visitor.page.text), "the hub does not say why the last test failed"


def test_a_wrong_password_can_be_corrected(form_walk, site, facts):
    """The gateway accepts the certificate and not the password; the right one leads to the fleets."""
    form_walk.to_test()
    fail_the_test(form_walk, site, facts, "password_rejected", password=WRONG)
    form_walk.test()
    form_walk.expect("done")


def test_a_wrong_client_id_can_be_corrected(form_walk, site, facts):
    """The gateway does not know the client ID; the right one, added later, leads to the fleets."""
    files, client_id = form_walk.to_certificate()
    form_walk.upload(files, "00000000-dead-beef-0000-000000000000")
    fail_the_test(form_walk, site, facts, "client_id_unknown")
    form_walk.open("certificate/")
    form_walk.visitor.submit(client_id=client_id, client_id_label="The right one")
    form_walk.test(client_id=client_id)
    form_walk.expect("done")


def test_a_missing_gateway_is_reported(form_walk, site, facts, operator, waiting, account, request):
    """Nothing listens at the configured address. When a gateway runs there, the same onboarding gets its fleets."""
    form_walk.upload([operator.sign(waiting), operator.ca.read_bytes()], account.client_id)
    fail_the_test(form_walk, site, facts, "connect_refused", password=account.password)
    request.getfixturevalue("production")
    form_walk.test(password=account.password)
    form_walk.expect("done")


def test_a_ca_that_did_not_sign_the_gateway_is_reported(form_walk, site, facts, foreign, waiting, account, production):
    """The CA issued the partner's certificate, but not the gateway's."""
    form_walk.upload([foreign.sign(waiting), foreign.ca.read_bytes()], account.client_id)
    fail_the_test(form_walk, site, facts, "server_ca_mismatch", password=account.password)


def test_each_failure_has_its_own_sentence():
    """No text is used for two of them."""
    all_texts = [set(texts(code)) for code in CODES]
    assert len(set().union(*all_texts)) == sum(map(len, all_texts))
