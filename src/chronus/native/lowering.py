"""The machine instruction of each word in `words`, for Numba. Imported only when something must be compiled."""

import platform
import signal

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.extending import type_callable

from chronus import linux
from chronus.native import words

I8, I32, I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
F32, F64 = ir.FloatType(), ir.DoubleType()
MONOTONIC, FUTEX_WAIT, FUTEX_WAKE = 1, 0, 1
FLUSH_TO_ZERO = {"x86_64": 0x8040, "aarch64": 1 << 24}      # MXCSR: FTZ and DAZ; FPCR: FZ


def fixed(arity, resolve):
    """`resolve(*types)` with its number of arguments spelled out, which is what Numba reads."""
    return [lambda: resolve(), lambda a: resolve(a), lambda a, b: resolve(a, b), lambda a, b, c: resolve(a, b, c),
            lambda a, b, c, d: resolve(a, b, c, d), lambda a, b, c, d, e: resolve(a, b, c, d, e),
            lambda a, b, c, d, e, f: resolve(a, b, c, d, e, f)][arity]


def lowered(function, result, *arguments):
    """Gives `function` its Numba type; the decorated generator emits it from (builder, *values) already cast to `arguments`."""
    @type_callable(function)
    def typer(context):
        return fixed(len(arguments), lambda *given: result if all(isinstance(a, types.Number) for a in given) else None)

    def attach(emit):
        def lower(context, builder, signature, values):
            values = [context.cast(builder, v, t, a) for v, t, a in zip(values, signature.args, arguments)]
            answer = emit(builder, *values)
            return context.get_dummy_value() if result is types.void else answer
        lower_builtin(function, *[types.Number] * len(arguments))(lower)
        return emit
    return attach


def external(builder, name, result, *arguments):
    """A C function of the process, by its symbol."""
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)


def pointer(builder, address, to):
    return builder.inttoptr(address, to.as_pointer())


def plain_access(load, store, result, kind):
    argument = {F32: types.float32, I32: types.int32, I64: types.int64, F64: types.float64}[kind]
    lowered(load, result, types.intp)(lambda builder, address: builder.load(pointer(builder, address, kind)))
    if store is not None:
        lowered(store, types.void, types.intp, argument)(
            lambda builder, address, value: builder.store(value, pointer(builder, address, kind)))


plain_access(words.load, words.store, types.int64, I64)
plain_access(words.load_int32, words.store_int32, types.int32, I32)
plain_access(words.load_float32, words.store_float32, types.float32, F32)
plain_access(words.load_float64, words.store_float64, types.float64, F64)


@lowered(words.fence, types.void)
def _(builder):
    builder.fence("acq_rel")


@lowered(words.load_acquire, types.int64, types.intp)
def _(builder, address):
    if not words.IN_ORDER:                      # what the word gives is half of it: C's acquire lets what came before it come after
        builder.fence("acq_rel")
    return builder.load_atomic(pointer(builder, address, I64), "acquire", 8)


@lowered(words.store_release, types.void, types.intp, types.int64)
def _(builder, address, value):
    builder.store_atomic(value, pointer(builder, address, I64), "release", 8)
    if not words.IN_ORDER:
        builder.fence("acq_rel")


@lowered(words.compare_and_swap, types.int64, types.intp, types.int64, types.int64)
def _(builder, address, expected, desired):
    return builder.extract_value(builder.cmpxchg(pointer(builder, address, I64), expected, desired, "acq_rel", "acquire"), 0)


@lowered(words.copy, types.void, types.intp, types.intp, types.intp)
def _(builder, target, source, count):
    cgutils.raw_memcpy(builder, pointer(builder, target, I8), pointer(builder, source, I8), count, 1)


@lowered(words.clear, types.void, types.intp, types.intp)
def _(builder, target, count):
    cgutils.memset(builder, pointer(builder, target, I8), count, 0)


@lowered(words.call, types.void, types.intp, types.intp, types.intp, types.intp)
def _(builder, function, context, offset, frames):
    kernel = ir.FunctionType(ir.VoidType(), [I64, I64, I64])
    builder.call(builder.inttoptr(function, kernel.as_pointer()), [context, offset, frames])


@lowered(words.call_block, types.int64, types.intp, types.intp, types.int64, types.int64)
def _(builder, function, machine, block, until):
    return builder.call(builder.inttoptr(function, ir.FunctionType(I64, [I64, I64, I64]).as_pointer()), [machine, block, until])


def system_call(builder, *arguments):
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(I64, [I64], var_arg=True), "syscall")
    return builder.call(function, [I64(a) if isinstance(a, int) else a for a in arguments])


def timespec(builder, nanoseconds):
    spec = cgutils.alloca_once(builder, ir.ArrayType(I64, 2))
    address = builder.ptrtoint(spec, I64)
    builder.store(builder.sdiv(nanoseconds, I64(1_000_000_000)), pointer(builder, address, I64))
    builder.store(builder.srem(nanoseconds, I64(1_000_000_000)), pointer(builder, builder.add(address, I64(8)), I64))
    return address


@lowered(words.wait, types.void, types.intp, types.int64, types.int64)
def _(builder, address, seen, nanoseconds):
    low = builder.and_(seen, I64(0xFFFFFFFF))
    system_call(builder, linux.SYSCALL_FUTEX, address, FUTEX_WAIT, low, timespec(builder, nanoseconds), 0, 0)


@lowered(words.wake, types.void, types.intp)
def _(builder, address):
    system_call(builder, linux.SYSCALL_FUTEX, address, FUTEX_WAKE, 0x7FFFFFFF, 0, 0, 0)


def read_clock(builder, clock):
    spec = cgutils.alloca_once(builder, ir.ArrayType(I64, 2))
    address = builder.ptrtoint(spec, I64)
    builder.store(I64(0), pointer(builder, address, I64))
    builder.store(I64(0), pointer(builder, builder.add(address, I64(8)), I64))
    builder.call(external(builder, "clock_gettime", I32, I32, I64), [clock, address])
    seconds = builder.load(pointer(builder, address, I64))
    return builder.add(builder.mul(seconds, I64(1_000_000_000)), builder.load(pointer(builder, builder.add(address, I64(8)), I64)))


@lowered(words.monotonic_ns, types.int64)
def _(builder):
    return read_clock(builder, I32(MONOTONIC))


@lowered(words.cpu_time_ns, types.int64, types.int64)
def _(builder, pid):
    clock = builder.or_(builder.shl(builder.not_(pid), I64(3)), I64(2))            # words.cpu_clock_of
    return read_clock(builder, builder.trunc(clock, I32))


@lowered(words.sleep_until, types.void, types.int64)
def _(builder, nanoseconds):
    builder.call(external(builder, "clock_nanosleep", I32, I32, I32, I64, I64),
                 [I32(MONOTONIC), I32(1), timespec(builder, nanoseconds), I64(0)])


@lowered(words.poke, types.void, types.int64)
def _(builder, pid):
    builder.call(external(builder, "kill", I32, I32, I32), [builder.trunc(pid, I32), I32(signal.SIGUSR1)])


@lowered(words.leave, types.void, types.int32)
def _(builder, status):
    builder.call(external(builder, "_exit", ir.VoidType(), I32), [status])


@lowered(words.flush_denormals, types.int64)
def _(builder):
    bits = FLUSH_TO_ZERO[platform.machine()]
    if platform.machine() == "aarch64":
        before = builder.call(external(builder, "llvm.aarch64.get.fpcr", I64), [])
        builder.call(external(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), I64), [builder.or_(before, I64(bits))])
        return before
    cell = cgutils.alloca_once(builder, I32)
    raw = builder.bitcast(cell, I8.as_pointer())
    builder.call(external(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), I8.as_pointer()), [raw])
    before = builder.load(cell)
    builder.store(builder.or_(before, I32(bits)), cell)
    builder.call(external(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), I8.as_pointer()), [raw])
    return builder.zext(before, I64)


@lowered(words.restore_denormals, types.void, types.int64)
def _(builder, mode):
    if platform.machine() == "aarch64":
        builder.call(external(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), I64), [mode])
        return
    cell = cgutils.alloca_once(builder, I32)
    builder.store(builder.trunc(mode, I32), cell)
    builder.call(external(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), I8.as_pointer()), [builder.bitcast(cell, I8.as_pointer())])


@lowered(words.receive, types.int64, types.int64, types.intp, types.int64, types.intp, types.intp)
def _(builder, socket, buffer, size, sender, sender_size):
    function = external(builder, "recvfrom", I64, I32, I64, I64, I32, I64, I64)
    return builder.call(function, [builder.trunc(socket, I32), buffer, size, I32(0), sender, sender_size])
