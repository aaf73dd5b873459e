"""The compiler of faster kernels: one at a time, none without need, and it ends with whoever began it; what it needs may be missing."""

import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from chronus import limits, linux
from chronus.control import faster
from chronus.native import build
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.workshop.faster import let_go, missing

BEGUN = """
import sys, time
from chronus.control import faster
faster.missing = lambda made: [("fm4", 16, 1)]
faster.source_of = lambda words: {}
begun = faster.Faster(None, None)
begun.begin()
print(begun.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """What is compiled for a patch whose faster kernels are not there, in a cache of its own."""
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    monkeypatch.delenv(faster.WANTED, raising=False)
    monkeypatch.setattr(faster, "QUIET_SECONDS", -1.0)
    monkeypatch.setattr(faster, "LOOK_SECONDS", -1.0)
    words = compile_patch(Patch([Module("tone", "sine")], [Cable("tone", "out", OUT, "")]), 48_000, 64).words
    found = faster.Faster(Memory.create(Path("faster"), 48_000, 64, limits.MIN_LEAD), lambda: words)
    yield found
    found.close()


def refuse(*args, **kwargs):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("what", [(tempfile, "TemporaryFile"), (subprocess, "Popen")])
def test_no_room_for_a_file_or_a_process_ends_nobody(beside, monkeypatch, capfd, what):
    monkeypatch.setattr(*what, refuse)
    for _ in range(5):
        beside.turn()
    assert beside.process is None and capfd.readouterr().err.count("No space left") == faster.TRIES


def test_a_cache_that_cannot_be_used_holds_nothing(beside, tmp_path):
    assert beside.status()["there"] == 0
    (tmp_path / "kernels").chmod(0o777)
    assert beside.status() == {"of": beside.status()["of"], "there": 0, "taken": 0} and beside.status()["of"] > 0


def test_the_bell_is_struck_for_what_another_engine_compiled(beside, monkeypatch):
    monkeypatch.setattr(faster, "missing", lambda made: [])
    before = beside.memory[at.LOAD_REQUEST]
    for _ in range(3):
        beside.turn()
    assert beside.memory[at.LOAD_REQUEST] == before + 1


def test_a_patch_does_not_wait_long_for_the_one_before(beside, monkeypatch):
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: popen(["sleep", "60"]))
    beside.turn()
    first, words = beside.process, beside.program().copy()
    beside.program = lambda: words
    beside.turn()
    assert beside.process is first and first.poll() is None
    monkeypatch.setattr(faster, "PATIENCE_SECONDS", -1.0)
    for _ in range(2):
        beside.turn()
    assert first.poll() is not None and beside.process is not first and beside.process.poll() is None


def test_it_ends_with_whoever_began_it(tmp_path):
    with subprocess.Popen([sys.executable, "-c", BEGUN], stdout=subprocess.PIPE, env={**os.environ, "CHRONUS_CACHE": str(tmp_path)}) as control:
        child = linux.open_process(int(control.stdout.readline()))
        control.kill()
        control.wait()
    try:
        assert select.select([child], [], [], 4.0)[0]           # it would compile for longer
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(child, signal.SIGKILL)


def test_the_kernels_that_nobody_needs_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    monkeypatch.setattr(limits, "FASTER_FILES", 3)
    for age, name in enumerate(("fused-a.o", "Standing_sine_1_1_0-a.o", "fused-b.o", "sine_1.o", "fused-c.o", "Standing_sine_1_1_0-b.o")):
        path = build.folder() / name
        path.touch()
        os.utime(path, (1e9 + age, 1e9 + age))
    let_go()
    assert sorted(path.name for path in build.folder().iterdir()) == ["Standing_sine_1_1_0-b.o", "fused-b.o", "fused-c.o", "sine_1.o"]
