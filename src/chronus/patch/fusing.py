"""The faster kernels of a patch: one for all modules of a voice, which are fused (`dsp.fused`), and for each of the others one for knobs that stand still.

The operation of a voice stands before those of its modules and says how many they are. While a faster kernel was not compiled yet, and whenever a
knob moves or a module is out of order, the ordinary ones run, and nobody hears which of the two it was. What a user wrote is never fused: it
may crash, and must be found.
"""
import numpy as np

from chronus import limits
from chronus.dsp import fused
from chronus.dsp.fused import DEFAULT, DIRECT, EACH, FROM, KNOB, NOTHING, SPREAD, TIME, Input, Member, Voice
from chronus.dsp.declare import Declaration, Inlet, Time
from chronus.dsp.kernel import SIGNATURE, kernel_function
from chronus.native.build import object_name
from chronus.limits import WIDEST
from chronus.patch.graph import Cable
from chronus.shared import program as at

FASTER = VOICE, STANDING = "~voice", "~standing"         # what stands for a module type in the name of a faster kernel


class Fusing:
    """The faster kernels of one compilation; `compiler.Compiler`, whose parts these are, is its only user. `order` is that of the modules from now on."""

    def __init__(self, made, order: list[str], late: set[Cable]):
        self.made, self.late = made, late
        self.wanted: dict[str, tuple] = {}      # by object file what it is compiled from: a voice as text; or module type, lanes, which inputs, which outlets
        self.instrument: dict[str, str] = {}    # of each module that may be fused who plays its notes
        for id_ in order:
            declaration, sources = made.modules[id_].declaration, [c.source for c in made.into.get(id_, []) if c not in late]
            if made.fuses and made.shapes[id_].voices and not declaration.lines and not declaration.objects:
                played_by = next((self.instrument.get(s, s) for s in sources if made.shapes[s].voices), id_)
                self.instrument[id_] = id_ if declaration.voices else played_by
        self.order = self.together(order)
        self.group_of = {id_: group for group in self.groups() for id_ in group}

    def together(self, order: list[str]) -> list[str]:
        """The modules in an order that keeps those of an instrument together: what else can come before them does."""
        before = {id_: {c.source for c in self.made.into.get(id_, []) if c not in self.late} for id_ in order}
        readers, found = {id_: [] for id_ in order}, []
        index = {id_: i for i, id_ in enumerate(order)}
        for id_, sources in before.items():
            for source in sources:
                readers[source].append(id_)
        ready = [id_ for id_ in order if not before[id_]]
        while ready:
            playing = self.instrument.get(found[-1]) if found else None
            next_ = min(ready, key=lambda id_: (id_ in self.instrument and 1 + (self.instrument[id_] != playing), index[id_]))
            ready.remove(next_)
            found.append(next_)
            for reader in readers[next_]:
                before[reader].discard(next_)
                if not before[reader]:
                    ready.append(reader)
        return found

    def groups(self) -> list[list[str]]:
        """Modules that stand behind each other and belong to the voices of one instrument."""
        found = [[]]
        for id_ in self.order:
            if id_ not in self.instrument:
                found.append([])
            elif found[-1] and (self.instrument[found[-1][-1]] != self.instrument[id_] or len(found[-1]) == limits.FUSED_MODULES):
                found.append([id_])
            else:
                found[-1].append(id_)
        return [group for group in found if len(group) > 1]

    def kept_until(self, source: str, position: int) -> int:
        """How long what a module puts out must be kept that is last read at a position: to the end of a voice that reads it in each frame."""
        reader = self.order[position] if position < len(self.order) else source
        group = self.group_of.get(reader)
        return position if group is None or source in group else self.made.order_of[group[-1]]

    def begin(self, id_: str) -> None:
        """Before a module's operations: room for that of the voice which begins with it, and for what its voices come to."""
        if id_ not in self.group_of:
            self.made.totals.take([id_])
        elif self.group_of[id_][0] == id_:
            self.made.totals.take(self.group_of[id_])
            self.at = len(self.made.operations)
            self.made.operations.append(())

    def end(self, id_: str) -> None:
        """Behind a module's operations: the operation of the voice that ends with it."""
        group = self.group_of.get(id_)
        if group is None or group[-1] != id_:
            return
        made, shape = self.made, self.made.shapes[id_]
        members = tuple(self.member(id_, group) for id_ in group)
        declarations = tuple(made.modules[id_].declaration for id_ in group)
        together = fused.groups_together(members, declarations)
        whole = shape.groups - shape.groups % together
        calls = [self.call(Voice(shape.lanes, members, step), declarations, group, range(first, until, step))
                 for first, until, step in ((0, whole, together), (whole, shape.groups, shape.groups - whole)) if first < until]
        knobs = [made.knob_place(id_, p.name) for id_ in group for p in made.modules[id_].declaration.params]
        rows = [("row", (id_, plane)) for id_ in group for plane in range(made.shapes[id_].planes)]
        table = len(made.tables)
        made.tables += [shape.groups, len(calls), len(knobs), len(rows), *sum(calls, []), *knobs, *rows]
        made.operations[self.at] = (at.FUSED, made.order_of[id_], 0, len(made.operations) - self.at - 1, ("row", (id_, shape.planes - 1)), ("table", table), 0, 0)

    def call(self, voice: Voice, declarations: tuple[Declaration, ...], group: list[str], firsts: range) -> list:
        """Words of a call of a fused kernel, for the groups of voices that begin with each of `firsts`."""
        made, name = self.made, fused.object_name(voice, declarations)
        slots = [(g, *slot) for g in firsts for slot in fused.slots(voice, declarations)]
        self.wanted[name] = (voice.as_text(),)
        start = made.context([0, 0, len(firsts), *(self.word(group, voice, slot, g) for g, *slot in slots)])
        for i, (_, what, *at_) in enumerate(slots, start + fused.HEAD_WORDS):
            if what == "table":
                made.table_uses.append((i, made.table(made.modules[group[at_[0]]], declarations[at_[0]].tables[at_[1]].name)))
            elif what not in ("amount", "stride", "width", "step"):
                made.relocations.append(i)
        return [made.kernels.setdefault((VOICE, voice.lanes, name), len(made.kernels)), ("context", start), voice.groups]

    def still(self, id_: str) -> tuple[int, int]:
        """(the kernel of a module for knobs that stand still, the bits of these knobs and of what nothing is plugged into); zeros where there is none."""
        declaration, lanes = self.made.modules[id_].declaration, self.made.shapes[id_].lanes
        bits = sum(1 << j for j, port in enumerate(declaration.inputs) if not isinstance(port, Time) and not self.made.plugged(id_, port))
        if not self.made.fuses or id_ in self.group_of or declaration.objects or not bits:
            return 0, 0
        unheard = (1 << len(declaration.outlets)) - 1 & ~self.made.used(id_)
        name = object_name(kernel_function(declaration, lanes, bits, unheard), SIGNATURE)
        self.wanted[name] = (declaration.id, lanes, bits, unheard)
        return self.made.kernels.setdefault((STANDING, lanes, name), len(self.made.kernels)), bits

    def member(self, id_: str, group: list[str]) -> Member:
        """What is fused of a module."""
        made, declaration, shape = self.made, self.made.modules[id_].declaration, self.made.shapes[id_]
        inputs = []
        for port in declaration.inputs:
            cables = made.plugged(id_, port)
            without = KNOB if not isinstance(port, Inlet) else NOTHING if cables else DEFAULT
            begins = TIME if isinstance(port, Time) else DIRECT if made.is_direct(port, cables, shape) else without
            inputs.append(Input(begins, tuple(self.kind(cable, group) for cable in cables)))
        readers = {o: made.out_of.get((id_, o), []) for o in declaration.outlets}
        outside = [any(c in self.late or c.target not in group for c in readers[o] if c not in made.totals.cables) for o in declaration.outlets]
        totals = [(id_, o) in made.totals.outlets for o in declaration.outlets]
        return Member(declaration.id, shape.sides, tuple(inputs), tuple(j for j, o in enumerate(declaration.outlets) if readers[o]),
                      tuple(j for j, is_read in enumerate(outside) if is_read), tuple(j for j, is_heard in enumerate(totals) if is_heard), made.ceiling(id_))

    def kind(self, cable: Cable, group: list[str]) -> tuple:
        """How a cable comes into a voice."""
        if cable.source in group and cable not in self.late:
            return FROM, group.index(cable.source), self.made.modules[cable.source].declaration.outlets.index(cable.outlet)
        return (EACH,) if self.made.shapes[cable.source].voices else (SPREAD,)

    def word(self, group: list[str], voice: Voice, slot: tuple, g: int) -> int:
        """What a word of the context of a group of voices, and those behind it, holds: a place, or a number."""
        what, m, *numbers = slot
        made, id_ = self.made, group[m]
        declaration, shape = made.modules[id_].declaration, made.shapes[id_]
        if what == "table":
            return 0
        if what == "time":
            return made.beats[declaration.inputs[numbers[0]].what]
        if what == "width":
            return 4 * made.beat_lanes
        if what == "begins":
            return made.knob_place(id_, declaration.inputs[numbers[0]].name) + at.K_LANES
        if what == "amount":
            cable = made.plugged(id_, declaration.inputs[numbers[0]])[numbers[1]]
            return at.amount_word(cable.amount)
        if what == "step":
            return 0 if g == 0 else 4 * shape.lanes
        if what in ("before", "total"):
            side, outlet = numbers[0], declaration.outlets[numbers[1]]
            if what == "total":
                return made.totals.place(id_, outlet, g + voice.groups - 1, side)
            return made.totals.place(id_, outlet, g - 1, side) if g else made.constant(np.zeros(WIDEST, np.float32))
        plane = g * shape.sides + numbers[0]
        if what == "state":
            return made.states[id_, plane]
        if what == "given":
            return made.given(id_, plane, declaration.given[numbers[1]].what)
        if what == "out":
            return made.buffers[id_, declaration.outlets[numbers[1]]] + made.plane_bytes(shape) * plane
        if what == "last":
            return made.lives[id_, plane] + at.L_FRAMES + at.FRAME_BYTES * numbers[1]
        cable = made.plugged(id_, declaration.inputs[numbers[1]])[numbers[2]]
        ((place, lanes, _),) = made.cable_rows(cable, shape, plane, self.late)
        return place if what == "source" else 4 * lanes
