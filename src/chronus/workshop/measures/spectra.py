"""What the measures have in common: how a spectrum is taken, and what in it belongs to a line."""

import numpy as np

from chronus.workshop.harness import RATE

SECOND = RATE
ANALYSED = 1 << 18                        # frames of a spectrum: 5.5 s
LOBE = 20                                 # bins to either side of a line that belong to it, with the window below
WINDOW = np.kaiser(ANALYSED, 40.0)        # side lobes below -290 dB, so that what is left beside a line is the module's own


def spectrum(signal: np.ndarray) -> np.ndarray:
    """Power of each bin; a bin is RATE / ANALYSED Hz."""
    return np.abs(np.fft.rfft(signal.astype(np.float64) * WINDOW)) ** 2


def lines(power: np.ndarray) -> tuple[int, slice]:
    """The strongest bin and the bins of its line."""
    peak = int(power.argmax())
    return peak, slice(max(0, peak - LOBE), peak + LOBE + 1)


def strongest(signal: np.ndarray) -> float:
    """The frequency of the strongest line, in Hz: the centre of its power, which a symmetric window does not move."""
    power = spectrum(signal)
    _, line = lines(power)
    return (power[line] * np.arange(len(power))[line]).sum() / power[line].sum() * RATE / ANALYSED


def beside(power: np.ndarray, hertz: float, apart: float, below: float = 20_000.0) -> tuple[float, float]:
    """What is no multiple of `apart` Hz, against the line at `hertz`, in dB: the strongest of it below so many Hz, and all together."""
    bins, width = np.arange(len(power)), apart * ANALYSED / RATE
    alien = power[(np.abs(bins - np.round(bins / width) * width) > LOBE) & (bins < below * ANALYSED / RATE)]
    fundamental = power[np.abs(bins - hertz * ANALYSED / RATE) <= LOBE]
    return 10.0 * np.log10(alien.max() / fundamental.max()), 10.0 * np.log10(alien.sum() / fundamental.sum())


def thirds(power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(hertz, dB) of the density in thirds of octaves, from 40 Hz to 16 kHz."""
    centres = 40.0 * 2.0 ** (np.arange(27) / 3.0)
    edges = np.round(np.outer(centres, [2.0 ** (-1 / 6), 2.0 ** (1 / 6)]) * ANALYSED / RATE).astype(int)
    return centres, 10.0 * np.log10([power[low:high].mean() for low, high in edges])


def thd_n(signal: np.ndarray) -> float:
    """All that is not the strongest line, against it, in dB."""
    power = spectrum(signal)
    _, line = lines(power)
    return 10.0 * np.log10(np.delete(power, line).sum() / power[line].sum())
