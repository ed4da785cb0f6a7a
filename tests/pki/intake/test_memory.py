"""Reading an upload takes at most three times its size and 10 MiB of memory, whatever it unpacks to.

A PDF document is read in a process of its own, with a limit of its own.
"""

import base64
import bz2
import gzip
import lzma
import os
import random
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

from onboarding.pki.intake.reading import Upload, read_uploads
from tests.lint.problem import PROJECT
from tests.pki.corpus_containers import zip_of
from tests.pki.corpus_documents import tar_of, word, zip_with
from tests.pki.formats.compound_file import compound_file
from tests.pki.formats.outlook import msg, winmail, winmail_attachment
from tests.pki.formats.seven_zip import seven_zip

MIB = 1024 * 1024
LIMIT = 1000 * 1024  # a little less than the largest container that is read
HEADERS = b"From: a\nTo: b\nSubject: c\n"
randbytes = random.Random(1).randbytes  # no secret


def email(*parts):
    start = HEADERS + b"Content-Type: multipart/mixed; boundary=x\n\n"
    return start + b"".join(b"--x\n" + part + b"\n" for part in parts) + b"--x--\n"


def attachment(data):
    headers = b"Content-Type: application/octet-stream; name=a\nContent-Transfer-Encoding: base64\n\n"
    return headers + base64.encodebytes(data)


def packable(size):
    """Return bytes that are packed to about a fiftieth, which is not refused as a bomb."""
    return b"".join(randbytes(14) + bytes(1000) for _ in range(size // 1014))


def words():
    return b"".join(base64.b64encode(randbytes(15)) + b"\n" for _ in range(LIMIT // 21))


def large_emails():
    return {f"{number}.eml": HEADERS + b"\n" + packable(LIMIT) for number in range(4)}


def inputs():
    """Yield (name, files): the largest and the most tightly packed of each kind."""
    yield "lines", [HEADERS + b"\n" + b"x\n" * 58_000]
    yield "words", [HEADERS + b"\n" + words()]
    yield "8bit", [HEADERS + b"Content-Type: text/plain; charset=utf-16\n\n" + b"\xe9a" * (LIMIT // 2)]
    yield "attachment", [email(attachment(randbytes(LIMIT * 3 // 4 - 20_000)))]
    yield "attachments", [email(*(attachment(randbytes(36_000)) for _ in range(20)))]
    yield "headers", [email(*(b"a: b\n" * 990 + b"\nx" for _ in range(20)))]
    yield "email in zip in email", [email(attachment(zip_of({"a.eml": email(attachment(packable(LIMIT * 3 // 4)))})))]
    yield "zip", [zip_of(large_emails())]
    yield "zip with bzip2", [zip_with(large_emails(), zipfile.ZIP_BZIP2)]
    yield "zip with LZMA", [zip_with(large_emails(), zipfile.ZIP_LZMA)]
    yield (
        "zip in zip",
        [zip_of({f"{number}.zip": zip_of(large_emails()) + packable(LIMIT // 2) for number in range(3)})],
    )
    yield "gzip", [gzip.compress(HEADERS + b"\n" + b"x\n" * 58_000)]
    yield "gzip bomb", [gzip.compress(bytes(20 * MIB))]
    yield "bzip2 bomb", [bz2.compress(bytes(20 * MIB))]
    yield "xz bomb", [lzma.compress(bytes(20 * MIB), preset=9)]
    yield "7z", [seven_zip({"a.eml": HEADERS + b"\n" + packable(2 * MIB - 4096)})]
    yield "tar", [tar_of({f"{number}": randbytes(19_000) for number in range(49)})]
    yield "winmail", [winmail(*(winmail_attachment(f"{number}", randbytes(19_000)) for number in range(49)))]
    yield "msg", [msg([(f"{number}", randbytes(19_000)) for number in range(49)])]
    yield "compound file", [compound_file({f"{number}": randbytes(9000) for number in range(100)})]
    yield "rtf", [b"{\\rtf1 " + b"\\par x" * (LIMIT // 6)]
    yield "word", [word([words().decode()])]
    yield "texts", [words()[: 64 * 1024]] * 8
    yield "web pages", [(b"<p>a &lt; =3D %20 \\n " * 4000)[: 64 * 1024]] * 8


def print_excesses():
    """Read each input in a process of its own. Print the names of those that take too much, then "measured"."""
    read_uploads([Upload("a.eml", HEADERS + b"\nx")])  # what is imported and compiled at the first reading
    for name, files in inputs():
        process = os.fork()
        if not process:
            before = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            read_uploads([Upload("sent", data) for data in files])
            taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
            os._exit(int(taken > 3 * sum(map(len, files)) + 10 * MIB))
        if os.waitpid(process, 0)[1]:
            print(name)
    print("measured")


def test_reading_takes_little_memory():
    """The largest resident size of a fresh process, less what it had before it read the upload."""
    done = subprocess.run(
        [sys.executable, "-c", "from tests.pki.intake.test_memory import print_excesses as p; p()"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split("\n")[:-1] == ["measured"]
