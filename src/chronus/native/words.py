"""What native code may do with shared memory and the system: a vocabulary with two meanings.

Called from Python these functions work on real memory through ctypes, one `pause()` before each access, so that the simulator
can stop, interleave and kill "processes" between any two of them. Compiled, each is one instruction or one call (`lowering`).
Addresses are plain integers. Words are signed 64-bit, aligned.
"""
import ctypes
import os
import platform
import time
from functools import cache

WORD = 8
IN_ORDER = platform.machine() == "x86_64"       # whether others see what a thread writes in that order; on arm64 it must be asked for
INSTRUCTIONS = []


def instruction(function):
    """Marks a function whose native meaning stands in `lowering`."""
    function.is_instruction = True
    INSTRUCTIONS.append(function)
    return function


def pause():
    """Called before every access from interpreted code; the simulator replaces it."""


@instruction
def load(address):
    """The word at `address`; nothing is ordered by it."""
    return ctypes.c_int64.from_address(address).value


@instruction
def store(address, value):
    """Writes a word; nothing is ordered by it."""
    ctypes.c_int64.from_address(address).value = value


@instruction
def fence():
    """Keeps what is read and written before it before what comes after, for whoever looks. Costs nothing on x86-64, where it is so."""
    if not IN_ORDER:
        _native_fence()()


@cache
def _native_fence():
    from chronus.native.build import native             # which knows this module
    return native(keep_order, FENCE_SIGNATURE)


def keep_order():
    """`fence`, for Python. Native code."""
    fence()


FENCE_SIGNATURE = "void()"


@instruction
def load_acquire(address):
    """The word at `address`; what its writer wrote before `store_release` is visible after it. What was read before it was read before: who
    asks a second time whether a place still holds what it did learns it of what came from there. [any]
    """
    pause()
    fence()
    value = ctypes.c_int64.from_address(address).value
    fence()
    return value


@instruction
def store_release(address, value):
    """Writes a word that publishes all that was written before it; nobody sees what is written after it without it. [any]"""
    pause()
    fence()
    ctypes.c_int64.from_address(address).value = value
    fence()


@instruction
def compare_and_swap(address, expected, desired):
    """Stores `desired` if the word holds `expected`; returns what the word held before. [any]"""
    pause()
    word = ctypes.c_int64.from_address(address)
    before = word.value
    if before == expected:
        word.value = desired
    return before


@instruction
def load_int32(address):
    return ctypes.c_int32.from_address(address).value


@instruction
def store_int32(address, value):
    ctypes.c_int32.from_address(address).value = value


@instruction
def load_float32(address):
    return ctypes.c_float.from_address(address).value


@instruction
def store_float32(address, value):
    ctypes.c_float.from_address(address).value = value


@instruction
def load_float64(address):
    return ctypes.c_double.from_address(address).value


@instruction
def store_float64(address, value):
    ctypes.c_double.from_address(address).value = value


@instruction
def copy(target, source, count):
    """Copies `count` bytes; the two ranges do not overlap."""
    pause()
    ctypes.memmove(target, source, count)


@instruction
def clear(target, count):
    """Makes `count` bytes 0."""
    pause()
    ctypes.memset(target, 0, count)


@instruction
def call(function, context, offset, frames):
    """Calls a kernel `void(intp context, intp offset, intp frames)` through its address."""
    KERNEL(function)(context, offset, frames)


@instruction
def call_block(function, machine, block, until):
    """Calls `int64(intp machine, int64 block, int64 until)` through its address."""
    return BLOCK(function)(machine, block, until)


KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
BLOCK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)


@instruction
def wait(address, seen, nanoseconds):
    """Sleeps while the low half of the word at `address` equals that of `seen`, at most `nanoseconds`."""
    pause()


@instruction
def wake(address):
    """Wakes all that `wait` on the word. The one system call that the audio callback makes."""
    pause()


@instruction
def monotonic_ns():
    """The monotonic clock, in ns: for counting and pacing only, never for a decision that is heard. No system call on Linux (vDSO)."""
    return time.monotonic_ns()


@instruction
def sleep_until(nanoseconds):
    """Sleeps until the monotonic clock reads `nanoseconds`."""
    pause()


@instruction
def cpu_time_ns(pid):
    """CPU time that a process has used: it stands still while the process is stopped or starved. 0 if it is gone.

    Exact for one's own; of another process that runs at the moment it is as old as the scheduler's last tick, up to 4 ms.
    """
    pause()
    return 0


@instruction
def poke(pid):
    """Sends SIGUSR1: a replica that runs answers with its CPU time (guard.on_poke); one that is stopped or starved cannot."""
    pause()


@instruction
def leave(status):
    """Ends this process at once."""
    pause()
    os._exit(status)


@instruction
def flush_denormals():
    """Turns denormals to zero on this thread; returns the mode that was in force, for `restore_denormals`."""
    return 0


@instruction
def restore_denormals(mode):
    """Puts back what `flush_denormals` found."""


@instruction
def receive(socket, buffer, size, sender, sender_size):
    """recvfrom(2): blocks for a datagram; bytes received, or below 0."""
    return -1


def cpu_clock_of(pid):
    """The clock id of a process's CPU time, as clock_gettime(2) takes it: the kernel's MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)."""
    return (~pid << 3) | 2
