"""What the voices of an instrument come to: the sum of their groups in order, to the bit, whoever else hears the groups."""

import numpy as np
import pytest

from chronus.limits import WIDEST
from chronus.native.words import WORD
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.patch.totals import Totals
from chronus.replica.offline import Offline
from chronus.shared.log import NOTE, SET, Entry
from chronus.shared.program import L_OFFENCES, MODULE_BYTES, P_MODULE_COUNT, P_MODULES, P_SIDE_BYTES, R_LIVE, SIDES, key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT
from chronus.workshop.faster import build_faster, missing

RATE, BLOCK = 48_000, 64


def patch(voices: int, last: str, *more: Cable, **knobs: float) -> Patch:
    """Sines into an envelope and, in stereo, a pan; the total of the `last` is heard as it is."""
    return Patch([Module("keys", "notes", {"voices": float(voices)}), Module("tone", "sine", {"gain": 0.01}), Module("shape", "adsr"), Module("place", "pan"),
                  Module("room", "plate", {"mix": 0.5}), Module("reader", "scale"), *([Module("string", "pluck", {"gain": 0.01})] if last == "string" else [])],
                 [Cable("keys", "freq", "tone", "freq"), Cable("keys", "gate", "shape", "gate"), Cable("tone", "out", "shape", "audio"),
                  Cable("shape", "out", "place", "audio"), Cable("keys", "freq", "place", "position", 0.001), *more,
                  *([Cable("keys", "gate", "string", "gate"), Cable("keys", "freq", "string", "freq")] if last == "string" else []),
                  Cable(last, "out", OUT, "", 1.0)])


def played(made: Patch, voices: int, fused: bool) -> np.ndarray:
    program = compile_patch(made, RATE, BLOCK)
    if fused:
        assert build_faster(missing(source_of(program.words))) == []
    entries = [Entry(NOTE, key_of("keys"), 40.0 + i, 97 * i, extra=(i + 1 << SERIAL_SHIFT) + FULL_VELOCITY // (i + 1)) for i in range(voices)]
    return Offline([program.words], [*entries, Entry(SET, key_of("tone", "gain"), 0.02, 3_000)], RATE, BLOCK).run(120)


CASES = {"mono": (32, "shape"), "stereo": (32, "place"), "four groups": (64, "place"), "not fused": (48, "string"),
         "heard in the voice, too": (48, "tone"), "heard by an effect, too": (48, "shape", Cable("shape", "out", "room", "audio"), Cable("room", "out", OUT, "")),
         "a block late, too": (48, "shape", Cable("shape", "out", "reader", "audio"), Cable("reader", "out", "shape", "audio", 0.1))}


@pytest.mark.parametrize("fused", (False, True), ids=("one by one", "fused"))
@pytest.mark.parametrize("case", CASES)
def test_a_total_is_the_sum_of_the_groups(case, fused, monkeypatch):
    """Held against cables that bring each group by itself, one by one, which with an amount of 1 are the same additions."""
    voices, *how = CASES[case]
    found = played(patch(voices, *how), voices, fused)
    monkeypatch.setattr(Totals, "wanted", lambda self, cable: False)
    assert np.abs(found).max() > 0.01 and found.tobytes() == played(patch(voices, *how), voices, fused=False).tobytes()


@pytest.mark.parametrize("case", ("stereo", "heard in the voice, too"))
@pytest.mark.parametrize("loud", (3, 20, 38))
def test_where_one_group_is_too_loud_the_total_goes_on_from_the_others(case, loud):
    """For a block that group, and those behind it, are played one by one; the same is heard as if all were."""
    made = patch(48, CASES[case][1], Cable("keys", "velocity", "tone", "gain", 4e3))
    quiet = FULL_VELOCITY // 1_000
    entries = [Entry(NOTE, key_of("keys"), 40.0 + i, 97 * i, extra=(i + 1 << SERIAL_SHIFT) + (FULL_VELOCITY if i == loud else quiet)) for i in range(48)]
    program = compile_patch(made, RATE, BLOCK)
    found = Offline([program.words], entries, RATE, BLOCK).run(120)
    assert build_faster(missing(source_of(program.words))) == []
    faster = Offline([program.words], entries, RATE, BLOCK)
    assert faster.run(120).tobytes() == found.tobytes() and np.abs(found).max() > 0.01
    first, count = (int(program.words[word // WORD]) for word in (P_MODULES, P_MODULE_COUNT))
    rows = program.words[first // WORD:][:count * MODULE_BYTES // WORD].reshape(count, -1)
    assert any(faster.machine.arena[SIDES + int(row[R_LIVE // WORD]) + L_OFFENCES] for row in rows), "somebody was too loud"


def test_who_alone_hears_an_instrument_costs_no_room(monkeypatch):
    def size() -> int:
        return int(compile_patch(patch(64, "place"), RATE, BLOCK).words[P_SIDE_BYTES // 8])
    with_totals = size()
    monkeypatch.setattr(Totals, "wanted", lambda self, cable: False)
    assert with_totals < size() + 4 * WIDEST * BLOCK, "not a plane more"
