"""Snapshots: each replica saves its state every 64 blocks, so that a newcomer needs nobody's help, even when both have died.

Two places for each slot are written in turn; a place is whole when its block number is there and its checksum holds. Native code.
"""
from chronus.limits import SCHEDULE_ENTRIES
from chronus.native.words import copy, load, load_acquire, store, store_release
from chronus.replica.machine import M_ARENA, M_BASE, M_PROGRAM
from chronus.shared.layout import H_SNAPSHOT, S_APPLIED, S_BLOCK, S_BYTES, S_CHECK, SNAPSHOT_DATA, SNAPSHOT_STRIDE, SNAPSHOTS_PER_SLOT
from chronus.shared.program import A_APPLIED, A_BLOCK, A_SCHEDULED, P_SCHEDULE, SCHEDULED_BYTES
from chronus.shared.rings import checksum


def state_bytes(machine):
    """How much of the arena is state now: all up to the last command that waits."""
    arena, program = load(machine + M_ARENA), load(machine + M_PROGRAM)
    return load(program + P_SCHEDULE) + load(arena + A_SCHEDULED) * SCHEDULED_BYTES


def snapshot_place(base, index):
    """Address of one of the places of both slots."""
    return base + load(base + H_SNAPSHOT) + index * SNAPSHOT_STRIDE


def save_snapshot(machine, slot):
    """Saves the state at the beginning of a block, over the slot's older snapshot, or one whose number cannot be right. [replica]"""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    first, number = SNAPSHOTS_PER_SLOT * slot, load(arena + A_BLOCK) + 1
    place, other = snapshot_place(base, first), snapshot_place(base, first + 1)
    # This very number stands there after a replica died just behind it: written elsewhere, it would cost the older one.
    if load(place + S_BLOCK) < number and (load(other + S_BLOCK) >= number or load(other + S_BLOCK) < load(place + S_BLOCK)):
        place = other
    count = state_bytes(machine)
    store_release(place + S_BLOCK, 0)
    copy(place + SNAPSHOT_DATA, arena, count)
    store(place + S_BYTES, count)
    store(place + S_APPLIED, load(arena + A_APPLIED))
    store(place + S_CHECK, checksum(arena, count // 4))
    store_release(place + S_BLOCK, number)


def load_snapshot(machine, limit):
    """Loads the newest whole snapshot of a block at or below `limit`; returns its block, or -1 where there is none. [replica]"""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    bound, most = limit + 1, load(load(machine + M_PROGRAM) + P_SCHEDULE) + SCHEDULE_ENTRIES * SCHEDULED_BYTES
    while True:
        best, found = 0, 0
        for index in range(2 * SNAPSHOTS_PER_SLOT):
            place = snapshot_place(base, index)
            number = load_acquire(place + S_BLOCK)
            if best < number <= bound:
                best, found = number, place
        if best == 0:
            return -1
        count = load(found + S_BYTES)
        if 0 < count <= most:
            copy(arena, found + SNAPSHOT_DATA, count)
            if (load(found + S_CHECK) == checksum(arena, count // 4) and load_acquire(found + S_BLOCK) == best
                    and load(arena + A_BLOCK) == best - 1):
                return best - 1
        bound = best - 1
