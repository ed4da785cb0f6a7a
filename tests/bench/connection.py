"""The time of a connection test through the site, against cURL with the same request."""

import os
import statistics
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from onboarding.workflow.thread_pool import run_in_pool
from tests.bench.floors import Stopwatch, derive, run
from tests.bench.rows import Row
from tests.bench.server import Client
from tests.browser.sites import Site

RUNS = 25


def rows(running: Site) -> list[Row]:
    """Return the medians of alternating runs. cURL reads a clear key, so its time has no key derivation either."""
    client = Client(running)
    form_walk = client.form_walk
    form_walk.begin()
    form_walk.make_key()
    files, client_id = form_walk.get_signed()
    form_walk.upload(files, client_id)
    form_walk.expect("test")
    form_walk.test()
    form_walk.expect("done")
    key = load_pem_private_key(form_walk.download_key(), form_walk.partner.passphrase.encode())
    tests, derivations, curls = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key.pem").touch(mode=0o600)
        (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for file in ("certificate.pem", "ca.pem"):
            (folder / file).write_bytes(form_walk.visitor.fetch(form_walk.path(f"done/{file}")))
        address = f"{running.env['REHEARSAL_API_URL']}/fleets"
        curl = ["curl", "--silent", "--fail", "--get", "--url", address, "--data-urlencode", f"client_id={client_id}"]
        curl += [
            "--user",
            f"{form_walk.partner.login}:{form_walk.partner.password}",
            "--header",
            "Accept: application/hal+json",
        ]
        curl += ["--cert", "certificate.pem", "--key", "key.pem", "--cacert", "ca.pem"]
        for _ in range(RUNS):
            form_walk.open("test/")
            post = client.post(passphrase=form_walk.partner.passphrase, password=form_walk.partner.password)
            tests.append(client.send([post]).wall)
            with Stopwatch() as watch:
                run_in_pool(derive)
            derivations.append(watch.cost.wall)
            curls.append(run(curl, folder).wall)
            time.sleep(0.25)  # the gateway counts requests a second
        os.sync()
    test, derivation, floor = (statistics.median(times) for times in (tests, derivations, curls))
    return [
        Row("test POST, without its key derivation", "cURL, the same request", test - derivation, floor, 1.0),
        Row("  its key derivation", "cURL, the same request", derivation, floor),
    ]
