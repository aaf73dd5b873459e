"""The life of a replica: join by snapshot, then block after block, leading or trailing, until it is told to stop.

The leader renders as far ahead as the lead allows. The other trails: it waits until the leader has finished the block, or has failed at
it, or the block is about to be due, so that a module that kills one replica cannot kill both. Native code; nothing here reads a
clock to decide anything: CPU time is watched only to tell an endless loop from a process that is stopped or starved.
"""
from chronus.limits import LOAD_RING_BLOCKS, LOG_RING_ENTRIES, snapshot_blocks
from chronus.native.words import (
    copy,
    cpu_time_ns,
    flush_denormals,
    load,
    load_acquire,
    monotonic_ns,
    poke,
    store,
    store_release,
    wait,
    wake,
)
from chronus.replica.block import play_block
from chronus.replica.judging import DIVERGED, DONE, UNLOADED
from chronus.shared.program import CRUMB_OPERATIONS
from chronus.replica.snapshot import DAMAGED, load_snapshot, save_snapshot
from chronus.replica.snapshot import NEEDS_KERNELS as NEEDS
from chronus.replica.sides import M_ARENA, M_BASE
from chronus.replica.swap import is_making_room
from chronus.replica.verdicts import post, settle
from chronus.shared.layout import (
    ANSWERED_CPU,
    BLOCK_CPU,
    BLOCK_NUMBER,
    BLOCK_SAMPLES,
    CHANNELS,
    CRUMB,
    FAULT_BLOCK,
    FAULT_OPERATION,
    FAULT_REASON,
    H_BLOCK,
    H_LEAD,
    H_LINE_KEPT,
    H_LOAD,
    H_RATE,
    HEAD,
    JOINED_AT,
    LAST_CPU,
    LEADER,
    LOADING,
    LOG_HEAD,
    PID,
    PLAYED,
    PROCESSES,
    REPLICA_ROLES,
    SLOT,
    SLOTS,
    STOP,
    SUPERVISOR_BEAT,
    TICK_NS,
    WAKE,
)
from chronus.shared.program import A_APPLIED, LOOP_REASON, OUT
from chronus.shared.rings import TOO_LATE, audio_block, begin_block, cut, publish_block

OVERRUN_NS = 20_000_000                     # CPU time in one operation beyond which the supervisor takes it for a loop: 15 blocks at 64 frames
TOGETHER_NS = 8_000_000                     # the same where both replicas are at one operation; the clock it is read from goes in steps of 4 ms
MOST_BLOCKS = 2                             # CPU time, in blocks, of a block that takes too long; 3/8 of the lead where that is less
ABANDONED_NS = 30_000_000_000               # neither a device nor a supervisor for this long: nobody will ever listen
ANSWER_NS = 200_000                         # how long the answer to a poke is waited for; it takes some 20 microseconds
NAP_NS = 50_000_000                         # nobody sleeps longer without a look at STOP
STOPPED, LEFT_BEHIND, NO_SNAPSHOT, NEEDS_KERNELS = 0, 1, 2, 3


def slot_address(base, slot, word):
    return base + SLOTS + SLOT * slot + word


def ring(base):
    """Wakes everybody who waits: the other replica, or the next."""
    store_release(base + WAKE, load_acquire(base + WAKE) + 1)
    wake(base + WAKE)


def wait_for_room(base, block):
    """Sleeps while `block` is further ahead than the lead allows; 0 when the engine stops, or when all others are long dead."""
    while load_acquire(base + STOP) == 0:
        seen = load_acquire(base + WAKE)
        if block < load_acquire(base + PLAYED) + load(base + H_LEAD):
            return 1
        wait(base + WAKE, seen, NAP_NS)
        now = monotonic_ns()
        if now - load_acquire(base + TICK_NS) > ABANDONED_NS and now - load_acquire(base + SUPERVISOR_BEAT) > ABANDONED_NS:
            return 0
    return 0


def cpu_time_of(base, slot):
    """CPU time that the process of a slot has used."""
    return cpu_time_ns(load_acquire(base + PROCESSES + 64 * (REPLICA_ROLES + slot) + PID))


def accuse(base, slot, crumb):
    """Writes a fault record on the behalf of a slot that takes too long in the operation that `crumb` names, and posts the verdict, unless the other
    one has got through the block, so that it was no fault of the module: its place, or 0.
    """
    store_release(slot_address(base, slot, FAULT_REASON), LOOP_REASON)
    store_release(slot_address(base, slot, FAULT_OPERATION), crumb % CRUMB_OPERATIONS)
    store_release(slot_address(base, slot, FAULT_BLOCK), crumb // CRUMB_OPERATIONS)
    if load_acquire(slot_address(base, 1 - slot, HEAD)) > crumb // CRUMB_OPERATIONS:
        return 0
    return post(base, crumb // CRUMB_OPERATIONS, crumb % CRUMB_OPERATIONS, LOOP_REASON)


def convict(base, slot, block):
    """Accuses the other slot, which is at `block` for too long, and leads in its place: 1; or 0, where it has got through meanwhile."""
    other = 1 - slot
    place = accuse(base, other, load_acquire(slot_address(base, other, CRUMB)))
    if settle(place, is_at_work(base, other, block)) == 0:                      # after it is posted: who is still at work cannot publish any more
        store_release(slot_address(base, other, FAULT_BLOCK), -1)
        return 0
    store_release(base + LEADER, slot)
    poke(load_acquire(base + PROCESSES + 64 * (REPLICA_ROLES + other) + PID))   # who is accused ends when it is asked, and lets go of its processor
    return 1


def is_at_work(base, slot, block):
    """Whether a slot is at an operation of `block`, and loads no kernels meanwhile."""
    crumb = load_acquire(slot_address(base, slot, CRUMB))
    return crumb % CRUMB_OPERATIONS != 0 and crumb // CRUMB_OPERATIONS == block and load_acquire(slot_address(base, slot, LOADING)) == 0


def is_decided(base, block):
    """Whether somebody got through a block before: it was played, or stands in a ring whose replica of today has not come to it yet."""
    for slot in range(2):
        if load_acquire(slot_address(base, slot, HEAD)) <= block and load_acquire(audio_block(base, slot, block) + BLOCK_NUMBER) == block + 1:
            return True
    return load_acquire(base + PLAYED) > block


def ask(base, slot):
    """Asks the replica of a slot for the CPU time that it has used, and waits a moment for the answer: whether it came."""
    answered = slot_address(base, slot, ANSWERED_CPU)
    before = load_acquire(answered)
    poke(load_acquire(base + PROCESSES + 64 * (REPLICA_ROLES + slot) + PID))
    wait(answered, before, ANSWER_NS)
    return load_acquire(answered) != before


def trail(base, slot, block):
    """Waits until the leader has finished `block`, has failed at it, has gone, or the block is nearly due.

    A quarter of the lead is for the leader to fail in, and of a short lead two blocks: one is gone when the device wakes both, and who began beside
    the leader then would crash with it; what is left is for rendering in its place, on a host that may stand still for 3 ms just
    then. A leader that is at work when two blocks are gone is asked each time the device wakes us: one that runs answers at once with the CPU
    time it has used, one that is stopped or starved does not. When the block is due, who has used too much by these answers is accused,
    even if it has no processor just then: who rendered beside it would fall into the same loop. Who does not answer, or has used next to nothing,
    is left alone, and one that is hard at work is given time until a quarter is left. Who is not waited for any longer leads no more: with the
    whole lead again, not half of it, the other one is in time until a killed one is buried (10 to 20 ms). A leader whose last block
    took too long is watched in the next one at once, whatever the lead, and as long as it answers: who went on beside it would only be as slow,
    and so on for ever. What was decided about a block before holds: who joins waits for nobody, and accuses nobody, there.

    Where all of a virtual machine stands still, that counts as the time of who was at work. So no answer accuses by itself, and what was used
    in a jump, more than could be since the answer before, counts for nothing. Who is innocent ends its block soon; who is not goes on until it has used as
    much as a whole block took it before, or, where that was too much itself, half a block.
    """
    other, lead, asked, answers, about, first, last, then = 1 - slot, load(base + H_LEAD), -1, False, -1, 0, 0, 0
    block_ns = 1_000_000_000 * load(base + H_BLOCK) // load(base + H_RATE)
    most, late, doubt_ns = min(3 * lead, 8 * MOST_BLOCKS) * block_ns // 8, min(2, lead // 2), block_ns // 2
    while load_acquire(base + STOP) == 0:
        seen = load_acquire(base + WAKE)
        if load_acquire(base + LEADER) == slot or load_acquire(slot_address(base, other, FAULT_BLOCK)) == block or is_decided(base, block):
            return
        played, there = load_acquire(base + PLAYED), load_acquire(slot_address(base, other, HEAD))
        gone, is_done = played - (block - lead), there > block
        before, nap = load_acquire(slot_address(base, other, LAST_CPU)), NAP_NS
        is_due, was_slow = gone >= max(lead // 4, late), before > most
        if is_done and not was_slow:
            return
        if is_due and not is_done and not is_at_work(base, other, block):
            store_release(base + LEADER, slot)
            return
        watches = (gone >= late or is_done) and is_at_work(base, other, there)
        if watches:
            if asked != played or about != there:
                asked, answers = played, ask(base, other)
            used = load_acquire(slot_address(base, other, ANSWERED_CPU)) - load_acquire(slot_address(base, other, BLOCK_CPU))
            if answers:
                if about != there or used < last or used - last > (1 + played - then) * block_ns:
                    first = used
                about, last, then = there, used, played
            is_accused = used > most and (is_due or is_done) and about == there
            if is_accused and used - first >= (doubt_ns if was_slow else max(doubt_ns, before)):
                if convict(base, slot, there) != 0:
                    return
            elif is_accused and (answers or is_done and gone < lead - lead // 4):
                asked, nap = -1, doubt_ns
            elif is_due and not is_done and (not answers or not was_slow and (used < block_ns // 2 or gone >= lead - lead // 4)):
                store_release(base + LEADER, slot)
                return
        if is_due and is_done and nap == NAP_NS and not (watches and answers):
            return
        wait(base + WAKE, seen, nap)


def render_block(machine, slot, block, until):
    """Renders one block into the slot's ring, under its number and checksum, and notes how long that took: DONE.

    Nothing is published where control came round the ring and overwrote the log that was to be read, or where others went on without a
    module that we ran (DIVERGED), or where kernels are missing (UNLOADED).
    """
    base = load(machine + M_BASE)
    began, oldest = monotonic_ns(), load(load(machine + M_ARENA) + A_APPLIED)
    result = play_block(machine, block, until)
    if result != DONE:
        return result
    if load_acquire(base + LOG_HEAD) >= oldest + LOG_RING_ENTRIES:
        return DIVERGED
    place = audio_block(base, slot, block)
    begin_block(place)
    copy(place + BLOCK_SAMPLES, load(machine + M_ARENA) + OUT, 4 * CHANNELS * load(base + H_BLOCK))
    publish_block(base, place, block)
    store(base + load(base + H_LOAD) + 8 * (slot * LOAD_RING_BLOCKS + block % LOAD_RING_BLOCKS), monotonic_ns() - began)
    return DONE


def join(machine, slot):
    """Takes over the newest state that is not ahead of what must be heard next; the block to go on with, or -1."""
    base = load(machine + M_BASE)
    store_release(slot_address(base, slot, ANSWERED_CPU), 0)            # what the process before us answered was its own time
    block = load_snapshot(machine, load_acquire(base + PLAYED))
    if block == DAMAGED:                                                # what was rendered ahead of the newer ones is in the rings, and will be heard
        block = load_snapshot(machine, load_acquire(base + PLAYED) + load(base + H_LEAD))
    store_release(slot_address(base, slot, HEAD), 0)
    store_release(slot_address(base, slot, JOINED_AT), block)
    return block


def run_replica(machine, slot):
    """From joining to the end: STOPPED, LEFT_BEHIND (others went on without it), NO_SNAPSHOT, or NEEDS_KERNELS: then it may join again. [replica]"""
    flush_denormals()
    base = load(machine + M_BASE)
    block = join(machine, slot)
    if block < 0:
        return NEEDS_KERNELS if block == NEEDS else NO_SNAPSHOT
    while wait_for_room(base, block) != 0:
        trail(base, slot, block)
        until = cut(base, block, load(load(machine + M_ARENA) + A_APPLIED))
        if until == TOO_LATE:
            return LEFT_BEHIND
        store_release(slot_address(base, slot, BLOCK_CPU), cpu_time_of(base, slot))
        result = render_block(machine, slot, block, until)
        if result != DONE:
            return NEEDS_KERNELS if result == UNLOADED else LEFT_BEHIND
        store_release(slot_address(base, slot, LAST_CPU), cpu_time_of(base, slot) - load_acquire(slot_address(base, slot, BLOCK_CPU)))
        block += 1
        store_release(slot_address(base, slot, HEAD), block)
        ring(base)
        often = snapshot_blocks(load(base + H_LINE_KEPT))
        if (block + slot * (often // 2)) % often == 0 or is_making_room(machine, block):
            save_snapshot(machine, slot)
    return STOPPED

