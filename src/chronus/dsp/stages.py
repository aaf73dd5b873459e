"""A long voice, part by part: so few modules in one loop, and so few lanes at a time, that what they keep stays in the registers.

AVX has sixteen registers of eight lanes, AVX-512 twice as many of sixteen. Two saws, a filter and two envelopes have 34 states, of sixteen lanes
each; in one loop a third of all instructions moved them to the stack and back. What a module sends to a later loop waits in memory for `FRAMES`
frames, 2 or 4 KB a cable. More states to a loop gained nothing with AVX-512 either: room for what is foreseen must stay in the first-level cache, too.
A voice that one loop can play has all its lanes at once, since half of them would wait for each other.
"""
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


def loops(bodies: list[list[str]], found: list[list[int]], sent: dict[str, tuple[int, set[int]]],
          around: dict[int, tuple[list[str], list[str]]], frame: int) -> list[str]:
    """The frames from `moved` on: some of one stage, then the same of the next. `bodies` are what each module does in a frame, of `frame` bytes a value;
    `sent` are the values that go to others, by name: from which module, to which; `around` is what is to be done before and behind the frames of each.
    """
    stage_of = {m: number for number, stage in enumerate(found) for m in stage}
    waits = {name: (stage_of[m], {stage_of[to] for to in readers} - {stage_of[m]}) for name, (m, readers) in sent.items()}
    waits = {name: way for name, way in waits.items() if way[1]}
    lines = []
    for number, stage in enumerate(found):
        lines += [*("    " + line for m in stage for line in around[m][0]),
                  "    for i in range(first, last):",
                  *(f"        {name} = load_float(room_{name} + (i - first) * {frame})" for name, (_, to) in waits.items() if number in to),
                  *("        " + line for m in stage for line in bodies[m]),
                  *(f"        store_float(room_{name} + (i - first) * {frame}, {name})" for name, (m, _) in waits.items() if number == m),
                  *("    " + line for m in stage for line in around[m][1])]
    return [*(f"room_{name} = stack_room({FRAMES * frame})" for name in waits),
            "first = moved", "while first < frames:", f"    last = min(first + {FRAMES}, frames)", *lines, "    first = last"]
