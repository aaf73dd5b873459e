"""From one patch to another while both play: the new one takes over the state of what stays, is faded in, and can be taken back.

A slot's arena has two sides, a program on each. A commit fills the side that is free, at the beginning of one block; for the fade, and
as long as the commit is on probation, both sides play, so the old one can be heard again at once. Native code.
"""
from chronus.limits import KERNELS, PROGRAM_AREAS, PROGRAM_WORDS, SIDE_BYTES
from chronus.native.words import copy, load, load_float32, load_int32, store, store_float32, store_int32
from chronus.replica.bypass import FADE_FRAMES
from chronus.replica.knobs import knob_index, turn
from chronus.shared.layout import AREA_SERIAL, AREAS, H_PROGRAM, LINE
from chronus.shared.program import (
    A_AREA_0,
    A_AREA_1,
    A_COMMITS,
    A_DECLICK,
    A_FADE,
    A_FAILED,
    A_JUMP,
    A_PROBATION,
    A_ROLLBACKS,
    A_ROLLED_MODULE,
    A_ROLLED_REASON,
    A_SIDE,
    ARENA_HEADER,
    K_ASKED,
    K_TURNED,
    KNOB_BYTES,
    MODULE_BYTES,
    P_CONTEXT_AT,
    P_CONTEXT_WORDS,
    P_CONTEXTS,
    P_KNOB_KEYS,
    P_KNOBS,
    P_MODULE_COUNT,
    P_MODULES,
    P_RELOCATION_COUNT,
    P_RELOCATIONS,
    P_STATE,
    P_STATE_BYTES,
    R_BUILD,
    R_KEY,
    R_KNOB,
    R_KNOB_COUNT,
    R_LANES,
    R_LIVE,
    R_LIVE_BYTES,
    R_STATE,
    R_STATE_KIND,
    R_STATES,
    R_TYPE,
    SIDES,
)

M_BASE, M_ARENA, M_KERNELS, M_CRUMB, M_MODE = (8 * i for i in range(5))
PLAYS, REHEARSES, WITNESSES = range(3)      # modes: who rehearses obeys no commit but its own; neither he nor a witness passes verdicts
MACHINE_WORDS = 8
KERNEL_ROW = 8 * (KERNELS + 1)              # of each program area: the serial of the program, then the addresses of its kernels


def side_address(machine, side):
    return load(machine + M_ARENA) + SIDES + side * SIDE_BYTES


def area_of(machine, side):
    """The program area that a side plays; -1 where it plays none."""
    return load(load(machine + M_ARENA) + A_AREA_0 + 8 * side)


def program_at(machine, area):
    base = load(machine + M_BASE)
    return base + load(base + H_PROGRAM) + area * 8 * PROGRAM_WORDS


def kernels_at(machine, area):
    """The addresses, in this process, of the kernels of the program in an area."""
    return load(machine + M_KERNELS) + area * KERNEL_ROW + 8


def is_loaded(machine, area):
    """Whether this process has the kernels of the program that is in the area now."""
    base = load(machine + M_BASE)
    serial = load(base + AREAS + LINE * area + AREA_SERIAL)
    return 0 <= area < PROGRAM_AREAS and serial != 0 and load(load(machine + M_KERNELS) + area * KERNEL_ROW) == serial


def link(machine, side):
    """Writes the contexts of a side with the addresses of this process."""
    program, begin = program_at(machine, area_of(machine, side)), side_address(machine, side)
    contexts = begin + load(program + P_CONTEXT_AT)
    copy(contexts, program + load(program + P_CONTEXTS), 8 * load(program + P_CONTEXT_WORDS))
    relocations = program + load(program + P_RELOCATIONS)
    for i in range(load(program + P_RELOCATION_COUNT)):
        place = contexts + 8 * load(relocations + 8 * i)
        store(place, load(place) + begin)


def settle(machine, side, area):
    """A program at rest on a side."""
    program = program_at(machine, area)
    store(load(machine + M_ARENA) + A_AREA_0 + 8 * side, area)
    copy(side_address(machine, side), program + load(program + P_STATE), load(program + P_STATE_BYTES))
    link(machine, side)


def begin_session(machine, area):
    """The state before the first block: the program in `area`, at rest."""
    arena = load(machine + M_ARENA)
    for place in range(0, ARENA_HEADER, 8):
        store(arena + place, 0)
    store(arena + A_AREA_1, -1)
    settle(machine, 0, area)


def row_of(program, key, type_key):
    """The row of the module with a key and a type, by bisection; 0 where the program has none."""
    low, high = 0, load(program + P_MODULE_COUNT)
    rows = program + load(program + P_MODULES)
    while low < high:
        middle = (low + high) // 2
        row = rows + MODULE_BYTES * middle
        found = load(row + R_KEY)
        if found == key:
            return row if load(row + R_TYPE) == type_key else 0
        if found < key:
            low = middle + 1
        else:
            high = middle
    return 0


def copy_state(row, side, old_row, old_side):
    """The state of a module that stays, each value in its lanes; a module that became wider begins its new lanes like its last."""
    lanes, old_lanes = load(row + R_LANES), load(old_row + R_LANES)
    to, source = side + load(row + R_STATE), old_side + load(old_row + R_STATE)
    for j in range(load(row + R_STATES)):
        for lane in range(lanes):
            store_int32(to + 4 * (j * lanes + lane), load_int32(source + 4 * (j * old_lanes + min(lane, old_lanes - 1))))


def copy_knobs(program, row, side, old, old_side):
    """The knobs of a module that stays: where they are, and where they were going."""
    for i in range(load(row + R_KNOB), load(row + R_KNOB) + load(row + R_KNOB_COUNT)):
        index = knob_index(old, load(program + load(program + P_KNOB_KEYS) + 8 * i))
        knob = side + load(program + P_KNOBS) + i * KNOB_BYTES
        if index >= 0:
            turned, asked = load_int32(knob + K_TURNED), load_float32(knob + K_ASKED)
            copy(knob, old_side + load(old + P_KNOBS) + index * KNOB_BYTES, KNOB_BYTES)
            if turned != 0:
                turn(knob, asked)
        store_int32(knob + K_TURNED, 0)


def take_over(machine, side, old):
    """Every module that stays, by id and type, goes on in the new program where it is in the old."""
    program, old_program = program_at(machine, area_of(machine, side)), program_at(machine, area_of(machine, old))
    begin, old_begin = side_address(machine, side), side_address(machine, old)
    for i in range(load(program + P_MODULE_COUNT)):
        row = program + load(program + P_MODULES) + i * MODULE_BYTES
        old_row = row_of(old_program, load(row + R_KEY), load(row + R_TYPE))
        if old_row != 0:
            copy_knobs(program, row, begin, old_program, old_begin)
            if load(row + R_STATE_KIND) == load(old_row + R_STATE_KIND):
                copy_state(row, begin, old_row, old_begin)
            if load(row + R_BUILD) == load(old_row + R_BUILD):
                copy(begin + load(row + R_LIVE), old_begin + load(old_row + R_LIVE), load(row + R_LIVE_BYTES))


def commit(machine, area, probation):
    """The program in `area` takes over from the one that plays; both play for the fade, and for `probation` blocks after it."""
    arena = load(machine + M_ARENA)
    if not is_loaded(machine, area):
        store(arena + A_FAILED, 1)
        return
    old = load(arena + A_SIDE)
    if load(arena + A_FADE) > 0:
        store(arena + A_DECLICK, FADE_FRAMES)
        store(arena + A_JUMP, 1)
    settle(machine, 1 - old, area)
    take_over(machine, 1 - old, old)
    store(arena + A_SIDE, 1 - old)
    store(arena + A_FADE, FADE_FRAMES)
    store(arena + A_PROBATION, probation)
    store(arena + A_COMMITS, load(arena + A_COMMITS) + 1)


def roll_back(machine, key, reason):
    """The patch before plays again, from this block on."""
    arena = load(machine + M_ARENA)
    side = load(arena + A_SIDE)
    store(arena + A_SIDE, 1 - side)
    store(arena + A_AREA_0 + 8 * side, -1)
    store(arena + A_FADE, 0)
    store(arena + A_PROBATION, 0)
    store(arena + A_DECLICK, FADE_FRAMES)
    store(arena + A_JUMP, 1)
    store(arena + A_ROLLBACKS, load(arena + A_ROLLBACKS) + 1)
    store(arena + A_ROLLED_MODULE, key)
    store(arena + A_ROLLED_REASON, reason)


def end_of_block(machine):
    """Counts the probation down; at its end the old patch is let go."""
    arena = load(machine + M_ARENA)
    old = 1 - load(arena + A_SIDE)
    if area_of(machine, old) < 0 or load(arena + A_FADE) > 0:
        return
    left = load(arena + A_PROBATION) - 1
    store(arena + A_PROBATION, left)
    if left < 0:
        store(arena + A_AREA_0 + 8 * old, -1)
        store(arena + A_PROBATION, 0)


def mix(target, old, new, done, frames):
    """The fade from one stereo signal to the other; where both are alike, they are kept to the bit."""
    for i in range(frames):
        share = min(done + i, FADE_FRAMES) / FADE_FRAMES
        for c in range(2):
            a, b = load_float32(old + 8 * i + 4 * c), load_float32(new + 8 * i + 4 * c)
            store_float32(target + 8 * i + 4 * c, a + (b - a) * share)
