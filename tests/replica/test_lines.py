"""Delay lines in a machine: the same bits for any block, from a snapshot of either slot, and through commits that carry them over."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "faults")]

import bad_modules as bad  # noqa: E402

from chronus import limits  # noqa: E402
from chronus.modules import registry  # noqa: E402
from chronus.native.build import native  # noqa: E402
from chronus.patch.compiler import compile_patch  # noqa: E402
from chronus.patch.graph import OUT, Cable, Module, Patch  # noqa: E402
from chronus.replica import loop  # noqa: E402
from chronus.replica.arena import Machine  # noqa: E402
from chronus.replica.lines import void_own  # noqa: E402
from chronus.replica.offline import Offline  # noqa: E402
from chronus.replica.snapshot import DAMAGED, load_snapshot, save_snapshot  # noqa: E402
from chronus.shared import layout as at  # noqa: E402
from chronus.shared import program as pr  # noqa: E402
from chronus.shared.log import BYPASS, COMMIT, NOTE, SET, Entry  # noqa: E402
from chronus.shared.program import key_of  # noqa: E402
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT  # noqa: E402

RATE, BLOCK, BLOCKS = 48_000, 64, 600
KEY = Module("key", "adsr", {"attack": 1.0, "decay": 30.0, "sustain": 0.0})
ECHO = Module("echo", "delay", {"time": 90.0, "feedback": 0.8, "mix": 0.5})


def patch(*more: Module, echo: Module = ECHO) -> Patch:
    """A struck tone through a long delay and a limiter, whose lines are short; `more` stands beside it, silent."""
    found = [Module("tone", "saw", {"freq": 331.0}), KEY, echo, Module("top", "limiter"), *more]
    cables = [Cable("tone", "out", "key", "audio"), Cable("key", "out", "echo", "audio"), Cable("echo", "out", "top", "audio"), Cable("top", "out", OUT, "")]
    return Patch(found, [*cables, *(Cable(m.id, "out", OUT, "", 0.0) for m in more)])


STRUCK = [Entry(SET, key_of("key", "gate"), float(i % 2 == 0), 5_000 * i + 17) for i in range(6)]


def offline(patches=(patch(),), entries=(), block: int = BLOCK) -> Offline:
    return Offline([compile_patch(each, RATE, block).words for each in patches], [*STRUCK, *entries], RATE, block)


@pytest.fixture(scope="module")
def unharmed() -> np.ndarray:
    return offline().run(BLOCKS)


def test_the_block_size_changes_no_bit(unharmed):
    assert np.abs(unharmed[-20_000:]).max() > 0.05, "the echoes are silent"
    for block in (16, 512):
        assert offline(block=block).run(BLOCKS * BLOCK // block).tobytes() == unharmed.tobytes()


def test_short_lines_are_state_and_long_ones_are_not():
    words = compile_patch(patch(), RATE, BLOCK).words
    assert words[pr.P_LINE_COUNT // 8] == 1 and words[pr.P_LINE_BYTES // 8] > 8 * 0.09 * RATE


class Slots:
    """An offline machine as slot 0, and a second one in the same memory as slot 1."""

    def __init__(self, machine: Offline):
        self.first, memory = machine, machine.memory
        raw = np.zeros(limits.ARENA_BYTES + 64, np.uint8)
        arena = raw[-raw.ctypes.data % 64:][:limits.ARENA_BYTES]
        self.second = Machine(memory, arena, machine.kernels, machine.crumb.ctypes.data, memory.lines(1))
        self.save, self.load = native(save_snapshot, "void(intp, int64)"), native(load_snapshot, "int64(intp, int64)")

    def joined(self) -> None:
        """The second machine takes over from a snapshot of the first, and goes on as the offline machine."""
        self.save(self.first.machine.address, 0)
        assert self.load(self.second.address, self.first.next_block) == self.first.next_block
        self.first.machine = self.second


@pytest.mark.parametrize("blocks", (1, 90, 300))
def test_a_replica_that_joins_hears_the_same_echoes(blocks, unharmed):
    machine = offline()
    slots = Slots(machine)
    before = machine.run(blocks)
    slots.joined()
    assert np.concatenate([before, machine.run(BLOCKS - blocks)]).tobytes() == unharmed.tobytes()


def test_a_replica_may_go_back_to_its_own_older_snapshot(unharmed):
    machine = offline()
    slots = Slots(machine)
    machine.run(200)
    slots.save(machine.machine.address, 0)
    machine.run(100)
    assert slots.load(machine.machine.address, 300) == 200
    machine.next_block = 200
    assert machine.run(BLOCKS - 200).tobytes() == unharmed[200 * BLOCK:].tobytes()


def snapshots(machine: Offline) -> list[int]:
    """The blocks of what the slots have saved, -1 for none: two places of each."""
    memory = machine.memory
    return [memory[memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE + at.S_BLOCK] - 1 for i in range(2 * at.SNAPSHOTS_PER_SLOT)]


def test_who_takes_the_echoes_of_the_other_slot_has_none_for_its_own_snapshots_any_more():
    """Its older ones would be loaded with echoes of another time."""
    machine = offline()
    slots = Slots(machine)
    slots.save(slots.second.address, 1)
    machine.run(100)
    slots.save(machine.machine.address, 0)
    assert snapshots(machine) == [100, -1, 0, -1] and slots.load(slots.second.address, 100) == 100
    assert snapshots(machine) == [100, -1, -1, -1]
    assert slots.load(slots.second.address, 99) == DAMAGED and slots.load(slots.second.address, 100) == 100


def test_of_two_that_want_the_echoes_of_each_other_one_keeps_its_own():
    machine = offline()
    slots = Slots(machine)
    slots.save(slots.second.address, 1)
    slots.save(machine.machine.address, 0)
    memory, void = machine.memory, native(void_own, "int64(intp, intp, int64)")
    first = memory.base + memory[at.H_SNAPSHOT]
    mine = first + at.SNAPSHOTS_PER_SLOT * at.SNAPSHOT_STRIDE
    assert not void(mine, first, 77), "the other one has voided his already"
    assert snapshots(machine) == [0, -1, 0, -1]
    assert void(mine, first, 1) and snapshots(machine) == [0, -1, -1, -1]


def test_a_block_that_is_saved_once_more_does_not_cost_the_older_snapshot():
    """A replica that died just behind its newest snapshot comes there again from the older one: it needs that until the new one is whole."""
    machine = offline()
    slots = Slots(machine)
    for _ in range(2):
        machine.run(64)
        slots.save(machine.machine.address, 0)
    assert snapshots(machine)[:2] == [64, 128] and slots.load(machine.machine.address, 127) == 64
    machine.next_block = 64
    machine.run(64)
    slots.save(machine.machine.address, 0)
    assert snapshots(machine)[:2] == [64, 128]


@pytest.mark.parametrize("played, block", ((100, 100), (98, 100), (97, DAMAGED)))
def test_a_newcomer_without_an_older_snapshot_begins_with_one_that_is_as_far_ahead_as_the_lead(played, block, monkeypatch):
    """What was rendered before it is in the rings and will be heard; what is further ahead nobody has rendered."""
    machine = offline()
    slots = Slots(machine)
    monkeypatch.setattr(loop, "load_snapshot", slots.load)
    machine.run(100)
    slots.save(machine.machine.address, 0)
    machine.memory[at.PLAYED] = played
    assert machine.memory[at.H_LEAD] == 2 and loop.join(machine.machine.address, 0) == block


def test_a_snapshot_whose_echoes_are_written_over_is_none():
    machine = offline()
    slots = Slots(machine)
    machine.run(10)
    slots.save(machine.machine.address, 0)
    machine.run(limits.kept_blocks(limits.DEFAULT_LEAD) + 1)
    crumb = at.slot_word(0, at.CRUMB)
    machine.memory[crumb] = (10 + limits.kept_blocks(limits.DEFAULT_LEAD) - 1) * pr.CRUMB_OPERATIONS
    assert slots.load(slots.second.address, machine.next_block) == 10
    machine.memory[crumb] = machine.next_block * pr.CRUMB_OPERATIONS
    assert slots.load(slots.second.address, machine.next_block) == DAMAGED


def test_a_commit_goes_on_with_the_echoes(unharmed):
    """A patch that sounds the same takes over: not one bit is heard of it."""
    commit = Entry(COMMIT, 0, 40.0, 200 * BLOCK, extra=1)
    assert offline([patch(), patch(Module("more", "gain"))], [commit]).run(BLOCKS).tobytes() == unharmed.tobytes()


def test_a_commit_goes_on_with_the_tail_of_a_reverb():
    """Its lines lie in memory in rows: what was written while they were carried over is carried over in each."""
    room = Module("echo", "plate", {"mix": 0.5})
    tail, more = patch(echo=room), patch(Module("more", "gain"), echo=room)
    commit = Entry(COMMIT, 0, 40.0, 100 * BLOCK, extra=1)
    alone = offline([tail]).run(200)
    assert np.abs(alone[-2_000:]).max() > 0.01 and offline([tail, more], [commit]).run(200).tobytes() == alone.tobytes()


@pytest.mark.parametrize("block", (1_564, 1_566, 1_568))
def test_a_commit_goes_on_with_echoes_whose_tapes_begin_anew_meanwhile(block):
    """The end of the first is written while others are carried over, in seven blocks, and then its beginning: both are carried over once more."""
    tapes = [Module(f"tape{i}", "delay", {"time": 90.0 + i, "feedback": 0.5}) for i in range(4)]
    found = [Module("tone", "saw", {"freq": 331.0, "gain": 0.2}), *tapes]
    cables = [cable for tape in tapes for cable in (Cable("tone", "out", tape.id, "audio"), Cable(tape.id, "out", OUT, "", 0.25))]
    words = [compile_patch(Patch(each, cables), RATE, BLOCK).words for each in (found, [*found, Module("more", "gain")])]
    lines = words[0][words[0][pr.P_LINES // 8] // 8:].reshape(-1)
    assert lines[pr.LN_FRAMES // 8] == 1_571.5 * BLOCK, "they begin anew at another time"
    alone = Offline(words[:1], [], RATE, BLOCK).run(1_800)
    assert Offline(words, [Entry(COMMIT, 0, 40.0, block * BLOCK, extra=1)], RATE, BLOCK).run(1_800).tobytes() == alone.tobytes()


@pytest.mark.parametrize("blocks", range(200, 208))
def test_a_replica_that_joins_while_a_commit_is_coming_does_the_same(blocks, unharmed):
    commit = Entry(COMMIT, 0, 40.0, 200 * BLOCK, extra=1)
    machine = offline([patch(), patch(Module("more", "gain"))], [commit])
    slots = Slots(machine)
    before = machine.run(blocks)
    slots.joined()
    assert np.concatenate([before, machine.run(BLOCKS - blocks)]).tobytes() == unharmed.tobytes()


@pytest.mark.parametrize("blocks", range(200, 220, 3))
def test_a_replica_that_joins_while_strings_get_other_lanes_does_the_same(blocks):
    """Sixteen lanes of strings are more than a slice: 3.7 MB for 64 voices."""
    def strings(voices: float) -> Patch:
        return Patch([Module("keys", "notes", {"voices": voices}), Module("string", "pluck", {"decay": 9_000.0})],
                     [Cable("keys", "freq", "string", "freq"), Cable("keys", "gate", "string", "gate"), Cable("string", "out", OUT, "")])
    entries = [Entry(NOTE, key_of("keys"), 60.0, 64, extra=(1 << SERIAL_SHIFT) + FULL_VELOCITY), Entry(COMMIT, 0, 40.0, 200 * BLOCK, extra=1)]
    words = [compile_patch(strings(voices), RATE, BLOCK).words for voices in (8.0, 64.0)]
    unharmed = Offline(words, entries, RATE, BLOCK).run(400)
    machine = Offline(words, entries, RATE, BLOCK)
    slots = Slots(machine)
    before = machine.run(blocks)
    slots.joined()
    assert np.abs(unharmed[-2_000:]).max() > 0.01
    assert np.concatenate([before, machine.run(400 - blocks)]).tobytes() == unharmed.tobytes()


def test_a_commit_that_is_taken_back_gives_the_echoes_back(unharmed):
    """On probation a module puts out what is no number: the patch before plays again, with the echoes that it went on making unheard."""
    registry.install(bad.declaration("bad", None, "bad"))
    try:
        commit, trouble = Entry(COMMIT, 0, 400.0, 200 * BLOCK, extra=1), Entry(SET, key_of("x", "trouble"), bad.NAN, 260 * BLOCK + 7)
        machine = offline([patch(), patch(Module("x", "bad"))], [commit, trouble])
        slots = Slots(machine)
        before = machine.run(250)
        slots.joined()
        played = np.concatenate([before, machine.run(BLOCKS - 250)])
    finally:
        registry.remove("bad")
    assert played[:260 * BLOCK].tobytes() == unharmed[:260 * BLOCK].tobytes()
    assert np.abs(played - unharmed).max() < 1e-3, "the way back is heard"
    assert played[270 * BLOCK:].tobytes() == unharmed[270 * BLOCK:].tobytes()


def test_what_is_asked_of_a_patch_that_is_coming_is_heard_when_it_plays():
    """A gate and a knob of a module that the commit brings, in the very block of the commit: nothing is lost."""
    without = Patch([ECHO, KEY], [Cable("key", "out", "echo", "audio"), Cable("echo", "out", OUT, "")])
    entries = [Entry(COMMIT, 0, 0.0, 100 * BLOCK, extra=1), Entry(SET, key_of("key2", "gate"), 1.0, 100 * BLOCK + 5), Entry(SET, key_of("g", "gain"), 0.25, 100 * BLOCK + 9)]
    more = Patch([*without.modules.values(), Module("key2", "adsr", {"attack": 1.0}), Module("g", "gain", {"gain": 1.0})],
                 [*without.cables, Cable("key2", "out", "g", "audio"), Cable("g", "out", OUT, "")])
    played = Offline([compile_patch(each, RATE, BLOCK).words for each in (without, more)], entries, RATE, BLOCK).run(400)
    assert np.abs(played[:102 * BLOCK]).max() == 0.0 and abs(played[-1, 0] - 0.7 * 0.25) < 1e-3


def test_a_module_that_begins_anew_leaves_what_snapshots_need():
    """The echo puts out a blast, is bypassed and begins anew; a replica that joins from a snapshot before that does the same as who went through it."""
    blast = [Entry(SET, key_of("tone", "gain"), 16.0, 300 * BLOCK + 3), Entry(SET, key_of("key", "gate"), 0.0, 300 * BLOCK), Entry(SET, key_of("key", "gate"), 1.0, 300 * BLOCK + 1)]
    loud = patch()
    loud = Patch([*[m for m in loud.modules.values() if m.id != "boost"], Module("boost", "gain", {"gain": 16.0}), Module("more", "gain", {"gain": 16.0}),
                  Module("most", "gain", {"gain": 16.0})],
                 [*[c for c in loud.cables if c.target != "echo"], Cable("key", "out", "boost", "audio", 1e4), Cable("boost", "out", "more", "audio"),
                  Cable("more", "out", "most", "audio"), Cable("most", "out", "echo", "audio")])
    machine = Offline([compile_patch(loud, RATE, BLOCK).words], sorted([*STRUCK, *blast], key=lambda e: e.frame), RATE, BLOCK)
    slots = Slots(machine)
    machine.run(60)
    slots.save(machine.machine.address, 0)
    first = machine.run(100)
    machine.next_block = 60
    assert slots.load(machine.machine.address, 60) == 60
    assert machine.run(100).tobytes() == first.tobytes()


def test_a_delay_that_is_new_begins_silent():
    """Its ring may hold anything: it says how much of it was written."""
    without = Patch([KEY], [Cable("key", "out", OUT, "")])
    machine = offline([without, patch()], [Entry(COMMIT, 0, 0.0, 100 * BLOCK, extra=1)])
    machine.memory.bytes[machine.memory.plan.lines:] = 0x4B        # 1.3e7 as a float32
    assert np.abs(machine.run(BLOCKS)).max() < 4.0


def test_a_patch_with_too_many_echoes_is_refused():
    many = [Module(f"d{i}", "delay") for i in range(90)]
    with pytest.raises(Exception, match="MiB for its delays"):
        compile_patch(Patch(many, [Cable(m.id, "out", OUT, "") for m in many]), RATE, BLOCK)


@pytest.mark.parametrize("source, outlet", [("noise", "white"), ("sine", "out")])
def test_a_way_back_that_changes_nothing_is_not_heard(source, outlet):
    """However loud and high the sound is: only what differs between two patches dies away."""
    plain = Patch([Module("n", source, {"gain": 0.7} | ({"freq": 5_000.0} if source == "sine" else {}))], [Cable("n", outlet, OUT, "")])
    more = Patch([*plain.modules.values(), Module("z", "gain")], [*plain.cables, Cable("z", "out", OUT, "", 0.0)])
    words = [compile_patch(each, RATE, BLOCK).words for each in (plain, more)]
    entries = [Entry(COMMIT, 0, 300.0, 20 * BLOCK, extra=1), Entry(BYPASS, key_of("z"), float(pr.LOOP_REASON), 63 * BLOCK)]
    alone, taken_back = Offline(words[:1], [], RATE, BLOCK).run(100), Offline(words, entries, RATE, BLOCK).run(100)
    assert taken_back.tobytes() == alone.tobytes()
