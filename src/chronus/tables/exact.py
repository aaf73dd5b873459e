"""Arithmetic for making tables whose bits are the same on every machine: float64, one NumPy operation at a time, and nobody's libm."""

import numpy as np

SINE = [1.0, -1 / 6, 1 / 120, -1 / 5_040, 1 / 362_880, -1 / 39_916_800, 1 / 6_227_020_800, -1 / 1_307_674_368_000, 1 / 355_687_428_096_000]
LN_2, TAU = 0.6931471805599453, 6.283185307179586


def sine(turns) -> np.ndarray:
    """sin(2 pi x) for any number of turns: Taylor's series on a quarter turn, to 5e-14."""
    x = np.asarray(turns, np.float64)
    x = x - np.floor(x + 0.5)
    x = TAU * np.where(x > 0.25, 0.5 - x, np.where(x < -0.25, -0.5 - x, x))
    z, y = x * x, np.zeros_like(x)
    for factor in reversed(SINE):
        y = y * z + factor
    return x * y


def cosine(turns) -> np.ndarray:
    return sine(np.asarray(turns, np.float64) + 0.25)


def exp2(x) -> np.ndarray:
    """2**x: Taylor's series on half an octave, to 1e-15."""
    x = np.asarray(x, np.float64)
    whole = np.floor(x + 0.5)
    f, y = LN_2 * (x - whole), np.zeros_like(x)
    for n in range(14, 0, -1):
        y = (y + 1.0) * (f / n)
    return np.ldexp(y + 1.0, whole.astype(np.int64))


def noise(count: int, seed: int) -> np.ndarray:
    """White noise, -1 to 1: a hash of each place (the finaliser of MurmurHash3)."""
    x = np.arange(count, dtype=np.uint32) + np.uint32(seed * 0x9E3779B1 & 0xFFFFFFFF)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return (x ^ (x >> np.uint32(16))).astype(np.float64) * 2.0**-31 - 1.0


def fourier(real: np.ndarray, imaginary: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The discrete Fourier transform of each row, whose length is a power of two; after Cooley and Tukey 1965."""
    rows, size = real.shape
    re, im = real.reshape(rows, 1, size), imaginary.reshape(rows, 1, size)
    while re.shape[1] < size:
        half = re.shape[2] // 2
        turns = np.arange(re.shape[1])[:, None] / (-2.0 * re.shape[1])
        c, s = cosine(turns), sine(turns)
        even_re, odd_re, even_im, odd_im = re[:, :, :half], re[:, :, half:], im[:, :, :half], im[:, :, half:]
        moved_re, moved_im = c * odd_re - s * odd_im, c * odd_im + s * odd_re
        re = np.concatenate([even_re + moved_re, even_re - moved_re], 1)
        im = np.concatenate([even_im + moved_im, even_im - moved_im], 1)
    return re[:, :, 0], im[:, :, 0]
