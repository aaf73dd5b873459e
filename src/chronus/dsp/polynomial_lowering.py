"""Polynomials for Numba, of what happens in few lanes at a time: all rows for a register of lanes at once, and only where it happens in one of these.

One lane after the other, its rows as the lanes of a vector, took as many instructions at two edges in sixteen lanes, and more time: how often a
loop goes round a processor can't guess. A coefficient spread as a constant is two instructions; where it lies as a vector, none.
"""
import hashlib

from llvmlite import ir
from numba import types
from numba.core.imputils import lower_builtin
from numba.extending import type_callable

from chronus.dsp import lanes as language
from chronus.dsp.lowering import F32, HAS_AVX512, I32, Lanes, as_lanes, chosen, constant, intrinsic, joined, shuffled, signs

fused = intrinsic("fma")
WIDEST = 16 if HAS_AVX512 else 8           # lanes of a register


@type_callable(language.polynomials)
def _polynomials_type(context):
    def resolve(mask, x, factor, rows):
        if isinstance(mask, Lanes) and mask.kind == "mask" and isinstance(rows, types.BaseTuple):
            return types.UniTuple(Lanes(mask.count), len(rows))
    return resolve


@lower_builtin(language.polynomials, Lanes, types.Any, types.Any, types.BaseTuple)
def _polynomials(context, builder, sig, args):
    """A register of lanes at a time, where the mask holds in any of them. Coefficients are read where they lie: as constants they would be spread one by one."""
    count, rows = sig.args[0].count, len(sig.args[3])
    wide = min(count, WIDEST)
    mask, x, factor = (as_lanes(context, builder, value, given, Lanes(count)) for value, given in zip(args, sig.args[:3]))
    table = coefficients(builder, args[3], wide)
    found = [[] for _ in range(rows)]
    for first in range(0, count, wide):
        part, one, by = (shuffled(builder, value, list(range(first, first + wide))) for value in (mask, x, factor))
        begun, bits = builder.block, signs(builder, part)
        nothing = constant(one, -0.0)
        with builder.if_then(builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))):
            square, values = builder.fmul(one, one), []
            for row in table:
                c, value = [builder.load(place) for place in row], None
                for even, odd in list(zip(c[::2], c[1::2]))[::-1]:
                    pair = fused(builder, odd, one, even)
                    value = pair if value is None else fused(builder, value, square, pair)
                values.append(chosen(builder, part, builder.fmul(value, by), nothing))
            worked = builder.block
        for row, value in zip(found, values):
            joint = builder.phi(value.type)
            joint.add_incoming(nothing, begun)
            joint.add_incoming(value, worked)
            row.append(joint)
    return context.make_tuple(builder, sig.return_type, [joined(builder, row) for row in found])


def coefficients(builder, rows, wide):
    """Where the numbers of constant rows lie, each spread over so many lanes. LLVM may not see that nobody writes them: it would make constants of them."""
    numbers, vector = [number for row in literal(rows) for number in literal(row)], ir.VectorType(F32, wide)
    kind = ir.ArrayType(vector, len(numbers))
    content = ir.Constant(kind, [ir.Constant(vector, [number.constant] * wide) for number in numbers])
    name = f"coefficients_{hashlib.sha256(str(content).encode()).hexdigest()[:16]}"
    held = builder.module.globals.get(name) or ir.GlobalVariable(builder.module, kind, name)
    held.linkage, held.initializer, held.align = "linkonce_odr", content, 4 * wide
    places = [builder.gep(held, [I32(0), I32(i)]) for i in range(len(numbers))]
    width = len(numbers) // len(literal(rows))
    return [places[i:i + width] for i in range(0, len(places), width)]


def literal(value):
    """The parts of a constant tuple, which Numba puts together one by one."""
    if isinstance(value, ir.Constant):
        return [None] * value.type.count if value.constant is ir.Undefined else list(value.constant)
    found = literal(value.aggregate)
    found[value.indices[0]] = value.value
    return found
