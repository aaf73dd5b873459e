"""How smooth a swap is: the steps of what was played, beside the steps of the old and of the new patch by themselves.

A machine that plays the same log has both patches on its two sides while one fades into the other, so what each plays alone is read there.
"""
import random
from dataclasses import dataclass
from math import log10

import numpy as np

from chronus.control.replay import Session
from chronus.replica.bypass import FADE_FRAMES
from chronus.replica.offline import Offline
from chronus.shared import program as pr
from chronus.shared.layout import CHANNELS
from chronus.shared.log import COMMIT

PROMISED_DBFS = -40.0
SILENCE_DBFS = -200.0                       # what "no step at all" is called


@dataclass(frozen=True)
class Swap:
    """One swap: its first block, the old and the new patch alone through the fade, and the largest step beyond both of them."""

    block: int
    old: np.ndarray
    new: np.ndarray
    excess: float


def dbfs(value: float) -> float:
    return max(SILENCE_DBFS, 20.0 * log10(max(value, 1e-12)))


def side(offline: Offline, before: bool) -> np.ndarray:
    """Where the patch that plays, or the one before it, puts out its blocks: a view of shape (block, 2) that each block overwrites."""
    arena = offline.machine.arena
    header = arena[:pr.ARENA_HEADER].view(np.int64)
    which = int(header[pr.A_SIDE // 8]) ^ before
    area = int(header[pr.A_AREA_0 // 8 + which])
    begin = pr.side_offset(which) + int(offline.memory.program(area)[pr.P_OUT // 8])
    return arena[begin:begin + 4 * CHANNELS * offline.block].view(np.float32).reshape(offline.block, CHANNELS)


def swaps(session: Session, played, first: int):
    """Yields a Swap for each commit in `played`, samples of shape (frames, 2) from frame `first` on."""
    offline, block = Offline(session.programs, session.entries, session.rate, session.block, session.scores, session.programs.folder), session.block
    fade, last = -(-FADE_FRAMES // block), (first + len(played)) // block
    begins = [begin for begin, _ in offline.commits]
    for begin, following in zip(begins, [*begins[1:], 1 << 62]):
        end = min(begin + fade, following)
        if begin * block <= first or end + 1 > last or begin < offline.next_block:
            continue
        if begin > offline.next_block:
            offline.run(begin - offline.next_block)
        old, new = [side(offline, before=False)[-1:].copy()], []
        for number in range(begin, end):
            offline.run(1)
            if number == begin:
                places = side(offline, before=True), side(offline, before=False)
            old.append(places[0].copy())
            new.append(places[1].copy())
        heard = np.asarray(played[begin * block - first - 1:end * block - first + 1], np.float64)
        old, new = np.concatenate(old).astype(np.float64), np.concatenate(new).astype(np.float64)
        yield Swap(begin, old[1:], new, excess(heard, old, new))


def excess(heard: np.ndarray, old: np.ndarray, new: np.ndarray) -> float:
    """The largest step from one sample of `heard` to the next beyond the steps of `old` and `new` at the same place.

    `heard` has one sample more at each end than the fade, `old` one before it; into the first sample behind it only `new` goes on.
    """
    nothing = np.zeros((1, CHANNELS))
    by_old = np.vstack((np.abs(np.diff(old, axis=0)), nothing))
    by_new = np.vstack((nothing, np.abs(np.diff(np.vstack((new, heard[-1:])), axis=0))))
    return float(max(0.0, (np.abs(np.diff(heard, axis=0)) - np.maximum(by_old, by_new)).max()))


def old_alone(session: Session, number: int, frames: int) -> np.ndarray:
    """What would have been played for some frames from commit `number` on, had neither it nor a later one come."""
    commits = [i for i, entry in enumerate(session.entries) if entry.kind == COMMIT]
    gone = {*commits[number:]}
    offline = Offline(session.programs, [e for i, e in enumerate(session.entries) if i not in gone], session.rate, session.block, session.scores, session.programs.folder)
    offline.run(session.entries[commits[number]].frame // session.block)
    return offline.run(-(-frames // session.block))[:frames]


def misread(session: Session, found: list[Swap], dice: random.Random, count: int) -> int:
    """How many of `count` swaps, taken at random, have an old patch that is not the render of the log without them: this measure, measured."""
    numbers = {entry.frame // session.block: n for n, entry in enumerate(e for e in session.entries if e.kind == COMMIT)}
    return sum(not np.array_equal(old_alone(session, numbers[swap.block], len(swap.old)).astype(np.float64), swap.old)
               for swap in dice.sample(found, min(count, len(found))))
