"""A witness: when the replicas disagree about a block, it is played again from each snapshot, and most of them say who was wrong.

A bit that flips in one replica is in the snapshots that this one saved afterwards, and in no other. Native code, and what counts the votes.
"""
from collections import Counter

from chronus.native.words import flush_denormals, load, load_acquire, store
from chronus.replica.block import play_block
from chronus.replica.judging import DONE
from chronus.replica.rehearsal import decided_cut
from chronus.replica.snapshot import load_place, snapshot_place
from chronus.replica.sides import M_ARENA, M_BASE, M_MODE, WITNESSES
from chronus.shared.layout import CHANNELS, H_BLOCK, S_BLOCK
from chronus.shared.program import A_APPLIED, OUT
from chronus.shared.rings import checksum

NOTHING_TO_SAY = -1
NEITHER = -1


def testify(machine, index, block):
    """The checksum of `block` as it is played from snapshot `index`; NOTHING_TO_SAY where that one is later, or not whole."""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    flush_denormals()
    store(machine + M_MODE, WITNESSES)
    place = snapshot_place(base, index)
    number = load_acquire(place + S_BLOCK)
    if number == 0 or number - 1 > block or load_place(machine, place, number) < 0:
        return NOTHING_TO_SAY
    for each in range(number - 1, block + 1):
        if play_block(machine, each, decided_cut(base, each, load(arena + A_APPLIED))) != DONE:
            return NOTHING_TO_SAY
    return checksum(arena + OUT, CHANNELS * load(base + H_BLOCK))


def liar(votes: list[int], published: tuple[int, int]) -> int:
    """Which slot published what the votes, the oldest first, do not say; NEITHER where that cannot be told."""
    votes = [vote for vote in votes if vote != NOTHING_TO_SAY]
    if not votes:
        return NEITHER
    counts = Counter(votes)
    most = max(counts.values())
    truth = next(vote for vote in votes if counts[vote] == most)        # of as many, the oldest: the flip had least time to come before it
    wrong = [slot for slot in (0, 1) if published[slot] != truth]
    return wrong[0] if len(wrong) == 1 else NEITHER
