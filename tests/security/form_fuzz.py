"""Fuzzing of forms: `python -m tests.security.form_fuzz --inputs 200000` (`make fuzz` runs it).

The forms are read from the pages: every form of every page of the URL configuration, for a partner with onboardings in
each status and for staff. Most fields of an input are as a person would fill them in, and some are hostile. The exit
code is 1 if an input leads to an error of the server, if a refused input changes a row, or if a change breaks a rule.
Each input has a number: together with --seed, `--only NUMBER` repeats it.
"""

import argparse
import hashlib
import logging
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random

BATCH = 1000  # inputs after which all rows are compared
FILE_FIELDS = ("files", "file", "key_file", "csr", "csr_file")
TYPED = {
    "passphrase": "orchid lantern gravel moose",
    "file_passphrase": "orchid lantern gravel moose",
    "password": "velvet-anchor-92-river",
    "oldpassword": "velvet-anchor-92-river",
    "password1": "crimson-ladder-51-oyster",
    "password2": "crimson-ladder-51-oyster",
    "key_size": "2048",
    "mzp_login": "MZP128745",
    "environment": "production",
    "country": "FR",
    "state": "Île-de-France",
    "locality": "Saint-Ouen",
    "organization": "Société des Flottes",
    "email": "it@flottes.example",
    "login": "partner@flottes.example",
    "client_id": "b7d1c0de-22aa-4b1e-9f00-1d5b1a2c3d4e",
    "code": "123456",
    "note": "Please add the legal form.",
}
HOSTILE = (
    *("", " ", "\0", "a\0b", "\ud7ff\ufffe", "\u202egpj.exe", "\u200b", "ﬀ", "𝕄𝕫𝕡", "İ", "ß" * 300, "é" * 70_000),
    *("<script>alert(1)</script>", "{{ 7*7 }}", "{% load x %}", "%s%n", "%(a)s", "{0.__class__}", "' OR 1=1 --", '";'),
    *("a\r\nBcc: x@y.example", "../../etc/passwd", "file:///etc/passwd", "=1+1", "-1", "0", "1e309", "NaN", "9" * 400),
    *("on", "None", "null", "[]", "{}", "true", "2048.0", "0x800", "١٢٣", "00000000-0000-0000-0000-000000000000"),
    *("xn--", "a@b", "a@" + "b" * 300 + ".example", "mailto:x", "http://127.0.0.1:1/", "2026-02-30", "DE,FR", "ZZ"),
)


@dataclass(frozen=True)
class Target:
    """A form: its address, the visitor's cookie, its fields with the values of the page, and whether it takes files."""

    path: str
    visitor: str
    cookie: str
    values: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    multipart: bool


@dataclass
class Report:
    """How many inputs led to each kind of response, and the inputs that failed, with the reason."""

    outcomes: Counter = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        self.outcomes += other.outcomes
        self.failures += other.failures


def targets(onboardings: list) -> list[Target]:
    """Return each form of each page, once for each visitor, address and set of fields."""
    from django.conf import settings  # noqa: PLC0415  # after django.setup() in the program
    from django.test import Client  # noqa: PLC0415

    from tests.browser.visitor import Document  # noqa: PLC0415
    from tests.security.matrix import VISITORS, addresses  # noqa: PLC0415

    client, found = Client(raise_request_exception=False), {}
    cookies = {name: VISITORS[name](onboardings[0]) for name in ("nobody", "owner", "reviewer", "admin")}
    found_at = {address.path: address for each in onboardings for address in addresses(each)}
    for path, address in found_at.items():
        for visitor in (
            ("owner",) if address.onboarding else ("reviewer", "admin") if address.desk else ("nobody", "owner")
        ):
            client.cookies.clear()
            client.cookies[settings.SESSION_COOKIE_NAME] = cookies[visitor]
            response = client.get(path)
            if response.status_code != 200 or "text/html" not in response.headers.get("Content-Type", ""):
                continue
            for form in Document(response.content.decode(), f"http://testserver{path}").forms:
                action = form.action.removeprefix("http://testserver")
                if form.method.lower() == "post" and "logout" not in action:
                    names, values = tuple(sorted(form.names)), tuple(sorted(form.values.items()))
                    target = Target(
                        action, visitor, cookies[visitor], values, names, form.kind == "multipart/form-data"
                    )
                    found[action, visitor, names] = target
    return sorted(found.values(), key=lambda target: (target.path, target.visitor, target.names))


def filled_in(random: Random, target: Target, files: list[bytes]) -> dict:
    """Return the fields of an input: mostly plausible, with some hostile, missing, repeated or unknown ones."""
    data = {name: TYPED.get(name, "") for name in target.names} | {
        name: value for name, value in target.values if value or name not in TYPED
    }
    for name in FILE_FIELDS:
        if target.multipart and name in target.names:
            data[name] = [uploaded(random, files) for _ in range(random.choice((0, 1, 1, 2)))]
    names = sorted(data) or ["unknown"]
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        name = random.choice([*names, *names, "unknown", "owner", "status", "is_staff", "onboarding", "id"])
        change = random.randrange(10)
        if change == 0:
            data.pop(name, None)
        elif change == 1:
            data[name] = [random.choice(HOSTILE), str(data.get(name, ""))]
        elif change == 2 and target.multipart:
            data[name] = uploaded(random, files)
        elif change <= 4:
            data[name] = mutated(random, str(data.get(name, "")))
        else:
            data[name] = random.choice(HOSTILE)
    return data


def mutated(random: Random, text: str) -> str:
    """Return `text` with one part removed, repeated or replaced by another character of any plane."""
    at, size = random.randrange(len(text) + 1), random.randrange(1, 6)
    middle = random.choice(("", text[at : at + size] * 50, chr(random.choice((9, 10, 0x85, 0xA0, 0x2028, 0x1F600, 0)))))
    return text[:at] + middle + text[at + random.choice((0, size)) :]


def uploaded(random: Random, files: list[bytes]):
    """Return a file as a partner uploads it, mutated most of the time."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    from tests.pki.fuzz_files import mutate_bytes  # noqa: PLC0415

    data = random.choice(files)
    for _ in range(random.choice((0, 1, 1, 2))):
        data = mutate_bytes(random, data, random.choice(files))
    name = random.choice(("certificate.pem", "a.cer", "b.p7b", "c.zip", "mail.eml", "../x", "a\0.pem", "é" * 200, ""))
    return SimpleUploadedFile(name or "x", bytes(data), random.choice(("application/x-pem-file", "text/html", "")))


class Prepared:
    """Onboardings in each status, a reviewer and an administrator, inside a transaction that is rolled back."""

    def __init__(self) -> None:
        from django.test import Client  # noqa: PLC0415

        from tests import factories  # noqa: PLC0415
        from tests.security.matrix import connected_onboarding  # noqa: PLC0415

        connected = connected_onboarding()
        owner = connected.owner
        makers = (factories.started, factories.described, factories.with_key, factories.sent, factories.certified)
        self.onboardings = [connected, *(make(owner, login=f"MZP20000{n}") for n, make in enumerate(makers))]
        self.other = factories.with_key(factories.partner("other@flottes.example"), login="MZP999999")
        chain = factories.certificates_for(self.onboardings[-2])
        self.files = _seeds(chain, self.onboardings[-2].request.csr_pem)
        self.targets = targets(self.onboardings)
        self.client = Client(raise_request_exception=False)
        from onboarding.workflow import sending  # noqa: PLC0415

        sending.send_due()  # so that nothing is left to be sent while inputs are tried
        self.digest = digest_of_rows()

    def try_input(self, seed: int, number: int) -> str:
        """Send one input, roll it back, and return the kind of the response; AssertionError if a rule is broken."""
        from django.conf import settings  # noqa: PLC0415
        from django.core import mail  # noqa: PLC0415
        from django.db import transaction  # noqa: PLC0415

        from tests.security.matrix import watched_writes  # noqa: PLC0415

        random = Random(f"{seed} {number}")  # reproducible, not secret
        target = random.choice(self.targets)
        data = filled_in(random, target, self.files)
        self.client.cookies.clear()
        self.client.cookies[settings.SESSION_COOKIE_NAME] = target.cookie
        with transaction.atomic():
            with watched_writes() as written:
                response = send(self.client, target, data)
            location = response.headers.get("Location", "")
            assert response.status_code < 500, f"{response.status_code} at {target.path}"
            if is_refused(response) and not is_accepted_in_part(response):
                assert written <= COUNTED, f"a refused input at {target.path} wrote to {written}"
            else:
                check_rules(self, target, data, response)
            transaction.set_rollback(True)
        mail.outbox.clear()
        return (
            f"{response.status_code} {'refused' if is_refused(response) else 'accepted'}{' ' * bool(location)}".strip()
        )


# A wrong passphrase or password counts towards a limit; allauth stores that an address still has to be confirmed.
COUNTED = {"onboarding_sealedprivatekey", "django_cache", "account_emailaddress"}


def send(client, target: Target, data: dict):
    """Send an input as a browser would send the form."""
    from urllib.parse import urlencode  # noqa: PLC0415

    if target.multipart:
        return client.post(target.path, data)
    pairs = [(name, each) for name, value in data.items() for each in (value if isinstance(value, list) else [value])]
    body = urlencode([(name, str(each)) for name, each in pairs], errors="surrogatepass")
    return client.post(target.path, body, content_type="application/x-www-form-urlencoded")


def is_refused(response) -> bool:
    """Whether the page is shown again with errors, or the request was refused altogether."""
    if response.status_code >= 400:
        return True
    return response.status_code == 200 and any(getattr(form, "errors", None) for form in _forms_of(response))


def _forms_of(response) -> list:
    """Return the forms that the page was rendered with; a template's context is a list of layers or a dictionary."""
    layers = [layer for part in response.context or [] for layer in getattr(part, "dicts", [part])]
    return [layer["form"] for layer in layers if isinstance(layer, dict) and "form" in layer]


def is_accepted_in_part(response) -> bool:
    """Whether the certificate was stored and the client ID refused, or the reverse: the page says which."""
    accepted = [form.accepted for form in _forms_of(response) if hasattr(form, "accepted")]
    return any(part.certificates or part.client_id for part in accepted)


def check_rules(prepared: Prepared, target: Target, data: dict, response) -> None:
    """Raise AssertionError if an accepted input led to rows that must not exist, or gave out what it must not."""
    from onboarding.models import IssuedCertificate, Onboarding, User  # noqa: PLC0415
    from onboarding.pki.keys import spki_fingerprint  # noqa: PLC0415

    other = prepared.other
    stored = Onboarding.objects.get(pk=other.pk)
    assert (stored.status, stored.owner_id, stored.mzp_login) == (other.status, other.owner_id, other.mzp_login)
    if target.visitor != "admin":
        assert User.objects.filter(is_staff=True).count() == 2, "a partner made staff"
        assert not User.objects.filter(is_superuser=True).exists()
    for issued in IssuedCertificate.objects.select_related("request"):
        key = spki_fingerprint(issued.certificate.public_key())
        assert key == issued.request.spki, "a certificate for another key was accepted"
    if "attachment" in response.headers.get("Content-Disposition", "") and "passphrase" in target.names:
        opened = data.get("passphrase")
        opened = opened[-1] if isinstance(opened, list) else opened
        assert opened == TYPED["passphrase"], "a file with the key was given out for a wrong passphrase"
    for onboarding in Onboarding.objects.exclude(owner=None):
        assert "\0" not in onboarding.mzp_login + onboarding.organization
        assert len(onboarding.mzp_login) <= 64


def digest_of_rows() -> dict[str, str]:
    """Return a digest of all rows of each table."""
    from django.db import connection  # noqa: PLC0415

    digests = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # names from the schema
            digests[table] = hashlib.sha256(repr(sorted(map(repr, cursor.fetchall()))).encode()).hexdigest()
    return digests


def run_batch(prepared: Prepared, seed: int, numbers: range) -> Report:
    """Try inputs, then compare all rows with those before."""
    report = Report()
    for number in numbers:
        try:
            report.outcomes[prepared.try_input(seed, number)] += 1
        except Exception:  # noqa: BLE001  # every exception is a finding
            report.failures.append((number, traceback.format_exc(limit=-3)))
    changed = [table for table, digest in digest_of_rows().items() if digest != prepared.digest[table]]
    if changed:
        text = f"AssertionError: rows of {', '.join(changed)} changed although everything was rolled back"
        report.failures.append((numbers[0], text))
    return report


def _seeds(chain: list, csr_pem: str) -> list[bytes]:
    """Return files of the usual kinds: certificates, a bundle, a request, a zip file, an email, a key."""
    import io  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
        pkcs7,
    )

    from tests.factories import root_key  # noqa: PLC0415

    pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("certificate.pem", pem)
    key = root_key(0).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    bundle = pkcs7.serialize_certificates(chain, Encoding.DER)
    email = b"Subject: Certificate\r\nContent-Type: text/plain\r\n\r\nClient ID: b7d1c0de\r\n" + pem
    return [pem, chain[0].public_bytes(Encoding.DER), bundle, csr_pem.encode(), archive.getvalue(), email, key, b""]


@cache
def _cheap_keys() -> None:
    """Make keys once, and the derivation from passphrases cheap: their cost is no subject here."""
    from itertools import count  # noqa: PLC0415

    from onboarding.pki import custody  # noqa: PLC0415
    from onboarding.pki.keys import generate_key  # noqa: PLC0415
    from onboarding.workflow import requests  # noqa: PLC0415

    made: dict[tuple[int, int], object] = {}
    numbers = count()

    def make(size: int) -> object:
        number = next(numbers) % 8
        if (size, number) not in made:
            made[size, number] = generate_key(2048)
        return made[size, number]

    custody.MEMORY_KIB, custody.ITERATIONS = 64, 1
    requests.generate_key = make


def run_process(seed: int, first: int, after: int) -> Report:
    """Try the inputs of one process, with a database of its own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.pop("TEST_DATABASE", None)
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection, transaction  # noqa: PLC0415
    from django.test.utils import setup_test_environment, teardown_test_environment  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    setup_test_environment(debug=False)
    connection.creation.create_test_db(verbosity=0)
    _cheap_keys()
    report = Report()
    try:
        with transaction.atomic():
            prepared = Prepared()
            for begin in range(first, after, BATCH):
                report.add(run_batch(prepared, seed, range(begin, min(begin + BATCH, after))))
            transaction.set_rollback(True)
    finally:
        teardown_test_environment()
    return report


def main(arguments: list[str] | None = None) -> int:
    """Run the program; return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of a single input")
    options = parser.parse_args(arguments)
    began, total = time.monotonic(), Report()
    if options.only is not None:
        total.add(run_process(options.seed, options.only, options.only + 1))
    else:
        share = -(-options.inputs // options.processes)
        shares = [
            (options.seed, first, min(first + share, options.inputs)) for first in range(0, options.inputs, share)
        ]
        with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
            for report in pool.starmap(run_process, shares):
                total.add(report)
    return _show(total, time.monotonic() - began)


def _show(total: Report, seconds: float) -> int:
    reasons: Callable[[], Iterator[str]] = lambda: (text.strip().splitlines()[-1] for _, text in total.failures)  # noqa: E731
    print(f"{total.outcomes.total() + len(total.failures)} inputs in {seconds:.0f} s: {dict(total.outcomes)}")
    for reason, number in Counter(reasons()).most_common(20):
        example = next(each for each in total.failures if each[1].strip().endswith(reason))
        print(f"{number} × {reason}\n  --only {example[0]}\n{example[1]}")
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
