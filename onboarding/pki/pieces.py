"""The pieces that were sent, and the leaves that come out of them once containers are opened."""

import re
import unicodedata
from dataclasses import dataclass

FILE_LIMIT_KIB = 64
CONTAINER_LIMIT_KIB = 1024  # a zip file or a saved mail
ENTRY_LIMIT = 50  # files, in all containers together too
NAME_MAX = 80


@dataclass(frozen=True)
class Piece:
    """One thing that was sent: a file's name and contents, or pasted text under a name of its own."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Leaf:
    """A file after opening what it was in.

    `depth` counts the containers around it; `in_mail` says that it is what a mail says, not something attached to it.
    """

    name: str
    data: bytes
    depth: int = 0
    in_mail: bool = False

    def inner(self, name: str, data: bytes, *, in_mail: bool = False) -> "Leaf":
        """A file that was in this one."""
        return Leaf(name, data, self.depth + 1, in_mail)


def plain_name(path: str) -> str:
    """The last part of a path of any system, for showing: nothing hidden in it, NAME_MAX characters at most."""
    last = re.split(r"[\\/]", path.rstrip("\\/"))[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return shown if len(shown) <= NAME_MAX else f"{shown[: NAME_MAX - 1]}…"
