"""Reading tables between their frames, and single cycles so that they do not alias. `lanes.read` reads whole frames."""

from chronus.dsp.lanes import absolute, floor, maximum, minimum, read, read_four, select, table_length, table_rate, to_whole, turns
from chronus.dsp.math import log2


def smooth_read(table, whole, part, channel):
    """The table at frame `whole`, an integer, and a `part` of a frame, 0 to 1, on the cubic through four frames (Lagrange).

    Halfway between two frames it is down by 1.1 dB at a quarter of the table's rate, by 0.01 dB at a twentieth. A place in a long sample needs
    both numbers: a float alone counts whole frames only up to 2**24, which is six minutes.
    """
    return _between_four(read_four(table, whole, channel), part)


def _between_four(four, part):
    """Lagrange's cubic through four values, at a `part`, 0 to 1, of the way from the second to the third."""
    before, after, beyond = part + 1.0, part - 1.0, part - 2.0
    a, b, c, d = four
    return (a * (part * after * beyond * (-1.0 / 6.0)) + b * (before * after * beyond * 0.5)
            + c * (before * part * beyond * -0.5) + d * (before * part * after * (1.0 / 6.0)))


def looped_read(table, whole, part, channel, first, last):
    """What `smooth_read` reads where frame `first` follows on the one before `last`, all three whole floats."""
    before, at, after, beyond = (_wrapped(whole - 1.0, first, last), _wrapped(whole, first, last), _wrapped(whole + 1.0, first, last),
                                 _wrapped(whole + 2.0, first, last))
    return _between_four((read(table, before, channel), read(table, at, channel), read(table, after, channel), read(table, beyond, channel)), part)


def _wrapped(place, first, last):
    """A place of a loop, which may be beyond either end by less than its length, as an integer."""
    return to_whole(select(place >= last, place - (last - first), select(place < first, place + (last - first), place)))


def closes(table, channel, first, last):
    """1 where the end of a loop goes over into its beginning as smoothly as the sound goes on itself, told by its bends there; else 0."""
    z, a, b = (read(table, to_whole(last - 3.0), channel), read(table, to_whole(last - 2.0), channel), read(table, to_whole(last - 1.0), channel))
    c, d, e = (read(table, to_whole(first), channel), read(table, to_whole(first + 1.0), channel), read(table, to_whole(first + 2.0), channel))
    seam, own = absolute(a - 2.0 * b + c) + absolute(b - 2.0 * c + d), absolute(z - 2.0 * a + b) + absolute(c - 2.0 * d + e)
    return select(seam <= 2.0 * own + 1e-5, 1.0, 0.0)


LEVELS, MOST_HARMONICS = 19, 512             # of a cycle; from one level to the next it has half an octave fewer harmonics
GUARD = 3                                   # frames around each level: one before and two behind, as the cubic needs them
WAVE_FRAMES = 2 * 4_096 + 2 * 2_048 + 15 * 1_024 + LEVELS * GUARD
HIGHEST = 28.0 / 48.0                       # of the rate: what is above half of it folds to 20 kHz and beyond, where nobody hears it


def harmonics_of(level: int) -> int:
    """How many harmonics a level has."""
    return (512, 362, 256, 181, 128, 90, 64, 45, 32, 22, 16, 11, 8, 5, 4, 2, 2, 1, 1)[level]


def size_of(level: int) -> int:
    """How many frames a level has without its guard: eight for each harmonic, and 1024."""
    return (4_096, 4_096, 2_048, 2_048)[level] if level < 4 else 1_024


def waves_in(table):
    """How many cycles a wavetable has: a plain number."""
    return table_length(table) // WAVE_FRAMES


def wave_level(step):
    """The level that may be read at `step` cycles a frame, 0 to 0.5, as a whole float: its harmonics end before `HIGHEST`.

    With half an octave between the levels at least 19.8 kHz of what there is sounds at 48 kHz, so nothing audible comes and goes.
    """
    octaves = log2(maximum(step, 1e-4) * (MOST_HARMONICS / HIGHEST))
    return minimum(maximum(floor(2.0 * octaves + 0.9999), 0.0), LEVELS - 1.0)


def wave(table, cycle, level, angle):
    """A cycle of a wavetable, from a level of it, both whole numbers, at an angle, an integer phase, on the cubic through four frames (Lagrange)."""
    size = select(level < 2.0, 4_096.0, select(level < 4.0, 2_048.0, 1_024.0))
    first = select(level < 2.0, level * 4_099.0, select(level < 4.0, 8_198.0 + (level - 2.0) * 2_051.0, 12_300.0 + (level - 4.0) * 1_027.0))
    part = turns(angle)
    place = select(part < 0.0, part + 1.0, part) * size
    whole = floor(place)
    return smooth_read(table, to_whole(whole + first + cycle * WAVE_FRAMES) + 1, place - whole, 0)


def pace(table, frame, ratio):
    """How many frames of a table go by in one of `frame` seconds, `ratio` times as fast as it was recorded, held to 64 times either way.

    Where both have one rate it is exactly the ratio: rate times frame is 1 but for its last bit.
    """
    own = table_rate(table) * frame
    return minimum(maximum(ratio, -64.0), 64.0) * select(absolute(own - 1.0) < 1e-6, 1.0, own)
