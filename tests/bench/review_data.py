"""Generate onboardings with requests, certificates, tests, events, search keys and running counts.

The rows are written directly into the tables. Creating a million onboardings through the workflow would take a day.
"""

import itertools
import json
import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.apps import apps
from django.db import connection, transaction

from onboarding.models import Event, Onboarding, User
from onboarding.pki.csr import csr_pem, make_csr
from onboarding.pki.subject import Subject
from onboarding.workflow import denormalize

SEED = 5
BATCH = 10_000
NAMES = ("Nordic", "Alpine", "Baltic", "Société", "Autoparco", "Müller", "Iberia", "Atlantic", "Vlaamse", "Bohemia")
BUSINESSES = ("Fleet", "Flottes", "Leasing", "Mobility", "Wagenpark", "Logistics", "Energy", "Services")
VERDICTS = ("connected", "connected", "connected", "password_rejected", "client_id_unknown", "server_ca_mismatch")
# (status, next owner, share of all in a thousand)
SHARES = (
    ("draft", "partner", 80),
    ("key_made", "partner", 60),
    ("sent", "us", 80),
    ("received", "operator", 80),
    ("returned", "partner", 40),
    ("certified", "partner", 80),
    ("connected", "nobody", 500),
    ("withdrawn", "nobody", 60),
    ("rejected", "nobody", 20),
)
WITH_REQUEST = {"key_made", "sent", "received", "returned", "certified", "connected"}
WITH_CERTIFICATE = {"certified", "connected"}
STATUSES = [(status, owner) for status, owner, share in SHARES for _ in range(share)]


class SampleCertificates:
    """A real CSR and certificate; every row has a copy, because the benchmark measures reading, not signing."""

    def __init__(self):
        key = rsa.generate_private_key(65537, 2048)
        csr = make_csr(key, Subject("FR", "Île-de-France", "Paris", "Nordic Fleet", "it@fleet.example", "MZP000000"))
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A Root")])
        self.csr = csr_pem(csr)
        self.valid_from = datetime(2026, 1, 1, tzinfo=UTC)
        self.certificate = self._issue(csr.subject, name, key)
        self.root = self._issue(name, name, key)

    def _issue(self, subject, issuer, key):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(7).not_valid_before(self.valid_from)
        certificate = builder.not_valid_after(self.valid_from + timedelta(days=730)).sign(key, hashes.SHA256())
        return certificate.public_bytes(Encoding.PEM).decode()


def write(table, columns, rows):
    """Insert rows into a table by the fastest method of the database; other columns get their defaults."""
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    others = [field for field in model._meta.local_concrete_fields if field.column not in columns and not field.null]
    defaults = {field.column: field.get_default() for field in others if not field.primary_key}
    columns, rows = [*columns, *defaults], ((*row, *defaults.values()) for row in rows)
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            values = ([_sqlite_value(value) for value in row] for row in rows)
            connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)


def _sqlite_value(value):
    """Return a value as Django stores it in SQLite."""
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return value


class Generator:
    """Generate onboardings by number; the same number gives the same onboarding in every run."""

    def __init__(self, now):
        self.now, self.samples, self.figures = now, SampleCertificates(), Counter()
        self.owner, self.reviewers = self._accounts()

    def _accounts(self):
        accounts = [
            User.objects.get_or_create(email=f"{name}@bench.example", defaults={"is_staff": name != "partner"})[0]
            for name in ("partner", "claire", "jonas", "amina")
        ]
        return accounts[0].pk, [account.pk for account in accounts[1:]]

    def rows(self, first, number):
        """Return the rows of `number` onboardings from `first`, by table."""
        tables = {name: [] for name in COLUMNS}
        for n in range(first, first + number):
            self._add_onboarding(n, random.Random(SEED * 1_000_003 + n), tables)
        return tables

    def _add_onboarding(self, n, chance, tables):
        status, next_owner = chance.choice(STATUSES)
        pk, login = uuid.UUID(int=(7 << 64) + n), f"MZP{n:07}"
        organization = f"{chance.choice(NAMES)} {chance.choice(BUSINESSES)} {n:07}"
        email = f"it{n}@fleet.example"
        age = min(chance.expovariate(1 / 20), 900) if next_owner != "nobody" else chance.uniform(0, 900)
        since = self.now - timedelta(days=age)
        ends = self.now + timedelta(days=chance.uniform(-30, 600)) if status in WITH_CERTIFICATE else None
        unusual = chance.random() < 0.1
        reviewer = chance.choice([None, *self.reviewers]) if next_owner != "partner" else None
        environment = chance.choice(["production", "production", "rehearsal"])
        described = status != "draft"
        subject = ("FR", "Kansas", "Paris", organization, email) if described else ("",) * 5
        tables["onboarding_onboarding"].append(
            (pk, self.owner, login, environment, *subject, status, since, since, reviewer, next_owner, ends, 0,
             int(unusual))
        )  # fmt: skip
        keys = {login, email, organization, *organization.split()} if described else {login}
        if unusual:
            tables["onboarding_casefinding"].append((pk, "login_unusual", "warning", since))
        if status in WITH_REQUEST:
            keys |= self._add_request(n, pk, status, since, ends, chance, tables)
        tables["onboarding_searchkey"].extend(
            (pk, denormalize.fold_search_text(key)) for key in sorted({denormalize.fold_search_text(k) for k in keys})
        )
        events = [("start", "draft", "draft"), ("describe", "draft", "draft"), ("mark_sent", "draft", status)]
        for index, (verb, before, after) in enumerate(events):
            at = since - timedelta(hours=3 - index)
            tables["onboarding_event"].append((pk, at, self.owner, verb, before, after, ""))
        self.figures["waiting", since.date(), f"{status}:{next_owner}"] += 1
        self.figures[denormalize.duration_key(status, timedelta(days=age), self.now)] += 1
        if ends:
            self.figures["expiring", ends.date().replace(day=1), ""] += 1

    def _add_request(self, n, pk, status, since, ends, chance, tables):
        spki, serial, client = f"{chance.getrandbits(256):064x}", f"{chance.getrandbits(120):030x}", f"client-{n:07}"
        tables["onboarding_certificaterequest"].append(
            (
                n,
                pk,
                uuid.UUID(int=(8 << 64) + n),
                self.samples.csr,
                spki,
                f"{chance.getrandbits(256):064x}",
                2048,
                since,
                since,
                since,
                False,
            )
        )
        if status not in WITH_CERTIFICATE:
            return {spki}
        tables["onboarding_issuedcertificate"].append(
            (n, n, self.samples.certificate, "", self.samples.root, f"{chance.getrandbits(256):064x}", serial,
             self.samples.valid_from, ends, "[]", since)
        )  # fmt: skip
        tables["onboarding_clientid"].append((pk, client, ""))
        if chance.random() < 0.3:
            verdict, finished_at = chance.choice(VERDICTS), self.now - timedelta(days=chance.uniform(0, 60))
            result = json.dumps({"verdict": {"owner": "partner", "text": verdict}, "succeeded": verdict == "connected"})
            tables["onboarding_connectiontest"].append(
                (uuid.UUID(int=(9 << 64) + n), pk, n, client, finished_at, finished_at, verdict, result)
            )
            self.figures["tests", finished_at.date(), verdict] += 1
        return {spki, serial, client}


COLUMNS = {
    "onboarding_onboarding": "id owner_id mzp_login environment country state locality organization email status "
    "status_since created_at reviewer_id next_owner expires_at errors warnings",
    "onboarding_casefinding": "onboarding_id code severity since",
    "onboarding_certificaterequest": "id onboarding_id uid csr_pem spki fingerprint key_size created_at "
    "passphrase_proved_at sent_at externally_generated",
    "onboarding_issuedcertificate": "id request_id certificate_pem chain_pem anchors_pem fingerprint serial "
    "not_before not_after findings received_at",
    "onboarding_clientid": "onboarding_id value label",
    "onboarding_connectiontest": "id onboarding_id certificate_id client_id started_at finished_at verdict result",
    "onboarding_searchkey": "onboarding_id value",
    "onboarding_event": "onboarding_id at actor_id verb from_status to_status why",
}


def generate(number, now=None):
    """Add onboardings until there are `number`."""
    existing = Onboarding.objects.count()
    generator = Generator(now or datetime.now(UTC))
    for first in itertools.count(existing + 1, BATCH):
        left = number - first + 1
        if left <= 0:
            break
        tables = generator.rows(first, min(BATCH, left))
        with transaction.atomic():
            for table, rows in tables.items():
                write(table, COLUMNS[table].split(), rows)
    with transaction.atomic():
        denormalize.add_counts(generator.figures)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first()
