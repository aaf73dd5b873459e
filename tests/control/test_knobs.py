"""How many commands wait for a frame of their own, also after control was killed. Where the knobs stand: `tests/engine/test_knobs.py`."""

from types import SimpleNamespace

from chronus import limits
from chronus.control.knobs import Waiting
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.log import NOTE, PANIC, SET, Entry

BLOCK, HEADER = 64, 4_096


def waiting(*scheduled: int, behind=()) -> Waiting:
    """What a control finds that comes back: some commands in the replicas' schedule, others in the log behind what they have applied."""
    memory = {at.PLAYED: 1_000, at.H_BLOCK: BLOCK, HEADER + pr.A_APPLIED: 7, HEADER + pr.A_SCHEDULED: len(scheduled)}
    memory |= {HEADER + pr.SCHEDULE + i * pr.SCHEDULED_BYTES + pr.SC_FRAME: frame for i, frame in enumerate(scheduled)}
    return Waiting(memory, HEADER, SimpleNamespace(entries=lambda first: behind if first == 7 else ()))


def test_what_waits_is_found_again():
    found = waiting(2_000 * BLOCK, 1_500 * BLOCK, behind=(Entry(SET, 8, 1.0, 1_200 * BLOCK), Entry(SET, 8, 2.0)))
    assert sorted(found.frames) == [1_200 * BLOCK, 1_500 * BLOCK, 2_000 * BLOCK]


def test_no_more_wait_than_the_replicas_can_keep_and_what_need_not_wait_has_room():
    found = waiting(*[2_000 * BLOCK] * (limits.SCHEDULE_ENTRIES - 1))
    assert found.has_room(1) and not found.has_room(2)
    found.take(Entry(NOTE, 8, 60.0, 3_000 * BLOCK))
    assert not found.has_room(1) and found.has_room(0)
    found.memory[at.PLAYED] = 2_001
    assert found.has_room(limits.SCHEDULE_ENTRIES - 1) and not found.has_room(limits.SCHEDULE_ENTRIES)
    found.take(Entry(PANIC, 0, 0.0))
    assert found.has_room(limits.SCHEDULE_ENTRIES)
