"""How a new patch is tried unheard: what it is said to need of a block's time, alone and beside the one that plays."""

import pytest

from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica import rehearsal
from chronus.replica.offline import Offline
from chronus.replica.rehearsal import GOOD, rehearse
from chronus.replica.sides import area_of
from chronus.replica.snapshot import save_snapshot
from chronus.shared import layout as at

RATE = 48_000
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
