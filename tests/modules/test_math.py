"""The errors that `dsp.math` claims, measured against double precision, in NumPy and in a kernel; and both have the same bits."""

import numpy as np
import pytest

from chronus.dsp import lanes
from chronus.dsp.declare import inlet, module
from chronus.dsp.math import approach, cosine_of_turns, exp2, sine_of_turns, tangent_of_half_turns
from chronus.workshop.harness import run

LANES = 16


def sine_kernel(x=inlet()):
    return sine_of_turns(x), ()


def cosine_kernel(x=inlet()):
    return cosine_of_turns(x), ()


def exp2_kernel(x=inlet()):
    return exp2(x), ()


def approach_kernel(x=inlet()):
    return approach(x), ()


def tangent_kernel(x=inlet()):
    return tangent_of_half_turns(x), ()


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
CLAIMS = {
    "sine": (sine_kernel, TURNS, lambda x: np.sin(2.0 * np.pi * x), 1.1e-7, False),
    "cosine": (cosine_kernel, TURNS, lambda x: np.cos(2.0 * np.pi * x), 1.2e-7, False),
    "exp2": (exp2_kernel, POWERS, np.exp2, 1e-7, True),
    "approach": (approach_kernel, TIMES, lambda x: -np.expm1(-np.log(1000.0) / x), 2e-7, True),
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
    assert np.abs(sine_of_turns(TURNS)).max() == 1.0
    whole = np.arange(-126, 128)
    assert (exp2(whole.astype(np.float32)) == 2.0**whole).all()
    assert (exp2(np.float32([-1e6, 1e6])) == np.float32([2.0**-126, 2.0**127])).all()
    assert (approach(np.float32([-5.0, 0.0, 1.0])) == approach(np.float32([1.0]))).all()
    assert (tangent_of_half_turns(np.float32([-1e6, 0.0])) == 0.0).all()
    assert (tangent_of_half_turns(np.float32([0.6, 1e6])) == tangent_of_half_turns(np.float32([0.497]))).all()


def many_lanes(x=inlet(), y=inlet()):
    """One outlet for each word of `dsp.lanes` that a lane count could break."""
    return (lanes.select(x > y, x, y), lanes.minimum(x, y), lanes.maximum(x, y), lanes.floor(x), lanes.absolute(x),
            lanes.square_root(lanes.absolute(x)), lanes.turns(lanes.to_phase(x)), lanes.power_of_two(y),
            lanes.turns(-lanes.to_phase(y))), ()


def test_the_words_of_the_language_mean_the_same_in_a_kernel():
    rng = np.random.default_rng(5)
    special = np.float32([0.0, -0.0, 0.5, -0.5, 0.49999997, 1e-45, -1e-39, 1e6, -1e6, 3e38, np.inf, -np.inf, 1.5, 2.0**23, -126.0])
    pairs = np.stack(np.meshgrid(special, special), -1).reshape(-1, 2)
    x, y = (grid(pairs[:, j], rng.normal(0.0, 50.0, 16_000), rng.uniform(-0.6, 0.6, 16_000)) for j in range(2))
    names = tuple("select minimum maximum floor absolute square_root phase power negative".split())
    many_lanes.__module__ = "chronus.canaries"
    compiled = run(module(kind="canaries", outlets=names)(many_lanes), [x, y], flush=False).outlets
    for name, ours, theirs in zip(names, many_lanes(x, y)[0], compiled):
        assert np.asarray(ours, np.float32).tobytes() == theirs.tobytes(), name
