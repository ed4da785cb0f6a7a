"""Chains with one known defect, or with one good path among bad ones: the verdict, its reason, and that of OpenSSL."""

import pytest

from tests.pki.validation import chain_generator as topologies
from tests.pki.validation import extensions as ext
from tests.pki.validation.certificate_builder import build
from tests.pki.validation.chain_changes import CHANGES, setting
from tests.pki.validation.chain_generator import Draft, chain_of
from tests.pki.validation.differential import validate
from tests.pki.validation.reference_verifiers import openssl_error
from tests.pki.validation.test_anchors import variants

ACCEPTED, REFUSED = True, False
# The topology, changes as "change: role", the verdict of both, and the findings about the chain.
CASES = {
    "nothing": ("usual", [], ACCEPTED, []),
    "purpose of the leaf": ("usual", ["purpose server: leaf"], REFUSED, ["no_client_auth"]),
    "any purpose": ("usual", ["purpose any: leaf"], REFUSED, ["no_client_auth.any_purpose"]),
    "other purpose": ("usual", ["purpose email: leaf"], REFUSED, ["no_client_auth.other_purpose"]),
    "netscape type": ("usual", ["netscape server extension: leaf"], REFUSED, ["no_client_auth.other_purpose"]),
    "purpose of the CA": ("usual", ["purpose server: issuing"], REFUSED, ["no_client_auth.ca"]),
    "purpose of the root": ("usual", ["purpose email: root"], REFUSED, ["no_client_auth.ca"]),
    "key encipherment": ("usual", ["usage encipherment: leaf"], REFUSED, ["key_usage_refused"]),
    "key agreement": ("usual", ["usage agreement: leaf"], ACCEPTED, ["key_usage_odd"]),
    "no CA": ("usual", ["is no CA: issuing"], REFUSED, ["issuer_not_ca"]),
    "CA that may not sign": ("usual", ["usage revocation lists: issuing"], REFUSED, ["issuer_not_ca.key_usage"]),
    "undeclared CA": ("usual", ["without constraints: issuing"], REFUSED, ["issuer_not_ca"]),
    "undeclared root": ("usual", ["without constraints: root"], ACCEPTED, ["ca_undeclared"]),
    "version 1": ("old_root", [], ACCEPTED, []),
    "leaf of version 1": ("usual", ["version 1: leaf"], ACCEPTED, []),
    "path length": ("long", ["path length 0: policy"], REFUSED, ["path_too_long"]),
    "path length of a key rollover": ("key_rollover", ["path length 1: root"], ACCEPTED, []),
    "other directory": ("usual", ["permits directory name of a stranger: root"], REFUSED, ["name_not_permitted"]),
    "own directory": ("direct", ["permits directory name in another type: root"], ACCEPTED, []),
    "uncheckable constraint": (
        "direct", ["permits user principal names: root", "user principal name: leaf"],
        REFUSED, ["name_not_permitted.uncheckable"],
    ),
    "email in the subject": ("direct", ["permits another email: root"], REFUSED, ["name_not_permitted"]),
    "excluded server": (
        "direct", ["excludes server names: root", "server name: leaf"],
        REFUSED, ["name_not_permitted"],
    ),
    "critical extension": ("usual", ["critical unknown: issuing"], REFUSED, ["critical_extension"]),
    "rare critical extension": ("usual", ["critical revocation list: leaf"], ACCEPTED, ["strict_servers.extension"]),
    "name in another type": ("usual", ["name as printable: issuing"], ACCEPTED, ["strict_servers.issuer_name"]),
    "name in upper case": ("usual", ["name in upper case: root"], ACCEPTED, ["strict_servers.issuer_name"]),
    "SHA-1": ("usual", ["signature sha1: leaf"], REFUSED, ["chain_weak.signature"]),
    "SHA-1 of a root": ("usual", ["signature sha1: root"], ACCEPTED, []),
    "MD5 of a root": ("usual", ["signature md5: root"], ACCEPTED, []),
    "short key of a CA": ("usual", ["key rsa1024: issuing"], REFUSED, ["chain_weak.key"]),
    "short curve of a CA": ("usual", ["key p192: issuing"], REFUSED, ["chain_weak.other_key"]),
    "explicit curve": ("usual", ["key explicit: issuing"], REFUSED, ["chain_weak.explicit_curve"]),
    "Ed25519": ("usual", ["key ed25519: issuing"], ACCEPTED, []),
    "PSS": ("usual", ["signature pss: leaf"], ACCEPTED, []),
    "one path expired": ("cross_signed", ["expired: old_root"], ACCEPTED, ["ca_left_out.expired"]),
    "every path expired": ("usual", ["expired: root"], REFUSED, ["expired"]),
    "other key identifier": ("usual", ["other authority identifier: leaf"], REFUSED, ["issuer_key_differs"]),
    "another issuer has the identifier": ("two_issuers_with_identifiers", [], ACCEPTED, ["ca_added"]),
    "loop with a way out": ("in_a_loop", [], ACCEPTED, ["ca_added"]),
    "leaf with the name of its issuer": ("usual", ["self-issued: leaf"], ACCEPTED, []),
    "another algorithm inside": ("usual", ["another algorithm inside: leaf"], REFUSED, ["issuer_key_differs"]),
}  # fmt: skip


def chain(topology, changes):
    draft = Draft()
    getattr(topologies, topology)(draft)
    for change in changes:
        name, _, role = change.rpartition(" ")
        CHANGES[name](draft, role)
    return chain_of(draft, (topology, *changes))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_a_chain_gets_the_verdict_of_openssl_and_its_own_reason(name, tmp_path):
    """Both take the chain or refuse it; our findings say why, with sentences for the partner."""
    topology, changes, accepted, expected = CASES[name]
    made = chain(topology, changes)
    result, _ = validate(made)
    assert (result.accepted, variants(result)) == (accepted, expected)
    assert all(finding.text for finding in result.findings)
    trusted = [build(each) for each in made.trusted]
    untrusted = [build(each) for each in made.sent if each not in (made.leaf, *made.trusted)]
    assert (not openssl_error(tmp_path, build(made.leaf), untrusted, trusted)) == accepted


def test_a_good_path_is_found_where_openssl_follows_an_expired_one():
    """The self-signed certificate of the root expired, and the one from the older root is valid."""
    made = chain("cross_signed", ["expired: root"])
    result, _ = validate(made)
    assert (result.accepted, variants(result)) == (True, ["ca_left_out.expired"])
    assert len(result.chain) == 2


def test_many_names_and_many_constraints_are_not_compared_one_by_one():
    """The number of comparisons is limited: the verdict is that software can't check the constraints."""
    draft = Draft()
    topologies.direct(draft)
    setting(ext.alternative_name(*(ext.email(f"{n}@a.example") for n in range(100))))(draft, "leaf")
    setting(ext.name_constraints(tuple(ext.email(f"{n}@b.example") for n in range(100))))(draft, "root")
    result, _ = validate(chain_of(draft, ()))
    assert variants(result) == ["name_not_permitted.uncheckable"]


def test_certificates_that_sign_each_other_are_searched_with_bounded_effort():
    """Twenty CAs of one name and key, each of which signed all others, would have any number of paths."""
    draft = Draft()
    topologies.direct(draft)
    draft.add_ca("other", "root")
    for number in range(18):
        draft.add_ca(f"mutual{number}", "other", name="CA other", key="rsa2048-other")
    draft.add_leaf("other")
    draft.remove_everywhere(ext.AUTHORITY_KEY_IDENTIFIER)
    result, _ = validate(chain_of(draft, ()))
    assert result.accepted
