"""Each failure of the walk has its own message, keeps what was typed, and can be corrected."""

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


def assert_page_says(desk, code):
    """The page has the text of `code`, of none of the other failures, and shows no secret again."""
    text = desk.visitor.page.text
    said = {other for other in CODES if re.search(sentence(other), text)}
    assert said == {code}, text
    html = desk.visitor.answer.text
    for secret in (desk.partner.passphrase, desk.partner.password, WRONG):
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
def waiting(site, in_production, desk):
    """A partner of the independent operator whose request is sent; the CSR."""
    desk.partner = in_production
    desk.sign_up()
    desk.begin()
    csr = desk.make_key()
    desk.mark_sent()
    return csr


@pytest.fixture
def facts(site, desk):
    """Return a function that reads the status and the number of rows, without events and tests."""

    def read():
        counted = {name: rows for name, rows in site.count().items() if name not in {"event", "connectiontest"}}
        return site.status(desk.pk), counted

    return read


def test_a_wrong_passphrase_at_the_request(desk, site, facts):
    """The request stays unproved, and the right passphrase is accepted afterwards."""
    desk.sign_up()
    desk.begin()
    desk.open("key/")
    desk.visitor.submit(passphrase=desk.partner.passphrase, key_size="3072")
    before = facts()
    desk.visitor.submit(passphrase=WRONG)
    desk.expect("request")
    assert_page_says(desk, "passphrase_wrong")
    assert facts() == before
    assert site.status(desk.pk) == "key_made"
    assert "prove_passphrase" not in site.events(desk.pk)
    desk.visitor.submit(passphrase=desk.partner.passphrase)
    assert site.events(desk.pk)[-1] == "prove_passphrase"


def test_a_wrong_passphrase_at_the_test(desk, site, facts):
    """Nothing is sent, the client ID stays selected, and the right passphrase leads to the fleets."""
    desk.to_test()
    desk.open("certificate/")
    desk.visitor.submit(client_id="another-app", client_id_label="Another")
    [(good,)] = site.rows(
        "SELECT value FROM onboarding_clientid WHERE onboarding_id = ? AND value != 'another-app'",
        desk.pk.replace("-", ""),
    )
    before = facts()
    desk.test(passphrase=WRONG, client_id="another-app")
    desk.expect("test")
    assert_page_says(desk, "passphrase_wrong")
    assert desk.visitor.page.form("passphrase").values["client_id"] == "another-app"
    assert facts() == before
    assert site.status(desk.pk) == "certified"
    assert site.events(desk.pk).count("test") == 0
    desk.visitor.submit(passphrase=desk.partner.passphrase, password=desk.partner.password, client_id=good)
    desk.expect("done")


def test_a_wrong_passphrase_at_the_download(desk, site, facts):
    """The key is not downloaded, and no export is recorded."""
    desk.to_done()
    before = facts()
    desk.visitor.submit(action="/key.pem", passphrase=WRONG)
    assert_page_says(desk, "passphrase_wrong")
    assert desk.visitor.answer.headers["content-type"].startswith("text/html")
    assert facts() == before
    assert "export_key" not in site.events(desk.pk)
    assert desk.take_key().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def upload_refused(desk, site, facts, code, files):
    """Send files that are refused with `code`: the page shows the certificates again, and stores none of them."""
    before = facts()
    desk.hand_in(files, "the-client-id")
    desk.expect("certificate")
    assert_page_says(desk, code)
    kept = desk.visitor.page.form("files", "client_id").values
    given = [block for data in files for block in re.findall(r"-----BEGIN.+?-----END[^\n]+", data.decode(), re.DOTALL)]
    assert sorted(re.findall(r"-----BEGIN.+?-----END[^\n]+", kept["text"], re.DOTALL)) == sorted(given)
    assert facts()[0] == before[0] == "sent"
    assert {**facts()[1], "clientid": 0} == {**before[1], "clientid": 0}
    assert kept["client_id"] == "the-client-id" or "the-client-id" in desk.visitor.page.text


def upload_accepted(desk, operator, waiting):
    """The right files are accepted afterwards."""
    desk.hand_in([operator.sign(waiting), operator.ca.read_bytes()], "the-client-id")
    desk.expect("test")


def test_a_certificate_for_another_key(desk, site, facts, operator, waiting, tmp_path):
    """The subject and the authority are the same, the key is another."""
    subject = f"/C=FR/O=Other/OU=Programs Partners/CN={desk.partner.login}"
    run(
        ["openssl", "req", "-new", "-newkey", "rsa:2048", "-noenc", "-subj", subject, "-keyout", "k", "-out", "c"],
        cwd=tmp_path,
    )
    other = operator.sign((tmp_path / "c").read_bytes())
    upload_refused(desk, site, facts, "other_key", [other, operator.ca.read_bytes()])
    upload_accepted(desk, operator, waiting)


def test_the_ca_of_another_authority(desk, site, facts, operator, foreign, waiting):
    """The certificate is right; the uploaded CA did not issue it."""
    files = [operator.sign(waiting), foreign.ca.read_bytes()]
    upload_refused(desk, site, facts, "not_issued_by_ca", files)
    upload_accepted(desk, operator, waiting)


def test_an_expired_certificate(desk, site, facts, operator, waiting):
    """Everything but the dates is right."""
    files = [operator.sign(waiting, days=-3), operator.ca.read_bytes()]
    upload_refused(desk, site, facts, "expired", files)
    upload_accepted(desk, operator, waiting)


def fail_the_test(desk, site, facts, code, **typed):
    """Run a test that fails with `code`: it is stored with its verdict, and nothing else changes."""
    before = facts()
    desk.test(**typed)
    desk.expect("test")
    assert_page_says(desk, code)
    assert re.fullmatch(sentence(code), desk.visitor.page.elements["verdict"])
    assert facts() == before
    assert before[0] == "certified"
    [last] = site.rows(
        "SELECT verdict FROM onboarding_connectiontest WHERE onboarding_id = ? ORDER BY started_at DESC LIMIT 1",
        desk.pk.replace("-", ""),
    )
    assert last == (code,)
    desk.open()
    assert re.search(sentence(code), desk.visitor.page.text), "the hub does not say why the last test failed"


def test_a_wrong_password(desk, site, facts):
    """The gateway accepts the certificate and not the password; the right one leads to the fleets."""
    desk.to_test()
    fail_the_test(desk, site, facts, "password_rejected", password=WRONG)
    desk.test()
    desk.expect("done")


def test_a_wrong_client_id(desk, site, facts):
    """The gateway does not know the client ID; the right one, added later, leads to the fleets."""
    files, client_id = desk.to_certificate()
    desk.hand_in(files, "00000000-dead-beef-0000-000000000000")
    fail_the_test(desk, site, facts, "client_id_unknown")
    desk.open("certificate/")
    desk.visitor.submit(client_id=client_id, client_id_label="The right one")
    desk.test(client_id=client_id)
    desk.expect("done")


def test_no_gateway(desk, site, facts, operator, waiting, account, request):
    """Nothing listens at the configured address; once something does, the same onboarding gets its fleets."""
    desk.hand_in([operator.sign(waiting), operator.ca.read_bytes()], account.client_id)
    fail_the_test(desk, site, facts, "connect_refused", password=account.password)
    request.getfixturevalue("production")
    desk.test(password=account.password)
    desk.expect("done")


def test_an_authority_that_did_not_sign_the_gateway(desk, site, facts, foreign, waiting, account, production):
    """The CA issued the certificate, but not the gateway's."""
    desk.hand_in([foreign.sign(waiting), foreign.ca.read_bytes()], account.client_id)
    fail_the_test(desk, site, facts, "server_ca_mismatch", password=account.password)


def test_each_failure_has_a_sentence_of_its_own():
    """No text is used for two of them."""
    all_texts = [set(texts(code)) for code in CODES]
    assert len(set().union(*all_texts)) == sum(map(len, all_texts))
