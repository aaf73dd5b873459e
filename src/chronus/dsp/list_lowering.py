"""Lists for Numba, of what happens in few lanes at a time: those in which it does, close together, so that as many are worked on at once as there are."""
from llvmlite import ir
from numba import types
from numba.core.imputils import lower_builtin
from numba.extending import type_callable

from chronus.dsp import kernel_words
from chronus.dsp.lowering import F32, HAS_AVX512, I8, I32, I64, Lanes, constant, has_avx_masks, holds, integers, shuffled, signs
from chronus.native.lowering import external, pointer


@type_callable(kernel_words.own_places)
def _own_places_type(context):
    return lambda rows, size: rows if isinstance(rows, Lanes) and rows.kind == "int" and isinstance(size, types.IntegerLiteral) else None


@lower_builtin(kernel_words.own_places, Lanes, types.IntegerLiteral)
def _own_places(context, builder, sig, args):
    lanes = ir.Constant(args[0].type, [4 * lane for lane in range(sig.args[0].count)])
    return builder.add(builder.mul(args[0], constant(args[0], sig.args[1].literal_value)), lanes)


@type_callable(kernel_words.append)
def _append_type(context):
    def resolve(address, count, mask, value):
        if isinstance(mask, Lanes) and mask.kind == "mask" and isinstance(value, Lanes) and value.count == mask.count:
            return types.void
    return resolve


@lower_builtin(kernel_words.append, types.Integer, types.Integer, Lanes, Lanes)
def _append(context, builder, sig, args):
    address, count = (context.cast(builder, value, given, types.int64) for value, given in zip(args[:2], sig.args))
    mask, value = args[2], builder.bitcast(args[3], integers(args[3]))
    place = builder.add(address, builder.mul(count, I64(4)))
    if HAS_AVX512 and value.type.count >= 8:
        word = external(builder, f"llvm.x86.avx512.mask.compress.v{value.type.count}i32", value.type, value.type, value.type,
                        ir.VectorType(ir.IntType(1), value.type.count))
        put(builder, builder.call(word, [value, value, holds(builder, mask)]), place)
        return context.get_dummy_value()
    wide = 8 if has_avx_masks(mask) else 1
    for first in range(0, value.type.count, wide):
        some, part = (shuffled(builder, lanes, list(range(first, first + wide))) for lanes in (value, mask))
        if wide == 8:
            some = builder.call(external(builder, "llvm.x86.avx2.permd", some.type, some.type, some.type), [some, to_the_front(builder, part)])
        put(builder, some, place)
        place = builder.add(place, builder.mul(number_held(builder, part), I64(4)))
    return context.get_dummy_value()


def put(builder, value, place):
    builder.store(value, pointer(builder, place, value.type)).align = 4


def to_the_front(builder, mask):
    """Which of eight lanes come first: those in which a mask holds. They are looked up, since a word for it came with AVX-512 only."""
    orders = [sorted(range(8), key=lambda lane: not held >> lane & 1) for held in range(256)]
    row = ir.VectorType(I8, 8)
    kind = ir.ArrayType(row, 256)
    table = builder.module.globals.get("lanes_to_the_front") or ir.GlobalVariable(builder.module, kind, "lanes_to_the_front")
    table.linkage, table.initializer, table.align = "linkonce_odr", ir.Constant(kind, [ir.Constant(row, order) for order in orders]), 64
    table.global_constant = True
    found = builder.load(builder.gep(table, [I32(0), builder.zext(signs(builder, mask), I32)]))
    return builder.zext(found, ir.VectorType(I32, 8))


def number_held(builder, mask):
    return builder.zext(builder.ctpop(builder.zext(signs(builder, mask), I32)), I64)


@type_callable(kernel_words.holding)
def _holding_type(context):
    return lambda mask: types.int64 if isinstance(mask, Lanes) and mask.kind == "mask" else None


@lower_builtin(kernel_words.holding, Lanes)
def _holding(context, builder, sig, args):
    return number_held(builder, args[0])


@type_callable(kernel_words.scatter)
def _scatter_type(context):
    def resolve(address, places, values):
        if isinstance(places, Lanes) and places.kind == "int" and isinstance(values, types.UniTuple):
            return types.void
    return resolve


@lower_builtin(kernel_words.scatter, types.Integer, Lanes, types.UniTuple)
def _scatter(context, builder, sig, args):
    count, begin = sig.args[1].count, context.cast(builder, args[0], sig.args[0], types.intp)
    for lane in range(count):
        place = builder.add(begin, builder.zext(builder.extract_element(args[1], I32(lane)), I64))
        for i in range(len(sig.args[2])):
            value = builder.extract_element(builder.extract_value(args[2], i), I32(lane))
            builder.store(value, pointer(builder, builder.add(place, I64(4 * count * i)), F32)).align = 4
    return context.get_dummy_value()
