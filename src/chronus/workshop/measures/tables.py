"""Measures of what reads tables: whether it plays what is in them, as fast as it should, and without clicks."""

import numpy as np

from chronus.dsp.declare import TABLE_KINDS
from chronus.dsp.tables import packed
from chronus.tables.responses import response_table
from chronus.tables.store import Loaded, loaded
from chronus.workshop.harness import RATE, play, reference_tables, run, signals
from chronus.workshop.measures.spectra import ANALYSED, spectrum, strongest, thd_n

MIDDLE_C = 261.625565


def table_of(samples: np.ndarray, rate: int = RATE) -> list[Loaded]:
    """The tables of a module that has one, with these samples in it, of shape (frames, channels)."""
    return [loaded(packed(samples.astype(np.float32), rate, TABLE_KINDS.index("sample")))]


def plays_exactly(module, frames, **settings):
    """At its own pace, struck at gain 1, the samples of the table come out, bit by bit."""
    (table,) = reference_tables(module)
    heard = play(module, frames, gate=1.0, gain=1.0, **settings).outlets[0]
    wrong = np.flatnonzero((heard != table.samples[:frames]).any(axis=1))
    assert not len(wrong), f"frame {wrong[0]} is {heard[wrong[0]]} instead of {table.samples[wrong[0]]}"


def keeps_pure(module, hz, speed, thd_db, **settings):
    """A recorded sine of `hz`, played `speed` times as fast, has harmonics and noise below `thd_db`."""
    sine = 0.5 * np.sin(2.0 * np.pi * hz / RATE * np.arange(int(ANALYSED * speed) + 4_000))
    heard = play(module, ANALYSED + 1_000, tables=table_of(sine[:, None]), gate=1.0, gain=1.0, freq=MIDDLE_C * speed, **settings).outlets[0][1_000:, 0]
    found = thd_n(heard)
    assert found <= thd_db, f"THD+N is {found:.1f} dB instead of {thd_db}"


def loops_purely(module, frames, speed, within_cents, thd_db, **settings):
    """A single cycle of a sine, so many frames long, that repeats `speed` times as fast, is in tune, with harmonics and noise below `thd_db`."""
    cycle = 0.5 * np.sin(2.0 * np.pi * np.arange(frames) / frames)
    heard = play(module, ANALYSED + 1_000, tables=table_of(cycle[:, None]), gate=1.0, gain=1.0, mode=2.0, freq=MIDDLE_C * speed, **settings).outlets[0][1_000:, 0]
    found, wanted = strongest(heard), RATE * speed / frames
    cents = 1200.0 * np.log2(found / wanted)
    assert abs(cents) <= within_cents, f"{found:.3f} Hz instead of {wanted:.3f}: {cents:.2f} cents off"
    assert (noise := thd_n(heard)) <= thd_db, f"THD+N is {noise:.1f} dB instead of {thd_db}"


def cuts_softly(module, below, **settings):
    """A recorded sine of 100 Hz that is struck again, repeated or let go, in every mode and at any place in it, makes no larger step than `below`."""
    sine = np.sin(2.0 * np.pi * 100.0 / RATE * np.arange(5_000))
    for mode in (0.0, 1.0, 2.0):
        gate = np.zeros(24_000, np.float32)
        for place in range(0, 20_000, 1_613):
            gate[place:place + 1_200] = 1.0
        heard = play(module, len(gate), tables=table_of(sine[:, None]), gate=gate, gain=1.0, mode=mode, end=0.31, **settings).outlets[0]
        step = np.abs(np.diff(heard, axis=0)).max()
        assert np.abs(heard).max() > 0.9, "it is silent"
        assert step <= below, f"in mode {mode:g} a step of {step:.4f}"


def slices_evenly(module, slices, **settings):
    """Each slice, struck, is that part of the table, to the bit; after it there is silence."""
    frames = 256
    samples = np.arange(1, slices * frames + 1)[:, None] / 8_192.0
    for number in range(slices):
        heard = play(module, 4 * frames, tables=table_of(samples), gate=1.0, gain=1.0, slices=slices, slice=number, **settings).outlets[0][:, 0]
        wanted = samples[number * frames:(number + 1) * frames, 0].astype(np.float32)
        steps = np.diff(heard[:frames])
        assert np.abs(heard[frames - 1] - wanted[-1]) < 0.02 and np.abs(heard[3 * frames:]).max() < 0.05, f"slice {number} ends with {heard[frames - 1]:.3f}"
        assert np.abs(steps[-10:] - np.diff(wanted)[-10:]).max() < 0.01, f"slice {number} does not go on as the table does"


def turns_back(module, **settings):
    """Where the end comes first, the table is played backwards."""
    samples = np.sin(0.0007 * np.arange(6_000) ** 1.3)[:, None]
    heard = play(module, 6_000, tables=table_of(samples), gate=1.0, gain=1.0, start=1.0, end=0.0, **settings).outlets[0][:, 0]
    found = np.abs(heard[1_000:] - samples[::-1, 0][1_000:]).max()
    assert found < 1e-3, f"it is off by {found:.3f}"


def scattered(module, density, size, seconds, **settings) -> np.ndarray:
    """Where grains that do not overlap begin in the table, as parts of it: a row each, its two sides."""
    frames = 200_000
    even = play(module, round(seconds * RATE), tables=table_of(np.ones((frames, 1))), gain=1.0, density=density, size=size, **settings).outlets[0]
    ramp = play(module, round(seconds * RATE), tables=table_of(np.arange(frames)[:, None] / frames), gain=1.0, density=density, size=size, **settings).outlets[0]
    middles = np.flatnonzero((even[1:-1, 0] > even[:-2, 0]) & (even[1:-1, 0] >= even[2:, 0]) & (even[1:-1, 0] > 0.9)) + 1
    return ramp[middles] / even[middles] - 0.0005 * size * RATE / frames


def scatters(module, position, spray, density, size, **settings):
    """So many grains in a second, each beginning where it may, and everywhere there: the fifths of that are met alike."""
    found = scattered(module, density, size, 40.0, position=position, spray=spray, spread=1.0, **settings)
    assert abs(len(found) / 40.0 / density - 1.0) < 0.01, f"{len(found) / 40.0:.2f} grains in a second instead of {density}"
    off = (found - position) / max(spray, 1e-9)
    assert np.abs(found - position).max() <= 0.5 * spray + 1e-3, f"a grain began {np.abs(found - position).max():.3f} beside {position}"
    fifths = np.histogram(off, 5, (-0.5, 0.5))[0] / off.size
    assert spray == 0.0 or np.abs(fifths - 0.2).max() < 0.05, f"the fifths of where it may begin are met by {np.round(fifths, 3)}"


def repitches(module, speed, within_cents, **settings):
    """A recorded sine of 1 kHz is heard `speed` times as high."""
    sine = 0.5 * np.sin(2.0 * np.pi * 1_000.0 / RATE * np.arange(12 * RATE))
    heard = play(module, ANALYSED, tables=table_of(sine[:, None]), position=0.1, spray=0.0, gain=1.0, freq=MIDDLE_C * speed, **settings).outlets[0][:, 0]
    power = spectrum(heard)
    line = np.arange(len(power)) * RATE / ANALYSED
    found = float((line * power).sum() / power.sum())
    cents = 1200.0 * np.log2(found / (1_000.0 * speed))
    assert abs(cents) <= within_cents, f"{found:.2f} Hz instead of {1_000.0 * speed}: {cents:.2f} cents off"


def parts_sides(module, apart, **settings):
    """Both sides throw the same dice where `spread` is 0, and where it is `apart` their own."""
    for spread, low, high in ((0.0, 1.0 - 1e-6, 1.0 + 1e-6), (apart, -0.2, 0.2)):
        found = scattered(module, 10.0, 30.0, 20.0, position=0.5, spray=0.5, spread=spread, **settings)
        alike = np.corrcoef(found.T)[0, 1]
        assert low <= alike <= high, f"with spread {spread:g} the sides are alike by {alike:.2f}"


def convolves(module, error_db, size=3_001, **settings):
    """Noise through a response of noise that fades: what numpy.convolve makes of them in float64, but for `error_db`; the frames before the ring
    is full, and where it ends, included.
    """
    random = np.random.default_rng(1)
    response = random.standard_normal((size, 2)) * np.exp(-np.arange(size) / 500.0)[:, None]
    sent = random.uniform(-1.0, 1.0, (4 * RATE // 5, 2)).astype(np.float32)
    table = [loaded(packed(response_table(response.astype(np.float32)), RATE, TABLE_KINDS.index("response")))]
    inputs = signals(module, len(sent), 2, {module.bypass: sent, "mix": 1.0, "gain": 1.0, **settings})
    heard = run(module, inputs, tables=table).outlets[0]
    for side in range(2):
        wanted = np.convolve(sent[:, side].astype(np.float64), response[:, side].astype(np.float32))[:len(sent)]
        error = 20.0 * np.log10(np.abs(heard[:, side] - wanted).max() / np.abs(wanted).max())
        assert error <= error_db, f"side {side} is off by {error:.1f} dB instead of {error_db}"


MEASURES = (convolves, plays_exactly, keeps_pure, loops_purely, cuts_softly, slices_evenly, turns_back, scatters, repitches, parts_sides)
