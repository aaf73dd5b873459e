"""Sums that grow while instruments play: what they bring to one input is added up behind each of them, while it is in the first-level cache.

They are the same additions in the same order as before the module that hears them; and the next instrument writes where the last one did, which
the cache still has.
"""
from chronus.patch.graph import Cable
from chronus.patch.shapes import rows_of_cable
from chronus.shared import program as at


class Sums:
    """The growing sums of one compilation; `compiler.Compiler`, whose parts these are, is its only user."""

    def __init__(self, made, order: list[str], late: set[Cable]):
        self.made, self.late = made, late
        self.rooms: dict[tuple, tuple[int, int]] = {}       # of each sum that has begun: its place in the arena, and in a context
        self.behind: dict[int, dict[tuple, list[Cable]]] = {}           # by the position of the module that ends an instrument: what is added to which sums
        self.end_of: dict[Cable, int] = {}                  # where a cable is read for good that is in none but growing sums
        for id_ in order:
            if made.shapes[id_].planes == 1 and not made.shapes[id_].voices:
                for inlet in dict.fromkeys(cable.inlet for cable in made.into.get(id_, [])):
                    self.plan([cable for cable in made.into[id_] if cable.inlet == inlet])

    def plan(self, cables: list[Cable]) -> None:
        """Lets the sums of an input grow that several instruments reach, in the order of their cables."""
        kinds, waits = {}, set()
        for cable in cables:
            for kind in dict.fromkeys(row[1:] for row in rows_of_cable(0, 0, self.made.shapes[cable.source], self.made.shapes[cable.target], 0)):
                kinds.setdefault(kind, []).append(cable)
        for (lanes, mode), those in kinds.items():
            ends = [self.end(cable.source) for cable in those]
            if mode < at.FOLD or ends != sorted(ends) or len(set(ends)) == 1 or not self.late.isdisjoint(those):
                waits.update(those)
                continue
            for cable, end in zip(those, ends):
                self.behind.setdefault(end, {}).setdefault((cable.target, cable.inlet, lanes, mode), []).append(cable)
        self.end_of |= {cable: self.end(cable.source) for cable in cables if cable not in waits}

    def end(self, source: str) -> int:
        """The position of the module that ends the instrument of another."""
        return self.made.order_of[self.made.fusing.group_of.get(source, [source])[-1]]

    def add(self, position: int) -> None:
        """Behind a module: the operations that add what its instrument has played to the sums that hear it."""
        made = self.made
        for (target, inlet, lanes, mode), cables in self.behind.get(position, {}).items():
            rows = [(cable.amount, *row[:2], at.EACH) for cable in cables for row in made.cable_rows(cable, made.shapes[target], 0, self.late) if row[2] == mode]
            key = target, inlet, lanes, mode
            begins = key not in self.rooms
            if begins:
                self.rooms[key] = made.arena.take(4 * lanes * made.block), made.context([0, 0])
            room, place = self.rooms[key]
            made.operation(at.GATHER if begins else at.ADD, position, lanes, room, 0 if begins else ("context", place), rows, place)
