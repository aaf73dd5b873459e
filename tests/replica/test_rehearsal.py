"""How a new patch is tried unheard: what it is said to need of a block's time, alone and beside the one that plays."""

import pytest

from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica import rehearsal
from chronus.replica.offline import Offline
from chronus.replica.rehearsal import BUDGET_NS, GOOD, NO_SNAPSHOT, SHARE, rehearse
from chronus.replica.sides import area_of
from chronus.replica.snapshot import save_snapshot
from chronus.shared import layout as at

RATE, MS = 48_000, 1_000_000
PATCH = Patch([Module("tone", "sine")], [Cable("tone", "out", OUT, "")])
LATER = Patch([Module("other", "sine"), Module("echo", "delay")], [Cable("other", "out", "echo", "audio"), Cable("echo", "out", OUT, "")])


class Stage:
    """A rehearsal of a patch beside one that plays. `cost(i, playing)` is the CPU time, in ns, of block i, in which so many patches play."""

    def __init__(self, monkeypatch, frames: int, cost, patch: Patch = PATCH):
        self.cost, self.cpu, self.played, self.playing = cost, 0, 0, []
        self.offline = Offline([compile_patch(PATCH, RATE, frames).words], [], RATE, frames)
        self.memory, self.block_ns = self.offline.memory, 1_000_000_000 * frames // RATE
        self.offline.run(4)
        save_snapshot(self.offline.machine.address, 0)
        self.memory[at.PLAYED] = 4
        self.offline.place(compile_patch(patch, RATE, frames).words, 3)
        self.really_play = rehearsal.play_block
        monkeypatch.setattr(rehearsal, "play_block", self.play_block)
        monkeypatch.setattr(rehearsal, "cpu_time_ns", lambda pid: self.cpu)

    def play_block(self, machine, block, until) -> None:
        self.playing.append(sum(area_of(machine, side) >= 0 for side in (0, 1)))
        self.cpu += self.cost(self.played, self.playing[-1])
        self.played += 1
        self.really_play(machine, block, until)

    def tried(self) -> tuple[int, int]:
        """What the patch needed of a block, in ns: while both played, and alone."""
        assert rehearse(self.offline.machine.address, 3, 0) == GOOD
        return self.memory[at.RH_BOTH_NS], self.memory[at.RH_NEW_NS]


@pytest.mark.parametrize("frames", (16, 48, 64, 128, 512, 1024))
@pytest.mark.parametrize("patch", (PATCH, LATER))
def test_only_blocks_in_which_both_play_count_as_such(frames, patch, monkeypatch):
    """However few blocks the fade takes."""
    stage = Stage(monkeypatch, frames, lambda i, playing: 100_000 * playing, patch)
    assert stage.tried() == (200_000, 100_000)
    assert stage.playing.count(2) >= 8 and stage.playing == sorted(stage.playing, reverse=True) and stage.playing.count(1) == 64


@pytest.mark.parametrize("played, result", ((2, GOOD), (1, NO_SNAPSHOT)))
def test_where_no_snapshot_is_old_enough_it_begins_with_one_that_is_as_far_ahead_as_the_lead(played, result, monkeypatch):
    """As who joins does: a card may have let the replicas run further ahead than the rings were made for."""
    stage = Stage(monkeypatch, 64, share(64, 0.1))
    stage.memory[at.PLAYED] = played
    assert stage.memory[at.H_LEAD] == 2 and rehearse(stage.offline.machine.address, 3, 0) == result


def share(frames: int, part: float, extra=None):
    """The cost of a patch that needs this part of a block's time, and in the blocks of `extra` so many ns more."""
    return lambda i, playing: round(part * playing * frames / RATE * 1e9) + (extra or {}).get(i, 0)


@pytest.mark.parametrize("frames", (16, 64, 512, 1024))
@pytest.mark.parametrize("stalls", ({40: 30 * MS}, {71: 400 * MS}, {0: 389 * MS}, {3: 30 * MS, 7: 60 * MS}, {20: 30 * MS, 21: 400 * MS}, {2: 700 * MS, 35: 500 * MS}))
def test_a_host_that_stood_still_for_a_block_or_two_is_not_the_patch(frames, stalls, monkeypatch):
    """What the patch needs is what it would have needed."""
    stage = Stage(monkeypatch, frames, share(frames, 0.3, stalls))
    both, alone = stage.tried()
    assert both == pytest.approx(0.6 * stage.block_ns, rel=1e-4) and alone == pytest.approx(0.3 * stage.block_ns, rel=1e-4)


@pytest.mark.parametrize("frames", (64, 512))
@pytest.mark.parametrize("part", (0.76, 0.9, 2.0))
def test_a_patch_that_is_too_slow_all_the_time_is_so_as_early_as_ever(frames, part, monkeypatch):
    stage = Stage(monkeypatch, frames, share(frames, part))
    both, alone = stage.tried()
    assert alone == pytest.approx(part * stage.block_ns, rel=1e-4) and both == pytest.approx(2.0 * alone, rel=1e-4)
    assert stage.played == 72 or stage.cpu - BUDGET_NS <= 2.0 * part * stage.block_ns


@pytest.mark.parametrize("part", (20.0, 75.0))
def test_one_that_is_far_too_slow_is_not_tried_to_the_end(part, monkeypatch):
    stage = Stage(monkeypatch, 64, share(64, part))
    assert min(stage.tried()) > stage.block_ns and stage.played == max(3, BUDGET_NS // round(2.0 * part * stage.block_ns) + 1)


@pytest.mark.parametrize("every", (4, 16, 32, 40))
@pytest.mark.parametrize("first", (0, 3))
def test_one_that_is_slow_in_some_blocks_is_judged_by_them(every, first, monkeypatch):
    """Be they the two longest alone: then it is tried on until there are more."""
    heavy = {i: round(0.7 * every * 64 / RATE * 1e9) for i in range(8 + first, 200, every)}
    stage = Stage(monkeypatch, 64, share(64, 0.2, heavy))
    _, alone = stage.tried()
    tried = range(8, stage.played)
    assert SHARE * stage.block_ns < alone == pytest.approx(sum(stage.cost(i, 1) for i in tried) / len(tried), rel=1e-4)
    fast = Stage(monkeypatch, 64, share(64, 0.2, {i: heavy[i] // 2 for i in heavy}))
    assert fast.tried()[1] < SHARE * fast.block_ns


@pytest.mark.parametrize("stall, blocks", ((58, 128), (30, 64), (0, 64)))
def test_only_where_two_blocks_decide_is_a_patch_tried_for_longer(stall, blocks, monkeypatch):
    """30 ms are 22 blocks: with them 64 blocks of 0.3 are 65 % of the time, and nobody is in doubt."""
    stage = Stage(monkeypatch, 64, share(64, 0.3, {20: stall * MS}))
    assert stage.tried()[1] == pytest.approx(0.3 * stage.block_ns, rel=1e-4) and stage.played == 8 + blocks
