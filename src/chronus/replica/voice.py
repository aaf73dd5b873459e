"""A fused voice in place of its modules, wherever that makes no difference: its knobs stand still, and all its modules play. Native code."""

from chronus.native.words import call_block, load, load_int32
from chronus.shared.program import F_CONTEXTS, F_KNOBS, F_LISTS, F_ROWS, GROUPS, K_REMAINING, L_STATUS, O_A, O_C, O_D, PLAYING, R_KEY, R_LIVE


def is_calm(needs, program, side):
    """Whether nothing of a voice is on its way to somewhere else, or out of order."""
    knobs, rows = load(needs + F_KNOBS), load(needs + F_ROWS)
    place = needs + F_LISTS + 8 * load(needs + F_CONTEXTS)
    for i in range(knobs):
        if load_int32(side + load(place + 8 * i) + K_REMAINING) != 0:
            return False
    for i in range(knobs, knobs + rows):
        row = program + load(place + 8 * i)
        if load_int32(side + load(row + R_LIVE) + L_STATUS) != PLAYING:
            return False
    return True


def run_fused(operation, program, side, kernels, offset, frames):
    """The voices of an instrument for some frames of a block: for how many groups of them it was done. The modules of the others are to be run one by one."""
    kernel, needs = load(kernels + 8 * load(operation + O_A)), program + load(operation + O_D)
    if kernel == 0 or not is_calm(needs, program, side):
        return 0
    for group in range(load(needs + F_CONTEXTS)):
        if call_block(kernel, side + load(needs + F_LISTS + 8 * group), offset, frames) != 0:
            return group
    return load(needs + F_CONTEXTS)


def group_of(operation, program):
    """Which group of voices the kernel of an operation plays."""
    return load(program + load(operation + O_C) + R_KEY) % GROUPS
