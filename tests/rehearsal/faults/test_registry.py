"""All faults by name and in groups."""

import re

import pytest

from onboarding.messages.text import render
from onboarding.rehearsal.authority import RehearsalError
from onboarding.rehearsal.faults.certificates import IDENTITIES
from onboarding.rehearsal.faults.connection import ALERT_CODES
from onboarding.rehearsal.faults.registry import FAULTS, GROUPS, FaultyGatewayPool, fault_called
from onboarding.rehearsal.faults.tls import ALERT_TEXTS


def test_every_fault_has_its_own_name_and_a_description():
    """No two faults have the same name, and each description is one or more sentences."""
    names = [offered.name for faults in GROUPS.values() for offered in faults]
    assert len(names) == len(set(names)) == len(FAULTS)
    assert [offered.name for offered in FAULTS.values() if not offered.description.endswith(".")] == []


def test_every_description_names_the_gateway():
    """A partner who reads one description alone knows what it is about; no parameter is left open."""
    assert [
        offered.name for offered in FAULTS.values() if "gateway" not in offered.description.partition(". ")[0]
    ] == []
    assert [offered.name for offered in FAULTS.values() if re.search(r"\bIts?\b|[{}]", offered.description)] == []


def test_descriptions_differ():
    """No two faults have the same description."""
    descriptions = [offered.description for offered in FAULTS.values()]
    assert sorted({text for text in descriptions if descriptions.count(text) > 1}) == []


def test_every_alert_has_a_fault_for_the_client_certificate():
    """The texts and the codes are two tables with the same keys, in the same order."""
    assert [*ALERT_TEXTS] == [*ALERT_CODES]


def test_every_fault_names_an_identity_that_exists():
    """Otherwise a mistyped name would only be noticed when the fault is opened."""
    assert {offered.certificate for offered in FAULTS.values()} <= set(IDENTITIES)


def test_a_listed_fault_can_be_translated():
    """Text and parameters of each entry give its description; the entries are in the order of the groups."""
    listed = FaultyGatewayPool.listed()
    assert [entry["name"] for entry in listed] == [*FAULTS]
    assert [entry["description"] for entry in listed] == [render(entry["text"], entry["params"]) for entry in listed]
    assert [*dict.fromkeys(entry["group"] for entry in listed)] == [*GROUPS]


def test_an_unknown_fault_is_refused():
    """The error has a code, and its sentence says where the list is."""
    with pytest.raises(RehearsalError) as refused:
        fault_called("no_such_fault")
    assert refused.value.code == "fault_unknown"
    assert refused.value.problems == ["There is no fault “no_such_fault”; --list-faults shows them all."]
