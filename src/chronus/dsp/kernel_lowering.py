"""Memory for Numba: how a kernel's lanes are loaded and stored, and what is done with voices where they lie, aligned to a frame."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import type_callable

from chronus.dsp import kernel_words
from chronus.dsp.line_lowering import loaded, put
from chronus.dsp.lowering import F32, I8, I32, I64, Lanes, folded, as_lanes, constant, function, integers, larger, shuffled, smaller, spread
from chronus.limits import WIDEST


def memory(target_load, target_store, count, kind="float", align=0):
    """Gives a pair of functions (address) -> lanes and (address, lanes) their vector load and store; aligned to a whole frame where nothing is said."""
    lanes, align = Lanes(count, kind), align or 4 * count

    @type_callable(target_load)
    def load_type(context):
        return lambda address: lanes

    @lower_builtin(target_load, types.Integer)
    def load(context, builder, sig, args):
        value = builder.load(builder.inttoptr(context.cast(builder, args[0], sig.args[0], types.intp), lanes.llvm().as_pointer()))
        value.align = align
        return value

    @type_callable(target_store)
    def store_type(context):
        return lambda address, value: types.void

    @lower_builtin(target_store, types.Integer, types.Any)
    def store(context, builder, sig, args):
        address = builder.inttoptr(context.cast(builder, args[0], sig.args[0], types.intp), lanes.llvm().as_pointer())
        builder.store(as_lanes(context, builder, args[1], sig.args[1], lanes), address).align = align
        return context.get_dummy_value()


def silent(target, count):
    """Gives `target` () -> lanes of 0 its meaning."""
    lanes = Lanes(count)

    @type_callable(target)
    def typer(context):
        return lambda: lanes

    @lower_builtin(target)
    def lower(context, builder, sig, args):
        return ir.Constant(lanes.llvm(), [0.0] * count)


for _count in kernel_words.COUNTS:
    for _kind in ("float", "int"):
        memory(kernel_words.LOADS[_kind, _count], kernel_words.STORES[_kind, _count], _count, _kind)
    silent(kernel_words.SILENCE[_count], _count)


SIDES = ir.VectorType(F32, 2)


@type_callable(kernel_words.load_sides)
def _load_sides_type(context):
    return lambda address: Lanes(WIDEST)


@lower_builtin(kernel_words.load_sides, types.Integer)
def _load_sides(context, builder, sig, args):
    return shuffled(builder, loaded(builder, context.cast(builder, args[0], sig.args[0], types.intp), SIDES, 8), [lane % 2 for lane in range(WIDEST)])


@type_callable(kernel_words.store_sides)
def _store_sides_type(context):
    return lambda address, value: types.void


@lower_builtin(kernel_words.store_sides, types.Integer, types.Any)
def _store_sides(context, builder, sig, args):
    sides = shuffled(builder, as_lanes(context, builder, args[1], sig.args[1], Lanes(WIDEST)), [0, 1])
    return put(context, builder, context.cast(builder, args[0], sig.args[0], types.intp), sides, Lanes(2), 2, 8)


@type_callable(kernel_words.never)
def _never_type(context):
    return lambda mask: types.boolean


@lower_builtin(kernel_words.never, types.Any)
def _never(context, builder, sig, args):
    return ir.Constant(ir.IntType(1), 0)


@type_callable(kernel_words.least)
def _least_type(context):
    return lambda x: types.int64 if isinstance(x, Lanes) and x.kind == "int" else None


@lower_builtin(kernel_words.least, Lanes)
def _least(context, builder, sig, args):
    return builder.sext(builder.extract_element(folded(builder, args[0], 1, smaller), I32(0)), I64)


def without_signs(builder, x):
    bits = builder.bitcast(x, integers(x))
    return builder.and_(bits, constant(bits, 0x7FFFFFFF))


function(kernel_words.loudness, without_signs, 1, gives="int")


@type_callable(kernel_words.stack_room)
def _stack_room_type(context):
    return lambda size: types.intp if isinstance(size, types.IntegerLiteral) else None


@lower_builtin(kernel_words.stack_room, types.IntegerLiteral)
def _stack_room(context, builder, sig, args):
    with builder.goto_entry_block():
        place = builder.alloca(ir.ArrayType(I8, sig.args[0].literal_value))
    place.align = 64
    return builder.ptrtoint(place, I64)


@type_callable(kernel_words.lasting_room)
def _lasting_room_type(context):
    return lambda size: types.intp if isinstance(size, types.IntegerLiteral) else None


@lower_builtin(kernel_words.lasting_room, types.IntegerLiteral)
def _lasting_room(context, builder, sig, args):
    kind = ir.ArrayType(I8, sig.args[0].literal_value)
    room = ir.GlobalVariable(builder.module, kind, builder.module.get_unique_name("lasting_room"))
    room.linkage, room.initializer, room.align = "internal", ir.Constant(kind, None), 64
    return builder.ptrtoint(room, I64)


@type_callable(kernel_words.sum_of_voices)
def _sum_type(context):
    return lambda address: types.float32


@lower_builtin(kernel_words.sum_of_voices, types.Integer)
def _sum_of_voices(context, builder, sig, args):
    value = builder.load(builder.inttoptr(context.cast(builder, args[0], sig.args[0], types.intp), ir.VectorType(F32, 16).as_pointer()))
    value.align = 64
    return builder.extract_element(folded(builder, value, 1), I32(0))


@type_callable(kernel_words.add_sums_of_voices)
def _add_sums_type(context):
    return lambda target, source, side, amount: types.void


@lower_builtin(kernel_words.add_sums_of_voices, types.Integer, types.Integer, types.Integer, types.Float)
def _add_sums(context, builder, sig, args):
    """Of two vectors the lower halves side by side, and the upper ones, are one addition for both: so sixteen frames take fifteen, not sixty-four."""
    target, source, side = (context.cast(builder, value, given, types.intp) for value, given in zip(args[:3], sig.args))
    parts = []
    for frame in range(16):
        value = builder.load(builder.inttoptr(builder.add(source, I64(64 * frame)), ir.VectorType(F32, 16).as_pointer()))
        value.align = 64
        parts.append(value)
    half = 8
    while len(parts) > 1:
        low = [lane for lane in range(32) if lane % (2 * half) < half]
        orders = [ir.Constant(ir.VectorType(I32, 16), [lane + more for lane in low]) for more in (0, half)]
        parts = [builder.fadd(*(builder.shuffle_vector(a, b, order) for order in orders)) for a, b in zip(parts[::2], parts[1::2])]
        half //= 2
    place = builder.inttoptr(target, ir.VectorType(F32, 32).as_pointer())
    before = builder.load(place)
    before.align = 8
    sums = shuffled(builder, parts[0], [lane // 2 for lane in range(32)])
    after = builder.fadd(before, builder.fmul(sums, spread(builder, context.cast(builder, args[3], sig.args[3], types.float32), 32)))
    parity = ir.Constant(ir.VectorType(I32, 32), [lane % 2 for lane in range(32)])
    on_side = builder.icmp_signed("==", parity, spread(builder, builder.trunc(side, I32), 32))
    builder.store(builder.select(on_side, after, before), place).align = 8
    return context.get_dummy_value()


AT_ONCE = 4                              # frames that are looked at side by side, so that none waits for the one before


@type_callable(kernel_words.is_any_above)
def _above_type(context):
    return lambda address, frames, ceiling: types.boolean


@lower_builtin(kernel_words.is_any_above, types.Integer, types.Integer, types.Integer)
def _is_any_above(context, builder, sig, args):
    address, frames, ceiling = (context.cast(builder, value, given, types.intp) for value, given in zip(args, sig.args))
    vector = ir.VectorType(I32, 16)
    most = [cgutils.alloca_once_value(builder, ir.Constant(vector, [0] * 16)) for _ in range(AT_ONCE)]

    def look(frame, so_far):
        bits = builder.load(builder.inttoptr(builder.add(address, builder.mul(frame, I64(64))), vector.as_pointer()))
        bits.align = 64
        builder.store(larger(builder, builder.and_(bits, ir.Constant(vector, [0x7FFFFFFF] * 16)), builder.load(so_far)), so_far)

    whole = builder.and_(frames, I64(-AT_ONCE))
    with cgutils.for_range_slice(builder, I64(0), whole, I64(AT_ONCE), I64) as (frame, _):
        for k, so_far in enumerate(most):
            look(builder.add(frame, I64(k)), so_far)
    with cgutils.for_range_slice(builder, whole, frames, I64(1), I64) as (frame, _):
        look(frame, most[0])
    found = builder.load(most[0])
    for so_far in most[1:]:
        found = larger(builder, found, builder.load(so_far))
    above = builder.bitcast(builder.icmp_signed(">", found, spread(builder, builder.trunc(ceiling, I32), 16)), ir.IntType(16))
    return builder.icmp_unsigned("!=", above, ir.Constant(above.type, 0))
