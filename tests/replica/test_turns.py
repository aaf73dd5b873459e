"""Gates and notes that are turned twice in one frame: each turn is kept for a frame, in order, for any block, from a snapshot, and in the render."""

import numpy as np
import pytest
from test_lines import Slots
from test_machine import FADER, RATE, live, offline
from test_sequenced_sound import scripted
from test_voices import heard as notes_heard
from test_voices import instrument, machine, off, on, table

from chronus import limits
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.native.words import load, store
from chronus.replica import schedule
from chronus.replica.offline import Offline
from chronus.replica.performed import LATER
from chronus.replica.resting import resting_in
from chronus.replica.sequencer import SEQUENCED
from chronus.replica.sides import M_ARENA, MACHINE_WORDS
from chronus.replica.snapshot import save_snapshot
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.log import COMMIT, EXPRESS, PANIC, SEQUENCED_GATE, SET, Entry, expression
from chronus.shared.log import GATE as GATE_SAID
from chronus.shared.program import key_of
from chronus.shared.score import Q_NOW

BLOCK, GATE = 64, ("step", "gate")
KICK = Patch([Module("k", "kick")], [Cable("k", "out", OUT, "", 0.8)])
HIT = ("k", "gate")


def gate(*turns, frames: int = 1_024, block: int = BLOCK) -> np.ndarray:
    """An envelope that is its gate, to the frame."""
    return offline(FADER, [(frame, knob and GATE, value) for frame, knob, value in turns], block).run(frames // block)[:, 0]


def at_once(frame: int, *values: float) -> list[tuple]:
    return [(frame, True, value) for value in values]


def opened(samples: np.ndarray) -> list[int]:
    """The frames in which the gate is open."""
    return np.flatnonzero(samples > 0.1).tolist()


def kick(*turns, frames: int = 19_200, block: int = BLOCK) -> np.ndarray:
    return offline(KICK, [(frame, HIT, value) for frame, value in turns], block).run(frames // block)


@pytest.mark.parametrize("frame", (0, 1, 63, 64, 100, 127))
def test_a_gate_that_opens_and_closes_in_one_frame_is_open_for_one(frame):
    """Also the last of a block."""
    assert opened(gate(*at_once(frame, 1.0, 0.0))) == [frame]


@pytest.mark.parametrize("frame", (0, 63, 100))
def test_turns_in_one_frame_come_one_after_the_other(frame):
    assert opened(gate(*at_once(frame, 1.0, 0.0, 1.0, 0.0))) == [frame, frame + 2]
    assert opened(gate(*at_once(frame, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0))) == [frame, frame + 2]


def test_a_gate_that_is_open_closes_for_a_frame():
    found = gate(*at_once(0, 1.0), *at_once(500, 0.0, 1.0))
    assert found[500] < 1.0 and np.delete(found, 500).min() == 1.0


def test_what_opens_it_no_further_or_less_is_no_turn():
    assert opened(gate(*at_once(100, 1.0, 0.5, 0.0))) == [100]
    assert gate(*at_once(0, 1.0), *at_once(100, 0.7, 0.0))[100] < 1.0


def test_what_comes_while_turns_wait_comes_behind_them():
    assert opened(gate(*at_once(100, 1.0, 0.0, 1.0, 0.0), *at_once(101, 1.0, 0.0))) == [100, 102, 104]


def test_a_panic_in_the_same_frame_wins_and_forgets_what_waits():
    assert not gate(*at_once(100, 1.0, 0.0, 1.0), (100, None, 0.0)).any()
    assert opened(gate(*at_once(128, 1.0, 0.0, 1.0), (129, None, 0.0))) == [128]
    assert opened(gate(*at_once(64, 1.0), (100, None, 0.0), *at_once(100, 1.0))) == [*range(64, 100), *range(101, 1_024)]


def test_a_drum_sounds_that_is_struck_and_let_go_in_one_frame():
    for frame in (0, 63, 100):
        one, more = kick((frame, 1.0), (frame, 0.0)), kick((frame, 1.0), (frame + 1, 0.0))
        assert np.abs(one).max() > 0.3 and np.array_equal(one, more)
    once, again = kick((0, 1.0)), kick((0, 1.0), (9_600, 0.0), (9_600, 1.0))
    assert np.array_equal(once[:9_600], again[:9_600]) and np.abs(again[9_600:]).max() > 3.0 * np.abs(once[9_600:]).max()


HELD = instrument(4)


@pytest.mark.parametrize("frame", (0, 63, 100))
def test_a_note_that_is_let_go_in_its_own_frame_sounds(frame):
    for serial in (0, 5):
        found = notes_heard(HELD, [on(60, frame, serial=serial), off(60, frame, serial=serial)])
        assert found.any() and np.array_equal(found, notes_heard(HELD, [on(60, frame), off(60, frame + 1)]))


def test_notes_in_one_frame_come_one_after_the_other():
    at_once = [on(60, 100), off(60, 100), on(60, 100), off(60, 100)]
    apart = [on(60, 100), off(60, 101), on(60, 102), off(60, 103)]
    assert np.array_equal(notes_heard(HELD, at_once), notes_heard(HELD, apart))


def test_a_note_that_is_struck_again_and_let_go_is_heard():
    """In the frame in which it is struck its gate is closed, so it is let go two later; its end alone comes at once."""
    struck = [on(60, 0), on(60, 6_000), off(60, 6_000)]
    assert np.array_equal(notes_heard(HELD, struck), notes_heard(HELD, [on(60, 0), on(60, 6_000), off(60, 6_002)]))
    assert not np.array_equal(notes_heard(HELD, struck), notes_heard(HELD, [on(60, 0), off(60, 6_000)]))


def test_other_notes_and_chords_wait_for_nobody():
    together = [on(60, 100), on(64, 100), off(60, 100), on(67, 100)]
    assert np.array_equal(notes_heard(HELD, together), notes_heard(HELD, [on(60, 100), on(64, 100), on(67, 100), off(60, 101)]))


def test_a_note_goes_back_to_the_one_before_it_a_frame_later():
    mono = instrument(1, mode=1.0)
    found = notes_heard(mono, [on(60, 0), on(67, 5_000), off(67, 5_000)])
    assert np.array_equal(found, notes_heard(mono, [on(60, 0), on(67, 5_000), off(67, 5_002)]))
    played = machine(mono, [on(60, 0), on(67, 3_000), off(67, 6_015), off(60, 6_015)])             # to go back is not to strike
    played.run(6_016 // BLOCK)
    assert table(played) == [(60.0, False)]


def test_a_bend_of_a_note_that_waits_is_for_that_note():
    bend = Entry(EXPRESS, key_of("keys"), 60.0, 100, extra=expression("bend", 3.0))
    at_once = [on(60, 100), off(60, 100), on(60, 100), bend]
    assert np.array_equal(notes_heard(HELD, at_once), notes_heard(HELD, [on(60, 100), off(60, 101), on(60, 102), bend._replace(frame=102)]))


MANY = [*at_once(63, 1.0, 0.0, 1.0, 0.0), *at_once(255, 1.0, 0.0), *at_once(256, 0.0, 1.0), *at_once(300, 0.0, 1.0, 0.0), *at_once(302, 1.0, 0.0, 1.0)]
NOTES = [e for f in (63, 255, 256, 1_000, 5_119) for e in (on(60, f), off(60, f), on(60, f), off(60, f), on(64, f), off(64, f))]


def test_the_block_size_changes_no_bit():
    first, *others = (gate(*MANY, block=block).tobytes() for block in (64, 16, 256, 512))
    assert all(other == first for other in others)
    first, *others = (notes_heard(HELD, NOTES, 12_800, block).tobytes() for block in (64, 16, 256))
    assert all(other == first for other in others)


def test_who_joins_between_two_turns_plays_the_same():
    for entries in ([on(60, 127), off(60, 127), on(60, 127), off(60, 127)], NOTES):
        whole, joined = machine(HELD, entries).run(100), machine(HELD, entries)
        slots, found = Slots(joined), []
        for _ in range(100):
            found.append(joined.run(1))
            slots.joined()
        assert np.concatenate(found).tobytes() == whole.tobytes()


def test_a_take_that_read_ahead_is_what_is_rendered():
    """What has a frame of its own was read long before, and what has none at the beginning of a block."""
    knob = GATE
    ahead = [(128, knob, 1.0), (192, knob, 0.0), (193, knob, 0.4), (193, knob, 0.0), (255, knob, 1.0), (255, knob, 0.0), (255, knob, 0.6), (256, knob, 0.9),
             (257, knob, 0.0), (300, knob, 1.0), (319, knob, 0.0), (319, knob, 1.0), (320, knob, 0.5)]
    late = [(2, (-1, knob, 0.0)), (2, (-1, knob, 0.8)), (3, (-1, knob, 1.0)), (3, (-1, knob, 0.0)), (4, (-1, knob, 0.0)), (5, (-1, knob, 0.0)), (5, (-1, knob, 1.0))]
    played, journal = live(FADER, ahead, 20, late)
    assert len(set(played[:400, 0])) > 3
    assert Offline([compile_patch(FADER, RATE, BLOCK).words], journal, RATE, BLOCK).run(20).tobytes() == played.tobytes()


def test_a_commit_loses_nothing_that_waits():
    """It comes in the frame of the second turn, or with both."""
    more = Patch([*KICK.modules.values(), Module("still", "sine", {"gain": 0.0})], [*KICK.cables, Cable("still", "out", OUT, "")])
    words = [compile_patch(patch, RATE, BLOCK).words for patch in (KICK, more)]
    for frame in (127, 128):
        turns = [Entry(SET, key_of(*HIT), value, frame) for value in (1.0, 0.0)]
        played = Offline(words, [*turns, Entry(COMMIT, 0, 0.0, 128, extra=1)], RATE, BLOCK)
        assert np.abs(played.run(100)).max() > 0.3
        side = int(played.machine.arena[:pr.ARENA_HEADER].view(np.int64)[pr.A_SIDE // 8])
        first = (pr.side_offset(side) + int(words[1][pr.P_KNOBS // 8])) // 4
        knobs = played.machine.arena.view(np.float32)[first:first + int(words[1][pr.P_KNOB_COUNT // 8]) * pr.KNOB_BYTES // 4].reshape(-1, pr.KNOB_BYTES // 4)
        assert side == 1 and not knobs[knobs[:, pr.K_IS_GATE // 4] != 0, pr.K_TARGET // 4].any()


def test_more_than_can_wait_end_where_the_last_one_says():
    many = [1.0, 0.0] * (limits.LATER_ENTRIES + 10)
    for values, last in ((many, 0.0), ([*many, 1.0], 1.0)):
        assert gate(*at_once(100, *values), frames=2_048)[-1] == last
    played = machine(HELD, [on(60, 100), off(60, 100)] * (limits.LATER_ENTRIES + 10))
    played.run(60)
    assert not any(held for _, held in table(played))


def test_a_session_that_is_taken_up_goes_on_with_what_waits():
    """From the state that was kept, and from the replay of the journal."""
    turns = [Entry(SET, key_of(*GATE), value, frame) for frame, value in ((127, 1.0), (127, 0.0), (127, 1.0), (300, 0.0))]
    words = [compile_patch(FADER, RATE, BLOCK).words]
    whole, first = Offline(words, turns, RATE, BLOCK).run(16), Offline(words, turns, RATE, BLOCK)
    first.run(2)
    first.keep_waiting(len(turns))
    assert len(first.waiting()) == 3
    save_snapshot(first.machine.address, 0)
    first.memory[at.PLAYED] = 100
    state = resting_in(first.memory)
    assert state is not None and state.block == 2
    second = Offline(words, turns, RATE, BLOCK)
    assert second.take_up(state) and len(second.waiting()) == 2
    assert second.run(14).tobytes() == whole[128:].tobytes()
    assert first.run_native(first.machine.address, 2, 1, np.array([len(turns)]).ctypes.data, (out := np.zeros((BLOCK, 2), np.float32)).ctypes.data) == 1
    assert out.tobytes() == whole[128:192].tobytes()


def test_sequencers_play_as_ever_when_somebody_plays_along():
    """In the frame in which one opens the gate a hit of a hand ends nothing of it; and where one closes and the next opens, no frame is put off."""
    def heard(*commands: str, hand=()):
        script = scripted(FADER, *commands)
        return Offline(script.programs, sorted([*script.entries, *hand], key=lambda e: e.frame), RATE, BLOCK, script.scores).run(400)[:, 0]
    lines = "seq/create a step X...", "seq/config a step 1/16 gate 0.5 now", "seq/start a now"
    alone = heard(*lines)
    onset = int(np.flatnonzero(alone == 1.0)[0])
    start = onset + 24_000                                                        # of the second pass
    assert alone[start] == 1.0 > alone[start - 1]
    hand = [Entry(SET, key_of(*GATE), value, start) for value in (1.0, 0.0)]
    assert np.array_equal(heard(*lines, hand=hand), alone)


def test_a_note_of_a_sequencer_is_not_ended_by_what_waited():
    """A hand strikes the same note, and lets it go, in the frame in which a sequencer begins it."""
    found = []
    for entries in ([], [on(60, 0), off(60, 0)]):
        script = scripted(HELD, "seq/create s keys X...", "seq/notes s 60", "seq/config s step 1/4 gate 0.5 now", "seq/start s now")
        played = Offline(script.programs, [*script.entries, *entries], RATE, BLOCK, script.scores)
        played.run(4)
        found.append([held for note, held in table(played)])
    assert found[0] == found[1] and sum(found[0]) == 1


# of a module that a commit with delay lines is still bringing in

ROOM = Module("echo", "delay", {"mix": 0.0})
BRINGS = {"gate": Patch([*KICK.modules.values(), ROOM], [Cable("k", "out", "echo", "audio"), Cable("echo", "out", OUT, "", 0.8)]),
          "note": Patch([*HELD.modules.values(), ROOM], [*HELD.cables, Cable("echo", "out", OUT, "")])}
MORE = {kind: Patch([*patch.modules.values(), Module("still", "sine", {"gain": 0.0})], [*patch.cables, Cable("still", "out", OUT, "")]) for kind, patch in BRINGS.items()}
EMPTY = Patch([Module("still", "sine", {"gain": 0.0})], [Cable("still", "out", OUT, "")])


def brought(kind: str, *turns: tuple[int, bool], again: int | None = None, blocks: int = 60, of: int = 0) -> np.ndarray:
    """A commit in block 10 brings a module, whose gate or note is turned at frames, counted from there, while it is coming; `again` is the block of another commit."""
    words = [compile_patch(patch, RATE, BLOCK).words for patch in (EMPTY, BRINGS[kind], MORE[kind])]
    turned = [Entry(SET, key_of(*HIT), float(is_on), 640 + frame, extra=of or GATE_SAID) if kind == "gate" else (on if is_on else off)(60, 640 + frame, serial=of) for frame, is_on in turns]
    commits = [Entry(COMMIT, 0, 0.0, 640, extra=1), *([] if again is None else [Entry(COMMIT, 0, 0.0, 64 * again, extra=2)])]
    return Offline(words, sorted([*commits, *turned], key=lambda entry: entry.frame), RATE, BLOCK).run(blocks)


COMING = 640 + 2 * BLOCK                                # where it takes over


@pytest.mark.parametrize("again", (None, 11))
@pytest.mark.parametrize("kind", BRINGS)
@pytest.mark.parametrize("turns", (((0, True), (0, False)), ((0, True), (70, False)), ((5, True), (5, False), (6, True), (6, False)), ((50, True), (52, False), (127, True), (127, False))))
def test_a_hit_of_a_module_that_is_coming_is_heard(kind, turns, again):
    """It is open from the frame in which the module is there, for one: also where another commit hurries the first."""
    turns = [turn for turn in turns if again is None or turn[0] < BLOCK]
    found = brought(kind, *turns, again=again)
    assert found.any()
    if again is None:
        begins = COMING - 640
        assert np.array_equal(found, brought(kind, *((begins + i, is_on) for i, (_, is_on) in enumerate(turns))))
    if turns[-1][1] is False:
        assert np.abs(brought(kind, *turns, again=again, blocks=900)[-BLOCK:]).max() < 1e-3, "it is closed in the end"


@pytest.mark.parametrize("kind", BRINGS)
def test_what_comes_when_it_is_there_comes_behind_what_waited(kind):
    """Opened, closed, and opened again in the frame in which it takes over: open in the end, with a new hit."""
    begins = COMING - 640
    turns = [(0, True), (0, False), (begins, True)]
    assert np.array_equal(brought(kind, *turns), brought(kind, (begins, True), (begins + 1, False), (begins + 2, True)))


@pytest.mark.parametrize("kind, of", (("gate", SEQUENCED_GATE), ("note", SEQUENCED + 1)))
def test_what_a_sequencer_has_played_and_ended_by_then_is_not_made_up_for(kind, of):
    assert not brought(kind, (0, True), (50, False), of=of).any()
    assert brought(kind, (0, True), of=of).any()


def test_a_panic_forgets_the_hits_of_a_module_that_is_coming():
    words = [compile_patch(patch, RATE, BLOCK).words for patch in (EMPTY, BRINGS["gate"])]
    turns = [Entry(SET, key_of(*HIT), value, 650) for value in (1.0, 0.0, 1.0)]
    entries = [Entry(COMMIT, 0, 0.0, 640, extra=1), *turns, Entry(PANIC, 0, 0.0, 704)]
    assert not Offline(words, entries, RATE, BLOCK).run(60).any()


def test_a_hit_of_a_module_that_is_coming_is_told_once():
    """To who plays along outside."""
    words = [compile_patch(patch, RATE, BLOCK).words for patch in (EMPTY, BRINGS["note"])]
    played = Offline(words, [Entry(COMMIT, 0, 0.0, 640, extra=1), on(60, 640), off(60, 640)], RATE, BLOCK)
    played.run(60)
    arena = played.machine.arena[:pr.ARENA_HEADER].view(np.int64)
    assert arena[pr.A_PERFORMED // 8] == 2 and arena[pr.A_LATER // 8] == 0 == arena[pr.A_SCHEDULED // 8]


def test_what_waits_is_found_without_a_look_at_all_that_is_due(monkeypatch):
    """As many commands as can wait are due in one frame, each a turn of a gate: what each of them costs must not grow with their number."""
    arena, words, looked = np.zeros(limits.ARENA_BYTES // 8, np.int64), np.zeros(MACHINE_WORDS, np.int64), []
    words[M_ARENA // 8] = arena.ctypes.data
    machine, time, gates = words.ctypes.data, arena.ctypes.data + pr.TIME, limits.LATER_ENTRIES
    store(time + Q_NOW, 0)
    for i in range(limits.SCHEDULE_ENTRIES):
        schedule.schedule(machine, 100, SET, i, 1.0, 0)
    for i in range(gates):
        schedule.schedule(machine, 101, LATER + SET, i, 0.0, 0)
    store(time + Q_NOW, 100)
    monkeypatch.setattr(schedule, "load", lambda place: looked.append(place) or load(place))
    assert schedule.last_waiting(machine, SET, gates - 1, 0.0) == arena.ctypes.data + pr.SCHEDULE + (limits.SCHEDULE_ENTRIES + gates - 1) * pr.SCHEDULED_BYTES
    assert schedule.last_waiting(machine, SET, gates, 0.0) == 0 and len(looked) < 2 * 12 * gates
    looked.clear()
    schedule.forget_waiting(machine, SET, gates, 0.0)
    assert len(looked) < 12 * gates and load(arena.ctypes.data + pr.A_LATER) == gates
    schedule.forget_waiting(machine, SET, 7, 0.0)
    assert load(arena.ctypes.data + pr.A_LATER) == gates - 1 and schedule.last_waiting(machine, SET, 7, 0.0) == 0
    assert load(arena.ctypes.data + pr.A_SCHEDULED) == limits.SCHEDULE_ENTRIES + gates - 1
    assert schedule.last_waiting(machine, SET, 8, 0.0) and schedule.last_waiting(machine, SET, 6, 0.0)


def test_thousands_of_turns_in_one_frame_end_where_each_gate_was_turned_last():
    """More gates than can be put off: what counts at once is in order all the same."""
    count = 300
    patch = Patch([Module(f"k{i}", "adsr") for i in range(count)], [Cable(f"k{i}", "out", OUT, "", 0.001) for i in range(count)])
    turns = [Entry(SET, key_of(f"k{i}", "gate"), value, 100) for value in (1.0, 0.0, 1.0, 0.0, 1.0) for i in range(count)]
    turns += [Entry(SET, key_of(f"k{i}", "gate"), 0.0, 100) for i in range(0, count, 2)]
    program = compile_patch(patch, RATE, BLOCK)
    played = Offline([program.words], turns, RATE, BLOCK)
    played.run(8)
    first = (pr.side_offset(0) + int(program.words[pr.P_KNOBS // 8])) // 4
    knobs = played.machine.arena.view(np.float32)[first:first + int(program.words[pr.P_KNOB_COUNT // 8]) * pr.KNOB_BYTES // 4].reshape(-1, pr.KNOB_BYTES // 4)
    index = {int(key): int(i) for key, i in program.words[int(program.words[pr.P_KEYS // 8]) // 8:][:2 * len(knobs)].reshape(-1, 2)}
    found = [knobs[index[key_of(f"k{i}", "gate")], pr.K_TARGET // 4] > 0.0 for i in range(count)]
    assert found == [i % 2 == 1 for i in range(count)]
    assert int(played.machine.arena[:pr.ARENA_HEADER].view(np.int64)[pr.A_LATER // 8]) == 0
