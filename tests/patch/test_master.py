"""The master: whatever is plugged into the output, nothing above -1 dBTP is heard, and nothing that stands still."""

import numpy as np
import pytest

from chronus.modules.mixing.master import AHEAD, CEILING
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import Offline
from chronus.shared.log import COMMIT, SET, Entry
from chronus.shared.program import key_of

RATE, BLOCK = 48_000, 64


def tone(gain: float, *more) -> Patch:
    return Patch([Module("tone", "sine", {"freq": 997.0, "gain": gain}), *more], [Cable("tone", "out", OUT, ""), *[Cable(m.id, "out", OUT, "") for m in more]])


def heard(patches, entries=(), blocks=750) -> np.ndarray:
    return Offline([compile_patch(patch, RATE, BLOCK).words for patch in patches], list(entries), RATE, BLOCK).run(blocks)


def true_peak(samples: np.ndarray) -> float:
    """The largest value between the frames, read at sixteen times the rate, away from the ends."""
    lines = np.fft.rfft(samples[:, 0].astype(np.float64) * np.hanning(len(samples)) ** 0.1)
    return float(np.abs(16.0 * np.fft.irfft(lines, 16 * len(samples))).max())


@pytest.mark.parametrize("gain", (0.95, 2.0, 12.0))
def test_nothing_is_heard_above_the_ceiling(gain):
    played = heard([tone(gain)])
    assert 0.9 * CEILING < true_peak(played[9_600:]) <= CEILING and np.abs(played).max() <= CEILING


def test_what_is_below_it_is_the_sound_and_27_frames_late():
    played, at = heard([tone(0.5)])[:, 0], np.arange(24_000, 48_000)
    expected = 0.5 * np.sin(2.0 * np.pi * 997.0 / RATE * (at - AHEAD))
    assert np.abs(played[at] - expected).max() < 0.01, "the DC blocker alone turns its phase, by a third of a degree"


def test_from_one_patch_to_a_louder_one_the_ceiling_holds():
    assert np.abs(heard([tone(0.8), tone(16.0), tone(0.1)], [Entry(COMMIT, 0, 10.0, 6_400, extra=1), Entry(COMMIT, 0, 10.0, 19_200, extra=2)])).max() <= CEILING


def test_what_stands_still_is_not_heard():
    step = Module("step", "adsr", {"attack": 0.0, "sustain": 1.0})
    played = heard([tone(0.0, step)], [Entry(SET, key_of("step", "gate"), 1.0, 640)])
    assert np.abs(played[:1_000]).max() > 0.5 and np.abs(played[-64:]).max() < 1e-6
