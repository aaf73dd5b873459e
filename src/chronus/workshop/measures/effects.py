"""Measures of what an effect does to a sound: levels, times, what it moves, and what it adds."""

import numpy as np

from chronus.workshop.harness import RATE, play
from chronus.workshop.measures.spectra import ANALYSED, LOBE, SECOND, beside, spectrum, thd_n


def gain_at_level(module, at, level, db, within, **settings):
    """Half a second later a sine of `at` Hz and `level` dB comes out `db` louder."""
    tone, window = np.exp(2j * np.pi * at / RATE * np.arange(SECOND)), np.kaiser(SECOND // 2, 20.0)
    sent = (tone.real * 10.0 ** (level / 20.0)).astype(np.float32)
    heard = tone[SECOND // 2:].conj() * window
    signal = play(module, SECOND, **{module.bypass: sent}, **settings).outlets[0][:, 0].astype(np.float64)
    found = 20.0 * np.log10(max(np.abs(heard @ signal[SECOND // 2:]) / np.abs(heard @ sent[SECOND // 2:]), 1e-12))
    assert abs(found - db) <= within, f"a sine of {level} dB comes out {found:.4f} dB louder instead of {db}"


def aliases(module, at, below_db, against=1, **settings):
    """Of a sine of full level at `at` Hz, no line below 20 kHz that is no harmonic comes above `below_db`, against the fundamental or another harmonic."""
    sent = np.sin(2.0 * np.pi * at / RATE * np.arange(ANALYSED + SECOND // 10)).astype(np.float32)
    found, _ = beside(spectrum(play(module, len(sent), **{module.bypass: sent}, **settings).outlets[0][-ANALYSED:, 0]), against * at, at)
    assert found <= below_db, f"the strongest alias is at {found:.1f} dB instead of {below_db}"


def steps(module, count, **settings):
    """A sound that goes from -1 to 1 comes out as `count` levels, all the same step apart."""
    found = np.unique(play(module, SECOND, **{module.bypass: np.linspace(-1.0, 1.0, SECOND)}, **settings).outlets[0])
    assert len(found) == count and np.ptp(np.diff(found)) < 1e-6, f"{len(found)} levels instead of {count}, or not evenly apart"


def holds(module, frames, **settings):
    """A sound that moves in every frame comes out as values that each stay for `frames` frames, to one frame in a hundred."""
    sound = play(module, SECOND, **{module.bypass: np.linspace(-1.0, 1.0, SECOND)}, bits=24.0, **settings).outlets[0][:, 0]
    lengths = np.diff(np.flatnonzero(np.diff(sound)))
    assert (np.abs(lengths - frames) <= 1).all() and abs(lengths.mean() - frames) < 0.01, f"values stay for {lengths.mean():.2f} frames"


def sways(module, per_second, low, high, within, **settings):
    """What stands at 1 comes out between `low` and `high`, and rises through the middle `per_second` times a second."""
    sound = play(module, 2 * SECOND, **{module.bypass: 1.0}, **settings).outlets[0][:, 0]
    assert abs(sound.min() - low) <= within and abs(sound.max() - high) <= within, f"it sways between {sound.min():.4f} and {sound.max():.4f}"
    above = sound > 0.5 * (low + high)
    found = (above[1:] & ~above[:-1]).sum() / 2.0
    assert abs(found - per_second) <= 0.5, f"it sways {found} times a second instead of {per_second}"


def opposite(module, within, **settings):
    """What stands at 1 on both sides of a pair comes out as two that always add up to 1, and is moved."""
    left, right = play(module, SECOND, lanes=2, **{module.bypass: 1.0}, **settings).outlets[0].T
    assert np.ptp(left) > 0.5, "it does not move"
    found = float(np.abs(left + right - 1.0).max())
    assert found <= within, f"left and right add up to 1 only within {found:.4f}"


def turns_down(module, ms, within, **settings):
    """When what stood at -60 dB steps up to 0 dB, 63 % of the way down, in dB, is gone in `ms`, within a part `within` of that."""
    sent = np.full(2 * SECOND, 1e-3, np.float32)
    sent[SECOND:] = 1.0
    less = -20.0 * np.log10(play(module, len(sent), **{module.bypass: sent}, **settings).outlets[0][SECOND:, 0])
    found = int(np.argmax(less >= (1.0 - np.exp(-1.0)) * less[-1])) * 1000.0 / RATE
    assert abs(found / ms - 1.0) <= within, f"63 % of the way is gone in {found:.2f} ms instead of {ms}"


def ducks(module, db, within, **settings):
    """A quiet sound is `db` louder while a sine of 0 dB is at `key`, and untouched by it while it listens to itself."""
    beat = np.sin(2.0 * np.pi * 997.0 / RATE * np.arange(SECOND))
    for external, wanted in ((1.0, db), (0.0, 0.0)):
        sound = play(module, SECOND, **{module.bypass: 1e-3}, key=beat, external=external, **settings).outlets[0][SECOND // 2:, 0]
        found = 20.0 * np.log10(float(np.abs(sound).mean()) * 1e3)
        assert abs(found - wanted) <= within, f"with external {external} it is {found:.3f} dB louder instead of {wanted}"


def shuts(module, hold_ms, release_ms, within_ms, **settings):
    """What falls by 60 dB passes on for `hold_ms`, is down by another 60 dB `release_ms` later, and then comes to be 0."""
    sent = np.full(2 * SECOND, 1e-3, np.float32)
    sent[:SECOND] = 1.0
    level = play(module, len(sent), **{module.bypass: sent}, **settings).outlets[0][SECOND:, 0] * 1e3
    held, down = (int(np.argmax(level < below)) * 1000.0 / RATE for below in (0.999, 1e-3))
    assert abs(held - hold_ms) <= within_ms, f"it holds for {held:.1f} ms instead of {hold_ms}"
    assert abs(down - held - release_ms) <= within_ms, f"it is down by 60 dB in {down - held:.1f} ms instead of {release_ms}"
    assert level[-1] == 0.0, "it never shuts altogether"


def opened_by_key(module, **settings):
    """While it listens to `key`, a sound of -60 dB passes in the very frames in which one of -20 dB passes beside it, while a burst of 0 dB is at `key` and for
    a while after it, and not at first; while it listens to itself, the one is shut out and the other passes always.
    """
    key, sent = np.where(np.arange(SECOND) // (SECOND // 8) == 2, 1.0, 0.0), np.float32([1e-3, 0.1]) * np.ones((SECOND, 1), np.float32)
    soft, loud = (play(module, SECOND, lanes=2, **{module.bypass: sent}, key=key, external=1.0, **settings).outlets[0] / sent).T
    assert np.abs(soft - loud).max() < 1e-6, "what is soft does not open as what is loud does"
    assert soft[:SECOND // 4].max() == soft[-1] == 0.0 and soft[3 * SECOND // 8 - 1] > 0.999, "it does not open as its key does"
    soft, loud = (play(module, SECOND, lanes=2, **{module.bypass: sent}, key=key, external=0.0, **settings).outlets[0] / sent).T
    assert soft.max() == 0.0 and loud[SECOND // 4:].min() > 0.999, "it listens to its key where it is to listen to itself"


def moves(module, at, to, image_db, outlet, **settings):
    """A sine of `at` Hz comes out of `outlet` at `to` Hz and as loud, and all else stays below `image_db`."""
    sent = np.sin(2.0 * np.pi * at / RATE * np.arange(ANALYSED + SECOND)).astype(np.float32)
    sound = play(module, len(sent), **{module.bypass: sent}, **settings).outlets[module.outlets.index(outlet)][-ANALYSED:, 0]
    peak = int(spectrum(sound).argmax()) * RATE / ANALYSED
    assert abs(peak - to) <= RATE / ANALYSED, f"it comes out at {peak:.2f} Hz instead of {to}"
    level = 20.0 * np.log10(float(np.sqrt(2.0 * np.square(sound, dtype=np.float64).mean())))
    assert abs(level) <= 0.05, f"it comes out {level:.3f} dB louder"
    found = thd_n(sound)
    assert found <= image_db, f"what is not shifted is at {found:.1f} dB instead of {image_db}"


def holds_true_peak(module, peak, **settings):
    """Noise, chance and bursts up to 20 kHz and 20 dB too loud, and sines whose peaks lie beside the frames: at 16 times the rate none is above."""
    rng, ramp = np.random.default_rng(5), np.arange(SECOND // 6)
    swell = np.minimum(1.0, np.minimum(ramp, ramp[::-1]) / 2_400)
    loud = [rng.uniform(-10.0, 10.0, len(ramp)), rng.choice([-4.0, 4.0], len(ramp)), 10.0 * np.sin(2.0 * np.pi * 997.0 / RATE * ramp) * (ramp % 2_400 < 480)]
    sines = [5.0 * np.sin(2.0 * np.pi * at * ramp + 0.25 * np.pi) for at in (0.25, 0.249, 0.37)]
    sent = np.concatenate([swell * each for each in (*loud, *sines)])
    lines = np.fft.rfft(sent)
    lines[round(20_000.0 / RATE * len(sent)):] = 0.0
    heard = play(module, len(sent), **{module.bypass: np.fft.irfft(lines, len(sent))}, **settings).outlets[0][:, 0].astype(np.float64)
    found = 16.0 * np.abs(np.fft.irfft(np.fft.rfft(heard), 16 * len(heard))).max()
    assert 0.95 * peak < found <= peak, f"its true peak is {found:.4f} instead of just below {peak}"


def keeps_power(module, within_db, **settings):
    """What stands at 1 on both sides is moved between them, and left and right together keep the power that they had."""
    left, right = play(module, 4 * SECOND, lanes=2, **{module.bypass: 1.0}, **settings).outlets[0].astype(np.float64).T
    assert np.ptp(left) > 0.5, "it does not move"
    found = np.abs(10.0 * np.log10((left**2 + right**2) / 2.0)).max()
    assert found <= within_db, f"the power of both sides together moves by {found:.4f} dB"


def echoes(module, ms, db, within_db, sides, at=1000.0, height=0.1, **settings):
    """A burst of 20 ms comes back every `ms`, the first echo as loud as it went in, each other `db` louder than the one before; and to within a
    tenth of a frame in time. `sides` says for each echo where: on both (B), only on the left (L) or the right (R), the other 80 dB down.
    """
    period, length = round(ms * RATE / 1000.0), SECOND // 50
    burst = height * np.hanning(length) * np.sin(2.0 * np.pi * at / RATE * np.arange(length))
    sent = np.zeros(period * len(sides) + length, np.float32)
    sent[:length] = burst
    heard = play(module, len(sent), time=ms, mix=1.0, **{module.bypass: sent}, **settings).outlets[0].astype(np.float64)
    for n, side in enumerate(sides):
        power = heard[(n + 1) * period:][:length] ** 2
        for lane, name in enumerate("LR"):
            level = 10.0 * np.log10(max(power[:, lane].sum(), 1e-30) / (burst**2).sum())
            kept = abs(level - n * db) <= within_db if side in ("B", name) else level <= n * db - 80.0
            assert kept, f"echo {n + 1} has {level:.3f} dB in lane {lane} instead of {n * db:.3f} in {side}"
    first = heard[period:][:length, 0 if sides[0] != "R" else 1] ** 2
    late = (first @ np.arange(length)) / first.sum() - (burst**2 @ np.arange(length)) / (burst**2).sum()
    assert abs(late) < 0.1, f"the first echo is {late:.2f} frames late"


def swings(module, low_ms, high_ms, within_ms, **settings):
    """Clicks sent for twenty seconds come late by `low_ms` at the least, where there are several copies the first of them, and by `high_ms` at the
    most, the last of them.
    """
    gap = round(1.5 * high_ms * RATE / 1000.0) + 7
    count = 20 * SECOND // gap
    sent = np.zeros(count * gap, np.float32)
    sent[::gap] = 1.0
    heard = play(module, len(sent), mix=1.0, **{module.bypass: sent}, **settings).outlets[0][:, 0].reshape(count, gap)[1:].astype(np.float64)
    earliest, latest = [], []
    for click in heard:
        there = np.flatnonzero(np.abs(click) > 0.25 * np.abs(click).max())
        for found, middle in ((earliest, there[0]), (latest, there[-1])):
            part = np.arange(max(0, middle - 3), min(gap, middle + 4))      # the cubic between frames keeps its sum and its first moment
            found.append((click[part] @ part) / click[part].sum() * 1000.0 / RATE)
    for found, wanted in ((min(earliest), low_ms), (max(latest), high_ms)):
        assert abs(found - wanted) <= within_ms, f"it swings to {found:.4f} ms instead of {wanted}"


def alike(module, least, most, **settings):
    """The same noise on both sides comes out on the left and on the right alike by `least` to `most`: 1 is the same, 0 nothing in common."""
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, 10 * SECOND).astype(np.float32)
    left, right = play(module, len(noise), **{module.bypass: noise}, **settings).outlets[0][SECOND:].astype(np.float64).T
    found = (left @ right) / np.sqrt((left @ left) * (right @ right))
    assert least <= found <= most, f"left and right are alike by {found:.4f}"


def retimes(module, before, after, slowest, fastest, **settings):
    """When `time` is turned from `before` to `after` ms and back, a sine bends between `slowest` and `fastest` times its pitch, and nothing steps."""
    at, frames = 500.0, 6 * SECOND
    times = np.repeat(np.float32([before, after, before]), frames // 3)
    sent = np.sin(2.0 * np.pi * at / RATE * np.arange(frames)).astype(np.float32)
    heard = play(module, frames, time=times, mix=1.0, feedback=0.0, **{module.bypass: sent}, **settings).outlets[0][SECOND:-SECOND, 0]
    power = np.fft.fft(heard.astype(np.float64))
    power[len(power) // 2:] = 0.0
    angle = np.unwrap(np.angle(np.fft.ifft(power)))[2_000:-2_000]
    pitch = np.convolve(np.diff(angle), np.full(960, 1.0 / 960))[960:-960] * RATE / (2.0 * np.pi * at)
    for found, wanted in ((pitch.min(), slowest), (pitch.max(), fastest)):
        assert abs(found / wanted - 1.0) < 0.02, f"it bends to {found:.3f} times the pitch instead of {wanted}"
    step, most = np.abs(np.diff(heard)).max(), 2.0 * np.pi * at * fastest / RATE
    assert step < 1.02 * most, f"it steps by {step:.4f}, and the sine by {most:.4f} at the most"


def bounded_while_moved(module, moved, peak, **settings):
    """Fed with noise for four seconds while `moved` goes anywhere in its range in every frame, from end to end at random, or, every 100 ms, to ten
    times its highest, nothing comes out beyond `peak`.
    """
    rng, frames, param = np.random.default_rng(1), 4 * SECOND, module.param(moved)
    noise, ends = rng.uniform(-1.0, 1.0, frames).astype(np.float32), [param.low, param.high]
    motions = (param.low + (param.high - param.low) * rng.random(frames) ** 3, rng.choice(ends, frames),
               rng.choice([*ends, 10.0 * param.high], frames // 4_800).repeat(4_800))
    for motion in motions:
        heard = play(module, frames, lanes=2, **{module.bypass: noise, moved: motion.astype(np.float32)}, **settings).outlets[0]
        found = float(np.abs(heard).max())
        assert found <= peak, f"while {moved} moves it reaches {found:.1f} instead of {peak}"


def no_click(module, moved, below_db, at=500.0, ramp_ms=0.0, **settings):
    """While `moved` goes from end to end of its range and back, four times a second and in `ramp_ms` each time, what comes out of a sine of `at` Hz and lies
    above ten times that stays below `below_db`, against the loudest of all that comes out.
    """
    param, frames, every = module.param(moved), 5 * SECOND, SECOND // 4
    stands = np.repeat(np.resize([param.low, param.high], frames // every), every)
    ramp = round(ramp_ms * RATE / 1000.0) + 1
    way = np.convolve(np.concatenate([np.full(ramp - 1, stands[0]), stands]), np.full(ramp, 1.0 / ramp), "valid").astype(np.float32)
    enters = 0.5 - 0.5 * np.cos(np.pi * np.minimum(np.arange(frames) / (SECOND // 10), 1.0))         # softly: an echo brings its beginning back
    sent = enters * np.sin(2.0 * np.pi * at / RATE * np.arange(frames))
    heard = play(module, frames, mix=1.0, **{module.bypass: sent, moved: way}, **settings).outlets[0][SECOND:, 0].astype(np.float64)
    lines = np.fft.rfft(heard * np.hanning(len(heard)))
    lines *= np.clip(np.fft.rfftfreq(len(heard), 1.0 / RATE) / (10.0 * at) - 1.0, 0.0, 1.0)
    found = 20.0 * np.log10(max(np.abs(np.fft.irfft(lines)).max(), 1e-12) / np.abs(heard).max())
    assert found <= below_db, f"while {moved} jumps there are clicks of {found:.1f} dB instead of {below_db}"


def products(module, at, lines, others_db, **settings):
    """A sine of full level at `at` Hz comes out as `lines`, pairs of Hz and dB, and all else together stays below `others_db`."""
    sent = np.sin(2.0 * np.pi * at / RATE * np.arange(ANALYSED + SECOND // 10)).astype(np.float32)
    power = spectrum(play(module, len(sent), **{module.bypass: sent}, **settings).outlets[0][-ANALYSED:, 0])
    whole, bins = spectrum(sent[-ANALYSED:]).sum(), np.arange(len(power))
    left = np.ones(len(power), bool)
    for hertz, db in lines:
        near = np.abs(bins - hertz * ANALYSED / RATE) <= LOBE
        found = 10.0 * np.log10(max(power[near].sum() / whole, 1e-24))
        assert abs(found - db) <= 0.01, f"at {hertz} Hz there are {found:.3f} dB instead of {db}"
        left &= ~near
    found = 10.0 * np.log10(max(power[left].sum() / whole, 1e-24))
    assert found <= others_db, f"besides there are {found:.1f} dB instead of {others_db}"


MEASURES = (holds_true_peak, gain_at_level, aliases, steps, holds, sways, opposite, turns_down, ducks, shuts, opened_by_key, moves, keeps_power, echoes, swings,
            alike, retimes, bounded_while_moved, no_click, products)
