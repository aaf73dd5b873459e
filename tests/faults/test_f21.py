"""F-21: stale leftovers of a killed session. There are none, and the session can be played on."""

import os
from pathlib import Path

from engine_process import Engine, end_processes, nothing_is_left, until

from chronus import linux
from chronus.shared import layout as at
from chronus.shared.files import TEMPORARY
from chronus.shared.memory import name_of

CYCLES = 3


def files_of(engine: Engine) -> list[str]:
    """What lies in the state folder and the session; aside from recordings, what is noted every second, and a note half written, which the next start removes."""
    return sorted(str(path.relative_to(engine.folder)) for path in engine.folder.rglob("*")
                  if "recordings/" not in str(path) and path.name not in ("position", "checkpoint.json") and not path.name.startswith(TEMPORARY))


def shared() -> set[str]:
    return set(os.listdir("/dev/shm")) if Path("/dev/shm").is_dir() else set()


def cycle(folder: Path, cycles: int) -> None:
    """Starts an engine, kills all of it, and looks for what is left; on one session again and again."""
    before, descriptors = shared(), len(os.listdir("/proc/self/fd"))
    for number in range(cycles):
        engine = Engine(folder)
        try:
            engine.start()
            assert engine.ask("/record/start", f"take-{number}").ok
            engine.play(2)
            engine.advance(20)
            engine.let_go()
            linux.kill(engine.ready["pid"])
            end_processes(folder)
            nothing_is_left(name_of(engine.session), engine.port)
            until(lambda: shared() <= before, "nothing new in /dev/shm")
            assert files_of(engine) == ["engine.log", "session", "session/journal.jsonl", "session/recordings", "session/staged.jsonl"]
        finally:
            engine.close()
    assert len(os.listdir("/proc/self/fd")) <= descriptors


def test_nothing_is_left_of_a_killed_session(tmp_path):
    cycle(tmp_path, CYCLES)


def test_what_was_acknowledged_before_the_kill_is_in_the_journal_and_played_on(start):
    engine = start()
    engine.play(10)
    engine.let_go()
    linux.kill(engine.ready["pid"])
    end_processes(engine.folder)
    last = max(frame for frame, *_ in engine.acked)
    engine.start()
    assert engine[at.PLAYED] * engine[at.H_BLOCK] > last, "time went back"
    with engine.take("after-the-kill"):
        engine.play(10, seed=1)
