"""Crash handlers: native code that writes which operation was running, then ends the process. Python's own would never run inside a kernel."""

import ctypes
import signal

from chronus.linux import libc
from chronus.native.build import build
from chronus.native.words import cpu_time_ns, leave, load, load_acquire, store_release, wake
from chronus.shared.program import CRUMB_OPERATIONS
from chronus.replica.verdicts import post
from chronus.shared.layout import (
    ANSWERED_CPU,
    CRUMB,
    FAULT_BLOCK,
    FAULT_OPERATION,
    FAULT_REASON,
    HEAD,
    PID,
    PROCESSES,
    REHEARSAL_SLOT,
    REPLICA_ROLES,
    SLOT,
    SLOTS,
    WAKE,
)

FATAL = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
STACK_BYTES, ON_OWN_STACK = 65_536, 0x08000000
SIGNATURE = "void(int32)"
CRASHED = 70                        # exit status of a process whose module crashed

# The handler gets nothing but the signal's number, so where to write stands at an address that the code itself holds: a page
# mapped by `install` at a fixed place of this process.
NOTE = 0x10_0000_0000
FIXED_PRIVATE, READ_WRITE = 0x100032, 3           # MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE


def on_crash(number):
    """Writes the fault record of this process's slot: block and operation from the breadcrumb, the signal as the reason.

    A replica posts the verdict as well, unless the other one has got through the block, so that it was no fault of the module.
    """
    base, slot = load(NOTE), load(NOTE + 8)
    place = base + SLOTS + SLOT * slot
    crumb = load_acquire(place + CRUMB)
    store_release(place + FAULT_REASON, number)
    store_release(place + FAULT_OPERATION, crumb % CRUMB_OPERATIONS)
    store_release(place + FAULT_BLOCK, crumb // CRUMB_OPERATIONS)
    if slot < REHEARSAL_SLOT and crumb % CRUMB_OPERATIONS != 0:
        if load_acquire(base + SLOTS + SLOT * (1 - slot) + HEAD) <= crumb // CRUMB_OPERATIONS:
            post(base, crumb // CRUMB_OPERATIONS, crumb % CRUMB_OPERATIONS, number)
    store_release(base + WAKE, load_acquire(base + WAKE) + 1)
    wake(base + WAKE)
    leave(CRASHED)


def on_poke(number):
    """The other replica asks whether we run: the CPU time that we have used, exact because it is our own. Who was accused ends here."""
    base, slot = load(NOTE), load(NOTE + 8)
    place = base + SLOTS + SLOT * slot
    if load_acquire(place + FAULT_BLOCK) >= 0:
        leave(CRASHED)
    store_release(place + ANSWERED_CPU, cpu_time_ns(load_acquire(base + PROCESSES + 64 * (REPLICA_ROLES + slot) + PID)))
    wake(place + ANSWERED_CPU)


class SignalAction(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_ulong * 16), ("flags", ctypes.c_int), ("restorer", ctypes.c_void_p)]


class SignalStack(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]


_stack = ctypes.create_string_buffer(STACK_BYTES)


def handlers() -> dict[int, int]:
    """Addresses of the handlers by signal, compiled or loaded. Asked for before a fork, so that the child need not."""
    crash = build(on_crash, SIGNATURE)
    return {**dict.fromkeys(FATAL, crash), signal.SIGUSR1: build(on_poke, SIGNATURE)}


def install(base: int, slot: int) -> None:
    """Puts the handlers in place for this process, on a stack of their own (a module may have used up the other one)."""
    libc.mmap.restype = ctypes.c_void_p
    if libc.mmap(ctypes.c_void_p(NOTE), 4096, READ_WRITE, FIXED_PRIVATE, -1, 0) != NOTE:
        raise OSError("the page that the crash handler reads could not be mapped; is another program loaded into this process?")
    ctypes.c_int64.from_address(NOTE).value = base
    ctypes.c_int64.from_address(NOTE + 8).value = slot
    stack = SignalStack(ctypes.addressof(_stack), 0, STACK_BYTES)
    if libc.sigaltstack(ctypes.byref(stack), None) != 0:
        raise OSError("no alternate signal stack")
    for number, address in handlers().items():
        action = SignalAction(handler=address, flags=ON_OWN_STACK)
        if libc.sigaction(int(number), ctypes.byref(action), None) != 0:
            raise OSError(f"no handler for {number.name}")
