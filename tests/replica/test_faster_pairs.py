"""Some groups of an instrument's voices in one kernel: the very bits, and the very faults, of the ordinary kernels, and what is left over goes together."""

import json
from itertools import combinations

import numpy as np
import pytest

from chronus.dsp.stages import WIDE
from chronus.native.build import build
from chronus.native.words import WORD, load
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica import arena
from chronus.replica.offline import Offline
from chronus.shared.log import NOTE, SET, Entry
from chronus.shared.program import P_STATE_BYTES, SIDES, key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT
from chronus.workshop.faster import build_faster, missing

RATE, FRAMES = 48_000, 4_096
LOUD, SOFT = FULL_VELOCITY, FULL_VELOCITY // 10


def program(voices: int, block: int):
    """Filters that all hear one noise, and each the velocity of its note, of which a full one is more than may be heard."""
    found = compile_patch(Patch(
        [Module("notes", "notes", {"voices": float(voices)}), Module("noise", "noise"), Module("low", "filter", {"cutoff": 100.0})],
        [Cable("noise", "white", "low", "audio"), Cable("notes", "velocity", "low", "audio", 1_200.0), Cable("notes", "freq", "low", "cutoff", 8.0),
         Cable("low", "low", OUT, "", 1e-4)]), RATE, block)
    assert build_faster(missing(source_of(found.words))) == []
    return found


def groups_of(found) -> dict[str, int]:
    """The fused kernels of a program: of each object file how many groups it plays."""
    return {name: json.loads(row[0])[1] for name, row in source_of(found.words)["faster"].items() if name.startswith("fused")}


def entries(voices: int, loud: int = -1) -> list[Entry]:
    """A note for each voice, struck one after the other; one of them may be loud. A knob moves meanwhile."""
    return [*(Entry(NOTE, key_of("notes"), 40.0 + i, 31 * i, extra=(i + 1 << SERIAL_SHIFT) + (LOUD if i == loud else SOFT)) for i in range(voices)),
            Entry(SET, key_of("low", "resonance"), 0.5, 2_500)]


def played(found, some: list[Entry], block: int, monkeypatch, load_faster) -> tuple[np.ndarray, bytes]:
    """What is heard, and the state after it."""
    monkeypatch.setattr(arena, "load_faster", load_faster)
    machine = Offline([found.words], some, RATE, block)
    sound = machine.run(FRAMES // block)
    return sound, machine.machine.arena[:SIDES + int(found.words[P_STATE_BYTES // WORD])].tobytes()


TOGETHER = ((16, [1]), (20, [2]), (48, [3]), (64, [4])) if WIDE else ((16, [1]), (20, [2]), (48, [1, 2]), (64, [2]))


@pytest.mark.parametrize(("voices", "groups"), TOGETHER)
def test_as_many_groups_go_together_as_the_registers_hold(voices, groups):
    assert sorted(groups_of(program(voices, 64)).values()) == groups


LOAD = arena.load_faster
CASES = [(20, -1), (48, -1), (64, -1), (20, 3), (20, 17), (48, 20), (48, 40), (64, 33), (64, 63)]


@pytest.mark.parametrize("block", (64, 512))
@pytest.mark.parametrize(("voices", "loud"), CASES)
def test_bits_states_and_faults_are_the_same(voices, loud, block, monkeypatch):
    """Whichever group the voice is in that blows up."""
    found = program(voices, block)
    sound, state = played(found, entries(voices, loud), block, monkeypatch, lambda name: 0)
    faster, state_after = played(found, entries(voices, loud), block, monkeypatch, LOAD)
    assert faster.tobytes() == sound.tobytes() and state_after == state and sound.any()
    assert (state != played(found, entries(voices), block, monkeypatch, LOAD)[1]) == (loud >= 0)


def idle(contexts, offset, frames):
    return load(contexts + 16)


def test_each_kernel_plays_its_groups(monkeypatch):
    """While no knob moves: without either of them less is heard, without both nothing."""
    found, nothing = program(48, 64), build(idle, "int64(intp, int64, int64)")
    kinds = sorted(set(groups_of(found).values()))
    without = [some for count in range(len(kinds) + 1) for some in combinations(kinds, count)]
    sums = [played(found, entries(48)[:-1], 64, monkeypatch, lambda name: nothing if groups_of(found).get(name) in some else LOAD(name))[0]
            for some in without]
    assert not sums[-1].any() and all(sound.any() for sound in sums[:-1]) and len({sound.tobytes() for sound in sums}) == len(without)
