"""The review desk with a thousand and a million onboardings (a hundred thousand on SQLite): a table of ratios.

`python -m tests.bench.review` measures both. REVIEW_ROWS_POSTGRESQL and REVIEW_ROWS_SQLITE set other numbers, and
REVIEW_DATABASES="sqlite" measures SQLite alone.
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


def pages(onboarding):
    """Return the name and address of each measured page; `onboarding` has a certificate."""
    queue = "/admin/onboarding/onboarding/"
    everyone = f"{queue}?move=anyone"
    certificate = onboarding.request.issued_certificate
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
        "dates": f"{everyone}&status_since__year={onboarding.status_since.year}",
        "by login": f"{queue}?move=anyone&o=1",
        "by expiry": f"{queue}?move=anyone&o=8",
        "search: login": f"{queue}?q={onboarding.mzp_login}",
        "search: organization": f"{queue}?q={onboarding.organization.replace(' ', '+')}",
        "search: common word": f"{queue}?q=fleet",
        "search: email": f"{queue}?q={onboarding.email}",
        "search: serial": f"{queue}?q={certificate.serial}",
        "search: SPKI": f"{queue}?q={onboarding.request.spki}",
        "search: client ID": f"{queue}?q={onboarding.client_ids.get().value}",
        "case": f"{queue}{onboarding.pk}/change/",
        "confirmation": f"{queue}{onboarding.pk}/verb/remind/",
    }


def measure(client, url):
    """Return the milliseconds of a page, those of the database in it (the fastest of RUNS), and the numbers of queries.

    A page's time is the CPU time of this process, plus the time of the queries if the database is another process.
    Other load on the machine only adds to the clock time, so the fastest run is the least disturbed.
    """
    from django.db import connection  # noqa: PLC0415  # after the settings

    totals, databases, queries = [], [], set()
    for run in range(WARM + RUNS):
        spent = []

        def timed(execute, sql, params, many, context, spent=spent):
            started = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent.append(time.perf_counter() - started)

        started = time.process_time()
        with connection.execute_wrapper(timed):
            response = client.get(url)
        total = time.process_time() - started + (sum(spent) if connection.vendor == "postgresql" else 0)
        if response.status_code != 200:
            sys.exit(f"{url}: {response.status_code}")
        if run >= WARM:
            totals.append(1000 * total)
            databases.append(1000 * sum(spent))
            queries.add(len(spent))
    return min(totals), min(databases), queries


def reviewer_client():
    """Return a client that is signed in as a reviewer of the generated data."""
    from django.contrib.auth.models import Group  # noqa: PLC0415  # after the settings
    from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from onboarding.models import User  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415

    reviewer = User.objects.get(email="claire@bench.example")
    reviewer.groups.add(Group.objects.get(name="reviewer"))
    client = Client()
    user_logged_in.connect(factories.confirm_session)
    client.force_login(
        factories.with_second_factor(reviewer), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def measure_with(number):
    """Return the measurements of every page with `number` onboardings."""
    from onboarding.models import Onboarding  # noqa: PLC0415  # after the settings
    from tests.bench.review_data import generate  # noqa: PLC0415

    started = time.perf_counter()
    generate(number)
    print(f"{number:,} onboardings made in {time.perf_counter() - started:.0f} s", flush=True)
    client = reviewer_client()
    onboarding = Onboarding.objects.filter(status="connected", reviewer=None).order_by("pk")[0]
    return {name: measure(client, url) for name, url in pages(onboarding).items()}


def run(vendor):
    """Measure on one database, and return the number of pages over a limit."""
    import django  # noqa: PLC0415  # the database is known now

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.review_settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    many = int(os.environ.get(f"REVIEW_ROWS_{vendor.upper()}", MANY[vendor]))
    few_rows, many_rows = measure_with(FEW), measure_with(many)
    print(f"\n{vendor}: {FEW:,} against {many:,}")
    print(f"{'page':24}{'ms':>8}{'ms':>8}{'ratio':>7}{'db ms':>8}{'db ms':>8}{'queries':>9}")
    failed = 0
    for name, (total, database, queries) in many_rows.items():
        base_total, base_database, base_queries = few_rows[name]
        ratio = total / base_total
        over = ratio > RATIO or database > DATABASE_MS or queries != base_queries
        failed += over
        counts = "/".join(str(n) for n in sorted(queries | base_queries))
        print(
            f"{name:24}{base_total:8.1f}{total:8.1f}{ratio:7.2f}{base_database:8.1f}{database:8.1f}{counts:>9}"
            f"{'  over' if over else ''}",
            flush=True,
        )
    return failed


def main():
    """Measure each database in its own process, because settings are read once."""
    if len(sys.argv) > 1:
        sys.exit(1 if run(sys.argv[1]) else 0)
    from tests import postgresql  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="onboarding-bench-") as folder:
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'review.sqlite3'}", "postgresql": postgresql.start()}
        chosen = os.environ.get("REVIEW_DATABASES", "sqlite postgresql").split()
        results = [
            subprocess.run(
                [sys.executable, "-m", "tests.bench.review", vendor],
                env=os.environ | {"DATABASE_URL": url},
                check=False,
            )
            for vendor, url in urls.items()
            if vendor in chosen
        ]
    sys.exit(max(result.returncode for result in results))


if __name__ == "__main__":
    main()
