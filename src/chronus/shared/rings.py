"""Blocks in shared memory: cut by whoever comes first, written with a number and a checksum, read in sequence and never trusted.

Native code; `base` is where the process has mapped the memory.
"""
from chronus.limits import AUDIO_RING_BLOCKS, CUT_RING_BLOCKS, ENTRIES_PER_BLOCK, LOG_RING_ENTRIES, TAP_RING_BLOCKS
from chronus.native.words import compare_and_swap, copy, load, load_acquire, load_int32, store, store_release
from chronus.shared.layout import (
    BLOCK_CHECKSUM,
    BLOCK_NUMBER,
    BLOCK_SAMPLES,
    CHANNELS,
    E_CHECK,
    E_INDEX,
    ENTRY_BYTES,
    H_AUDIO,
    H_AUDIO_STRIDE,
    H_BLOCK,
    H_CUT,
    H_LOG,
    H_TAP,
    H_TAP_STRIDE,
    LOG_HEAD,
    TAP_NUMBER,
    TAP_SAMPLES,
    TAP_TIME,
)

HASH_MODULUS, HASH_FACTOR = (1 << 31) - 1, 48_271       # products stay below 2**62, so int64 and Python's integers agree
LOW = 0xFFFFFFFF
TOO_LATE = -1


def checksum(address, count):
    """Hash of `count` 32-bit words, below 2**31: a polynomial in the words, so their order counts."""
    total = 1
    for i in range(count):
        total = (total * HASH_FACTOR + (load_int32(address + 4 * i) & LOW)) % HASH_MODULUS
    return total


def audio_block(base, slot, number):
    """Address of the place of block `number` in a slot's ring."""
    return base + load(base + H_AUDIO) + (slot * AUDIO_RING_BLOCKS + number % AUDIO_RING_BLOCKS) * load(base + H_AUDIO_STRIDE)


def begin_block(place):
    """Says that the place holds no block for now; its samples may then be written. [replica]"""
    store_release(place + BLOCK_NUMBER, 0)


def publish_block(base, place, number):
    """Says that the place holds block `number`, whole; returns its checksum. [replica]"""
    total = checksum(place + BLOCK_SAMPLES, CHANNELS * load(base + H_BLOCK))
    store(place + BLOCK_CHECKSUM, total)
    store_release(place + BLOCK_NUMBER, number + 1)
    return total


def take_block(base, slot, number, target):
    """Copies block `number` of a slot to `target`: 1 if it was there and whole, 0 if it is not there, -1 if it is damaged. [device]"""
    place = audio_block(base, slot, number)
    if load_acquire(place + BLOCK_NUMBER) != number + 1:
        return 0
    count = CHANNELS * load(base + H_BLOCK)
    copy(target, place + BLOCK_SAMPLES, 4 * count)
    expected = load(place + BLOCK_CHECKSUM)
    if load_acquire(place + BLOCK_NUMBER) != number + 1:
        return 0
    if checksum(target, count) != expected:
        return -1
    return 1


def tap_block(base, number, source, time):
    """Writes a block as it was played. [device]"""
    place = base + load(base + H_TAP) + (number % TAP_RING_BLOCKS) * load(base + H_TAP_STRIDE)
    store_release(place + TAP_NUMBER, 0)
    store(place + TAP_TIME, time)
    copy(place + TAP_SAMPLES, source, 4 * CHANNELS * load(base + H_BLOCK))
    store_release(place + TAP_NUMBER, number + 1)


def ahead(a, b):
    """How far the 32-bit counter `a` is ahead of `b`, with wrapping: -2**31 to 2**31 - 1."""
    return ((a - b + 0x80000000) & LOW) - 0x80000000


def cut(base, block, applied):
    """How far into the log block `block` reads. The first to ask decides, by one compare-and-swap, for all. [replica]

    The word holds the block's number and the log's index, 32 bits of each; `applied` (how far the caller has read) completes the index.
    TOO_LATE if the word was given to a later block: the caller slept through the whole ring and must end.
    """
    word = base + load(base + H_CUT) + 8 * (block % CUT_RING_BLOCKS)
    while True:
        seen = load_acquire(word)
        distance = ahead((seen >> 32) & LOW, (block + 1) & LOW)
        if distance == 0:
            return applied + ahead(seen & LOW, applied & LOW)
        if distance > 0 and seen != 0:
            return TOO_LATE
        head = load_acquire(base + LOG_HEAD)
        if head > applied + ENTRIES_PER_BLOCK:
            head = applied + ENTRIES_PER_BLOCK
        tag = (block + 1) & LOW
        if tag >= 0x80000000:
            tag -= 1 << 32
        compare_and_swap(word, seen, (tag << 32) | (head & LOW))


def entry_address(base, index):
    """Address of entry `index` of the log."""
    return base + load(base + H_LOG) + (index % LOG_RING_ENTRIES) * ENTRY_BYTES


def entry_is_whole(address, index):
    """Whether the entry is the one asked for and undamaged."""
    return load(address + E_INDEX) == index and load(address + E_CHECK) == checksum(address, (E_CHECK - E_INDEX) // 4)


def count_one(base, word):
    """Adds one to a counter of which the caller is the only writer."""
    store_release(base + word, load(base + word) + 1)
