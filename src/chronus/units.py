"""Conversions between what people say and what machines count."""

import re

INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity)|nan", re.IGNORECASE | re.ASCII)
INT64 = 1 << 63


def typed(text: str) -> int | float | bool | str:
    """What a typed word is: int, float (nan and inf too: the engine refuses them with a reason), bool, else str."""
    if INTEGER.fullmatch(text) and -INT64 <= int(text) < INT64:
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def milliseconds(frames: int, rate: int) -> float:
    """Duration of `frames` at `rate` Hz, in ms."""
    return 1000.0 * frames / rate


def frames(ms: float, rate: int) -> int:
    """Nearest whole number of frames in `ms` milliseconds at `rate` Hz."""
    return round(ms * rate / 1000.0)
