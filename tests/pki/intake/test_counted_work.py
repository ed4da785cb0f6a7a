"""Twice the input takes at most 2.5 times the work. Counted are the lines that run and the bytes that are copied."""

import sys

import pytest

from onboarding.pki.intake.containers import extractor_of
from onboarding.pki.intake.files import ExtractedFile
from tests.pki.corpus_documents import tar_of
from tests.pki.formats.outlook import attribute, winmail, winmail_attachment
from tests.pki.formats.seven_zip import seven_zip
from tests.pki.intake.test_linear_time import RTF_UNITS, cms, der_of, oid

SIZE = 6000  # bytes; twice as many are read as well


class Work:
    """What was counted."""

    def __init__(self):
        self.count = 0

    def trace(self, frame, event, argument):
        self.count += event == "line"
        return self.trace


class CountedBytes(bytes):
    """Bytes that count how many of them are copied out."""

    work = Work()

    def __getitem__(self, key):
        found = super().__getitem__(key)
        if isinstance(found, int):
            return found
        self.work.count += len(found)
        return CountedBytes(found)


def work_for(data):
    """Return the work of extracting the files in `data`."""
    extract, work = extractor_of(data), Work()
    CountedBytes.work = work
    sys.settrace(work.trace)
    try:
        list(extract(ExtractedFile("sent", CountedBytes(data))))
    finally:
        sys.settrace(None)
    return work.count


def signed(unit, size):
    first = der_of(b"Content-Type: text/plain\n\n", tag=4)
    octets = der_of(b"\x24\x80" + first + unit * (size // len(unit)) + b"\x00\x00", tag=0xA0)
    data = der_of(oid("2a864886f70d010701"), octets)
    return cms("02", data, b"\x02\x01\x01\x31\x00")


OCTETS = (b"\x04\x00", b"\x04\x01a", b"\x24\x02\x04\x00", b"\x24\x80\x04\x01a\x00\x00")
MAKERS = {
    **{f"signed {unit!r}": lambda size, unit=unit: signed(unit, size) for unit in OCTETS},
    **{f"rtf {unit!r}": lambda size, unit=unit: b"{\\rtf " + unit * (size // len(unit)) for unit in RTF_UNITS},
    "tar": lambda size: tar_of({f"{number}": b"x" for number in range(size // 300)}),
    "winmail attributes": lambda size: winmail() + attribute(1, 0x00018004, b"") * (size // 11),
    "winmail attachments": lambda size: winmail(*(winmail_attachment(f"{n}", b"x") for n in range(size // 300))),
    "7z": lambda size: seven_zip({f"{number}": b"x" for number in range(size // 150)}, "copy"),
    "email": lambda size: b"From: a\nTo: b\n\n" + b"x\n" * size,
    "headers": lambda size: b"From: a\nTo: b\n" + b"a: b\n" * (size // 5) + b"\nx",
    "mailbox": lambda size: b"From a\nTo: b\nFrom: c\n\nx\n\n" * (size // 300),
}


@pytest.mark.parametrize("name", MAKERS)
def test_twice_the_input_takes_at_most_two_and_a_half_times_the_work(name):
    """The same structure is repeated twice as often."""
    make = MAKERS[name]
    assert extractor_of(make(SIZE)) is not None
    assert work_for(make(2 * SIZE)) <= 2.5 * work_for(make(SIZE))
