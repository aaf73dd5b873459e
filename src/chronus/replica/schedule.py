"""Commands that wait for their frame: a table in the state, ordered by frame. Native code."""

from chronus.limits import SCHEDULE_ENTRIES
from chronus.native.words import copy, load, store, store_float64
from chronus.replica.sides import M_ARENA
from chronus.shared.program import A_REFUSED, A_SCHEDULED, SC_EXTRA, SC_FRAME, SC_KIND, SC_TARGET, SC_VALUE, SCHEDULE, SCHEDULED_BYTES


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
