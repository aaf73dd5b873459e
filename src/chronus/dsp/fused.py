"""A whole voice as one kernel: the formulas of its modules one behind the other, frame by frame, with cables that never see memory.

Knobs must stand still while it runs: they are read once, so what depends on them alone is computed once, not in each frame; and once nothing moves any
more in who plays the notes, what depends on these. It gives the very bits of the kernels it stands for, since the same sums are done in the same
order; and it keeps nothing where an outlet may have put out what it may not: then those are run, and say which module it was. What it looks at is the power of
a lane, all outlets and frames together, which takes one instruction a value: beyond the square of the ceiling it may be that, at or below it it is not.

A voice too long for the registers is played in stages, and some lanes at a time (`dsp.stages`); their states wait on the stack until all went well.

A kernel is `int64(contexts, offset, frames)` and plays some groups of voices one after the other, since what depends on knobs alone is the same for all:
it says how many of them went well, and keeps nothing of the next one nor of those behind it. Their contexts, a word for each of `slots`, stand behind three
numbers: when nothing more moved in who plays the notes, which the kernel writes; what is there now; and how many contexts they are. While the first two are
the same, nobody is asked.
"""
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType

import numpy as np

from chronus import limits
from chronus.dsp import foresight, stages
from chronus.dsp.abreast import unlike
from chronus.dsp.declare import Declaration, Inlet, arguments_of
from chronus.dsp.foresight import Seer
from chronus.dsp.kernel import LOWERING, formula_of, function_of
from chronus.dsp.kernel_words import SILENCE, append, holding, lasting_room, loudness, open_table, own_places, scatter, stack_room
from chronus.dsp.lanes import any_lane, bits, fma, select
from chronus.dsp.stages import Rest
from chronus.native.build import fingerprint, lowering_sources, source_of, toolchain
from chronus.native.words import load_float32, load_int32, store, store_int32

SIGNATURE = "int64(intp, int64, int64)"
HEAD_WORDS = 3                                          # before the contexts: when nothing moved in who plays the notes, when it is now, how many they are
KNOB, NOTHING, DIRECT = "knob", "nothing", "direct"     # what an input begins with: what stands still, silence, or its only cable as it is;
TIME, DEFAULT = "time", "default"                       # or where the music is, or what an inlet has with nothing plugged in
FROM, EACH, SPREAD = "from", "each", "spread"           # a cable from a member's outlet; from elsewhere, lane for lane, or one lane to all


@dataclass(frozen=True)
class Input:
    """What is plugged into an input: what it begins with, and cables, each (FROM, member, outlet), (EACH,) or (SPREAD,)."""

    begins: str
    cables: tuple[tuple, ...] = ()


@dataclass(frozen=True)
class Member:
    """A module of a voice, once or, in stereo, on two sides. `used` are the numbers of the outlets that anybody reads, `written` those that somebody
    outside does, group by group, and `totals` those of which somebody hears all voices together; `ceiling` is what none of them may exceed, as the
    bits of a float32.
    """

    type: str
    sides: int
    inputs: tuple[Input, ...]
    used: tuple[int, ...]
    written: tuple[int, ...]
    totals: tuple[int, ...]
    ceiling: int


@dataclass(frozen=True)
class Voice:
    """What is fused: modules in their order, all of as many lanes, and how many groups of as many voices one kernel plays side by side."""

    lanes: int
    members: tuple[Member, ...]
    groups: int = 1

    def planes(self, m: int) -> range:
        """What a member is played in: the sides of each group."""
        return range(self.groups * self.members[m].sides)

    def as_text(self) -> str:
        """It as JSON, from which `voice_of` makes it again."""
        rows = [[m.type, m.sides, [[i.begins, i.cables] for i in m.inputs], m.used, m.written, m.totals, m.ceiling] for m in self.members]
        return json.dumps([self.lanes, self.groups, rows], separators=(",", ":"))


def voice_of(text: str) -> Voice:
    """The voice that `as_text` wrote down."""
    lanes, groups, rows = json.loads(text)
    return Voice(lanes, tuple(Member(type_, sides, tuple(Input(begins, tuple(map(tuple, cables))) for begins, cables in inputs), tuple(used),
                                     tuple(outside), tuple(totals), ceiling) for type_, sides, inputs, used, outside, totals, ceiling in rows), groups)


def groups_together(members: tuple[Member, ...], declarations: tuple[Declaration, ...]) -> int:
    """How many groups of voices one kernel plays side by side: some of a mono voice with a filter and at most five states behind its notes, else one.

    A filter waits for its own sums, so two groups take less than one after the other: 16 % with `filter` alone, 14 behind a sine, 12 with two of
    them, 9 with sine and `ladder`. Where nothing waits, or there are more values than registers, it is more: a sine alone 8 %, `adsr` 13, `filter`
    and `pan` 5. AVX-512 has room for four: 500 filters take 15 % less than in pairs, and a sine alone, which has one state, 5 % less than one after the other.
    """
    states = sum(len(declaration.states) for declaration in declarations if not declaration.voices)
    has_filter = any(declaration.kind == "filters" for declaration in declarations)
    return (4 if stages.WIDE else 2) if (has_filter or stages.WIDE and states == 1) and states <= limits.STATES_IN_PAIRS and all(member.sides == 1 for member in members) else 1


def slots(voice: Voice, declarations: tuple[Declaration, ...]) -> Iterator[tuple]:
    """What each word of a context is: (what, member, then plane, input, cable, outlet or number, as far as it has them)."""
    for m, (member, declaration) in enumerate(zip(voice.members, declarations, strict=True)):
        for j in range(len(declaration.tables)):
            yield "table", m, j
        for j, found in enumerate(member.inputs):
            if found.begins == KNOB:
                yield "begins", m, j
            if found.begins == TIME:
                yield "time", m, j
                yield "width", m, j
            if found.begins != DIRECT:
                yield from (("amount", m, j, k) for k in range(len(found.cables)))
        for s in voice.planes(m):
            yield "state", m, s
            yield from (("given", m, s, j) for j in range(len(declaration.given)))
            for j, found in enumerate(member.inputs):
                for k, cable in enumerate(found.cables):
                    if cable[0] == EACH or cable[0] == SPREAD and s < member.sides:
                        yield "source", m, s, j, k
                    if cable[0] == SPREAD and s < member.sides:
                        yield "stride", m, s, j, k
            yield from (("out", m, s, o) for o in member.written)
            yield from (("last", m, s, o) for o in member.used)
        yield from ((what, m, s, o) for s in range(member.sides) for o in member.totals for what in ("before", "step", "total"))


def source(voice: Voice, declarations: tuple[Declaration, ...]) -> str:
    """The kernel as Python."""
    frame, part, played = 4 * voice.lanes, 4 * stages.width(voice.lanes, declarations), who_plays(voice, declarations)
    still = {m: settled(voice, m, declaration, played) for m, declaration in enumerate(declarations)}
    alike, head, asks, tail, kept = [], [], [], [], []      # of the last two: what kind of value is kept in the end, where, and its name
    for number, (what, *at) in enumerate(slots(voice, declarations), HEAD_WORDS):
        word, name = f"load(context + {8 * number})", "_".join(map(str, at))
        if what == "state":
            for j, state in enumerate(declarations[at[0]].states):
                asked = at[0] in played
                (asks if asked else head).append(f"state{name}_{j} = load_{state.kind}({word} + {frame * j} + part)")
                (kept if asked or f"state{name}_{j}" in still[at[0]] else tail).append((state.kind, f"{word} + {frame * j}", f"state{name}_{j}"))
        elif what == "source" and voice.members[at[0]].inputs[at[2]].cables[at[3]][0] == SPREAD:
            head += [f"stride{name} = load(context + {8 * number + 8})", f"source{name} = {word} + offset * stride{name}"]
        elif what == "before":
            head += [f"step{name} = load(context + {8 * number + 8})", f"before{name} = {word} + offset * step{name} + part"]
        elif what in ("source", "out", "total"):
            head.append(f"{what}{name} = {word} + offset * {frame} + part")
        elif what == "time":
            head += [f"width{name} = load(context + {8 * number + 8})", f"time{name} = {word} + offset * width{name} + part"]
        elif what == "amount":
            head.append(f"amount{name} = load_float32(context + {8 * number})")
        elif what == "table":
            head.append(f"table{name} = open_table({word})")
        elif what in ("begins", "given"):
            if what == "begins" or declarations[at[0]].given[at[2]].what == "frame_seconds":       # the same in all lanes: what follows from it, too
                alike.append(f"{what}{name} = load_float({word})")
            else:
                (asks if at[0] in played else head).append(f"{what}{name} = load_float({word} + part)")
        elif what == "last":
            tail.append(("float", word, f"value{name}"))
            head.append(f"value{name} = " + (f"load_float({word} + part)" if at[0] in played else "silence()"))
    ceilings = sorted({member.ceiling for member in voice.members})
    head += [f"power{c} = silence()" for c in ceilings]
    faulty = [line for c in ceilings for line in (f"if any_lane(loudness(power{c}) > {squared(c)}):", "    return group")]
    waits = [f"store_{kind}(kept + {frame * i} + part, {name})" for i, (kind, _, name) in enumerate(kept)]
    body = [*head, *loops(voice, declarations, still, asks, waits), *faulty]
    goes = [f"    store_float({word} + part, load_float(kept + {frame * i} + part))" for i, (_, word, _) in enumerate(kept)]
    each = [*(in_parts(body, tail, frame, part) if part < frame else
              ["part = 0", *body, *(f"store_{kind}({word}, {name})" for kind, word, name in tail), "ever = moved"]),
            f"for part in range(0, {frame} if ever > 0 else 0, {part}):", *goes, "    pass", "most = max(most, ever)"]
    lines = [f"kept = stack_room({frame * len(kept)})", "known, most, context = load(contexts) == load(contexts + 8), 0, contexts", *alike,
             "for group in range(load(contexts + 16)):", f"    context = contexts + {8 * (number - HEAD_WORDS + 1)} * group", *("    " + line for line in each),
             "if most < frames:", "    store(contexts, load(contexts + 8))", "return load(contexts + 16)"]
    return "def fused(contexts, offset, frames):\n" + "\n".join("    " + line for line in lines) + "\n"


def in_parts(body: list[str], tail: list[tuple], frame: int, part: int) -> list[str]:
    """The kernel for some lanes after the other. What they keep waits on the stack, for the last of them may put out what it may not."""
    each = f"for part in range(0, {frame}, {part}):"
    waits = [f"store_{kind}(ended + {frame * i} + part, {name})" for i, (kind, _, name) in enumerate(tail)]
    goes = [f"store_float({word} + part, load_float(ended + {frame * i} + part))" for i, (_, word, _) in enumerate(tail)]
    return [f"ended = stack_room({frame * len(tail)})", "ever = 0", each, *("    " + line for line in (*body, *waits, "ever = max(ever, moved)")),
            each, *("    " + line for line in goes)]


def who_plays(voice: Voice, declarations: tuple[Declaration, ...]) -> list[int]:
    """The members that say what is played, as far as nothing but notes moves them."""
    return [m for m, member in enumerate(voice.members) if declarations[m].voices and all(i.begins == KNOB and not i.cables for i in member.inputs)]


def loops(voice: Voice, declarations: tuple[Declaration, ...], still: dict[int, dict[str, str]], asks: list[str], waits: list[str]) -> list[str]:
    """All frames: first those, `moved`, in which anything moves in who plays the notes, then those in which nothing does, so that it need not be asked.

    The first frame in which nothing does is not played twice: only who plays was asked, and what settles, and the others begin with it. `asks` reads
    what is needed for that, `waits` keeps what came of it; nothing of this is done where the answer is `known`.
    """
    bodies = [member_body(voice, m, declaration) for m, declaration in enumerate(declarations)]
    played = who_plays(voice, declarations)
    lines = ["moved = 0"]
    if played:
        states = [(f"state{m}_{s}_{j}", state.kind) for m in played for s in voice.planes(m) for j, state in enumerate(declarations[m].states)]
        pairs = [(f"before_{name}", name, kind) for name, kind in states]
        pairs += [(name, f"same_{name}", kind) for found in still.values() for name, kind in found.items()]
        changed = " or ".join(f"any_lane{unlike(a, b, kind)}" for a, b, kind in pairs)
        asked = [line for m in played for line in bodies[m]]
        for m, declaration in enumerate(declarations):
            if still[m]:
                asked += [line for s in voice.planes(m) for line in computed(voice, m, s, declaration, [f"state{m}_{s}_{j}" for j in range(len(declaration.states))])]
        frame = [*(f"before_{name} = {name}" for name, _ in states), *asked, f"if not ({changed}):", "    break"]
        rest = [line for m, body in enumerate(bodies) for line in ([] if m in played else body) + written(voice, m)]
        frame += ["i = moved", *rest, "moved += 1"]
        lines += ["if not known:", *("    " + line for line in (*asks, "while moved < frames:", *("    " + line for line in frame), *waits))]
    frame, found = 4 * stages.width(voice.lanes, declarations), stages.stages(declarations)
    foreseen = seers(voice, declarations, still, found, frame)
    rests = {m: at_rest(voice, m, declaration, still[m]) for m, declaration in enumerate(declarations) if can_rest(voice, m, declaration, played)}
    rest = [[] if m in played else member_body(voice, m, declaration, still[m], "calm" if foreseen[m] else "play")
            for m, declaration in enumerate(declarations)]
    rest = [sum((seer.during() for seer in foreseen[m]), []) + body + written(voice, m) for m, body in enumerate(rest)]
    if len(found) == 1 and not any(foreseen.values()):
        return [*lines, *stages.frames_of(found[0], "for i in range(moved, frames):", rest, rests)]
    around = {m: (sum((seer.before() for seer in some), []), sum((seer.after() for seer in some), [])) for m, some in foreseen.items()}
    rooms = dict.fromkeys(line for some in foreseen.values() for seer in some for line in seer.rooms())
    return [*lines, *rooms, *stages.loops(rest, found, sent(voice, played), around, rests, frame)]


def can_rest(voice: Voice, m: int, declaration: Declaration, played: list[int]) -> bool:
    """Whether a member says when nothing seldom is to be done, and what it says that of can't move while nothing does in who plays the notes."""
    if not declaration.stirs:
        return False
    asked = [i for i, port in zip(voice.members[m].inputs, declaration.inputs) if port.name in arguments_of(declaration.stirs)]
    return all(i.begins != TIME and all(c[0] == FROM and c[1] in played for c in i.cables) for i in asked)


def at_rest(voice: Voice, m: int, declaration: Declaration, still: Iterable[str]) -> Rest:
    """A member while nothing seldom is to be done in it."""
    asks, masks = [], []
    for s in voice.planes(m):
        names = {**{port.name: f"input{m}_{s}_{j}" for j, port in enumerate(declaration.inputs)},
                 **{state.name: f"state{m}_{s}_{j}" for j, state in enumerate(declaration.states)}}
        asked = arguments_of(declaration.stirs)
        asks += [input_of(voice, m, s, declaration, j) for j, port in enumerate(declaration.inputs) if port.name in asked]
        asks.append(f"stirs{m}_{s} = stirs_{declaration.id}({', '.join(names[name] for name in asked)})")
        masks.append(f"stirs{m}_{s}")
    return Rest(member_body(voice, m, declaration, still, "calm") + written(voice, m), asks, masks)


def seers(voice: Voice, declarations: tuple[Declaration, ...], still: dict[int, dict[str, str]], found: list[list[int]], frame: int) -> dict[int, list[Seer]]:
    """By the number of a member its planes that know their next frames. Those of one stage each have a room of their own."""
    foreseen = {m: [] for m in range(len(declarations))}
    for stage in found:
        planes = [(m, s) for m in stage if declarations[m].foresees and still[m] for s in voice.planes(m)]
        for number, (m, s) in enumerate(planes):
            state = {state.name: f"state{m}_{s}_{j}" for j, state in enumerate(declarations[m].states)}
            values = len(declarations[m].foresees.into)
            foreseen[m].append(Seer(declarations[m], f"{m}_{s}", state, f"{values}_{number}", frame))
    return foreseen


def settled(voice: Voice, m: int, declaration: Declaration, played: list[int]) -> dict[str, str]:
    """The states of a member, and their kinds, that stand still soon after those do who play its notes."""
    member = voice.members[m]
    if not played or any(i.begins == TIME or any(c[0] != FROM or c[1] not in played for c in i.cables) for i in member.inputs):
        return {}
    return {f"state{m}_{s}_{j}": state.kind for s in voice.planes(m) for j, state in enumerate(declaration.states) if state.settles}


def sent(voice: Voice, played: list[int]) -> dict[str, tuple[int, set[int]]]:
    """What goes from member to member, besides what stands still: by its name, from which and to which."""
    found = {}
    for m, member in enumerate(voice.members):
        for what, *of in (cable for i in member.inputs for cable in i.cables):
            if what == FROM and of[0] not in played:
                for s in voice.planes(m):
                    found.setdefault(f"value{of[0]}_{plane_of(voice, m, s, of[0])}_{of[1]}", (of[0], set()))[1].add(m)
    return found


def member_body(voice: Voice, m: int, declaration: Declaration, still: Iterable[str] = (), verb: str = "play") -> list[str]:
    """A frame of a member: what it computes in each plane, and the power of that, which is beyond the square of its ceiling where anything is beyond
    the ceiling. States that stand `still` are left as they are.
    """
    member, lines = voice.members[m], []
    for s in voice.planes(m):
        lines += computed(voice, m, s, declaration, still, verb)
        lines += [f"power{member.ceiling} = fma(value{m}_{s}_{o}, value{m}_{s}_{o}, power{member.ceiling})" for o in member.used]
    return lines


def squared(ceiling: int) -> int:
    """The square of a float32, both as bits."""
    return int((np.int32(ceiling).view(np.float32) ** 2).view(np.int32))


def written(voice: Voice, m: int) -> list[str]:
    """What a member puts out for others than those of its voice: as it is, and added to what the groups before it came to."""
    member, frame = voice.members[m], 4 * voice.lanes
    lines = [f"store_float(out{m}_{s}_{o} + i * {frame}, value{m}_{s}_{o})" for s in voice.planes(m) for o in member.written]
    for side in range(member.sides):
        for o in member.totals:
            values = [f"value{m}_{s}_{o}" for s in voice.planes(m)[side::member.sides]]
            before = f"load_float(before{m}_{side}_{o} + i * step{m}_{side}_{o})"
            lines.append(f"store_float(total{m}_{side}_{o} + i * {frame}, {' + '.join([before, *values])})")
    return lines


def computed(voice: Voice, m: int, s: int, declaration: Declaration, still: Iterable[str], verb: str = "play") -> list[str]:
    """A frame of one plane of a member."""
    member = voice.members[m]
    lines = [input_of(voice, m, s, declaration, j) for j in range(len(member.inputs))]
    given = [f"given{m}_{s}_{j}" for j in range(len(declaration.given))]
    tables = [f"table{m}_{j}" for j in range(len(declaration.tables))]
    states = [f"state{m}_{s}_{j}" for j in range(len(declaration.states))]
    outs = [f"value{m}_{s}_{o}" for o in range(len(declaration.outlets))]
    inputs = [f"input{m}_{s}_{j}" for j in range(len(member.inputs))]
    result = outs[0] if len(outs) == 1 else f"({', '.join(outs)})"
    kept = f"({', '.join('same_' * (state in still) + state for state in states)},)" if states else "nothing"
    return [*lines, f"{result}, {kept} = {verb}_{declaration.id}({', '.join(inputs + tables + given + states)})"]


def input_of(voice: Voice, m: int, s: int, declaration: Declaration, j: int) -> str:
    """What comes into an input of one plane of a member in a frame."""
    found = voice.members[m].inputs[j]
    value = {KNOB: f"begins{m}_{j}", NOTHING: "silence()", DIRECT: "", TIME: f"load_float(time{m}_{j} + i * width{m}_{j})",
             DEFAULT: f"silence() + {declaration.inputs[j].default}"}[found.begins]
    for k in range(len(found.cables)):
        heard = cable_source(voice, m, s, j, k)
        value = f"{value} + amount{m}_{j}_{k} * {heard}" if value else heard
    return f"input{m}_{s}_{j} = {value}"


def cable_source(voice: Voice, m: int, s: int, j: int, k: int) -> str:
    """What a cable brings in this frame."""
    (what, *of), sides = voice.members[m].inputs[j].cables[k], voice.members[m].sides
    if what == FROM:
        return f"value{of[0]}_{plane_of(voice, m, s, of[0])}_{of[1]}"
    if what == SPREAD:                                  # the same in all groups
        return f"load_float32(source{m}_{s % sides}_{j}_{k} + i * stride{m}_{s % sides}_{j}_{k})"
    return f"load_float(source{m}_{s}_{j}_{k} + i * {4 * voice.lanes})"


def plane_of(voice: Voice, m: int, s: int, source: int) -> int:
    """Which plane of another member is heard in a plane of one: that of its group, on the same side where there are two."""
    sides, of = voice.members[m].sides, voice.members[source].sides
    return s // sides * of + s % sides % of


def object_name(voice: Voice, declarations: tuple[Declaration, ...]) -> str:
    """The object file of a voice's kernel, by all that it depends on: known without its source, since control asks for it at each commit."""
    digest = hashlib.sha256("".join((toolchain(), SIGNATURE, voice.as_text())).encode())
    digest.update(source_of(__name__) + source_of(stages.__name__) + source_of(foresight.__name__) + lowering_sources(LOWERING))
    for declaration in declarations:
        digest.update(made_of(declaration).encode())
    return f"fused-{digest.hexdigest()[:32]}.o"


@cache
def made_of(declaration: Declaration) -> str:
    """What a fused kernel takes from a module type, as text."""
    inputs = [(i.name, i.default) if isinstance(i, Inlet) else i.name for i in declaration.inputs]
    arguments = [inputs, [t.name for t in declaration.tables], [g.what for g in declaration.given],
                 [(s.name, s.kind, s.settles) for s in declaration.states], declaration.outlets, declaration.voices]
    if declaration.foresees:
        arguments += [*(fingerprint(asked, declaration.id) for asked in (*sum(declaration.foresees.asked, ()), declaration.foresees.adds)), declaration.foresees.into]
    if declaration.stirs:
        arguments.append(fingerprint(declaration.stirs, declaration.id))
    return json.dumps([fingerprint(formula_of(declaration), declaration.id), arguments])


def fused_function(voice: Voice, declarations: tuple[Declaration, ...]) -> FunctionType:
    """The kernel of a voice, whose members are of these types, as a Python function, ready for `native.build`."""
    formulas = {f"play_{declaration.id}": formula_of(declaration) for declaration in declarations}
    for declaration in declarations:
        if declaration.stirs:
            formulas |= {f"calm_{declaration.id}": formula_of(declaration, calm=True), f"stirs_{declaration.id}": declaration.stirs}
        if declaration.foresees:
            formulas |= {f"calm_{declaration.id}": formula_of(declaration, calm=True), f"adds_{declaration.id}": declaration.foresees.adds,
                         **{f"next_{n}_{declaration.id}": first for n, (first, _) in enumerate(declaration.foresees.asked)},
                         **{f"again_{n}_{declaration.id}": again for n, (_, again) in enumerate(declaration.foresees.asked)}}
    lanes = stages.width(voice.lanes, declarations)
    return function_of("fused", source(voice, declarations), lanes, load_float32=load_float32, open_table=open_table, fma=fma, loudness=loudness,
                       any_lane=any_lane, bits=bits, select=select, silence=SILENCE[lanes], stack_room=stack_room, lasting_room=lasting_room,
                       append=append, holding=holding, own_places=own_places, scatter=scatter, load_int32=load_int32, store_int32=store_int32,
                       store=store, **formulas)
