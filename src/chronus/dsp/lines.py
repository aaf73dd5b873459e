"""Delay lines: what a module has written in the last seconds, for each lane, in a ring of frames.

In memory all voices of a frame lie together, for mostly they ask for the same one. Of the lanes of a network up to `ROW` do: the first row of all
frames, then the next. So what the sixteen lanes of a reverb hear at sixteen places is no sixteenth of what is fetched for it, but a quarter.
"""

import numpy as np

from chronus.limits import WIDEST
from chronus.units import frames

ROW = 4                                  # lanes of a network that lie together


class Line:
    """A delay line as the reference has it. `ring` is float32 of shape (size, lanes), `at` where it is written next, `age` for how many frames
    it was, which counts up to `longest`. Up to `row` lanes lie together in memory. Nobody asks for what was more than `reach` frames ago.
    """

    def __init__(self, lanes: int, longest: int, size: int = 0, row: int = WIDEST, reach: int = 0):
        self.ring, self.longest, self.at, self.age, self.row, self.reach = np.zeros((size or longest, lanes), np.float32), longest, 0, 0, row, reach or longest

    def read(self, ago) -> np.ndarray:
        """The values of so many frames ago: an integer for all lanes, one for each, one for each of twice as many, or a column
        for many moments at once.
        """
        size, lanes = self.ring.shape
        ago = np.clip(ago, 1, self.longest)
        return np.where(ago <= self.age, self.ring[(self.at - ago) % size, np.arange(max(np.shape(ago)[-1:] + (lanes,))) % lanes], np.float32(0.0))

    def with_ring(self, ring: np.ndarray, at: int, age: int) -> "Line":
        """A line of the same length that holds this."""
        line = Line(ring.shape[1], self.longest, len(ring), self.row, self.reach)
        line.ring, line.at, line.age = ring, at, age
        return line

    def in_memory(self) -> np.ndarray:
        """The ring as kernels have it."""
        return self.ring.reshape(len(self.ring), -1, min(self.ring.shape[1], self.row)).transpose(1, 0, 2)

    def from_memory(self, rows: np.ndarray, at: int, age: int) -> "Line":
        """A line of the same length that holds what kernels wrote."""
        return self.with_ring(rows.transpose(1, 0, 2).reshape(self.ring.shape), at, age)

    def lanes(self, part: slice) -> "Line":
        """Some lanes of it, alone."""
        return self.with_ring(np.ascontiguousarray(self.ring[:, part]), self.at, self.age)

    def write(self, values) -> "Line":
        """Writes one frame; returns the line."""
        self.ring[self.at] = values
        self.at, self.age = (self.at + 1) % len(self.ring), min(self.age + 1, self.longest)
        return self


def row_of(inside: int, lanes: int) -> int:
    """How many of the `lanes` of a line lie together in memory, in a module that has so many lanes inside of which nobody else knows (0: none)."""
    return min(lanes, ROW) if inside else lanes


def longest_delay(seconds: float, rate: int) -> int:
    """The longest delay, in frames, of a line that is declared for so many seconds; at least 2."""
    return max(2, frames(1000.0 * seconds, rate))
