"""Lanes for Numba: a type that is one LLVM vector, with the operators and functions of `dsp.lanes`.

No fast-math flag is set anywhere and nothing is contracted, so the bits are those of IEEE 754 on every processor.
A plain number meets lanes as a float32 spread over all of them. A mask is integers, all ones where it holds, which is what a comparison gives on AVX
and what `select` takes there; as single bits, masks that are combined would go through packed bytes and back, which was a third of `adsr`.
"""
import math
import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import models, register_model, type_callable

from chronus.dsp import lanes as language
from chronus.native.build import has_avx512, processor
from chronus.native.lowering import external, fixed

F32, I8, I32, I64 = ir.FloatType(), ir.IntType(8), ir.IntType(32), ir.IntType(64)
ELEMENT = {"float": F32, "int": I32, "mask": I32}
AVX_COMPARES = {"<": 1, "<=": 2, "!=": 4}  # the codes of vcmpps; the other two are the first two the other way round
HAS_AVX512 = has_avx512()
HAS_AVX_MASKS = "+avx2" in processor()[1].split(",") and not HAS_AVX512      # AVX-512 has registers for masks


class Lanes(types.Type):
    """One vector of `count` floats, integers or masks."""

    def __init__(self, count, kind="float"):
        self.count, self.kind = count, kind
        super().__init__(name=f"lanes_{kind}{count}")

    def llvm(self):
        return ir.VectorType(ELEMENT[self.kind], self.count)


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, fe_type.llvm())


def spread(builder, value, count):
    """A scalar in every lane."""
    vector = ir.VectorType(value.type, count)
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, value, I32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(I32, count), [0] * count))


def as_lanes(context, builder, value, given, wanted):
    if isinstance(given, Lanes):
        return value
    if isinstance(value, ir.Constant) and wanted.kind == "float" and isinstance(given, types.Float):
        return ir.Constant(wanted.llvm(), [value.constant] * wanted.count)
    return spread(builder, context.cast(builder, value, given, types.float32 if wanted.kind == "float" else types.int32), wanted.count)


def widest(arguments, kinds=("float", "int")):
    return next((t for t in arguments if isinstance(t, Lanes) and t.kind in kinds), None)


FIRST = {"target": "cpu"}                # asked before Numba's own, which are for any target: fifty of them do not know lanes, and say so slowly


def binary(op, results, emitters):
    """Registers an operator: `results` and `emitters` by the kind of lanes that it meets."""
    @infer_global(op)
    class Template(AbstractTemplate):
        metadata = FIRST

        def generic(self, args, kws):
            found = widest(args, tuple(results)) if len(args) == 2 else None
            if found is not None and all(isinstance(a, types.Number) or a == found for a in args):
                return signature(Lanes(found.count, results[found.kind]), *args)

    def lower(context, builder, sig, args):
        found = widest(sig.args, tuple(results))
        return emitters[found.kind](builder, *(as_lanes(context, builder, v, t, found) for v, t in zip(args, sig.args)))

    for pair in ((Lanes, Lanes), (Lanes, types.Number), (types.Number, Lanes)):
        lower_builtin(op, *pair)(lower)


def named(method):
    return lambda builder, a, b: getattr(builder, method)(a, b)


def compared(code):
    def ints(builder, a, b):
        return builder.sext(builder.icmp_signed(code, a, b), a.type)

    def floats(builder, a, b):
        if not has_avx_masks(a):
            bits = builder.fcmp_unordered(code, a, b) if code == "!=" else builder.fcmp_ordered(code, a, b)
            return builder.sext(bits, integers(a))
        x, y = (a, b) if code in AVX_COMPARES else (b, a)
        return builder.bitcast(by_eight(builder, "cmp", [x, y], I8(AVX_COMPARES.get(code) or AVX_COMPARES[code.replace(">", "<")])), integers(a))

    return {"float": floats, "int": ints}


def has_avx_masks(value):
    return HAS_AVX_MASKS and value.type.count % 8 == 0


def by_eight(builder, word, values, *settings):
    """A word of AVX for eight floats, over all lanes. A general comparison or select LLVM would turn into single bits where masks are combined."""
    eight, parts = ir.VectorType(F32, 8), []
    target = external(builder, f"llvm.x86.avx.{word}.ps.256", eight, *[eight] * len(values), *[s.type for s in settings])
    for first in range(0, values[0].type.count, 8):
        parts.append(builder.call(target, [*(shuffled(builder, v, list(range(first, first + 8))) for v in values), *settings]))
    return joined(builder, parts)


def holds(builder, mask):
    """A mask as single bits: its signs."""
    return builder.icmp_signed("<", mask, constant(mask, 0))


ARITHMETIC = {operator.add: ("fadd", "add"), operator.sub: ("fsub", "sub"), operator.mul: ("fmul", "mul")}
for _op, (_f, _i) in ARITHMETIC.items():
    binary(_op, {"float": "float", "int": "int"}, {"float": named(_f), "int": named(_i)})
binary(operator.truediv, {"float": "float"}, {"float": named("fdiv")})
for _op, _code in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="), (operator.ne, "!=")):
    binary(_op, {"float": "mask", "int": "mask"}, compared(_code))
for _op, _name in ((operator.and_, "and_"), (operator.or_, "or_")):
    binary(_op, {"mask": "mask"}, {"mask": named(_name)})


def unary(op, kinds, emit):
    @infer_global(op)
    class Template(AbstractTemplate):
        metadata = FIRST

        def generic(self, args, kws):
            if len(args) == 1 and isinstance(args[0], Lanes) and args[0].kind in kinds:
                return signature(args[0], args[0])

    lower_builtin(op, Lanes)(lambda context, builder, sig, args: emit(builder, args[0], sig.args[0]))


def negated(builder, value, kind):
    return builder.fneg(value) if kind.kind == "float" else builder.neg(value)


unary(operator.neg, ("float", "int"), negated)
unary(operator.invert, ("mask",), lambda builder, value, kind: builder.not_(value))


def function(target, emit, arity, takes="float", gives="float"):
    """Gives a function of `dsp.lanes` its vector instruction(s)."""
    @type_callable(target)
    def typer(context):
        def resolve(*args):
            found = widest(args, (takes,))
            return Lanes(found.count, gives) if found is not None else None
        return fixed(arity, resolve)

    def lower(context, builder, sig, args):
        found = widest(sig.args, (takes,))
        return emit(builder, *(as_lanes(context, builder, v, t, found) for v, t in zip(args, sig.args)))

    lower_builtin(target, *[types.Any] * arity)(lower)


def intrinsic(name):
    def emit(builder, *values):
        vector = values[0].type
        return builder.call(external(builder, f"llvm.{name}.v{vector.count}f32", vector, *[vector] * len(values)), values)
    return emit


def constant(like, value):
    return ir.Constant(like.type, [value] * like.type.count)


def held(builder, x, low, high):
    x = builder.select(builder.fcmp_ordered(">", x, constant(x, low)), x, constant(x, low))
    return builder.select(builder.fcmp_ordered("<", x, constant(x, high)), x, constant(x, high))


def integers(value):
    return ir.VectorType(I32, value.type.count)


def _to_float(builder, whole):
    return builder.sitofp(whole, ir.VectorType(F32, whole.type.count))


def _turns(builder, phase):
    whole = _to_float(builder, phase)
    return builder.fmul(whole, constant(whole, 2.0**-32))


def _maximum(builder, x, y):
    """vmaxps by its name where one is 0: LLVM would compare and mask. Else in general words, which may be taken out of an `if` in a loop."""
    if has_avx_masks(x) and is_zero(y):
        return by_eight(builder, "max", [x, y])
    return builder.select(builder.fcmp_ordered(">", x, y), x, y)


def _off_nearest(builder, x):
    """One instruction of AVX-512, where rounding takes two and the difference a third; the same bits, but for infinity."""
    count = x.type.count
    if not HAS_AVX512 or count not in (4, 8, 16):
        return builder.fsub(x, intrinsic("rint")(builder, x))
    mask, ways = ir.IntType(max(8, count)), [I32(4)] if count == 16 else []            # 4: exceptions as they are set
    word = external(builder, f"llvm.x86.avx512.mask.reduce.ps.{32 * count}", x.type, x.type, I32, x.type, mask, *[way.type for way in ways])
    return builder.call(word, [x, I32(0), x, ir.Constant(mask, -1), *ways])


def _to_phase(builder, x):
    x = held(builder, x, -0.5, float(language.np.float32(0.49999997)))
    return builder.fptosi(builder.fmul(x, constant(x, 2.0**32)), integers(x))


def _to_whole(builder, x):
    return builder.fptosi(held(builder, x, -2147483648.0, 2147483520.0), integers(x))


def _power_of_two(builder, n):
    whole = builder.fptosi(held(builder, n, -126.0, 127.0), integers(n))
    return builder.bitcast(builder.shl(builder.add(whole, constant(whole, 127)), constant(whole, 23)), n.type)


function(language.minimum, lambda b, x, y: b.select(b.fcmp_ordered("<", x, y), x, y), 2)
function(language.maximum, _maximum, 2)
function(language.floor, intrinsic("floor"), 1)
function(language.nearest, intrinsic("rint"), 1)
function(language.off_nearest, _off_nearest, 1)
function(language.absolute, intrinsic("fabs"), 1)
function(language.square_root, intrinsic("sqrt"), 1)
function(language.fma, intrinsic("fma"), 3)
function(language.turns, _turns, 1, takes="int")
function(language.to_phase, _to_phase, 1, gives="int")
function(language.to_whole, _to_whole, 1, gives="int")
function(language.to_float, _to_float, 1, takes="int")
function(language.power_of_two, _power_of_two, 1)
function(language.bits, lambda b, x: b.bitcast(x, integers(x)), 1, gives="int")


@type_callable(language.select)
def _select_type(context):
    def resolve(mask, a, b):
        if isinstance(mask, Lanes) and mask.kind == "mask":
            return widest((a, b)) or Lanes(mask.count)
    return resolve


@lower_builtin(language.select, Lanes, types.Any, types.Any)
def _select(context, builder, sig, args):
    wanted = sig.return_type
    a, b = (as_lanes(context, builder, v, t, wanted) for v, t in zip(args[1:], sig.args[1:]))
    mask = args[0]
    if has_avx_masks(mask) and is_zero(args[2]):
        return builder.bitcast(builder.and_(mask, builder.bitcast(a, mask.type)), a.type)
    if has_avx_masks(mask) and is_zero(args[1]):
        return builder.bitcast(builder.and_(builder.not_(mask), builder.bitcast(b, mask.type)), b.type)
    return chosen(builder, mask, a, b)


def chosen(builder, mask, a, b):
    """`a` where the mask holds, else `b`."""
    if not has_avx_masks(mask):
        return builder.select(holds(builder, mask), a, b)
    floats = ir.VectorType(F32, mask.type.count)
    return builder.bitcast(by_eight(builder, "blendv", [builder.bitcast(x, floats) for x in (b, a, mask)]), a.type)


def is_zero(value):
    """Whether it is 0, and no -0, in every lane, or just 0."""
    if not isinstance(value, ir.Constant):
        return False
    numbers = [c.constant for c in value.constant] if isinstance(value.type, ir.VectorType) else [value.constant]
    return all(number == 0 and math.copysign(1.0, number) > 0.0 for number in numbers)


@type_callable(language.any_lane)
@type_callable(language.seldom)
def _any_type(context):
    return lambda mask: types.boolean if isinstance(mask, Lanes) and mask.kind == "mask" else None


@lower_builtin(language.any_lane, Lanes)
@lower_builtin(language.seldom, Lanes)
def _any_lane(context, builder, sig, args):
    bits = signs(builder, args[0])
    return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))


def signs(builder, mask):
    """A mask as a number with a bit for each lane."""
    if has_avx_masks(mask):
        word = external(builder, "llvm.x86.avx.movmsk.ps.256", I32, ir.VectorType(F32, 8))
        parts = [builder.call(word, [shuffled(builder, builder.bitcast(mask, ir.VectorType(F32, mask.type.count)), list(range(first, first + 8)))])
                 for first in range(0, mask.type.count, 8)]
        whole = ir.IntType(mask.type.count)
        found = whole(0)
        for place, part in enumerate(parts):
            found = builder.or_(found, builder.shl(builder.trunc(part, whole) if mask.type.count < 32 else part, whole(8 * place)))
        return found
    return builder.bitcast(holds(builder, mask), ir.IntType(mask.type.count))


def shuffled(builder, value, order):
    return builder.shuffle_vector(value, ir.Constant(value.type, ir.Undefined), ir.Constant(ir.VectorType(I32, len(order)), order))


def folded(builder, x, count, join=ir.IRBuilder.fadd):
    """`count` lanes, joined from all: the first half with the second, until so many are left."""
    while x.type.count > count:
        half = x.type.count // 2
        x = join(builder, shuffled(builder, x, list(range(half))), shuffled(builder, x, list(range(half, 2 * half))))
    return x


def smaller(builder, a, b, signed=True):
    compare = builder.icmp_signed if signed else builder.icmp_unsigned
    return builder.select(compare("<", a, b), a, b)


def larger(builder, a, b):
    return builder.select(builder.icmp_signed(">", a, b), a, b)


def repeated(count):
    def emit(builder, x):
        return shuffled(builder, folded(builder, x, count), [lane % min(count, x.type.count) for lane in range(x.type.count)])
    return emit


def spread_over_sides(builder, x, steps=()):
    """The sums and the differences of lanes that are so far apart, one step after the other; of a side where nothing is said."""
    lanes = range(x.type.count)
    for step in steps or language.steps_of_sides(x.type.count):
        signs = ir.Constant(x.type, [-1.0 if lane & step else 1.0 for lane in lanes])
        x = intrinsic("fma")(builder, x, signs, shuffled(builder, x, [lane ^ step for lane in lanes]))
    return x


function(language.total, repeated(1), 1)
function(language.spread_over_sides, spread_over_sides, 1)
function(language.sides, repeated(2), 1)
function(language.neighbour, lambda b, x: shuffled(b, x, [min(lane ^ 1, x.type.count - 1) for lane in range(x.type.count)]), 1)


def side_by_side(builder, a, b):
    """The lanes of one vector, then those of another as wide."""
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, 2 * a.type.count), list(range(2 * a.type.count))))


def joined(builder, parts):
    """The lanes of some vectors, two to the power of n, one behind the other."""
    while len(parts) > 1:
        parts = [side_by_side(builder, x, y) for x, y in zip(parts[::2], parts[1::2])]
    return parts[0]


@type_callable(language.beside)
def _beside_type(context):
    return lambda a, b: Lanes(2 * a.count) if isinstance(a, Lanes) and a == b == Lanes(a.count) else None


@lower_builtin(language.beside, Lanes, Lanes)
def _beside(context, builder, sig, args):
    return side_by_side(builder, *args)


@type_callable(language.numbers_beside)
def _numbers_beside_type(context):
    return lambda x, numbers: Lanes(x.count * len(numbers)) if isinstance(x, Lanes) and isinstance(numbers, types.BaseTuple) else None


@lower_builtin(language.numbers_beside, Lanes, types.BaseTuple)
def _numbers_beside(context, builder, sig, args):
    value = ir.Constant(sig.return_type.llvm(), ir.Undefined)
    for i, (number, kind) in enumerate(zip(cgutils.unpack_tuple(builder, args[1]), sig.args[1])):
        for lane in range(i * sig.args[0].count, (i + 1) * sig.args[0].count):
            value = builder.insert_element(value, context.cast(builder, number, kind, types.float32), I32(lane))
    return value


@type_callable(language.halves)
def _halves_type(context):
    return lambda x: types.UniTuple(Lanes(x.count // 2), 2) if isinstance(x, Lanes) and x.kind == "float" and x.count > 1 else None


@lower_builtin(language.halves, Lanes)
def _halves(context, builder, sig, args):
    lanes = list(range(sig.args[0].count))
    middle = len(lanes) // 2
    return context.make_tuple(builder, sig.return_type, [shuffled(builder, args[0], part) for part in (lanes[:middle], lanes[middle:])])


from chronus.dsp import abreast_lowering, kernel_lowering, line_lowering, list_lowering, nearby_lowering, networks_lowering, polynomial_lowering, steady_lowering  # noqa: E402, F401  (the rest is given its meaning there)
