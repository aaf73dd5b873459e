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

from chronus.dsp import kernel
from chronus.dsp import lanes as language
from chronus.dsp.abreast import WIDE, frames
from chronus.dsp.kernel_lowering import memory
from chronus.dsp.line_lowering import LINE_FIELDS, Delay, Line, four_anywhere, loaded, opened
from chronus.dsp.lowering import F32, I32, I64, Lanes, as_lanes, folded, larger, shuffled, side_by_side, smaller
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


for _count, _targets in kernel.ABREAST_LINES.items():
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

    if kind.kind == "near":
        with builder.if_then(reading.is_even, likely=True):
            keep(reading.evenly())
    else:
        with builder.if_then(builder.not_(reading.is_before), likely=False):
            builder.store(I32(1), pointer(builder, reading.line.lies, I32))
        with builder.if_else(reading.is_even, likely=True) as (even, uneven):
            with even:
                keep(reading.evenly())
            with uneven:
                keep(reading.one_by_one())
    return context.make_tuple(builder, sig.return_type, [builder.load(place) for place in found])


def nothing(count):
    return ir.Constant(ir.VectorType(F32, count), [0.0] * count)


class Reading:
    """What `near` asks of a line of `count` lanes, once or twice for each lane of the frames. `is_before` says whether all of it lies before these
    frames, `is_even` whether each side's place goes on with the frames, too, all was written, and the ring does not end in it.
    """

    def __init__(self, context, builder, count, line, near):
        self.context, self.builder, self.count, self.line, self.near = context, builder, count, line, near
        self.copies = near.type.count // WIDE
        first = shuffled(builder, near, [WIDE * (k // WIDE) + k % count for k in range(near.type.count)])
        alike = builder.bitcast(builder.icmp_signed("==", near, first), ir.IntType(near.type.count))
        least, most = (builder.sext(builder.extract_element(folded(builder, near, 1, join), I32(0)), I64) for join in (smaller, larger))
        self.is_before = builder.icmp_signed(">=", builder.add(least, I64(OFFSETS[0])), I64(frames(count)))
        was_written = builder.icmp_signed("<=", builder.add(most, I64(OFFSETS[-1])), smaller(builder, line.age, line.longest))
        self.is_even = builder.and_(builder.icmp_unsigned("==", alike, ir.Constant(alike.type, -1)), builder.and_(self.is_before, was_written))
        self.begins = []                  # for each side of each copy, where what is asked for begins in the ring
        for lane in (WIDE * copy + side for copy in range(self.copies) for side in range(count)):
            ago = builder.add(builder.sext(builder.extract_element(near, I32(lane)), I64), I64(OFFSETS[-1]))
            place = builder.sub(line.at, ago)
            place = builder.select(builder.icmp_signed("<", place, I64(0)), builder.add(place, line.size), place)
            ends = builder.add(place, I64(frames(count) + len(OFFSETS) - 1))
            self.is_even = builder.and_(self.is_even, builder.icmp_signed("<=", ends, line.size))
            self.begins.append(place)

    def evenly(self):
        """Each side with loads of its own, of which every so many lanes are its."""
        for offset in OFFSETS:
            copies = []
            for copy in range(self.copies):
                sides = [self.frames_from(self.builder.add(place, I64(OFFSETS[-1] - offset))) for place in self.begins[copy * self.count:][:self.count]]
                value = sides[0]
                for side, other in enumerate(sides[1:], 1):
                    order = ir.Constant(ir.VectorType(I32, WIDE), [k + WIDE * (k % self.count == side) for k in range(WIDE)])
                    value = self.builder.shuffle_vector(value, other, order)
                copies.append(value)
            yield copies[0] if self.copies == 1 else side_by_side(self.builder, *copies)

    def frames_from(self, place):
        return loaded(self.builder, self.builder.add(self.line.address, self.builder.mul(place, I64(4 * self.count))), ir.VectorType(F32, WIDE), 4)

    def one_by_one(self):
        """Each frame as it would be read alone."""
        builder, line, wide = self.builder, self.line, self.near.type.count
        asks, *rooms = (builder.ptrtoint(cgutils.alloca_once(builder, self.near.type), I64) for _ in range(1 + len(OFFSETS)))
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


@lower_builtin(kernel.write_line, Frames, types.Any)
def _write_frames(context, builder, sig, args):
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    place = builder.add(line.address, builder.mul(line.at, I64(4 * count)))
    value = as_lanes(context, builder, args[1], sig.args[1], Lanes(WIDE))
    builder.store(value, pointer(builder, place, value.type)).align = 4
    return context.get_dummy_value()


memory(kernel.load_frames, kernel.store_frames, WIDE, align=4)


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


word(kernel.widened, 1, lambda x: Lanes(WIDE, x.kind), lambda b, x: shuffled(b, x, [k % x.type.count for k in range(WIDE)]))
word(kernel.frame_number, 1, lambda x: Lanes(WIDE, "int"), lambda b, x: ir.Constant(ir.VectorType(I32, WIDE), [k // x.type.count for k in range(WIDE)]))
word(kernel.behind, 2, lambda first, x: x, _behind)
word(kernel.last_frame, 2, lambda x, like: like, lambda b, x, like: shuffled(b, x, list(range(WIDE - like.type.count, WIDE))))
