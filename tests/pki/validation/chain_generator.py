"""Generated certificate chains: a topology, and up to three changes of its certificates, all drawn from one number."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.pki.validation import extensions as ext
from tests.pki.validation.certificate_builder import (
    COMMON_NAME,
    ORGANIZATION,
    Attribute,
    Name,
    Specification,
)
from tests.pki.validation.chain_changes import CA_CHANGES, CHANGES, LEAF_CHANGES, NAMES

PARTNER_KEY = "rsa2048-partner"


def ca_name(common_name: str) -> Name:
    return (Attribute(ORGANIZATION, "Test Operator"), Attribute(COMMON_NAME, common_name))


@dataclass
class Draft:
    """The certificates of a chain by their roles, while they are changed.

    `trusted` are the roles that a gateway trusts, `sent` those that the partner uploads, in order.
    """

    certificates: dict[str, Specification] = field(default_factory=dict)
    trusted: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def add_ca(self, role: str, issuer: str = "", *, name: str = "", key: str = "", sent: bool = True) -> None:
        """Add a CA, issued by the CA with the role `issuer`; a root, which is trusted, without one."""
        key = key or f"rsa2048-{role}"
        subject = ca_name(name or f"CA {role}")
        above = self.certificates[issuer] if issuer else None
        signer = above.key if above else key
        self.certificates[role] = Specification(
            subject,
            above.subject if above else subject,
            key,
            signer,
            ext.of_ca(key, signer),
            1000 + len(self.certificates),
        )
        if sent:
            self.sent.append(role)
        if not issuer:
            self.trusted.append(role)

    def add_leaf(self, issuer: str) -> None:
        above = self.certificates[issuer]
        subject = (*ext.LEAF_SUBJECT,)
        self.certificates["leaf"] = Specification(
            subject, above.subject, PARTNER_KEY, above.key, ext.of_leaf(PARTNER_KEY, above.key), 7
        )
        self.sent.insert(0, "leaf")

    def remove_everywhere(self, type_: str) -> None:
        """Remove the extension from every certificate."""
        self.certificates = {role: each.without_extension(type_) for role, each in self.certificates.items()}

    @property
    def ca_roles(self) -> list[str]:
        return [role for role in self.certificates if role != "leaf"]


@dataclass(frozen=True)
class Chain:
    """A generated chain: the uploaded certificates in order, and those that a gateway trusts.

    `labels` name the topology and the changes, for example ("cross_signed", "expired root").
    """

    labels: tuple[str, ...]
    leaf: Specification
    sent: tuple[Specification, ...]
    trusted: tuple[Specification, ...]


def direct(draft: Draft) -> None:
    draft.add_ca("root")
    draft.add_leaf("root")


def usual(draft: Draft) -> None:
    draft.add_ca("root")
    draft.add_ca("issuing", "root")
    draft.add_leaf("issuing")


def long(draft: Draft) -> None:
    draft.add_ca("root")
    draft.add_ca("policy", "root")
    draft.add_ca("issuing", "policy")
    draft.add_leaf("issuing")


def very_long(draft: Draft) -> None:
    draft.add_ca("root")
    above = "root"
    for number in range(5):
        draft.add_ca(f"level{number}", above)
        above = f"level{number}"
    draft.add_leaf(above)


def cross_signed(draft: Draft) -> None:
    """The root also has a certificate from an older root."""
    draft.add_ca("old_root")
    draft.add_ca("root")
    draft.add_ca("cross", "old_root", name="CA root", key="rsa2048-root")
    draft.add_ca("issuing", "root")
    draft.add_leaf("issuing")


def only_cross_signed(draft: Draft) -> None:
    """Only the older root is trusted; the self-signed certificate of the newer one was not sent."""
    cross_signed(draft)
    draft.trusted.remove("root")
    draft.sent.remove("root")


def two_issuers_of_one_name(draft: Draft) -> None:
    """Two issuing CAs have one name and different keys, and no key identifier tells which one signed the leaf."""
    usual(draft)
    draft.add_ca("twin", "root", name="CA issuing")
    draft.remove_everywhere(ext.AUTHORITY_KEY_IDENTIFIER)


def two_issuers_with_identifiers(draft: Draft) -> None:
    usual(draft)
    draft.add_ca("twin", "root", name="CA issuing")


def two_certificates_of_one_issuer(draft: Draft) -> None:
    """The issuing CA has two certificates for its key."""
    usual(draft)
    draft.add_ca("renewed", "root", name="CA issuing", key="rsa2048-issuing")


def two_roots_of_one_name(draft: Draft) -> None:
    usual(draft)
    draft.add_ca("twin", name="CA root")
    draft.remove_everywhere(ext.AUTHORITY_KEY_IDENTIFIER)


def key_rollover(draft: Draft) -> None:
    """The root signed its new key under its own name: a self-issued certificate (RFC 5280, 3.2)."""
    draft.add_ca("root")
    draft.add_ca("rollover", "root", name="CA root")
    draft.add_ca("issuing", "rollover")
    draft.add_leaf("issuing")


def without_root(draft: Draft) -> None:
    usual(draft)
    draft.sent.remove("root")
    draft.trusted = ["issuing"]


def without_issuer(draft: Draft) -> None:
    usual(draft)
    draft.sent.remove("issuing")


def in_a_loop(draft: Draft) -> None:
    """Two CAs certify each other, and one of them has a root above it."""
    draft.add_ca("root")
    draft.add_ca("issuing", "root")
    draft.add_ca("other", "issuing")
    draft.add_ca("back", "other", name="CA issuing", key="rsa2048-issuing")
    draft.add_leaf("issuing")


def with_strangers(draft: Draft) -> None:
    """A chain with a root that has nothing to do with it."""
    usual(draft)
    draft.add_ca("foreign")
    draft.trusted.remove("foreign")


def without_identifiers(draft: Draft) -> None:
    """The certificates have only what a small private authority writes."""
    usual(draft)
    for type_ in (ext.AUTHORITY_KEY_IDENTIFIER, ext.SUBJECT_KEY_IDENTIFIER, ext.KEY_USAGE):
        draft.remove_everywhere(type_)


def old_root(draft: Draft) -> None:
    """The root is a certificate of version 1, which has no extensions."""
    usual(draft)
    draft.certificates["root"] = replace(draft.certificates["root"], version=1, extensions=())


TOPOLOGIES: tuple[Callable[[Draft], None], ...] = (
    direct, usual, long, very_long, cross_signed, only_cross_signed, two_issuers_of_one_name,
    two_issuers_with_identifiers, two_certificates_of_one_issuer, two_roots_of_one_name, key_rollover, without_root,
    without_issuer, in_a_loop, with_strangers, without_identifiers, old_root,
)  # fmt: skip


SYSTEMATIC = [*((name, "leaf") for name in LEAF_CHANGES), *((name, "policy") for name in CA_CHANGES)]


def generate(number: int) -> Chain:
    """Return the chain of that number: the same one in every run, except for its keys and signatures.

    The first chains have one change each, so that a small sample has every change of a leaf and of a CA.
    """
    draw = random.Random(number)
    draft = Draft()
    if number < len(SYSTEMATIC):
        name, role = SYSTEMATIC[number]
        long(draft)
        CHANGES[name](draft, role)
        return chain_of(draft, ("long", f"{name} {role}"))
    topology = TOPOLOGIES[number % len(TOPOLOGIES)]
    topology(draft)
    labels = [topology.__name__]
    for _ in range(draw.choice((0, 1, 1, 1, 1, 2, 2, 3))):
        labels += change(draft, draw)
    if draw.random() < 0.5:
        draw.shuffle(draft.sent)
    if draw.random() < 0.1:
        draft.sent.append(draw.choice(draft.sent))
    return chain_of(draft, tuple(labels))


def chain_of(draft: Draft, labels: tuple[str, ...]) -> Chain:
    """Return the chain in `draft`, with the roots that a gateway trusts, and CAs whose issuer was not sent."""
    sent = [draft.certificates[role] for role in draft.sent]
    leaf = draft.certificates["leaf"]
    trusted = [draft.certificates[role] for role in draft.trusted if role in draft.sent]
    trusted += [each for each in sent if each != leaf and is_highest(each, sent)]
    return Chain(labels, leaf, tuple(sent), tuple(dict.fromkeys(trusted)))


def change(draft: Draft, draw: random.Random) -> list[str]:
    """Change the certificate of a random role, and return the labels of what was done."""
    role = draw.choice([*draft.certificates, "leaf"])
    name = draw.choice(LEAF_CHANGES if role == "leaf" else CA_CHANGES)
    CHANGES[name](draft, role)
    if name.startswith(("permits", "excludes")) and draw.random() < 0.6:
        constrained = draw.choice(list(NAMES))
        CHANGES[f"{constrained}:"](draft, "leaf")
        return [f"{name} {role}", f"{constrained}: leaf"]
    return [f"{name} {role}"]


def is_highest(ca: Specification, sent: list[Specification]) -> bool:
    """Return whether the issuer of `ca` was not sent, so that a gateway has to trust `ca` itself."""
    is_self_signed = ca.signer == ca.key
    names = {comparable(each.subject) for each in sent if each != ca}
    return not is_self_signed and comparable(ca.issuer) not in names


def comparable(name: Name) -> tuple[tuple[str, str], ...]:
    """Return the name without what makes no difference between names (RFC 5280, 7.1)."""
    return tuple((each.type, " ".join(each.value.split()).lower()) for each in name)
