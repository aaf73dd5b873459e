"""The machine: commands at their exact frames whatever the block, straight glides, PANIC, and snapshots that come back bit by bit."""

import numpy as np
import pytest

from chronus import limits
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch, default
from chronus.replica.offline import Offline
from chronus.replica.snapshot import load_snapshot, save_snapshot, snapshot_place
from chronus.shared import layout as at
from chronus.shared.log import PANIC, SET, Entry, Log
from chronus.shared.program import P_KERNELS

RATE, BLOCK = 48_000, 64
GLIDE = 240                             # 5 ms
STEP = Module("step", "adsr", {"attack": 0.0, "sustain": 1.0, "release": 0.0})
FADER = Patch([STEP, Module("g", "gain")], [Cable("step", "out", "g", "audio"), Cable("g", "out", OUT, "")])


def offline(patch, commands, block=BLOCK):
    """`commands` are (frame, (module, param), value); None for the knob is PANIC."""
    program = compile_patch(patch, RATE, block)
    entries = [Entry(PANIC, 0, 0.0, f) if knob is None else Entry(SET, program.knobs[knob], v, f) for f, knob, v in commands]
    return Offline([program.words], entries, RATE, block)


def heard(patch, commands, frames, block=BLOCK):
    return offline(patch, commands, block).run(-(-frames // block))[:frames]


def fader(*commands, frames=1024, block=BLOCK):
    """One channel of a constant 1 behind a gain knob."""
    return heard(FADER, [(0, ("step", "gate"), 1.0), *commands], frames, block)[:, 0]


def live(patch, appended, blocks, late=()):
    """Blocks as a replica renders them that has read the log to its head; `late` are (block, command) appended just before that block.

    Returns the samples and the entries that control would put in the journal.
    """
    machine = offline(patch, [])
    knobs, memory, log = compile_patch(patch, RATE, BLOCK).knobs, machine.memory, Log(machine.memory)
    samples, cut = np.empty((blocks * BLOCK, 2), np.float32), memory.plan.cut // 8
    for block in range(blocks):
        for frame, knob, value in [*(appended if block == 0 else ()), *(command for when, command in late if when == block)]:
            log.append(Entry(PANIC, 0, 0.0, frame) if knob is None else Entry(SET, knobs[knob], value, frame))
        memory.words[cut + block] = (block + 1) << 32 | log.head
        until = np.array([log.head], np.int64)
        machine.run_native(machine.machine.address, block, 1, until.ctypes.data, samples[block * BLOCK:].ctypes.data)
    journal = [Entry(e.kind, e.target, e.value, e.applied) for e in log.decided()]
    return samples, journal


def test_the_block_size_changes_no_bit():
    commands = [(0, ("sine", "freq"), 330.0), (17, ("adsr", "gate"), 1.0), (63, ("sine", "gain"), 0.9), (64, ("filter", "cutoff"), 700.0),
                (65, ("filter", "resonance"), 0.8), (500, ("sine", "freq"), 5_000.0), (511, ("adsr", "gate"), 0.0),
                (513, ("adsr", "gate"), 0.3), (1_000, ("filter", "cutoff"), 9_000.0)]
    first, *others = (heard(default(), commands, 4_096, block).tobytes() for block in (64, 128, 512))
    assert np.frombuffer(first, np.float32).any()
    assert all(other == first for other in others)


@pytest.mark.parametrize("frame", [0, 1, 63, 64, 65, 200])
def test_a_gate_opens_and_closes_at_its_exact_frame(frame):
    samples = heard(FADER, [(frame, ("step", "gate"), 1.0), (frame + 7, ("step", "gate"), 0.0)], 512)[:, 0]
    assert samples.nonzero()[0][0] == frame
    assert (samples[frame:frame + 7] == 1.0).all() and samples[frame + 7] < 1.0


def test_a_glide_is_straight_and_ends_exactly_after_five_milliseconds():
    samples = fader((100, ("g", "gain"), 0.3))
    assert (samples[:100] == 1.0).all()
    expected = 1.0 - 0.7 * np.arange(1, GLIDE + 1) / GLIDE
    assert np.abs(samples[100:100 + GLIDE] - expected).max() < 1e-5
    assert (samples[100 + GLIDE - 1:] == np.float32(0.3)).all()
    assert samples[100 + GLIDE - 2] != np.float32(0.3)


def test_a_new_setting_in_mid_glide_starts_from_where_it_is():
    samples = fader((100, ("g", "gain"), 0.0), (220, ("g", "gain"), 1.0))
    assert abs(samples[219] - 0.5) < 1e-5
    assert np.abs(samples[220:220 + GLIDE] - (0.5 + 0.5 * np.arange(1, GLIDE + 1) / GLIDE)).max() < 1e-5
    assert (samples[220 + GLIDE - 1:] == 1.0).all()


def test_among_equal_frames_the_order_of_arrival_counts():
    knob = ("g", "gain")
    for frame in (0, 100, 128):
        assert fader((frame, knob, 5.0), (frame, knob, 0.0), (frame, knob, 0.5))[-1] == 0.5
        assert fader((frame, knob, 0.5), (frame, knob, 0.0), (frame, knob, 5.0))[-1] == 5.0


def test_what_is_sent_first_for_later_comes_later():
    samples, _ = live(FADER, [(0, ("step", "gate"), 1.0), (600, ("g", "gain"), 0.25), (100, ("g", "gain"), 2.0), (600, ("g", "gain"), 0.5)], 20)
    assert samples[500, 0] == 2.0 and samples[-1, 0] == 0.5


def test_panic_closes_gates_and_forgets_what_waits():
    samples, _ = live(FADER, [(0, ("step", "gate"), 1.0), (100, None, 0.0), (300, ("step", "gate"), 1.0)], 20)
    assert (samples[:100, 0] == 1.0).all() and samples[100, 0] < 1.0
    assert not samples[200:].any()


def test_what_comes_after_a_panic_is_played():
    samples, _ = live(FADER, [(0, ("step", "gate"), 1.0), (-1, None, 0.0), (300, ("step", "gate"), 1.0)], 20)
    assert not samples[:300].any() and (samples[300:] == 1.0).all()


def test_what_a_panic_forgot_stays_forgotten_in_the_render():
    played, journal = live(FADER, [(0, ("step", "gate"), 1.0), (900, ("step", "gate"), 1.0)], 20, late=[(3, (-1, None, 0.0))])
    assert not played[900:].any()
    assert Offline([compile_patch(FADER, RATE, BLOCK).words], journal, RATE, BLOCK).run(20).tobytes() == played.tobytes()


def test_the_schedule_has_an_end_and_what_is_beyond_it_is_dropped():
    """Control refuses before that (`Control.waits`), so nothing dropped is ever in a journal."""
    waiting = [(700 + i % 100, ("g", "gain"), 1.0) for i in range(limits.SCHEDULE_ENTRIES)]
    played, _ = live(FADER, [(0, ("step", "gate"), 1.0), *waiting, (850, ("g", "gain"), 4.0)], 20)
    assert played[-1, 0] == 1.0


def test_a_block_takes_more_entries_than_one_reading():
    many = [(128, ("g", "gain"), float(i % 7)) for i in range(2 * limits.ENTRIES_PER_BLOCK)]
    assert fader(*many, (128, ("g", "gain"), 0.125))[-1] == 0.125


def test_a_command_for_no_knob_changes_nothing():
    program = compile_patch(FADER, RATE, BLOCK)
    entries = [Entry(SET, target, 1.0, 5) for target in (-1, len(program.knobs), 1 << 40)] + [Entry(77, 0, 1.0, 5)]
    assert Offline([program.words], entries, RATE, BLOCK).run(4).tobytes() == Offline([program.words], [], RATE, BLOCK).run(4).tobytes()


def playing():
    """A machine in the middle of a glide with a command that waits."""
    machine = offline(default(), [(0, ("adsr", "gate"), 1.0), (BLOCK * 8 - 3, ("sine", "freq"), 999.0), (900, ("adsr", "gate"), 0.0)])
    machine.run(8)
    return machine


def forget(machine):
    machine.machine.arena[:] = 0


def damage(memory, index):
    memory.bytes[snapshot_place(memory.base, index) - memory.base + at.SNAPSHOT_DATA + 700] ^= 1


def from_snapshot(machine, limit, blocks):
    """What is heard from the newest snapshot at or below `limit` on."""
    forget(machine)
    machine.next_block = load_snapshot(machine.machine.address, limit)
    return machine.next_block, machine.run(blocks).tobytes()


def test_a_snapshot_brings_back_every_bit():
    machine = playing()
    save_snapshot(machine.machine.address, 0)
    expected = machine.run(12).tobytes()
    assert from_snapshot(machine, 8, 12) == (8, expected)


def test_the_newest_whole_snapshot_is_taken_and_a_damaged_one_passed_over():
    machine = playing()
    save_snapshot(machine.machine.address, 0)
    middle = machine.run(2)
    save_snapshot(machine.machine.address, 0)
    end = machine.run(10)
    assert from_snapshot(machine, 20, 10) == (10, end.tobytes())
    assert from_snapshot(machine, 9, 12) == (8, np.concatenate([middle, end]).tobytes())
    damage(machine.memory, 1)
    assert from_snapshot(machine, 20, 12) == (8, np.concatenate([middle, end]).tobytes())
    damage(machine.memory, 0)
    forget(machine)
    assert load_snapshot(machine.machine.address, 20) == -1


def test_the_older_of_a_slots_two_is_written_over_and_the_other_slot_left_alone():
    machine = playing()
    memory = machine.memory
    for slot, block in ((0, 8), (0, 9), (1, 10), (0, 11)):
        machine.run(block - machine.next_block)
        save_snapshot(machine.machine.address, slot)
    numbers = [memory[snapshot_place(memory.base, i) - memory.base + at.S_BLOCK] - 1 for i in range(4)]
    assert numbers == [11, 9, 10, -1]


def test_a_program_whose_kernels_are_gone_is_left_out_and_said(capfd):
    machine = playing()
    words = compile_patch(FADER, RATE, BLOCK).words.copy()
    names = words.view(np.uint8)[words[P_KERNELS // 8]:]
    names[:16] = np.frombuffer(b"nobody 1 none.o\0", np.uint8)
    machine.memory.put_program(5, words, 77)
    assert machine.kernels.load() == [] and machine.kernels.load() == []
    assert capfd.readouterr().err.count("cannot be loaded") == 1
    machine.memory.put_program(5, compile_patch(FADER, RATE, BLOCK).words, 78)
    assert machine.kernels.load() == [(5, 78)]
