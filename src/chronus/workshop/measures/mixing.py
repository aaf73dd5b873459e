"""Measures of what stands in a mixing desk: that a mute clicks nowhere, and that a meter shows what there is."""

import numpy as np

from chronus.workshop.harness import RATE, play
from chronus.workshop.measures.spectra import SECOND


def mutes_smoothly(module, ms, bend_db, **settings):
    """With 1 at its inlet each outlet that is heard goes to 0, and back, within `ms` to a frame when `mute` steps; its slope bends by `bend_db` at
    most from one frame to the next. (A switch bends by 0 dB, a straight line of 5 ms by -48.)
    """
    mute, frames = np.zeros(SECOND // 2, np.float32), round(ms * RATE / 1000.0)
    mute[SECOND // 8:SECOND // 4] = 1.0
    outlets = play(module, len(mute), **{module.bypass: 1.0}, mute=mute, send_a=0.0, send_b=0.0, **settings).outlets
    for name, sound in zip(module.outlets, outlets):
        sound = sound[:, 0].astype(np.float64)
        for at, before, after in ((SECOND // 8, 1.0, 0.0), (SECOND // 4, 0.0, 1.0)):
            there, soon = sound[at - 1], sound[at + frames - 4:at + frames + 2]
            assert abs(there - before) < 1e-5 and abs(soon[-1] - after) < 1e-5, f"{name} goes from {there:.5f} to {soon[-1]:.5f} in {ms} ms"
            assert abs(soon[0] - after) > 1e-5, f"{name} is there earlier than in {ms} ms"
        found = 20.0 * np.log10(np.abs(np.diff(sound, 2)).max())
        assert found <= bend_db, f"the slope of {name} bends by {found:.1f} dB instead of {bend_db}"


def meters_sines(module, within_db, **settings):
    """After two seconds of a sine, 60 dB soft or at full level, `peak` is its height and `power` half of its square; on each side its own."""
    for at in (100.0, 997.0, 10_000.0):
        for height in (1.0, 0.001):
            sides = height * np.sin(2.0 * np.pi * at / RATE * np.arange(2 * SECOND))[:, None] * np.array([1.0, 0.5])
            after = play(module, len(sides), **{module.bypass: sides.astype(np.float32)}, **settings).states
            state = after.values.view(np.float32).astype(np.float64)
            names = [value.name for value in module.values]
            for name, found, wanted in (("peak", state[names.index("peak")], sides.max(axis=0)),
                                        ("power", np.sqrt(state[names.index("power")]), sides.max(axis=0) * np.sqrt(0.5))):
                off = float(np.abs(20.0 * np.log10(np.maximum(found, 1e-12) / wanted)).max())
                assert off <= within_db, f"{name} of a sine of {at} Hz, {height} high, is {off:.3f} dB off"


MEASURES = (mutes_smoothly, meters_sines)
