"""Who takes over an engine whose supervisor died."""

from chronus.dsp.kernel import SIGNATURE, kernel_function
from chronus.modules.registry import builtin
from chronus.native import build
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.shared.memory import Memory
from chronus.supervisor.options import Options
from chronus.supervisor.start import take_over


def test_it_has_the_kernels_of_what_plays_so_that_each_of_its_zygotes_has_them(tmp_path, monkeypatch):
    """Else a zygote that is replaced later loads them all before it can fork, and both replicas killed just then are a gap of more than 100 ms."""
    memory = Memory.create(tmp_path / "session", 48_000, 64, 4)
    program = compile_patch(Patch([Module("tone", "triangle")], [Cable("tone", "out", OUT, "")]), 48_000, 64)
    memory.put_program(0, program.words, 1)
    path = build.keep_object(kernel_function(builtin()["triangle"], 1), SIGNATURE)
    monkeypatch.setattr(build, "_loaded", {})
    monkeypatch.setattr(build, "_engines", {})               # or what was loaded before would be let go, and its addresses stay
    _, door, adopted = take_over(memory, Options())
    door.close()
    assert adopted and path in build._loaded
