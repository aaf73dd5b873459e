"""Modules that hear the tempo: cycles that begin in the frame of their beat, and echoes that come back in the frame of theirs."""

from fractions import Fraction

import numpy as np
import pytest
from test_lines import Slots
from test_sequenced_sound import BLOCK, MINUTES, RAMPS, RATE, machine, rendered_onsets, scripted
from test_sequencer import Clock

from chronus.control.scripted import Scripted
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import render
from chronus.workshop.faster import build_faster, missing

CYCLE = Fraction(7, 3)
# A pulse every quarter note, and a square wave every so many, four times as loud, so that both can be read off what is heard.
LOCKED = Patch([Module("pulse", "tempo"), Module("wave", "lfo", {"sync": float(CYCLE)}), Module("both", "gain")],
               [Cable("pulse", "gate", "both", "audio"), Cable("wave", "square", "both", "audio", 4.0), Cable("both", "out", OUT, "")])
TEMPI = ("tempo 174.3", *(f"tempo {bpm} beat+{beat} {seconds}" for beat, bpm, seconds in RAMPS))
HITS = Patch([Module("a", "adsr", {"attack": 0.0, "sustain": 1.0, "release": 0.0}), Module("tape", "delay", {"sync": 0.75, "feedback": 0.0, "mix": 0.5})],
             [Cable("a", "out", "tape", "audio"), Cable("tape", "out", OUT, "")])


def clock_of(ramps) -> Clock:
    clock = Clock("174.3")
    for ramp in ramps:
        clock.change(*ramp)
    return clock


def beginnings(offline, frames: int) -> tuple[list[int], list[int]]:
    """The frames at which the pulse, and the cycles of the wave, begin."""
    pulses, cycles, before = [], [], np.zeros(2, np.float32)
    while (done := offline.next_block * offline.block) < frames:
        heard = offline.run(1 << 20 >> offline.block.bit_length())[:, 0]
        wave = np.sign(heard)
        for found, signal, last in ((pulses, heard - 4.0 * wave, before[0]), (cycles, wave, before[1])):
            found += (done + np.flatnonzero(np.diff(signal, prepend=last) > 0.5)).tolist()
        before = np.float32([heard[-1] - 4.0 * wave[-1], wave[-1]])
    return tuple([frame for frame in found if frame < frames] for found in (pulses, cycles))


@pytest.mark.parametrize("block", [64, 128, 512])
def test_ten_minutes_of_beats_and_cycles_at_the_exact_frame(block):
    """174.3 BPM, ramps and jumps: no pulse and no cycle begins a frame beside its beat, whatever the block."""
    frames, clock = MINUTES * 60 * RATE, clock_of(RAMPS)
    pulses, cycles = beginnings(machine(scripted(LOCKED, *TEMPI), block), frames)
    for found, length in ((pulses, Fraction(1)), (cycles, CYCLE)):
        expected, number = [], 0
        while not expected or expected[-1] < frames:
            expected.append(clock.frame(number * length))
            number += 1
        assert found == expected[:-1]


def test_every_frame_along_a_ramp_is_that_of_the_tempo():
    patch = Patch([Module("way", "tempo", {"every": 4.0}), Module("level", "gain")], [Cable("way", "phase", "level", "audio"), Cable("level", "out", OUT, "")])
    heard = machine(scripted(patch, "tempo 60 now 8", "tempo 240 beat+12 0")).run(20 * RATE // BLOCK)[:, 0]
    at = (np.arange(len(heard)) + 0.5) / RATE                   # seconds: from 120 to 60 BPM in 8 s, and from the 12th beat on 240
    beats = np.where(at < 8.0, (2.0 - at / 16.0) * at, np.where(at < 8.0, 0.0, 12.0 + 4.0 * (at - 8.0)))
    off = (heard - beats / 4.0 + 0.5) % 1.0 - 0.5
    assert np.abs(off).max() < 1e-6


def test_the_same_bits_for_every_block_and_from_a_snapshot():
    heard = [machine(scripted(LOCKED, *TEMPI[:3]), block).run(1 << 22 >> block.bit_length() - 1) for block in (64, 128, 512)]
    assert heard[0].tobytes() == heard[1].tobytes() == heard[2].tobytes()
    offline = machine(scripted(LOCKED, *TEMPI[:3]))
    slots = Slots(offline)
    before = offline.run(40_001)
    slots.joined()
    assert np.concatenate([before, offline.run(20_000)]).tobytes() == heard[0][:60_001 * 64].tobytes()


def said(patch: Patch, *lines: str) -> Scripted:
    """A script that begins with a patch; a line is `rest SECONDS` or a command."""
    script = Scripted(RATE, BLOCK)
    script.programs.clear()
    script.play(patch, ())
    for line in lines:
        address, *words = line.split()
        if address == "rest":
            script.rest(float(words[0]))
        else:
            script.obey("/" + address, [float(word) if word.replace(".", "", 1).isdigit() else word for word in words])
    return script


def rises(script: Scripted, frames: int) -> list[int]:
    """Frames at which a square wave goes up."""
    entries = sorted(script.entries, key=lambda entry: entry.frame)
    heard = np.concatenate(list(render(script.programs, entries, RATE, BLOCK, 0, frames)))[:, 0]
    return np.flatnonzero(np.diff(heard, prepend=np.float32(0.0)) > 0.2).tolist()


def square(**params) -> Patch:
    return Patch([Module("wave", "lfo", params)], [Cable("wave", "square", OUT, "")])


def test_cycles_are_counted_from_the_bar_of_the_signature():
    """An LFO as long as a bar of 7/8 begins with each bar, also where the signature comes amid the song: with the bar after the ninth beat."""
    found = rises(said(square(sync=3.5), "rest 4.5", "signature 7/8"), 24 * RATE)
    assert [frame for frame in found if frame >= 6 * RATE] == [6 * RATE + 84_000 * bar for bar in range(1, 11)]       # it was high before the first


def test_a_gate_begins_a_cycle_that_lasts_its_beats():
    assert rises(said(square(sync=0.5, width=0.25), f"rest {5_000 / RATE}", "mod/wave/gate 1"), RATE) == [0, *range(5_000, RATE, 12_000)]


def test_a_knob_locks_and_frees_while_it_plays():
    script = said(square(rate=1.0), "rest 0.3", "mod/wave/sync 0.5", "rest 0.9", "mod/wave/sync 0")
    assert rises(script, 2 * RATE) == [0, 24_000, 36_000, 48_000, 67_201]       # free from 0.8 of a cycle on, at 1 Hz


def test_what_a_commit_brings_in_is_on_the_beat():
    script = said(square(sync=1.0), "rest 1.1", "patch/create other lfo", "patch/set other sync 0.25", "patch/disconnect wave out",
                  "patch/connect other/square out", "patch/commit")
    assert [frame for frame in rises(script, 2 * RATE) if frame > 1.2 * RATE] == [*range(60_000, 96_000, 6_000)]


def test_each_voice_hears_the_same_beat_also_when_it_is_fused():
    """The LFO of each of eight voices is that of the song."""
    patch = Patch([Module("keys", "notes", {"voices": 8.0}), Module("sway", "lfo", {"sync": 1.0}), Module("one", "lfo", {"sync": 1.0}), Module("sum", "gain")],
                  [Cable("keys", "pressure", "sway", "width"), Cable("sway", "saw", "sum", "audio"), Cable("one", "saw", "sum", "audio", -1.0),
                   Cable("sum", "out", OUT, "")])
    assert not machine(scripted(patch, "tempo 140 now 3")).run(3 * RATE // BLOCK).any()
    fused = [row for row in missing(source_of(compile_patch(patch, RATE, BLOCK).words)) if len(row) == 1]
    assert build_faster(fused) == []
    assert not machine(scripted(patch, "tempo 140 now 3")).run(3 * RATE // BLOCK).any()


@pytest.mark.parametrize("sync, bpm, frames", [(0.75, "120", 18_000), (0.333, "120", 8_000), (1.0, "96", 30_000), (0.5, "150", 9_600),
                                               (8.0, "120", 96_000), (8.0, "90", 64_000)])
def test_an_echo_comes_back_at_its_frame(sync, bpm, frames):
    """8 beats at 90 BPM are longer than the tape, and so come as 2."""
    script = scripted(HITS.changed({**HITS.modules, "tape": Module("tape", "delay", {"sync": sync, "feedback": 0.0, "mix": 0.5})}, HITS.cables),
                      f"tempo {bpm}", "seq/create a a X", "seq/config a step 1/1 gate 0.01 once 1 now", "seq/start a now")
    assert rendered_onsets(machine(script), 3 * RATE)[0] == [0, frames]


def test_echoes_follow_the_tempo():
    """From 120 to 160 BPM: one second later the tape has arrived, and echoes are a dotted eighth of the new tempo behind."""
    script = scripted(HITS, "tempo 120", "tempo 160 beat+4", "seq/create a a X...", "seq/config a step 1/4 gate 0.01 now", "seq/start a now")
    found, _ = rendered_onsets(machine(script), 8 * RATE)
    hits = [Clock("120").change(4, "160").frame(beat) for beat in range(0, 16, 4)]
    assert [frame for frame in found if frame in hits] == hits
    assert hits[0] + 18_000 in found and {hits[2] + 13_500, hits[3] + 13_500} < set(found)
