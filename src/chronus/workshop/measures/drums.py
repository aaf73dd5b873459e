"""Measures of what is struck: where it rings, how it falls, that it comes to rest."""

import numpy as np

from chronus.workshop.harness import RATE, play
from chronus.workshop.measures.spectra import SECOND


def hit(module, seconds, gate=1.0, **settings) -> np.ndarray:
    """A drum struck at frame 0 by a gate of 10 ms, with `gain` 1."""
    gates = np.zeros(round(seconds * RATE), np.float32)
    gates[:SECOND // 100] = gate
    return play(module, len(gates), gate=gates, gain=1.0, **settings).outlets[0][:, 0].astype(np.float64)


def rings(module, at, within_cents, after_ms, **settings):
    """From `after_ms` after it was struck on, the strongest line of the drum is at `at` Hz."""
    sound = hit(module, after_ms / 1000.0 + 1.0, **settings)[-SECOND:]
    power = np.abs(np.fft.rfft(sound * np.kaiser(SECOND, 14.0), 8 * SECOND)) ** 2
    peak = int(power.argmax())
    left, middle, right = np.log(power[peak - 1:peak + 2])
    found = (peak + 0.5 * (left - right) / (left - 2.0 * middle + right)) / 8.0
    cents = 1200.0 * np.log2(found / at)
    assert abs(cents) <= within_cents, f"it rings at {found:.2f} Hz instead of {at}: {cents:.1f} cents off"


def fades(module, ms, within, **settings):
    """A fit to its level from 10 to 50 dB below what it has a twentieth of the way in falls by 60 dB in `ms`, within a part `within` of that."""
    frames, step = round(ms * RATE / 1000.0), max(64, round(ms * RATE / 40_000.0))
    sound = hit(module, 2.0 * ms / 1000.0, **settings)
    power = (sound[:len(sound) // step * step].reshape(-1, step) ** 2).mean(1)[max(1, frames // 20 // step):]
    level = 10.0 * np.log10(np.maximum(power / power[0], 1e-12))
    until = int(np.argmax(level < -50.0))
    part = np.arange(until)[level[:until] < -10.0]
    found = -60.0 / np.polyfit(part * step, level[part], 1)[0] * 1000.0 / RATE
    assert abs(found / ms - 1.0) <= within, f"it falls by 60 dB in {found:.1f} ms instead of {ms}"


def rests(module, within_ms, **settings):
    """`within_ms` after it was struck it is exactly silent, and all its state but integers is 0."""
    frames = round(within_ms * RATE / 1000.0)
    gates = np.zeros(frames + SECOND // 20, np.float32)
    gates[:SECOND // 100] = 1.0
    result = play(module, len(gates), gate=gates, **settings)
    last = int(np.nonzero(result.outlets[0][:, 0])[0].max())
    assert last < frames, f"it still sounds {last * 1000.0 / RATE:.1f} ms after it was struck, or later"
    left = [s.name for s, row in zip(module.values, result.states.values) if s.kind == "float" and row.any()]
    assert not left, f"at rest it still holds something in {', '.join(left)}"


def velocity(module, db, within, **settings):
    """A gate twice as high makes a hit `db` louder."""
    soft, hard = (np.square(hit(module, 0.3, gate=gate, **settings)).sum() for gate in (0.5, 1.0))
    found = 10.0 * np.log10(hard / soft)
    assert abs(found - db) <= within, f"twice the velocity is {found:.2f} dB louder instead of {db}"


def smooth(module, below, **settings):
    """Struck again and again, at any moment of the hit before, it never makes a step of `below` or more."""
    gates = np.zeros(2 * SECOND, np.float32)
    for start in np.cumsum(np.random.default_rng(1).integers(200, 8_000, 20)):
        gates[start:start + 100] = 1.0
    sound = play(module, len(gates), gate=gates, gain=1.0, **settings).outlets[0][:, 0]
    found = float(np.abs(np.diff(sound)).max())
    assert 0.0 < found < below, f"a step of {found:.4f}"


def band(module, low, high, share, **settings):
    """Of the energy of a hit, `share` or more lies from `low` to `high` Hz."""
    power = np.abs(np.fft.rfft(hit(module, 1.0, **settings))) ** 2
    found = power[round(low):round(high) + 1].sum() / power.sum()
    assert found >= share, f"{found:.3f} of its energy is between {low} and {high} Hz instead of {share}"


def bursts(module, count, apart_ms, within_ms, **settings):
    """A hit begins with `count` bursts, `apart_ms` apart, each at least 8 dB above what is 2 ms before it (the mean of 16 lanes)."""
    frames, step = round((count + 2) * apart_ms * RATE / 1000.0), RATE // 2000
    gates = np.where(np.arange(frames) < step, 1.0, 0.0)
    sound = play(module, frames, lanes=16, gate=gates, **settings).outlets[0].astype(np.float64)
    level = 10.0 * np.log10((sound[:frames // step * step].reshape(-1, step * 16) ** 2).mean(1) + 1e-9)
    rises = np.flatnonzero(level - np.concatenate([np.full(4, -90.0), level[:-4]]) > 8.0)
    starts = rises[np.diff(rises, prepend=-100) > 4] * 0.5
    assert len(starts) == count, f"{len(starts)} bursts instead of {count}"
    assert (np.abs(np.diff(starts) - apart_ms) <= within_ms).all(), f"bursts {np.diff(starts)} ms apart instead of {apart_ms}"


def chokes(module, within_ms, **settings):
    """A gate at `choke` in the middle of a long hit ends it: exact silence `within_ms` later."""
    gates, chokes = np.zeros((2, SECOND), np.float32)
    gates[:100], chokes[SECOND // 4:SECOND // 4 + 100] = 1.0, 1.0
    sound = play(module, SECOND, gate=gates, choke=chokes, **settings).outlets[0][:, 0]
    assert np.abs(sound[SECOND // 5:SECOND // 4]).max() > 1e-3, "it was over before it was choked"
    last = int(np.nonzero(sound)[0].max()) - SECOND // 4
    assert last * 1000.0 / RATE <= within_ms, f"it still sounds {last * 1000.0 / RATE:.1f} ms after it was choked"


MEASURES = (rings, fades, rests, velocity, smooth, band, bursts, chokes)
