"""Stages of an envelope whose times are turned while they last."""

import numpy as np
import pytest

from chronus.modules.registry import builtin
from chronus.workshop.harness import play

FRAMES, TURNED = 9_600, 1_500


@pytest.mark.parametrize("time, stage", [("delay", {}), ("hold", {"attack": 5.0, "sustain": 0.2})])
def test_a_wait_that_is_turned_to_nothing_is_over_and_the_next_stage_begins_at_its_beginning(time, stage):
    """Of a wait of 50 ms 31 are over: the attack of 20 ms, or the decay of 100, must not begin with as much of it done."""
    gate, waits = np.ones(FRAMES, np.float32), np.full(FRAMES, 50.0, np.float32)
    waits[TURNED:] = 0.0
    settings = {"attack": 20.0, "decay": 100.0, "curve": 0.0, **stage, time: waits}
    level = play(builtin()["dahdsr"], FRAMES, gate=gate, **settings).outlets[0][:, 0].astype(np.float64)
    assert np.abs(np.diff(level[TURNED - 100:TURNED + 100])).max() < 0.002
    assert level[TURNED - 1] != level[TURNED]                               # in the very frame
