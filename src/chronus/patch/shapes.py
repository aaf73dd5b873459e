"""How wide each module of a patch is: one lane, the two of stereo, or the lanes of all voices, in planes of up to sixteen.

Voices spread from the module that plays the notes along the cables. Where they meet what is mono or stereo by itself, or the output, they
are added up. A stereo module among them has a left and a right plane for each sixteen voices.
"""
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronus import limits
from chronus.dsp.declare import Declaration
from chronus.dsp.given import given_lanes
from chronus.limits import WIDEST
from chronus.patch.errors import PatchError
from chronus.shared.program import EACH, FOLD, FOLD_LEFT, FOLD_RIGHT, HEARD_SHIFT, PLANES, SPREAD

VOICES = "voices"                       # the parameter of a module that plays notes which says how many
STEREO = 2


@dataclass(frozen=True)
class Shape:
    """`lanes` of a plane; for voices also how many `groups` of so many lanes they need, and on how many `sides` each is."""

    lanes: int
    groups: int = 1
    sides: int = 1
    voices: int = 0

    @property
    def planes(self) -> int:
        return self.groups * self.sides

    def heard(self, group: int) -> int:
        """How many lanes of a group are voices, where there are others: what stands in them, as of a drone, is not to be added up. 0 where all are."""
        voices = self.voices - self.lanes * group
        return voices if voices < self.lanes else 0

    def number(self, plane: int) -> int:
        """What is added to a module's key for a plane: the same for a group of voices whether it is stereo or not."""
        return plane % self.sides * (PLANES // STEREO) + plane // self.sides

    def given(self, plane: int, what: str, rate: int, id_: str) -> np.ndarray:
        """What the framework gives to one plane of a module, float32 of shape (16,)."""
        if what == "side" and self.voices:
            return np.full(WIDEST, 2.0 * (plane % self.sides) - 1.0, np.float32)
        lanes = given_lanes(what, rate, f"{id_}~{plane}" if plane else id_)
        return lanes + np.float32(WIDEST * (plane // self.sides)) if what == "lane_number" else lanes


def first_phases(shape: Shape, plane: int) -> np.ndarray:
    """Where the phases of the voices of a plane begin, int32, the first at 0: a hash whose multiplier, of 60,000, leaves 2 to 16 voices from the
    first on 0.8 to 1.35 times as loud together as their powers are, their second and third harmonics 0.7 to 1.46 times.
    """
    voices = (np.arange(shape.lanes, dtype=np.uint32) + np.uint32(plane // shape.sides * shape.lanes)) * np.uint32(0x57966CD5)
    voices = (voices ^ voices >> 15) * np.uint32(0x2C1B3C6D)
    return (voices ^ voices >> 12).view(np.int32)


def for_voices(count: int) -> Shape:
    """The shape of a module that plays notes with so many voices; one voice is an ordinary mono module."""
    if count == 1:
        return Shape(1)
    return Shape(next(n for n in limits.LANES if n >= min(count, WIDEST)), -(-count // WIDEST), 1, count)


def shapes(order: list[str], declaration: Callable[[str], Declaration], sources: Callable[[str], list[str]],
           voices: Callable[[str], int]) -> dict[str, Shape]:
    """The shape of each module of `order`; round a loop until nothing grows.

    `sources` gives the modules that are plugged into one, `voices` how many a module that plays notes has. Raises PatchError where voices of
    two instruments meet.
    """
    found = {id_: for_voices(voices(id_)) if declaration(id_).voices else Shape(declaration(id_).lanes or 1) for id_ in order}
    while True:
        before = dict(found)
        for id_ in order:
            if not declaration(id_).voices and not declaration(id_).across:
                found[id_] = _from_cables(id_, declaration(id_).lanes, [found[source] for source in sources(id_)])
        if found == before:
            break
    for id_ in order:
        if found[id_].voices and declaration(id_).voices:
            _meet(id_, [found[id_], *(found[source] for source in sources(id_))])
    return found


def _meet(id_: str, shapes: list[Shape]) -> None:
    """Raises PatchError where not all voices among some shapes are as many."""
    if len({shape.voices for shape in shapes if shape.voices}) > 1:
        raise PatchError(f"voices of two instruments meet in '{id_}'; bring each together first, with a module of type mixdown", "state")


def _from_cables(id_: str, fixed: int, into: list[Shape]) -> Shape:
    many = [shape for shape in into if shape.voices]
    if not many or fixed > STEREO:
        return Shape(fixed or max([1, *(shape.lanes for shape in into if not shape.voices)]))
    _meet(id_, many)
    sides = STEREO if fixed == STEREO or any(shape.sides == STEREO or not shape.voices and shape.lanes > 1 for shape in into) else 1
    return Shape(many[0].lanes, many[0].groups, sides, many[0].voices)


def rows_of_cable(source: int, bytes_of_plane: int, of: Shape, to: Shape, plane: int) -> list[tuple[int, int, int]]:
    """What of a cable goes into one plane of its target: (place, lanes of a frame there, mode), `source` being the place of its first plane."""
    side = plane % to.sides
    if not of.voices and not to.voices:
        return [(source, of.lanes, EACH)]
    if not of.voices:
        return [(source + 4 * (side % of.lanes), of.lanes, SPREAD)]
    if to.voices:
        return [(source + bytes_of_plane * (plane // to.sides * of.sides + side % of.sides), of.lanes, EACH)]
    modes = (FOLD_LEFT, FOLD_RIGHT) if of.sides == STEREO and to.lanes > 1 else (FOLD, FOLD)
    return [(source + bytes_of_plane * each, of.lanes, modes[each % of.sides] | of.heard(each // of.sides) << HEARD_SHIFT) for each in range(of.planes)]
