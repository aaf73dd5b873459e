"""Curves without aliases: what they are held against is the mean itself, summed in small steps."""

import numpy as np
import pytest

from chronus.dsp.bending import corners, rounded

FINE = 2_000
PART = (np.arange(FINE) + 0.5) / FINE


def curve(x):
    return x / np.sqrt(1.0 + x * x)


@pytest.mark.parametrize(("high", "within"), ((0.3, 3e-5), (1.0, 1e-3), (10.0, 5e-3), (250.0, 5e-3)))
def test_the_round_curve_is_its_mean_over_two_ways(high, within):
    frames = np.random.default_rng(1).uniform(-high, high, (9, 200)).astype(np.float32)
    frames[0] = 0.0
    state, found = (frames[0], np.ones_like(frames[0]), np.zeros_like(frames[0])), []
    for begin in (1, 5):
        four, state = rounded(*state, *frames[begin:begin + 4])
        found += four
    for i in range(1, 8):
        before, now, after = frames[i - 1:i + 2, :, None].astype(np.float64)
        mean = (PART * curve(before + (now - before) * PART)).mean(-1) + ((1.0 - PART) * curve(now + (after - now) * PART)).mean(-1)
        assert np.abs(found[i] - mean).max() < within


def spline(x):
    """The cubic B-spline, four frames long."""
    x = np.abs(x)
    return np.where(x < 1.0, 2.0 / 3.0 - x * x + 0.5 * x**3, np.maximum(2.0 - x, 0.0) ** 3 / 6.0)


@pytest.mark.parametrize("pace", (0.05, -0.4, 3.0, -40.0))
def test_corners_are_what_a_spline_makes_of_a_straight_way_through_them(pace):
    """One that clips and one that turns up and clips: drawn with a ruler, and what is added to it in twelve frames."""
    for shape, heights in ((lambda x: np.clip(x, -1.0, 1.0), (1.0, 0.0, -1.0)), (lambda x: np.minimum(np.abs(x), 1.0), (-1.0, 2.0, -1.0))):
        begin = np.random.default_rng(2).uniform(-6.0, -5.0, 50)
        frames = pace * (begin[:, None] + np.arange(12.0))
        found = shape(frames)
        for i in range(1, 10):
            added = corners(*(np.float32(height) for height in heights), *(frames[:, i + j].astype(np.float32) for j in (-1, 0, 1, 2)))
            for j, part in zip((-1, 0, 1, 2), added):
                found[:, i + j] += part
        span = (np.arange(4 * FINE) + 0.5) / FINE - 2.0
        for i in range(3, 9):
            wanted = (shape(frames[:, i, None] + pace * span) * spline(span)).sum(-1) / FINE
            assert np.abs(found[:, i] - wanted).max() < 1e-5 * max(1.0, abs(pace))
