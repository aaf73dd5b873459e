"""The polynomials of `chronus.dsp.math`, fitted: prints the coefficients that stand there and the errors that they leave.

Each is the minimax fit (Lawson's reweighted least squares, in double precision), rounded to float32 a coefficient at a time, lowest
first, the rest fitted again after each; then moved by single units in the last place while that lowers the error measured in
float32 arithmetic.
"""
from itertools import product

import numpy as np

LAWSON_ROUNDS = 200
FIT_POINTS, MEASURED_POINTS = 1_000, 200_000


def minimax(basis: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Coefficients whose largest |basis @ c - target| is smallest; rows are points and are already divided by the error's scale."""
    weight, best, least = np.ones(len(target)), None, np.inf
    for _ in range(LAWSON_ROUNDS):
        root = np.sqrt(weight)[:, None]
        c = np.linalg.lstsq(basis * root, target * root[:, 0], rcond=None)[0]
        error = np.abs(basis @ c - target)
        if error.max() < least:
            best, least = c, error.max()
        weight *= error + 1e-30
        weight /= weight.mean()
    return best


def rounded(basis: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The same with float32 coefficients: each in turn is rounded, and those after it make up for that."""
    done = []
    for i in range(basis.shape[1]):
        c = minimax(basis[:, i:], target - basis[:, :i] @ np.array(done)) if i else minimax(basis, target)
        done.append(float(np.float32(c[0])))
    return np.array(done, np.float32)


def settled(c: np.ndarray, measure) -> np.ndarray:
    """The best of the neighbours, two coefficients at a time, until none is better."""
    least = measure(c)
    better = True
    while better:
        better = False
        for i, j in product(range(len(c)), repeat=2):
            for up, over in product((-1, 0, 1), repeat=2):
                other = c.copy()
                other.view(np.int32)[i] += up
                other.view(np.int32)[j] += over if i != j else 0
                error = measure(other)
                if error < least:
                    c, least, better = other, error, True
    return c


def horner(c: np.ndarray, x: np.ndarray) -> np.ndarray:
    """c[0] + x (c[1] + x (c[2] ...)), rounded to float32 at every step as the kernels do."""
    sum_ = np.full_like(x, c[-1])
    for term in c[-2::-1]:
        sum_ = term + x * sum_
    return sum_


def fit(powers: range, low: float, high: float, target, scale, value) -> tuple[np.ndarray, float]:
    """Coefficients of x**power that bring their sum to target(x), and the largest error of value(c, x), in units of scale(x)."""
    x = np.linspace(low, high, FIT_POINTS)
    c = rounded(np.stack([x**power for power in powers], 1) / scale(x)[:, None], target(x) / scale(x))
    grid = np.linspace(low, high, MEASURED_POINTS).astype(np.float32)
    exact, unit = target(grid.astype(np.float64)), scale(grid.astype(np.float64))

    def measure(c):
        return np.abs((value(c, grid) - exact) / unit).max()
    c = settled(c, measure)
    return c, measure(c)


def monic(c: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(x c[-1]) (z**n + ... + c[1] / c[-1] z + c[0] / c[-1]) with z = x x, a product and a sum rounded once as `fma` does."""
    z, of_highest = x * x, c[:-1] / c[-1]
    sum_ = z + of_highest[-1]
    for term in of_highest[-2::-1]:
        sum_ = (sum_.astype(np.float64) * z + term).astype(np.float32)
    return (x * c[-1] * sum_).astype(np.float64)


def without_highest(found: tuple[np.ndarray, float]) -> tuple[np.ndarray, float]:
    """All coefficients as parts of the highest, and that."""
    c, error = found
    return np.append(c[:-1] / c[-1], c[-1]), error


ONE, FOUR = np.float32(1.0), np.float32(4.0)
FITS = {
    "sine_of_turns: 4 y + y p(y y), absolute": lambda: fit(
        range(1, 11, 2), 1e-6, 0.25, lambda y: np.sin(2 * np.pi * y) - 4 * y, np.ones_like,
        lambda c, y: (FOUR * y + y * horner(c, y * y)).astype(np.float64) - 4 * y.astype(np.float64)),
    "sine_of_many_turns: w p(|w|) with w = x (0.5 - x), absolute": lambda: fit(
        range(1, 5), 1e-9, 0.0625, lambda w: np.cos(2 * np.pi * np.sqrt(0.0625 - w)), np.ones_like,
        lambda c, w: (w * horner(c, w)).astype(np.float64)),
    "wave of fm4: x p(x x), parts of the highest coefficient, absolute": lambda: without_highest(fit(
        range(1, 13, 2), 1e-6, 0.5, lambda x: np.sin(2 * np.pi * x), np.ones_like, monic)),
    "exp2: 1 + f p(f), relative": lambda: fit(
        range(1, 7), -0.5, 0.5, lambda f: 2.0**f - 1, np.exp2, lambda c, f: (ONE + f * horner(c, f)).astype(np.float64) - 1),
    "approach: z (1 + z p(z)), relative": lambda: fit(
        range(2, 7), 1e-6, 0.5, lambda z: -np.expm1(-z) - z, lambda z: -np.expm1(-z),
        lambda c, z: (z * (ONE + z * horner(c, z))).astype(np.float64) - z),
    "turns_of_tangent: x p(x x), absolute": lambda: fit(
        range(1, 11, 2), 1e-6, 1.0, lambda x: np.arctan(x) / (2 * np.pi), np.ones_like, lambda c, x: (x * horner(c, x * x)).astype(np.float64)),
    "tangent_parts: x p(x x) for the rise, where 1 - x x is the run, relative": lambda: fit(
        range(1, 7, 2), 1e-6, 0.994, lambda x: np.tan(0.5 * np.pi * x) * (1.0 - x * x), lambda x: np.tan(0.5 * np.pi * x) * (1.0 - x * x),
        lambda c, x: (x * horner(c, x * x)).astype(np.float64)),
    "log2: f p(f) for 1 + f, relative": lambda: fit(
        range(1, 10), 0.5**0.5 - 1 - 1e-6, 2**0.5 - 1 + 1e-6, lambda f: np.log1p(f) / np.log(2), lambda f: np.maximum(np.abs(np.log1p(f)), 1e-9),
        lambda c, f: (f * horner(c, f)).astype(np.float64)),
    "rounded of dsp.bending: x p(x x), in parts of x x x + 0.0001": lambda: fit(
        range(1, 11, 2), 0.01, 1 - 1e-7, lambda x: 0.25 / x - 0.25 * np.arctanh(x) * (1 - x * x) / (x * x), lambda x: x**3 + 1e-4,
        lambda c, x: (x * horner(c, x * x)).astype(np.float64)),
}

if __name__ == "__main__":
    for name, run in FITS.items():
        coefficients, error = run()
        print(f"{name} error {error:.3g}")
        print("   ", ", ".join(f"{c:.9g}" for c in coefficients))
