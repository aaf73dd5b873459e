"""A patch whose modules end one replica after the other goes: then the patch before plays, then none. Faults that are far apart are none of that."""

from types import SimpleNamespace

import pytest

from chronus import limits
from chronus.control.escalation import CALM_SECONDS, Escalation
from chronus.patch.graph import Module, Patch
from chronus.patch.history import History
from chronus.shared import layout as at
from chronus.shared.events import FAULT, LOST, write_event
from chronus.shared.memory import Memory

RATE, BLOCK = 48_000, 64
BEFORE, PLAYING = Patch([Module("a", "sine")], []), Patch([Module("a", "sine"), Module("b", "gain")], [])


@pytest.fixture
def escalation(tmp_path):
    """Over a patch and the one before it. `commits` are the patches that it asked for."""
    history, queue = History(), []
    for patch in (BEFORE, PLAYING):
        history.add(patch, "ann", 0)
    commits = SimpleNamespace(queue=SimpleNamespace(appendleft=queue.append))
    control = SimpleNamespace(memory=Memory.create(tmp_path, RATE, BLOCK, 4), commits=commits, playing=SimpleNamespace(patch=PLAYING), said=[],
                              handlers=SimpleNamespace(patching=SimpleNamespace(history=history, saw=lambda frame: None)))
    control.news = SimpleNamespace(tell=lambda *what: control.said.append(what))
    found = Escalation(control)
    found.commits = queue
    return found


def fault(escalation, second: float, text: str | None = None) -> list[Patch]:
    """A module ended a replica at this second; the patches that were asked for since."""
    memory = escalation.memory
    memory[at.PLAYED] = round(second * RATE / BLOCK)
    write_event(memory, FAULT, f"{second} {memory[at.PLAYED]} 1" if text is None else text)
    write_event(memory, LOST, "replica 0")
    escalation.turn()
    asked, escalation.commits[:] = [pending.make()[0] for pending in escalation.commits], []
    return asked


def test_as_many_faults_as_may_be_in_a_row_bring_back_the_patch_before(escalation):
    step = CALM_SECONDS / limits.FAULTS_IN_A_ROW
    for number in range(limits.FAULTS_IN_A_ROW - 1):
        assert fault(escalation, 10 + number * step) == []
    (patch,) = fault(escalation, 10 + CALM_SECONDS)
    assert patch.hash() == BEFORE.hash()


def test_faults_that_are_far_apart_are_not_added_up(escalation):
    """A module that crashes twice a minute is bypassed each time; its patch may stay for ever."""
    for number in range(4 * limits.FAULTS_IN_A_ROW):
        assert fault(escalation, (CALM_SECONDS + 1.0) * number) == []


def test_faults_count_while_the_first_of_them_is_not_forgotten(escalation):
    """Five in a moment, and one 31 s later: it is alone with those of which the oldest is forgotten; five more of its own make six."""
    for number in range(limits.FAULTS_IN_A_ROW - 1):
        assert fault(escalation, 10 + 0.1 * number) == []
    later = 10 + CALM_SECONDS + 1.0
    for number in range(limits.FAULTS_IN_A_ROW - 1):
        assert fault(escalation, later + 0.1 * number) == []
    (patch,) = fault(escalation, later + 1.0)
    assert patch.hash() == BEFORE.hash()


def test_what_both_replicas_had_is_one_fault(escalation):
    for number in range(limits.FAULTS_IN_A_ROW - 1):
        for _ in (0, 1):
            assert fault(escalation, 10 + number, f"3 {number} 1") == []
    assert fault(escalation, 20) != []


def test_where_the_patch_before_did_not_help_nothing_plays(escalation):
    for number in range(limits.FAULTS_IN_A_ROW):
        asked = fault(escalation, 10 + number)
    assert [patch.hash() for patch in asked] == [BEFORE.hash()]
    escalation.under_way, escalation.control.playing.patch = False, BEFORE
    for number in range(limits.FAULTS_IN_A_ROW):
        asked = fault(escalation, 20 + number)
    assert [[*patch.modules] for patch in asked] == [[]]


def test_where_it_went_well_for_long_the_patch_before_is_tried_again(escalation):
    for number in range(limits.FAULTS_IN_A_ROW):
        fault(escalation, 10 + number)
    escalation.under_way = False
    escalation.control.handlers.patching.history.add(PLAYING, "ann", 0)
    for number in range(limits.FAULTS_IN_A_ROW):
        asked = fault(escalation, 10 + CALM_SECONDS + 10 + number)
    assert [patch.hash() for patch in asked] == [BEFORE.hash()]
