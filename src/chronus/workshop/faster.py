"""The faster kernels of a patch, compiled beside the engine and proved before anybody plays them: their bits must be those of the kernels they stand for.

A process of its own, which yields to everything (`build_faster`, for `control.faster`); also called by whoever renders and wants them at once.
"""
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.dsp import fused, kernel
from chronus.dsp.declare import Declaration, Param
from chronus.dsp.fused import DEFAULT, DIRECT, FROM, KNOB, SPREAD, TIME, Voice, voice_of
from chronus.dsp.kernel import context_words, kernel_function
from chronus.modules.registry import builtin
from chronus.native.build import CacheError, compile_object, elsewhere, folder, link, native, object_file, object_path, write_object
from chronus.native.words import call_block, flush_denormals, restore_denormals
from chronus.workshop import harness
from chronus.workshop.harness import Buffer, caller, default_tables, given_values, hostile, initial_states, ordinary

BLOCK, BLOCKS = 64, 24
SEEDS = (1, 2, 3)


class Difference(AssertionError):
    """A faster kernel gave other bits. It is not kept."""


def flushed_block(function, context, offset, frames):
    """One call of a fused kernel with denormals flushed as in a replica."""
    mode = flush_denormals()
    result = call_block(function, context, offset, frames)
    restore_denormals(mode)
    return result


def bits(values: np.ndarray) -> bytes:
    """Raw bits; what is not a number counts as one and the same, since an operation may take either of two from its operands."""
    return np.where(np.isnan(values.view(np.float32)), np.float32(np.nan), values.view(np.float32)).tobytes()


def keep(path: Path, function, signature: str, prove) -> None:
    """Compiles a faster kernel, proves it and puts it into the cache. Raises Difference."""
    content = compile_object(function, signature)
    address, _alive = link(content)
    prove(address)
    write_object(path, content)


def keep_standing(type_: str, lanes: int, standing: int, unheard: int) -> None:
    """The kernel of a module for inputs that stand still and outlets that nobody hears. Raises Difference."""
    declaration = builtin()[type_]
    function = kernel_function(declaration, lanes, standing, unheard)
    path = object_path(function, kernel.SIGNATURE)
    if not path.exists():
        keep(path, function, kernel.SIGNATURE, lambda address: prove_standing(declaration, lanes, standing, unheard, address))


def keep_voice(text: str) -> None:
    """The fused kernel of a voice. Raises Difference."""
    voice = voice_of(text)
    declarations = tuple(builtin()[member.type] for member in voice.members)
    path = object_file(fused.object_name(voice, declarations))
    if not path.exists():
        keep(path, fused.fused_function(voice, declarations), fused.SIGNATURE, lambda address: prove_voice(voice, declarations, address))


def missing(made: dict) -> list[tuple]:
    """What of the faster kernels of a program (`patch.compiler.source_of`) was not compiled yet: arguments of `keep_voice` or `keep_standing`."""
    try:
        there = set(os.listdir(folder()))
    except (CacheError, OSError):
        there = set()
    return sorted((tuple(row) for name, row in made["faster"].items() if name not in there), key=len)     # voices first: they gain most


def build_faster(wanted: Iterable[tuple]) -> list[str]:
    """Compiles and proves what `missing` named; what was refused, in words. Voices that nobody has played for longest are let go."""
    refused = []
    try:
        for row in wanted:
            try:
                keep_voice(*row) if len(row) == 1 else keep_standing(*row)
            except Difference as error:
                refused.append(str(error))
        let_go()
    except CacheError as error:                # says what to do
        refused.append(f"faster kernels cannot be kept: {error}")
    except OSError as error:
        refused.append(f"faster kernels cannot be kept: {error}; {elsewhere('make room')}")
    return refused


def let_go() -> None:
    """Keeps the cache within its bounds: each change of a voice, or of what is plugged into a module, is a kernel more. Who plays one that is gone
    plays the ordinary ones.
    """
    with suppress(FileNotFoundError):                   # another engine lets go at the same time
        paths = [*folder().glob("fused-*.o"), *folder().glob(f"{kernel.STANDING_NAME}*.o")]
        found = [(max(status.st_atime, status.st_mtime), path) for path in paths if (status := path.stat())]
        for _, path in sorted(found)[:-limits.FASTER_FILES]:
            path.unlink()


def prove_standing(declaration: Declaration, lanes: int, standing: int, unheard: int, address: int) -> None:
    """Plays music and what is hostile through both kernels, with delay lines that are empty, and with full ones that soon begin again. Raises Difference."""
    heard = [j for j in range(len(declaration.outlets)) if not unheard >> j & 1]
    for seed in SEEDS:
        states = harness.initial_states(declaration, lanes)
        for line in states.lines if seed > SEEDS[0] else ():
            line.ring[...] = np.random.default_rng(seed).uniform(-1.0, 1.0, line.ring.shape)
            line.at, line.age = max(0, line.longest - BLOCK * BLOCKS // 2), line.longest
        for make in (ordinary, hostile):
            inputs = make(declaration, BLOCK * BLOCKS, lanes, seed)
            inputs = [np.full(lanes, signal[0, 0]) if standing >> j & 1 else signal for j, signal in enumerate(inputs)]
            wanted, found = (harness.run(declaration, inputs, states, [BLOCK] * BLOCKS, address=each, frames=BLOCK * BLOCKS)
                             for each in (kernel.kernel(declaration, lanes), address))
            wanted, found = ([*(run.outlets[j] for j in heard), run.states.values, *(line.ring for line in run.states.lines),
                              np.array([(line.at, line.age) for line in run.states.lines], np.int32)] for run in (wanted, found))
            if any(bits(a) != bits(b) for a, b in zip(wanted, found)):
                raise Difference(f"the kernel of '{declaration.id}' for knobs that stand still gives other bits; this is a mistake in the engine, please report it")


class Trial:
    """A voice with memory of its own, played both ways from random signals: some groups of voices."""

    def __init__(self, voice: Voice, declarations: tuple[Declaration, ...], rng: np.random.Generator):
        self.voice, self.declarations, self.rng, lanes = voice, declarations, rng, voice.lanes
        self.sides = [(m, s) for m in range(len(voice.members)) for s in voice.planes(m)]
        begins = {(m, s): self.at_rest(declarations[m]) for m, s in self.sides}
        self.states = [{at: Buffer(values) for at, values in begins.items()} for _ in range(2)]
        self.given = {(m, s, j): Buffer(value) for m, s in self.sides for j, value in enumerate(self.given_of(m, s))}
        self.outs = [{(m, s, o): Buffer(np.zeros((BLOCK, lanes), np.float32)) for m, s in self.sides for o in range(len(declarations[m].outlets))}
                     for _ in range(2)]
        self.is_first = False                           # whether no groups come before these, so that their total begins with silence
        self.before, self.totals = ({(m, s, o): Buffer(np.zeros((BLOCK, lanes), np.float32)) for m, member in enumerate(voice.members)
                                     for s in range(member.sides) for o in member.totals} for _ in range(2))
        self.last = {(m, s, o): Buffer(np.zeros(lanes, np.float32)) for m, s in self.sides for o in voice.members[m].used}
        self.tables = [default_tables(declaration) for declaration in declarations]
        self.kernels = [kernel.kernel(declaration, lanes) for declaration in declarations]
        self.amounts = {(m, j, k): np.float32(self.rng.choice([1.0, -0.5, self.rng.uniform(-2.0, 2.0)]))
                        for m, member in enumerate(voice.members) for j, found in enumerate(member.inputs) for k in range(len(found.cables))}

    def at_rest(self, declaration: Declaration) -> np.ndarray:
        """The state at rest; of who plays notes any, since it is the replica that writes the notes there."""
        states = initial_states(declaration, self.voice.lanes).values
        return self.rng.uniform(0.0, 1.0, states.shape).astype(np.float32).view(np.int32) if declaration.voices else states

    def given_of(self, m: int, s: int) -> list[np.ndarray]:
        values = given_values(self.declarations[m], self.voice.lanes)
        sides = self.voice.members[m].sides
        return [np.full(self.voice.lanes, 2.0 * (s % sides) - 1.0, np.float32) if sides > 1 and g.what == "side" else np.asarray(value, np.float32)
                for g, value in zip(self.declarations[m].given, values)]

    def play(self, knobs: dict) -> list[int]:
        """A block, by the kernels of the modules; the words from which the fused kernel is to play it."""
        heard = {(m, s, j, k): Buffer(self.rng.uniform(-1.0, 1.0, (BLOCK, 1 if cable[0] == SPREAD else self.voice.lanes)).astype(np.float32))
                 for m, s in self.sides for j, found in enumerate(self.voice.members[m].inputs) for k, cable in enumerate(found.cables) if cable[0] != FROM}
        heard |= {(m, j): Buffer(self.rng.integers(0, 2_000, (BLOCK, self.voice.lanes)).astype(np.float32))
                  for m, member in enumerate(self.voice.members) for j, found in enumerate(member.inputs) if found.begins == TIME}
        self.begun = {at: buffer.view.copy() for at, buffer in self.states[1].items()}
        for m, s in self.sides:
            self.play_member(m, s, knobs, heard)
        self.is_first = bool(self.rng.integers(2))
        for buffer in self.before.values():
            buffer.view[...] = 0.0 if self.is_first else self.rng.uniform(-1.0, 1.0, buffer.view.shape)
        self.heard = heard              # until the fused kernel has played it, too
        return [self.word(slot, knobs, heard) for slot in fused.slots(self.voice, self.declarations)]

    def go_on(self) -> None:
        """Begins the next block where the modules ended this one."""
        for at, buffer in self.states[1].items():
            buffer.view[...] = self.states[0][at].view

    def play_member(self, m: int, s: int, knobs: dict, heard: dict) -> None:
        """A module by its own kernel, its inputs added up as `replica.cables` does."""
        declaration, at, sides = self.declarations[m], context_words(self.declarations[m]), self.voice.members[m].sides
        context, inputs = np.zeros(at["size"], np.int64), []
        for j, found in enumerate(self.voice.members[m].inputs):
            alone = np.full((BLOCK, self.voice.lanes), declaration.inputs[j].default if found.begins == DEFAULT else 0.0, np.float32)
            value = {KNOB: knobs, TIME: heard}[found.begins][m, j].view if found.begins in (KNOB, TIME) else alone
            for k, cable in enumerate(found.cables):
                if cable[0] == FROM:
                    source = self.outs[0][cable[1], fused.plane_of(self.voice, m, s, cable[1]), cable[2]]
                else:
                    source = heard[m, s % sides if cable[0] == SPREAD else s, j, k]
                value = source.view if found.begins == DIRECT else value + self.amounts[m, j, k] * source.view
            inputs.append(Buffer(np.asarray(value, np.float32)))
            context[2 * j:2 * j + 2] = inputs[-1].address, 4 * self.voice.lanes if inputs[-1].view.ndim == 2 else 0
        outs = [self.outs[0][m, s, o].address for o in range(len(declaration.outlets))]
        given = [self.given[m, s, j].address for j in range(len(declaration.given))]
        context[at["outlets"]:at["lines"]] = [*outs, self.states[0][m, s].address, *given]
        context[at["tables"]:] = [table.address for table in self.tables[m]]
        caller(True)(self.kernels[m], context.ctypes.data, 0, BLOCK)

    def word(self, slot: tuple, knobs: dict, heard: dict) -> int:
        """A word of the fused kernel's context."""
        what, *at = slot
        if what == "amount":
            return int(self.amounts[tuple(at)].view(np.int32))
        if what == "stride":
            return 4
        if what == "step":
            return 0 if self.is_first else 4 * self.voice.lanes
        if what == "width":
            return 4 * self.voice.lanes
        if what == "table":
            return self.tables[at[0]][at[1]].address
        place = {"begins": knobs, "state": self.states[1], "given": self.given, "source": heard, "time": heard, "out": self.outs[1], "last": self.last,
                 "before": self.before, "total": self.totals}
        return place[what][tuple(at)].address

    def compare(self) -> None:
        """Raises Difference where one is not the other."""
        pairs = [(self.states[0][at], self.states[1][at]) for at in self.sides]
        pairs += [(self.outs[0][m, s, o], self.outs[1][m, s, o]) for m, s in self.sides for o in self.voice.members[m].written]
        same = all(bits(a.view) == bits(b.view) for a, b in pairs) and all(bits(self.come_to(at)) == bits(found.view) for at, found in self.totals.items())
        for buffer in [*self.totals.values(), *self.last.values(), *self.outs[1].values(), *self.states[1].values()]:
            buffer.check()
        if not same or any(bits(self.outs[0][at].view[-1]) != bits(last.view) for at, last in self.last.items()):
            raise Difference(f"the voice of {self.names()} gives other bits when it is fused; this is a mistake in the engine, please report it")

    def come_to(self, at: tuple) -> np.ndarray:
        """What the voices come to behind those before them, added up as `replica.cables` does."""
        (m, side, o), found = at, self.before[at].view
        for s in self.voice.planes(m)[side::self.voice.members[m].sides]:
            found = found + self.outs[0][m, s, o].view
        return found

    def was_right_to_refuse(self, at_once: bool) -> None:
        """Raises Difference where nothing was too loud and no lane had half the power of its ceiling, or where a state was changed by a kernel that
        refused `at_once`.
        """
        power = {member.ceiling: 0.0 for member in self.voice.members}
        for m, s in self.sides:
            for o in self.voice.members[m].used:
                power[self.voice.members[m].ceiling] += np.square(self.outs[0][m, s, o].view, dtype=np.float64).sum(axis=0)
        loud = any(not (power[ceiling] <= 0.5 * np.float64(np.int32(ceiling).view(np.float32)) ** 2).all() for ceiling in power)
        if not loud or at_once and any(self.states[1][at].view.tobytes() != value.tobytes() for at, value in self.begun.items()):
            raise Difference(f"the voice of {self.names()} refuses what is right when it is fused; this is a mistake in the engine, please report it")

    def names(self) -> str:
        return ", ".join(member.type for member in self.voice.members)


def some_knob(rng: np.random.Generator, port, lanes: int) -> np.ndarray:
    """A setting, in all lanes."""
    value = port.default
    if isinstance(port, Param):
        value = rng.choice([port.default, port.low, port.low + (port.high - port.low) * rng.random() ** 3])
    return np.full(lanes, value, np.float32)


def prove_voice(voice: Voice, declarations: tuple[Declaration, ...], address: int) -> None:
    """Plays random knobs and signals both ways, with one context and with more. Raises Difference."""
    run = partial(native(flushed_block, "int64(intp, intp, int64, int64)"), address)
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        trials = [Trial(voice, declarations, rng) for _ in range(1 + seed % 2)]
        for _ in range(BLOCKS):
            play_both_ways(trials, rng, run)


def play_both_ways(trials: list[Trial], rng: np.random.Generator, run: Callable[[int, int, int], int]) -> None:
    """A block, in two parts; `run` is the fused kernel: of contexts, offset and frames. Raises Difference."""
    voice, declarations = trials[0].voice, trials[0].declarations
    knobs = {(m, j): Buffer(some_knob(rng, port, voice.lanes)) for m, d in enumerate(declarations) for j, port in enumerate(d.inputs)}
    contexts = np.array([0, 1, len(trials), *(word for trial in trials for word in trial.play(knobs))], np.int64)
    first = int(rng.integers(1, BLOCK))
    early = run(contexts.ctypes.data, 0, first)
    late = run(contexts.ctypes.data, first, BLOCK - first) if early == len(trials) else 0
    if late < len(trials):
        trials[late if early == len(trials) else early].was_right_to_refuse(at_once=early < len(trials))
    for trial in trials[:late]:
        trial.compare()
    for trial in trials:
        trial.go_on()
