"""Upgrade a database through every released schema, as a process: each schema adds rows, and later ones keep them.

The environment is that of a site with an empty database. Prints the number of rows of each table at the end.
"""

import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count

import django

if __name__ == "__main__":
    django.setup()  # before the models are imported

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from onboarding.rehearsal.authority import pem

APP = "onboarding"
NUMBERS = count(1)
DERIVED = {"AuditRecord", "AuditPersonal", "AuditHead"}  # 0013 fills them from the events


@cache
def certificate_pem() -> str:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A Root")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=9))
    return pem(builder.sign(key, hashes.SHA256()))


def value_of(field: models.Field, made: dict) -> object:
    """Return a value for a column that needs one; rows of the same schema refer to each other."""
    number = next(NUMBERS)
    if isinstance(field, models.ForeignKey):
        return made.get(field.related_model._meta.object_name)
    if isinstance(field, models.BooleanField):
        return False
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.CharField | models.TextField):
        text = certificate_pem() if field.name.endswith("pem") else f"{field.name} {number}@site.example"
        return text if field.max_length is None else text[-field.max_length :]
    values = {
        models.DateTimeField: datetime.now(UTC),
        models.DateField: datetime.now(UTC).date() + timedelta(days=number),
        models.UUIDField: uuid.uuid4(),
        models.JSONField: [],
        models.BinaryField: b"bytes",
        models.GenericIPAddressField: "192.0.2.1",
    }
    return next((value for kind, value in values.items() if isinstance(field, kind)), number % 1000)


def add_rows(wanted: list) -> None:
    """Add a row to every table of a schema, a table after those that it refers to."""
    made: dict[str, models.Model] = {}
    while wanted:
        ready = [model for model in wanted if needed(model) <= set(made) | {model._meta.object_name}]
        assert ready, [model._meta.object_name for model in wanted]
        for model in ready:
            values = {
                field.name: value_of(field, made)
                for field in model._meta.concrete_fields
                if not field.null and not isinstance(field, models.AutoField) and wants_value(field)
            }
            made[model._meta.object_name] = model.objects.create(**values)
        wanted = [model for model in wanted if model not in ready]


def wants_value(field: models.Field) -> bool:
    return not field.has_default() or field.unique


def needed(model) -> set[str]:
    fields = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey) and not field.null]
    return {field.related_model._meta.object_name for field in fields}


def upgrade() -> None:
    """Migrate one step at a time, adding rows in each schema; check that none gets lost and every step can go back."""
    executor = MigrationExecutor(connection)
    names = sorted(name for app, name in executor.loader.graph.nodes if app == APP)
    total: dict[str, int] = {}
    for name in names:
        executor = MigrationExecutor(connection)
        executor.migrate([(APP, name)])
        operations = executor.loader.get_migration(APP, name).operations
        assert all(operation.reversible for operation in operations), name
        apps = MigrationExecutor(connection).loader.project_state([(APP, name)]).apps
        tables = [model for model in apps.get_app_config(APP).get_models() if model._meta.object_name not in DERIVED]
        for model in tables:
            kept = total.get(model._meta.object_name)
            assert kept is None or model.objects.count() >= kept, (name, model)
        with transaction.atomic():
            add_rows(tables)
        total = {model._meta.object_name: model.objects.count() for model in tables}
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    print(*(f"{name}={number}" for name, number in sorted(total.items())))


if __name__ == "__main__":
    upgrade()
