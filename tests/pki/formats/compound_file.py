"""A writer of compound files ([MS-CFB] version 3): Outlook messages, old Office documents, embedded objects."""

import struct

FREE, END, FAT_SECTOR, SECTOR, MINI_SECTOR, MINI_MAX = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 512, 64, 4096
STORAGE, STREAM, ROOT = 1, 2, 5


def padded(data, size, fill=b"\0"):
    return data.ljust(-(-len(data) // size) * size, fill)


class CompoundFileWriter:
    """The directory entries [name, kind, node, child, left, right], the sectors, and the table of sectors."""

    def __init__(self, tree):
        self.entries, self.sectors, self.table = [], [], []
        self.mini, self.mini_table = b"", []
        self.add("Root Entry", tree)
        self.entries[0][1] = ROOT

    def add(self, name, node):
        index = len(self.entries)
        entry = [name, STORAGE if isinstance(node, dict) else STREAM, node, FREE, FREE, FREE]
        self.entries.append(entry)
        if isinstance(node, dict):
            names = sorted(node, key=lambda name: (len(name), name.upper()))
            entry[3] = self.link([self.add(name, node[name]) for name in names])
        return index

    def link(self, children):
        """Link the children as a balanced tree. Return its root."""
        if not children:
            return FREE
        middle = len(children) // 2
        entry = self.entries[children[middle]]
        entry[4], entry[5] = self.link(children[:middle]), self.link(children[middle + 1 :])
        return children[middle]

    def put(self, data):
        """Store `data` in sectors. Return the number of the first."""
        data, first = padded(data, SECTOR), len(self.sectors)
        count = len(data) // SECTOR
        self.sectors += [data[start : start + SECTOR] for start in range(0, len(data), SECTOR)]
        self.table += [*range(first + 1, first + count), END] if count else []
        return first if count else END

    def put_mini(self, data):
        first, count = len(self.mini_table), -(-len(data) // MINI_SECTOR)
        self.mini_table += [*range(first + 1, first + count), END] if count else []
        self.mini += padded(data, MINI_SECTOR)
        return first if count else END

    def write(self):
        places = {
            index: self.put(node) if len(node) >= MINI_MAX else self.put_mini(node)
            for index, (_, kind, node, *_) in enumerate(self.entries)
            if kind == STREAM
        }
        places[0] = self.put(self.mini)
        mini_table = self.put(padded(struct.pack(f"<{len(self.mini_table)}I", *self.mini_table), SECTOR, b"\xff"))
        directory = self.put(b"".join(self.entry(index, places.get(index, 0)) for index in range(len(self.entries))))
        count = 1
        while count * SECTOR // 4 < len(self.sectors) + count:
            count += 1
        first = len(self.sectors)
        table = struct.pack(f"<{len(self.table) + count}I", *self.table, *[FAT_SECTOR] * count)
        header = struct.pack(
            "<8s16xHHHHH6xIIIIIIIII", bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory, 0,
            MINI_MAX, mini_table, -(-len(self.mini_table) // (SECTOR // 4)), END, 0,
        )  # fmt: skip
        header += struct.pack("<109I", *range(first, first + count), *[FREE] * (109 - count))
        return header + b"".join(self.sectors) + padded(table, SECTOR, b"\xff")

    def entry(self, index, place):
        name, kind, node, child, left, right = self.entries[index]
        encoded = name.encode("utf-16-le") + b"\0\0"
        size = len(self.mini) if kind == ROOT else len(node) if kind == STREAM else 0
        return encoded.ljust(64, b"\0") + struct.pack(
            "<HBBIII16xIQQIQ", len(encoded), kind, 1, left, right, child, 0, 0, 0, place, size
        )


def compound_file(tree):
    """Return a compound file; `tree` has the streams (bytes) and storages (dict) by their names."""
    return CompoundFileWriter(tree).write()


def packaged(name, data):
    """Return the stream of a file that was dropped into a document ([MS-OLEDS] 2.3.6)."""
    path = f"C:\\Temp\\{name}".encode() + b"\0"
    body = struct.pack("<H", 2) + name.encode() + b"\0" + path + struct.pack("<HHI", 0, 3, len(path)) + path
    body += struct.pack("<I", len(data)) + data + bytes(2)
    return struct.pack("<I", len(body)) + body
