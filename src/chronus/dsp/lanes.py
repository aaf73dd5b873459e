"""Lanes: one value that is several voices. In the engine a SIMD register, here a NumPy array, with the same bits.

A module's formula uses the ordinary operators (+ - * / comparisons & | ~) and the functions below. In Python they work on NumPy
float32 and int32 arrays of shape (lanes,), which is the reference that the compiled kernels are held against; in a kernel each
is one vector instruction (`dsp.lowering`). Phases are int32: a whole turn is 2**32, so they wrap exactly and never drift.
"""
import numpy as np

from chronus.native.words import instruction


def _float(x):
    return np.asarray(x, np.float32)


@instruction
def select(mask, a, b):
    """`a` where the mask holds, else `b`, for each lane: phases if one of them is, else numbers. Both are computed; nothing branches."""
    kind = np.int32 if any(getattr(x, "dtype", None) == np.int32 for x in (a, b)) else np.float32
    return np.where(mask, np.asarray(a, kind), np.asarray(b, kind))


@instruction
def minimum(a, b):
    """The smaller of two, for each lane; `b` where `a` is not a number."""
    return np.where(_float(a) < _float(b), _float(a), _float(b))


@instruction
def maximum(a, b):
    """The larger of two, for each lane; `b` where `a` is not a number."""
    return np.where(_float(a) > _float(b), _float(a), _float(b))


@instruction
def floor(x):
    """The whole number at or below `x`."""
    return np.floor(_float(x))


@instruction
def nearest(x):
    """The whole number next to `x`; of two equally near, the even one."""
    return np.rint(_float(x))


@instruction
def off_nearest(x):
    """How far `x`, which must be finite, is from the whole number next to it, -0.5 to 0.5."""
    x = _float(x)
    return x - np.rint(x)


@instruction
def absolute(x):
    """`x` without its sign."""
    return np.abs(_float(x))


@instruction
def square_root(x):
    """The square root, correctly rounded."""
    return np.sqrt(_float(x))


@instruction
def fma(a, b, c):
    """a * b + c with one rounding.

    The reference computes it in double precision, where the product is exact, and rounds the sum to odd (Boldo and Melquiond, "Emulation of a
    FMA and correctly rounded sums", 2008), so that rounding it to float32 is the only one that counts.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        product, c = np.multiply(_float(a), _float(b), dtype=np.float64), _float(c).astype(np.float64)
        total = np.asarray(product + c)
        back = total - product
        missing = (product - (total - back)) + (c - back)
        even = (total.view(np.int64) & 1) == 0
        return _float(np.where(even & ((missing < 0.0) | (missing > 0.0)), np.nextafter(total, np.copysign(np.inf, missing)), total))


@instruction
def turns(phase):
    """An integer phase as a part of a turn, -0.5 to 0.5."""
    return np.asarray(phase).astype(np.float32) * np.float32(2.0**-32)


@instruction
def to_phase(x):
    """A part of a turn, -0.5 to just below 0.5 (beyond that it is held), as an integer phase."""
    held = np.clip(_float(x), np.float32(-0.5), np.float32(0.49999997))
    return (held * np.float32(2.0**32)).astype(np.int32)


@instruction
def to_whole(x):
    """The whole number next to `x` on the way to 0, as an integer, held to what an int32 can be; of what is not a number the lowest."""
    return minimum(maximum(_float(x), -2147483648.0), 2147483520.0).astype(np.int32)


@instruction
def to_float(whole):
    """A whole number as the float32 next to it: an integer phase in units of 2**-32 turns, say."""
    return np.asarray(whole).astype(np.float32)


@instruction
def power_of_two(n):
    """2**n for whole n from -126 to 127 (beyond that it is held)."""
    n = _float(n)
    held = np.where(n > np.float32(-126), np.minimum(n, np.float32(127)), np.float32(-126))            # of what is not a number the smallest
    return ((held.astype(np.int32) + np.int32(127)) << np.int32(23)).view(np.float32)


@instruction
def bits(x):
    """The 32 bits of a float as an integer: to tell whether it is still the same."""
    return _float(x).view(np.int32)


@instruction
def past(line, frames):
    """What was written to a `line` so many whole frames ago, from 1, the frame before, to its length (beyond that it is held); 0 where
    nothing was written yet. `frames` are integers, for each lane its own.
    """
    return line.read(frames)


@instruction
def past_by_four(line, frames):
    """What `past` reads where lanes 0 to 3 ask for the same, 4 to 7, and so on: the first of each four is heard, and loads are a quarter."""
    return line.read(np.repeat(frames[::4], 4)[:len(frames)])


@instruction
def past_sides(line, frames):
    """The `sides` of what `past_by_four` reads: sixteen lanes are two as soon as they are read. For modules of a fixed width."""
    return sides(past_by_four(line, frames))


ALL_PASS, FULL = 0.65, 64.0             # of `smeared`: what turns back, and the largest number


@instruction
def smeared(line, frames, x):
    """`x` through an all-pass delay of so many whole frames, for each lane its own (Schroeder, 1962), and then `spread_over_sides`, held to 64 at most: what
    is written to the `line`, and what comes out, which may only be written to a line that is declared behind it. For networks, which do it for four frames at once.
    """
    return smear(past(line, frames), x)


@instruction
def smeared_by_four(line, frames, x):
    """The same, where lanes 0 to 3 have the same delay, 4 to 7, and so on, as in `past_by_four`."""
    return smear(past_by_four(line, frames), x)


def smear(late, x):
    into = fma(-ALL_PASS, late, x)
    return into, minimum(maximum(spread_over_sides(fma(ALL_PASS, into, late)), -FULL), FULL)


@instruction
def past_four(line, frames):
    """What `past` reads for one frame less, for so many, for one more and for two more: four values at little more than the price of one."""
    return tuple(line.read(frames + np.int32(i)) for i in (-1, 0, 1, 2))


@instruction
def past_all(line, frames):
    """What `past` reads for each of some plain numbers: as many values, at little more than the price of one."""
    return tuple(line.read(number) for number in frames)


@instruction
def read(table, frame, channel):
    """What a `table` holds at a frame, a whole number from 0, in one of its channels, for each lane its own: integers. Before its first frame
    and after its last there is 0; the channels that it does not have are like its last one.
    """
    return table.read(frame, channel)


@instruction
def read_four(table, frame, channel):
    """What `read` gives for the frame before, this one, and the two behind it: four values at the price of two."""
    return table.read_four(frame, channel)


@instruction
def convolved(line, table):
    """All that was written to a stereo `line`, each frame as often and as loud as the response in `table` repeats it from one frame on: left with
    left, right with right. For modules of two lanes. What the response says of this very frame is its last one: `read` it.
    """
    return table.convolved(line)


@instruction
def table_length(table):
    """How many frames a `table` has: a plain number."""
    return table.length


@instruction
def table_rate(table):
    """The sample rate, in Hz, that a `table` was recorded at: a plain number."""
    return table.rate


@instruction
def total(x):
    """The sum of all lanes, in every lane: the upper half is added to the lower until one is left. For modules of a fixed width."""
    return np.broadcast_to(folded(x, 1), np.shape(x))


@instruction
def sides(x):
    """The sum of the even lanes in the even lanes, of the odd in the odd: left and right of a wide module. For modules of a fixed width."""
    return np.tile(folded(x, 2), len(x) // 2)


@instruction
def spread_over_sides(x):
    """Each lane spread over all even lanes, or all odd ones, equally loud and with signs that lose nothing: Hadamard's matrix without its factor,
    which is the square root of 2 over the number of lanes. For modules of a fixed width.
    """
    x, lanes = _float(x), np.arange(len(x))
    for step in steps_of_sides(len(x)):
        x = x[lanes ^ step] + x * np.where(lanes & step, np.float32(-1.0), np.float32(1.0))
    return x


def steps_of_sides(count):
    """How far the lanes are apart that `spread_over_sides` adds: half as many at first, and two in the end."""
    return [1 << bit for bit in range(count.bit_length() - 2, 0, -1)]


@instruction
def any_lane(mask):
    """Whether the mask holds in any lane: a plain yes or no, for work that is seldom needed. What it skips must not change a bit."""
    return bool(np.any(mask))


@instruction
def seldom(mask):
    """What `any_lane` says, for a module with `countdown`, `foresees`, `stirs` or `roused`, or one that is played abreast: where its kernel can count on a no, it
    does not ask.
    """
    return bool(np.any(mask))


@instruction
def polynomials(mask, x, factor, rows):
    """`factor` times the polynomial of each of `rows`, as many lanes as there are rows: where the mask holds; elsewhere -0, which added to
    anything leaves it as it is. Coefficients are constants, and begin with the lowest; all rows have the same even number. Where the mask holds in none of
    a register's lanes nothing is computed for these, so it is for what happens in few of them at a time.
    """
    x, factor, rows = _float(x), _float(factor), np.asarray(rows, np.float32)
    found = []
    for row in rows:
        value = None
        for c in range(len(row) - 2, -2, -2):                   # two coefficients at a time, which is as quick again
            pair = fma(row[c + 1], x, row[c])
            value = pair if value is None else fma(value, x * x, pair)
        with np.errstate(over="ignore", invalid="ignore"):      # where the mask does not hold, whatever comes is left out
            found.append(np.where(mask, value * factor, np.float32(-0.0)))
    return tuple(found)


@instruction
def beside(a, b):
    """Twice as many lanes: those of `a`, then those of `b`, so that one instruction works on both. A line is read by them twice."""
    return np.concatenate([_float(a), _float(b)])


@instruction
def numbers_beside(x, numbers):
    """Lanes for as many like `x` as there are plain numbers, `beside` each other: in each of them one of the numbers."""
    return np.repeat(np.float32(numbers), len(x))


@instruction
def halves(x):
    """The two that were put `beside` each other."""
    return tuple(np.split(_float(x), 2))


def folded(x, count):
    """The upper half added to the lower until `count` lanes are left."""
    x = _float(x)
    while len(x) > count:
        x = x[:len(x) // 2] + x[len(x) // 2:]
    return x


@instruction
def neighbour(x):
    """Each lane's other: 0 and 1 change places, 2 and 3, and so on. For stereo modules, whose lanes are left and right."""
    return _float(x).reshape(-1, 2)[:, ::-1].reshape(-1)


FUNCTIONS = (select, minimum, maximum, floor, nearest, off_nearest, absolute, square_root, fma, turns, to_phase, to_whole, to_float, power_of_two, bits, past, past_by_four, past_sides,
             past_four, past_all, smeared, smeared_by_four, read, read_four, convolved, table_length, table_rate, total, sides, spread_over_sides, neighbour, beside, numbers_beside,
             halves, any_lane, polynomials)
