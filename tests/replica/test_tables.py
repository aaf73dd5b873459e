"""Tables in a machine: the same bits for any block, from a snapshot, through commits that put another one in, and when they are taken back."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "faults")]

import bad_modules as bad  # noqa: E402

from chronus import limits  # noqa: E402
from chronus.dsp.tables import packed  # noqa: E402
from chronus.modules import registry  # noqa: E402
from chronus.native.build import CacheError, native  # noqa: E402
from chronus.patch.compiler import compile_patch  # noqa: E402
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError  # noqa: E402
from chronus.replica.arena import Kernels, Machine, inherit, table_digests  # noqa: E402
from chronus.replica.offline import Offline  # noqa: E402
from chronus.replica.snapshot import load_snapshot, save_snapshot  # noqa: E402
from chronus.shared import layout as at  # noqa: E402
from chronus.shared.log import COMMIT, SET, Entry  # noqa: E402
from chronus.shared.program import key_of  # noqa: E402
from chronus.tables import store  # noqa: E402
from chronus.tables.builtin import DIGESTS  # noqa: E402

RATE, BLOCK, BLOCKS = 48_000, 64, 600
STRUCK = [Entry(SET, key_of(id_, "gate"), float(i % 2 == 0), 4_000 * i + 17) for i in range(8) for id_ in ("one", "two")]


def patch(name: str = "drum-loop", *more: Module) -> Patch:
    """Two samplers, one of which reads `name`, in unison with a tone; `more` stands beside them, silent."""
    found = [Module("one", "sampler", {"mode": 2.0, "end": 0.3}), Module("two", "sampler", {"freq": 100.0}, {"sample": name}),
             Module("tone", "sine", {"gain": 0.1}), *more]
    cables = [Cable(id_, "out", OUT, "") for id_ in ("one", "two", "tone")]
    return Patch(found, [*cables, *(Cable(m.id, "out", OUT, "", 0.0) for m in more)])


def offline(patches=(patch(),), entries=(), block: int = BLOCK) -> Offline:
    return Offline([compile_patch(each, RATE, block).words for each in patches], [*STRUCK, *entries], RATE, block)


@pytest.fixture(scope="module")
def unharmed() -> np.ndarray:
    return offline().run(BLOCKS)


def test_the_block_size_changes_no_bit(unharmed):
    assert np.abs(unharmed).max() > 0.2, "the samplers are silent"
    for block in (16, 512):
        assert offline(block=block).run(BLOCKS * BLOCK // block).tobytes() == unharmed.tobytes()


def test_a_program_names_each_table_once():
    both = patch("struck-string", Module("three", "convolution"))
    assert table_digests(compile_patch(both, RATE, BLOCK).words) == [DIGESTS["struck-string"], DIGESTS["room"]]


@pytest.mark.parametrize("blocks", (1, 90, 300))
def test_a_process_that_joins_reads_the_same(blocks, unharmed):
    """It loads the tables for itself, at addresses of its own."""
    machine = offline()
    before = machine.run(blocks)
    native(save_snapshot, "void(intp, int64)")(machine.machine.address, 0)
    store._loaded.clear()
    kernels = Kernels(machine.memory)
    kernels.load()
    raw = np.zeros(limits.ARENA_BYTES + 64, np.uint8)
    other = Machine(machine.memory, raw[-raw.ctypes.data % 64:][:limits.ARENA_BYTES], kernels, machine.crumb.ctypes.data, machine.memory.lines(1))
    assert native(load_snapshot, "int64(intp, int64)")(other.address, blocks) == blocks
    assert kernels.tables[0][0].address != machine.kernels.tables[0][0].address
    machine.machine, machine.kernels.tables = other, {}
    assert np.concatenate([before, machine.run(BLOCKS - blocks)]).tobytes() == unharmed.tobytes()


def test_another_table_leaves_all_else_alone(unharmed):
    """What reads another one changes, in its place and at its pace; the rest goes on to the bit."""
    commit = Entry(COMMIT, 0, 0.0, 200 * BLOCK, extra=1)
    silent = [Entry(SET, key_of("two", "gain"), 0.0, 0)]
    alone = offline(entries=silent).run(BLOCKS)
    assert offline([patch(), patch("struck-string")], [commit, *silent]).run(BLOCKS).tobytes() == alone.tobytes()
    changed = offline([patch(), patch("struck-string")], [commit]).run(BLOCKS)
    assert changed[:200 * BLOCK].tobytes() == unharmed[:200 * BLOCK].tobytes() and changed[-3_000:].tobytes() != unharmed[-3_000:].tobytes()


def test_a_commit_that_is_taken_back_reads_the_table_of_before(unharmed):
    registry.install(bad.declaration("bad", None, "bad"))
    try:
        commit, trouble = Entry(COMMIT, 0, 400.0, 200 * BLOCK, extra=1), Entry(SET, key_of("x", "trouble"), bad.NAN, 260 * BLOCK + 7)
        played = offline([patch(), patch("struck-string", Module("x", "bad"))], [commit, trouble]).run(BLOCKS)
    finally:
        registry.remove("bad")
    assert played[270 * BLOCK:].tobytes() == unharmed[270 * BLOCK:].tobytes()


def test_a_program_whose_table_is_gone_is_not_ready(capfd):
    digest = store.put(packed(np.full((900, 1), 0.25), RATE, 0))
    words = compile_patch(patch(f"x@{digest}"), RATE, BLOCK).words
    (store.cache() / f"{digest}.table").unlink()
    machine = offline()
    with pytest.raises(CacheError, match=digest):
        machine.place(words, 5)
    assert machine.kernels.table[5, 0] == 0 and digest in capfd.readouterr().err


def test_tables_of_programs_that_nobody_needs_are_let_go():
    machine = offline()
    digest = store.put(packed(np.full((901, 1), 0.25), RATE, 0))
    machine.place(compile_patch(patch(f"x@{digest}"), RATE, BLOCK).words, 5)
    assert digest in store._loaded
    line = at.AREAS + at.LINE * 5
    machine.memory[line + at.AREA_LET_GO] = machine.memory[line + at.AREA_SERIAL]
    machine.kernels.load()
    assert digest not in store._loaded and machine.kernels.table[5, 0] == 0


def test_a_child_keeps_of_its_parents_tables_what_it_needs_itself():
    machine = offline()
    parents = Kernels(machine.memory)
    parents.load()
    (address,) = {table.address for table in parents.tables[0] if table is store.load(DIGESTS["drum-loop"])}
    inherit(parents, True)
    own = Kernels(machine.memory)
    own.load()
    assert not parents.tables and address in [table.address for table in own.tables[0]]
    inherit(own, False)
    assert not own.tables


def test_what_was_not_looked_up_cannot_be_compiled():
    with pytest.raises(PatchError, match="not looked up"):
        compile_patch(patch("kit/kick"), RATE, BLOCK)
    many = [Module(f"m{i}", "sampler", {}, {"sample": f"x@{i:032x}"}) for i in range(limits.TABLES + 1)]
    with pytest.raises(PatchError, match="different tables"):
        compile_patch(Patch(many, [Cable(m.id, "out", OUT, "") for m in many]), RATE, BLOCK)
