"""The kernels that nobody has used yet: what is missing is found, compiled by a process that nobody hears, and left when the jam ends."""

import os

from chronus.dsp.kernel import kernel_is_built
from chronus.modules.registry import builtin
from chronus.supervisor import library


def test_it_compiles_what_is_missing_and_nothing_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    gain, limiter = builtin()["gain"], builtin()["limiter"]
    monkeypatch.setattr(library, "builtin", lambda: {"gain": gain, "limiter": limiter})
    assert list(library.missing()) == [(gain, 1), (limiter, 2), (gain, 2), (gain, 16)]
    monkeypatch.setattr(library, "builtin", lambda: {"gain": gain})
    library.main(os.getppid())
    assert all(kernel_is_built(gain, lanes) for lanes in library.WIDTHS) and not list(library.missing())


def test_it_does_nothing_for_somebody_who_is_gone(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "kernel", lambda *_: (_ for _ in ()).throw(AssertionError("it went on")))
    library.main(os.getppid() + 1)


def test_it_is_in_the_idle_class_and_ends_with_the_jam(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    found = []
    start = library.subprocess.Popen
    monkeypatch.setattr(library.subprocess, "Popen", lambda *words, **named: found.append(start(*words, **named)) or found[-1])
    with library.compiling_the_rest():
        while os.sched_getscheduler(found[0].pid) != os.SCHED_IDLE:
            assert found[0].poll() is None
    assert found[0].poll() is not None
