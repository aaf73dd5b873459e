"""A long voice, part by part: so few modules in one loop, and so few lanes at a time, that what they keep stays in the registers.

AVX has sixteen registers of eight lanes, AVX-512 twice as many of sixteen. Two saws, a filter and two envelopes have 34 states, of sixteen lanes
each; in one loop a third of all instructions moved them to the stack and back. What a module sends to a later loop waits in memory for `FRAMES`
frames, 2 or 4 KB a cable. More states to a loop gained nothing with AVX-512 either: room for what is foreseen must stay in the first-level cache, too.
A voice that one loop can play has all its lanes at once, since half of them would wait for each other.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chronus.dsp.declare import Declaration
from chronus.native.build import has_avx512

FRAMES = 64
WIDE = has_avx512()
LANES = 16 if WIDE else 8                # that are played at a time
STATES = 13                              # of the modules in one loop, that do not settle: three registers of AVX are left to compute in


def stages(declarations: tuple[Declaration, ...]) -> list[list[int]]:
    """The numbers of the modules that each loop plays, in their order. Who plays the notes stands still in all of them."""
    found, size = [[]], 0
    for m, declaration in enumerate(declarations):
        states = 0 if declaration.voices else sum(not s.settles for s in declaration.states)
        if size and size + states > STATES:
            found.append([])
            size = 0
        found[-1].append(m)
        size += states
    return found


def width(lanes: int, declarations: tuple[Declaration, ...]) -> int:
    """How many of its lanes a voice plays at a time."""
    return lanes if len(stages(declarations)) == 1 else min(lanes, LANES)


@dataclass(frozen=True)
class Rest:
    """What a module does in a frame at rest: `asks` are the lines that say whether it is, `masks` the names of masks that then hold nowhere."""

    body: list[str]
    asks: list[str]
    masks: list[str]


def frames_of(stage: Iterable[int], head: str, bodies: list[list[str]], rests: dict[int, Rest], before: Sequence[str] = (), after: Sequence[str] = ()) -> list[str]:
    """All frames that `head` names, of the modules in one stage; where each that can be at rest is, they are those of modules at rest."""
    found = [rests[m] for m in stage if m in rests]

    def loop(of: list[list[str]]) -> list[str]:
        return [head, *("    " + line for line in (*before, *sum(of, []), *after))]

    ordinary = loop([bodies[m] for m in stage])
    if not found:
        return ordinary
    stirs = " | ".join(mask for rest in found for mask in rest.masks)
    at_rest = loop([rests[m].body if m in rests else bodies[m] for m in stage])
    return [*(line for rest in found for line in rest.asks),
            f"if any_lane({stirs}):", *("    " + line for line in ordinary), "else:", *("    " + line for line in at_rest)]


def loops(bodies: list[list[str]], found: list[list[int]], sent: dict[str, tuple[int, set[int]]],
          around: dict[int, tuple[list[str], list[str]]], rests: dict[int, Rest], frame: int) -> list[str]:
    """The frames from `moved` on: some of one stage, then the same of the next. `bodies` are what each module does in a frame, of `frame` bytes a value;
    `sent` are the values that go to others, by name: from which module, to which; `around` is what is to be done before and behind the frames of each.
    """
    stage_of = {m: number for number, stage in enumerate(found) for m in stage}
    waits = {name: (stage_of[m], {stage_of[to] for to in readers} - {stage_of[m]}) for name, (m, readers) in sent.items()}
    waits = {name: way for name, way in waits.items() if way[1]}
    lines = []
    for number, stage in enumerate(found):
        takes = [f"{name} = load_float(room_{name} + (i - first) * {frame})" for name, (_, to) in waits.items() if number in to]
        gives = [f"store_float(room_{name} + (i - first) * {frame}, {name})" for name, (m, _) in waits.items() if number == m]
        lines += ["    " + line for line in (*(line for m in stage for line in around[m][0]),
                                             *frames_of(stage, "for i in range(first, last):", bodies, rests, takes, gives),
                                             *(line for m in stage for line in around[m][1]))]
    return [*(f"room_{name} = stack_room({FRAMES * frame})" for name in waits),
            "first = moved", "while first < frames:", f"    last = min(first + {FRAMES}, frames)", *lines, "    first = last"]
