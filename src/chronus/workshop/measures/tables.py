"""Measures of what reads tables: whether it plays what is in them, as fast as it should, and without clicks."""

import numpy as np

from chronus.dsp.declare import TABLE_KINDS
from chronus.dsp.tables import packed
from chronus.tables.store import Loaded, loaded
from chronus.workshop.harness import RATE, play, reference_tables
from chronus.workshop.measures.spectra import ANALYSED, thd_n

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


MEASURES = (plays_exactly, keeps_pure, cuts_softly, slices_evenly, turns_back)
