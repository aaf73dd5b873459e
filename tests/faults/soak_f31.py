"""F-31: the processors are starved by twice as many programs as there are of them. What is missed is counted and waited for, and when they end it ends."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from engine_process import SECONDS, until
from chronus.shared import layout as at

CALM_SECONDS = 1.0
PROGRAM = (sys.executable, "-c", "while True: pass")


@pytest.fixture
def load():
    """Begins them; they end with the test at the latest."""
    running = []
    yield lambda: running.extend(subprocess.Popen(PROGRAM) for _ in range(2 * len(os.sched_getaffinity(0)))) or running
    end(running)


def weigh(pids, nice: int) -> None:
    """How little these processes matter among all that runs. A kernel that shares time out by sessions has a number for each of those, too."""
    for pid in pids:
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        group = Path("/proc", str(pid), "autogroup")
        if group.exists():
            group.write_text(str(nice))


def end(programs: list[subprocess.Popen]) -> None:
    for program in programs:
        program.kill()
        program.wait()
    programs.clear()


def is_calm(engine) -> bool:
    """Whether nothing is missed for a second, in which a second is played."""
    missed, played, began = engine[at.UNDERRUNS], engine[at.PLAYED], time.monotonic()
    time.sleep(CALM_SECONDS)
    due = (time.monotonic() - began) * engine[at.H_RATE] / engine[at.H_BLOCK]
    return engine[at.UNDERRUNS] == missed and abs(engine[at.PLAYED] - played - due) < 0.1 * due


def test_what_is_missed_is_counted_and_ends_with_the_load(start, load):
    """As an ordinary process, since in the real-time class nobody starves it."""
    engine = start(lead=4, CHRONUS_REALTIME="0")
    engine.redundant()
    with engine.take("starved"):
        engine.play(6)
        weigh(engine.memory.pids().values(), 19)
        programs, missed, played, began = load(), engine[at.UNDERRUNS], engine[at.PLAYED], time.monotonic()
        while time.monotonic() - began < 3.0:
            engine.play(4)
        asked = (time.monotonic() - began) * engine[at.H_RATE] / engine[at.H_BLOCK]
        got = engine[at.PLAYED] - played + engine[at.UNDERRUNS] - missed
        end(programs)
        with suppress(PermissionError):             # whoever may not say that they matter again has nothing else that runs
            weigh(engine.memory.pids().values(), 0)
        assert got < 0.9 * asked, "it was not starved"
        until(lambda: is_calm(engine), "a calm second", SECONDS)
        engine.play(6)
    assert engine.client.status()["underruns"] == engine[at.UNDERRUNS] and engine[at.DISAGREEMENTS] == 0
