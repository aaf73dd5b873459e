"""Wavetables: each cycle in nineteen levels, half an octave fewer harmonics in each, so that none of them aliases where it is read.

A level is stored at eight times its highest harmonic or more, with one frame before it and two behind, as `dsp.readers` reads it.
"""
import numpy as np

from chronus import limits
from chronus.dsp.readers import LEVELS, harmonics_of, size_of
from chronus.tables.exact import fourier

CYCLE = 2_048                               # frames of one cycle in a file: what most wavetables have
TOGETHER = 16                               # cycles that are transformed at once, in arrays of 1 MB


def wave_table(cycles: np.ndarray) -> np.ndarray:
    """The samples of a table, shape (frames, 1), of cycles of shape (count, 2048)."""
    parts = []
    for group in np.array_split(np.asarray(cycles, np.float64), -(-len(cycles) // TOGETHER)):
        re, im = fourier(group, np.zeros_like(group))
        parts.append(np.concatenate([level(re / CYCLE, im / CYCLE, number) for number in range(LEVELS)], 1).astype(np.float32))
    return np.concatenate(parts).reshape(-1, 1)


def level(re: np.ndarray, im: np.ndarray, number: int) -> np.ndarray:
    """One level of each cycle with these spectra, a row each."""
    highest, shape = harmonics_of(number), (len(re), size_of(number))
    there_re, there_im = np.zeros(shape), np.zeros(shape)
    there_re[:, 0] = re[:, 0]
    there_re[:, 1:highest + 1], there_im[:, 1:highest + 1] = 2.0 * re[:, 1:highest + 1], 2.0 * im[:, 1:highest + 1]
    found = fourier(there_re, -there_im)[0]                     # the inverse is the conjugate of the transform of the conjugate
    return np.concatenate([found[:, -1:], found, found[:, :2]], 1)


def cycles_in(samples: np.ndarray) -> np.ndarray:
    """The cycles in the samples of a file, shape (frames, channels). Raises ValueError where it holds none."""
    count = len(samples) // CYCLE
    if not 1 <= count <= limits.WAVES or len(samples) != count * CYCLE:
        raise ValueError(f"a wavetable has 1 to {limits.WAVES} cycles of {CYCLE} frames each, and this has {len(samples)} frames")
    return samples[:, 0].reshape(count, CYCLE)
