"""Measures of what sounds by itself: pitch, purity, harmonics, what is none, the colour of a noise."""

import numpy as np

from chronus.workshop.harness import RATE, play, run, signals
from chronus.workshop.measures.spectra import ANALYSED, LOBE, SECOND, WINDOW, beside, spectrum, strongest, thd_n, thirds

IDEAL = {"saw": lambda k, width: 2.0 / (np.pi * k),
         "pulse": lambda k, width: 4.0 / (np.pi * k) * abs(np.sin(np.pi * k * width)),
         "triangle": lambda k, width: 8.0 / (np.pi * k) ** 2 * (k % 2)}


def pitch(module, within_cents, freq, **settings):
    """The strongest line is at `freq` Hz."""
    found = strongest(play(module, ANALYSED, freq=freq, **settings).outlets[0][:, 0])
    cents = 1200.0 * np.log2(found / freq)
    assert abs(cents) <= within_cents, f"{found:.4f} Hz instead of {freq}: {cents:.3f} cents off"


def purity(module, thd_db, **settings):
    """Harmonics and noise together stay below `thd_db`."""
    found = thd_n(play(module, ANALYSED, **settings).outlets[0][:, 0])
    assert found <= thd_db, f"THD+N is {found:.1f} dB instead of {thd_db}"


def swung(frequency, share):
    """`frequency` moved up and down by a share of itself, a third as often as it is itself: all that this makes are multiples of the third."""
    return frequency * (1.0 + share * np.cos(2.0 * np.pi * frequency / 3.0 / RATE * np.arange(ANALYSED)))


def between_harmonics(module, freq, swing=0.0, width_swing=0.0, below=20_000.0, **settings) -> tuple[float, float]:
    """What lies between the harmonics, against the fundamental, in dB: the strongest line, and all together. Where the frequency, or the width,
    moves at audio rate by a share of itself, what lies between the multiples of a third of `freq`, where the side bands are.
    """
    if width_swing:
        settings["width"] = (swung(freq, width_swing) / freq * settings.get("width", 0.5)).astype(np.float32)
    power = spectrum(play(module, ANALYSED, freq=swung(freq, swing).astype(np.float32), **settings).outlets[0][:, 0])
    return beside(power, freq, freq / 3.0 if swing or width_swing else freq, below)


def aliasing(module, freq, worst_db, summed_db, swing=0.0, width_swing=0.0, **settings):
    """What lies `between_harmonics` stays below `worst_db`, line by line, and below `summed_db` together."""
    worst, summed = between_harmonics(module, freq, swing, width_swing, **settings)
    assert worst <= worst_db and summed <= summed_db, f"aliases of {worst:.1f} dB, {summed:.1f} dB together, instead of {worst_db} and {summed_db}"


def harmonics(module, freq, wave, within, up_to=16_000.0, **settings):
    """Every harmonic has the level, in dB, that it has in a wave from -1 to 1 drawn with a ruler; those it has not, and DC, are 70 dB down."""
    signal = play(module, ANALYSED, freq=freq, gain=1.0, **settings).outlets[0][:, 0]
    power = spectrum(signal)
    first, offset = IDEAL[wave](1, settings.get("width", 0.5)), abs(signal @ WINDOW) / WINDOW.sum()
    assert offset < 3e-4 * first, f"its mean is {offset:.2g}"
    for k in range(1, int(up_to / freq) + 1):
        middle, ideal = round(k * freq * ANALYSED / RATE), IDEAL[wave](k, settings.get("width", 0.5))
        found = 2.0 * np.sqrt(power[middle - LOBE:middle + LOBE + 1].sum() / (ANALYSED * (WINDOW**2).sum()))
        off = 20.0 * np.log10(found / ideal) if ideal > 3e-4 * first else 0.0
        assert abs(off) <= within, f"harmonic {k} is {off:.2f} dB off"
        assert ideal > 3e-4 * first or found < 3e-4 * first, f"harmonic {k}, which a {wave} has not, is at {20.0 * np.log10(found / first):.1f} dB"


def starts_evenly(module, freq, below, **settings):
    """From rest at gain 1: the means of its first ten turns are nothing but their end, so no thump comes before the tone."""
    frames = round(RATE / freq)
    turns = play(module, 10 * frames, freq=RATE / frames, gain=1.0, **settings).outlets[0][:, 0].reshape(10, frames)
    found = np.abs(turns.mean(axis=1)).max()
    assert found <= below, f"a turn has a mean of {found:.4f}"


def colour(module, outlet, db_per_octave, within, **settings):
    """Between 40 Hz and 16 kHz a noise keeps to its slope, third of an octave by third of an octave: 88 s of it, in 16 lanes."""
    power, states = 0.0, None
    inputs, window = signals(module, ANALYSED, 16, settings), np.hanning(ANALYSED)
    for _ in range(4):
        result = run(module, inputs, states=states)
        heard, states = result.outlets[module.outlets.index(outlet)], result.states
        power = power + sum(np.abs(np.fft.rfft(heard[:, lane] * window)) ** 2 for lane in range(16))
    centres, level = thirds(power)
    level = level - db_per_octave * np.log2(centres)
    off = (level.max() - level.min()) / 2.0
    assert off <= within, f"it leaves its slope by {off:.2f} dB"


def impulses(module, density, within_percent, **settings):
    """So many impulses in a second, in 16 lanes for 20 s, no two lanes alike, of heights that are half the gain in the middle."""
    heard = play(module, 20 * SECOND, 16, density=density, gain=1.0, **settings).outlets[0]
    struck = heard != 0.0
    found, middle = struck.mean() * RATE, heard[struck].mean()
    assert abs(found / density - 1.0) <= within_percent / 100.0, f"{found:.2f} impulses in a second instead of {density}"
    assert abs(middle - 0.5) < 0.05, f"their heights have a mean of {middle:.3f}"
    together = (struck.sum(axis=1) > 1).mean() * RATE
    alone = 120.0 * density**2 / RATE
    assert together < 2.0 * alone + 1.0, f"lanes strike together {together:.1f} times in a second instead of {alone:.1f}"


MEASURES = (pitch, purity, aliasing, harmonics, starts_evenly, colour, impulses)
