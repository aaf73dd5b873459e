"""Who is taken for one that runs in a circle: who stays in one operation for longer than any may take, and sooner where both replicas do."""

import pytest

from chronus.replica.loop import OVERRUN_NS, TOGETHER_NS
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.program import CRUMB_OPERATIONS, LOOP_REASON
from chronus.supervisor import watch
from chronus.supervisor.watch import LoopWatch

MS = 1_000_000
BLOCK, OPERATION = 1_000, 5
HERE, ELSEWHERE = BLOCK * CRUMB_OPERATIONS + OPERATION, BLOCK * CRUMB_OPERATIONS + OPERATION + 1


class Replicas:
    """Two of them, whose pids are their slots: which operation each is at, and the CPU time that it has used, in ns."""

    def __init__(self, folder, frames: int, monkeypatch):
        self.memory, self.used = Memory.create(folder, 48_000, frames, 4), {0: 0, 1: 0}
        monkeypatch.setattr(watch, "cpu_time_of", lambda pid: self.used[pid])
        self.watch = LoopWatch(self.memory)

    def at(self, *crumbs: int) -> None:
        for slot, crumb in enumerate(crumbs):
            self.memory[at.slot_word(slot, at.CRUMB)] = crumb

    def use(self, *nanoseconds: int) -> list[bool]:
        """They work on for so long, and are looked at: whether each is in a loop."""
        for slot, more in enumerate(nanoseconds):
            self.used[slot] += more
        return [self.watch.looping(slot, slot) for slot in (0, 1)]

    def fault(self, slot: int) -> tuple[int, ...]:
        return tuple(self.memory[at.slot_word(slot, word)] for word in (at.FAULT_BLOCK, at.FAULT_OPERATION, at.FAULT_REASON))


@pytest.fixture
def replicas(tmp_path, monkeypatch):
    return Replicas(tmp_path, 64, monkeypatch)


def test_two_at_the_same_operation_have_8_ms(replicas):
    """Decision 47: that is no accident of one of them, and nobody plays on meanwhile."""
    replicas.at(HERE, HERE)
    assert replicas.use(0, 0) == [False, False]
    assert replicas.use(7 * MS, 7 * MS) == [False, False]
    assert replicas.use(2 * MS, 0) == [True, False] and TOGETHER_NS == 8 * MS
    assert replicas.fault(0) == (BLOCK, OPERATION, LOOP_REASON) and replicas.fault(1)[0] == -1


@pytest.mark.parametrize("other", (ELSEWHERE, HERE + CRUMB_OPERATIONS, 0))
def test_one_alone_has_20_ms(replicas, other):
    """A module that takes long, not one that never returns, while the other replica plays on: at another operation, or at that of another block."""
    replicas.at(HERE, other)
    assert replicas.use(0, 0) == [False, False]
    assert replicas.use(6 * MS, 0) == replicas.use(6 * MS, 0) == [False, False] and replicas.fault(0)[0] == -1
    assert replicas.use(7 * MS, 0) == [False, False]
    assert replicas.use(2 * MS, 0) == [True, False] and OVERRUN_NS == 20 * MS
    assert replicas.fault(0) == (BLOCK, OPERATION, LOOP_REASON)


def test_who_goes_on_to_the_next_operation_begins_anew(replicas):
    for operation in range(1, 6):
        replicas.at(*[BLOCK * CRUMB_OPERATIONS + operation] * 2)
        assert replicas.use(7 * MS, 7 * MS) == [False, False]


def test_who_is_between_two_blocks_is_in_no_operation(replicas):
    replicas.at(BLOCK * CRUMB_OPERATIONS, BLOCK * CRUMB_OPERATIONS)
    for _ in range(5):
        assert replicas.use(30 * MS, 30 * MS) == [False, False]


def test_large_blocks_have_two_blocks_of_time(tmp_path, monkeypatch):
    """512 frames are 10.7 ms: both at one operation have 20, as one alone."""
    replicas = Replicas(tmp_path, 512, monkeypatch)
    replicas.at(HERE, HERE)
    assert replicas.use(0, 0) == [False, False]
    assert replicas.use(7 * MS, 7 * MS) == replicas.use(7 * MS, 7 * MS) == replicas.use(5 * MS, 5 * MS) == [False, False]
    assert replicas.use(2 * MS, 0) == [True, False]


@pytest.mark.parametrize("other", (HERE, ELSEWHERE))
def test_who_stood_still_for_long_was_in_no_loop(replicas, other):
    """The host of a virtual machine was away, and that counts as their time; then they go on."""
    replicas.at(HERE, other)
    assert replicas.use(0, 0) == replicas.use(389 * MS, 389 * MS) == [False, False]
    replicas.at(HERE + 2, other + 2)
    assert replicas.use(MS, MS) == [False, False]


def test_the_next_process_at_the_same_place_is_found_as_the_first(replicas):
    """However much time the first one had used before it was ended."""
    replicas.at(HERE, 0)
    replicas.use(10_000 * MS, 0)
    for _ in range(3):
        replicas.use(7 * MS, 0)
    replicas.used[0] = 2 * MS
    assert [replicas.use(7 * MS, 0)[0] for _ in range(4)] == [False, False, False, True]


def test_who_is_gone_is_in_no_loop(replicas, monkeypatch):
    monkeypatch.setattr(watch, "cpu_time_of", lambda pid: None)
    replicas.at(HERE, HERE)
    assert replicas.use(30 * MS, 30 * MS) == replicas.use(30 * MS, 30 * MS) == [False, False]


def test_a_fault_that_was_recorded_already_stays(replicas):
    """Who had noticed it first knew the operation."""
    replicas.at(HERE, ELSEWHERE)
    replicas.use(0, 0)
    replicas.memory[at.slot_word(0, at.FAULT_BLOCK)], replicas.memory[at.slot_word(0, at.FAULT_OPERATION)] = BLOCK - 1, 77
    assert replicas.use(7 * MS, 0) == replicas.use(7 * MS, 0) == [False, False]
    assert replicas.use(7 * MS, 0) == [True, False] and replicas.fault(0)[:2] == (BLOCK - 1, 77)
