"""Tables for Numba: an address with what its header says, read with every index held within."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import models, register_model, type_callable

from chronus.dsp import kernel_words
from chronus.dsp import lanes as language
from chronus.dsp.line_lowering import Line
from chronus.dsp.lowering import F32, I32, I64, Lanes, folded, as_lanes, constant, spread
from chronus.dsp.tables import AT_ONCE, TABLE_HEADER, T_CHANNELS, T_FRAMES, T_RATE


class Table(types.Type):
    """A table: its samples' address, its frames, its channels, its rate."""

    def __init__(self):
        super().__init__(name="table")


TABLE = Table()


@register_model(Table)
class TableModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [(name, types.int64) for name in ("samples", "frames", "channels", "rate")])


@type_callable(kernel_words.open_table)
def _open_type(context):
    return lambda address: TABLE


@lower_builtin(kernel_words.open_table, types.Integer)
def _open(context, builder, sig, args):
    address = context.cast(builder, args[0], sig.args[0], types.int64)
    table = cgutils.create_struct_proxy(TABLE)(context, builder)
    table.samples = builder.add(address, I64(TABLE_HEADER))
    for name, offset in (("frames", T_FRAMES), ("channels", T_CHANNELS), ("rate", T_RATE)):
        setattr(table, name, builder.load(builder.inttoptr(builder.add(address, I64(offset)), I64.as_pointer())))
    return table._getvalue()


@type_callable(language.table_length)
def _length_type(context):
    return lambda table: types.int64 if table == TABLE else None


@lower_builtin(language.table_length, Table)
def _length(context, builder, sig, args):
    return cgutils.create_struct_proxy(TABLE)(context, builder, args[0]).frames


@type_callable(language.table_rate)
def _rate_type(context):
    return lambda table: types.float64 if table == TABLE else None


@lower_builtin(language.table_rate, Table)
def _rate(context, builder, sig, args):
    return builder.sitofp(cgutils.create_struct_proxy(TABLE)(context, builder, args[0]).rate, ir.DoubleType())


def _readable(table, frame, channel):
    return table == TABLE and isinstance(frame, Lanes) and frame.kind == "int" and (channel == frame or isinstance(channel, types.Integer))


@type_callable(language.read)
def _read_type(context):
    return lambda table, frame, channel: Lanes(frame.count) if _readable(table, frame, channel) else None


@type_callable(language.read_four)
def _read_four_type(context):
    return lambda table, frame, channel: types.UniTuple(Lanes(frame.count), 4) if _readable(table, frame, channel) else None


def loaded(context, builder, sig, args, around):
    """The values at some frames around the one that is asked for: a load for each lane. Within three frames of the samples there are zeros."""
    table, frame, count = cgutils.create_struct_proxy(TABLE)(context, builder, args[0]), args[1], sig.args[1].count
    channel = as_lanes(context, builder, args[2], sig.args[2], sig.args[1])
    frames, channels = (spread(builder, builder.trunc(word, I32), count) for word in (table.frames, table.channels))

    def held(value, first, last):
        value = builder.select(builder.icmp_signed("<", value, first), first, value)
        return builder.select(builder.icmp_signed(">", value, last), last, value)

    frame = held(frame, constant(frame, -1 - around[-1]), builder.sub(frames, constant(frames, around[0])))
    channel = held(channel, constant(channel, 0), builder.sub(channels, constant(channels, 1)))
    place = builder.add(builder.mul(frame, channels), channel)
    steps = [builder.mul(builder.shl(table.channels, I64(2)), I64(step)) for step in around]
    values = [ir.Constant(ir.VectorType(F32, count), ir.Undefined) for _ in around]
    for lane in range(count):
        address = builder.add(table.samples, builder.shl(builder.sext(builder.extract_element(place, I32(lane)), I64), I64(2)))
        for i, step in enumerate(steps):
            value = builder.load(builder.inttoptr(builder.add(address, step), F32.as_pointer()))
            values[i] = builder.insert_element(values[i], value, I32(lane))
    return values


@lower_builtin(language.read, Table, Lanes, types.Any)
def _read(context, builder, sig, args):
    return loaded(context, builder, sig, args, (0,))[0]


@lower_builtin(language.read_four, Table, Lanes, types.Any)
def _read_four(context, builder, sig, args):
    return context.make_tuple(builder, sig.return_type, loaded(context, builder, sig, args, (-1, 0, 1, 2)))


@type_callable(language.convolved)
def _convolved_type(context):
    return lambda line, table: Lanes(2) if isinstance(line, Line) and line.count == 2 and table == TABLE else None


@lower_builtin(language.convolved, Line, Table)
def _convolved(context, builder, sig, args):
    """Sixteen sums, of four groups of eight stereo frames in each turn, from the oldest frame that was written; then those together."""
    line, table = (cgutils.create_struct_proxy(kind)(context, builder, value) for kind, value in zip(sig.args, args))
    wide, group = ir.VectorType(F32, 16), 8
    sums = [cgutils.alloca_once_value(builder, ir.Constant(wide, [0.0] * 16)) for _ in range(4)]
    size = builder.select(builder.icmp_signed("==", table.channels, I64(2)), builder.and_(builder.sub(table.frames, I64(AT_ONCE)), I64(-AT_ONCE)), I64(0))
    unwritten = builder.sub(size, line.age)                      # of the response's frames so many belong to what was never written
    first = builder.select(builder.icmp_signed(">", unwritten, I64(0)), builder.and_(unwritten, I64(-AT_ONCE)), I64(0))
    with cgutils.for_range_slice(builder, first, size, I64(AT_ONCE), I64) as (turn, _):
        for j, total in enumerate(sums):
            place = builder.add(turn, I64(group * j))
            start = _wrapped(builder, builder.add(builder.sub(line.at, size), place), line.size)
            is_whole = builder.and_(builder.icmp_signed(">=", place, unwritten),
                                    builder.icmp_signed("<=", builder.add(start, I64(group)), line.size))
            heard = cgutils.alloca_once(builder, wide)
            with builder.if_else(is_whole) as (whole, broken):
                with whole:
                    value = builder.load(_at(builder, line.address, start, wide))
                    value.align = 4
                    builder.store(value, heard)
                with broken:
                    builder.store(_frame_by_frame(builder, line, size, place, unwritten, group), heard)
            response = builder.load(_at(builder, table.samples, place, wide))
            builder.store(builder.fadd(builder.load(total), builder.fmul(builder.load(heard), response)), total)
    a, b, c, d = map(builder.load, sums)
    return folded(builder, builder.fadd(builder.fadd(a, b), builder.fadd(c, d)), 2)


def _wrapped(builder, frame, size):
    return builder.select(builder.icmp_signed("<", frame, I64(0)), builder.add(frame, size), frame)


def _at(builder, address, frame, kind):
    return builder.inttoptr(builder.add(address, builder.shl(frame, I64(3))), kind.as_pointer())


def _frame_by_frame(builder, line, size, place, unwritten, count):
    """Frames where the ring ends within them, or where some were never written, which are 0."""
    value = ir.Constant(ir.VectorType(F32, 2 * count), [0.0] * (2 * count))
    for i in range(count):
        here = builder.add(place, I64(i))
        is_there = builder.icmp_signed(">=", here, unwritten)
        frame = builder.select(is_there, _wrapped(builder, builder.add(builder.sub(line.at, size), here), line.size), I64(0))
        for side in range(2):
            address = builder.add(builder.add(line.address, builder.shl(frame, I64(3))), I64(4 * side))
            sample = builder.select(is_there, builder.load(builder.inttoptr(address, F32.as_pointer())), F32(0.0))
            value = builder.insert_element(value, sample, I32(2 * i + side))
    return value
