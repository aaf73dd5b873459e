"""The tone of /test: left out while it is silent, heard from the very frame in which its gate opens, and left out again."""
import numpy as np
import pytest

from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.patch.tone import TONE_GATE
from chronus.replica.offline import Offline
from chronus.shared.log import SET, Entry

RATE, FRAMES = 48_000, 8_192
AHEAD = 27                                       # frames that the master looks ahead
LOOPED = Patch([Module("sine", "sine", {"freq": 300.0, "gain": 0.2}), Module("tape", "delay")], [Cable("sine", "out", "tape", "audio"), Cable("tape", "out", OUT, "")])


def rendered(patch: Patch, gates: list[tuple[int, float]], block: int = 64) -> np.ndarray:
    program = compile_patch(patch, RATE, block)
    entries = [Entry(SET, program.knobs[TONE_GATE], value, frame) for frame, value in gates]
    return Offline([program.words], entries, RATE, block).run(FRAMES // block)


@pytest.mark.parametrize("patch", (Patch([], []), LOOPED), ids=("alone", "behind a patch"))
def test_it_is_heard_while_its_gate_is_open(patch):
    silent, heard = rendered(patch, []), rendered(patch, [(1_000, 0.5), (3_000, 0.0), (6_000, 1.0)])
    tone = np.abs(heard - silent).max(axis=1)
    assert np.flatnonzero(tone)[0] == pytest.approx(1_000 + AHEAD, abs=2)
    assert tone[1_300:3_000].max() > 0.02 and tone[6_300:].max() > 0.05
    assert tone[3_400:6_000].max() < 0.005, "but for the high-pass of the master, which is on its way back"


def test_the_block_size_changes_no_bit_of_it():
    gates = [(1_001, 0.5), (3_050, 0.0), (3_100, 0.7), (6_000, 0.0)]
    first, *others = (rendered(LOOPED, gates, block).tobytes() for block in (64, 128, 512))
    assert others == [first, first]
