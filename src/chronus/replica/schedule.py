"""Commands that wait for their frame: a table in the state, ordered by frame. Native code.

Some wait for a commit that is coming: what is set of a module that it brings, say. They were applied to what plays, and will be AGAIN.
"""

from numpy import float32

from chronus.limits import LATER_ENTRIES, SCHEDULE_ENTRIES
from chronus.native.words import copy, load, load_float64, load_int32, store, store_float64
from chronus.replica.knobs import knob_index
from chronus.replica.performed import AGAIN, LATER
from chronus.replica.sequencer import GLIDE
from chronus.replica.sides import M_ARENA, program_at
from chronus.shared.log import EXPRESS, NOTE, SET
from chronus.shared.program import (
    A_COMING,
    A_LATER,
    A_REFUSED,
    A_SCHEDULED,
    KNOB_BYTES,
    K_IS_GATE,
    P_KNOBS,
    P_STATE,
    SC_EXTRA,
    SC_FRAME,
    SC_KIND,
    SC_TARGET,
    SC_VALUE,
    SCHEDULE,
    SCHEDULED_BYTES,
    TIME,
)
from chronus.shared.score import Q_NOW


def schedule(machine, frame, kind, target, value, extra):
    """Keeps a command until its frame: ordered by frame, and among equals by arrival, but first those that are LATER."""
    arena, first = load(machine + M_ARENA), is_late(kind)
    table, count = arena + SCHEDULE, load(arena + A_SCHEDULED)
    if not first and count - load(arena + A_LATER) >= SCHEDULE_ENTRIES:
        store(arena + A_REFUSED, load(arena + A_REFUSED) + 1)
        return
    place = table + count * SCHEDULED_BYTES
    while place > table and is_behind(place - SCHEDULED_BYTES, frame, first):
        copy(place, place - SCHEDULED_BYTES, SCHEDULED_BYTES)
        place -= SCHEDULED_BYTES
    store(place + SC_FRAME, frame)
    store(place + SC_KIND, kind)
    store(place + SC_TARGET, target)
    store_float64(place + SC_VALUE, value)
    store(place + SC_EXTRA, extra)
    store(arena + A_SCHEDULED, count + 1)
    if first:
        store(arena + A_LATER, load(arena + A_LATER) + 1)


def is_late(kind):
    """Whether what waits does so because it came in the frame in which its gate was turned already."""
    return kind & LATER != 0


def is_behind(place, frame, first):
    """Whether what waits at `place` comes behind a new command for `frame`, that is one of the `first` there or not."""
    return load(place + SC_FRAME) > frame or first and load(place + SC_FRAME) == frame and not is_late(load(place + SC_KIND))


def concerns(machine, place, kind, target, value):
    """Whether what waits at `place` is LATER, and about the gate, or the note, that a command is about."""
    of = SET if kind == SET else NOTE
    if not is_for_later(machine, place) or load(place + SC_KIND) % AGAIN != LATER + of or load(place + SC_TARGET) != target:
        return False
    return kind == SET or float32(load_float64(place + SC_VALUE)) == float32(value)


def first_for_later(machine):
    """The number of the first row that waits for a later frame, by bisection: thousands may be due in this one."""
    arena = load(machine + M_ARENA)
    low, high, now = 0, load(arena + A_SCHEDULED), load(arena + TIME + Q_NOW)
    while low < high:
        middle = (low + high) // 2
        if load(arena + SCHEDULE + middle * SCHEDULED_BYTES + SC_FRAME) > now:
            high = middle
        else:
            low = middle + 1
    return low


def last_waiting(machine, kind, target, value):
    """Where the last command stands that is LATER and about the same gate or note; 0 where none is. They are few, and never far ahead."""
    arena, found = load(machine + M_ARENA), 0
    left, far = load(arena + A_LATER), load(arena + TIME + Q_NOW) + LATER_ENTRIES + 2
    if left == 0:
        return 0
    for i in range(first_for_later(machine), load(arena + A_SCHEDULED)):
        place = arena + SCHEDULE + i * SCHEDULED_BYTES
        if left == 0 or load(place + SC_FRAME) > far:
            return found
        if is_late(load(place + SC_KIND)):
            left -= 1
            if concerns(machine, place, kind, target, value):
                found = place
    return found


def put_off(machine, frame, kind, target, value, extra):
    """A command comes at a later frame; False where there is no room for that, and then it counts now, and what waits for the same gate or note never."""
    if load(load(machine + M_ARENA) + A_LATER) < LATER_ENTRIES:
        schedule(machine, frame, LATER + kind, target, value, extra)
        return True
    if kind % AGAIN != EXPRESS:
        forget_waiting(machine, kind % AGAIN, target, value)
    return False


def forget_waiting(machine, kind, target, value):
    """What is LATER about a gate or a note is forgotten."""
    arena = load(machine + M_ARENA)
    left = load(arena + A_LATER)
    if left == 0:
        return
    first = first_for_later(machine)
    kept = first
    for i in range(first, load(arena + A_SCHEDULED)):
        if left == 0 and kept == i:                 # there was none
            return
        place = arena + SCHEDULE + i * SCHEDULED_BYTES
        if is_late(load(place + SC_KIND)):
            left -= 1
        if concerns(machine, place, kind, target, value):
            store(arena + A_LATER, load(arena + A_LATER) - 1)
        else:
            kept = keep(machine, place, kept)
    store(arena + A_SCHEDULED, kept)


def is_for_later(machine, place):
    """Whether what waits at `place` is for a later frame than this one; the rest is being applied."""
    return load(place + SC_FRAME) > load(load(machine + M_ARENA) + TIME + Q_NOW)


def keep(machine, place, count):
    """What waits at `place` waits on, behind the `count` that do; how many do then."""
    to = load(machine + M_ARENA) + SCHEDULE + count * SCHEDULED_BYTES
    if to < place:
        copy(to, place, SCHEDULED_BYTES)
    return count + 1


def forget_later(machine):
    """What waits for a later frame is forgotten, but for the knobs of a commit that is coming: they were turned already. Its gates are closed."""
    arena, kept = load(machine + M_ARENA), 0
    for i in range(load(arena + A_SCHEDULED)):
        place = arena + SCHEDULE + i * SCHEDULED_BYTES
        if not is_for_later(machine, place):
            kept = keep(machine, place, kept)
        elif load(place + SC_KIND) == AGAIN + SET or load(place + SC_KIND) == AGAIN + GLIDE:
            if is_gate(program_at(machine, load(arena + A_COMING)), load(place + SC_TARGET)):
                store_float64(place + SC_VALUE, 0.0)
            kept = keep(machine, place, kept)
        elif is_late(load(place + SC_KIND)):
            store(arena + A_LATER, load(arena + A_LATER) - 1)
    store(arena + A_SCHEDULED, kept)


def is_gate(program, knob):
    """Whether a knob of a program, by its name in the log, is a gate."""
    index = knob_index(program, knob)
    return index >= 0 and load_int32(program + load(program + P_STATE) + load(program + P_KNOBS) + index * KNOB_BYTES + K_IS_GATE) != 0
