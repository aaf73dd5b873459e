"""Fits the numbers of `chronus.dsp.edges`: an elliptic low-pass as three pairs of poles, and its ringing within one frame as polynomials.

    python bench/fit_edges.py        prints the constants, what the filter does, and how far the polynomials are off

Formulas: Orfanidis, "Lecture Notes on Elliptic Filter Design" (2006), with the transform of Cauer's type b, which moves the highest
zero to infinity: a step through the filter is then continuous, as it must be to be sampled.
"""
import numpy as np

RATE = 48_000.0
PASS_HZ, STOP_HZ, RIPPLE_DB = 16_000.0, 27_900.0, 0.25
ORDER = 6
DEGREES = {"step": (4, 5, 5), "corner": (4, 4, 4), "bend": (3, 3, 3), "twist": (3, 3, 3)}


def landen(k):
    """Moduli of the descending Landen transformation."""
    moduli = []
    while k > 1e-15:
        k = (k / (1.0 + np.sqrt(1.0 - k * k))) ** 2
        moduli.append(k)
    return moduli


def cd(u, k):
    """The Jacobi function cd(u K, k) for complex u."""
    w = np.cos(u * np.pi / 2.0)
    for v in reversed(landen(k)):
        w = (1.0 + v) * w / (1.0 + v * w * w)
    return w


def inverse_sn(w, k):
    """u with sn(u K, k) = w."""
    before = k
    for v in landen(k):
        w = 2.0 * w / ((1.0 + v) * (1.0 + np.sqrt(1.0 - before**2 * w * w + 0j)))
        before = v
    return 2.0 / np.pi * np.arcsin(w)


def design(order=ORDER, ripple_db=RIPPLE_DB, selectivity=PASS_HZ / STOP_HZ):
    """Poles and residues, for a pass band up to 1 radian per second and a gain of 1 at 0; one of each pair."""
    k = selectivity
    pairs = order // 2
    u = (2.0 * np.arange(1, pairs + 1) - 1.0) / order
    sn = cd(1.0 - u, k)
    k1 = k**order * np.prod(sn) ** 4
    ripple = np.sqrt(10.0 ** (ripple_db / 10.0) - 1.0)
    v = -1j * inverse_sn(1j / ripple, k1) / order
    zeros = 1.0 / (k * cd(u, k))
    poles = 1j * cd(u - 1j * v, k)
    highest = zeros.max() ** 2
    zeros = np.sort(zeros)[:-1] ** 2
    zeros = zeros * (highest - 1.0) / (highest - zeros)
    squares = poles**2 * (highest - 1.0) / (highest + poles**2)
    poles = np.sqrt(squares)
    poles = np.where(poles.real > 0.0, -poles, poles)
    poles = poles[np.argsort(np.abs(poles.imag))]
    poles = np.where(poles.imag < 0.0, poles.conj(), poles)
    every = np.concatenate([poles, poles.conj()])
    gain = np.prod(-every).real / np.prod(zeros)
    residues = np.array([gain * np.prod(p * p + zeros) / np.prod(p - np.delete(every, j)) for j, p in enumerate(every[:pairs])])
    return poles, residues, np.sqrt(zeros)


def fitted(exact, degree):
    """Coefficients, lowest first, of the polynomial in u from -0.5 to 0.5 whose largest error is small (Chebyshev's points), and that error."""
    scaled = np.polynomial.Chebyshev.interpolate(lambda x: exact(x / 2.0), degree).convert(kind=np.polynomial.Polynomial).coef
    c = scaled * 2.0 ** np.arange(degree + 1)
    u = np.linspace(-0.5, 0.5, 2001)
    return c, np.abs(np.polynomial.polynomial.polyval(u, c) - exact(u)).max()


def written(c):
    """The polynomial times `m0`, with the products m1 = m0 * u, m2 = m1 * u ... that `dsp.edges` has."""
    return " + ".join(f"{value:.9g} * m{power}" for power, value in enumerate(c)).replace("+ -", "- ")


def response_db(hertz, poles, residues):
    s = 1j * hertz / PASS_HZ
    return 20.0 * np.log10(np.abs(sum(r / (s - p) + r.conjugate() / (s - p.conjugate()) for p, r in zip(poles, residues))))


if __name__ == "__main__":
    poles, residues, zeros = design()
    per_frame = poles * 2.0 * np.pi * PASS_HZ / RATE
    steps = 2.0 * residues / poles
    corners = steps / per_frame
    bends = corners / per_frame
    twists = bends / per_frame
    heard, away = np.linspace(0.0, PASS_HZ, 4001), np.linspace(28_000.0, 400_000.0, 100_001)
    print(f"within {np.ptp(response_db(heard, poles, residues)):.3f} dB up to {PASS_HZ:.0f} Hz, at most "
          f"{response_db(away, poles, residues).max():.1f} dB from 28 kHz on; a step comes {corners.real.sum():.9g} frames late; "
          f"where the slope bends, {-bends.real.sum():.9g} of its second difference is left, {twists.real.sum():.9g} of its third is taken away")
    for name, weights in (("step", steps), ("corner", corners), ("bend", bends), ("twist", twists)):
        for pole, weight, degree in zip(per_frame, weights, DEGREES[name]):
            turn = np.exp(pole)
            print(f"{name}: now = {2.0 * turn.real:.9g} * now + next, next = {-abs(turn) ** 2:.9g} * now, and")
            for part, arrow in (("now", weight), ("next", -weight * turn.conjugate())):
                c, error = fitted(lambda u, w=arrow, p=pole: (w * np.exp(p * (u + 0.5))).real, degree)
                print(f"    {part} + ({written(c)})    (off by {error:.1e})")
