"""Tables: memory that modules read and nobody writes while it plays. In the engine it stands behind a header, here it is an array.

A table in memory, and in its file, is a header of eight words, 64 bytes of zeros, its samples, float32, frame behind frame, and 64 bytes of
zeros again: who reads four frames at once reads zeros before the first and after the last, and need not ask whether they are there.
"""
import struct

import numpy as np

from chronus.dsp.lanes import folded
from chronus.limits import WIDEST

TABLE_MAGIC, TABLE_HEADER, TABLE_END = 0x31454C4241544843, 128, 64      # "CHTABLE1"
AT_ONCE = 32                               # frames of a response that are summed in one turn: its length is a multiple, and the last turn is the frame now
T_MAGIC, T_FRAMES, T_CHANNELS, T_RATE, T_KIND = (8 * i for i in range(5))


class Table:
    """A table as the reference has it: `samples`, float32 of shape (frames, channels), recorded at `rate` Hz."""

    def __init__(self, samples: np.ndarray, rate: float):
        self.samples, self.rate, self.length = samples, float(rate), len(samples)

    def read(self, frame, channel) -> np.ndarray:
        """The values at so many frames and channels, integers: 0 outside, and the last channel for those that are not there."""
        there = np.clip(frame, 0, self.length - 1), np.clip(channel, 0, self.samples.shape[1] - 1)
        return np.where((np.asarray(frame) >= 0) & (np.asarray(frame) < self.length), self.samples[there], np.float32(0.0))

    def read_four(self, frame, channel) -> tuple[np.ndarray, ...]:
        """The values at the frame before, at this one, and at the two behind it."""
        frame = np.clip(np.asarray(frame), -3, self.length + 1)
        return tuple(self.read(frame + i, channel) for i in (-1, 0, 1, 2))


    def convolved(self, line) -> np.ndarray:
        """The sum over a stereo line, in the order of `dsp.table_lowering`: sixteen sums of every fourth group of eight frames, then those together."""
        size = max(self.length // AT_ONCE - 1, 0) * AT_ONCE if self.samples.shape[1] == 2 else 0
        heard = line.read(np.arange(size, 0, -1)[:, None]) * self.samples[:size]
        groups = heard.reshape(-1, 4, WIDEST)
        sums = np.cumsum(np.concatenate([np.zeros((1, 4, WIDEST), np.float32), groups]), 0, np.float32)[-1]
        return folded((sums[0] + sums[1]) + (sums[2] + sums[3]), 2)


def packed(samples: np.ndarray, rate: int, kind: int) -> bytes:
    """A table as it stands in memory; `samples` of shape (frames, channels)."""
    header = struct.pack("<5q", TABLE_MAGIC, *samples.shape, rate, kind).ljust(TABLE_HEADER, b"\0")
    return header + np.ascontiguousarray(samples, "<f4").tobytes() + bytes(TABLE_END)


def unpacked(content) -> tuple[np.ndarray, int, int]:
    """(samples, rate, kind) of a table in memory: a view. Raises ValueError where it is none, or not whole."""
    if len(content) < TABLE_HEADER + TABLE_END:
        raise ValueError("it is shorter than its header")
    magic, frames, channels, rate, kind = struct.unpack_from("<5q", content)
    if magic != TABLE_MAGIC or frames < 1 or channels not in (1, 2) or not 0 < rate < 1 << 24:
        raise ValueError("its header is none")
    if len(content) != TABLE_HEADER + 4 * frames * channels + TABLE_END or any(content[64:TABLE_HEADER]) or any(content[-TABLE_END:]):
        raise ValueError("it is not as long as its header says")
    return np.frombuffer(content, "<f4", frames * channels, TABLE_HEADER).reshape(frames, channels), rate, kind
