"""The wizard, the rehearsal and a browser as running processes, each started once for all tests."""

import os
import shutil
import signal

import pytest

from tests.browser.chromium import ARGUMENTS, NAMES
from tests.browser.inspection import Inspector
from tests.browser.operators import Account, Authority, nginx
from tests.browser.partner import FormWalk, Partner
from tests.browser.processes import free_port
from tests.browser.sites import install, rehearsal, serve

# Playwright runs an event loop in this thread, so Django believes that it is called asynchronously.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session", autouse=True)
def stop_servers_on_sigterm():
    """On SIGTERM, stop the servers as after an interrupt."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    named = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    return browser_type_launch_args | {"args": [*ARGUMENTS]} | ({"executable_path": named} if named else {})


@pytest.fixture(scope="session")
def running_rehearsal(tmp_path_factory):
    with rehearsal(tmp_path_factory.mktemp("rehearsal")) as running:
        yield running


@pytest.fixture(scope="session")
def operator(tmp_path_factory):
    """Another operator's authority, created by OpenSSL."""
    return Authority(tmp_path_factory.mktemp("operator") / "authority", "Independent Operator")


@pytest.fixture(scope="session")
def foreign(tmp_path_factory):
    """An authority that no gateway of the tests trusts."""
    return Authority(tmp_path_factory.mktemp("foreign") / "authority", "Foreign Operator")


@pytest.fixture(scope="session")
def production_port():
    """The port of the production gateway in the site's settings; nothing listens there until a test starts it."""
    return free_port()


@pytest.fixture(scope="session")
def site(tmp_path_factory, running_rehearsal, production_port):
    """The wizard, with the rehearsal, and with production at `production_port`."""
    folder = tmp_path_factory.mktemp("site")
    production = f"https://127.0.0.1:{production_port}/connectedcar/v3"
    with serve(folder, install(folder, FLEETS_API_URL=production, **running_rehearsal.env)) as running:
        yield running


@pytest.fixture
def partner():
    return Partner()


@pytest.fixture
def form_walk(site, partner):
    """A partner without a browser, who has not signed up yet."""
    return FormWalk(site, partner)


@pytest.fixture
def inspector(browser, request):
    """Return a function that opens a browser context with or without scripts, and inspects its pages."""
    inspectors = []

    def make(*, scripts: bool) -> Inspector:
        inspectors.append(Inspector(browser, scripts=scripts))
        return inspectors[-1]

    yield make
    for opened in inspectors:
        opened.context.close()


@pytest.fixture(scope="session")
def account():
    """The only partner that the independent gateway knows."""
    return Account("MZP424242", "grüne Wagen", "b7d1c0de-22aa-4b1e-9f00-1d5b1a2c3d4e")


@pytest.fixture
def production(tmp_path, operator, account, production_port):
    """nginx at the production address."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx(folder, operator, account, port=production_port, protocols="TLSv1.2 TLSv1.3") as gateway:
        yield gateway
