"""Verdicts: which module's fault ended a replica, at which block, so that every replica, and every replay, bypasses it from there on.

Who crashes posts a verdict, or who watches one that takes too long does, unless the other replica has got through the block. A verdict is
one word of shared memory, so that it is there whole or not at all:  block << 26 | operation << 10 | reason << 2 | state.  The replica that
comes to the block takes it, by compare-and-swap; one that has just got through the block without harm annuls it. Who has seen another replica
at work for too long takes it at once: that one, should it get through after all, has to go. Native code.
"""
from chronus.limits import VERDICTS
from chronus.native.words import compare_and_swap, load_acquire
from chronus.shared.layout import VERDICT_HEAD, VERDICT_WORDS

POSTED, TAKEN, ANNULLED = 1, 2, 3
STATE, OPERATIONS, REASONS, BLOCKS = 4, 1 << 16, 1 << 8, 1 << 32
NONE_YET, PASSED = 0, -1


def post(base, block, operation, reason):
    """Posts a verdict; where it stands, or 0. Whoever helps, the head moves on. [replica, supervisor]"""
    word = (((block % BLOCKS) * OPERATIONS + operation) * REASONS + reason) * STATE + POSTED
    for attempt in range(VERDICTS):
        head = load_acquire(base + VERDICT_HEAD)
        seen = compare_and_swap(base + VERDICT_WORDS + 8 * (head % VERDICTS), 0, word)
        compare_and_swap(base + VERDICT_HEAD, head, head + 1)
        if seen == 0:
            return base + VERDICT_WORDS + 8 * (head % VERDICTS)
    return 0


def settle(place, upheld):
    """Takes a verdict that was just posted at `place`, so that nobody may annul it, or annuls it; 1 if it is taken and holds."""
    word = load_acquire(place) if place != 0 else 0
    if word % STATE != POSTED or compare_and_swap(place, word, word - POSTED + (TAKEN if upheld else ANNULLED)) != word:
        return 0
    return upheld


def block_of(word):
    return word >> 26


def blocks_since(word, block):
    """How many blocks `block` is after that of a verdict, the numbers wrapping at 2**32: negative before it."""
    return (block - block_of(word) + (1 << 31)) % BLOCKS - (1 << 31)


def operation_of(word):
    return (word >> 10) % OPERATIONS


def reason_of(word):
    return (word >> 2) % REASONS


def take(base, number, block, through):
    """Verdict `number`, if it is for `block`: its word, and nobody may annul it now. NONE_YET if there is none up to this block.

    Who is `through` with the block takes nothing: it annuls what others have not taken. ANNULLED if the verdict counts no more; PASSED if
    others have taken it for a block that the caller got through without it: then the caller must end.
    """
    place = base + VERDICT_WORDS + 8 * (number % VERDICTS)
    while True:
        word = load_acquire(place)
        if word == 0:
            return NONE_YET
        if word % STATE == ANNULLED:
            return ANNULLED
        behind = blocks_since(word, block + through)
        if behind < through:
            return NONE_YET
        if word % STATE == TAKEN:
            return word if behind == 0 else PASSED
        wanted = TAKEN if behind == 0 else ANNULLED
        if compare_and_swap(place, word, word - POSTED + wanted) == word:
            return word if behind == 0 else ANNULLED
