"""Random edits of a patch, from a seed: what a restless player does to it, within what no engine has a reason to refuse."""

import random

import numpy as np

from chronus.modules.registry import modules
from chronus.patch.edits import EDITS
from chronus.patch.errors import PatchError
from chronus.patch.graph import OUT, Patch

TYPES = ("sine", "adsr", "filter", "gain", "mix", "pan")
# Ranges in which a patch stays loud enough to be heard, and so that no loop of cables can grow: an inlet takes two cables of at most 0.2
# beside what it had, and nothing amplifies by more than 2.
KNOBS = {"sine": {"freq": (40.0, 2000.0), "gain": (0.0, 0.6)}, "gain": {"gain": (0.2, 1.0)}, "pan": {"position": (-1.0, 1.0)},
         "filter": {"cutoff": (200.0, 6000.0), "resonance": (0.0, 0.2)}, "mix": {f"level_{c}": (0.2, 1.0) for c in "abcd"},
         "adsr": {"attack": (1.0, 50.0), "decay": (10.0, 300.0), "sustain": (0.2, 1.0), "release": (10.0, 300.0)}}
AMOUNTS = {"freq": 200.0, "cutoff": 900.0, "position": 1.0}      # of cables into parameters
AUDIO_AMOUNT, OUT_AMOUNT = 0.2, 0.15
INTO_AN_INLET, INTO_OUT, CABLES = 2, 12, 60
EDITS_AT_ONCE = 5
TRIES = 20                                                       # of finding an edit that fits


class Editor:
    """Edits `patch` at random. Modules in `held`, and the cables between them, are left alone; never more than `most` modules."""

    def __init__(self, patch: Patch, dice: random.Random, held: set[str], most: int = 24):
        self.patch, self.dice, self.held, self.most = patch, dice, held, most
        self.ids = [*(id_ for id_ in patch.modules if id_ not in held), *(f"x{n}" for n in range(most))]

    def some(self) -> tuple[Patch, list[tuple]]:
        """One to five edits as (verb, arguments ...), and the patch that they make of the one that plays."""
        patch, edits, wanted = self.patch, [], self.dice.randint(1, EDITS_AT_ONCE)
        for _ in range(TRIES):
            for edit in self.dice.choice((self.grow, self.delete, self.connect, self.connect, self.disconnect, self.set))(patch):
                try:
                    patch = EDITS[edit[0]](patch, *edit[1:])[0]
                except PatchError:
                    break                                        # such as a cable out of a module that was not made
                edits.append(edit)
            if len(edits) >= wanted:
                break
        return patch, edits

    def grow(self, patch: Patch) -> list[tuple]:
        """A new module, on the way of something that is heard."""
        free, type_ = [id_ for id_ in self.ids if id_ not in patch.modules], self.dice.choice(TYPES)
        if len(patch.modules) >= self.most:
            return []
        id_ = self.dice.choice(free)
        edits, (made, _) = [("create", id_, type_)], EDITS["create"](patch, id_, type_)
        if modules()[type_].inlets:
            edits += self.cable(made, self.dice.choice([*patch.modules]), id_)
        return edits + self.cable(made, id_, self.dice.choice([OUT, *sorted(heard(patch))]))

    def delete(self, patch: Patch) -> list[tuple]:
        there = [id_ for id_ in patch.modules if id_ not in self.held]
        return [("delete", self.dice.choice(there))] if len(patch.modules) > 0.7 * self.most else []

    def connect(self, patch: Patch) -> list[tuple]:
        return self.cable(patch, self.dice.choice([*patch.modules]), self.dice.choice([*patch.modules, OUT]))

    def cable(self, patch: Patch, source: str, target: str) -> list[tuple]:
        """A cable from one module to an inlet of another, to a parameter that bears it, or to the loudspeakers; none where there is no room."""
        start = f"{source}/{self.dice.choice(patch.modules[source].declaration.outlets)}"
        if target == OUT:
            end, most, room = OUT, OUT_AMOUNT, INTO_OUT
        else:
            declaration = patch.modules[target].declaration
            ports = [port.name for port in declaration.inlets] + [p.name for p in declaration.params if p.name in AMOUNTS]
            if not ports:
                return []
            port = self.dice.choice(ports)
            end, most, room = f"{target}/{port}", AMOUNTS.get(port, AUDIO_AMOUNT), INTO_AN_INLET
        there = [c for c in patch.cables if c.end == end]
        is_held = any(c.start == start and c.source in self.held and c.target in {*self.held, OUT} for c in there)
        if len(patch.cables) >= CABLES or len(there) >= room or is_held:
            return []
        return [("connect", start, end, float32(self.dice.uniform(-most, most)))]

    def disconnect(self, patch: Patch) -> list[tuple]:
        loose = [c for c in patch.cables if c.source not in self.held or c.target not in {*self.held, OUT}]
        cable = self.dice.choice(loose)
        return [("disconnect", cable.start, cable.end)] if len(loose) > CABLES // 2 else []

    def set(self, patch: Patch) -> list[tuple]:
        return [("set", *self.knob(patch, self.dice))]

    def knob(self, patch: Patch, dice: random.Random) -> tuple[str, str, float]:
        """A module that is heard, a parameter of it, and a value that it bears."""
        module = patch.modules[dice.choice(sorted(heard(patch)))]
        name, (low, high) = dice.choice([*KNOBS[module.type].items()])
        return module.id, name, float32(dice.uniform(low, high))


def heard(patch: Patch) -> set[str]:
    """The modules that reach the loudspeakers."""
    found = {OUT}
    while more := {c.source for c in patch.cables if c.target in found} - found:
        found |= more
    return found - {OUT}


def float32(value: float) -> float:
    """The value as a message carries it."""
    return float(np.float32(value))


def shape(patch: dict) -> tuple[dict, set]:
    """Modules and cables of a patch as JSON data, without the knobs, which others turn meanwhile."""
    return ({row["id"]: row["type"] for row in patch["modules"]}, {(row["from"], row["to"], row["amount"]) for row in patch["cables"]})
