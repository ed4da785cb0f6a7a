"""Lets tests empty the database between them: the history's triggers, which refuse that, are lifted for as long."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.commands import flush

TABLE = "onboarding_event"


@contextmanager
def lifted(connection) -> Iterator[None]:
    """Without the triggers on the history, inside."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
            back = [f"ALTER TABLE {TABLE} ENABLE TRIGGER USER"]
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            back = [sql for _, sql in triggers]
        yield
        for statement in back:
            cursor.execute(statement)


class LiftingFlush(flush.Command):
    """Django's own command, which its transactional tests call, with the triggers lifted around it."""

    def handle(self, **options):
        """Flush."""
        from django.db import connections  # noqa: PLC0415  # known once the settings are

        with lifted(connections[options["database"]]):
            super().handle(**options)
