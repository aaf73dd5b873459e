"""Steady delay lines for Numba: one that says what is asked of it, and one that is two addresses."""
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import models, register_model

from chronus.dsp import kernel_words
from chronus.dsp import lanes as language
from chronus.dsp.abreast import WIDE
from chronus.dsp.abreast_lowering import nothing, shifted
from chronus.dsp.line_lowering import Delay, Line, each_loaded, four_frames, loaded, opened, put
from chronus.dsp.lowering import F32, I32, I64, Lanes, constant, shuffled
from chronus.dsp.steady import MORE, sides_of
from chronus.native.lowering import pointer


class Asking(Delay):
    """A delay line of `count` lanes that brings silence, and puts down how long ago is asked for: -1 where that is no one moment for all voices."""

    fields = ("room",)


class Steady(Delay):
    """A delay line of which is known where the frame lies that is asked for, that of the right side beside that of the left, and the one to be written."""

    fields = ("left", "right", "into")


class Going(Delay):
    """The same for some frames side by side, which read it and write it one behind the other; `count` is of one of them."""

    fields = Steady.fields


for _kind in (Asking, Steady, Going):
    @register_model(_kind)
    class LineModel(models.StructModel):
        def __init__(self, manager, fe_type):
            super().__init__(manager, fe_type, [(name, types.int64) for name in fe_type.fields])


for _count in kernel_words.COUNTS:
    opened(kernel_words.ASKING_LINES[_count], Asking(f"asking_line{_count}", _count, _count), Asking.fields)
    opened(kernel_words.STEADY_LINES[_count], Steady(f"steady_line{_count}", _count, _count), Steady.fields)
for _count, _target in kernel_words.GOING_LINES.items():
    opened(_target, Going(f"going_line{_count}", _count, WIDE), Going.fields)


def note(builder, kind, line, wanted, more):
    """Puts down that so many frames are asked for, the first so long ago."""
    room, count, one = line.room, kind.count, ir.Constant(ir.IntType(1), 1)
    if count > 2:
        bits = builder.bitcast(builder.icmp_signed("==", wanted, shuffled(builder, wanted, [0] * count)), ir.IntType(count))
        one = builder.icmp_unsigned("==", bits, ir.Constant(bits.type, -1))
    for side in sides_of(count):
        place = pointer(builder, builder.add(room, I64(4 * side)), I32)
        before, first = builder.load(place), builder.extract_element(wanted, I32(side))
        alike = builder.or_(builder.icmp_signed("==", before, I32(0)), builder.icmp_signed("==", before, first))
        builder.store(builder.select(builder.and_(one, alike), first, I32(-1)), place)
        builder.store(I32(more), pointer(builder, builder.add(room, I64(MORE + 4 * side)), I32))


@lower_builtin(language.past, Asking, Lanes)
def _asked(context, builder, sig, args):
    note(builder, sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]), args[1], 0)
    return nothing(sig.return_type.count)


@lower_builtin(language.past_four, Asking, Lanes)
def _four_asked(context, builder, sig, args):
    wanted = builder.add(args[1], constant(args[1], 2))
    note(builder, sig.args[0], cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]), wanted, 3)
    return context.make_tuple(builder, sig.return_type, [nothing(sig.args[1].count)] * 4)


@lower_builtin(language.past, Steady, Lanes)
def _steady(context, builder, sig, args):
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    if count == 2:
        return each_loaded(builder, [line.left, builder.add(line.right, I64(4))])
    return loaded(builder, line.left, ir.VectorType(F32, count), 4 * count)


@lower_builtin(language.past_four, Steady, Lanes)
def _four_steady(context, builder, sig, args):
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    if count == 2:
        found = four_frames(builder, [line.left, line.right], Line(count, count))
    else:
        found = [loaded(builder, builder.add(line.left, I64(4 * count * i)), ir.VectorType(F32, count), 4 * count) for i in range(4)]
    return context.make_tuple(builder, sig.return_type, found[::-1])


def going(context, builder, sig, args, number):
    """`number` times what all frames find where they ask, and behind it, the left lanes from the left and the right from the right."""
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    return shifted(builder, [line.left, line.right][:count], count, number)


@lower_builtin(language.past, Going, Lanes)
def _past_going(context, builder, sig, args):
    return going(context, builder, sig, args, 1)[0]


@lower_builtin(language.past_four, Going, Lanes)
def _four_going(context, builder, sig, args):
    return context.make_tuple(builder, sig.return_type, going(context, builder, sig, args, 4)[::-1])


@lower_builtin(kernel_words.write_line, Going, types.Any)
def _write_going(context, builder, sig, args):
    line = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    return put(context, builder, line.into, args[1], sig.args[1], WIDE, 4)


@lower_builtin(kernel_words.write_line, Steady, types.Any)
def _write_steady(context, builder, sig, args):
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    return put(context, builder, line.into, args[1], sig.args[1], count, 4 * count)
