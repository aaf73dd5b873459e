"""The patch compiler: a graph in, a flat program out.

Modules that reach no output are left out. The rest is ordered so that a cable is written before it is read; where a loop makes that
impossible, one cable of it goes through a block of delay. A cable's memory is used again once its last reader has run, so that all
cables together stay in the first-level cache. A module is as wide as its widest cable; one lane is read by many as it is.
"""
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from chronus import limits
from chronus.dsp.declare import Inlet, Param
from chronus.dsp.given import given_lanes
from chronus.dsp.kernel import context_words
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError
from chronus.shared import program as at
from chronus.units import frames as frames_of

TONE = [Module("~tone", "sine", {"freq": 440.0, "gain": 0.1}), Module("~tone-gate", "adsr", {"sustain": 1.0, "release": 20.0})]
TONE_CABLES = [Cable("~tone", "out", "~tone-gate", "audio"), Cable("~tone-gate", "out", OUT, "")]
TONE_GATE = ("~tone-gate", "gate")
OUT_LANES = 2
# What no outlet may exceed, as the bits of a float32: 2**20, which no pitch, time or signal needs; 2**10 for what goes to the loudspeakers.
CEILING, HEARD_CEILING = (int(np.float32(2.0**n).view(np.int32)) for n in (20, 10))


@dataclass(frozen=True)
class Program:
    """What the compiler made: the words, the keys of the knobs, the kernels (type, lanes, a user's object file), the modules in order."""

    words: np.ndarray
    knobs: dict[tuple[str, str], int]
    kernels: tuple[tuple, ...]
    modules: tuple[str, ...]
    loops: tuple[str, ...]
    hash: str


class Arena:
    """Hands out offsets: state for ever, cables until they are let go."""

    def __init__(self):
        self.top, self.free = 64, {}              # offset 0 means none

    def take(self, size: int) -> int:
        size = -(-size // 64) * 64
        if self.free.get(size):
            return self.free[size].pop()
        self.top += size
        if self.top > limits.SIDE_BYTES:
            raise PatchError(f"the patch needs more than {limits.SIDE_BYTES >> 20} MiB of state and cables; take something out", "range")
        return self.top - size

    def let_go(self, offset: int, size: int) -> None:
        self.free.setdefault(-(-size // 64) * 64, []).append(offset)


class Compiler:
    """One compilation; `compile_patch` is its only user."""

    def __init__(self, patch: Patch, rate: int, block: int, turned: Iterable[tuple[str, str]], staged: int):
        self.staged, self.patch, self.rate, self.block, self.hash, self.turned = staged, patch, rate, block, patch.hash(), set(turned)
        self.modules = {m.id: m for m in [*patch.modules.values(), *TONE]}
        self.cables = [*patch.cables, *TONE_CABLES]
        self.into = {}
        for cable in self.cables:
            self.into.setdefault(cable.target, []).append(cable)
        self.arena, self.state, self.knobs, self.contexts, self.relocations = Arena(), {}, {}, [], []
        self.operations, self.tables, self.kernels, self.rows = [], [], {}, []

    def run(self) -> Program:
        order, late = self.order()
        self.order_of = {id_: i for i, id_ in enumerate(order)}
        self.lanes = self.widths(order)
        self.lay_out_state(order, late)
        state_bytes = self.arena.top
        readers = self.readers(order, late)
        self.buffers = {}
        for position, id_ in enumerate(order):
            self.emit_module(position, id_, late)
            for outlet in [o for o, last in readers.items() if last == position and o in self.buffers]:
                self.arena.let_go(self.buffers[outlet], self.cable_bytes(outlet[0]))
        out = self.arena.take(4 * OUT_LANES * self.block)
        self.gather(len(order), OUT_LANES, out, 0, self.into.get(OUT, []), self.context([0, 0]), late)
        return self.pack(order, late, state_bytes, out)

    def order(self) -> tuple[list[str], set[Cable]]:
        """Modules that reach the output, sources first, and the cables that go through a block of delay. Depth first, without recursion."""
        order, late, done, path = [], set(), set(), set()
        work = [("visit", c.source) for c in reversed(self.into.get(OUT, []))]
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

    def widths(self, order: list[str]) -> dict[str, int]:
        """Lanes of each module: its own, or those of its widest cable; round a loop until nothing grows."""
        lanes = {id_: self.modules[id_].declaration.lanes or 1 for id_ in order}
        while True:
            before = dict(lanes)
            for id_ in order:
                if not self.modules[id_].declaration.lanes:
                    lanes[id_] = max([1, *(lanes[c.source] for c in self.into.get(id_, []))])
            if lanes == before:
                return lanes

    def lay_out_state(self, order: list[str], late: set[Cable]) -> None:
        """Knobs, what stands still, module state, feedback: the part of the arena that a snapshot holds."""
        self.knob_base = self.arena.top
        self.first_knob = {}
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
        for id_, declaration in [(id_, self.modules[id_].declaration) for id_ in order]:
            for found in declaration.inlets:
                self.constant(np.full(16, found.default, np.float32))
            for found in declaration.given:
                self.constant(given_lanes(found.what, self.rate, id_))
        self.lives = {id_: self.arena.take(self.live_bytes(id_)) for id_ in order}
        self.states = {id_: self.arena.take(4 * self.lanes[id_] * max(1, len(self.modules[id_].declaration.states))) for id_ in order}
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

    def cable_bytes(self, source: str) -> int:
        return 4 * self.lanes[source] * self.block

    def readers(self, order: list[str], late: set[Cable]) -> dict[tuple[str, str], int]:
        """The position of the last reader of each outlet; beyond the end for what is heard or delayed."""
        last = {}
        for cable in self.cables:
            if cable.source not in self.order_of or (cable.target != OUT and cable.target not in self.order_of):
                continue
            position = len(order) if cable.target == OUT or cable in late else self.order_of[cable.target]
            key = (cable.source, cable.outlet)
            last[key] = max(last.get(key, self.order_of[cable.source]), position)
        for id_ in order:
            for outlet in self.modules[id_].declaration.outlets:
                last.setdefault((id_, outlet), self.order_of[id_])
        return last

    def emit_module(self, position: int, id_: str, late: set[Cable]) -> None:
        """The operations of one module: a gather for each input that needs one, then its kernel."""
        module, lanes = self.modules[id_], self.lanes[id_]
        declaration, places = module.declaration, context_words(module.declaration)
        context = [0] * places["size"]
        start = self.context(context)
        scratch = []
        for j, port in enumerate(declaration.inputs):
            cables = [c for c in self.into.get(id_, []) if c.inlet == port.name]
            fixed = self.fixed_input(id_, port, cables, lanes, late)
            if fixed is not None:
                self.contexts[start + 2 * j], self.contexts[start + 2 * j + 1] = fixed
                continue
            target = self.arena.take(4 * lanes * self.block)
            scratch.append(target)
            knob = self.knob_base + at.KNOB_BYTES * self.knobs[id_, port.name] if isinstance(port, Param) else 0
            self.gather(position, lanes, target, knob, cables, start + 2 * j, late)
        for j, outlet in enumerate(declaration.outlets):
            self.buffers[id_, outlet] = self.contexts[start + places["outlets"] + j] = self.arena.take(4 * lanes * self.block)
        self.contexts[start + places["state"]] = self.states[id_]
        for j, given in enumerate(declaration.given):
            self.contexts[start + places["given"] + j] = self.constant(given_lanes(given.what, self.rate, id_))
        self.relocations += [start + 2 * j for j in range(len(declaration.inputs))]
        self.relocations += range(start + places["outlets"], start + places["size"])
        object_file = (declaration.objects[lanes],) if declaration.objects else ()
        kernel = self.kernels.setdefault((module.type, lanes, *object_file), len(self.kernels))
        self.operations.append((at.KERNEL, position, kernel, ("context", start), ("row", id_), 0, 0, 0))
        self.row(id_, start)
        for target in scratch:
            self.arena.let_go(target, 4 * lanes * self.block)

    def row(self, id_: str, context: int) -> None:
        """What a replica knows of a module besides its kernel: what of its state can be taken over, and how it is bypassed."""
        module = self.modules[id_]
        declaration, lanes, places = module.declaration, self.lanes[id_], context_words(module.declaration)
        heard = any(c.source == id_ for c in self.into.get(OUT, []))
        names = [i.name for i in declaration.inputs]
        states = [f"{s.name}:{s.kind}" for s in declaration.states]
        self.rows.append((
            at.key_of(id_), at.key_of(module.type), at.key_of(module.type, str(declaration.version), declaration.digest),
            at.key_of(module.type, *states), lanes, len(declaration.states), self.states[id_], 4 * lanes * len(declaration.states),
            self.lives[id_], self.live_bytes(id_), self.first_knob[id_], len(declaration.params), len(declaration.outlets),
            ("context", context + places["outlets"]), ("context", context),
            names.index(declaration.bypass) if declaration.bypass else -1, HEARD_CEILING if heard else CEILING, id_))

    def fixed_input(self, id_: str, port, cables: list[Cable], lanes: int, late: set[Cable]) -> tuple[int, int] | None:
        """(place, stride) of an input that needs no gathering: nothing plugged in, or one cable as it is."""
        if not isinstance(port, Inlet):
            return None
        if not cables:
            return self.constant(np.full(16, port.default, np.float32)), 0
        if len(cables) == 1 and cables[0].amount == 1.0 and self.lanes[cables[0].source] == lanes:
            return self.source(cables[0], late), 4 * lanes
        return None

    def source(self, cable: Cable, late: set[Cable]) -> int:
        key = (cable.source, cable.outlet)
        return self.late_buffers[key] if cable in late else self.buffers[key]

    def gather(self, position: int, lanes: int, target: int, knob: int, cables: list[Cable], place: int, late: set[Cable]) -> None:
        table = len(self.tables)
        for cable in cables:
            self.tables += [self.source(cable, late), self.lanes[cable.source],
                            struct.unpack("<q", struct.pack("<fi", cable.amount, 0))[0]]
        self.operations.append((at.GATHER, position, lanes, target, knob, ("table", table), len(cables), ("context", place)))

    def context(self, words: list[int]) -> int:
        self.contexts += words
        return len(self.contexts) - len(words)

    def pack(self, order: list[str], late: set[Cable], state_bytes: int, out: int) -> Program:
        """Puts the parts one behind the other and fills in where they are."""
        ends = [(at.COPY, 0, self.cable_bytes(source), target, self.buffers[source, outlet], 0, 0, 0)
                for (source, outlet), target in self.late_buffers.items()]
        self.arena.free.clear()                 # contexts hold addresses: they share memory with no cable
        context_at = self.arena.take(8 * len(self.contexts))
        image = bytearray(state_bytes)
        for offset, content in self.state.items():
            image[offset:offset + len(content)] = content
        names = b"".join(" ".join(map(str, kernel)).encode().ljust(at.KERNEL_NAME_BYTES, b"\0") for kernel in self.kernels)
        rows = sorted(self.rows)
        knob_keys = [at.key_of(*key) for key in self.knobs]
        keys = sorted((key, i) for i, key in enumerate(knob_keys))
        if len({*knob_keys}) < len(knob_keys) or len({row[0] for row in rows}) < len(rows):
            raise PatchError("two names of this patch have the same key; rename a module", "name")
        operations_at = at.PROGRAM_HEADER
        ends_at = operations_at + at.OPERATION_BYTES * len(self.operations)
        tables_at = ends_at + at.OPERATION_BYTES * len(ends)
        image_at = tables_at + 8 * len(self.tables)
        contexts_at = image_at + len(image)
        relocations_at = contexts_at + 8 * len(self.contexts)
        names_at = relocations_at + 8 * len(self.relocations)
        rows_at = names_at + len(names)
        keys_at = rows_at + at.MODULE_BYTES * len(rows)
        knob_keys_at = keys_at + at.KEY_BYTES * len(keys)
        source_at = knob_keys_at + 8 * len(knob_keys)
        source = json.dumps({"patch": self.patch.as_dict(), "turned": sorted(map("/".join, self.turned)), "staged": self.staged,
                             "own": {m.type: m.declaration.digest for m in self.patch.modules.values() if m.declaration.digest}}, separators=(",", ":")).encode()
        size = source_at + -(-len(source) // 8) * 8
        row_of = {row[-1]: rows_at + i * at.MODULE_BYTES for i, row in enumerate(rows)}

        def resolved(word):
            if not isinstance(word, tuple):
                return word
            what, place = word
            return row_of[place] if what == "row" else {"table": tables_at, "context": context_at}[what] + 8 * place

        operations = [[resolved(word) for word in row] for row in [*self.operations, *ends]]
        rows = [[resolved(word) for word in row[:-1]] + [0] * (at.MODULE_BYTES // 8 - len(row) + 1) for row in rows]
        header = {at.P_MAGIC: at.PROGRAM_MAGIC, at.P_SIZE: size, at.P_OPERATIONS: operations_at, at.P_OPERATION_COUNT: len(self.operations),
                  at.P_END: ends_at, at.P_END_COUNT: len(ends), at.P_STATE: image_at, at.P_STATE_BYTES: len(image),
                  at.P_CONTEXTS: contexts_at, at.P_CONTEXT_WORDS: len(self.contexts), at.P_CONTEXT_AT: context_at,
                  at.P_RELOCATIONS: relocations_at, at.P_RELOCATION_COUNT: len(self.relocations), at.P_KERNELS: names_at,
                  at.P_KERNEL_COUNT: len(self.kernels), at.P_KNOBS: self.knob_base, at.P_KNOB_COUNT: len(self.knobs),
                  at.P_KEYS: keys_at, at.P_OUT: out, at.P_SIDE_BYTES: self.arena.top, at.P_HASH: int(self.hash[:15], 16),
                  at.P_MODULES: rows_at, at.P_MODULE_COUNT: len(rows), at.P_KNOB_KEYS: knob_keys_at, at.P_SOURCE: source_at,
                  at.P_SOURCE_BYTES: len(source)}
        words = np.zeros(at.PROGRAM_HEADER // 8, np.int64)
        for offset, value in header.items():
            words[offset // 8] = value
        parts = [words.tobytes(), np.array(operations, np.int64).tobytes(), np.array(self.tables, np.int64).tobytes(), bytes(image),
                 np.array(self.contexts, np.int64).tobytes(), np.array(self.relocations, np.int64).tobytes(), names,
                 np.array(rows, np.int64).tobytes(), np.array(keys, np.int64).tobytes(), np.array(knob_keys, np.int64).tobytes(), source.ljust(size - source_at, b"\0")]
        content = np.frombuffer(b"".join(parts), np.int64)
        if content.size > limits.PROGRAM_WORDS:
            raise PatchError(f"the compiled patch is larger than {limits.PROGRAM_WORDS >> 17} MiB; take something out", "range")
        loops = tuple(sorted(f"{c.source}/{c.outlet} -> {c.target}/{c.inlet}" for c in late))
        return Program(content, {name: key for name, key in zip(self.knobs, knob_keys)}, tuple(self.kernels), tuple(order), loops, self.hash)


def source_of(words: np.ndarray) -> dict:
    """What a program was compiled from: {"patch": JSON data, "turned": ["module/param", ...], "staged": number of the last edit,
    "own": the digests of the user's modules, by type}.
    """
    first, size = (int(words[word // 8]) for word in (at.P_SOURCE, at.P_SOURCE_BYTES))
    return json.loads(words.view(np.uint8)[first:first + size].tobytes())


def knob_keys(patch: Patch) -> dict[tuple[str, str], int]:
    """The keys of all knobs that a patch has, whether they reach the output or not."""
    return {(m.id, p.name): at.key_of(m.id, p.name) for m in [*patch.modules.values(), *TONE] for p in m.declaration.params}


def compile_patch(patch: Patch, rate: int, block: int, turned: Iterable[tuple[str, str]] = (), staged: int = 0) -> Program:
    """Compiles a patch for a sample rate in Hz and a block in frames. Raises PatchError where it is too large.

    `turned` are the parameters (module, name) that move to the patch's values when it takes over from another; the others of modules that
    stay are left where they are. `staged` is the number of the last staged edit that is in the patch, kept with the program.
    """
    return Compiler(patch, rate, block, turned, staged).run()
