"""Sums that grow behind each instrument are those that were made all at once, to the bit, and take less room."""

import numpy as np
import pytest

from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.patch.sums import Sums
from chronus.replica.offline import Offline
from chronus.shared.log import NOTE, SET, Entry
from chronus.shared.program import P_OPERATION_COUNT, P_SIDE_BYTES, key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT

RATE, BLOCK = 48_000, 64


def instrument(name: str, voices: int, target: str, pan: bool) -> tuple[list[Module], list[Cable]]:
    keys, saw, place = f"keys-{name}", f"saw-{name}", f"place-{name}"
    modules = [Module(keys, "notes", {"voices": float(voices)}), Module(saw, "saw", {"freq": 0.0}), *([Module(place, "pan")] if pan else [])]
    last = place if pan else saw
    cables = [Cable(keys, "freq", saw, "freq"), Cable(keys, "velocity", saw, "gain"), *([Cable(saw, "out", place, "audio")] if pan else [])]
    return modules, [*cables, Cable(last, "out", target, "" if target == OUT else "audio", 0.1 + 0.01 * voices)]


def patch(instruments, target: str = OUT, backwards: bool = False) -> Patch:
    parts = [instrument(name, voices, target, pan) for name, voices, pan in instruments]
    modules = [module for part in parts for module in part[0]]
    inner, outer = [cable for part in parts for cable in part[1][:-1]], [part[1][-1] for part in parts]
    more = [] if target == OUT else [Module(target, "mixdown")]
    return Patch([*modules, *more], [*inner, *(outer[::-1] if backwards else outer), *(Cable(m.id, "out", OUT, "") for m in more)], "sums")


def played(made: Patch) -> np.ndarray:
    entries = [Entry(SET, key_of("saw-a", "gain"), 0.25, 1_000)]                  # amid a block
    for i, module in enumerate(m for m in made.modules.values() if m.type == "notes"):
        for voice in range(12):
            serial = 100 * i + voice + 1 << SERIAL_SHIFT
            entries.append(Entry(NOTE, key_of(module.id), 40.0 + 3 * voice + i, 97 * voice, extra=serial + FULL_VELOCITY // (voice + 1)))
    return Offline([compile_patch(made, RATE, BLOCK).words], entries, RATE, BLOCK).run(60)


THREE = (("a", 40, False), ("b", 16, False), ("c", 20, False))
MIXED = (("a", 48, True), ("b", 16, False), ("c", 32, True), ("d", 1, False))


@pytest.mark.parametrize("made", (patch(THREE), patch(MIXED), patch(THREE, "bus"), patch(MIXED, "bus"), patch(THREE, backwards=True)),
                         ids=("mono", "mixed", "a bus", "mixed into a bus", "backwards"))
def test_a_sum_that_grows_is_the_sum(made, monkeypatch):
    grown, operations = played(made), compile_patch(made, RATE, BLOCK).words[P_OPERATION_COUNT // 8]
    with monkeypatch.context() as one_by_one:
        one_by_one.setattr(Sums, "plan", lambda self, cables: None)
        wanted, fewer = played(made), compile_patch(made, RATE, BLOCK).words[P_OPERATION_COUNT // 8]
    assert operations > fewer, "some sum grew"
    assert np.abs(grown).max() > 0.01 and grown.tobytes() == wanted.tobytes()


def test_the_next_instrument_writes_where_the_last_one_did(monkeypatch):
    many = patch([(f"{i}", 64, False) for i in range(8)])

    def size() -> int:
        return int(compile_patch(many, RATE, BLOCK).words[P_SIDE_BYTES // 8])
    grown = size()
    monkeypatch.setattr(Sums, "plan", lambda self, cables: None)
    assert size() - grown >= 6 * 4 * 4 * 16 * BLOCK, "six of eight outlets of four planes, sixteen lanes each"
