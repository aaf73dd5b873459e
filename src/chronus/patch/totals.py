"""What the voices of an instrument come to: its groups of sixteen, added up lane for lane in their order, once, whoever hears them together.

A fused voice adds its groups to the total of those before them while they are in registers (`dsp.fused`); where it does not run, an operation
behind each module does. So what leaves an instrument is one plane, not one for each group. Where nobody hears the groups by themselves, each
one's plane becomes what all up to it come to.
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
        self.apart = {key: (key[0], f"total of {key[1]}") for key in self.outlets if not self.cables.issuperset(made.out_of[key])}

    def wanted(self, cable: Cable) -> bool:
        """Whether a cable hears the voices of several groups together."""
        return self.made.shapes[cable.source].groups > 1 and not self.made.shapes[cable.target].voices

    def buffer(self, cable: Cable) -> tuple[str, str]:
        """The key, among the buffers, of what a cable brings. A total has a plane for each group and side: what all groups up to it come to."""
        key = cable.source, cable.outlet
        return self.apart.get(key, key) if cable in self.cables else key

    def take(self, ids: list[str]) -> None:
        """Memory for those totals of modules that are fused which need their own, before any of them runs."""
        for id_, outlet in ((id_, outlet) for id_ in ids for outlet in self.made.modules[id_].declaration.outlets):
            if (id_, outlet) in self.apart:
                self.made.buffers[self.apart[id_, outlet]] = self.made.arena.take(self.made.cable_bytes(id_))

    def place(self, id_: str, outlet: str, group: int, side: int) -> int:
        """Where the total of the groups up to one is, on a side."""
        shape = self.made.shapes[id_]
        return self.made.buffers[self.apart.get((id_, outlet), (id_, outlet))] + self.made.plane_bytes(shape) * (group * shape.sides + side)

    def heard(self, cable: Cable) -> tuple[int, Shape]:
        """What a cable brings that hears all voices together: where it is, and its shape."""
        shape = self.made.shapes[cable.source]
        return self.place(cable.source, cable.outlet, shape.groups - 1, 0), replace(shape, groups=1)

    def add(self, position: int, id_: str) -> None:
        """Behind the kernels of a module: the operations that add its voices up."""
        shape = self.made.shapes[id_]
        for outlet in (outlet for outlet in self.made.modules[id_].declaration.outlets if (id_, outlet) in self.outlets):
            self.made.operations.append((at.TOTAL, position, self.made.buffers[id_, outlet], self.place(id_, outlet, 0, 0), shape.groups, shape.sides,
                                         self.made.plane_bytes(shape), 0))
