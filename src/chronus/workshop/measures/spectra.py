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


def thd_n(signal: np.ndarray) -> float:
    """All that is not the strongest line, against it, in dB."""
    power = spectrum(signal)
    _, line = lines(power)
    return 10.0 * np.log10(np.delete(power, line).sum() / power[line].sum())
