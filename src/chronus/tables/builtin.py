"""Built-in tables, made by formula: the same bits on every machine, named by a hash of them.

`DIGESTS` is what they came out as; run as a program, this prints it. A formula that changes is a new sound, and gets a new name.
"""
from collections.abc import Callable
from functools import cache

import numpy as np

from chronus.dsp.declare import TABLE_KINDS
from chronus.dsp.tables import packed
from chronus.tables.exact import cosine, exp2, noise, sine
from chronus.tables.form import digest_of
from chronus.tables.responses import response_table
from chronus.tables.waves import CYCLE, wave_table

RATE = 48_000
HARMONICS = np.arange(1, 513)
SAW = 0.6366197723675814                   # 2 / pi: the first harmonic of a saw from -1 to 1
# the first five formants of vowels sung by a bass, in Hz and dB (Csound manual, appendix "Formant Values")
VOWELS = {"a": ((600, 0), (1040, -7), (2250, -9), (2450, -9), (2750, -20)), "e": ((400, 0), (1620, -12), (2400, -9), (2800, -12), (3100, -18)),
          "i": ((250, 0), (1750, -30), (2600, -16), (3050, -22), (3340, -28)), "o": ((400, 0), (750, -11), (2400, -21), (2600, -20), (2900, -40)),
          "u": ((350, 0), (600, -20), (2400, -32), (2675, -28), (2950, -36))}


def cycles(*amplitudes: np.ndarray) -> np.ndarray:
    """A row for each set of amplitudes of sines, harmonic 1 first."""
    places = np.arange(CYCLE)
    found = np.zeros((len(amplitudes), CYCLE))
    for number, heights in zip(HARMONICS, np.stack(amplitudes).T):
        found = found + heights[:, None] * sine((number * places % CYCLE) / CYCLE)
    return found


def evened(found: np.ndarray) -> np.ndarray:
    """Cycles that each reach 1."""
    return found / np.abs(found).max(axis=1)[:, None]


def odd(number: np.ndarray) -> np.ndarray:
    return (number % 2).astype(np.float64)


def saw() -> np.ndarray:
    """One cycle that falls from 1 to -1, as bright as it can be."""
    return wave_table(cycles(SAW / HARMONICS))


def basic_shapes() -> np.ndarray:
    """Sine, triangle, saw, square, each from -1 to 1: from dull to bright."""
    triangle = np.where(HARMONICS % 4 == 1, 2.0, -2.0) * SAW * SAW * odd(HARMONICS) / (HARMONICS * HARMONICS)
    return wave_table(cycles((HARMONICS == 1) * 1.0, triangle, SAW / HARMONICS, 2.0 * SAW * odd(HARMONICS) / HARMONICS))


def pulses() -> np.ndarray:
    """Sixteen pulses, from a square to one of a thirtieth of the cycle."""
    widths = 0.5 * exp2(-np.arange(16) / 15 * 3.9)
    return wave_table(evened(cycles(*(sine(0.5 * HARMONICS * width) / HARMONICS for width in widths))))


def vocal() -> np.ndarray:
    """A bass on 110 Hz who sings a, e, i, o, u, in seventeen steps."""
    heights = [sum(exp2(db / 6.0206) / (1.0 + ((HARMONICS * 110.0 - hz) / (40.0 + 0.04 * hz)) ** 2) for hz, db in VOWELS[v]) for v in "aeiou"]
    steps = [first + (then - first) * (part / 4) for first, then in zip(heights, heights[1:]) for part in range(4)]
    return wave_table(evened(cycles(*steps, heights[-1])))


def struck_string() -> np.ndarray:
    """A low string, struck: C3 for two seconds, its harmonics a little wide and the high ones gone first. In stereo."""
    time = np.arange(2 * RATE) / RATE
    sound = np.zeros((2 * RATE, 2))
    for n in range(1, 41):
        hz = 130.8127827 * n * (1.0 + 0.00004 * n * n)
        fall = exp2(-time * (1.5 + 0.35 * n)) * (sine(n / 7.3) / n)
        sound = sound + np.stack([fall * sine(hz * time), fall * sine(hz * time * 1.0004 + 0.11 * n)], 1)
    fade = np.minimum(1.0, (2 * RATE - np.arange(2 * RATE)) / 2_400.0)
    return (0.9 * sound / np.abs(sound).max() * fade[:, None]).astype(np.float32)


def struck(frames: int, low: float, sweep: float, fall: float, seconds: float) -> np.ndarray:
    """A drum that falls from `low + sweep` Hz to `low`; `fall` and `seconds` are the half-lives of the sweep and of the sound."""
    time = np.arange(frames) / RATE
    turns = low * time + sweep * (fall / 0.6931471805599453) * (1.0 - exp2(-time / fall))
    return sine(turns) * exp2(-time / seconds)


def drum_loop() -> np.ndarray:
    """A bar of drums at 120 beats a minute, in sixteen steps of an eighth of a second: kick, snare, hat. In stereo."""
    step = RATE // 8
    sound = np.zeros((16 * step, 2))
    hat = noise(step, 3) - np.concatenate([[0.0], noise(step, 3)[:-1]])
    parts = {"k": (struck(2 * step, 48.0, 260.0, 0.012, 0.06), 0.9, 0.9), "h": (hat * exp2(-np.arange(step) / 500.0), 0.08, 0.14),
             "s": (0.5 * struck(2 * step, 185.0, 90.0, 0.01, 0.03) + 0.5 * noise(2 * step, 5) * exp2(-np.arange(2 * step) / 1_900.0), 0.7, 0.6)}
    for sign, places in (("k", (0, 5, 10)), ("s", (4, 12)), ("h", tuple(range(0, 16, 2)) + (7, 15))):
        drum, left, right = parts[sign]
        fade = np.minimum(1.0, (len(drum) - np.arange(len(drum))) / 240.0)
        for place in places:
            end = min(len(sound), place * step + len(drum))
            hit = (drum * fade)[:end - place * step]
            sound[place * step:end] = sound[place * step:end] + np.stack([left * hit, right * hit], 1)
    return (0.9 * sound / np.abs(sound).max()).astype(np.float32)


def room() -> np.ndarray:
    """A small wooden room, as an impulse makes it answer: the sound itself, six walls, and noise that falls by 60 dB in 0.17 s. In stereo."""
    frames = 8_192
    place, sides = np.arange(frames), []
    for side, walls in ((0, (331, 487, 619, 883, 1_151, 1_439)), (1, (359, 461, 653, 857, 1_193, 1_409))):
        white = noise(frames, 11 + side)
        dull = 0.25 * white + 0.5 * np.concatenate([[0.0], white[:-1]]) + 0.25 * np.concatenate([[0.0, 0.0], white[:-2]])
        tail = 0.05 * dull * exp2(-place / 819.0) * np.minimum(1.0, place / 1_200.0) * np.minimum(1.0, (frames - place) / 1_200.0)
        for number, wall in enumerate(walls):
            tail[wall] = tail[wall] + (0.45, -0.4, 0.33, 0.28, -0.24, 0.2)[number]
        tail[0] = 1.0
        sides.append(tail)
    return response_table(np.stack(sides, 1).astype(np.float32))


MAKERS: dict[str, tuple[str, Callable[[], np.ndarray]]] = {
    "basic-shapes": ("wave", basic_shapes), "drum-loop": ("sample", drum_loop), "pulses": ("wave", pulses), "room": ("response", room),
    "saw": ("wave", saw), "struck-string": ("sample", struck_string), "vocal": ("wave", vocal)}
DIGESTS: dict[str, str] = {
    "basic-shapes": "b1ae0d8c74391230e572112e74e989fc", "drum-loop": "b8f4b00bc50b04e84291b21831fef585",
    "pulses": "8a31f3dde4dff3c76f7712e8aeefba11", "room": "2de8f807a29e93da4be7ae80311fa81b", "saw": "4b1e5cd7c421876631e72ff4e05aa3fe",
    "struck-string": "9494eaa228bf99908fb8a64a9baec3ee", "vocal": "b8206f374ae8cbf922569388918945b0",
}


@cache
def made(name: str) -> bytes:
    """A built-in table as it stands in memory. 20 to 150 ms, once in a process."""
    kind, maker = MAKERS[name]
    return packed(maker(), RATE, TABLE_KINDS.index(kind))


def mistaken(name: str, kind: str) -> str:
    """What is wrong with taking a built-in table for one of a kind; nothing where it is one, or is not built in."""
    if name not in MAKERS or MAKERS[name][0] == kind:
        return ""
    there = ", ".join(sorted(other for other, (its, _) in MAKERS.items() if its == kind))
    return f"'{name}' is no {kind}; there is {there}, and your own files"


if __name__ == "__main__":
    for name in MAKERS:
        print(f'    "{name}": "{digest_of(made(name))}",')
