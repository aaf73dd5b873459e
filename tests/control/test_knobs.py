"""Where the knobs stand: now, at a frame of their own, and after control was killed."""

import json
from types import SimpleNamespace

import pytest

from chronus.control.checkpoint import Checkpoint
from chronus.control.knobs import Knobs
from chronus.patch.compiler import knob_keys
from chronus.patch.graph import default
from chronus.shared import layout as at
from chronus.shared.log import COMMIT, GATE, NOTE, PANIC, SET, Entry
from chronus.shared.program import key_of

BLOCK = 64
FREQ, CUTOFF, OPEN = key_of("sine", "freq"), key_of("filter", "cutoff"), key_of("adsr", "gate")


@pytest.fixture
def knobs():
    """The default patch as its commit had it; a thousand blocks have been played."""
    patch = default()
    names = knob_keys(patch)
    values = {key: patch.modules[id_].params.get(name, 0.0) for (id_, name), key in names.items() if id_ in patch.modules}
    return Knobs({at.PLAYED: 1_000, at.H_BLOCK: BLOCK}, SimpleNamespace(values=values, knobs=names, patch=patch))


def put(value: float, frame: int = -1, knob: int = FREQ) -> Entry:
    return Entry(SET, knob, value, frame, extra=GATE if knob == OPEN else 0)


def journaled(*entries: Entry, patch=None, turned=()) -> list:
    """Entries as they are read back; of a commit with its patch."""
    return [(entry, json.dumps((patch or default()).as_dict()), set(turned)) if entry.kind == COMMIT else (entry, "", set()) for entry in entries]


def test_what_has_a_frame_of_its_own_counts_from_then_on(knobs):
    knobs.take(put(300.0))
    knobs.take(put(500.0, 1_010 * BLOCK))
    knobs.take(put(400.0, 1_005 * BLOCK))
    knobs.turn()
    assert knobs.playing.values[FREQ] == 300.0
    for block, value in ((1_005, 300.0), (1_006, 400.0), (1_010, 400.0), (1_011, 500.0)):
        knobs.memory[at.PLAYED] = block
        knobs.turn()
        assert knobs.playing.values[FREQ] == value
    assert knobs.waiting == []


def test_a_panic_closes_gates_and_forgets_what_waits(knobs):
    knobs.take(put(1.0, knob=OPEN))
    knobs.take(put(500.0, 1_010 * BLOCK))
    knobs.take(Entry(PANIC, 0, 0.0))
    assert knobs.playing.values[OPEN] == 0.0 and knobs.waiting == []


def test_notes_wait_and_turn_no_knob(knobs):
    knobs.take(Entry(NOTE, FREQ, 60.0, 1_001 * BLOCK))
    assert len(knobs.waiting) == 1
    knobs.memory[at.PLAYED] = 2_000
    before = dict(knobs.playing.values)
    assert knobs.has_room(1) and knobs.waiting == [] and knobs.playing.values == before


def test_a_checkpoint_and_what_came_after_it_are_read_back(knobs):
    known = Checkpoint(values={"sine/freq": 111.0, "filter/cutoff": 222.0, "gone/freq": 1.0}, waiting=[(900 * BLOCK, 1, CUTOFF, 333.0), (2_000 * BLOCK, 2, FREQ, 444.0)])
    knobs.recall(known, journaled(put(666.0, 950 * BLOCK), put(555.0, 800 * BLOCK)))
    assert (knobs.playing.values[FREQ], knobs.playing.values[CUTOFF]) == (666.0, 333.0)
    knobs.memory[at.PLAYED] = 2_001
    knobs.turn()
    assert knobs.playing.values[FREQ] == 444.0


def test_a_commit_is_newer_than_the_checkpoint_before_it(knobs):
    """What it set stands; what was turned while it was tried goes on, and so does what came behind it."""
    knobs.playing.values.update({FREQ: 900.0, CUTOFF: 800.0})
    known = Checkpoint(values={"sine/freq": 111.0, "filter/cutoff": 222.0})
    commands = journaled(put(100.0, 500 * BLOCK), put(700.0, 500 * BLOCK, CUTOFF), Entry(COMMIT, 0, 0.0, 600 * BLOCK), put(1.0, 700 * BLOCK, OPEN),
                         turned=["sine/freq"])
    knobs.recall(known, commands)
    assert [knobs.playing.values[key] for key in (FREQ, CUTOFF, OPEN)] == [900.0, 700.0, 1.0]


def test_a_commit_that_was_taken_back_counts_for_nothing(knobs):
    other = default().changed({"sine": default().modules["sine"]}, [])
    known = Checkpoint(values={"sine/freq": 111.0})
    knobs.recall(known, journaled(Entry(COMMIT, 0, 0.0, 600 * BLOCK), patch=other))
    assert knobs.playing.values[FREQ] == 111.0


def test_a_panic_read_back_forgets_what_waited_before_it_and_no_more(knobs):
    commands = journaled(put(500.0, 1_005 * BLOCK), Entry(PANIC, 0, 0.0, 950 * BLOCK), put(400.0, 1_006 * BLOCK))
    knobs.recall(Checkpoint(values={"sine/freq": 111.0, "adsr/gate": 1.0}), commands)
    assert [row[0] for row in knobs.waiting] == [1_006 * BLOCK] and knobs.playing.values[OPEN] == 0.0
