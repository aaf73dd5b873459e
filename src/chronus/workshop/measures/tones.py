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
    """What lies between the harmonics stays below `worst_db`, line by line, and below `summed_db` together."""
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


def strewn(module, density, **settings):
    """One impulse in each part of `density` parts of a second, for 20 s in 16 lanes: up as often as down, no two further apart than four parts, and
    no two lanes alike.
    """
    heard = play(module, 20 * SECOND, 16, density=density, gain=1.0, **settings).outlets[0]
    assert set(np.unique(heard)) <= {-2.0, -1.0, 0.0, 1.0, 2.0}, "its impulses have other heights than 1"
    found = np.abs(heard).sum(axis=0) / 20.0
    assert np.abs(found / density - 1.0).max() < 0.01, f"{found.max():.1f} impulses in a second instead of {density}"
    assert abs(heard.sum() / np.abs(heard).sum()) < 5.0 / np.sqrt(320.0 * density), "more of its impulses go one way than the other"
    gaps = max(int(np.diff(np.flatnonzero(lane)).max()) for lane in heard.T)
    assert gaps <= 4.0 * RATE / density + 2.0, f"impulses are {gaps} frames apart"
    alike = np.corrcoef(heard.T) - np.eye(16)
    assert np.abs(alike).max() < 5.0 / np.sqrt(20.0 * density), f"two lanes are alike by {np.abs(alike).max():.3f}"
    spots = np.diff(np.flatnonzero(heard[:, 0])) * density / RATE
    assert spots.std() > 0.35, f"they are too evenly apart: {spots.std():.2f} of a part"


def struck(module, seconds, **settings) -> np.ndarray:
    """What sounds after a gate of 10 ms at gain 1, or, where something comes in, after a click."""
    sent = np.zeros(round(seconds * RATE), np.float32)
    sent[:SECOND // 100 if module.param("gate") else 1] = 1.0
    given = {"gate": sent, "gain": 1.0} if module.param("gate") else {module.bypass: sent}
    return play(module, len(sent), **given, **settings).outlets[0][:, 0].astype(np.float64)


def tuned(module, freq, within_cents, **settings):
    """Struck once, its fundamental is at `freq` Hz: the peak within 100 cents of there, in the second that begins 50 ms later."""
    power = np.abs(np.fft.rfft(struck(module, 1.05, freq=freq, **settings)[-SECOND:] * np.kaiser(SECOND, 14.0), 8 * SECOND)) ** 2
    first = int(8.0 * freq * 2.0 ** (-1.0 / 12.0))
    peak = first + int(power[first:int(8.0 * freq * 2.0 ** (1.0 / 12.0)) + 2].argmax())
    left, middle, right = np.log(power[peak - 1:peak + 2])
    found = (peak + 0.5 * (left - right) / (left - 2.0 * middle + right)) / 8.0
    cents = 1200.0 * np.log2(found / freq)
    assert abs(cents) <= within_cents, f"it is at {found:.4f} Hz instead of {freq}: {cents:.3f} cents off"


def partial_level(sound, hertz, start) -> float:
    """How loud a partial is in the 50 ms from frame `start` on, in dB."""
    part = sound[start:start + SECOND // 20]
    return 20.0 * np.log10(np.abs(part * np.kaiser(len(part), 10.0) @ np.exp(2j * np.pi * hertz / RATE * np.arange(len(part)))) + 1e-12)


def dies_in(module, freq, ms, within, partial=1, **settings):
    """Struck once, a partial falls by 60 dB in `ms`, within a part `within` of that: measured from 50 ms on for a third of it."""
    sound, way = struck(module, 0.2 + ms / 3_000.0, freq=freq, **settings), round(ms * RATE / 3_000.0)
    fallen = partial_level(sound, partial * freq, SECOND // 20) - partial_level(sound, partial * freq, SECOND // 20 + way)
    found = 60.0 * way * 1000.0 / RATE / max(fallen, 1e-3)
    assert abs(found / ms - 1.0) <= within, f"partial {partial} falls by 60 dB in {found:.1f} ms instead of {ms}"


def lacks(module, freq, partial, db, **settings):
    """Struck once, a partial is missing: at least so many dB below the louder of its neighbours, 50 ms later."""
    sound = struck(module, 0.2, freq=freq, **settings)
    below, level, above = (partial_level(sound, n * freq, SECOND // 20) for n in (partial - 1, partial, partial + 1))
    found = level - max(below, above)
    assert found <= db, f"partial {partial} is at {found:.1f} dB instead of {db}"


def sidebands(module, freq, apart, index, within, **settings):
    """A tone bent by a sine `apart` Hz fast has lines at its frequency plus and minus multiples of that, with the levels, in dB, of the Bessel
    functions of `index`, those that would lie below 0 Hz turned over.
    """
    if module.param("index"):
        settings["index"] = index
    power, orders = spectrum(play(module, ANALYSED, freq=freq, **settings).outlets[0][:, 0]), np.arange(-24, 25)
    angle = np.arange(4096) * (2.0 * np.pi / 4096.0)
    ideal = np.abs(np.cos(orders[:, None] * angle - index * np.sin(angle)).mean(1))
    middles = np.round(np.abs(freq + orders * apart) * ANALYSED / RATE).astype(int)
    found = np.sqrt([power[max(0, middle - LOBE):middle + LOBE + 1].sum() for middle in middles])
    found /= np.sqrt(power.sum())
    for order, wanted, level in zip(orders[ideal > 0.01], ideal[ideal > 0.01], found[ideal > 0.01]):
        off = 20.0 * np.log10(max(level, 1e-12) / wanted)
        assert abs(off) <= within, f"the side band of order {order} is {off:.3f} dB off"


def shaken(module, freq, semitones, at, within, **settings):
    """While a cable moves its pitch by `semitones` up and down, `at` Hz fast, it is the sine that double precision gives, in each frame within `within`:
    exponential frequency modulation.
    """
    moved = (semitones * np.sin(2.0 * np.pi * at / RATE * np.arange(SECOND // 10))).astype(np.float32)
    found = play(module, len(moved), freq=freq, semitones=moved, gain=1.0, **settings).outlets[0][:, 0]
    steps = freq / RATE * 2.0 ** (moved.astype(np.float64) / 12.0)
    off = np.abs(found - np.sin(2.0 * np.pi * np.concatenate([[0.0], np.cumsum(steps[:-1])]))).max()
    assert off <= within, f"it is off by {off:.2g}"


def swarm(module, freq, parts, worst_db, least_db=-20.0, **settings):
    """It has a line at each of `parts` times `freq` Hz, at least `least_db` against the strongest, and what is no multiple of any of them stays below
    `worst_db` against that, line by line, up to 20 kHz.
    """
    power = spectrum(play(module, ANALYSED, freq=freq, **settings).outlets[0][:, 0])
    bins, alien = np.arange(len(power)), np.arange(len(power)) < 20_000.0 * ANALYSED / RATE
    for part in parts:
        width = part * freq * ANALYSED / RATE
        level = 10.0 * np.log10(power[np.abs(bins - width) <= 2].max() / power.max())
        assert level > least_db, f"at {part:.5f} times the frequency there are {level:.1f} dB"
        alien &= np.abs(bins - np.round(bins / width) * width) > LOBE
    found = 10.0 * np.log10(power[alien].max() / power.max())
    assert found <= worst_db, f"aliases of {found:.1f} dB instead of {worst_db}"


def loudness(module, rms, within_db, **settings):
    """Sixteen lanes of it, five seconds long, have an effective value of `rms`."""
    found = float(np.sqrt(np.square(play(module, 5 * SECOND, 16, **settings).outlets[0], dtype=np.float64).mean()))
    off = 20.0 * np.log10(max(found, 1e-12) / rms)
    assert abs(off) <= within_db, f"its effective value is {found:.4f}, {off:.2f} dB off"


def wired(module, algorithm, bends, heard, **settings):
    """Four operators, all open, bend one another as `bends` says, pairs of who and whom, and those in `heard` are heard: 40 ms of it are as
    computed in double precision, within a thousandth.
    """
    ratios, level, frames = (1.0, 1.5, 2.0, 3.5), 0.3, SECOND // 25
    for number, ratio in enumerate(ratios, 1):
        settings |= {f"ratio{number}": ratio, f"level{number}": level, f"attack{number}": 0.0, f"sustain{number}": 1.0}
    found = play(module, frames, gate=1.0, freq=220.0, feedback=0.0, gain=1.0, algorithm=algorithm, **settings).outlets[0][:, 0]
    weights, mix = np.zeros((4, 4)), np.zeros(4)
    mix[np.array(heard) - 1] = 1.0
    for who, whom in bends:
        weights[whom - 1, who - 1] = 1.0
    before, wanted = np.zeros(4), []
    for frame in range(frames):
        before = level * np.sin(2.0 * np.pi * (frame * 220.0 / RATE * np.array(ratios) + weights @ before))
        wanted.append(mix @ before)
    off = np.abs(found - wanted).max()
    assert off <= 1e-3, f"algorithm {algorithm:g} is {off:.4f} away from operators {heard} with {bends}"


def keeps_falling(module, freq, db, **settings):
    """Struck once, each tenth of a second, from the third on, is at least so many dB softer than the one before, or below -120 dB."""
    sound = struck(module, 4.0, freq=freq, **settings).reshape(40, SECOND // 10)[2:]
    level = 20.0 * np.log10(np.maximum(np.sqrt((sound**2).mean(axis=1)), 1e-6))
    least = np.diff(level)[level[1:] > -120.0].max(initial=-300.0)
    assert least <= -db, f"its level changes by {least:.2f} dB in a tenth of a second instead of {-db} or less"


MEASURES = (pitch, purity, aliasing, harmonics, starts_evenly, colour, impulses, strewn, tuned, dies_in, lacks, keeps_falling,
            sidebands, shaken, swarm, loudness, wired)
