"""What the voices of an instrument come to: its groups of sixteen, added up lane for lane in their order, once, whoever hears them together.

A fused voice adds its groups to the total of those before them while they are in registers (`dsp.fused`); where it does not run, an operation
behind each module does. So a mix reads one plane a side, not one for each group. Where nobody hears the groups by themselves, each
one's plane becomes what all up to it come to. Where the last group has lanes beyond the voices, each is heard by itself: those lanes are not added up.
"""
from dataclasses import replace

from chronus.patch.graph import Cable
from chronus.patch.shapes import Shape
from chronus.shared import program as at


class Totals:
    """The totals of one compilation; `compiler.Compiler`, whose parts these are, is its only user."""

    def __init__(self, made, late: set[Cable]):
        self.made = made
        self.cables = {cable for cables in made.out_of.values() for cable in cables if cable not in late and self.wanted(cable)}
        self.outlets = {(cable.source, cable.outlet) for cable in self.cables}
        self.apart = {key: (key[0], f"total of {key[1]}") for key, cables in made.out_of.items() if key in self.outlets and not self.cables.issuperset(cables)}
        self.growing = {key for key in self.apart.values() if key[0] not in made.fusing.group_of}      # no fused voice adds to them: they grow in one plane a side

    def wanted(self, cable: Cable) -> bool:
        """Whether a cable hears the voices of several groups together, and the last of them has no lane beyond them."""
        shape = self.made.shapes[cable.source]
        return shape.groups > 1 and not shape.heard(shape.groups - 1) and not self.made.shapes[cable.target].voices

    def buffer(self, cable: Cable) -> tuple[str, str]:
        """The key, among the buffers, of what a cable brings."""
        return self.key(cable.source, cable.outlet) if cable in self.cables else (cable.source, cable.outlet)

    def key(self, id_: str, outlet: str) -> tuple[str, str]:
        """The key, among the buffers, of a total. As a rule it has a plane for each group and side: what all groups up to it come to."""
        return self.apart.get((id_, outlet), (id_, outlet))

    def take(self, ids: list[str]) -> None:
        """Memory for those totals of modules that need their own: of modules that are fused, before any of them runs."""
        for key in (key for key in self.apart.values() if key[0] in ids):
            self.made.buffers[key] = self.made.arena.take(self.bytes(key))

    def bytes(self, key: tuple[str, str]) -> int:
        """How much memory a buffer has."""
        shape = self.made.shapes[key[0]]
        return self.made.plane_bytes(shape) * shape.sides if key in self.growing else self.made.cable_bytes(key[0])

    def step(self, id_: str, outlet: str) -> int:
        """How many bytes behind the total of the groups up to one is that up to the next."""
        shape = self.made.shapes[id_]
        return 0 if self.key(id_, outlet) in self.growing else self.made.plane_bytes(shape) * shape.sides

    def place(self, id_: str, outlet: str, group: int, side: int) -> int:
        """Where the total of the groups up to one is, on a side."""
        return self.made.buffers[self.key(id_, outlet)] + self.step(id_, outlet) * group + self.made.plane_bytes(self.made.shapes[id_]) * side

    def heard(self, cable: Cable) -> tuple[int, Shape]:
        """What a cable brings that hears all voices together: where it is, and its shape."""
        shape = self.made.shapes[cable.source]
        return self.place(cable.source, cable.outlet, shape.groups - 1, 0), replace(shape, groups=1)

    def add(self, position: int, id_: str) -> None:
        """Behind the kernels of a module: the operations that add its voices up."""
        shape = self.made.shapes[id_]
        for outlet in (outlet for outlet in self.made.modules[id_].declaration.outlets if (id_, outlet) in self.outlets):
            self.made.operations.append((at.TOTAL, position, self.made.buffers[id_, outlet], self.place(id_, outlet, 0, 0), shape.groups, shape.sides,
                                         self.made.plane_bytes(shape), self.step(id_, outlet)))
