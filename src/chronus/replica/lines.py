"""The rings of delay lines: too large to be saved or copied at one block, so they stay where they are, and are carried over in slices.

A ring is longer than its line by `limits.kept_blocks`, so for that long it still holds what it held when a snapshot was saved; a replica that
joins reads the rings of the slot whose snapshot it loads. A commit copies the rings of the modules that stay, some in each block, before
it takes over. Native code.
"""
from numpy import float32

from chronus.dsp.kernel import LINE_STATE_BYTES
from chronus.limits import LINE_BYTES
from chronus.native.words import compare_and_swap, copy, load, load_acquire, load_float32, load_int32, store, store_float32, store_release
from chronus.replica.sides import M_ARENA, M_BASE, M_LINES, M_MODE, PLAYS, area_of, lines_address, program_at, side_address
from chronus.replica.staying import behind_values, is_stereo, lane_before, stays_as
from chronus.shared.layout import CRUMB, H_BLOCK, H_LINE_KEPT, H_LINES, H_SNAPSHOT, S_BLOCK, SLOT, SLOTS, SNAPSHOT_STRIDE, SNAPSHOTS_PER_SLOT
from chronus.shared.program import (
    A_COMING,
    CRUMB_OPERATIONS,
    LINE_ROW_BYTES,
    LN_CONTEXT,
    LN_FRAME_BYTES,
    LN_FRAMES,
    LN_RING,
    LN_STATE,
    LN_TOGETHER,
    MODULE_BYTES,
    P_CONTEXT_AT,
    P_LINE_BYTES,
    P_LINE_COUNT,
    P_LINES,
    P_MODULE_COUNT,
    P_MODULES,
    R_LANES,
    R_LINE_COUNT,
    R_LINES,
    R_STATE,
    R_STATE_BYTES,
    R_STATE_KIND,
)

SLOT_BYTES = 2 * LINE_BYTES


def link_lines(machine, side):
    """Writes into the contexts of a side where its rings are in this process."""
    program = program_at(machine, area_of(machine, side))
    contexts = side_address(machine, side) + load(program + P_CONTEXT_AT)
    for i in range(load(program + P_LINE_COUNT)):
        line = program + load(program + P_LINES) + i * LINE_ROW_BYTES
        store(contexts + 8 * load(line + LN_CONTEXT), lines_address(machine, side) + load(line + LN_RING))


def lines_go_on(row, old_row):
    """Whether the delay lines of a module go on in another program: they are as many and as long and, where one is short, as wide."""
    if load(row + R_STATE_KIND) != load(old_row + R_STATE_KIND):
        return False
    return is_alike(row, old_row) or not has_short(row) and not has_short(old_row)


def is_alike(row, old_row):
    """Whether a frame of the delay lines of a module lies in memory as one of another."""
    return load(row + R_LANES) == load(old_row + R_LANES) and is_stereo(row) == is_stereo(old_row)


def has_short(row):
    """Whether rings of delay lines are among the state of a module, behind its values and the places of its lines."""
    return load(row + R_STATE) + load(row + R_STATE_BYTES) > behind_values(row) + LINE_STATE_BYTES * load(row + R_LINE_COUNT)


def ring_bytes(line):
    return load(line + LN_FRAMES) * load(line + LN_FRAME_BYTES)


def goes_on(row, old_program):
    """The row, in another program, of a module whose delay lines go on from there; 0 where there are none."""
    if load(row + R_LINE_COUNT) == 0:
        return 0
    old_row = stays_as(row, old_program)
    return old_row if old_row != 0 and lines_go_on(row, old_row) else 0


def bring(row, old_row, line, ring, old_ring, begin, end):
    """Bytes `begin` to `end` of the ring of a line of a module that stays, from the old one: each lane from where it goes on, silence in the others. Where
    lanes change they are voices, which lie together.
    """
    if is_alike(row, old_row):
        copy(ring + begin, old_ring + begin, end - begin)
        return
    size, lanes, old_lanes = load(line + LN_FRAMES), load(row + R_LANES), load(old_row + R_LANES)
    for lane in range(lanes):
        before = lane_before(row, old_row, lane)
        for frame in range(frame_from(begin // 4 - lane, lanes, size), frame_from(end // 4 - lane, lanes, size)):
            value = load_float32(old_ring + 4 * (frame * old_lanes + before)) if before >= 0 else float32(0.0)
            store_float32(ring + 4 * (frame * lanes + lane), value)


def frame_from(place, lanes, size):
    """The first frame, of a ring of `size`, that begins `place` floats or more behind the first of its lane."""
    return min(max(0, place + lanes - 1) // lanes, size)


def carry(machine, area, old, first, until):
    """Copies bytes `first` to `until` of all that is to be carried over, ring behind ring, to the other side; how much that all is."""
    program, old_program, place = program_at(machine, area), program_at(machine, area_of(machine, old)), 0
    for i in range(load(program + P_MODULE_COUNT)):
        row = program + load(program + P_MODULES) + i * MODULE_BYTES
        old_row = goes_on(row, old_program)
        if old_row != 0:
            for j in range(load(row + R_LINE_COUNT)):
                line = program + load(row + R_LINES) + j * LINE_ROW_BYTES
                ring = lines_address(machine, 1 - old) + load(line + LN_RING)
                old_ring = lines_address(machine, old) + load(old_program + load(old_row + R_LINES) + j * LINE_ROW_BYTES + LN_RING)
                begin, end = max(first - place, 0), min(until - place, ring_bytes(line))
                if begin < end:
                    bring(row, old_row, line, ring, old_ring, begin, end)
                place += ring_bytes(line)
    return place


def carry_newest(machine, area, old, blocks):
    """Copies once more what was written to the rings in the last `blocks` blocks, while the rest was carried over."""
    program, old_program = program_at(machine, area), program_at(machine, area_of(machine, old))
    frames = blocks * load(load(machine + M_BASE) + H_BLOCK)
    for i in range(load(program + P_MODULE_COUNT)):
        row = program + load(program + P_MODULES) + i * MODULE_BYTES
        old_row = goes_on(row, old_program)
        if old_row != 0:
            for j in range(load(row + R_LINE_COUNT)):
                line, old_line = program + load(row + R_LINES) + j * LINE_ROW_BYTES, old_program + load(old_row + R_LINES) + j * LINE_ROW_BYTES
                ring, old_ring = lines_address(machine, 1 - old) + load(line + LN_RING), lines_address(machine, old) + load(old_line + LN_RING)
                size, width = load(line + LN_FRAMES), load(line + LN_TOGETHER)
                end = min(max(load_int32(side_address(machine, old) + load(old_line + LN_STATE)) + 0, 0), size)
                begin = max(0, end - frames)
                before = max(end, size - (frames - (end - begin)))          # those before it, at the end of the ring
                for part in range(0, size * load(line + LN_FRAME_BYTES), size * width):        # the first row of lanes, the next
                    bring(row, old_row, line, ring, old_ring, part + begin * width, part + end * width)
                    bring(row, old_row, line, ring, old_ring, part + before * width, part + size * width)


def have_lines(machine):
    """Whether what plays, or is about to, has delay lines."""
    if load(load(machine + M_ARENA) + A_COMING) >= 0:
        return True
    for side in range(2):
        if area_of(machine, side) >= 0 and load(program_at(machine, area_of(machine, side)) + P_LINE_COUNT) > 0:
            return True
    return False


def void_own(mine, place, number):
    """A slot's own two snapshots, the first at `mine`, are about to lose their rings, and count no more; unless the one at `place` has gone meanwhile:
    of two newcomers that wanted each other's, one keeps his.
    """
    first, second = load_acquire(mine + S_BLOCK), load_acquire(mine + SNAPSHOT_STRIDE + S_BLOCK)
    compare_and_swap(mine + S_BLOCK, first, 0)
    compare_and_swap(mine + SNAPSHOT_STRIDE + S_BLOCK, second, 0)
    if load_acquire(place + S_BLOCK) == number:
        return True
    store_release(mine + S_BLOCK, first)
    store_release(mine + SNAPSHOT_STRIDE + S_BLOCK, second)
    return False


def fetch_lines(machine, place, number):
    """Reads the rings of the slot that saved the snapshot at `place`, as they were then; False where that slot has gone on for too long."""
    base, own = load(machine + M_BASE), load(machine + M_LINES)
    first = base + load(base + H_SNAPSHOT)
    slot = (place - first) // (SNAPSHOTS_PER_SLOT * SNAPSHOT_STRIDE)
    source = base + load(base + H_LINES) + slot * SLOT_BYTES
    if source != own and have_lines(machine):
        if load(machine + M_MODE) == PLAYS and not void_own(first + SNAPSHOTS_PER_SLOT * (1 - slot) * SNAPSHOT_STRIDE, place, number):
            return False
        for side in range(2):
            if area_of(machine, side) >= 0:
                size = load(program_at(machine, area_of(machine, side)) + P_LINE_BYTES)
                copy(lines_address(machine, side), source + side * LINE_BYTES, size)
    now = load_acquire(base + SLOTS + SLOT * slot + CRUMB) // CRUMB_OPERATIONS
    return load_acquire(place + S_BLOCK) == number and now < number - 1 + load(base + H_LINE_KEPT)
