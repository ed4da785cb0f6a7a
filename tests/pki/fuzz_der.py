"""Structural mutations of DER values: a value is read as a tree, the tree is changed, and it is encoded again.

The trees are lenient: what is no complete value is kept as bytes, and a mutated tree need not be valid.
"""

from random import Random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from onboarding.pki.der import BITS, INTEGER, OCTETS, OID, SEQUENCE, TIMES, encode_der, length_of

STRINGS = (0x0C, 0x13, 0x14, 0x16, 0x1A, 0x1C, 0x1E)
TAGS = (0, 1, INTEGER, BITS, OCTETS, 5, OID, 0x0A, *STRINGS, *TIMES, SEQUENCE, 0x31, 0x80, 0x82, 0xA0, 0xA3, 0x3F, 0xFF)
INTEGERS = (b"", b"\0", b"\1", b"\2", b"\3", b"\x80", b"\xff", b"\0\0\1", b"\x7f" + b"\xff" * 7, b"\0" + b"\xff" * 256)
TIME_VALUES = (
    b"", b"260601120000Z", b"490101000000Z", b"500101000000Z", b"000101000000Z", b"99991231235959Z", b"260230000000Z",
    b"2601010000Z", b"260101000000+0100", b"20260101000000Z", b"20991231235959Z", b"00000101000000Z", b"\xff" * 13,
)  # fmt: skip
OIDS = tuple(
    bytes.fromhex(value)
    for value in (
        "", "80", "ff" * 20, "550403", "55040a", "551d0e", "551d0f", "551d11", "551d13", "551d1e", "551d20", "551d23",
        "551d25", "2b06010505070301", "2b06010505070302", "2a864886f70d010101", "2a864886f70d01010a",
        "2a864886f70d01010b", "2a864886f70d010104", "2a864886f70d010105", "2a8648ce3d0201", "2a8648ce3d040302",
        "2b6570", "2a864886f70d010901", "2a864886f70d01090e", "2a864886f70d010702", "2a864886f70d010701",
    )
)  # fmt: skip
STRING_VALUES = (
    b"", b"\0", b"M\0ZP128745", b"mzp128745", b" MZP128745 ", b"MZP999999", b"\xff\xfe", b"\xc3", "Łódź".encode(),
    "\u202eMZP".encode(), b"a" * 300, b"<b>", b"%s{0}", "ＭＺＰ128745".encode(), "M\u0000Z".encode("utf-16-be"),
)  # fmt: skip
DEPTHS = (0, 1, 40, 1000)


class Node:
    """A DER value. Either `children` are its contents, after the bytes in `contents`, or `contents` alone are."""

    __slots__ = ("children", "contents", "form", "tag")

    def __init__(self, tag, contents, children=None, form="shortest"):
        self.tag, self.contents, self.children, self.form = tag, contents, children, form

    def copy(self):
        children = None if self.children is None else [child.copy() for child in self.children]
        return Node(self.tag, self.contents, children, self.form)

    def encode(self):
        """Return the value, with a length in the form that the node has."""
        contents = self.contents + b"".join(child.encode() for child in self.children or ())
        size = len(contents)
        if self.form == "shortest":
            return encode_der(self.tag, contents)
        if self.form == "indefinite":
            return bytes([self.tag, 0x80]) + contents + b"\0\0"
        octets = int(self.form.partition(" ")[2])
        if self.form.startswith("wrong"):
            return bytes([self.tag, 0x82]) + ((size + octets) % 0x10000).to_bytes(2, "big") + contents
        return bytes([self.tag, 0x80 | octets]) + (size % 0x100**octets).to_bytes(octets, "big") + contents


def parse(data, depth=0):
    """Return the values that `data` consists of, one after the other; None if it has anything else."""
    nodes, start = [], 0
    while start < len(data):
        try:
            begins, ends = length_of(data, start)
        except ValueError:
            return None
        if ends > len(data) or data[start + 1] == 0x80:
            return None
        nodes.append(_node(data[start], data[begins:ends], depth))
        start = ends
    return nodes


def _node(tag, contents, depth):
    prefix = contents[:1] if tag == BITS else b""
    if depth < 20 and (tag & 0x20 or (tag in {BITS, OCTETS} and contents[len(prefix) : len(prefix) + 1] == b"0")):
        children = parse(contents[len(prefix) :], depth + 1)
        if children is not None:
            return Node(tag, prefix, children)
    return Node(tag, contents)


def places(nodes):
    """Return each node of a tree as the list that it is in, and its index."""
    found = []
    for index, node in enumerate(nodes):
        found.append((nodes, index))
        if node.children:
            found += places(node.children)
    return found


def _delete(random, siblings, index, others):
    del siblings[index]


def _duplicate(random, siblings, index, others):
    siblings[index:index] = [siblings[index].copy() for _ in range(random.choice((1, 1, 1, 30)))]


def _swap(random, siblings, index, others):
    other = random.randrange(len(siblings))
    siblings[index], siblings[other] = siblings[other], siblings[index]


def _replace(random, siblings, index, others):
    """Put a node of another seed here, mostly one with the same tag."""
    same = [node for node in others if node.tag == siblings[index].tag]
    if same or others:
        siblings[index] = random.choice(same if same and random.random() < 0.8 else others).copy()


def _insert(random, siblings, index, others):
    if others:
        siblings.insert(index, random.choice(others).copy())


def _tag(random, siblings, index, others):
    siblings[index].tag = random.choice(TAGS)


def _length(random, siblings, index, others):
    wrong = random.choice((-1, 1, 5, 0x7000))
    siblings[index].form = random.choice(("indefinite", "long 1", "long 2", "long 4", "long 5", f"wrong {wrong}"))


def _nest(random, siblings, index, others):
    tag = random.choice((SEQUENCE, 0x31, 0xA0, OCTETS))
    contents = siblings[index].encode()
    for _ in range(random.choice(DEPTHS)):
        contents = encode_der(tag, contents)
    try:
        siblings[index] = Node(tag, contents[length_of(contents)[0] :])
    except ValueError:
        return  # an earlier mutation has given it a wrong length


def _unnest(random, siblings, index, others):
    if siblings[index].children:
        siblings[index : index + 1] = siblings[index].children


def _value(random, siblings, index, others):
    """Change the contents in a way that its type invites."""
    node = siblings[index]
    if node.children is not None:
        random.shuffle(node.children)
    elif node.tag == INTEGER:
        node.contents = random.choice(INTEGERS)
    elif node.tag in TIMES:
        node.tag, node.contents = random.choice((node.tag, 0x17, 0x18)), random.choice(TIME_VALUES)
    elif node.tag == OID:
        node.contents = random.choice(OIDS)
    elif node.tag in STRINGS:
        node.tag = random.choice((node.tag, *STRINGS))
        node.contents = random.choice((node.contents, *STRING_VALUES))
    elif node.tag == BITS:
        node.contents = bytes([random.choice((0, 1, 7, 8, 255))]) + node.contents[1:]
    else:
        _bytes(random, siblings, index, others)


def _bytes(random, siblings, index, others):
    """Change, cut or lengthen the contents of one primitive value."""
    node = siblings[index]
    if node.children is not None or not node.contents:
        return
    at = random.randrange(len(node.contents))
    change = bytes([node.contents[at] ^ random.randrange(1, 256)])
    kept = random.choice((node.contents[at + 1 :], node.contents[at + 1 :], b"", node.contents))
    node.contents = node.contents[:at] + change + kept


CHANGES = (
    _delete, _duplicate, _swap, _replace, _replace, _replace, _insert, _tag, _length, _nest, _unnest,
    _value, _value, _value, _value, _bytes,
)  # fmt: skip


def mutate_der(random: Random, data, other, signers: dict[str, RSAPrivateKey]):
    """Return `data` with one to three changes, some with nodes of the value `other`; None if `data` is no DER value.

    Nearly half of the certificates and requests are signed again with a key of `signers`: without that, every change
    is found by the check of the signature.
    """
    nodes = parse(data)
    if not nodes:
        return None
    others = [siblings[index] for siblings, index in places(parse(other) or [])]
    signed_again = nodes[0].children and len(nodes[0].children) == 3 and random.random() < 0.4
    target = nodes[0].children[:1] if signed_again else nodes
    for _ in range(random.choice((1, 1, 2, 3))):
        found = places(target)
        if found:
            random.choice(CHANGES)(random, *random.choice(found), others)
    if signed_again and target:
        nodes[0].children[:1] = target
        _sign(random, nodes[0], signers)
    result = b"".join(node.encode() for node in nodes)
    return result[: random.randrange(len(result) + 1)] if random.random() < 0.04 else result


def _sign(random, value, signers):
    names = ("issuing", "partner", "root", "stranger")
    key = signers[random.choices(names, (6, 4, 1, 1))[0]]
    signature = key.sign(value.children[0].encode(), PKCS1v15(), hashes.SHA256())
    value.children[-1] = Node(BITS, b"\0" + signature)
