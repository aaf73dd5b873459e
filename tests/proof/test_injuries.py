"""Which faults chaos injects, and when."""

import random

import pytest

from chronus.faces.measuring import chaos
from chronus.proof.injuries import INJURIES, INJURIES_OF_COMMITS, UnknownFault, of_kind, plan


def test_each_kind_comes_at_least_once():
    assert {fault for _, fault, _ in plan(random.Random(1), 60.0, 20, INJURIES)} == {fault for fault, _, _ in INJURIES}


def test_one_kind_alone():
    found = plan(random.Random(1), 60.0, 20, of_kind("F-07", INJURIES))
    assert len(found) == 20 and {fault for _, fault, _ in found} == {"F-07"}
    assert of_kind("", INJURIES_OF_COMMITS) == INJURIES_OF_COMMITS


def test_a_fault_that_is_not_injected_is_named(capsys):
    with pytest.raises(UnknownFault, match="F-07"):
        of_kind("F-70", INJURIES)
    assert chaos(only="F-07", commits=10) != 0 and "no fault 'F-07' is injected here" in capsys.readouterr().err
