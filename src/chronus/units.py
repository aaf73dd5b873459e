"""Conversions between what people say and what machines count."""

import math


def decibels(ratio: float) -> float:
    """Level of an amplitude ratio in dB; -inf for 0."""
    return 20.0 * math.log10(ratio) if ratio > 0 else -math.inf


def amplitude(level_db: float) -> float:
    """Amplitude ratio of a level in dB."""
    return 10.0 ** (level_db / 20.0)


def milliseconds(frames: int, rate: int) -> float:
    """Duration of `frames` at `rate` Hz, in ms."""
    return 1000.0 * frames / rate


def frames(ms: float, rate: int) -> int:
    """Nearest whole number of frames in `ms` milliseconds at `rate` Hz."""
    return round(ms * rate / 1000.0)
