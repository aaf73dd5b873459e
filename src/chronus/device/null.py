"""The null device: our own paced thread, for machines without a sound card and for tests. One block at a time, by the monotonic clock.

(miniaudio's own null backend asks in bursts of 10 ms, which no lead of a few milliseconds survives.)
"""
from chronus.device.callback import play_block
from chronus.native.words import load, load_acquire, monotonic_ns, sleep_until, store
from chronus.shared.layout import CARRY, H_BLOCK, H_RATE, NULL_PACE, PACE, STOP, TICK_NS

PERIODS_LATE = 2                            # further behind than a card's two buffers the time is gone, as with a card


def run_null(base):
    """Plays until STOP, or until the pace is another's; returns how many periods were lost because this thread itself came late. [device]"""
    rate, frames = load(base + H_RATE), load(base + H_BLOCK)
    period = frames * 1_000_000_000 // rate
    began, blocks, lost = monotonic_ns(), 0, 0
    while load_acquire(base + STOP) == 0 and load_acquire(base + PACE) == NULL_PACE:
        now = monotonic_ns()
        store(base + TICK_NS, now)
        play_block(base, base + CARRY)
        blocks += 1
        due = began + blocks * frames * 1_000_000_000 // rate
        if now > due + PERIODS_LATE * period:
            lost += (now - due) // period
            began, blocks, due = now, 1, now + period
        sleep_until(due)
    return lost
