"""The deterministic machine: one block of sound from the state and the log, and nothing else.

Native code. `machine` is the address of a few private words that say where everything is in this process.
Commands are applied at their frame: a block is rendered in segments that end where the next command begins.
"""
from chronus.limits import SCHEDULE_ENTRIES
from chronus.native.words import (
    call,
    copy,
    load,
    load_float32,
    load_float64,
    load_int32,
    store,
    store_float32,
    store_int32,
    store_release,
)
from chronus.shared.layout import BAD_ENTRIES, E_FRAME, E_KIND, E_TARGET, E_VALUE, H_BLOCK
from chronus.shared.log import PANIC, SET
from chronus.shared.program import (
    A_APPLIED,
    A_BLOCK,
    A_REFUSED,
    A_SCHEDULED,
    CABLE_AMOUNT,
    CABLE_BYTES,
    CABLE_LANES,
    CABLE_SOURCE,
    GATHER,
    K_CURRENT,
    K_GLIDE,
    K_IS_GATE,
    K_LANES,
    K_REMAINING,
    K_STEP,
    K_TARGET,
    KERNEL,
    KNOB_BYTES,
    KNOB_LANES,
    O_A,
    O_B,
    O_C,
    O_D,
    O_E,
    O_F,
    O_KIND,
    OPERATION_BYTES,
    P_END,
    P_END_COUNT,
    P_KNOB_COUNT,
    P_KNOBS,
    P_OPERATION_COUNT,
    P_OPERATIONS,
    P_SCHEDULE,
    SC_FRAME,
    SC_KIND,
    SC_TARGET,
    SC_VALUE,
    SCHEDULED_BYTES,
)
from chronus.shared.rings import count_one, entry_address, entry_is_whole

M_BASE, M_PROGRAM, M_ARENA, M_KERNELS, M_CRUMB = (8 * i for i in range(5))
MACHINE_WORDS = 8
CRUMB_OPERATIONS = 1 << 16                  # a breadcrumb is block * 2**16 + operation, operation 0 meaning none


def hold(knob):
    """Copies a knob's value to all its lanes, where a kernel reads it while it stands still."""
    for i in range(KNOB_LANES):
        store_float32(knob + K_LANES + 4 * i, load_float32(knob + K_CURRENT))


def turn(knob, value):
    """A new setting: at once for a gate, else along a straight line of the knob's own length."""
    store_float32(knob + K_TARGET, value)
    glide = load_int32(knob + K_GLIDE)
    store_int32(knob + K_REMAINING, glide)
    if glide == 0:
        store_float32(knob + K_CURRENT, load_float32(knob + K_TARGET))
        hold(knob)
    else:
        store_float32(knob + K_STEP, (load_float32(knob + K_TARGET) - load_float32(knob + K_CURRENT)) / glide)


def apply(machine, kind, target, value):
    """One command. What names no knob of this program changes nothing."""
    program, arena = load(machine + M_PROGRAM), load(machine + M_ARENA)
    knobs, count = arena + load(program + P_KNOBS), load(program + P_KNOB_COUNT)
    if kind == SET and 0 <= target < count:
        turn(knobs + target * KNOB_BYTES, value)
    if kind == PANIC:
        store(arena + A_SCHEDULED, 0)
        for i in range(count):
            knob = knobs + i * KNOB_BYTES
            if load_int32(knob + K_IS_GATE) != 0:
                turn(knob, 0.0)


def schedule(machine, entry):
    """Keeps a command until its frame: ordered by frame, and among equals by arrival."""
    arena = load(machine + M_ARENA)
    table, count = arena + load(load(machine + M_PROGRAM) + P_SCHEDULE), load(arena + A_SCHEDULED)
    if count == SCHEDULE_ENTRIES:
        store(arena + A_REFUSED, load(arena + A_REFUSED) + 1)
        return
    place = table + count * SCHEDULED_BYTES
    while place > table and load(place - SCHEDULED_BYTES + SC_FRAME) > load(entry + E_FRAME):
        copy(place, place - SCHEDULED_BYTES, SCHEDULED_BYTES)
        place -= SCHEDULED_BYTES
    store(place + SC_FRAME, load(entry + E_FRAME))
    store(place + SC_KIND, load(entry + E_KIND))
    store(place + SC_TARGET, load(entry + E_TARGET))
    store(place + SC_VALUE, load(entry + E_VALUE))
    store(arena + A_SCHEDULED, count + 1)


def release(machine, frame):
    """Applies what waits for `frame` or an earlier one; returns the frame of the next that waits, or a far one."""
    arena = load(machine + M_ARENA)
    table = arena + load(load(machine + M_PROGRAM) + P_SCHEDULE)
    due = 0
    while due < load(arena + A_SCHEDULED) and load(table + due * SCHEDULED_BYTES + SC_FRAME) <= frame:
        place = table + due * SCHEDULED_BYTES
        due += 1
        apply(machine, load(place + SC_KIND), load(place + SC_TARGET), load_float64(place + SC_VALUE))
    count = load(arena + A_SCHEDULED) - due
    if due > 0 and count >= 0:
        for i in range(count):
            copy(table + i * SCHEDULED_BYTES, table + (i + due) * SCHEDULED_BYTES, SCHEDULED_BYTES)
        store(arena + A_SCHEDULED, count)
    if load(arena + A_SCHEDULED) > 0:
        return load(table + SC_FRAME)
    return 1 << 62


def read_log(machine, start, until):
    """Reads the log up to entry `until`: applies what is due at frame `start`, keeps the rest. A damaged entry is counted and left out."""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    index = load(arena + A_APPLIED)
    while index < until:
        entry = entry_address(base, index)
        if not entry_is_whole(entry, index):
            count_one(base, BAD_ENTRIES)
        elif load(entry + E_FRAME) <= start:
            apply(machine, load(entry + E_KIND), load(entry + E_TARGET), load_float64(entry + E_VALUE))
        else:
            schedule(machine, entry)
        index += 1
    store(arena + A_APPLIED, index)


def ramp(knob, target, lanes, frames):
    """Writes a knob on its way, or standing, as a signal."""
    value, remaining = load_float32(knob + K_CURRENT), load_int32(knob + K_REMAINING)
    step, goal = load_float32(knob + K_STEP), load_float32(knob + K_TARGET)
    for i in range(frames):
        if remaining > 0:
            remaining -= 1
            value = value + step if remaining > 0 else goal
        for lane in range(lanes):
            store_float32(target + 4 * (i * lanes + lane), value)
    if load_int32(knob + K_REMAINING) > 0:
        store_float32(knob + K_CURRENT, value)
        store_int32(knob + K_REMAINING, remaining)
        hold(knob)


def add_cable(cable, arena, target, lanes, offset, frames):
    """Adds a cable's signal, times its amount, to a signal. One lane goes to all."""
    width, amount = load(cable + CABLE_LANES), load_float32(cable + CABLE_AMOUNT)
    source = arena + load(cable + CABLE_SOURCE) + 4 * width * offset
    for i in range(frames):
        for lane in range(lanes):
            from_lane = lane if width > 1 else 0
            place = target + 4 * (i * lanes + lane)
            store_float32(place, load_float32(place) + amount * load_float32(source + 4 * (i * width + from_lane)))


def gather(operation, program, arena, offset, frames):
    """Brings a knob and its cables together into what a kernel's input reads; a knob that stands alone is read where it is."""
    lanes, count = load(operation + O_A), load(operation + O_E)
    target, place = arena + load(operation + O_B), arena + load(operation + O_F)
    knob = load(operation + O_C)
    if knob != 0 and count == 0 and load_int32(arena + knob + K_REMAINING) == 0:
        store(place, arena + knob + K_LANES)
        store(place + 8, 0)
        return
    store(place, target)
    store(place + 8, 4 * lanes)
    begin = target + 4 * lanes * offset
    if knob != 0:
        ramp(arena + knob, begin, lanes, frames)
    else:
        for i in range(frames * lanes):
            store_float32(begin + 4 * i, 0.0)
    for i in range(count):
        add_cable(program + load(operation + O_D) + i * CABLE_BYTES, arena, begin, lanes, offset, frames)


def run_segment(machine, block, offset, frames):
    """All operations, in order, for some frames of a block. The breadcrumb says which one is at work."""
    program, arena, crumb = load(machine + M_PROGRAM), load(machine + M_ARENA), load(machine + M_CRUMB)
    kernels = load(machine + M_KERNELS)
    first = program + load(program + P_OPERATIONS)
    for i in range(load(program + P_OPERATION_COUNT)):
        operation = first + i * OPERATION_BYTES
        store_release(crumb, block * CRUMB_OPERATIONS + i + 1)
        kind = load(operation + O_KIND)
        if kind == KERNEL:
            call(load(kernels + 8 * load(operation + O_A)), arena + load(operation + O_B), offset, frames)
        elif kind == GATHER:
            gather(operation, program, arena, offset, frames)
    store_release(crumb, block * CRUMB_OPERATIONS)


def run_block(machine, block, until):
    """Renders block `block`, having read the log up to entry `until`."""
    base, program, arena = load(machine + M_BASE), load(machine + M_PROGRAM), load(machine + M_ARENA)
    frames = load(base + H_BLOCK)
    start = block * frames
    release(machine, start)
    read_log(machine, start, until)
    at = 0
    while at < frames:
        end = min(release(machine, start + at) - start, frames)
        run_segment(machine, block, at, end - at)
        at = end
    first = program + load(program + P_END)
    for i in range(load(program + P_END_COUNT)):
        operation = first + i * OPERATION_BYTES
        copy(arena + load(operation + O_B), arena + load(operation + O_C), load(operation + O_A))
    store(arena + A_BLOCK, block + 1)

