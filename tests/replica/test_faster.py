"""Faster kernels in a patch: taken wherever knobs stand still, with the very bits, and the very faults, of the ordinary ones."""

import random
from functools import cache

import numpy as np
import pytest

from chronus import limits
from chronus.dsp.kernel import SIGNATURE, kernel_function
from chronus.modules.registry import builtin
from chronus.native.build import build, native
from chronus.native.words import WORD, load
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica import arena
from chronus.replica.judging import key_at, offend_all
from chronus.replica.offline import Offline
from chronus.shared.log import NOTE, SET, Entry
from chronus.shared.program import FUSED, LOOP_REASON, OPERATION_BYTES, P_KERNEL_COUNT, P_OPERATION_COUNT, P_OPERATIONS, P_STATE_BYTES, PLANES, SIDES, key_of
from chronus.shared.score import SERIAL_SHIFT
from chronus.workshop import harness
from chronus.workshop.faster import build_faster, missing, prove_standing

RATE, BLOCK, BLOCKS = 48_000, 64, 60
VELOCITY = 60_000
FASTER = arena.load_faster               # taken here: while a test plays without it stands for nothing


def choir(level: float = 1.0) -> Patch:
    """Twenty voices, in two groups, with a mono vibrato that everybody hears and a pan that makes them stereo."""
    return Patch([Module("wobble", "sine", {"freq": 5.0, "gain": 3.0}), Module("notes", "notes", {"voices": 20.0}), Module("tone", "sine", {"gain": level}),
                  Module("shape", "ar", {"attack": 2.0}), Module("side", "pan", {})],
                 [Cable("notes", "freq", "tone", "freq"), Cable("wobble", "out", "tone", "freq", 0.5), Cable("notes", "gate", "shape", "gate"),
                  Cable("tone", "out", "shape", "audio"), Cable("shape", "out", "side", "audio"), Cable("notes", "freq", "side", "position", 0.001),
                  Cable("side", "out", OUT, "", 0.05)])


def lead() -> Patch:
    """Twenty voices too long for one loop: two saws that slide to their notes, a filter that an envelope opens, an amplitude envelope and a pan."""
    return Patch([Module("notes", "notes", {"voices": 20.0, "glide": 3.0}), Module("tone", "saw"), Module("second", "saw"), Module("bend", "adsr"),
                  Module("filter", "filter", {"cutoff": 300.0}), Module("shape", "adsr", {"release": 5.0}), Module("side", "pan", {})],
                 [Cable("notes", "freq", "tone", "freq"), Cable("notes", "freq", "second", "freq", 1.01), Cable("notes", "gate", "bend", "gate"),
                  Cable("notes", "gate", "shape", "gate"), Cable("tone", "out", "filter", "audio"), Cable("second", "out", "filter", "audio"),
                  Cable("bend", "out", "filter", "cutoff", 4_000.0), Cable("filter", "low", "shape", "audio"), Cable("shape", "out", "side", "audio"),
                  Cable("notes", "freq", "side", "position", 0.001), Cable("side", "out", OUT, "", 0.05)])


def entries() -> list[Entry]:
    """Twenty notes, struck and let go at frames of their own; a knob that moves while they sound."""
    rng, found = np.random.default_rng(3), [Entry(SET, key_of("tone", "gain"), 0.3, 20 * BLOCK + 7)]
    for i in range(20):
        first = int(rng.integers(0, 40 * BLOCK))
        found += [Entry(NOTE, key_of("notes"), 40.0 + 2 * i, first, extra=(i + 1 << SERIAL_SHIFT) + VELOCITY),
                  Entry(NOTE, key_of("notes"), 40.0 + 2 * i, first + 900, extra=i + 1 << SERIAL_SHIFT)]
    return sorted(found, key=lambda entry: entry.frame)


@pytest.fixture(scope="module")
def program():
    return compiled(choir)


@cache
def compiled(patch):
    found = compile_patch(patch(), RATE, BLOCK)
    assert build_faster(missing(source_of(found.words))) == []
    return found


def played(program, monkeypatch, load_faster, some=None) -> tuple[np.ndarray, bytes]:
    """What is heard, and the state after it."""
    monkeypatch.setattr(arena, "load_faster", load_faster)
    machine = Offline([program.words], some or entries(), RATE, BLOCK)
    sound = machine.run(BLOCKS)
    return sound, machine.machine.arena[:SIDES + int(program.words[P_STATE_BYTES // WORD])].tobytes()


def none(name: str) -> int:
    return 0


@pytest.mark.parametrize("patch", [choir, lead])
def test_bits_and_states_are_the_same(patch, monkeypatch):
    sound, state = played(compiled(patch), monkeypatch, none)
    faster, state_after = played(compiled(patch), monkeypatch, FASTER)
    assert sound.any() and faster.tobytes() == sound.tobytes() and state_after == state


def test_all_that_were_compiled_are_taken():
    """A voice's, and that of a vibrato whose knobs stand still."""
    program = compiled(choir)
    kinds = {len(row) for row in source_of(program.words)["faster"].values()}
    assert kinds == {1, 4} and Offline([program.words], [], RATE, BLOCK).kernels.faster == {0: []}


@pytest.mark.parametrize("name", ("plate", "delay"))
def test_an_echo_whose_knobs_stand_still_has_the_same_bits_also_where_its_line_begins_again(name):
    """At the defaults, for longer than the longest line; and as random knobs stand."""
    effect = builtin()[name]
    standing = sum(1 << j for j, found in enumerate(effect.inputs) if found in effect.params)
    address = build(kernel_function(effect, effect.lanes, standing), SIGNATURE)
    prove_standing(effect, effect.lanes, standing, 0, address)
    frames = 100_000
    inputs = harness.signals(effect, frames, effect.lanes, {"audio": np.random.default_rng(1).uniform(-1.0, 1.0, frames).astype(np.float32)})
    wanted, found = (harness.run(effect, inputs, address=each) for each in (None, address))
    assert wanted.outlets[0].any() and found.outlets[0].tobytes() == wanted.outlets[0].tobytes()
    assert found.states.values.tobytes() == wanted.states.values.tobytes()


def idle(contexts, offset, frames):
    return load(contexts + 16)


def refuse(contexts, offset, frames):
    return load(contexts) * 0


def test_they_are_what_plays(program, monkeypatch):
    """With one that does nothing the voices are silent; with one that always refuses they are as they were."""
    sound, state = played(program, monkeypatch, none)
    of = {function: build(function, "int64(intp, int64, int64)") for function in (idle, refuse)}
    silent, _ = played(program, monkeypatch, lambda name: of[idle] if name.startswith("fused") else 0)
    refused, refused_state = played(program, monkeypatch, lambda name: of[refuse] if name.startswith("fused") else 0)
    assert np.abs(silent[:20 * BLOCK]).max() == 0.0 < np.abs(sound[:20 * BLOCK]).max()
    assert refused.tobytes() == sound.tobytes() and refused_state == state


@pytest.mark.parametrize("patch", [choir, lead])
def test_what_is_too_loud_is_found_by_both(patch, monkeypatch):
    """A velocity beyond all measure in one voice of the second group: the same module is bypassed, the same is heard."""
    loud = [Entry(SET, key_of("tone", "gain"), 1e30, 30 * BLOCK), *entries()]
    loud.sort(key=lambda entry: entry.frame)
    sound, state = played(compiled(patch), monkeypatch, none, loud)
    faster, state_after = played(compiled(patch), monkeypatch, FASTER, loud)
    assert faster.tobytes() == sound.tobytes() and state_after == state and np.isfinite(sound).all()


def heard_both_ways(loud: Patch, monkeypatch, some: list[Entry]) -> np.ndarray:
    """What is heard of a patch by its ordinary kernels; by the faster ones it is the same, and so is the state after it."""
    program = compile_patch(loud, RATE, BLOCK)
    assert build_faster(missing(source_of(program.words))) == []
    sound, state = played(program, monkeypatch, none, some)
    faster, state_after = played(program, monkeypatch, FASTER, some)
    assert faster.tobytes() == sound.tobytes() and state_after == state
    return sound


def shaken() -> Patch:
    """A choir with a signal from outside that is too loud now and then."""
    loud = choir()
    loud.modules["wobble"].params["freq"] = 40.0
    loud.cables.append(Cable("wobble", "out", "tone", "gain", 500.0))
    return loud


def test_what_only_the_last_lanes_find_too_loud_leaves_the_first_as_they_were(monkeypatch):
    """Eight voices are played softly; of the ninth, which is not, a saw rises with its envelope to 1,400,000, beyond what an outlet may put out."""
    loud = lead()
    loud.cables.append(Cable("bend", "out", "second", "gain", 1e6))
    some = [Entry(NOTE, key_of("notes"), 40.0 + i, 10 * i, extra=(i + 1 << SERIAL_SHIFT) + (VELOCITY if i == 8 else VELOCITY // 20)) for i in range(9)]
    heard_both_ways(loud, monkeypatch, some)


def struck() -> list[Entry]:
    """Nine notes at once, and nothing else for ever."""
    return [Entry(NOTE, key_of("notes"), 40.0 + i, 0, extra=(i + 1 << SERIAL_SHIFT) + VELOCITY) for i in range(9)]


def test_what_becomes_too_loud_without_a_command_is_found_by_both(monkeypatch):
    """After the notes all is still, but for what shakes them."""
    assert np.abs(heard_both_ways(shaken(), monkeypatch, struck())).max() > 20.0


def test_who_was_too_loud_in_the_second_group_stays_out_of_order(monkeypatch):
    """The voice that blew up is quiet again in the next segment, and no command comes: its module is faded in from rest, whoever plays."""
    some = [Entry(NOTE, key_of("notes"), 40.0 + i, 0, extra=(i + 1 << SERIAL_SHIFT) + VELOCITY) for i in range(17)]
    some += [Entry(NOTE, key_of("notes"), 40.0 + i, 0, extra=i + 1 << SERIAL_SHIFT) for i in range(16)]
    assert np.abs(heard_both_ways(shaken(), monkeypatch, some)).max() > 0.1


@pytest.mark.parametrize("at_fault", ("notes", "filter"))
def test_a_verdict_is_no_command_and_is_obeyed_at_once(at_fault, monkeypatch):
    heard = []
    for load_faster in (none, FASTER):
        monkeypatch.setattr(arena, "load_faster", load_faster)
        machine = Offline([compiled(lead).words], struck(), RATE, BLOCK)
        sound = [machine.run(20)]
        native(offend_all, "void(intp, int64, int64, int64, int64)")(machine.machine.address, 0, key_of(at_fault), LOOP_REASON, 20)
        heard.append(np.concatenate([*sound, machine.run(BLOCKS)]).tobytes())
    assert heard[1] == heard[0] and any(heard[0])


def test_modules_of_an_instrument_stand_together_and_become_one_kernel():
    made = compile_patch(choir(), RATE, BLOCK)
    assert made.modules.index("wobble") < made.modules.index("notes")
    first = made.modules.index("notes")
    assert made.modules[first:first + 4] == ("notes", "tone", "shape", "side")
    assert sum(name.startswith("fused-") for name in source_of(made.words)["faster"]) == 1


def test_a_patch_that_is_too_large_with_them_is_played_without(program, monkeypatch):
    sound, _ = played(program, monkeypatch, none)
    monkeypatch.setattr(limits, "PROGRAM_WORDS", program.words.size - 1)
    smaller = compile_patch(choir(), RATE, BLOCK)
    assert source_of(smaller.words)["faster"] == {} and source_of(program.words)["faster"] != {}
    assert played(smaller, monkeypatch, none)[0].tobytes() == sound.tobytes()


def test_the_largest_patch_has_room_for_all_its_kernels():
    """Hundreds of modules of which no two have the same knobs that stand still."""
    rng, modules, cables, seen = random.Random(3), [Module("lfo", "lfo")], [], set()
    types = [d for id_, d in sorted(builtin().items()) if d.kind != "mixing" and not d.across and not d.voices and not d.tables]
    while len(modules) < limits.MODULES:
        declaration, id_ = rng.choice(types), f"m{len(modules)}"
        moved = tuple(port.name for port in declaration.ports if rng.random() < 0.1)
        if (declaration.id, moved) in seen or len(moved) > 3:
            continue
        seen.add((declaration.id, moved))
        modules.append(Module(id_, declaration.id))
        cables += [*(Cable("lfo", "sine", id_, name) for name in moved), Cable(id_, declaration.outlets[0], OUT, "", 0.001)]
    count = int(compile_patch(Patch(modules, cables), RATE, BLOCK).words[P_KERNEL_COUNT // WORD])
    assert limits.MODULES < count <= limits.KERNELS


def test_a_voice_that_takes_too_long_is_known_by_its_last_module(program):
    """While that one rests, the others are run one by one, and a breadcrumb says which it is."""
    machine = Offline([program.words], [], RATE, BLOCK)
    first, size = int(program.words[P_OPERATIONS // WORD]) // WORD, OPERATION_BYTES // WORD
    kinds = program.words[first:first + size * int(program.words[P_OPERATION_COUNT // WORD]):size].tolist()
    assert native(key_at, "int64(intp, int64)")(machine.machine.address, kinds.index(FUSED) + 1) in range(key_of("side"), key_of("side") + PLANES)
