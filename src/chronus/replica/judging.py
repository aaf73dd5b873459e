"""Who was at fault, and what becomes of it: a patch on probation is taken back, a module is bypassed, by verdicts that all replicas share. Native code."""

from chronus.limits import VERDICTS
from chronus.native.words import load, load_acquire, load_int32, store, store_release
from chronus.replica.bypass import BYPASSED, offend
from chronus.replica.sides import M_ARENA, M_BASE, M_COMMANDS, M_MODE, WITNESSES, area_of, program_at, row_with_key, side_address
from chronus.replica.swap import MASTER_KEY, roll_back
from chronus.replica.verdicts import ANNULLED, NONE_YET, PASSED, STATE, TAKEN, blocks_since, operation_of, reason_of, take
from chronus.shared.layout import VERDICT_MODULES, VERDICT_WORDS
from chronus.shared.program import (
    A_JUDGED,
    A_SIDE,
    CRUMB_SIDE,
    FUSED,
    KERNEL,
    L_BLOCK,
    L_STATUS,
    O_C,
    O_KIND,
    OPERATION_BYTES,
    PLANES,
    P_OPERATION_COUNT,
    P_OPERATIONS,
    R_KEY,
    R_LIVE,
)

DONE, DIVERGED, UNLOADED = 0, 1, 2          # how a block went: well; others went on without a module that we ran; kernels are missing


def disturb(machine):
    """What stood still may not any more: whoever counted on it asks again (`voice`)."""
    store(machine + M_COMMANDS, load(machine + M_COMMANDS) + 1)


def condemn(machine, side, key, reason, block):
    """A module was at fault: a patch on probation goes back to the one before it; else the module, all its planes, is bypassed from this block on."""
    arena = load(machine + M_ARENA)
    if area_of(machine, side) < 0:
        return
    if side == load(arena + A_SIDE) and area_of(machine, 1 - side) >= 0:
        roll_back(machine, key, reason)
        return
    offend_all(machine, side, key, reason, block)


def offend_all(machine, side, key, reason, block):
    """A module's planes are bypassed, those that are not since this very block."""
    disturb(machine)
    program, first = program_at(machine, area_of(machine, side)), key - key % PLANES
    for plane in range(PLANES):
        row = row_with_key(program, first + plane)
        if row != 0 and not is_condemned(row, side_address(machine, side), block):
            offend(program, row, side_address(machine, side), block, reason, 0)


def is_condemned(row, side, block):
    """Whether a module is out of order since this very block: two replicas in one loop are one offence, and a retry within it would end both."""
    live = side + load(row + R_LIVE)
    return load_int32(live + L_STATUS) >= BYPASSED and load(live + L_BLOCK) == block


def key_at(machine, operation):
    """The key of the module that an operation, as a breadcrumb has it, belongs to; 0 where it belongs to none, or to the master, which no verdict
    bypasses: without it nothing holds back what is too loud, and no patch can mend it.
    """
    area = area_of(machine, operation // CRUMB_SIDE)
    if area < 0:
        return 0
    program = program_at(machine, area)
    index = operation % CRUMB_SIDE - 1
    if index < 0 or index >= load(program + P_OPERATION_COUNT):
        return 0
    place = program + load(program + P_OPERATIONS) + index * OPERATION_BYTES
    if load(place + O_KIND) != KERNEL and load(place + O_KIND) != FUSED:            # of a voice the last module: while it rests the others are run, and found
        return 0
    key = load(program + load(place + O_C) + R_KEY)
    return 0 if key - key % PLANES == MASTER_KEY else key


def judge(machine, block, through):
    """Carries out the verdicts up to `block`; DIVERGED if one came for a block that this replica got through without it."""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    while True:
        number = load(arena + A_JUDGED)
        word = take(base, number, block, through)
        if word == NONE_YET:
            return DONE
        if word == PASSED:
            return DIVERGED
        if word != ANNULLED:
            operation = operation_of(word)
            side, key = operation // CRUMB_SIDE, key_at(machine, operation)
            leaving = 1 if side != load(arena + A_SIDE) else 0
            store_release(base + VERDICT_MODULES + 8 * (number % VERDICTS), 2 * key + leaving + 1)
            condemn(machine, side, key, reason_of(word), block)
        store(arena + A_JUDGED, number + 1)


def heed(machine, block):
    """Obeys the verdicts that others have taken, and takes none: for who does not play."""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    number = load(arena + A_JUDGED)
    word = load_acquire(base + VERDICT_WORDS + 8 * (number % VERDICTS))
    while word != 0 and blocks_since(word, block) >= 0:
        about, side = load(base + VERDICT_MODULES + 8 * (number % VERDICTS)) - 1, load(arena + A_SIDE)
        if word % STATE == TAKEN and load(machine + M_MODE) == WITNESSES:
            condemn(machine, 1 - side if about % 2 != 0 else side, about // 2, reason_of(word), block)
        elif word % STATE == TAKEN:
            for side in range(2):
                if area_of(machine, side) >= 0:
                    offend_all(machine, side, about // 2, reason_of(word), block)
        number += 1
        word = load_acquire(base + VERDICT_WORDS + 8 * (number % VERDICTS))
    store(arena + A_JUDGED, number)
