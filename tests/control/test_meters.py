"""The output's meter, from a tap that is written here: peak, RMS, and every sample that was clipped is counted once."""

from pathlib import Path

import numpy as np

from chronus import limits
from chronus.control.meters import Meters
from chronus.shared import layout as at
from chronus.shared.memory import Memory

BLOCK = 64


def tapped(memory: Memory, sound: np.ndarray) -> None:
    """Plays blocks into the tap, as the device does."""
    for block in sound.reshape(-1, BLOCK, 2):
        place = memory[at.H_TAP] + memory[at.PLAYED] % limits.TAP_RING_BLOCKS * memory[at.H_TAP_STRIDE]
        memory.floats(place + at.TAP_SAMPLES, 2 * BLOCK)[:] = block.ravel()
        memory[at.PLAYED] = memory[at.PLAYED] + 1


def sine(height: float, blocks: int = 750) -> np.ndarray:
    return (height * np.sin(2 * np.pi * 997 / 48_000 * np.arange(blocks * BLOCK)))[:, None] * np.array([1.0, 0.5], np.float32)


class Nothing:
    """What plays where nobody is in step yet."""

    patch = type("Patch", (), {"modules": {}})


def test_a_sine_is_measured_and_what_was_clipped_is_counted_once():
    memory = Memory.create(Path("meters"), 48_000, BLOCK, 4)
    meters = Meters(memory)
    assert meters.read(Nothing)["out"] == {"peak": [-120.0, -120.0], "rms": [-120.0, -120.0], "clipped": 0}
    tapped(memory, sine(0.5))
    found = meters.read(Nothing)["out"]
    assert np.abs(np.array(found["peak"]) - [-6.02, -12.04]).max() < 0.02 and np.abs(np.array(found["rms"]) - [-9.03, -15.05]).max() < 0.02
    loud = sine(1.5)
    tapped(memory, loud)
    clipped = int((np.abs(loud) >= 1.0).sum())
    assert clipped > 1_000
    assert [meters.read(Nothing)["out"]["clipped"] for _ in range(2)] == [clipped, clipped]
    tapped(memory, loud)
    meters.turn()
    assert meters.clipped == 2 * clipped
    assert Meters(memory).read(Nothing)["out"]["clipped"] == 2 * clipped, "who comes later finds what the tap still has"


def test_the_tap_goes_round():
    memory = Memory.create(Path("meters"), 48_000, BLOCK, 4)
    memory[at.PLAYED] = 3 * limits.TAP_RING_BLOCKS - 100
    meters = Meters(memory)
    tapped(memory, sine(1.0, 225))
    assert abs(meters.read(Nothing)["out"]["peak"][0]) < 0.02
