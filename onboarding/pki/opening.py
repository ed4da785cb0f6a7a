"""Opening what certificates are sent in: zip files and saved mails, in each other too, within bounds."""

from collections.abc import Sequence

from onboarding.pki.archives import unzipped
from onboarding.pki.findings import Finding
from onboarding.pki.kinds import ARCHIVE, BINARY, BROKEN_ZIP, TEXT, ZIP, kind_of, not_a_certificate
from onboarding.pki.mails import is_mail, opened_mail
from onboarding.pki.pieces import CONTAINER_LIMIT_KIB, ENTRY_LIMIT, FILE_LIMIT_KIB, Leaf, Piece, plain_name

DEPTH_MAX = 2  # a zip in a zip, a zip in a mail
TOTAL_KIB = 512  # of all that is read in one go
UNPACKED_KIB = 4096  # of all that comes out of containers, to be read or to be opened in turn

TOO_MUCH = Finding("too_many_entries", found="what you sent", context={"limit": ENTRY_LIMIT})


def opened(pieces: Sequence[Piece]) -> tuple[list[Leaf], list[Finding]]:
    """The files in `pieces` after opening containers, and what there is to say about those that were not read."""
    leaves: list[Leaf] = []
    findings: list[Finding] = []
    waiting = [Leaf(plain_name(piece.name) or "the file", piece.data) for piece in reversed(pieces)]
    total = 0
    entries, unpacked = 0, 0
    while waiting:
        leaf = waiting.pop()
        refusal = _refusal(leaf)
        if refusal:
            findings.append(refusal)
        elif _is_container(leaf):
            if entries > ENTRY_LIMIT or unpacked > UNPACKED_KIB * 1024:
                findings.append(TOO_MUCH)
                break
            inner = list(unzipped(leaf) if leaf.data.startswith(ZIP) else opened_mail(leaf))
            entries += len(inner)
            unpacked += sum(len(one.data) for one in inner if isinstance(one, Leaf))
            findings.extend(one for one in inner if isinstance(one, Finding))
            waiting.extend(one for one in reversed(inner) if isinstance(one, Leaf))
            if leaf.data.startswith(ZIP) and any(isinstance(one, Leaf) for one in inner):
                findings.append(Finding("bundle_unpacked", found=leaf.name))
        elif len(leaves) >= ENTRY_LIMIT or total + len(leaf.data) > TOTAL_KIB * 1024:
            findings.append(TOO_MUCH)
            break
        else:
            total += len(leaf.data)
            leaves.append(leaf)
    return leaves, findings


def _is_container(leaf: Leaf) -> bool:
    return leaf.depth < DEPTH_MAX and not leaf.in_mail and (leaf.data.startswith(ZIP) or is_mail(leaf.data))


def _refusal(leaf: Leaf) -> Finding | None:
    """Why a leaf is not even looked into, if so."""
    if not leaf.data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return None if leaf.in_mail else Finding("file_empty", found=leaf.name)
    if leaf.data.startswith(ZIP) and leaf.depth >= DEPTH_MAX:
        return not_a_certificate(leaf.name, ARCHIVE)
    limit = CONTAINER_LIMIT_KIB if _is_container(leaf) else FILE_LIMIT_KIB
    if len(leaf.data) <= limit * 1024:
        return None
    kind = kind_of(leaf.data[: CONTAINER_LIMIT_KIB * 1024])
    if kind not in (TEXT, BINARY, BROKEN_ZIP):
        return not_a_certificate(leaf.name, kind)
    return Finding("file_too_large", found=leaf.name, context={"limit": limit})
