"""The tempo, the beat and the bar that control tells are those of the clock that the replicas play by."""

from pathlib import Path

import numpy as np
import pytest

from chronus import limits
from chronus.control.timing import musical_time
from chronus.native.words import store_float64
from chronus.replica.sides import M_ARENA, M_BASE, MACHINE_WORDS
from chronus.replica.tempo import begin_time, set_clock
from chronus.shared import layout as at
from chronus.shared import score as sc
from chronus.shared.memory import Memory
from chronus.shared.program import TIME

# of a ramp from 120 to 60 in two seconds, which begins at beat 2, second 1: second, tempo, beat, bar of three beats from beat 1
RAMP = ((0.5, 120.0, 1.0, 1), (1.0, 120.0, 2.0, 1), (2.0, 90.0, 3.75, 1), (3.0, 60.0, 5.0, 2), (5.5, 60.0, 7.5, 3))


@pytest.fixture
def memory() -> Memory:
    memory = Memory.create(Path("clock"), 48_000, 64, limits.MIN_LEAD)
    machine = np.zeros(MACHINE_WORDS, np.int64)
    machine[M_BASE // 8], machine[M_ARENA // 8] = memory.base, memory.base + memory[at.H_ARENA]
    begin_time(machine.ctypes.data)
    return memory


@pytest.mark.parametrize("second, bpm, beat, bar", RAMP)
def test_before_amid_and_after_a_ramp(memory, second, bpm, beat, bar):
    arena = memory[at.H_ARENA]
    time = memory.base + arena + TIME
    set_clock(time + sc.CLOCK_AT, 48_000.0, 2.0, 120.0, 60.0, 96_000.0)
    store_float64(time + sc.Q_BAR_AT, 1.0)
    store_float64(time + sc.Q_BAR, 3.0)
    assert musical_time(memory, arena, 48_000 * second) == {"bpm": bpm, "beat": beat, "bar": bar, "beats_per_bar": 3.0}


def test_the_newest_moment_is_told_by_itself(memory):
    memory[memory[at.H_ARENA] + TIME + sc.Q_NOW] = 72_000
    assert musical_time(memory, memory[at.H_ARENA]) == {"bpm": 120.0, "beat": 3.0, "bar": 1, "beats_per_bar": 4.0}
