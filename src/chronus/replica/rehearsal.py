"""A rehearsal: a new patch takes over from what plays, unheard, and has to come through a piece of the live log.

It begins at the newest snapshot, as a joining replica does, and reads the commands that were played since; it must stay finite, below the
ceiling, and within its share of a block's time. A crash ends only the process that rehearses. Native code.
"""
from chronus.limits import CUT_RING_BLOCKS
from chronus.native.words import cpu_time_ns, flush_denormals, load, load_acquire, load_int32, store
from chronus.replica.bypass import FADE_FRAMES, loudest
from chronus.replica.block import play_block
from chronus.replica.snapshot import DAMAGED, NEEDS_KERNELS, load_snapshot
from chronus.replica.sides import M_ARENA, M_BASE, M_MODE, REHEARSES, area_of, program_at, side_address
from chronus.replica.swap import commit, complete
from chronus.shared.layout import H_BLOCK, H_CUT, H_LEAD, H_RATE, PLAYED, RH_BOTH_NS, RH_MODULE, RH_NEW_NS, RH_PEAK, RH_SIDE
from chronus.shared.program import (
    A_APPLIED,
    A_COMING,
    A_FAILED,
    A_SIDE,
    L_BLOCK,
    L_OFFENCES,
    L_REASON,
    MODULE_BYTES,
    NUMBER_REASON,
    O_C,
    OPERATION_BYTES,
    P_MODULE_COUNT,
    P_MODULES,
    P_OPERATION_COUNT,
    P_OPERATIONS,
    R_INPUTS_AT,
    R_KEY,
    R_LIVE,
)
from chronus.shared.rings import LOW, ahead

GOOD, NO_SNAPSHOT, MISSING, TOO_SLOW, NOT_A_NUMBER = range(5)
SHARE = 0.75                                # of a block's time: what a patch may need
BLOCKS = 64                                 # how much of the live log a patch is tried with: 85 ms at 64 frames and 48 kHz
IN_DOUBT = 2 * BLOCKS                       # and with so much where two blocks decide
PAIRED = 8                                  # and at least so many blocks of that with the patch before beside it, as on probation
NO_BLOCKS = (0, 0, 0, 0)
BUDGET_NS = 400_000_000                     # CPU time after which enough was seen, of large blocks and of patches that are far too slow


def decided_cut(base, block, applied):
    """How far block `block` reads if that is decided, else no further than before. Decides nothing."""
    word = load_acquire(base + load(base + H_CUT) + 8 * (block % CUT_RING_BLOCKS))
    if word != 0 and ahead((word >> 32) & LOW, (block + 1) & LOW) == 0:
        return applied + ahead(word & LOW, applied & LOW)
    return applied


def new_offender(machine, since):
    """The key of a module that put out what it may not in block `since` or later; 0 if there is none."""
    side = load(load(machine + M_ARENA) + A_SIDE)
    program, begin = program_at(machine, area_of(machine, side)), side_address(machine, side)
    for i in range(load(program + P_MODULE_COUNT)):
        row = program + load(program + P_MODULES) + i * MODULE_BYTES
        live = begin + load(row + R_LIVE)
        if load_int32(live + L_OFFENCES) > 0 and load_int32(live + L_REASON) == NUMBER_REASON and load(live + L_BLOCK) >= since:
            return load(row + R_KEY)
    return 0


def before_the_master(machine):
    """Address of what goes into the last module, which holds it below full scale: whether a patch is too loud is seen there."""
    side = load(load(machine + M_ARENA) + A_SIDE)
    program, begin = program_at(machine, area_of(machine, side)), side_address(machine, side)
    last = program + load(program + P_OPERATIONS) + (load(program + P_OPERATION_COUNT) - 1) * OPERATION_BYTES
    row = program + load(last + O_C)
    return load(begin + load(row + R_INPUTS_AT))


def with_block(times, used):
    """The times of some blocks, their sum and the three longest, with one block more."""
    spent, first, second, third = times
    if used > first:
        return spent + used, used, first, second
    if used > second:
        return spent + used, first, used, second
    return spent + used, first, second, max(third, used)


def counted(times):
    """What the times of some blocks come to, of which the two longest count as the third. Where all of a virtual machine stands still, that is the
    time of who was at work, in one block, now and then in two; a patch that is slow is so in more of them, be it each sixteenth, and
    counts in full.
    """
    spent, first, second, third = times
    return spent - first - second + 2 * third


def rehearse(machine, area, pid):
    """Rehearses the program in `area`: GOOD, or what was wrong; times in ns a block, the peak and the module in the shared memory.

    Where the patch is too slow by its two longest blocks, and by them alone, it is tried for twice as long: what is heavy now and then comes again,
    and a host that stood still goes on.
    """
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    flush_denormals()
    store(machine + M_MODE, REHEARSES)
    block = load_snapshot(machine, load_acquire(base + PLAYED))
    if block == DAMAGED:                        # a card that takes much at once has let the replicas run further ahead than the rings were made for
        block = load_snapshot(machine, load_acquire(base + PLAYED) + load(base + H_LEAD))
    if block < 0:
        return MISSING if block == NEEDS_KERNELS else NO_SNAPSHOT
    frames = load(base + H_BLOCK)
    faded = -(-FADE_FRAMES // frames)
    fading = max(faded, PAIRED)
    commit(machine, area, fading - faded, block)
    if load(arena + A_FAILED) != 0:
        return MISSING
    if load(arena + A_COMING) >= 0:
        complete(machine, block)
    store(base + RH_SIDE, load(arena + A_SIDE))
    most, done, both, alone, peak = SHARE * 1_000_000_000 * frames / load(base + H_RATE), 0, NO_BLOCKS, NO_BLOCKS, 0
    while counted(both) + counted(alone) <= BUDGET_NS:
        tried = done - fading
        if tried == IN_DOUBT or tried == BLOCKS and not alone[0] > tried * most >= counted(alone):
            break
        before = cpu_time_ns(pid)
        play_block(machine, block + done, decided_cut(base, block + done, load(arena + A_APPLIED)))
        used = cpu_time_ns(pid) - before
        if tried < 0:
            both = with_block(both, used)
        else:
            alone = with_block(alone, used)
        peak = max(peak, loudest(before_the_master(machine), 2 * frames))
        done += 1
    store(base + RH_BOTH_NS, counted(both) // min(done, fading))
    store(base + RH_NEW_NS, counted(alone) // (done - fading) if done > fading else counted(both) // done)
    store(base + RH_PEAK, peak)
    offender = new_offender(machine, block)
    store(base + RH_MODULE, offender)
    return NOT_A_NUMBER if offender != 0 else GOOD
