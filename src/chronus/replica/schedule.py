"""Commands that wait for their frame: a table in the state, ordered by frame. Native code.

Some wait for a commit that is coming: what is set of a module that it brings, say. They were applied to what plays, and will be AGAIN.
"""

from chronus.limits import SCHEDULE_ENTRIES
from chronus.native.words import copy, load, load_int32, store, store_float64
from chronus.replica.knobs import knob_index
from chronus.replica.performed import AGAIN
from chronus.replica.sequencer import GLIDE
from chronus.replica.sides import M_ARENA, program_at
from chronus.shared.log import SET
from chronus.shared.program import (
    A_COMING,
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
    """Keeps a command until its frame: ordered by frame, and among equals by arrival."""
    arena = load(machine + M_ARENA)
    table, count = arena + SCHEDULE, load(arena + A_SCHEDULED)
    if count == SCHEDULE_ENTRIES:
        store(arena + A_REFUSED, load(arena + A_REFUSED) + 1)
        return
    place = table + count * SCHEDULED_BYTES
    while place > table and load(place - SCHEDULED_BYTES + SC_FRAME) > frame:
        copy(place, place - SCHEDULED_BYTES, SCHEDULED_BYTES)
        place -= SCHEDULED_BYTES
    store(place + SC_FRAME, frame)
    store(place + SC_KIND, kind)
    store(place + SC_TARGET, target)
    store_float64(place + SC_VALUE, value)
    store(place + SC_EXTRA, extra)
    store(arena + A_SCHEDULED, count + 1)


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
    store(arena + A_SCHEDULED, kept)


def is_gate(program, knob):
    """Whether a knob of a program, by its name in the log, is a gate."""
    index = knob_index(program, knob)
    return index >= 0 and load_int32(program + load(program + P_STATE) + load(program + P_KNOBS) + index * KNOB_BYTES + K_IS_GATE) != 0
