"""Measures of reverbs: how each band falls, how dense the echo is, that nothing in it rings, and that it can stand still."""

from math import erfc, sqrt

import numpy as np

from chronus.workshop.harness import RATE, run
from chronus.workshop.measures.spectra import SECOND

ORDINARY = erfc(1.0 / sqrt(2.0))          # of noise lies further from 0 than its standard deviation
FLATNESS = -10.0 * np.euler_gamma / np.log(10.0)      # of the spectrum of noise, in dB: -2.51


def through(module, sent, states=None, moving=None, **settings):
    """(sound, states): what comes out left and right, float64 of shape (frames, 2), of `sent`, one sound or (frames, 2), at knobs that stand
    still, but for those that are `moving`, each of shape (frames,).
    """
    pair = np.broadcast_to(sent[:, None], (len(sent), 2)) if sent.ndim == 1 else sent
    given = {module.bypass: np.tile(pair, module.lanes // 2)} | {name: np.tile(way[:, None], module.lanes) for name, way in (moving or {}).items()}
    inputs = [np.array(given.get(port.name, np.full(module.lanes, settings.get(port.name, port.default))), np.float32) for port in module.inputs]
    result = run(module, inputs, states=states)
    assert (result.outlets[0][:, ::2].T == result.outlets[0][:, 0]).all() and (result.outlets[0][:, 1::2].T == result.outlets[0][:, 1]).all(), \
        "the even lanes are not all the left side, or the odd ones not all the right"
    return result.outlets[0][:, :2].astype(np.float64), result.states


def answer(module, seconds, sides=(1.0, 1.0), states=None, **settings) -> np.ndarray:
    """What comes of one frame that is 1 on the left and on the right, or on one of them, without the sound itself."""
    sent = np.zeros((round(seconds * RATE), 2), np.float32)
    sent[0] = sides
    return through(module, sent, states, **{"mix": 1.0, "predelay": 0.0, **settings})[0]


def octaves(sound: np.ndarray, *middles: float):
    """Yields what of a sound lies in the octave around each of `middles` Hz; its edges are raised cosines, a sixth of an octave wide."""
    size = 2 << (len(sound) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size, axis=0)
    for at in middles:
        away = np.abs(np.log2(np.maximum(np.fft.rfftfreq(size, 1.0 / RATE), 1.0) / at))
        edge = np.clip((away - 0.5) * 6.0 + 0.5, 0.0, 1.0)
        yield np.fft.irfft(spectrum * (0.5 + 0.5 * np.cos(np.pi * edge))[:, None], size, axis=0)[:len(sound)]


def decay_ms(sound: np.ndarray) -> float:
    """How long it takes to fall by 60 dB: a line through Schroeder's integral of what is still to come, from -5 to -35 dB."""
    left = np.cumsum(np.square(sound).sum(1)[::-1])[::-1]
    level = 10.0 * np.log10(np.maximum(left / left[0], 1e-12))
    first, last = int(np.argmax(level < -5.0)), int(np.argmax(level < -35.0))
    return -60.0 / np.polyfit(np.arange(first, last), level[first:last], 1)[0] * 1000.0 / RATE


def falls_by_band(module, low, mid, high, within, **settings):
    """The octaves around 125 Hz, 1 kHz and 8 kHz fall by 60 dB in so many ms, each right to a part `within`. Six impulses in turn on the left and
    on the right, at different moments of its modulation: what is left of chance is 2 % in the lows of half a second.
    """
    heard, states = [], None
    for one in ((1.0, 0.0), (0.0, 1.0)) * 3:
        heard.append(answer(module, 0.8e-3 * max(low, mid, high) + 0.3, one, states, **settings))
        _, states = through(module, np.zeros(SECOND // 3, np.float32), states, **settings)
    bands = {125.0: low, 1_000.0: mid, 8_000.0: high}
    for (at, wanted), sound in zip(bands.items(), octaves(np.concatenate(heard, 1), *bands)):
        found = decay_ms(sound)
        assert abs(found / wanted - 1.0) <= within, f"around {at:g} Hz it falls by 60 dB in {found:.0f} ms instead of {wanted:g}"


def density(sound: np.ndarray) -> np.ndarray:
    """The echo density of each millisecond from 10 on, 1 for noise: the part of 20 ms around it that lies further from 0 than the standard
    deviation there, against that of noise (Abel and Huang, "A simple, robust measure of reverberation echo density", 2006).
    """
    width, hop = RATE // 50, RATE // 1000
    window = np.hanning(width)
    near = np.lib.stride_tricks.sliding_window_view(sound, width)[::hop]
    weight = window / window.sum()
    return (np.abs(near) > np.sqrt(np.square(near) @ weight)[:, None]) @ weight / ORDINARY


def echoes_fill(module, ms, **settings):
    """The echo is as dense as noise `ms` after an impulse, and stays so: its density, the mean of both sides and of an impulse on both, on
    the left and on the right, is 0.95 of that of noise over 20 ms, and in none of the 200 ms after `ms` below 0.85.
    """
    heard = [sound for one in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0)) for sound in answer(module, 0.4, one, **settings).T if sound.any()]
    dense = np.mean([density(sound) for sound in heard], 0)
    full = np.convolve(dense, np.full(20, 0.05), "valid") >= 0.95
    found = 10 + int(np.argmax(full)) if full.any() else 400
    assert found <= ms, f"the echo is full after {found} ms instead of {ms}"
    least = dense[round(ms) - 10:round(ms) + 190].min()
    assert least >= 0.85, f"once full, the echo thins out to {least:.2f}"


def no_modes(module, within, after=1.0, **settings):
    """From `after` seconds on, the spectrum of the tail is as flat as that of noise in each octave from 125 Hz to 8 kHz, within `within` dB."""
    frames = 1 << 17
    tail = answer(module, after + frames / RATE, **settings)[-frames:]
    power = np.abs(np.fft.rfft(tail * np.hanning(frames)[:, None], axis=0)) ** 2
    for at in 125.0 * 2.0 ** np.arange(7):
        edges = np.round(at * 2.0 ** (np.arange(-3, 4) / 6.0) * frames / RATE).astype(int)
        parts = [power[low:high, side] for low, high in zip(edges, edges[1:]) for side in range(2)]
        found = float(np.mean([10.0 * (np.log10(part).mean() - np.log10(part.mean())) for part in parts]))
        assert found >= FLATNESS - within, f"around {at:g} Hz the tail is {FLATNESS - found:.2f} dB less flat than noise"


def apart(module, below, **settings):
    """Of noise that is the same left and right, what comes out left and right has a correlation below `below`."""
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, 3 * SECOND).astype(np.float32)
    left, right = through(module, noise, mix=1.0, **settings)[0][SECOND:].T
    found = abs(float(left @ right) / np.sqrt(float(left @ left) * float(right @ right)))
    assert found <= below, f"left and right have a correlation of {found:.3f}"


def freezes(module, within, seconds=10, **settings):
    """Frozen after two seconds of noise, the tail is as loud `seconds` later as at first, within `within` dB, whatever is played meanwhile."""
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, 2 * SECOND).astype(np.float32)
    silence = np.zeros(SECOND, np.float32)
    _, states = through(module, noise, mix=1.0, **settings)
    quiet, loud = (through(module, sent, states, mix=1.0, freeze=1.0, **settings)[0] for sent in (silence, noise[:SECOND]))
    assert (quiet == loud).all(), "what is played while it is frozen is heard"
    levels = []
    for _ in range(seconds + 1):
        sound, states = through(module, silence, states, mix=1.0, freeze=1.0, **settings)
        levels.append(10.0 * np.log10(np.square(sound).mean()))
    found = max(levels, key=lambda level: abs(level - levels[0])) - levels[0]
    assert levels[0] > -60.0 and abs(found) <= within, f"frozen at {levels[0]:.1f} dB, it moves by {found:.2f} dB in {seconds} s"


def never_above(module, peak, swept=(), **settings):
    """Fed with noise from -1 to 1 for six seconds, it never goes beyond `peak`. Those of `swept` go from end to end at random: at every frame
    for two seconds, then every 50 ms for two, then they stand at their defaults.
    """
    rng, frames = np.random.default_rng(1), 6 * SECOND
    noise = rng.uniform(-1.0, 1.0, frames).astype(np.float32)
    moving = {}
    for param in (module.param(name) for name in swept):
        flips = np.concatenate([rng.random(2 * SECOND), np.repeat(rng.integers(0, 2, 40), SECOND // 20)])
        moving[param.name] = np.concatenate([param.low + (param.high - param.low) * flips, np.full(frames - len(flips), param.default)])
    found = float(np.abs(through(module, noise, moving=moving, mix=1.0, **settings)[0]).max())
    assert found <= peak, f"it reaches {found:.2f} instead of {peak}"


MEASURES = (falls_by_band, echoes_fill, no_modes, apart, freezes, never_above)
