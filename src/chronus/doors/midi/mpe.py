"""The MPE zones of a keyboard: which channels are fingers, and which one is the hand that they belong to.

Source: "MIDI Polyphonic Expression", version 1.1, MIDI Association. The lower zone's manager is channel 1, its members are the channels behind
it; the upper zone's is channel 16, its members are those before it. A zone that is declared takes its channels from the other one.
"""
from dataclasses import dataclass

LOWER, UPPER = 1, 16                     # the managers
MEMBERS = 15                             # of one zone, and there is no room for another then
SHARED = 14                              # of both together


@dataclass(frozen=True)
class Zones:
    """How many members each zone has; 0: there is no such zone."""

    lower: int = 0
    upper: int = 0

    def declare(self, manager: int, members: int) -> "Zones":
        """One zone is declared anew; of the other one stay as many members as there is room for."""
        rest = max(0, SHARED - members) if members else MEMBERS
        if manager == LOWER:
            return Zones(members, min(self.upper, rest))
        return Zones(min(self.lower, rest), members)

    def members(self, manager: int) -> range:
        """The fingers of a manager; none of any other channel."""
        if manager == LOWER:
            return range(LOWER + 1, LOWER + 1 + self.lower)
        return range(UPPER - self.upper, UPPER) if manager == UPPER else range(0)

    def manager(self, channel: int) -> int:
        """The manager of a channel that is a finger; 0 for one that is none."""
        return next((manager for manager in (LOWER, UPPER) if channel in self.members(manager)), 0)
