"""Conversions between what people say and what machines count."""


def milliseconds(frames: int, rate: int) -> float:
    """Duration of `frames` at `rate` Hz, in ms."""
    return 1000.0 * frames / rate


def frames(ms: float, rate: int) -> int:
    """Nearest whole number of frames in `ms` milliseconds at `rate` Hz."""
    return round(ms * rate / 1000.0)
