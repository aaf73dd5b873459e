"""The race: each engine renders in a process of its own on one core, once so long and once longer, and the difference is what counts.

To start takes some engines seconds, never quite the same, and to render ten seconds a tenth of one; so the longer render is so much longer that the
difference is at least what the shorter took, start and all.
"""

import math
import os
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from chronus.proof.peers.checks import complaint, read
from chronus.proof.peers.peer import ARRAY, SOUND, Peer

PATIENCE_SECONDS = 300.0                 # a render that takes longer is ended
WORTH_TIMING = 2.0                       # seconds of CPU time that the second part takes at least
LONGEST = 200.0                          # seconds of sound that it has at most, unless the first has more
LOG_CHARACTERS = 160


class Wrong(RuntimeError):
    """An engine did not render the work: how."""


@dataclass
class Contestant:
    """One way in which one engine renders one work. `seconds` are what each round found that so much sound takes as the race was asked for;
    `more` is how much longer the longer render was, in seconds of sound; `wrong` is why it is out.
    """

    peer: Peer
    work: str
    way: str
    seconds: list[float] = field(default_factory=list)
    wrong: str = ""
    more: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.peer.name} {self.way}".strip()


def race(contestants: list[Contestant], place: Path, seconds: float, rounds: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Lets all render in turn, `rounds` times, so that what slows the machine down for a while slows all. Every render is checked.

    A first one of each is not timed: it compiles what an engine keeps. Two more say how long the longer render is to be.
    """
    total, done = len(contestants) * (3 + 2 * rounds), 0
    for number in range(1 + rounds):
        for contestant in contestants:
            lengths = (seconds, seconds + contestant.more) if number else (seconds, seconds, 2 * seconds)
            if not contestant.wrong:
                try:
                    *_, short, long = [render(contestant, place, length) for length in lengths]
                    if number:
                        contestant.seconds.append((long - short) * seconds / contestant.more)
                    else:
                        contestant.more = second_part(seconds, short, long)
                except Wrong as error:
                    contestant.wrong = str(error)
            done += len(lengths)
            if progress:
                progress(done, total)


def second_part(seconds: float, short: float, long: float) -> float:
    """By how many seconds of sound the longer render is longer, so that they take as much time as the shorter, start and all, and two seconds:
    where a render took `short` and one of twice the `seconds` took `long`.
    """
    cost = max(long - short, 0.01 * short) / seconds
    return max(seconds, min(LONGEST, float(math.ceil(max(short, WORTH_TIMING) / cost))))


def times_real_time(contestant: Contestant, seconds: float) -> float | None:
    """Median of the rounds; None where the machine was too busy to tell."""
    middle = statistics.median(contestant.seconds)
    return seconds / middle if middle > 0 else None


def render(contestant: Contestant, place: Path, seconds: float) -> float:
    """User and system time of one render, in seconds. Raises Wrong."""
    with tempfile.TemporaryDirectory(prefix="chronus-peers-") as name:
        folder = Path(name)
        try:
            command = contestant.peer.prepare(place, contestant.work, contestant.way, seconds, folder)
        except LookupError as error:
            raise Wrong(str(error)) from None
        spent = run(command, folder)
        found = [folder / file for file in (SOUND, ARRAY) if (folder / file).exists()]
        if not found:
            raise Wrong(f"it rendered nothing: {last_words(folder)}")
        try:
            samples = read(found[0])
        except ValueError as error:
            raise Wrong(f"what it rendered cannot be read: {error}") from None
    wrong = complaint(contestant.work, samples, seconds)
    if wrong:
        raise Wrong(wrong)
    return spent


def run(command: list[str], folder: Path) -> float:
    """Runs a command in a folder on the last of our cores: its user and system time, its children's included. Raises Wrong."""
    cores = os.sched_getaffinity(0)
    with open(folder / "log", "wb") as log:
        os.sched_setaffinity(0, {max(cores)})    # a child inherits it
        try:
            process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        except OSError as error:
            raise Wrong(f"{command[0]} does not start: {error.strerror}") from None
        finally:
            os.sched_setaffinity(0, cores)
        timer = threading.Timer(PATIENCE_SECONDS, process.kill)
        timer.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
    if process.returncode != 0:
        raise Wrong(f"it ended with exit code {process.returncode}: {last_words(folder)}")
    return used.ru_utime + used.ru_stime


def last_words(folder: Path) -> str:
    """The last line that an engine printed."""
    rows = [row.strip() for row in (folder / "log").read_text(errors="replace").splitlines() if row.strip()]
    return rows[-1][-LOG_CHARACTERS:] if rows else "it said nothing"
