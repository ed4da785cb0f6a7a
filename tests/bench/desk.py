"""The desk at a thousand onboardings and at a million (PostgreSQL), or a hundred thousand (SQLite): a table of ratios.

`python -m tests.bench.desk` runs both; DESK_ROWS_POSTGRESQL and DESK_ROWS_SQLITE set other numbers, and
DESK_DATABASES="sqlite" leaves the other out.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FEW = 1000
MANY = {"postgresql": 1_000_000, "sqlite": 100_000}
RUNS, WARM = 15, 3
RATIO, DATABASE_MS = 1.5, 50.0


def pages(one):
    """Name and address of each page that is measured; `one` is an onboarding with a certificate."""
    queue = "/admin/onboarding/onboarding/"
    everyone = f"{queue}?move=anyone"
    answer = one.request.issued_certificate
    return {
        "dashboard": "/admin/",
        "queue (what needs me)": queue,
        "queue (everybody's)": everyone,
        "last page": f"{everyone}&p=10",
        "filter: status": f"{everyone}&status__exact=sent",
        "filter: move": f"{queue}?move=partner",
        "filter: reviewer": f"{everyone}&reviewer=me",
        "filter: age": f"{everyone}&age=30",
        "filter: expiry": f"{everyone}&expires=90",
        "filter: finding": f"{everyone}&finding=login_unusual",
        "filter: verdict": f"{everyone}&verdict=connected",
        "filter: environment": f"{everyone}&environment__exact=production",
        "two filters": f"{everyone}&status__exact=connected&environment__exact=rehearsal",
        "dates": f"{everyone}&status_since__year={one.status_since.year}",
        "by login": f"{queue}?move=anyone&o=1",
        "by expiry": f"{queue}?move=anyone&o=8",
        "search: login": f"{queue}?q={one.mzp_login}",
        "search: organization": f"{queue}?q={one.organization.replace(' ', '+')}",
        "search: common word": f"{queue}?q=fleet",
        "search: e-mail": f"{queue}?q={one.email}",
        "search: serial": f"{queue}?q={answer.serial}",
        "search: SPKI": f"{queue}?q={one.request.spki}",
        "search: client ID": f"{queue}?q={one.client_ids.get().value}",
        "case": f"{queue}{one.pk}/change/",
        "confirmation": f"{queue}{one.pk}/verb/remind/",
    }


def measure(client, url):
    """Milliseconds of a page and of the database's part in it, the quickest of RUNS, and the number of queries.

    A page's time is this process's on the processor and, where the database is another process, its own besides: what
    else the machine does at the time only ever adds to that of the clock, as it does to all but the quickest run.
    """
    from django.db import connection  # noqa: PLC0415  # after the settings

    totals, databases, queries = [], [], set()
    for run in range(WARM + RUNS):
        spent = []

        def timed(execute, sql, params, many, context, spent=spent):
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent.append(time.perf_counter() - begun)

        begun = time.process_time()
        with connection.execute_wrapper(timed):
            response = client.get(url)
        total = time.process_time() - begun + (sum(spent) if connection.vendor == "postgresql" else 0)
        if response.status_code != 200:
            sys.exit(f"{url}: {response.status_code}")
        if run >= WARM:
            totals.append(1000 * total)
            databases.append(1000 * sum(spent))
            queries.add(len(spent))
    return min(totals), min(databases), queries


def reviewer_client():
    """A client signed in as a reviewer of the generated data."""
    from django.contrib.auth.models import Group  # noqa: PLC0415  # after the settings
    from django.test import Client  # noqa: PLC0415

    from onboarding.models import User  # noqa: PLC0415

    reviewer = User.objects.get(email="claire@bench.example")
    reviewer.groups.add(Group.objects.get(name="reviewer"))
    client = Client()
    client.force_login(reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def at(number):
    """Measure every page with `number` onboardings."""
    from onboarding.models import Onboarding  # noqa: PLC0415  # after the settings
    from tests.bench.desk_data import generate  # noqa: PLC0415

    begun = time.perf_counter()
    generate(number)
    print(f"{number:,} onboardings made in {time.perf_counter() - begun:.0f} s", flush=True)
    client = reviewer_client()
    one = Onboarding.objects.filter(status="connected", reviewer=None).order_by("pk")[0]
    return {name: measure(client, url) for name, url in pages(one).items()}


def run(vendor):
    """Measure on one database; the number of pages over a limit."""
    import django  # noqa: PLC0415  # the database is known now

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.desk_settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    many = int(os.environ.get(f"DESK_ROWS_{vendor.upper()}", MANY[vendor]))
    few, lots = at(FEW), at(many)
    print(f"\n{vendor}: {FEW:,} against {many:,}")
    print(f"{'page':24}{'ms':>8}{'ms':>8}{'ratio':>7}{'db ms':>8}{'db ms':>8}{'queries':>9}")
    bad = 0
    for name, (total, database, queries) in lots.items():
        base_total, base_database, base_queries = few[name]
        ratio = total / base_total
        over = ratio > RATIO or database > DATABASE_MS or queries != base_queries
        bad += over
        counts = "/".join(str(n) for n in sorted(queries | base_queries))
        print(
            f"{name:24}{base_total:8.1f}{total:8.1f}{ratio:7.2f}{base_database:8.1f}{database:8.1f}{counts:>9}"
            f"{'  over' if over else ''}",
            flush=True,
        )
    return bad


def main():
    """Each database in a process of its own, because settings are read once."""
    if len(sys.argv) > 1:
        sys.exit(1 if run(sys.argv[1]) else 0)
    from tests import postgresql  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="onboarding-bench-") as folder:
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'desk.sqlite3'}", "postgresql": postgresql.start()}
        chosen = os.environ.get("DESK_DATABASES", "sqlite postgresql").split()
        results = [
            subprocess.run(
                [sys.executable, "-m", "tests.bench.desk", vendor], env=os.environ | {"DATABASE_URL": url}, check=False
            )
            for vendor, url in urls.items()
            if vendor in chosen
        ]
    sys.exit(max(result.returncode for result in results))


if __name__ == "__main__":
    main()
