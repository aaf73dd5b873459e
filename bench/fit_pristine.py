"""Fits the numbers of `chronus.dsp.pristine`: the low-pass of `fit_edges` with four pairs of poles, what a wave without edges becomes in it, and its
ringing within one frame as polynomials.

    python bench/fit_pristine.py     prints the constants, what the filter does, and how far the polynomials are off
"""
import numpy as np
from fit_edges import PASS_HZ, RATE, STOP_HZ, design, fitted, response_db, written

ORDER, RIPPLE_DB = 8, 0.2
DEGREES = (5, 6, 7, 7)
SLOW = 0.25                     # radians per frame: what moves a frequency up to 1.9 kHz is filtered right
TAPS, TAME = 8, 3e-5            # steps of the phase; and how much their sizes weigh, so that a leap of the frequency is no click


def slow_taps(poles, residues):
    """What is taken of the last steps of a phase, from the one that is still to come on, so that it comes out as the filter would make it:
    least squares up to SLOW, exact at 0. The second step begins at the moment that is heard. Also the largest error.
    """
    w = np.linspace(0.0, SLOW, 300)[1:]
    through = sum(r / (1j * w - p) + r.conjugate() / (1j * w - p.conjugate()) for p, r in zip(poles, residues))
    ends = np.arange(2, 2 - TAPS, -1)
    steps = np.exp(1j * w[:, None] * ends) * (1.0 - np.exp(-1j * w[:, None])) / (1j * w[:, None])
    taken = (1.0 - through) / (1j * w)
    late = 2.0 * sum(r / p**2 for p, r in zip(poles, residues)).real
    rows = np.concatenate([np.full((1, TAPS), 1e4), steps.real, steps.imag, TAME * np.eye(TAPS)])
    taps = np.linalg.lstsq(rows, np.concatenate([[1e4 * late], taken.real, taken.imag, np.zeros(TAPS)]), rcond=None)[0]
    return taps, np.abs((steps @ taps - taken) * w).max()


def quintic():
    """The phase around the middle of a frame, from five steps: odd parts from (middle, both beside it, both further out), even from the differences."""
    y = np.array([0.5, 1.5, 2.5])
    odd = np.linalg.inv(np.stack([y, y**3, y**5], 1)) @ np.array([[0.5, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0.5]])
    even = np.linalg.inv(np.array([[1.5**2 - 0.25, 1.5**4 - 0.5**4], [2.5**2 - 1.5**2, 2.5**4 - 1.5**4]])) * 0.5
    return odd, even


if __name__ == "__main__":
    poles, residues, zeros = design(ORDER, RIPPLE_DB, PASS_HZ / STOP_HZ)
    heard, away = np.linspace(0.0, PASS_HZ, 4001), np.linspace(28_000.0, 400_000.0, 100_001)
    print(f"within {np.ptp(response_db(heard, poles, residues)):.3f} dB up to {PASS_HZ:.0f} Hz, at most "
          f"{response_db(away, poles, residues).max():.1f} dB from 28 kHz on")
    scale = 2.0 * np.pi * PASS_HZ / RATE
    poles, residues = poles * scale, residues * scale
    taps, error = slow_taps(poles, residues)
    print(f"a slow wave: {', '.join(f'{t:.9g}' for t in taps)} (off by {error:.1e}); together {taps.sum():.9g} frames")
    for name, rows in zip(("odd", "even"), quintic()):
        for row in rows:
            print(f"the {name} part of the phase: {', '.join(f'{x:.9g}' for x in row)}")
    for pole, residue, degree in zip(poles, residues, DEGREES):
        turn, weight = np.exp(pole), 2.0 * residue / pole
        print(f"now = {2.0 * turn.real:.9g} * now + next, next = {-abs(turn) ** 2:.9g} * now; a step adds")
        for part, arrow in (("now", weight), ("next", -weight * turn.conjugate())):
            c, error = fitted(lambda u, w=arrow, p=pole: (w * np.exp(p * (u + 0.5))).real, degree)
            print(f"    {part} + ({written(c)})    (off by {error:.1e})")
        print("  a corner adds, with its derivatives d1, d2 ...")
        for part, take in (("real", np.real), ("imag", np.imag)):
            c, error = fitted(lambda u, p=pole, take=take: take(np.exp(p * (u + 0.5))), degree)
            print(f"    {part} = {written(c).replace(' * m0', '')}    (off by {error:.1e})")
        k = [weight / pole**j for j in range(1, 8)]
        for part, take in (("real", np.real), ("imag", np.imag)):
            print(f"    {part} times {' + '.join(f'{take(x):.9g} * d{j}' for j, x in enumerate(k, 1)).replace('+ -', '- ')}")
        print(f"    to now their product, to next {-turn.real:.9g} times its real and {-turn.imag:.9g} times its imaginary part")
