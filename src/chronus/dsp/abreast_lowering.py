"""Frames side by side for Numba: how they are loaded and stored, and delay lines that are read for all of them at once.

Of a frame all lanes lie together, behind it those of the next. A line that is read `abreast` is read as it will be when each frame is played, but for what
these frames write themselves: where somebody asks for that, it says so at `lies`, and what he got is of no use. Where places go on evenly, a load
brings what all frames ask for. One that is read `near` knows no more than that; a `blank` one knows nothing.
"""
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import models, register_model, type_callable

from chronus.dsp import kernel_words
from chronus.dsp import lanes as language
from chronus.dsp.abreast import WIDE, frames
from chronus.dsp.kernel_lowering import memory
from chronus.dsp.line_lowering import LINE_FIELDS, Delay, Line, four_anywhere, loaded, opened, put
from chronus.dsp.lowering import F32, I32, I64, Lanes, constant, folded, joined, shuffled, side_by_side, smaller
from chronus.native.lowering import pointer

FIELDS = (*LINE_FIELDS, "lies")
OFFSETS = (-1, 0, 1, 2)                   # of what `past_four` reads, to what it is asked for


class Frames(Delay):
    """A delay line of `count` lanes for some frames at once; `kind` is "abreast", "near" or "blank"."""

    def __init__(self, count, kind):
        self.kind = kind
        super().__init__(f"{kind}_frames{count}", count, count if kind == "blank" else WIDE)


@register_model(Frames)
class FramesModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [(name, types.int64) for name in FIELDS])


for _count, _targets in kernel_words.ABREAST_LINES.items():
    for _kind, _target in _targets.items():
        opened(_target, Frames(_count, _kind), FIELDS)


@lower_builtin(language.past_four, Frames, Lanes)
def _past_four(context, builder, sig, args):
    kind, near = sig.args[0], args[1]
    if kind.kind == "blank":
        return context.make_tuple(builder, sig.return_type, [nothing(near.type.count)] * len(OFFSETS))
    reading = Reading(context, builder, kind.count, cgutils.create_struct_proxy(kind)(context, builder, args[0]), near)
    found = [cgutils.alloca_once_value(builder, nothing(near.type.count)) for _ in OFFSETS]

    def keep(values):
        for place, value in zip(found, values):
            builder.store(value, place)

    with builder.if_else(reading.goes_on(0), likely=True) as (even, other):
        with even:
            keep(reading.evenly())
        with other:
            if kind.kind == "abreast":
                with builder.if_else(reading.goes_on(1), likely=True) as (apart, uneven):
                    with apart:
                        keep(reading.in_two_steps())
                    with uneven:
                        with builder.if_then(builder.not_(reading.is_before()), likely=False):
                            builder.store(I32(1), pointer(builder, reading.line.lies, I32))
                        keep(reading.one_by_one())
    return context.make_tuple(builder, sig.return_type, [builder.load(place) for place in found])


@lower_builtin(language.past, Frames, Lanes)
def _past(context, builder, sig, args):
    if sig.args[0].kind != "blank":             # frames that move ask for four; those that stand are steady
        raise TypeError("lines that frames side by side read are steady, or read with `past_four`")
    return nothing(sig.return_type.count)


def nothing(count):
    return ir.Constant(ir.VectorType(F32, count), [0.0] * count)


def shifted(builder, sides, count, number):
    """`number` times the frames side by side that begin at these addresses, for each side its own, each time a frame later. Only the first and the last are
    loaded: between them lies nothing that is not in these.
    """
    def those(more):
        value, *others = [loaded(builder, builder.add(place, I64(4 * count * more)), ir.VectorType(F32, WIDE), 4) for place in sides]
        for side, other in enumerate(others, 1):
            order = ir.Constant(ir.VectorType(I32, WIDE), [k + WIDE * (k % count == side) for k in range(WIDE)])
            value = builder.shuffle_vector(value, other, order)
        return value

    first, last, far = those(0), those(number - 1), count * (number - 1)
    orders = [[k if k < WIDE else k + WIDE - far for k in range(count * more, count * more + WIDE)] for more in range(1, number - 1)]
    return [first, *(builder.shuffle_vector(first, last, ir.Constant(ir.VectorType(I32, WIDE), order)) for order in orders), last]


class Reading:
    """What `near` asks of a line of `count` lanes, once or twice for each lane of the frames."""

    def __init__(self, context, builder, count, line, near):
        self.context, self.builder, self.count, self.line, self.near = context, builder, count, line, near
        self.copies = near.type.count // WIDE
        self.lasting = smaller(builder, line.age, line.longest)
        self.first = [WIDE * (k // WIDE) + k % count for k in range(near.type.count)]       # for each lane, that of its side in the first frame

    def goes_on(self, steps):
        """Whether each side's place goes on with the frames, but for `steps` of one frame between two of them, all was written before these, and the ring
        does not end in it.
        """
        builder = self.builder
        self.least = shuffled(builder, self.near, self.first)
        if steps:
            self.least = smaller(builder, self.least, shuffled(builder, self.near, [k + WIDE - self.count for k in self.first]))
        self.steps = builder.sub(self.near, self.least)
        bits = builder.bitcast(builder.icmp_unsigned("<=", self.steps, constant(self.steps, steps)), ir.IntType(self.near.type.count))
        goes_on, self.begins = builder.icmp_unsigned("==", bits, ir.Constant(bits.type, -1)), []
        for lane in sorted(set(self.first)):
            ago = builder.add(builder.sext(builder.extract_element(self.least, I32(lane)), I64), I64(OFFSETS[-1] + steps))
            place = builder.sub(self.line.at, ago)
            place = builder.select(builder.icmp_signed("<", place, I64(0)), builder.add(place, self.line.size), place)
            ends = builder.add(place, I64(frames(self.count) + len(OFFSETS) - 1 + steps))
            for holds in (builder.icmp_signed("<=", ends, self.line.size), builder.icmp_signed("<=", ago, self.lasting),
                          builder.icmp_signed(">=", ago, I64(frames(self.count) + len(OFFSETS) - 1 + steps))):
                goes_on = builder.and_(goes_on, holds)
            self.begins.append(place)           # where what is asked for begins in the ring
        return goes_on

    def is_before(self):
        """Whether all of it lies before these frames."""
        least = self.builder.extract_element(folded(self.builder, self.near, 1, smaller), I32(0))
        return self.builder.icmp_signed(">=", self.builder.add(self.builder.sext(least, I64), I64(OFFSETS[0])), I64(frames(self.count)))

    def evenly(self):
        """Each side with loads of its own, of which every so many lanes are its; the latest comes first."""
        return self.from_begin(len(OFFSETS))[::-1]

    def in_two_steps(self):
        """The same, where some frames ask for what lies a frame before that."""
        five = self.from_begin(len(OFFSETS) + 1)[::-1]
        further = self.builder.icmp_signed("!=", self.steps, constant(self.steps, 0))
        return [self.builder.select(further, before, value) for value, before in zip(five, five[1:])]

    def from_begin(self, number):
        """So many times what all frames ask for: from where that begins, then from a frame behind it, and so on."""
        copies = []
        for copy in range(self.copies):
            sides = [self.builder.add(self.line.address, self.builder.mul(place, I64(4 * self.count))) for place in self.begins[copy * self.count:][:self.count]]
            copies.append(shifted(self.builder, sides, self.count, number))
        return copies[0] if self.copies == 1 else [side_by_side(self.builder, *each) for each in zip(*copies)]

    def one_by_one(self):
        """Each frame as it would be read alone."""
        builder, line, wide = self.builder, self.line, self.near.type.count
        with builder.goto_entry_block():        # where `alloca_once` would store zeros, for each batch
            asks, *rooms = (builder.ptrtoint(builder.alloca(self.near.type), I64) for _ in range(1 + len(OFFSETS)))
        builder.store(self.near, pointer(builder, asks, self.near.type))
        kind = Line(self.count, self.count)
        plain = cgutils.create_struct_proxy(kind)(self.context, builder)
        plain.address, plain.size, plain.longest = line.address, line.size, line.longest
        with cgutils.for_range(builder, I64(frames(self.count))) as loop:
            at = builder.add(line.at, loop.index)
            plain.at = builder.select(builder.icmp_signed("<", at, line.size), at, builder.sub(at, line.size))
            plain.age = smaller(builder, builder.add(line.age, loop.index), line.longest)
            shifts = [builder.add(builder.mul(loop.index, I64(4 * self.count)), I64(4 * WIDE * copy)) for copy in range(self.copies)]
            parts = [loaded(builder, builder.add(asks, shift), ir.VectorType(I32, self.count), 4) for shift in shifts]
            found = four_anywhere(builder, plain, parts[0] if self.copies == 1 else side_by_side(builder, *parts), kind)
            for room, value in zip(rooms, found):
                for copy, shift in enumerate(shifts):
                    part = shuffled(builder, value, list(range(self.count * copy, self.count * copy + self.count)))
                    builder.store(part, pointer(builder, builder.add(room, shift), part.type)).align = 4
        return [loaded(builder, room, ir.VectorType(F32, wide), 4) for room in rooms]


@lower_builtin(kernel_words.write_line, Frames, types.Any)
def _write_frames(context, builder, sig, args):
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    place = builder.add(line.address, builder.mul(line.at, I64(4 * count)))
    return put(context, builder, place, args[1], sig.args[1], WIDE, 4)


memory(kernel_words.load_frames, kernel_words.store_frames, WIDE, align=4)


@type_callable(kernel_words.load_on_both_sides)
def _both_sides_type(context):
    return lambda address: Lanes(WIDE)


@lower_builtin(kernel_words.load_on_both_sides, types.Integer)
def _load_on_both_sides(context, builder, sig, args):
    address = context.cast(builder, args[0], sig.args[0], types.int64)
    return shuffled(builder, loaded(builder, address, ir.VectorType(F32, WIDE // 2), 4), [k // 2 for k in range(WIDE)])


def word(target, arity, answer, emit):
    """Gives `target` its meaning: `answer` is the type of what comes of lanes, `emit(builder, *values)` the instructions."""
    @type_callable(target)
    def typer(context):
        if arity == 1:
            return lambda x: answer(x) if isinstance(x, Lanes) else None
        return lambda x, y: answer(x, y) if isinstance(x, Lanes) and isinstance(y, Lanes) and x.kind == y.kind else None

    lower_builtin(target, *[Lanes] * arity)(lambda context, builder, sig, args: emit(builder, *args))


def _behind(builder, first, x):
    count = first.type.count
    wide = shuffled(builder, first, [k % count for k in range(WIDE)])
    return builder.shuffle_vector(wide, x, ir.Constant(ir.VectorType(I32, WIDE), [k if k < count else WIDE + k - count for k in range(WIDE)]))


@type_callable(kernel_words.in_order)
def _in_order_type(context):
    return lambda each: Lanes(WIDE, each.dtype.kind) if isinstance(each, types.UniTuple) and isinstance(each.dtype, Lanes) else None


@lower_builtin(kernel_words.in_order, types.UniTuple)
def _in_order(context, builder, sig, args):
    return joined(builder, cgutils.unpack_tuple(builder, args[0]))


word(kernel_words.widened, 1, lambda x: Lanes(WIDE, x.kind), lambda b, x: shuffled(b, x, [k % x.type.count for k in range(WIDE)]))
word(kernel_words.frame_number, 1, lambda x: Lanes(WIDE, "int"), lambda b, x: ir.Constant(ir.VectorType(I32, WIDE), [k // x.type.count for k in range(WIDE)]))
word(kernel_words.behind, 2, lambda first, x: x, _behind)
word(kernel_words.last_frame, 2, lambda x, like: like, lambda b, x, like: shuffled(b, x, list(range(WIDE - like.type.count, WIDE))))
