"""Delay lines for Numba: where in the ring a frame of so long ago is, and loads as wide as what lies there side by side.

What is asked for is held to what the line has, and reads 0 where nothing was written yet.
"""
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import models, register_model, type_callable

from chronus.dsp import kernel
from chronus.dsp import lanes as language
from chronus.dsp.lines import ROW
from chronus.dsp.lowering import F32, I32, I64, Lanes, as_lanes, constant, folded, joined, larger, shuffled, side_by_side, smaller, spread
from chronus.native.lowering import fixed


class Delay(types.Type):
    """A delay line of `count` lanes. What is asked of it, and written to it, has `asking` lanes."""

    def __init__(self, name, count, asking):
        self.count, self.asking = count, asking
        super().__init__(name=name)


class Line(Delay):
    """A ring of frames in memory that was written for some time. A `calm` one is read at places that stand still."""

    def __init__(self, count, calm=False):
        self.calm = calm
        super().__init__(f"{'calm_' * calm}line{count}", count, count)


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


for _count in kernel.COUNTS:
    opened(kernel.LINES[_count], Line(_count))
    opened(kernel.CALM_LINES[_count], Line(_count, calm=True))


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


@type_callable(kernel.write_line)
def _write_type(context):
    return lambda line, value: types.void if isinstance(line, Delay) else None


@lower_builtin(kernel.write_line, Line, types.Any)
def _write_line(context, builder, sig, args):
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    value = as_lanes(context, builder, args[1], sig.args[1], Lanes(count))
    for lane, place in zip(range(0, count, ROW), rows(builder, line, line.at, count)):
        row = shuffled(builder, value, list(range(lane, lane + row_type(count).count)))
        builder.store(row, builder.inttoptr(place, row.type.as_pointer())).align = frame_bytes(count)
    return context.get_dummy_value()


lanes_answer(language.past, lambda lanes: lanes)
lanes_answer(language.past_by_four, lambda lanes: lanes)
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


def beginning(builder, line, lane, count):
    """Where a lane of the first frame of a ring of `count` lanes is: lanes lie together in rows of `ROW`, row behind row."""
    row, column = divmod(lane % count, ROW)
    return builder.add(line.address, builder.add(builder.mul(line.size, I64(4 * ROW * row)), I64(4 * column)))


def frame_bytes(count):
    """From a frame to the next within a row."""
    return 4 * min(count, ROW)


def rows(builder, line, frame, count):
    """Where each row of a frame is."""
    for lane in range(0, count, ROW):
        yield builder.add(beginning(builder, line, lane, count), builder.mul(frame, I64(frame_bytes(count))))


def row_type(count):
    return ir.VectorType(F32, min(count, ROW))


def pointers(builder, line, frame, count, step=1):
    """Where each `step`-th lane of these frames is, in a line of `count` lanes."""
    offsets = builder.mul(frame, constant(frame, frame_bytes(count)))
    for i in range(frame.type.count):
        offset = builder.zext(builder.extract_element(offsets, I32(i)), I64)
        yield builder.add(beginning(builder, line, step * i, count), offset)


def standing_pointers(builder, line, wanted, count, step=1):
    """Where each `step`-th lane of so long ago is while no ring ends before it: what stands still is subtracted first, and once for many frames."""
    now = builder.mul(line.at, I64(frame_bytes(count)))
    for i in range(wanted.type.count):
        back = builder.mul(builder.zext(builder.extract_element(wanted, I32(i)), I64), I64(frame_bytes(count)))
        yield builder.add(builder.sub(beginning(builder, line, step * i, count), back), now)


def in_calm(builder, line, wanted, least, count, step, read, otherwise):
    """What `read` makes of pointers where so long ago, `least` or more, all was written and lies before the place in the ring, else `otherwise()`."""
    shortest, longest = (builder.sext(builder.extract_element(folded(builder, wanted, 1, join), I32(0)), I64) for join in (smaller, larger))
    room = smaller(builder, smaller(builder, line.at, line.age), line.longest)
    whole = builder.and_(builder.icmp_signed(">=", shortest, I64(least)), builder.icmp_signed("<=", longest, room))
    return either(builder, whole, lambda: read(standing_pointers(builder, line, wanted, count, step)), otherwise, likely=True)


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


def together(builder, line, wanted, count, nearest, furthest, otherwise):
    """Whole frames, from `nearest` to `furthest` of what is asked for, where all voices ask for the same one and it lies before the place in the ring;
    else `otherwise()`. Voices whose knobs stand alike move their taps alike, and then one load does for sixteen. Where twice as many are asked for, each half.
    """
    asking, halves = wanted.type.count, range(0, wanted.type.count, count)
    same = builder.icmp_signed("==", wanted, shuffled(builder, wanted, [lane // count * count for lane in range(asking)]))
    firsts = [builder.sext(builder.extract_element(wanted, I32(lane)), I64) for lane in halves]
    room = smaller(builder, smaller(builder, line.at, line.age), line.longest)
    there = builder.icmp_unsigned("==", builder.bitcast(same, ir.IntType(asking)), ir.Constant(ir.IntType(asking), -1))
    for first in firsts:
        there = builder.and_(there, builder.icmp_signed(">=", first, I64(1 - nearest)))
        there = builder.and_(there, builder.icmp_signed("<=", first, builder.sub(room, I64(furthest))))

    def whole(more):
        return [frame_of(builder, rows(builder, line, builder.sub(line.at, builder.add(first, I64(more))), count), count) for first in firsts]

    return either(builder, there, lambda: [joined(builder, whole(more)) for more in range(nearest, furthest + 1)], otherwise)


def loaded(builder, address, kind, align):
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = align
    return value


def silence(builder, count):
    """The address of a row of zeros."""
    zeros = ir.Constant(row_type(count), [0.0] * row_type(count).count)
    return builder.ptrtoint(cgutils.global_constant(builder, "silence", zeros), I64)


def frame_of(builder, places, count):
    """A frame whose rows are at these places."""
    return joined(builder, [loaded(builder, place, row_type(count), frame_bytes(count)) for place in places])


def written(builder, line, wanted, value):
    """`value` where so long ago something was written: the question is asked only while the line is young."""
    found = cgutils.alloca_once_value(builder, value)
    with builder.if_then(builder.icmp_signed("<", line.age, line.longest), likely=False):
        is_there = builder.icmp_signed("<=", wanted, everywhere(builder, line.age, wanted))
        builder.store(builder.select(is_there, value, constant(value, 0.0)), found)
    return builder.load(found)


def past_frame(builder, line, wanted, count):
    """A whole frame, the same for all lanes, or that of zeros."""
    wanted, frame = placed(builder, line, wanted)
    is_there = builder.icmp_signed("<=", wanted, line.age)
    return frame_of(builder, [builder.select(is_there, place, silence(builder, count)) for place in rows(builder, line, frame, count)], count)


def each_loaded(builder, places):
    """For each lane its own load."""
    values = [loaded(builder, place, F32, 4) for place in places]
    found = ir.Constant(ir.VectorType(F32, len(values)), ir.Undefined)
    for lane, value in enumerate(values):
        found = builder.insert_element(found, value, I32(lane))
    return found


def past_each(builder, line, wanted, count):
    """For each lane what was written so long ago."""
    wanted, frame = placed(builder, line, wanted)
    return written(builder, line, wanted, each_loaded(builder, pointers(builder, line, frame, count)))


@lower_builtin(language.past, Line, types.Any)
def _past(context, builder, sig, args):
    kind, line = sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    if isinstance(sig.args[1], types.Integer):
        return past_frame(builder, line, context.cast(builder, args[1], sig.args[1], types.int64), kind.count)

    def each():
        if kind.calm:
            return in_calm(builder, line, args[1], 1, kind.count, 1, lambda places: [each_loaded(builder, places)],
                           lambda: [past_each(builder, line, args[1], kind.count)])
        return [past_each(builder, line, args[1], kind.count)]

    return (together(builder, line, args[1], kind.count, 0, 0, each) if kind.count > 2 else each())[0]


@lower_builtin(language.past_by_four, Line, Lanes)
def _past_by_four(context, builder, sig, args):
    """A load for four lanes."""
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    asking, width = sig.args[1].count, min(count, ROW)
    firsts = shuffled(builder, args[1], list(range(0, asking, width)))

    def anywhere():
        wanted, frame = placed(builder, line, firsts)
        wanted_by = shuffled(builder, wanted, [lane // width for lane in range(asking)])
        return written(builder, line, wanted_by, frame_of(builder, pointers(builder, line, frame, count, width), count))

    if sig.args[0].calm:
        return in_calm(builder, line, firsts, 1, count, width, lambda places: [frame_of(builder, places, count)], lambda: [anywhere()])[0]
    return anywhere()


@lower_builtin(language.past_four, Line, Lanes)
def _past_four(context, builder, sig, args):
    count, line, near = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]), args[1]

    def each():
        if sig.args[0].calm:
            return in_calm(builder, line, builder.add(near, constant(near, 2)), 4, count, 1 if count > 2 else 0,
                           lambda places: four_frames(builder, list(places), count)[::-1], lambda: four_anywhere(builder, line, near, count))
        return four_anywhere(builder, line, near, count)

    return context.make_tuple(builder, sig.return_type, together(builder, line, near, count, -1, 2, each) if count > 2 else each())


def four_anywhere(builder, line, near, count):
    """Four frames lie side by side but where the ring ends within them; there, and where the line is young or short, each is looked for alone."""
    asking = near.type.count
    room = larger(builder, builder.sub(smaller(builder, line.age, line.longest), I64(3)), I64(0))
    within = builder.icmp_unsigned("<", builder.sub(near, constant(near, 2)), everywhere(builder, room, near))
    frame = builder.sub(builder.sub(everywhere(builder, line.at, near), near), constant(near, 2))
    frame = smaller(builder, frame, builder.add(frame, everywhere(builder, line.size, near)), signed=False)
    unbroken = builder.icmp_unsigned("<", frame, everywhere(builder, larger(builder, builder.sub(line.size, I64(3)), I64(0)), near))
    bits = builder.bitcast(builder.and_(within, unbroken), ir.IntType(asking))
    return either(builder, builder.icmp_unsigned("==", bits, ir.Constant(bits.type, -1)),
                  lambda: four_frames(builder, list(pointers(builder, line, frame, count, 1 if count > 2 else 0)), count)[::-1],
                  lambda: [past_each(builder, line, builder.add(near, constant(near, more)), count) for more in (-1, 0, 1, 2)], likely=True)


@type_callable(language.past_all)
def _past_all_type(context):
    def resolve(line, frames):
        if isinstance(line, Line) and isinstance(frames, types.BaseTuple) and all(isinstance(number, types.Integer) for number in frames):
            return types.UniTuple(Lanes(line.count), len(frames))
    return resolve


@lower_builtin(language.past_all, Line, types.BaseTuple)
def _past_all(context, builder, sig, args):
    """One question for all: whether the longest of these is in the line, and lies in the ring without an end before it."""
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    numbers = [context.cast(builder, number, kind, types.int64) for number, kind in zip(cgutils.unpack_tuple(builder, args[1]), sig.args[1])]
    least, most = numbers[0], numbers[0]
    for number in numbers[1:]:
        least, most = smaller(builder, least, number), larger(builder, most, number)
    room = smaller(builder, smaller(builder, line.age, line.longest), line.at)
    whole = builder.and_(builder.icmp_signed(">=", least, I64(1)), builder.icmp_signed("<=", most, room))
    found = either(builder, whole, lambda: [frame_of(builder, rows(builder, line, builder.sub(line.at, number), count), count) for number in numbers],
                   lambda: [past_frame(builder, line, number, count) for number in numbers], likely=True)
    return context.make_tuple(builder, sig.return_type, found)


def four_frames(builder, places, count):
    """The frames from these places on, for each lane its own; in a line of one or two lanes the places of whole frames."""
    asking = len(places)
    if count > 2:
        return [each_loaded(builder, [builder.add(place, I64(frame_bytes(count) * i)) for place in places]) for i in range(4)]
    order = range(4 * count)
    wide = [loaded(builder, place, ir.VectorType(F32, 4 * count), 4 * count) for place in places]
    if count == 2:                          # the left side of what the left lane asks for, the right of what the right one does
        sides = ir.Constant(ir.VectorType(I32, 8), [i + 8 * (i % 2) for i in order])
        wide = [builder.shuffle_vector(left, right, sides) for left, right in zip(wide[::2], wide[1::2])]
    both = side_by_side(builder, *wide) if asking > count else wide[0]
    return [shuffled(builder, both, [4 * count * j + i * count + k for j in range(asking // count) for k in range(count)]) for i in range(4)]
