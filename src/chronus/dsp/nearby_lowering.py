"""Delay lines that are read nearby, for Numba: an address, before which all that may be asked for lies in order."""
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import models, register_model

from chronus.dsp import kernel_words
from chronus.dsp import lanes as language
from chronus.dsp.line_lowering import Delay, loaded, opened, put
from chronus.dsp.lowering import F32, I64, larger, smaller

FIELDS = ("address", "reach")


class Nearby(Delay):
    """A delay line of `count` lanes at an address, whose last `reach` frames lie before it."""


@register_model(Nearby)
class NearbyModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [(name, types.int64) for name in FIELDS])


for _count, _target in kernel_words.NEARBY_LINES.items():
    opened(_target, Nearby(f"nearby_line{_count}", _count, _count), FIELDS)


def frame_ago(builder, line, ago, count):
    """A frame of so long ago, held to what lies there."""
    ago = smaller(builder, larger(builder, ago, I64(1)), line.reach)
    return loaded(builder, builder.sub(line.address, builder.mul(ago, I64(4 * count))), ir.VectorType(F32, count), 4 * count)


@lower_builtin(language.past, Nearby, types.Integer)
def _past(context, builder, sig, args):
    line = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    return frame_ago(builder, line, context.cast(builder, args[1], sig.args[1], types.int64), sig.args[0].count)


@lower_builtin(language.past_all, Nearby, types.BaseTuple)
def _past_all(context, builder, sig, args):
    line, numbers = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]), zip(cgutils.unpack_tuple(builder, args[1]), sig.args[1])
    found = [frame_ago(builder, line, context.cast(builder, number, given, types.int64), sig.args[0].count) for number, given in numbers]
    return context.make_tuple(builder, sig.return_type, found)


@lower_builtin(kernel_words.write_line, Nearby, types.Any)
def _write_line(context, builder, sig, args):
    count, line = sig.args[0].count, cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    return put(context, builder, line.address, args[1], sig.args[1], count, 4 * count)
