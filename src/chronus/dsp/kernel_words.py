"""What kernels say beyond the words of formulas: how lanes are loaded and stored, how each kind of delay line is opened, and what is done with voices where
they lie. What each is to the machine stands in the `lowering` of its kind; some have a meaning in Python, too.
"""
import ctypes

import numpy as np

from chronus import limits
from chronus.dsp import abreast
from chronus.dsp.lanes import folded
from chronus.dsp.lines import ROW
from chronus.dsp.networks import WORDS
from chronus.native.words import instruction

COUNTS = limits.LANES
LOADS, STORES, SILENCE, ASKING_LINES, STEADY_LINES, NEARBY_LINES = {}, {}, {}, {}, {}, {}
LINES, CALM_LINES = {}, {}               # by the number of lanes, and how many of them lie together: what opens a delay line
GOING_LINES = {}
BRINGS = {}                               # by the name that kernels have for it: what brings some frames of a network
ABREAST_LINES = {}                        # by the number of lanes: by the kind of line, what opens it for some frames at once


def _in_memory(address, count, kind):
    return np.frombuffer((ctypes.c_float * count).from_address(address), np.float32 if kind == "float" else np.int32)


for _count in COUNTS:
    for _kind in ("float", "int"):
        @instruction
        def _load(address, count=_count, kind=_kind):
            """Lanes from memory."""
            return _in_memory(address, count, kind).copy()

        @instruction
        def _store(address, value, count=_count, kind=_kind):
            """Lanes to memory."""
            _in_memory(address, count, kind)[...] = value

        LOADS[_kind, _count], STORES[_kind, _count] = _load, _store

    for _row in sorted({_count, min(_count, ROW)}):
        @instruction
        def _open(address, size, longest, at, age):
            """A delay line from its parts; native code only."""

        @instruction
        def _open_calm(address, size, longest, at, age):
            """A delay line that is read at places that stand still; native code only."""

        LINES[_count, _row], CALM_LINES[_count, _row] = _open, _open_calm

    @instruction
    def _open_asking(room):
        """A delay line that puts down what is asked of it; native code only."""

    @instruction
    def _open_steady(left, right, into):
        """A delay line of which is known where it is read and written; native code only."""

    @instruction
    def _silence(count=_count):
        """Lanes of 0."""
        return np.zeros(count, np.float32)

    @instruction
    def _open_nearby(address, reach):
        """A delay line whose last `reach` frames lie in order before an address; native code only."""

    ASKING_LINES[_count], STEADY_LINES[_count], NEARBY_LINES[_count], SILENCE[_count] = _open_asking, _open_steady, _open_nearby, _silence

for _count in abreast.COUNTS:
    @instruction
    def _open_abreast(address, size, longest, at, age, lies):
        """A delay line that some frames read at once; native code only."""

    @instruction
    def _open_near(address, size, longest, at, age, lies):
        """The same, of which only what is simple is known; native code only."""

    @instruction
    def _open_blank(address, size, longest, at, age, lies):
        """A delay line that is not there; native code only."""

    @instruction
    def _open_going(left, right, into):
        """A delay line of which is known where some frames read it, one behind the other, and write it; native code only."""

    ABREAST_LINES[_count] = {"abreast": _open_abreast, "near": _open_near, "blank": _open_blank}
    GOING_LINES[_count] = _open_going


@instruction
def load_sides(address):
    """Left and right from memory, in turn in sixteen lanes."""
    return np.tile(_in_memory(address, 2, "float"), limits.WIDEST // 2)


@instruction
def store_sides(address, value):
    """The first two of sixteen lanes, left and right, to memory."""
    _in_memory(address, 2, "float")[...] = value[:2]


@instruction
def write_line(line, value):
    """Writes a frame, or those that lie side by side, where a delay line is written next; native code only."""


@instruction
def open_noting(room):
    """A line of a network that notes down what is asked of it; native code only."""


@instruction
def open_told_one(places, each, rows, sides):
    """A line of a network of which is known what it brings to each of `networks.WORDS`, and where that lies; native code only."""


@instruction
def open_told_four(places, each, rows, sides):
    """The same, in one of four frames: what is smeared is written behind the last of them; native code only."""


@instruction
def places_of(line, asked, places, i, run):
    """Puts down where what was asked for lies, and where the line is written, less what lies before it in `i` frames; for how many of `run` frames it goes on so;
    native code only.
    """


for _word in ("one", "four"):
    for _brings in WORDS.values():
        @instruction
        def _bring(places, i):
            """What a line of a network brings to one of `networks.WORDS`, in one frame or in four; native code only."""

        BRINGS[f"{_word}_{_brings}"] = _bring


@instruction
def write_four(places, i, one, two, three, four):
    """Writes frame `i` of a line of a network, and the three behind it; native code only."""


@instruction
def write_one(places, i, frame):
    """Writes frame `i`; native code only."""


@instruction
def loudness(x):
    """The bits of lanes without their signs, as integers: in the order of the numbers, infinity and NaN above all."""
    return np.asarray(x, np.float32).view(np.int32) & np.int32(0x7FFFFFFF)


@instruction
def least(x):
    """The smallest of integer lanes, a plain number."""
    return int(np.min(x))


@instruction
def never(mask):
    """No: in place of `seldom` where no mask can hold."""
    return False


@instruction
def stack_room(size):
    """The address of so many bytes that a kernel may use while it runs, aligned to 64; native code only."""


@instruction
def lasting_room(size):
    """The address of so many bytes that are a kernel's own from call to call, aligned to 64, zeros at first; native code only."""


@instruction
def load_frames(address):
    """Some frames side by side, from anywhere in memory."""
    return _in_memory(address, abreast.WIDE, "float").copy()


@instruction
def store_frames(address, value):
    """Some frames side by side, to anywhere in memory."""
    _in_memory(address, abreast.WIDE, "float")[...] = value


@instruction
def load_on_both_sides(address):
    """Half as many numbers, from anywhere in memory, each of them twice."""
    return np.repeat(_in_memory(address, abreast.WIDE // 2, "float"), 2)


@instruction
def widened(x):
    """A frame in each of the frames that lie side by side; native code only."""


@instruction
def frame_number(like):
    """Which of the frames side by side it is, from 0, where a frame has as many lanes as `like`; native code only."""


@instruction
def behind(first, x):
    """For each frame side by side that of the frame before it, for the first of them `first`; native code only."""


@instruction
def last_frame(x, like):
    """The last of some frames side by side, which has as many lanes as `like`; native code only."""


@instruction
def in_order(each):
    """A tuple of frames side by side; native code only."""


@instruction
def own_places(rows, size):
    """For each lane where its value lies, in bytes, in the row that it names, of `size` bytes each; native code only."""


@instruction
def scatter(address, places, values):
    """Puts each lane of some values at its own place from `address` on, the values a frame one behind the other; native code only."""


@instruction
def append(address, count, mask, value):
    """Puts the lanes in which a mask holds at the end of a list that has `count`; behind it there must be room for all. Native code only."""


@instruction
def holding(mask):
    """In how many lanes a mask holds; native code only."""


@instruction
def open_table(address):
    """A table at an address; native code only."""


@instruction
def sum_of_voices(address):
    """The sum of sixteen lanes in memory, the upper half added to the lower until one is left."""
    return folded(_in_memory(address, limits.WIDEST, "float"), 1)[0]


@instruction
def add_sums_of_voices(target, source, side, amount):
    """Adds `sum_of_voices` of sixteen frames, times `amount`, a float32, to one side of as many frames of two lanes."""
    for frame in range(limits.WIDEST):
        place = _in_memory(target + 8 * frame + 4 * side, 1, "float")
        place[...] = place + amount * sum_of_voices(source + 4 * limits.WIDEST * frame)


@instruction
def is_any_above(address, frames, ceiling):
    """Whether the bits of any of `frames` times sixteen lanes in memory, without their signs, are above those of a number: infinity and NaN are above all."""
    return bool(np.any(loudness(_in_memory(address, limits.WIDEST * frames, "float")) > ceiling))
