"""The files that the fuzzer mutates: the corpus, small uploads, and uploads that somebody else may want accepted."""

import base64
import json
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from onboarding.pki.intake.containers import Upload
from tests.pki import (
    corpus_containers,
    corpus_defects,
    corpus_documents,
    corpus_emails,
    corpus_encodings,
    corpus_keys,
    corpus_malformed,
)
from tests.pki.preflight import corpus_requests
from tests.pki.workshop import SUBJECT, Workshop, der, known

STORED = Path("var/fuzz/seeds.json")
SIZE_LIMIT = 30_000  # bytes of an upload; larger ones take long, and have the same structures
REQUESTS = {"request": {}, "old": {"current": False}, "foreign": {"current": False, "usable": False, "login": "MZP9"}}
SIGNERS = ("issuing", "root", "partner", "stranger")
Files = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Seeds:
    """Uploads by name, from the smallest to the largest; the PEM files of the requests; the keys that sign again."""

    small: dict[str, Files]
    uploads: dict[str, Files]
    csrs: dict[str, Files]
    requests: dict[str, bytes]
    signers: dict[str, bytes]

    @cached_property
    def keys(self):
        return {
            name: load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
            for name, pem in self.signers.items()
        }

    @cached_property
    def known(self):
        """The requests of the account."""
        return [known(pem, **REQUESTS[name]) for name, pem in self.requests.items()]


def small_uploads(shop: Workshop) -> dict[str, Files]:
    """Return uploads as partners send them, with little around, and those of other keys, CAs and purposes."""
    leaf, issuing, root = der(shop.leaf), der(shop.issuing), der(shop.root)
    shop.csr("stranger", "stranger", SUBJECT)
    shop.csr("old", "old")
    stranger = der(shop.sign("fuzz-stranger", "issuing", "stranger"))
    shop.authority("fuzz-false", None, common_name="issuing", begins="20200101", ends="20400101")
    false = der(shop.path("fuzz-false.pem").read_bytes())
    by_false = der(shop.sign("fuzz-by-false", "fuzz-false"))
    variants = {
        "older_request": shop.sign("fuzz-old", "issuing", "old"),
        "server": shop.sign("fuzz-server", "issuing", "request", "server"),
        "expired": shop.sign("fuzz-expired", "issuing", begins="20200101", ends="20210101"),
    }
    return {
        "leaf_and_issuing": [("leaf.cer", leaf), ("issuing.cer", issuing)],
        "leaf_issuing_root": [("leaf.cer", leaf), ("issuing.cer", issuing), ("root.cer", root)],
        "joined": [("all.cer", leaf + issuing)],
        "pem": [("all.pem", shop.leaf + shop.issuing)],
        "pkcs7": [("all.p7b", shop.pkcs7(shop.leaf, shop.issuing))],
        "stranger": [("leaf.cer", stranger), ("issuing.cer", issuing)],
        "both_keys": [("leaf.cer", stranger), ("mine.cer", leaf), ("issuing.cer", issuing)],
        "false_issuer": [("leaf.cer", leaf), ("issuing.cer", false)],
        "by_false_issuer": [("leaf.cer", by_false), ("issuing.cer", issuing)],
        **{name: [("leaf.cer", der(pem)), ("issuing.cer", issuing)] for name, pem in variants.items()},
    }


def corpus_uploads(shop: Workshop) -> dict[str, Files]:
    cases = corpus_encodings.CASES | corpus_containers.CASES | corpus_defects.CASES | corpus_keys.CASES
    cases |= corpus_malformed.CASES
    uploads = {name: [(each.name, each.data) for each in case.make(shop)] for name, case in cases.items()}
    for corpus in (corpus_emails, corpus_documents):
        named = {name: make for name, (_, make) in corpus.NAMED.items()}
        uploads |= {name: [("sent", make(shop))] for name, make in (corpus.ACCEPTED | named).items()}
    return uploads


def corpus_csrs(shop: Workshop) -> dict[str, Files]:
    cases = corpus_requests.CASES | corpus_malformed.REQUESTS
    csrs = {name: [("csr", case.make(shop))] for name, case in cases.items()}
    folder = Path(corpus_requests.__file__).parent / "requests"
    return csrs | {file.stem: [("csr", file.read_bytes())] for file in sorted(folder.glob("*.csr"))}


def make_seeds(shop: Workshop, *, whole=True) -> Seeds:
    """Make the seeds with real tools. Unless `whole`, the larger part of the corpus is left out."""
    small = small_uploads(shop)
    csrs = {"good": [("csr", shop.request)], "stranger": [("csr", shop.path("stranger.csr").read_bytes())]}
    shop.known()
    return Seeds(
        small,
        by_size(small | (corpus_uploads(shop) if whole else {})),
        by_size(csrs | (corpus_csrs(shop) if whole else {})),
        {name: shop.path(f"{name}.csr").read_bytes() for name in REQUESTS},
        {name: shop.path(f"{name}.key").read_bytes() for name in SIGNERS},
    )


def by_size(uploads: dict[str, Files]) -> dict[str, Files]:
    sizes = {name: sum(len(data) for _, data in files) for name, files in uploads.items()}
    return {name: uploads[name] for name in sorted(sizes, key=sizes.get) if sizes[name] <= SIZE_LIMIT}


def stored_seeds(*, new=False) -> Seeds:
    """Return the seeds in STORED, and make them first if there are none: a number means the same only with them."""
    if new or not STORED.exists():
        STORED.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            seeds = make_seeds(Workshop(Path(folder)))
        STORED.write_text(json.dumps(vars_of(seeds), default=lambda value: base64.b64encode(value).decode()))
    fields = json.loads(STORED.read_text())
    decode = base64.b64decode
    groups = {
        group: {name: [(file, decode(data)) for file, data in files] for name, files in fields[group].items()}
        for group in ("small", "uploads", "csrs")
    }
    single = {group: {name: decode(data) for name, data in fields[group].items()} for group in ("requests", "signers")}
    return Seeds(**groups, **single)


def vars_of(seeds: Seeds):
    return {group: getattr(seeds, group) for group in Seeds.__dataclass_fields__}


def as_uploads(files: Files) -> list[Upload]:
    return [Upload(name, data) for name, data in files]
