"""Delay lines for Numba: where in the ring a frame of so long ago is, and loads as wide as what lies there side by side.

What is asked for is held to what the line has, and reads 0 where nothing was written yet.
"""
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import models, register_model, type_callable

from chronus.dsp import kernel_words
from chronus.dsp import lanes as language
from chronus.dsp.lines import ROW
from chronus.dsp.lowering import F32, I32, I64, Lanes, as_lanes, constant, folded, joined, larger, repeated, shuffled, side_by_side, smaller, spread
from chronus.native.lowering import fixed


class Delay(types.Type):
    """A delay line of `count` lanes. What is asked of it, and written to it, has `asking` lanes."""

    def __init__(self, name, count, asking):
        self.count, self.asking = count, asking
        super().__init__(name=name)


class Line(Delay):
    """A ring of frames in memory that was written for some time, of each of which `row` lanes lie together. A `calm` one is read at places that stand still."""

    def __init__(self, count, row, calm=False):
        self.row, self.calm = row, calm
        super().__init__(f"{'calm_' * calm}line{count}_{row}", count, count)

    @property
    def frame_bytes(self):
        """From a frame to the next within a row."""
        return 4 * self.row

    @property
    def row_type(self):
        return ir.VectorType(F32, self.row)


LINE_FIELDS = ("address", "size", "longest", "at", "age")


@register_model(Line)
class LineModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [(name, types.int64) for name in LINE_FIELDS])


def opened(target, kind, fields=LINE_FIELDS):
    """Gives `target` (a number for each field) -> a line of this kind its meaning."""
    @type_callable(target)
    def typer(context):
        return fixed(len(fields), lambda *numbers: kind)

    @lower_builtin(target, *[types.Integer] * len(fields))
    def lower(context, builder, sig, args):
        line = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        for name, value, given in zip(fields, args, sig.args):
            setattr(line, name, context.cast(builder, value, given, types.int64))
        return line._getvalue()


for _shape in kernel_words.LINES:
    opened(kernel_words.LINES[_shape], Line(*_shape))
    opened(kernel_words.CALM_LINES[_shape], Line(*_shape, calm=True))


def lanes_answer(target, answer):
    """`target` (line, frames) gives `answer(lanes)` for an integer for each lane, or for each of twice as many; `past` also takes one for all."""
    @type_callable(target)
    def typer(context):
        def resolve(line, frames):
            if not isinstance(line, Delay):
                return None
            if isinstance(frames, types.Integer):
                return answer(Lanes(line.asking)) if target is language.past else None
            count = getattr(frames, "count", 0)
            return answer(Lanes(count)) if count in (line.asking, 2 * line.asking) and frames == Lanes(count, "int") else None
        return resolve


@type_callable(kernel_words.write_line)
def _write_type(context):
    return lambda line, value: types.void if isinstance(line, Delay) else None


@lower_builtin(kernel_words.write_line, Line, types.Any)
def _write_line(context, builder, sig, args):
    kind, line = sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    write_rows(builder, rows(builder, line, line.at, kind), as_lanes(context, builder, args[1], sig.args[1], Lanes(kind.count)), kind)
    return context.get_dummy_value()


def write_rows(builder, places, value, kind):
    """Writes a frame whose rows are at these places."""
    for lane, place in zip(range(0, kind.count, kind.row), places):
        row = shuffled(builder, value, list(range(lane, lane + kind.row)))
        builder.store(row, builder.inttoptr(place, row.type.as_pointer())).align = kind.frame_bytes


lanes_answer(language.past, lambda lanes: lanes)
lanes_answer(language.past_by_four, lambda lanes: lanes)
lanes_answer(language.past_sides, lambda lanes: lanes)
lanes_answer(language.past_four, lambda lanes: types.UniTuple(lanes, 4))


def everywhere(builder, word, like):
    """A word of a line beside what is asked of it: as it is, or an int32 in each lane."""
    return word if like.type == I64 else spread(builder, builder.trunc(word, I32), like.type.count)


def number(like, value):
    return I64(value) if like.type == I64 else constant(like, value)


def held_within(builder, line, wanted):
    """What is asked for, held to what the line has."""
    return smaller(builder, larger(builder, wanted, number(wanted, 1)), everywhere(builder, line.longest, wanted))


def placed(builder, line, wanted):
    """(wanted, frame): what is asked for, held to what the line has, and where in its ring that is. Below 0 is above all as an unsigned number,
    so the smaller one of a frame and that a ring later is the one within the ring.
    """
    wanted = held_within(builder, line, wanted)
    frame = builder.sub(everywhere(builder, line.at, wanted), wanted)
    return wanted, smaller(builder, frame, builder.add(frame, everywhere(builder, line.size, wanted)), signed=False)


def beginning(builder, line, lane, kind):
    """Where a lane of the first frame of a ring is: lanes lie together in rows, row behind row."""
    row, column = divmod(lane % kind.count, kind.row)
    return builder.add(line.address, builder.add(builder.mul(line.size, I64(kind.frame_bytes * row)), I64(4 * column)))


def rows(builder, line, frame, kind):
    """Where each row of a frame is."""
    for lane in range(0, kind.count, kind.row):
        yield builder.add(beginning(builder, line, lane, kind), builder.mul(frame, I64(kind.frame_bytes)))


def pointers(builder, line, frame, kind, step=1):
    """Where each `step`-th lane of these frames is, in a line of `count` lanes."""
    offsets = builder.mul(frame, constant(frame, kind.frame_bytes))
    for i in range(frame.type.count):
        offset = builder.zext(builder.extract_element(offsets, I32(i)), I64)
        yield builder.add(beginning(builder, line, step * i, kind), offset)


def standing_pointers(builder, line, wanted, kind, step=1):
    """Where each `step`-th lane of so long ago is while no ring ends before it: what stands still is subtracted first, and once for many frames."""
    now = builder.mul(line.at, I64(kind.frame_bytes))
    for i in range(wanted.type.count):
        back = builder.mul(builder.zext(builder.extract_element(wanted, I32(i)), I64), I64(kind.frame_bytes))
        yield builder.add(builder.sub(beginning(builder, line, step * i, kind), back), now)


def in_calm(builder, line, wanted, least, kind, step, read, otherwise):
    """What `read` makes of pointers where so long ago, `least` or more, all was written and lies before the place in the ring, else `otherwise()`."""
    shortest, longest = (builder.sext(builder.extract_element(folded(builder, wanted, 1, join), I32(0)), I64) for join in (smaller, larger))
    room = smaller(builder, smaller(builder, line.at, line.age), line.longest)
    whole = builder.and_(builder.icmp_signed(">=", shortest, I64(least)), builder.icmp_signed("<=", longest, room))
    return either(builder, whole, lambda: read(standing_pointers(builder, line, wanted, kind, step)), otherwise, likely=True)


def either(builder, condition, there, otherwise, likely=None):
    """The values that one of two makes, whichever is to run."""
    with builder.if_else(condition, likely=likely) as (yes, no):
        with yes:
            values = there()
            found = [cgutils.alloca_once(builder, value.type) for value in values]
            for value, place in zip(values, found):
                builder.store(value, place)
        with no:
            for value, place in zip(otherwise(), found):
                builder.store(value, place)
    return [builder.load(place) for place in found]


def together(builder, line, wanted, kind, nearest, furthest, otherwise):
    """Whole frames, from `nearest` to `furthest` of what is asked for, where all voices ask for the same one and no end of the ring lies between them;
    else `otherwise()`. Voices whose knobs stand alike move their taps alike, and then one load does for sixteen. Where twice as many are asked for, each half.

    What is asked for is looked at first, and once for many frames where it stands still; in each frame then the age of the line and where it is.
    """
    count, asking, halves = kind.count, wanted.type.count, range(0, wanted.type.count, kind.count)
    same = builder.icmp_signed("==", wanted, shuffled(builder, wanted, [lane // count * count for lane in range(asking)]))
    firsts = [builder.sext(builder.extract_element(wanted, I32(lane)), I64) for lane in halves]
    there = builder.icmp_unsigned("==", builder.bitcast(same, ir.IntType(asking)), ir.Constant(ir.IntType(asking), -1))
    longest, last = builder.sub(line.longest, I64(furthest)), firsts[0]
    for first in firsts:
        there = builder.and_(there, builder.icmp_signed(">=", first, I64(1 - nearest)))
        there, last = builder.and_(there, builder.icmp_signed("<=", first, longest)), larger(builder, last, first)
    there = builder.icmp_signed("<=", builder.select(there, last, I64(1 << 62)), builder.sub(line.age, I64(furthest)))
    frames = []
    for first in firsts:
        frame = builder.sub(builder.sub(line.at, first), I64(furthest))
        frames.append(smaller(builder, frame, builder.add(frame, line.size), signed=False))
        if furthest > nearest:
            there = builder.and_(there, builder.icmp_signed("<", frames[-1], builder.sub(line.size, I64(furthest - nearest))))

    def whole(more):
        return [frame_of(builder, rows(builder, line, builder.add(frame, I64(furthest - more)), kind), kind.row) for frame in frames]

    return either(builder, there, lambda: [joined(builder, whole(more)) for more in range(nearest, furthest + 1)], otherwise)


def loaded(builder, address, kind, align):
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = align
    return value


def put(context, builder, address, value, given, count, align):
    """Writes so many lanes to an address."""
    value = as_lanes(context, builder, value, given, Lanes(count))
    builder.store(value, builder.inttoptr(address, value.type.as_pointer())).align = align
    return context.get_dummy_value()


def silence(builder, kind):
    """The address of a row of zeros."""
    zeros = ir.Constant(kind.row_type, [0.0] * kind.row_type.count)
    return builder.ptrtoint(cgutils.global_constant(builder, "silence", zeros), I64)


def frame_of(builder, places, width):
    """A frame whose parts, of so many lanes, are at these places."""
    return joined(builder, [loaded(builder, place, ir.VectorType(F32, width), 4 * width) for place in places])


def written(builder, line, wanted, value):
    """`value` where so long ago something was written: the question is asked only while the line is young."""
    found = cgutils.alloca_once_value(builder, value)
    with builder.if_then(builder.icmp_signed("<", line.age, line.longest), likely=False):
        is_there = builder.icmp_signed("<=", wanted, everywhere(builder, line.age, wanted))
        builder.store(builder.select(is_there, value, constant(value, 0.0)), found)
    return builder.load(found)


def past_frame(builder, line, wanted, kind):
    """A whole frame, the same for all lanes, or that of zeros."""
    wanted, frame = placed(builder, line, wanted)
    is_there = builder.icmp_signed("<=", wanted, line.age)
    return frame_of(builder, [builder.select(is_there, place, silence(builder, kind)) for place in rows(builder, line, frame, kind)], kind.row)


def each_loaded(builder, places):
    """For each lane its own load."""
    values = [loaded(builder, place, F32, 4) for place in places]
    found = ir.Constant(ir.VectorType(F32, len(values)), ir.Undefined)
    for lane, value in enumerate(values):
        found = builder.insert_element(found, value, I32(lane))
    return found


def past_each(builder, line, wanted, kind):
    """For each lane what was written so long ago."""
    wanted, frame = placed(builder, line, wanted)
    return written(builder, line, wanted, each_loaded(builder, pointers(builder, line, frame, kind)))


@lower_builtin(language.past, Line, types.Any)
def _past(context, builder, sig, args):
    kind, line = sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    if isinstance(sig.args[1], types.Integer):
        return past_frame(builder, line, context.cast(builder, args[1], sig.args[1], types.int64), kind)

    def each():
        if kind.calm:
            return in_calm(builder, line, args[1], 1, kind, 1, lambda places: [each_loaded(builder, places)],
                           lambda: [past_each(builder, line, args[1], kind)])
        return [past_each(builder, line, args[1], kind)]

    return (together(builder, line, args[1], kind, 0, 0, each) if kind.count > 2 else each())[0]


@lower_builtin(language.past_by_four, Line, Lanes)
def _past_by_four(context, builder, sig, args):
    """A load for four lanes."""
    kind, line = sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    asking, width = sig.args[1].count, min(kind.count, ROW)
    firsts = shuffled(builder, args[1], list(range(0, asking, width)))

    def anywhere():
        wanted, frame = placed(builder, line, firsts)
        wanted_by = shuffled(builder, wanted, [lane // width for lane in range(asking)])
        return written(builder, line, wanted_by, frame_of(builder, pointers(builder, line, frame, kind, width), width))

    if kind.calm:
        return in_calm(builder, line, firsts, 1, kind, width, lambda places: [frame_of(builder, places, width)], lambda: [anywhere()])[0]
    return anywhere()


@lower_builtin(language.past_sides, Line, Lanes)
def _past_sides(context, builder, sig, args):
    return repeated(2)(builder, _past_by_four(context, builder, sig, args))


@lower_builtin(language.past_four, Line, Lanes)
def _past_four(context, builder, sig, args):
    kind, line, near = sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]), args[1]

    def each():
        if kind.calm:
            return in_calm(builder, line, builder.add(near, constant(near, 2)), 4, kind, 1 if kind.count > 2 else 0,
                           lambda places: four_frames(builder, list(places), kind)[::-1], lambda: four_anywhere(builder, line, near, kind))
        return four_anywhere(builder, line, near, kind)

    return context.make_tuple(builder, sig.return_type, together(builder, line, near, kind, -1, 2, each) if kind.count > 2 else each())


def four_anywhere(builder, line, near, kind):
    """Four frames lie side by side but where the ring ends within them; there, and where the line is young or short, each is looked for alone."""
    asking = near.type.count
    room = larger(builder, builder.sub(smaller(builder, line.age, line.longest), I64(3)), I64(0))
    within = builder.icmp_unsigned("<", builder.sub(near, constant(near, 2)), everywhere(builder, room, near))
    frame = builder.sub(builder.sub(everywhere(builder, line.at, near), near), constant(near, 2))
    frame = smaller(builder, frame, builder.add(frame, everywhere(builder, line.size, near)), signed=False)
    unbroken = builder.icmp_unsigned("<", frame, everywhere(builder, larger(builder, builder.sub(line.size, I64(3)), I64(0)), near))
    bits = builder.bitcast(builder.and_(within, unbroken), ir.IntType(asking))
    return either(builder, builder.icmp_unsigned("==", bits, ir.Constant(bits.type, -1)),
                  lambda: four_frames(builder, list(pointers(builder, line, frame, kind, 1 if kind.count > 2 else 0)), kind)[::-1],
                  lambda: [past_each(builder, line, builder.add(near, constant(near, more)), kind) for more in (-1, 0, 1, 2)], likely=True)


@type_callable(language.past_all)
def _past_all_type(context):
    def resolve(line, frames):
        if isinstance(line, Delay) and isinstance(frames, types.BaseTuple) and all(isinstance(number, types.Integer) for number in frames):
            return types.UniTuple(Lanes(line.count), len(frames))
    return resolve


@lower_builtin(language.past_all, Line, types.BaseTuple)
def _past_all(context, builder, sig, args):
    """One question for all: whether the longest of these is in the line, and lies in the ring without an end before it."""
    kind, line = sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    numbers = [context.cast(builder, number, given, types.int64) for number, given in zip(cgutils.unpack_tuple(builder, args[1]), sig.args[1])]
    least, most = numbers[0], numbers[0]
    for number in numbers[1:]:
        least, most = smaller(builder, least, number), larger(builder, most, number)
    room = smaller(builder, smaller(builder, line.age, line.longest), line.at)
    whole = builder.and_(builder.icmp_signed(">=", least, I64(1)), builder.icmp_signed("<=", most, room))
    found = either(builder, whole, lambda: [frame_of(builder, rows(builder, line, builder.sub(line.at, number), kind), kind.row) for number in numbers],
                   lambda: [past_frame(builder, line, number, kind) for number in numbers], likely=True)
    return context.make_tuple(builder, sig.return_type, found)


def four_frames(builder, places, kind):
    """The frames from these places on, for each lane its own; in a line of one or two lanes the places of whole frames."""
    asking, count = len(places), kind.count
    if count > 2:
        return [each_loaded(builder, [builder.add(place, I64(kind.frame_bytes * i)) for place in places]) for i in range(4)]
    order = range(4 * count)
    wide = [loaded(builder, place, ir.VectorType(F32, 4 * count), 4 * count) for place in places]
    if count == 2:                          # the left side of what the left lane asks for, the right of what the right one does
        sides = ir.Constant(ir.VectorType(I32, 8), [i + 8 * (i % 2) for i in order])
        wide = [builder.shuffle_vector(left, right, sides) for left, right in zip(wide[::2], wide[1::2])]
    both = side_by_side(builder, *wide) if asking > count else wide[0]
    return [shuffled(builder, both, [4 * count * j + i * count + k for j in range(asking // count) for k in range(count)]) for i in range(4)]
