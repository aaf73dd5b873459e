"""A bell: one process strikes a word of shared memory, those who listen to it wake at once. For Python; native code has `wait` and `wake`."""

from functools import cache

from chronus.native.build import native
from chronus.native.words import load_acquire, store_release, wait, wake
from chronus.shared.memory import Memory


def strike_word(address):
    """Adds one to the word and wakes who listens. Native code."""
    store_release(address, load_acquire(address) + 1)
    wake(address)


def listen_to_word(address, seen, nanoseconds):
    """Sleeps until the word differs from `seen`, or the time is over. Native code."""
    wait(address, seen, nanoseconds)


FUNCTIONS = ((strike_word, "void(intp)"), (listen_to_word, "void(intp, int64, int64)"))


@cache
def _calls():
    return [native(function, signature) for function, signature in FUNCTIONS]


def strike(memory: Memory, word: int) -> None:
    """Wakes who listens to a word of which the caller is the only striker."""
    _calls()[0](memory.base + word)


def listen(memory: Memory, word: int, seen: int, seconds: float) -> None:
    """Sleeps while the word holds `seen`, at most so long. The interpreter lock is let go."""
    _calls()[1](memory.base + word, seen, int(1e9 * seconds))
