"""The errors that `dsp.math` claims, measured against double precision, in NumPy and in a kernel; and both have the same bits."""

import numpy as np
import pytest

from chronus.dsp import lanes
from chronus.dsp.declare import inlet, module
from chronus.dsp.lanes import to_phase
from chronus.dsp.math import (
    approach,
    cosine_of_turns,
    exp2,
    fading,
    log2,
    quarter_turn,
    sine_of_many_turns,
    sine_of_phase,
    sine_of_turns,
    soft_limit,
    soft_limit_in_loop,
    square_of_turns,
    swing_of_turns,
    tangent_of_half_turns,
    tangent_parts,
    turns_of_tangent,
)
from chronus.dsp.reverb import losses
from chronus.workshop.harness import run

LANES = 16


def sine_kernel(x=inlet()):
    return sine_of_turns(x), ()


def many_turns_kernel(x=inlet()):
    return sine_of_many_turns(x), ()


def phase_kernel(x=inlet()):
    return sine_of_phase(to_phase(x), 1.0), ()


def swing_kernel(x=inlet()):
    return swing_of_turns(x), ()


def cosine_kernel(x=inlet()):
    return cosine_of_turns(x), ()


def exp2_kernel(x=inlet()):
    return exp2(x), ()


def approach_kernel(x=inlet()):
    return approach(x), ()


def tangent_kernel(x=inlet()):
    return tangent_of_half_turns(x), ()


def tangent_parts_kernel(x=inlet()):
    rise, run = tangent_parts(x)
    return rise / run, ()


def quarter_sine_kernel(x=inlet()):
    return quarter_turn(x)[0], ()


def quarter_cosine_kernel(x=inlet()):
    return quarter_turn(x)[1], ()


def soft_limit_kernel(x=inlet()):
    return soft_limit(x), ()


def log2_kernel(x=inlet()):
    return log2(x), ()


def fading_kernel(x=inlet()):
    return fading(x), ()


def angle_kernel(x=inlet()):
    return turns_of_tangent(x), ()


def grid(*parts) -> np.ndarray:
    """Points for a kernel of 16 lanes: (frames, 16)."""
    points = np.concatenate(parts).astype(np.float32)
    return points[:len(points) // LANES * LANES].reshape(-1, LANES)


def declared(formula):
    formula.__module__ = "chronus.canaries"
    return module(kind="canaries")(formula)


NEAR_ZERO = np.geomspace(1e-30, 0.5, 200_000)
TURNS = grid(np.linspace(-0.5, 0.5, 2_000_001), NEAR_ZERO, -NEAR_ZERO, [0.25, 0.5, -0.5] * 16)
POWERS = grid(np.linspace(-126.0, 127.0, 2_000_001), np.linspace(-1.0, 1.0, 500_001), np.repeat(np.arange(-126.0, 128.0), 16))
TIMES = grid(np.geomspace(1.0, 1e8, 2_000_001), np.arange(1.0, 200_001.0))
CUTOFFS = grid(np.linspace(0.0, 0.497, 2_000_001)[1:], np.geomspace(1e-30, 0.497, 500_000))
QUARTER = grid(np.linspace(0.0, 0.25, 2_000_001), np.geomspace(1e-30, 0.25, 500_000))
LEVELS = grid(np.linspace(-10.0, 10.0, 2_000_001), [-1e30, 1e30] * 16)
POSITIVE = grid(2.0**np.linspace(-126.0, 127.99, 2_000_001), np.linspace(0.5, 2.0, 2_000_001))
SLOPES = grid(np.linspace(-1.0, 1.0, 2_000_001), NEAR_ZERO)
CLAIMS = {
    "sine": (sine_kernel, TURNS, lambda x: np.sin(2.0 * np.pi * x), 1.1e-7, False),
    "many_turns": (many_turns_kernel, TURNS, lambda x: np.sin(2.0 * np.pi * x), 2.5e-7, False),
    "phase": (phase_kernel, TURNS, lambda x: np.sin(2.0 * np.pi * x), 3.5e-7, False),
    "swing": (swing_kernel, TURNS, lambda x: np.sin(2.0 * np.pi * x), 0.0011, False),
    "cosine": (cosine_kernel, TURNS, lambda x: np.cos(2.0 * np.pi * x), 1.2e-7, False),
    "quarter_sine": (quarter_sine_kernel, QUARTER, lambda x: np.sin(2.0 * np.pi * x), 1.1e-7, False),
    "quarter_cosine": (quarter_cosine_kernel, QUARTER, lambda x: np.cos(2.0 * np.pi * x), 1.2e-7, False),
    "soft_limit": (soft_limit_kernel, LEVELS, np.tanh, 0.024, False),
    "exp2": (exp2_kernel, POWERS, np.exp2, 1e-7, True),
    "approach": (approach_kernel, TIMES, lambda x: -np.expm1(-np.log(1000.0) / x), 2e-7, True),
    "log2": (log2_kernel, POSITIVE, np.log2, 2e-7, True),
    "fading": (fading_kernel, TIMES, lambda x: np.exp(-np.log(1000.0) / np.maximum(x, 16.0)), 0.0045, False),
    "angle": (angle_kernel, SLOPES, lambda x: np.arctan(x) / (2.0 * np.pi), 2e-6, False),
    "tangent_parts": (tangent_parts_kernel, 2.0 * CUTOFFS, lambda x: np.tan(0.5 * np.pi * x), 5e-5, True),
    "tangent": (tangent_kernel, CUTOFFS, lambda x: np.tan(np.pi * np.minimum(x, np.float32(0.497))), 3e-7, True),
}


@pytest.mark.parametrize("formula, x, exact, claim, relative", CLAIMS.values(), ids=CLAIMS)
def test_the_error_is_what_the_docstring_claims(formula, x, exact, claim, relative):
    truth = exact(x.astype(np.float64))
    reference = formula(x)[0]
    compiled = run(declared(formula), [x], flush=False).outlets[0]
    assert reference.dtype == np.float32 and compiled.tobytes() == reference.tobytes()
    error = np.abs(reference - truth) / (np.abs(truth) if relative else 1.0)
    assert claim / 3 < error.max() < claim, f"the largest error is {error.max():.3g}, claimed is {claim}"


def test_what_must_be_exact_is_exact():
    quarters = np.float32([0.0, 0.25, 0.5, -0.25, -0.5])
    assert sine_of_turns(quarters).tolist() == [0.0, 1.0, 0.0, -1.0, 0.0]
    assert swing_of_turns(quarters).tolist() == [0.0, 1.0, 0.0, -1.0, 0.0]
    assert np.abs(sine_of_turns(TURNS)).max() == np.abs(swing_of_turns(TURNS)).max() == 1.0
    whole = np.arange(-126, 128)
    assert (exp2(whole.astype(np.float32)) == 2.0**whole).all()
    assert (exp2(np.float32([-1e6, 1e6])) == np.float32([2.0**-126, 2.0**127])).all()
    assert (approach(np.float32([-5.0, 0.0, 1.0])) == approach(np.float32([1.0]))).all()
    assert (log2(2.0**whole.astype(np.float32)) == whole).all()
    assert (log2(np.float32([-1e30, 0.0, 1e-40])) == -126.0).all()
    assert (fading(np.float32([-1e30, 0.0])) == fading(np.float32([16.0]))).all() and 0.0 < fading(np.float32(16.0)) < 1.0
    assert np.abs(sine_of_many_turns(np.float32([1.0, -7.0, 1e6, 0.5, 2.0**30]))).max() == 0.0
    assert np.abs(sine_of_many_turns(np.float32([0.25, -100.75, 4000.25])) - 1.0).max() < 2.5e-7
    edge = square_of_turns(np.float32([-0.5, -0.375, -0.25, -0.125, 0.0, 0.1875, 0.25, 0.3125, 0.5]), 2.0)
    assert edge.tolist() == [1.0, 1.0, 0.0, -1.0, -1.0, -0.5, 0.0, 0.5, 1.0]
    assert (tangent_of_half_turns(np.float32([-1e6, 0.0])) == 0.0).all()
    assert (tangent_of_half_turns(np.float32([0.6, 1e6])) == tangent_of_half_turns(np.float32([0.497]))).all()


@pytest.mark.parametrize("loop, claim", [(0.0, 1e-6), (2.6, 0.04), (8.0, 0.075)])
def test_a_limit_in_a_loop_is_as_near_as_claimed(loop, claim):
    def curve(x):
        x = np.clip(x, -3.0, 3.0)
        return x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
    x = np.linspace(-100.0, 100.0, 400_001)
    low, high = np.full_like(x, -1.001), np.full_like(x, 1.001)
    for _ in range(50):
        middle = 0.5 * (low + high)
        below = middle < curve(x - loop * middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found = soft_limit_in_loop(x.astype(np.float32), np.float32(loop), np.float32(1.0))
    error = np.abs(found - low)
    assert claim / 6 < error.max() < claim, f"the largest error is {error.max():.3g}, claimed is {claim}"
    assert (np.diff(found.astype(np.float64)) > -5e-7).all()
    small = soft_limit_in_loop(np.float32([1e-3, -1e-6]), np.float32(loop), np.float32(1.0))
    assert np.allclose(small, np.float32([1e-3, -1e-6]) / (1.0 + loop), rtol=1e-6, atol=0.0)
    huge = np.float32([3e30, -3e30])
    with np.errstate(over="ignore"):
        assert (np.abs(np.abs(soft_limit_in_loop(huge, np.float32(loop), np.float32(0.5))) - 2.0) < 5e-7).all()


ROWS = ((0.5, -1.0, 0.25, 2.0), (-0.0, 1.0, -3.0, 0.125), (1e-3, 0.0, 0.0, -1.0))


def many_lanes(x=inlet(), y=inlet()):
    """One outlet for each word of `dsp.lanes` that a lane count could break."""
    return (lanes.select(x > y, x, y), lanes.minimum(x, y), lanes.maximum(x, y), lanes.floor(x), lanes.absolute(x),
            lanes.square_root(lanes.absolute(x)), lanes.turns(lanes.to_phase(x)), lanes.power_of_two(y),
            lanes.turns(-lanes.to_phase(y)), lanes.turns(lanes.to_whole(x) * 7), lanes.nearest(x),
            lanes.select((x != y) & ~(x >= 0.5) | (y <= -0.5), 0.0, y), lanes.turns(lanes.select(x <= y, 0, lanes.to_phase(y))),
            lanes.maximum(x, 0.0), lanes.turns(lanes.bits(x)), lanes.to_float(lanes.bits(y)), lanes.fma(x, y, lanes.absolute(y)), lanes.halves(lanes.beside(x, y))[1] * 1.0,
            *lanes.polynomials((x < y) & (y < 1.0), lanes.minimum(lanes.absolute(x), 2.0), y, ROWS)), ()


def test_the_words_of_the_language_mean_the_same_in_a_kernel():
    rng = np.random.default_rng(5)
    special = np.float32([0.0, -0.0, 0.5, -0.5, 0.49999997, 1e-45, -1e-39, 1e6, -1e6, 3e38, np.inf, -np.inf, 1.5, 2.0**23, -126.0])
    pairs = np.stack(np.meshgrid(special, special), -1).reshape(-1, 2)
    x, y = (grid(pairs[:, j], rng.normal(0.0, 50.0, 16_000), rng.uniform(-0.6, 0.6, 16_000)) for j in range(2))
    names = tuple("select minimum maximum floor absolute square_root phase power negative whole nearest masks phases above bits counted fused halves first second third".split())
    many_lanes.__module__ = "chronus.canaries"
    compiled = run(module(kind="canaries", outlets=names)(many_lanes), [x, y], flush=False).outlets
    for name, ours, theirs in zip(names, many_lanes(x, y)[0], compiled):
        assert np.asarray(ours, np.float32).tobytes() == theirs.tobytes(), name


def test_what_a_reverb_keeps_in_a_trip():
    """Never more than came, at any frequency; of what is frozen all; and of a trip of 24 ms, at what a decay is heard by, what was asked for."""
    trip, decay, bass, damping = (x.ravel() for x in np.meshgrid(*map(np.float32, ([1, 10, 24, 95], [200, 500, 2_000, 20_000], [0.5, 1, 2], [1, 2, 4, 8]))))
    at = np.concatenate([[125.0, 860.0, 7_250.0], np.geomspace(1.0, 23_000.0, 500)])[:, None]
    low, high = (1.0 / (1.0 + 1j * np.tan(np.pi * at / 48_000.0) / np.tan(np.pi * edge / 48_000.0)) for edge in (450.0, 2_200.0))
    gain, lift, cut = losses(trip, decay, bass, damping)
    kept = np.abs(gain + lift * low + cut * high)
    assert kept.max() <= 1.0
    fair = (trip == 24.0) & (decay >= 2_000.0)
    wanted = 9.77 * trip * np.log(2.0) / np.stack([(decay * bass - 10.0) / 1.03, decay - 10.0, decay / damping - 10.0])
    assert np.abs(-np.log(kept[:3]) / wanted - 1.0)[:, fair].max() < 0.02
    for found, still in zip(losses(0.0 * trip, decay, bass, damping), (1.0, 0.0, 0.0)):
        assert (found == still).all()
