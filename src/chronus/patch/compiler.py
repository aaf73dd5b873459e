"""The patch compiler: a graph in, a flat program out.

Modules that reach no output are left out. The rest is ordered so that a cable is written before it is read; where a loop makes that
impossible, one cable of it goes through a block of delay. What is heard goes through the master, which is always last. A cable's memory is used again once its last reader has run, so that all
cables together stay in the first-level cache. How wide a module is stands in `shapes`.
"""
import json
import struct
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from chronus import limits
from chronus.dsp.declare import HEARD_AT, TIMES, Declaration, Inlet, Param, Time
from chronus.dsp.kernel import LINE_STATE_BYTES, LINE_WORDS, context_words, state_bytes
from chronus.dsp.lines import longest_delay, row_of
from chronus.limits import WIDEST
from chronus.patch.arena import Arena
from chronus.patch.fusing import Fusing
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError
from chronus.patch.packing import Program, pack
from chronus.patch.shapes import VOICES, Shape, first_phases, rows_of_cable, shapes
from chronus.patch.solos import SAFE, SOLO, Solos
from chronus.patch.sums import Sums
from chronus.patch.tone import TONE, hear, let_rest
from chronus.patch.totals import Totals
from chronus.shared import program as at
from chronus.units import frames as frames_of

MASTER = Module(at.MASTER, "master")     # what everything goes through that is heard
# What no outlet may exceed, as the bits of a float32: 2**20, which no pitch, time or signal needs; 2**10 for what goes to the loudspeakers.
CEILING, HEARD_CEILING = (int(np.float32(2.0**n).view(np.int32)) for n in (20, 10))


class Compiler:
    """One compilation; `compile_patch` is its only user."""

    def __init__(self, patch: Patch, rate: int, block: int, turned: Iterable[tuple[str, str]], staged: int, line_kept: int, fuses: bool = True):
        self.line_kept = line_kept
        self.fuses, self.staged, self.patch, self.rate, self.block, self.hash, self.turned = fuses, staged, patch, rate, block, patch.hash(), set(turned)
        self.modules = {m.id: m for m in [*patch.modules.values(), TONE, MASTER]}
        self.cables = [replace(c, target=MASTER.id, inlet="audio") if c.target == OUT else c for c in [*patch.cables, Cable(TONE.id, "out", OUT, "")]]
        self.into = {}
        for cable in self.cables:
            self.into.setdefault(cable.target, []).append(cable)
        self.arena, self.state, self.knobs, self.contexts, self.relocations = Arena(), {}, {}, [], []
        self.operations, self.tables, self.kernels, self.rows = [], [], {}, []
        self.lines, self.line_top, self.table_names, self.table_uses, self.buffers = [], 0, {}, [], {}

    def run(self) -> Program:
        order, late = self.order()
        self.shapes = shapes(order, lambda id_: self.modules[id_].declaration, lambda id_: [c.source for c in self.into.get(id_, [])], self.voices)
        self.fusing = Fusing(self, order, late)
        order = self.fusing.order
        self.order_of = {id_: i for i, id_ in enumerate(order)}
        self.heard_at_once = {cable.source for cable in self.into[MASTER.id]}
        self.out_of = {}                        # of each outlet the cables that anybody hears
        for cable in self.cables:
            if cable.target in self.order_of:
                self.out_of.setdefault((cable.source, cable.outlet), []).append(cable)
        self.totals, self.sums = Totals(self, late), Sums(self, order, late)
        self.lay_out_state(order, late)
        end_of_state = self.arena.top
        readers = self.readers(order, late)
        self.emit_solos()
        self.emit_beats(order)
        for position, id_ in enumerate(order):
            self.fusing.begin(id_)
            self.emit_module(position, id_, late)
            self.fusing.end(id_)
            self.sums.add(position)
            for outlet in [o for o, last in readers.items() if last == position and o in self.buffers]:
                self.arena.let_go(self.buffers[outlet], self.totals.bytes(outlet))
        return pack(self, order, late, end_of_state, self.buffers[MASTER.id, "out"])

    def order(self) -> tuple[list[str], set[Cable]]:
        """Modules that reach the output, sources first, and the cables that go through a block of delay. Depth first, without recursion."""
        order, late, done, path = [], set(), set(), set()
        work = [("visit", MASTER.id)]
        while work:
            what, id_ = work.pop()
            if what == "leave":
                path.discard(id_)
                done.add(id_)
                order.append(id_)
            elif id_ not in done and id_ not in path:
                path.add(id_)
                work.append(("leave", id_))
                work.extend(("visit", c.source) for c in reversed(self.into.get(id_, [])))
        position = {id_: i for i, id_ in enumerate(order)}
        for id_ in order:
            late.update(c for c in self.into.get(id_, []) if position[c.source] >= position[id_])
        return order, late

    def voices(self, id_: str) -> int:
        """How many voices a module that plays notes has."""
        module = self.modules[id_]
        return round(module.params.get(VOICES, module.declaration.param(VOICES).default))

    def lay_out_state(self, order: list[str], late: set[Cable]) -> None:
        """Knobs, what stands still, module state, feedback: the part of the arena that a snapshot holds."""
        self.knob_base, self.first_knob = self.arena.top, {}
        for id_ in order:
            module = self.modules[id_]
            self.first_knob[id_] = len(self.knobs)
            for param in module.declaration.params:
                self.knobs[id_, param.name] = len(self.knobs)
                offset = self.arena.take(at.KNOB_BYTES)
                value = np.float32(module.params.get(param.name, param.default))
                glide = frames_of(param.glide_ms, self.rate)
                turned = (id_, param.name) in self.turned
                self.state[offset] = (struct.pack("<fffiiiif", value, value, 0.0, 0, glide, param.unit == "gate", turned, value).ljust(at.K_LANES, b"\0")
                                      + np.full(at.KNOB_LANES, value, np.float32).tobytes())
        self.constants = {}
        self.constant(np.zeros(WIDEST, np.float32))             # what totals begin with
        self.solos = Solos(order, lambda id_: self.modules[id_].declaration, self.cables)
        self.heard = {end: self.arena.take(4 * WIDEST) for end in self.solos.opened_by}
        self.state |= {place: np.ones(WIDEST, np.float32).tobytes() for place in self.heard.values()}
        for id_ in order:
            declaration, shape = self.modules[id_].declaration, self.shapes[id_]
            for found in declaration.inlets:
                self.constant(np.full(WIDEST, found.default, np.float32))
            for plane in range(shape.planes):
                for found in declaration.given:
                    self.given(id_, plane, found.what)
        planes = [(id_, plane) for id_ in order for plane in range(self.shapes[id_].planes)]
        self.lives = {(id_, plane): self.arena.take(self.live_bytes(id_)) for id_, plane in planes}
        self.states = {}
        for id_ in order:                       # those of all planes behind each other, where whoever plays the notes finds them
            size = -(-max(4, self.state_bytes(id_)) // 64) * 64
            first = self.arena.take(size * self.shapes[id_].planes)
            self.states |= {(id_, plane): first + size * plane for plane in range(self.shapes[id_].planes)}
            self.state |= {self.states[id_, plane] + 4 * shape.lanes * j: first_phases(shape, plane).tobytes() for shape in [self.shapes[id_]] if shape.voices
                           for plane in range(shape.planes) for j, value in enumerate(self.modules[id_].declaration.values) if value.apart}
        self.voices_at = {id_: self.arena.take(at.VOICES_AT + at.VOICE_BYTES * self.voices(id_)) for id_ in order if self.modules[id_].declaration.voices}
        self.late_buffers = {}
        for cable in sorted(late, key=lambda c: (c.source, c.outlet)):
            if (cable.source, cable.outlet) not in self.late_buffers:
                self.late_buffers[cable.source, cable.outlet] = self.arena.take(self.cable_bytes(cable.source))

    def live_bytes(self, id_: str) -> int:
        return at.L_FRAMES + 2 * at.FRAME_BYTES * len(self.modules[id_].declaration.outlets)

    def constant(self, lanes: np.ndarray) -> int:
        """The place of sixteen lanes that never change."""
        key = lanes.tobytes()
        if key not in self.constants:
            self.constants[key] = self.arena.take(64)
            self.state[self.constants[key]] = key
        return self.constants[key]

    def given(self, id_: str, plane: int, what: str) -> int:
        """The place of what the framework gives to a plane of a module."""
        if what.startswith(HEARD_AT):
            return self.heard[id_, what.removeprefix(HEARD_AT)]
        return self.constant(self.shapes[id_].given(plane, what, self.rate, id_))

    def plane_bytes(self, shape: Shape) -> int:
        return 4 * shape.lanes * self.block

    def cable_bytes(self, source: str) -> int:
        return self.shapes[source].planes * self.plane_bytes(self.shapes[source])

    def readers(self, order: list[str], late: set[Cable]) -> dict[tuple[str, str], int]:
        """The position of the last reader of each outlet; beyond the end for what is delayed."""
        last = {(id_, outlet): self.order_of[id_] for id_ in order for outlet in self.modules[id_].declaration.outlets}
        last |= {key: self.order_of[key[0]] for key in self.totals.apart.values()}
        for cable in (cable for cables in self.out_of.values() for cable in cables):
            key, position = self.totals.buffer(cable), len(order) if cable in late else self.sums.end_of.get(cable, self.order_of[cable.target])
            last[key] = max(last[key], self.fusing.kept_until(cable.source, position))
        return last

    def emit_solos(self) -> None:
        """The operation that says, before all others, what is heard of the strips."""
        if not self.solos.strips:
            return
        table = len(self.tables)
        self.tables += [self.knob_place(id_, SOLO) for id_ in self.solos.strips]
        for end, opened_by in self.solos.opened_by.items():
            self.tables += [int(np.uint64(opened_by).view(np.int64)), self.heard[end], self.knob_place(end[0], SAFE) if (end[0], SAFE) in self.knobs else 0]
        self.operations.append((at.SOLO, 0, len(self.solos.strips), 0, 0, ("table", table), len(self.heard), 0))

    def emit_beats(self, order: list[str]) -> None:
        """The operation that writes where the music is, frame by frame, as wide as the widest module that hears it. It stays until all have run."""
        hear = [id_ for id_ in order if self.modules[id_].declaration.times]
        self.beat_lanes = max((self.shapes[id_].lanes for id_ in hear), default=0)
        heard = {time.what for id_ in hear for time in self.modules[id_].declaration.times}
        self.beats = {what: self.arena.take(4 * self.beat_lanes * self.block) if what in heard else 0 for what in TIMES}
        if hear:
            self.operations.append((at.BEATS, 0, self.beat_lanes, *self.beats.values(), 0, 0))

    def emit_module(self, position: int, id_: str, late: set[Cable]) -> None:
        """The operations of one module: a gather for each input that needs one, then its kernel, plane by plane."""
        module, shape = self.modules[id_], self.shapes[id_]
        declaration, places, size = module.declaration, context_words(module.declaration), self.plane_bytes(shape)
        starts = [self.context([0] * places["size"]) for _ in range(shape.planes)]
        scratch, first = [], len(self.operations)
        for j, port in enumerate(declaration.inputs):
            scratch += self.emit_input(position, id_, port, [start + 2 * j for start in starts], late)
        if id_ == MASTER.id:
            hear(self, position, id_, scratch[0][0], starts[0])
        for j, outlet in enumerate(declaration.outlets):
            self.buffers[id_, outlet] = self.arena.take(size * shape.planes)
            for plane, start in enumerate(starts):
                self.contexts[start + places["outlets"] + j] = self.buffers[id_, outlet] + size * plane
        for plane, start in enumerate(starts):
            self.contexts[start + places["state"]] = self.states[id_, plane]
            for j, given in enumerate(declaration.given):
                self.contexts[start + places["given"] + j] = self.given(id_, plane, given.what)
            self.relocations += [start + 2 * j for j in range(len(declaration.inputs))]
            self.relocations += range(start + places["outlets"], start + places["lines"])
            object_file = (declaration.objects[shape.lanes],) if declaration.objects else ()
            kernel = self.kernels.setdefault((module.type, shape.lanes, *object_file), len(self.kernels))
            self.operations.append((at.KERNEL, position, kernel, ("context", start), ("row", (id_, plane)), *self.fusing.still(id_), 0))
            self.row(id_, plane, start, self.lay_out_lines(id_, plane, start + places["lines"]))
            for j, table in enumerate(declaration.tables):
                self.table_uses.append((start + places["tables"] + j, self.table(module, table.name)))
        if id_ == TONE.id:
            let_rest(self, position, first)
        self.totals.add(position, id_)
        for target, count in scratch:
            self.arena.let_go(target, count)

    def emit_input(self, position: int, id_: str, port, places: list[int], late: set[Cable]) -> list[tuple[int, int]]:
        """What brings an input of all planes together, its contexts at `places`; the memory that is free again after the module: (place, bytes).

        A knob moves once for all planes, and they read it where it is, or add their cables to it.
        """
        shape, cables, scratch = self.shapes[id_], [cable for cable in self.plugged(id_, port) if cable.source != TONE.id], []
        if isinstance(port, Time):
            for place in places:
                self.contexts[place:place + 2] = self.beats[port.what], 4 * self.beat_lanes
            return scratch
        if isinstance(port, Inlet) and not cables and id_ != MASTER.id:             # who hears the tone besides, in memory of its own
            for place in places:
                self.contexts[place] = self.constant(np.full(WIDEST, port.default, np.float32))
            return scratch
        if self.is_direct(port, cables, shape) and id_ != MASTER.id:
            for plane, place in enumerate(places):
                ((self.contexts[place], lanes, _),) = self.cable_rows(cables[0], shape, plane, late)
                self.contexts[place + 1] = 4 * lanes
            return scratch

        def room():
            scratch.append((self.arena.take(self.plane_bytes(shape)), self.plane_bytes(shape)))
            return scratch[-1][0]

        knob = self.knob_place(id_, port.name) if isinstance(port, Param) else 0
        if all(not self.shapes[c.source].voices and (shape.sides == 1 or self.shapes[c.source].lanes == 1) for c in cables):
            self.gather(at.GATHER, position, shape, 0, room(), knob, cables, places[0], late)
            for place in places[1:]:            # the same for all planes
                self.operations.append((at.LEND, position, ("context", places[0]), ("context", place), 0, 0, 0, 0))
            return scratch
        shared = self.context([0, 0])
        if knob and shape.planes > 1:
            self.gather(at.GATHER, position, shape, 0, room(), knob, [], shared, late)
        for plane, place in enumerate(places):
            kind, base = (at.ADD, ("context", shared)) if knob and shape.planes > 1 else (at.GATHER, knob)
            self.gather(kind, position, shape, plane, room(), base, cables, place, late)
        return scratch

    def knob_place(self, id_: str, name: str) -> int:
        return self.knob_base + at.KNOB_BYTES * self.knobs[id_, name]

    def plugged(self, id_: str, port) -> list[Cable]:
        return [c for c in self.into.get(id_, []) if c.inlet == port.name]

    def is_direct(self, port, cables: list[Cable], shape: Shape) -> bool:
        """Whether the only cable of an inlet can be read where it is: lane for lane."""
        source = self.shapes[cables[0].source] if isinstance(port, Inlet) and len(cables) == 1 and cables[0].amount == 1.0 else None
        return source is not None and source.lanes == shape.lanes and (source.voices, source.groups) == (shape.voices, shape.groups)

    def state_bytes(self, id_: str) -> int:
        """The state of one plane of a module: its values and places, then, where a frame is aligned, the rings of its short lines."""
        declaration, lanes = self.modules[id_].declaration, self.shapes[id_].lanes
        inside, first = declaration.within(lanes), state_bytes(declaration, lanes)
        short = [longest for longest in self.longest(declaration) if 4 * inside * longest <= limits.SHORT_LINE_BYTES]
        return -(-first // 64) * 64 + sum(-(-4 * inside * longest // 64) * 64 for longest in short) if short else first

    def longest(self, declaration: Declaration) -> list[int]:
        """The longest delay of each line of a module, in frames."""
        return [longest_delay(line.seconds, self.rate) for line in declaration.lines]

    def lay_out_lines(self, id_: str, plane: int, context: int) -> int:
        """Gives the delay lines of a module's plane their rings, each as long as its delay and what a joining replica may still need; the first's number."""
        declaration, first = self.modules[id_].declaration, len(self.lines)
        lanes = declaration.within(self.shapes[id_].lanes)
        places = self.states[id_, plane] + 4 * lanes * len(declaration.values)
        short = self.states[id_, plane] + -(-state_bytes(declaration, self.shapes[id_].lanes) // 64) * 64
        for j, longest in enumerate(self.longest(declaration)):
            words = context + LINE_WORDS * j
            if 4 * lanes * longest <= limits.SHORT_LINE_BYTES:
                self.contexts[words:words + LINE_WORDS] = short, longest, longest
                self.relocations.append(words)
                short += -(-4 * lanes * longest // 64) * 64
                continue
            size = longest + self.line_kept * self.block
            self.contexts[words + 1:words + LINE_WORDS] = size, longest
            self.lines.append((words, self.line_top, size, 4 * lanes, places + LINE_STATE_BYTES * j, 4 * row_of(declaration.inside, lanes)))
            self.line_top += -(-4 * lanes * size // 64) * 64
        if self.line_top > limits.LINE_BYTES:
            raise PatchError(f"the patch needs more than {limits.LINE_BYTES >> 20} MiB for its delays; take one out", "range")
        return first

    def table(self, module: Module, name: str) -> int:
        """The number of the table that a module reads under a name."""
        digest = module.table_digest(name)
        if not digest:
            raise PatchError(f"the table '{module.tables[name]}' of '{module.id}' was not looked up yet; /patch/set {module.id} {name} "
                             f"{module.tables[name]} does it", "state")
        number = self.table_names.setdefault(digest, len(self.table_names))
        if number >= limits.TABLES:
            raise PatchError(f"a patch has at most {limits.TABLES} different tables; take one out", "range")
        return number

    def row(self, id_: str, plane: int, context: int, first_line: int) -> None:
        """What a replica knows of a module besides its kernel: what of its state can be taken over, and how it is bypassed.

        Knobs and voices are those of the first plane.
        """
        module = self.modules[id_]
        declaration, lanes, places = module.declaration, self.shapes[id_].lanes, context_words(module.declaration)
        names = [i.name for i in declaration.inputs]
        states = [f"{s.name}:{s.kind}" + (f":{s.seconds}" if s.kind == "line" else "") for s in declaration.states]
        self.rows.append((
            at.key_of(id_) + self.shapes[id_].number(plane), at.key_of(module.type), at.key_of(module.type, str(declaration.version), declaration.digest),
            at.key_of(module.type, *states), declaration.within(lanes), len(declaration.values), self.states[id_, plane], self.state_bytes(id_),
            self.lives[id_, plane], self.live_bytes(id_), self.first_knob[id_], 0 if plane else len(declaration.params), len(declaration.outlets),
            ("context", context + places["outlets"]), ("context", context),
            names.index(declaration.bypass) if declaration.bypass else -1, self.ceiling(id_), ("line", first_line),
            len(self.lines) - first_line, 0 if plane else self.voices_at.get(id_, 0), self.voices(id_) if id_ in self.voices_at else 0,
            self.used(id_), self.shapes[id_].voices, lanes, (id_, plane)))

    def ceiling(self, id_: str) -> int:
        """What no outlet of a module may exceed."""
        return HEARD_CEILING if id_ == MASTER.id or id_ in self.heard_at_once else CEILING

    def used(self, id_: str) -> int:
        """A bit for each outlet of a module that anybody reads."""
        return sum(1 << j for j, outlet in enumerate(self.modules[id_].declaration.outlets) if (id_, outlet) in self.out_of or id_ == MASTER.id)

    def source(self, cable: Cable, late: set[Cable]) -> int:
        key = (cable.source, cable.outlet)
        return self.late_buffers[key] if cable in late else self.buffers[key]

    def cable_rows(self, cable: Cable, shape: Shape, plane: int, late: set[Cable]) -> list[tuple[int, int, int]]:
        place, of = self.totals.heard(cable) if cable in self.totals.cables else (self.source(cable, late), self.shapes[cable.source])
        return rows_of_cable(place, self.plane_bytes(of), of, shape, plane)

    def gather(self, kind: int, position: int, shape: Shape, plane: int, target: int, knob, cables: list[Cable], place: int, late: set[Cable]) -> None:
        """An operation that brings a knob, or what was gathered of it (ADD), and the cables into one plane together."""
        rows, scratch = [(cable.amount, *row) for cable in cables for row in self.cable_rows(cable, shape, plane, late)], []
        for lanes, mode in dict.fromkeys((lanes, mode) for _, _, lanes, mode in rows if mode >= at.FOLD):
            many = [row for row in rows if row[2:] == (lanes, mode)]
            if len(many) > 1:                   # planes are added lane for lane first, and their lanes together once
                grown = self.sums.rooms.get((cables[0].target, cables[0].inlet, lanes, mode))
                scratch.append((grown[0] if grown else self.arena.take(4 * lanes * self.block), 4 * lanes * self.block))
                if not grown:
                    self.operation(at.GATHER, position, lanes, scratch[-1][0], 0, [(*row[:3], at.EACH) for row in many], self.context([0, 0]))
                rows = [row for row in rows if row not in many] + [(1.0, scratch[-1][0], lanes, mode)]
        self.operation(kind, position, shape.lanes, target, knob, rows, place)
        for room in scratch:
            self.arena.let_go(*room)

    def operation(self, kind: int, position: int, lanes: int, target: int, knob, rows: list[tuple], place: int) -> None:
        """An operation that adds cables up; a row is (amount, source, lanes, mode)."""
        table = len(self.tables)
        for amount, source, lanes_there, mode in rows:
            self.tables += [source, lanes_there, at.amount_word(amount), mode]
        self.operations.append((kind, position, lanes, target, knob, ("table", table), len(rows), ("context", place)))

    def context(self, words: list[int]) -> int:
        self.contexts += words
        return len(self.contexts) - len(words)


def source_of(words: np.ndarray) -> dict:
    """What a program was compiled from: {"patch": JSON data, "turned": ["module/param", ...], "staged": number of the last edit,
    "own": the digests of the user's modules, by type, "faster": by object file what its faster kernels are compiled from}.
    """
    first, size = (int(words[word // 8]) for word in (at.P_SOURCE, at.P_SOURCE_BYTES))
    return json.loads(words.view(np.uint8)[first:first + size].tobytes())


def compile_patch(patch: Patch, rate: int, block: int, turned: Iterable[tuple[str, str]] = (), staged: int = 0,
                  line_kept: int = limits.kept_blocks(limits.DEFAULT_LEAD)) -> Program:
    """Compiles a patch for a sample rate in Hz and a block in frames. Raises PatchError where it is too large.

    `turned` are the parameters (module, name) that move to the patch's values when it takes over from another; the others of modules that
    stay are left where they are. `staged` is the number of the last staged edit that is in the patch, kept with the program. By
    `line_kept` blocks the rings of delay lines are longer than these.
    """
    try:
        return Compiler(patch, rate, block, turned, staged, line_kept).run()
    except PatchError as error:
        if error.code != "range":
            raise
        return Compiler(patch, rate, block, turned, staged, line_kept, fuses=False).run()      # faster kernels take room; without them it may fit
