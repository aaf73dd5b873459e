"""The audio callback: plays block n from whichever slot has it, in sequence, or conceals and waits. Native code. [device]"""

from chronus.limits import MAX_BLOCK
from chronus.native.words import (
    compare_and_swap,
    copy,
    load,
    load_acquire,
    load_float32,
    store,
    store_float32,
    store_release,
    wake,
)
from chronus.shared.layout import (
    BAD_CHECKSUMS,
    CARRY,
    CARRY_FILLED,
    CARRY_READ,
    CHANNELS,
    CHOSEN,
    CONCEALING,
    H_BLOCK,
    H_LEAD,
    H_RATE,
    HEAD,
    LEADER,
    LONG_TURN,
    LONG_TURNS,
    NOBODY,
    PACE,
    PLAYED,
    SLOT,
    SLOTS,
    SWITCHES,
    TICK_NS,
    TURN,
    UNDERRUNS,
    WAKE,
    XRUN_BYTES,
    XRUN_ENTRIES,
    XRUN_HEAD,
    XRUNS,
)
from chronus.shared.rings import count_one, take_block, tap_block

FADE_FRAMES = 256                           # 5.3 ms at 48 kHz: how long a concealment takes to fall silent, and music to come back
LAST_FRAME = CARRY + 4 * CHANNELS * MAX_BLOCK


def note_turn(base, now, frames):
    """A card asks for frames; all that it asks for without half a block's pause is one turn. Counts those that take more than can lie ready."""
    block, before = load(base + H_BLOCK), 0
    if now - load(base + TICK_NS) < block * 500_000_000 // load(base + H_RATE):
        before = load(base + TURN)
    store(base + TURN, before + frames)
    room = (load(base + H_LEAD) - 1) * block
    if before + frames > room:
        store(base + LONG_TURN, before + frames)
        if before <= room:
            count_one(base, LONG_TURNS)
    store(base + TICK_NS, now)


def take(base, slot, number, target):
    """`take_block`, counting what was damaged."""
    found = take_block(base, slot, number, target)
    if found < 0:
        count_one(base, BAD_CHECKSUMS)
    return found


def choose(base, number, target):
    """Block `number` from the slot played last, else from the other one; 0 if neither has it."""
    chosen = load(base + CHOSEN)
    if take(base, chosen, number, target) == 1:
        return 1
    if take(base, 1 - chosen, number, target) == 1:
        store_release(base + CHOSEN, 1 - chosen)
        count_one(base, SWITCHES)
        return 1
    return 0


def conceal(base, target, frames):
    """Fades the last frame played out to silence. The music waits; it is not skipped."""
    done = load(base + CONCEALING)
    for i in range(frames):
        level = 1.0 - (done + i) / FADE_FRAMES
        if level < 0.0:
            level = 0.0
        for channel in range(CHANNELS):
            store_float32(target + 4 * (i * CHANNELS + channel), load_float32(base + LAST_FRAME + 4 * channel) * level)
    store(base + CONCEALING, done + frames)


def fade_in(base, target, frames):
    """Lets the music come back without a step, out of what is left of the concealment. Only the card's signal fades; the tap has the music itself."""
    rest = max(0.0, 1.0 - load(base + CONCEALING) / FADE_FRAMES)
    for i in range(frames):
        level = i / frames
        for channel in range(CHANNELS):
            place = target + 4 * (i * CHANNELS + channel)
            before = load_float32(base + LAST_FRAME + 4 * channel) * rest
            store_float32(place, before + (load_float32(place) - before) * level)


def play_block(base, target):
    """One block for the card, at `target`; 1 if it was music, 0 if it was concealed."""
    number, frames = load(base + PLAYED), load(base + H_BLOCK)
    if choose(base, number, target) == 1:
        tap_block(base, number, target, load(base + TICK_NS))
        if load(base + CONCEALING) > 0:
            fade_in(base, target, frames)
            store(base + CONCEALING, 0)
        copy(base + LAST_FRAME, target + 4 * CHANNELS * (frames - 1), 4 * CHANNELS)
        store_release(base + PLAYED, number + 1)
        played = 1
    else:
        row = base + XRUNS + (load(base + XRUN_HEAD) % XRUN_ENTRIES) * XRUN_BYTES
        store(row, number)
        store(row + 8, load(base + TICK_NS))
        store(row + 16, load_acquire(base + SLOTS + HEAD))
        store(row + 24, load_acquire(base + SLOTS + SLOT + HEAD))
        store(row + 32, load_acquire(base + LEADER))
        count_one(base, XRUN_HEAD)
        count_one(base, UNDERRUNS)
        conceal(base, target, frames)
        played = 0
    store_release(base + WAKE, load_acquire(base + WAKE) + 1)
    wake(base + WAKE)
    return played


def fill(base, output, frames):
    """Any number of frames for a card; the rest of a block is kept in shared memory, so that a device that dies loses none of it."""
    done = 0
    while done < frames:
        if load(base + CARRY_READ) >= load(base + CARRY_FILLED):
            play_block(base, base + CARRY)
            store(base + CARRY_FILLED, load(base + H_BLOCK))
            store(base + CARRY_READ, 0)
        read = load(base + CARRY_READ)
        count = min(frames - done, load(base + CARRY_FILLED) - read)
        copy(output + 4 * CHANNELS * done, base + CARRY + 4 * CHANNELS * read, 4 * CHANNELS * count)
        store(base + CARRY_READ, read + count)
        done += count


def take_pace(base, mine):
    """Takes the pace from a card whose word it is, unless it is being served just now: 1 if it has it no more."""
    return 1 if compare_and_swap(base + PACE, mine, NOBODY) == mine else 0
