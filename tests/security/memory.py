"""The memory of running processes, read through /proc, and searched for secrets."""

from collections.abc import Iterator
from pathlib import Path


def family_of(pid: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def writable_memory(pid: int) -> Iterator[bytes]:
    """Yield the content of each region that the process can write to. PermissionError if it may not be read."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            addresses, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in addresses.split("-"))
            if "w" in rights:
                try:
                    memory.seek(begin)
                    yield memory.read(end - begin)
                except OSError:
                    continue


def found_in_memory(pids: list[int], needles: dict[str, bytes]) -> set[str]:
    """Return the names of the needles that are in the memory of one of the processes."""
    return {
        name
        for pid in pids
        for content in writable_memory(pid)
        for name, needle in needles.items()
        if needle in content
    }
