"""How long the computer itself holds up a thread that only sleeps: what no program can help, and what lost blocks are held against.

On each processor a process sleeps for half a millisecond, over and over, in the real-time class where that is allowed and above the engine. Where
it wakes late, the processor was with somebody else: another guest of the host, or the kernel.
"""
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise

from chronus import linux

NAP_SECONDS = 0.0005
LATE_NS = 5_000_000
BEFORE_NS, AFTER_NS = 60_000_000, 10_000_000        # around a lost block: what it may come from


@dataclass(frozen=True)
class HeldUp:
    """That a sleeper woke late: when it should have at the latest, and when it did (CLOCK_MONOTONIC, ns)."""

    since: int
    until: int

    def ms(self) -> float:
        return (self.until - self.since) / 1e6


class Sleepers:
    """One on each processor while the context lasts; then `held_up` has what they saw, and `realtime` whether all were of that class."""

    def __enter__(self) -> "Sleepers":
        self.held_up: list[HeldUp] = []
        self.realtime = False
        self._processes = [subprocess.Popen([sys.executable, "-m", __name__, str(processor)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                           for processor in sorted(os.sched_getaffinity(0))]
        return self

    def __exit__(self, *_) -> None:
        reports = [process.communicate()[0].splitlines() for process in self._processes]
        self.realtime = all(report[:1] == ["realtime"] for report in reports)
        self.held_up = sorted((HeldUp(*map(int, row.split())) for report in reports for row in report[1:]), key=lambda held: held.since)

    def near(self, since: int, until: int) -> float:
        """The longest that one was held up around a stretch of time (ns), in ms; 0: nobody was."""
        return max((held.ms() for held in self.held_up if held.until > since - BEFORE_NS and held.since < until + AFTER_NS), default=0.0)

    def told(self) -> str:
        """A sentence about all of it."""
        whom = "a sleeping thread of the real-time class" if self.realtime else "a sleeping thread of the ordinary class"
        longest = max((held.ms() for held in self.held_up), default=0.0)
        times = f"{len(self.held_up)} times for more than {LATE_NS / 1e6:g} ms, the longest {longest:.0f} ms" if self.held_up else "never for long"
        return f"the host held up {whom} {times}"


def naps():
    """The moments of waking (ns), until standard input is closed."""
    os.set_blocking(sys.stdin.fileno(), False)
    while True:
        time.sleep(NAP_SECONDS)
        yield time.monotonic_ns()
        try:
            if not os.read(sys.stdin.fileno(), 1):
                return
        except BlockingIOError:
            pass


def sleep_on(processor: int) -> None:
    """What a sleeper's process does: prints its class at last, and each time that it was held up."""
    os.sched_setaffinity(0, {processor})
    told = ["realtime" if linux.realtime("sleeper") else "ordinary"]
    for before, now in pairwise(naps()):
        due = before + int(NAP_SECONDS * 1e9)
        if now - due > LATE_NS:
            told.append(f"{due} {now}")
    print(*told, sep="\n")


if __name__ == "__main__":
    sleep_on(int(sys.argv[1]))
