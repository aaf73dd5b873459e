"""Whatever has a pitch can be played by notes: with its own knob at 0 it sounds at theirs."""

import numpy as np
import pytest

from chronus.patch.compiler import compile_patch
from chronus.patch.edits import set_value
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError
from chronus.replica.offline import render
from chronus.shared.log import NOTE, Entry
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT

RATE, BLOCK = 48_000, 64
PLAYED = (("pluck", "freq", {}), ("kick", "tune", {"sweep": 0.0, "decay": 2_000.0}), ("tom", "tune", {"bend": 0.0, "decay": 2_000.0}),
          ("saw", "freq", {}), ("fm4", "freq", {"sustain1": 1.0, "level2": 0.0, "level4": 0.0}))


@pytest.mark.parametrize("note", (33, 45, 57))
@pytest.mark.parametrize("type_, knob, settings", PLAYED, ids=[row[0] for row in PLAYED])
def test_a_note_is_the_pitch_that_is_heard(type_, knob, settings, note):
    found = Module("tone", type_, {**settings, knob: 0.0})
    cables = [Cable("keys", "freq", "tone", knob), Cable("tone", found.declaration.outlets[0], OUT, "", 0.5)]
    if type_ != "saw":
        cables.append(Cable("keys", "gate", "tone", "gate"))
    program = compile_patch(Patch([Module("keys", "notes"), found], cables), RATE, BLOCK)
    struck = Entry(NOTE, key_of("keys"), float(note), 0, extra=(1 << SERIAL_SHIFT) + FULL_VELOCITY)
    sound = np.concatenate(list(render([program.words], [struck], RATE, BLOCK, 0, 2 * RATE)))[4_800:, 0]
    wanted = 440.0 * 2.0**((note - 69) / 12)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * len(sound)))
    first, last = (round(wanted * ratio * 8 * len(sound) / RATE) for ratio in (0.9, 1.1))
    heard = (first + np.argmax(spectrum[first:last])) * RATE / (8 * len(sound))
    assert abs(1_200 * np.log2(heard / wanted)) < 4.0 and spectrum[first:last].max() > 0.1 * spectrum.max()


def test_a_frequency_is_in_its_range_or_0():
    patch = Patch([Module("string", "pluck"), Module("echo", "delay")], [])
    assert set_value(patch, "string", "freq", 0.0)[1][2] == 0.0
    for id_, name, value, said in (("string", "freq", 5.0, "takes 20 to 5000 Hz, or 0 where its cables alone say it, not 5"), ("echo", "time", 0.0, "takes 1 to 2000 ms, not 0")):
        with pytest.raises(PatchError, match=said):
            set_value(patch, id_, name, value)
