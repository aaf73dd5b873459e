"""Sequencers in the machine: onsets measured in what is rendered, for every block size, from snapshots, and when scores are many."""

import hashlib
from fractions import Fraction

import numpy as np
import pytest
from test_lines import Slots
from test_sequencer import Clock

from chronus import limits
from chronus.control.scripted import Scripted
from chronus.music.score import Event, Score
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import Offline
from chronus.shared.log import SCORE, TRANSPORT, Entry
from chronus.shared.score import NOW, START
from chronus.shared.scores import pack, sequencer_key

RATE, BLOCK = 48_000, 64
GATE = Patch([Module("a", "adsr", {"attack": 0.0, "sustain": 1.0, "release": 0.0})], [Cable("a", "out", OUT, "")])
MINUTES = 10
RAMPS = ((100, "120", 20), (180, "200.5", 15), (260, "90", 0), (300, "174.3", 8), (900, "174.3", 0), (901, "333.3", 0.5))     # beat, BPM, seconds


def scripted(patch: Patch, *lines: str) -> Scripted:
    script = Scripted(RATE, BLOCK)
    script.patch = script.working = patch
    script.programs = [compile_patch(patch, RATE, BLOCK).words]
    for line in lines:
        address, *words = line.split()
        script.obey("/" + address, [float(word) if word.replace(".", "", 1).isdigit() and word != "." else word for word in words])
    return script


def machine(script: Scripted, block: int = BLOCK) -> Offline:
    programs = [compile_patch(script.patch, RATE, block).words]
    return Offline(programs, script.entries, RATE, block, script.scores)


def rendered_onsets(offline: Offline, frames: int) -> tuple[list[int], str]:
    """Frames at which the sound begins, a piece at a time, and a hash of all."""
    found, before, digest, done = [], 0.0, hashlib.sha256(), 0
    while done < frames:
        piece = offline.run(1 << 20 >> offline.block.bit_length())
        line = piece[:, 0]
        rises = np.flatnonzero(np.diff(line, prepend=np.float32(before)) > 0.2)
        found += (done + rises).tolist()
        before, done = line[-1], done + len(piece)
        digest.update(piece.tobytes())
    return [frame for frame in found if frame < frames], digest.hexdigest()


def test_ten_minutes_at_the_exact_frame_and_the_same_for_every_block():
    """174.3 BPM, swing, ratchets, ramps and jumps: no onset is a frame off."""
    frames = MINUTES * 60 * RATE
    ramps = (f"tempo {bpm} beat+{beat} {seconds}" for beat, bpm, seconds in RAMPS)
    script = scripted(GATE, "seq/create a a x.xx*3", "seq/swing a 0.31", "tempo 174.3", *ramps, "seq/start a now")
    clock = Clock("174.3")
    for ramp in RAMPS:
        clock.change(*ramp)
    late = Fraction(31, 400)
    swung, third = Fraction(3, 4) + late, (Fraction(1, 4) - late) / 3
    expected, number = [], 0
    while not expected or expected[-1] < frames:
        expected += clock.frames(number + at for at in (0, Fraction(1, 2), swung, swung + third, swung + 2 * third))
        number += 1
    found = [rendered_onsets(machine(script, block), frames) for block in (64, 128, 512)]
    assert found[0][0] == [frame for frame in expected if frame < frames]
    assert found[1:] == found[:1] * 2


BAND = ("seq/create a a x?.x*2X-", "seq/create b a x?30", "seq/config b step 1/8t now", "seq/param_lane a a/decay 5 9 20 smooth", "seq/bpm b 97.3",
        "scene/set one a", "scene/set two a b", "scene/follow one 1 two", "scene/follow two 2 one", "tempo 150 bar+1 2", "scene/play one now")


@pytest.fixture(scope="module")
def band() -> np.ndarray:
    return machine(scripted(GATE, *BAND)).run(6_000)


@pytest.mark.parametrize("blocks", [1, 700, 2_000, 3_001])
def test_a_replica_that_joins_plays_the_same(blocks, band):
    offline = machine(scripted(GATE, *BAND))
    slots = Slots(offline)
    before = offline.run(blocks)
    slots.joined()
    assert np.concatenate([before, offline.run(6_000 - blocks)]).tobytes() == band.tobytes()
    assert np.abs(band).max() > 0.5


def once(beat: float) -> bytes:
    return pack(Score((Event(beat, "gate", "a", 1.0, length=0.002),), 4.0))


def test_thousands_of_scores_find_their_places():
    """A hundred a second, each with one note in the middle of the time that it has: not one is missing or comes from another."""
    count, apart, bar = 3_000, 480, 2 * RATE
    entries = [Entry(SCORE, sequencer_key("a"), 0.0, apart * n, extra=n % 200 | NOW << 16) for n in range(count)]
    entries.insert(1, Entry(TRANSPORT, sequencer_key("a"), float(START), 0))
    scores = [once((apart * n + apart // 2) * 4 / bar) for n in range(200)]
    offline = Offline([compile_patch(GATE, RATE, BLOCK).words], entries, RATE, BLOCK, scores)
    assert rendered_onsets(offline, apart * count)[0] == [apart * n + apart // 2 for n in range(count)]


def test_a_script_says_as_much_as_it_likes_of_each_sequencer_at_one_frame():
    """Four times as many settings as there are places, before anything plays."""
    lines = [f"seq/create s{i} a x...x..." for i in range(limits.SEQUENCERS)]
    lines += [f"seq/{what}" for i in range(limits.SEQUENCERS) for what in (f"swing s{i} 0.2", f"notes s{i} c4 e4", f"gate_len s{i} 0.25", f"pattern s{i} x...")]
    script = scripted(GATE, *lines, "seq/start")
    assert sum(entry.kind == SCORE for entry in script.entries) == limits.SEQUENCERS
    assert rendered_onsets(machine(script), RATE)[0] == [0, 24_000]


def test_what_comes_after_a_start_or_a_delete_is_said_apart():
    script = scripted(GATE, "seq/create a a x", "seq/start a now", "seq/notes a c4", "seq/delete a", "seq/create a a x...", "seq/start a now")
    assert sum(entry.kind == SCORE for entry in script.entries) == 2
    script.rest(1.0)
    for line in ("seq/pattern a x.x. now", "seq/swing a 0.5 bar", "seq/gate_len a 0.1 bar"):
        address, *words = line.split()
        script.obey("/" + address, [float(word) if word[0] == "0" else word for word in words])
    assert sum(entry.kind == SCORE for entry in script.entries) == 4
    assert rendered_onsets(machine(script), 2 * RATE)[0] == [0, 24_000, 48_000, 60_000, 72_000, 84_000]


def test_more_scores_in_one_block_than_there_are_places_are_refused_and_not_waited_for():
    entries = [Entry(SCORE, sequencer_key(f"s{n}"), 0.0, 0, extra=0) for n in range(limits.SCORES + 1)]
    with pytest.raises(RuntimeError, match="scores are asked for"):
        Offline([compile_patch(GATE, RATE, BLOCK).words], entries, RATE, BLOCK, [once(0.0)]).run(1)


def test_chords_sound_in_their_voices():
    """What the sequencer asks of an instrument: three voices at once, let go together."""
    patch = Patch([Module("keys", "notes", {"voices": 4.0})], [Cable("keys", "gate", OUT, "", 1.0)])
    script = scripted(patch, "seq/create k keys X.", "seq/notes k c4+e4+g4", "seq/gate_len k 1", "seq/config k step 1/4", "seq/start k now")
    heard = machine(script).run(RATE * 2 // BLOCK)[:, 0]
    assert np.flatnonzero(np.diff(heard, prepend=np.float32(0.0))).tolist() == [0, 23_999, 48_000, 71_999]
    assert heard[0] == pytest.approx(3.0)
