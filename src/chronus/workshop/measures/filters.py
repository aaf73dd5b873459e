"""Measures of what a sound goes through: gain at a frequency, slopes, self-oscillation, and that no motion of a knob makes it burst."""

import numpy as np

from chronus.workshop.harness import RATE, play
from chronus.workshop.measures.spectra import ANALYSED, SECOND, strongest


def gain_at(module, at, db, within, outlet="out", inlet=None, lane=None, height=1.0, **settings):
    """Half a second later a sine of `at` Hz, `height` high, comes out `db` louder, in one lane or in all."""
    frames = np.arange(SECOND)
    tone, window = height * np.exp(2j * np.pi * at / RATE * frames), np.kaiser(SECOND // 2, 20.0)
    inlet = inlet or module.bypass or module.inlets[0].name
    signal = play(module, SECOND, lanes=2, **{inlet: tone.real.astype(np.float32)}, **settings).outlets[module.outlets.index(outlet)]
    heard = tone[SECOND // 2:].conj() * window
    level = np.abs(heard @ signal[SECOND // 2:]) / np.abs(heard @ tone.real[SECOND // 2:])
    found = 20.0 * np.log10(np.maximum(level if lane is None else level[[lane]], 1e-12))
    assert (np.abs(found - db) <= within).all(), f"{outlet} is {found} dB at {at} Hz instead of {db}"


def slope(module, at, db_per_octave, within, outlet="out", **settings):
    """From `at` to twice `at` Hz the level changes by `db_per_octave`."""
    found = level_at(module, 2.0 * at, outlet, **settings) - level_at(module, at, outlet, **settings)
    assert abs(found - db_per_octave) <= within, f"{outlet} changes by {found:.2f} dB from {at} to {2.0 * at} Hz instead of {db_per_octave}"


def gain_below(module, at, db, outlet="out", **settings):
    """A sine of `at` Hz, or at 0 Hz an offset, is taken away: at most `db` of it is left."""
    found = level_at(module, at, outlet, **settings)
    assert found <= db, f"{outlet} still has {found:.1f} dB at {at} Hz instead of {db}"


def level_at(module, at, outlet, **settings) -> float:
    """By how many dB a sine of `at` Hz comes out louder, one to two seconds after it began."""
    tone, window = np.exp(2j * np.pi * at / RATE * np.arange(2 * SECOND)), np.kaiser(SECOND, 20.0)
    given = {module.bypass: tone.real.astype(np.float32)}
    signal = play(module, 2 * SECOND, **given, **settings).outlets[module.outlets.index(outlet)][:, 0].astype(np.float64)
    heard = tone[SECOND:].conj() * window
    return 20.0 * np.log10(max(np.abs(heard @ signal[SECOND:]) / np.abs(heard @ tone.real[SECOND:]), 1e-12))


def sung(module, **settings) -> np.ndarray:
    """What it sings by itself, four seconds after it was struck by a tenth of a second of noise."""
    struck = np.zeros(4 * SECOND + ANALYSED, np.float32)
    struck[:SECOND // 10] = np.random.default_rng(1).uniform(-1.0, 1.0, SECOND // 10)
    return play(module, len(struck), **{module.bypass: struck}, **settings).outlets[0][-ANALYSED:, 0]


def self_oscillation(module, cutoff, within_cents, peak_db, within, **settings):
    """Once struck, it sings by itself for ever: at `cutoff` Hz, and as loud as `peak_db`."""
    heard = sung(module, cutoff=cutoff, **settings)
    peak = 20.0 * np.log10(max(float(np.abs(heard).max()), 1e-12))
    assert abs(peak - peak_db) <= within, f"it sings at {peak:.1f} dB instead of {peak_db}"
    found = strongest(heard)
    cents = 1200.0 * np.log2(found / cutoff)
    assert abs(cents) <= within_cents, f"it sings at {found:.3f} Hz instead of {cutoff}: {cents:.2f} cents off"


def bounded_while_swept(module, peak, swept="cutoff", **settings):
    """Fed with noise for four seconds while noise and what resonates worst move its cutoff at audio rate, no outlet goes beyond `peak`.

    The motions, each in a lane: anywhere at every frame; from end to end at random; at twice the frequency that rings; around 1 kHz.
    """
    rng, frames, param = np.random.default_rng(1), 4 * SECOND, module.param(swept)
    low, high = param.low, param.high
    motions = np.stack([low * (high / low) ** rng.random(frames), rng.choice([low, high], frames),
                        1000.0 * (1.0 + 0.9 * np.sin(2.0 * np.pi * 2000.0 / RATE * np.arange(frames))),
                        rng.uniform(500.0, 1500.0, frames)], 1)
    noise = rng.uniform(-1.0, 1.0, (frames, 4)).astype(np.float32)
    outlets = play(module, frames, lanes=4, **{module.bypass: noise, swept: motions}, **settings).outlets
    found = max(float(np.abs(signal).max()) for signal in outlets)
    assert found <= peak, f"while {swept} moves it reaches {found:.1f} instead of {peak}"


def response(module, **settings) -> np.ndarray:
    """How much louder each frequency comes out, from 0 Hz in steps of 0.5 Hz: the spectrum of what an impulse becomes in two seconds."""
    impulse = np.zeros(2 * SECOND, np.float32)
    impulse[0] = 1.0
    return np.abs(np.fft.rfft(play(module, len(impulse), **{module.bypass: impulse}, **settings).outlets[0][:, 0].astype(np.float64)))


def formants(module, hz, within_percent, **settings):
    """Its response has peaks at these frequencies, and not more than eight in all."""
    level = response(module, **settings)
    peaks = (np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])) + 1) * 0.5
    assert 0 < len(peaks) <= 8, f"its response has {len(peaks)} peaks"
    for wanted in hz:
        nearest = peaks[np.abs(peaks - wanted).argmin()]
        assert abs(nearest / wanted - 1.0) <= within_percent / 100.0, f"the peak nearest to {wanted} Hz is at {nearest} Hz"


def flat(module, within, **settings):
    """From 20 Hz to 20 kHz everything comes out as loud as it went in, within so many dB."""
    level = 20.0 * np.log10(np.maximum(response(module, **settings)[40:40_001], 1e-12))
    worst = int(np.abs(level).argmax())
    assert abs(level[worst]) <= within, f"at {20.0 + 0.5 * worst} Hz it is {level[worst]:.4f} dB"


MEASURES = (gain_at, slope, gain_below, self_oscillation, bounded_while_swept, formants, flat)
