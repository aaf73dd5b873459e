"""What is known of the next frames, done ahead: the edges of a wave whose pitch stands still are all in its phase.

Asked frame by frame, eight lanes have one in every third or fourth, a processor can't guess in which, and then computes it for all eight. Asked
some frames ahead, the frames ask nothing. First each lane is asked when its edges come, as often as the fastest has one; what is known of those that
come soon enough stands in lists, close together, so that what they add is computed for as many at once as there are lanes. It waits for its frame in a
room, a row for each frame: the first value of each lane says whether anything waits, and is put back when it is heard, so the others need no clearing.
A room lasts from call to call; one that was left in the middle of its frames, by a crash, is cleared whole. Modules of different stages share one, so
that it stays in the cache.
"""
from dataclasses import dataclass

from chronus.dsp.declare import Declaration, arguments_of
from chronus.dsp.stages import FRAMES

NOTHING = 0x7FEDCBA9                     # the bits of a lane's first value where nothing waits: no number, and none that a sum would give; those of numbers are less


@dataclass(frozen=True)
class Seer:
    """A module that knows its next frames, in one plane: what its names end with, those of its states by those that it gives them, the number of its
    room, and how many bytes a value of a frame has.
    """

    declaration: Declaration
    name: str
    state: dict[str, str]
    room: str
    frame: int

    @property
    def row(self) -> int:
        """How many bytes of its room are a frame."""
        return self.frame * len(self.declaration.foresees.into)

    def rooms(self) -> list[str]:
        """Once for a kernel: the room, with a row behind the last frame for what nobody waits for, and the lists."""
        foresees = self.declaration.foresees
        lists = ["places", *(f"number{j}_" for j in range(foresees.numbers))]
        return [f"foreseen{self.room} = lasting_room({(FRAMES + 1) * self.row})", f"clear{self.room} = lasting_room(64)",
                f"nothing{self.room} = bits(silence()) + {NOTHING}",
                *(f"{list_}{self.room} = stack_room({(len(foresees.asked) * FRAMES + 1) * self.frame})" for list_ in lists)]

    def before(self) -> list[str]:
        """Before the frames from `first` to `last`: what happens in them. Where more than one thing does, they are asked together, since an answer waits long
        for itself and not for the other's.
        """
        name, room, foresees = self.name, self.room, self.declaration.foresees
        numbers = [f"number{j}_{room}" for j in range(foresees.numbers)]
        begins, asks, soon, takes = [], [], [], []
        for n, (first, again) in enumerate(foresees.asked):
            of, states = f"{name}_{n}", [self.state[argument] for argument in arguments_of(first)]
            goes_on = [f"goes{of}_{j}" for j in range(len(self.declaration.goes_on(again)))]
            settled = [self.state[argument] for argument in arguments_of(again)[len(goes_on):]]
            gives = f"more{of}, {goes_on[0] if len(goes_on) == 1 else '(' + ', '.join(goes_on) + ')'}, known{of}"
            sooner = f"select(more{of} > 0, more{of}, 0)"
            begins += [f"{gives} = next_{n}_{self.declaration.id}({', '.join(states)})", f"when{of} = {sooner}"]
            asks += [f"{gives} = again_{n}_{self.declaration.id}({', '.join(goes_on + settled)})", f"when{of} = when{of} + 1 + {sooner}"]
            soon.append(f"soon{of}")
            takes += [f"append(places{room}, count{name}, soon{of}, own_places(when{of}, {self.row}))",
                      *(f"append({list_}, count{name}, soon{of}, known{of}[{j}])" for j, list_ in enumerate(numbers)), f"count{name} += holding(soon{of})"]
        looks = [f"soon{name}_{n} = when{name}_{n} < last - first" for n in range(len(soon))]
        return [f"if load_int32(clear{room}) < 1:",
                f"    for k in range(0, {FRAMES * self.row}, {self.row}):",
                f"        store_int(foreseen{room} + k, nothing{room})",
                f"store_int32(clear{room}, 0)", f"count{name} = 0", *begins,
                "while True:", *("    " + line for line in (*looks, f"if holding({' | '.join(soon)}) < 1:", "    break", *takes, *asks)),
                f"append(places{room}, count{name}, bits(silence()) > -1, own_places(bits(silence()) + {FRAMES}, {self.row}))",
                f"for k in range(0, count{name}, {self.frame // 4}):",
                f"    found{name} = adds_{self.declaration.id}({', '.join(f'load_float({list_} + 4 * k)' for list_ in numbers)})",
                f"    scatter(foreseen{room}, load_int(places{room} + 4 * k), found{name})"]

    def during(self) -> list[str]:
        """In frame `i`, before the module plays: what waits for it, and the row is as it was."""
        row = f"foreseen{self.room} + (i - first) * {self.row}"
        return [f"comes{self.name} = load_int({row}) < {NOTHING}",
                *(f"{self.state[to]} = select(comes{self.name}, {self.state[to]} + load_float({row} + {self.frame * k}), {self.state[to]})"
                  for k, to in enumerate(self.declaration.foresees.into)), f"store_int({row}, nothing{self.room})"]

    def after(self) -> list[str]:
        """Behind those frames: all was used."""
        return [f"store_int32(clear{self.room}, 1)"]
