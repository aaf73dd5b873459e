"""Tables for Numba: an address with what its header says, read with every index held within."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import models, register_model, type_callable

from chronus.dsp import kernel
from chronus.dsp import lanes as language
from chronus.dsp.lowering import F32, I32, I64, Lanes, as_lanes, constant, spread
from chronus.dsp.tables import TABLE_HEADER, T_CHANNELS, T_FRAMES, T_RATE


class Table(types.Type):
    """A table: its samples' address, its frames, its channels, its rate."""

    def __init__(self):
        super().__init__(name="table")


TABLE = Table()


@register_model(Table)
class TableModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [(name, types.int64) for name in ("samples", "frames", "channels", "rate")])


@type_callable(kernel.open_table)
def _open_type(context):
    return lambda address: TABLE


@lower_builtin(kernel.open_table, types.Integer)
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


@type_callable(language.read)
def _read_type(context):
    def resolve(table, frame, channel):
        if table == TABLE and isinstance(frame, Lanes) and frame.kind == "int" and (channel == frame or isinstance(channel, types.Integer)):
            return Lanes(frame.count)
    return resolve


@lower_builtin(language.read, Table, Lanes, types.Any)
def _read(context, builder, sig, args):
    """A load for each lane."""
    table, frame, count = cgutils.create_struct_proxy(TABLE)(context, builder, args[0]), args[1], sig.args[1].count
    channel = as_lanes(context, builder, args[2], sig.args[2], sig.args[1])

    def held(value, last):
        value = builder.select(builder.icmp_signed("<", value, constant(value, 0)), constant(value, 0), value)
        return builder.select(builder.icmp_signed(">", value, last), last, value)

    frames, channels = (spread(builder, builder.trunc(word, I32), count) for word in (table.frames, table.channels))
    inside = builder.and_(builder.icmp_signed(">=", frame, constant(frame, 0)), builder.icmp_signed("<", frame, frames))
    frame = held(frame, builder.sub(frames, constant(frames, 1)))
    channel = held(channel, builder.sub(channels, constant(channels, 1)))
    value = ir.Constant(ir.VectorType(F32, count), ir.Undefined)
    for lane in range(count):
        at, side = (builder.sext(builder.extract_element(each, I32(lane)), I64) for each in (frame, channel))
        offset = builder.shl(builder.add(builder.mul(at, table.channels), side), I64(2))
        value = builder.insert_element(value, builder.load(builder.inttoptr(builder.add(table.samples, offset), F32.as_pointer())), I32(lane))
    return builder.select(inside, value, constant(value, 0.0))
