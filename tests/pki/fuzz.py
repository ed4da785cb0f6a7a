"""Structural fuzzing of uploads: `python -m tests.pki.fuzz --mutations 1000000` (`make fuzz`: 100,000).

Each mutation has a number. Together with --seed and the seeds in var/fuzz, the number always gives the same upload:
`--only NUMBER` repeats one. The exit code is 1 if the package crashed, or accepted what it must not accept.
"""

import argparse
import itertools
import multiprocessing
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from heapq import nlargest
from random import Random

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from onboarding.pki.errors import PkiError
from onboarding.pki.intake.reading import read_uploads
from onboarding.pki.preflight.checks import preflight
from onboarding.pki.validation.certificates import validate_certificates
from tests.pki.fuzz_files import mutate_file, wrap
from tests.pki.fuzz_seeds import Files, Seeds, as_uploads, stored_seeds
from tests.pki.workshop import NOW

BATCH = 500
PROGRESS = 50_000
SHOWN = 5
LOGIN = "MZP128745"


class WrongAcceptanceError(Exception):
    """Something was accepted that must not be."""


@dataclass
class Report:
    """What a number of mutations led to. Times are seconds of CPU; growth is that of the peak memory, in KiB."""

    verdicts: Counter = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest: list[tuple[float, int]] = field(default_factory=list)
    growth: list[tuple[int, int]] = field(default_factory=list)
    peak: int = 0
    seconds: float = 0

    def add(self, other: "Report") -> None:
        self.verdicts += other.verdicts
        self.failures += other.failures
        self.slowest = nlargest(SHOWN, self.slowest + other.slowest)
        self.growth = nlargest(SHOWN, self.growth + other.growth)
        self.peak = max(self.peak, other.peak)
        self.seconds += other.seconds


def mutation(seeds: Seeds, seed: int, number: int) -> tuple[str, Files]:
    """Return what is checked ("upload" or "request"), and the files of the mutation of that number."""
    random = Random(f"{seed} {number}")
    kind = "request" if random.random() < 0.2 else "upload"
    files = list(chosen(random, seeds, kind))
    others = chosen(random, seeds, random.choice((kind, "upload")))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        index, other = random.randrange(len(files)), random.choice(others)[1]
        name, data = files[index]
        files[index] = (name, mutate_file(random, data, other, seeds.keys))
    change = random.random()
    if change < 0.05:
        files = [("sent", b"".join(data for _, data in random.sample([*files, *others], len(files) + len(others))))]
    elif change < 0.15:
        files += others
    elif change < 0.25:
        files = [("sent", wrap(random, files))]
    elif change < 0.3:
        random.shuffle(files)
    return kind, files


def chosen(random: Random, seeds: Seeds, kind: str) -> Files:
    """Return a seed. Small ones come more often, because more of them can be tried in the same time."""
    if kind == "upload" and random.random() < 0.85:
        return random.choice(list(seeds.small.values()))
    pool = list((seeds.csrs if kind == "request" else seeds.uploads).values())
    return pool[min(random.randrange(len(pool)) for _ in range(3))]


def check(seeds: Seeds, kind: str, files: Files) -> str:
    """Return the verdict on the files. WrongAcceptanceError, or any other exception, is a failure."""
    if kind == "request":
        checked = preflight(b"".join(data for _, data in files), LOGIN)
        if checked.passes:
            check_request(checked.csr)
        return "request passes" if checked.passes else "request refused"
    try:
        reading = read_uploads(as_uploads(files))
    except PkiError:
        return "stopped"
    certificates = [found.certificate for found in reading.certificates]
    result = validate_certificates(certificates, seeds.known, NOW)
    if not (result.accepted or result.findings or reading.findings):
        raise WrongAcceptanceError("refused without a reason")
    if result.accepted:
        check_acceptance(seeds, certificates, result)
    return "accepted" if result.accepted else "refused" if certificates else "nothing found"


def check_acceptance(seeds: Seeds, certificates, result) -> None:
    """Check what the package accepted without the code of the package: keys, signatures, dates, and CAs."""
    usable = {
        public_key_of(x509.load_pem_x509_csr(pem).public_key())
        for name, pem in seeds.requests.items()
        if name != "foreign"
    }
    path = [result.leaf, *result.chain, result.anchors[0]]
    if public_key_of(result.leaf.public_key()) not in usable:
        raise WrongAcceptanceError("the key is not that of a request")
    if not all(each in certificates for each in path):
        raise WrongAcceptanceError("a certificate of the chain was not uploaded")
    for certificate, issuer in itertools.pairwise(path):
        if not is_signed_by(issuer.public_key(), certificate, certificate.tbs_certificate_bytes):
            raise WrongAcceptanceError(f"{issuer.subject} did not sign {certificate.subject}")
        if not is_authority(issuer):
            raise WrongAcceptanceError(f"{issuer.subject} is no CA")
    if not all(each.not_valid_before_utc <= NOW <= each.not_valid_after_utc for each in path):
        raise WrongAcceptanceError("a certificate of the chain is not valid now")


def check_request(csr: x509.CertificateSigningRequest) -> None:
    key = csr.public_key()
    if not is_signed_by(key, csr, csr.tbs_certrequest_bytes):
        raise WrongAcceptanceError("the request is not signed with its own key")
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise WrongAcceptanceError("the request has a key that the operator refuses")


def public_key_of(key) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_authority(certificate: x509.Certificate) -> bool:
    """Return whether the basic constraints say so; without them, the key usage; X.509 v1 has neither."""
    for kind, asks in (
        (x509.BasicConstraints, lambda value: value.ca),
        (x509.KeyUsage, lambda value: value.key_cert_sign),
    ):
        try:
            return asks(certificate.extensions.get_extension_for_class(kind).value)
        except x509.ExtensionNotFound:
            continue
    return certificate.version == x509.Version.v1


def is_signed_by(key, signed, contents: bytes) -> bool:
    """Return whether `key` verifies the signature of a certificate or request over its `contents`."""
    digest, parameters = signed.signature_hash_algorithm, signed.signature_algorithm_parameters
    try:
        if isinstance(key, rsa.RSAPublicKey):
            scheme = parameters if isinstance(parameters, padding.PSS) else padding.PKCS1v15()
            key.verify(signed.signature, contents, scheme, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed.signature, contents, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signed.signature, contents)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def run_batch(seeds: Seeds, seed: int, numbers: range) -> Report:
    """Check the mutations of these numbers."""
    report = Report()
    started = time.process_time()
    warnings.simplefilter("ignore")  # the library and zipfile warn about what is mutated
    for number in numbers:
        before, begins = peak_memory(), time.process_time()
        try:
            kind, files = mutation(seeds, seed, number)
            before, begins = peak_memory(), time.process_time()
            verdict = check(seeds, kind, files)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # a panic in the library is no Exception
            verdict = "wrong acceptance" if isinstance(error, WrongAcceptanceError) else "crash"
            report.failures.append((number, traceback.format_exc(limit=-6)))
        report.verdicts[verdict] += 1
        report.slowest.append((time.process_time() - begins, number))
        report.growth.append((peak_memory() - before, number))
    report.slowest, report.growth = nlargest(SHOWN, report.slowest), nlargest(SHOWN, report.growth)
    report.peak, report.seconds = peak_memory(), time.process_time() - started
    return report


def peak_memory() -> int:
    """Return the largest resident memory of this process so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run_stored_batch(seed: int, first: int, after: int) -> Report:
    """Check a range of mutations in a process of the pool, which reads the seeds once."""
    global _seeds  # noqa: PLW0603
    _seeds = _seeds or stored_seeds()
    return run_batch(_seeds, seed, range(first, after))


_seeds: Seeds | None = None


def run(mutations: int, processes: int, seed: int) -> Report:
    """Check that number of mutations, and print the progress and every failure."""
    report = Report()
    batches = [(seed, first, min(first + BATCH, mutations)) for first in range(0, mutations, BATCH)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for part in pool.map(run_stored_batch, *zip(*batches, strict=True)):
            before = report.verdicts.total()
            report.add(part)
            done = report.verdicts.total()
            show_failures(part, seed)
            if done // PROGRESS > before // PROGRESS:
                print(f"{done}: {dict(report.verdicts)}, {report.seconds / done * 1000:.2f} ms each", flush=True)
    return report


def show_failures(report: Report, seed: int) -> None:
    for number, text in report.failures:
        print(f"FAILED: python -m tests.pki.fuzz --seed {seed} --only {number}\n{text}", flush=True)


def show(report: Report, seed: int) -> None:
    done = report.verdicts.total()
    print(f"{done} mutations, {report.seconds / done * 1000:.2f} ms each: {dict(report.verdicts)}")
    for seconds, number in report.slowest:
        print(f"{seconds * 1000:8.1f} ms   --seed {seed} --only {number}")
    print(f"peak memory {report.peak / 1024:.0f} MiB; it grew most in")
    for size, number in report.growth:
        print(f"{size / 1024:8.1f} MiB  --seed {seed} --only {number}")
    print(f"{len(report.failures)} failures", flush=True)


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="check the mutation of this number alone")
    parser.add_argument("--new-seeds", action="store_true", help="make the seeds again, after the corpus has changed")
    given = parser.parse_args(arguments)
    seeds = stored_seeds(new=given.new_seeds)
    if given.only is None:
        try:
            report = run(given.mutations, given.processes, given.seed)
        except BrokenProcessPool:
            print(f"FAILED: a process ended. Try --processes 1 with --seed {given.seed}, and fewer mutations")
            return 1
    else:
        report = run_batch(seeds, given.seed, range(given.only, given.only + 1))
        show_failures(report, given.seed)
    show(report, given.seed)
    return int(bool(report.failures))


if __name__ == "__main__":
    sys.exit(main())
