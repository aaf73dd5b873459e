"""A fused voice in place of its modules, wherever that makes no difference: its knobs stand still, and all its modules play. Native code.

Its kernel leaves alone who plays the notes where it found in the segment before that nothing moves there, and no command came since.
"""

from chronus.native.words import call_block, load, load_int32, store
from chronus.shared.program import (
    C_CONTEXT,
    C_GROUPS,
    C_KERNEL,
    CALL_BYTES,
    F_CALLS,
    F_KNOBS,
    F_LISTS,
    F_ROWS,
    GROUPS,
    K_REMAINING,
    L_STATUS,
    O_C,
    O_D,
    PLAYING,
    R_KEY,
    R_LIVE,
)


def is_calm(needs, program, side):
    """Whether nothing of a voice is on its way to somewhere else, or out of order."""
    knobs, rows = load(needs + F_KNOBS), load(needs + F_ROWS)
    place = needs + F_LISTS + CALL_BYTES * load(needs + F_CALLS)
    for i in range(knobs):
        if load_int32(side + load(place + 8 * i) + K_REMAINING) != 0:
            return False
    for i in range(knobs, knobs + rows):
        row = program + load(place + 8 * i)
        if load_int32(side + load(row + R_LIVE) + L_STATUS) != PLAYING:
            return False
    return True


def run_fused(operation, program, side, kernels, commands, offset, frames):
    """The voices of an instrument for some frames of a block: for how many groups of them it was done. The modules of the others are to be run one by one.

    `commands` is how many there were so far.
    """
    needs, done = program + load(operation + O_D), 0
    first = side + load(needs + F_LISTS + C_CONTEXT)
    goes_on = load(first) == commands + 1 or is_calm(needs, program, side)
    for i in range(load(needs + F_CALLS)):
        place = needs + F_LISTS + CALL_BYTES * i
        kernel, context = load(kernels + 8 * load(place + C_KERNEL)), side + load(place + C_CONTEXT)
        store(context + 8, commands + 1)
        played = call_block(kernel, context, offset, frames) if goes_on and kernel != 0 else 0
        done += load(place + C_GROUPS) * played
        goes_on = played == load(context + 16)
        if not goes_on:
            store(context, 0)
    if not goes_on:
        store(first, 0)                 # somebody may be out of order: all are asked in the next segment
    return done


def group_of(operation, program):
    """Which group of voices the kernel of an operation plays."""
    return load(program + load(operation + O_C) + R_KEY) % GROUPS
