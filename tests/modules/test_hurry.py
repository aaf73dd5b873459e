"""Loops through a delay line whose place is shaken as fast as can be: noise that goes in comes out no louder than from one that stands."""

import numpy as np
import pytest

from chronus.modules.registry import builtin
from chronus.workshop.harness import RATE, play

FRAMES, RATES = RATE, [RATE / count for count in (2, 3, 4, 5, 6)]
NOISE = np.random.default_rng(1).uniform(-1.0, 1.0, FRAMES).astype(np.float32)
TIME = np.arange(FRAMES) / RATE


def shaken(middle: float, depth: float, angle: float, square: bool, low: float, high: float) -> np.ndarray:
    """(frames, lanes): a number that swings around `middle` at a rate in each lane."""
    swing = np.sin(2.0 * np.pi * np.outer(TIME, RATES) + angle)
    return np.clip(middle * (1.0 + depth * (np.sign(swing) if square else swing)), low, high).astype(np.float32)


@pytest.mark.parametrize("square", [False, True])
@pytest.mark.parametrize("middle, depth, angle", [(268.8, 0.723, 4.98), (389.5, 0.937, 0.94), (3677.6, 0.865, 5.59), (110.0, 0.9, 0.3)])
def test_a_comb_does_not_gain_by_it(middle, depth, angle, square):
    motion = np.pad(shaken(middle, depth, angle, square, 20.0, 5_000.0), ((0, 0), (0, 3)), "edge")
    heard = play(builtin()["comb"], FRAMES, lanes=8, audio=NOISE, freq=motion, decay=20_000.0, damping=0.0).outlets[0]
    assert np.abs(heard).max() < 2.0, np.abs(heard).max(0)


@pytest.mark.parametrize("feedback", [0.95, -0.95])
def test_a_flanger_does_not_either(feedback):
    loudest = 0.0
    for rate in (*RATES, 1_000.0, 8_714.0):
        heard = play(builtin()["flanger"], FRAMES, audio=NOISE, rate=np.full(FRAMES, rate, np.float32), time=0.7, depth=2.0, feedback=feedback, mix=1.0).outlets[0]
        loudest = max(loudest, np.abs(heard).max())
    for way in shaken(1.5, 0.9, 1.0, True, 0.1, 15.0).T:
        heard = play(builtin()["flanger"], FRAMES, audio=NOISE, time=way, depth=0.0, feedback=feedback, mix=1.0).outlets[0]
        loudest = max(loudest, np.abs(heard).max())
    assert loudest < 10.0


def test_a_string_does_not():
    struck = np.where(TIME % 0.25 < 0.2, 1.0, 0.0).astype(np.float32)
    motion = np.pad(shaken(734.6, 1.3, 5.5, False, 20.0, 5_000.0), ((0, 0), (0, 3)), "edge")
    assert np.abs(play(builtin()["pluck"], FRAMES, lanes=8, gate=struck, freq=motion, decay=20_000.0).outlets[0]).max() < 1.0


def test_a_pitch_that_jumps_once_keeps_its_highs():
    comb, jump = builtin()["comb"], np.where(np.arange(FRAMES) < FRAMES // 2, 440.0, 587.3).astype(np.float32)
    level = [np.square(np.abs(np.fft.rfft(play(comb, FRAMES, audio=NOISE, freq=freq, decay=200.0, damping=0.0).outlets[0][-4_800:, 0]))[800:]).sum()
             for freq in (jump, np.full(FRAMES, 587.3, np.float32))]
    assert abs(10.0 * np.log10(level[0] / level[1])) < 0.1
