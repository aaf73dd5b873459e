"""The memory of a side while a patch is compiled: who needs how much of it, and what may be used again."""

from chronus import limits
from chronus.patch.errors import PatchError


class Arena:
    """Hands out offsets: state for ever, cables until they are let go."""

    def __init__(self):
        self.top, self.free = 64, {}              # offset 0 means none

    def take(self, size: int) -> int:
        size = -(-size // 64) * 64
        if self.free.get(size):
            return self.free[size].pop()
        self.top += size
        if self.top > limits.SIDE_BYTES:
            raise PatchError(f"the patch needs more than {limits.SIDE_BYTES >> 20} MiB of state and cables; take something out", "range")
        return self.top - size

    def let_go(self, offset: int, size: int) -> None:
        self.free.setdefault(-(-size // 64) * 64, []).append(offset)
