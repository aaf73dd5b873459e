"""Snapshots: each replica saves its state every 16 blocks, or 64 where it runs far ahead, so that a newcomer needs nobody's help, even when both have died.

Two places for each slot are written in turn; a place is whole when its block number is there and its checksum holds. A snapshot is the
machine's header, what waits in its schedule, and the state of each side that plays, one behind the other; not the rings of delay lines
(`lines`). Native code.
"""
from chronus.limits import LATER_ENTRIES, PROGRAM_AREAS, SCHEDULE_ENTRIES, SIDE_BYTES
from chronus.native.words import copy, load, load_acquire, store, store_release
from chronus.replica.lines import carry, fetch_lines
from chronus.replica.sides import M_ARENA, M_BASE, area_of, is_loaded, program_at, side_address
from chronus.replica.swap import carried_before, link
from chronus.shared.layout import H_SNAPSHOT, S_APPLIED, S_BLOCK, S_BYTES, S_CHECK, SNAPSHOT_DATA, SNAPSHOT_STRIDE, SNAPSHOTS_PER_SLOT
from chronus.shared.program import (
    A_APPLIED,
    A_AREA_0,
    A_BLOCK,
    A_COMING,
    A_SCHEDULED,
    A_SIDE,
    ARENA_HEADER,
    P_MAGIC,
    P_STATE_BYTES,
    PROGRAM_MAGIC,
    SCHEDULE,
    SCHEDULED_BYTES,
)
from chronus.shared.rings import checksum

DAMAGED, NEEDS_KERNELS = -1, -2


def front_bytes(machine):
    """How much of the beginning of the arena is state now: all up to the last command that waits."""
    return SCHEDULE + load(load(machine + M_ARENA) + A_SCHEDULED) * SCHEDULED_BYTES


def side_bytes(machine, side):
    """How much of a side is state."""
    area = area_of(machine, side)
    return load(program_at(machine, area) + P_STATE_BYTES) if area >= 0 else 0


def snapshot_place(base, index):
    """Address of one of the places of both slots."""
    return base + load(base + H_SNAPSHOT) + index * SNAPSHOT_STRIDE


def sums(machine):
    """Checksum of all that is state."""
    total = checksum(load(machine + M_ARENA), front_bytes(machine) // 4)
    for side in range(2):
        total = total * 31 + checksum(side_address(machine, side), side_bytes(machine, side) // 4)
    return total


def save_snapshot(machine, slot):
    """Saves the state at the beginning of a block, over the slot's older snapshot, or one whose number cannot be right. [replica]"""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    first, number = SNAPSHOTS_PER_SLOT * slot, load(arena + A_BLOCK) + 1
    place, other = snapshot_place(base, first), snapshot_place(base, first + 1)
    # This very number stands there after a replica died just behind it: written elsewhere, it would cost the older one.
    if load(place + S_BLOCK) < number and (load(other + S_BLOCK) >= number or load(other + S_BLOCK) < load(place + S_BLOCK)):
        place = other
    store_release(place + S_BLOCK, 0)
    count = front_bytes(machine)
    copy(place + SNAPSHOT_DATA, arena, count)
    for side in range(2):
        copy(place + SNAPSHOT_DATA + count, side_address(machine, side), side_bytes(machine, side))
        count += side_bytes(machine, side)
    store(place + S_BYTES, count)
    store(place + S_APPLIED, load(arena + A_APPLIED))
    store(place + S_CHECK, sums(machine))
    store_release(place + S_BLOCK, number)


def is_possible(machine, count):
    """Whether the header that was loaded can be one, and describes `count` bytes."""
    arena = load(machine + M_ARENA)
    side, scheduled = load(arena + A_SIDE), load(arena + A_SCHEDULED)
    if side < 0 or side > 1 or scheduled < 0 or scheduled > SCHEDULE_ENTRIES + LATER_ENTRIES or area_of(machine, side) < 0:
        return False
    total, coming = front_bytes(machine), load(arena + A_COMING)
    if coming < -1 or coming >= PROGRAM_AREAS or coming >= 0 and load(program_at(machine, coming) + P_MAGIC) != PROGRAM_MAGIC:
        return False
    for each in range(2):
        area = load(arena + A_AREA_0 + 8 * each)
        if area < -1 or area >= PROGRAM_AREAS:
            return False
        if area >= 0:
            if load(program_at(machine, area) + P_MAGIC) != PROGRAM_MAGIC or not 0 <= side_bytes(machine, each) <= SIDE_BYTES:
                return False
        total += side_bytes(machine, each)
    return total == count


def load_place(machine, place, number):
    """Loads one snapshot: its block, DAMAGED, or NEEDS_KERNELS where this process has not loaded what plays in it."""
    arena, count = load(machine + M_ARENA), load(place + S_BYTES)
    copy(arena, place + SNAPSHOT_DATA, ARENA_HEADER)
    if not is_possible(machine, count):
        return DAMAGED
    for side in range(3):
        area = area_of(machine, side) if side < 2 else load(arena + A_COMING)
        if area >= 0 and not is_loaded(machine, area):
            return NEEDS_KERNELS if load_acquire(place + S_BLOCK) == number else DAMAGED
    done = front_bytes(machine)
    copy(arena + ARENA_HEADER, place + SNAPSHOT_DATA + ARENA_HEADER, done - ARENA_HEADER)
    for side in range(2):
        size = side_bytes(machine, side)
        copy(side_address(machine, side), place + SNAPSHOT_DATA + done, size)
        done += size
    if load(place + S_CHECK) != sums(machine) or load_acquire(place + S_BLOCK) != number or load(arena + A_BLOCK) != number - 1:
        return DAMAGED
    if not fetch_lines(machine, place, number):
        return DAMAGED
    for side in range(2):
        if area_of(machine, side) >= 0:
            link(machine, side)
    if load(arena + A_COMING) >= 0:
        carry(machine, load(arena + A_COMING), load(arena + A_SIDE), 0, carried_before(machine, number - 1))
    return number - 1


def load_snapshot(machine, limit):
    """Loads the newest whole snapshot of a block at or below `limit`; returns its block, DAMAGED where there is none, or NEEDS_KERNELS."""
    base = load(machine + M_BASE)
    bound = limit + 1
    while True:
        best, found = 0, 0
        for index in range(2 * SNAPSHOTS_PER_SLOT):
            place = snapshot_place(base, index)
            number = load_acquire(place + S_BLOCK)
            if best < number <= bound:
                best, found = number, place
        if best == 0:
            return DAMAGED
        block = load_place(machine, found, best)
        if block != DAMAGED:
            return block
        bound = best - 1
