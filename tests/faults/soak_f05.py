"""F-05, the slow part: an engine that nobody takes over plays on for ten seconds at least, and has ended itself after thirty.

Not collected by default: pytest tests/faults/soak_f05.py
"""
import time

from engine_process import processes_of, until

from chronus.shared import layout as at


def test_an_orphan_ends_itself(start):
    engine = start()
    engine.kill("supervisor")
    engine.supervisors[-1].wait(10)
    began, played = time.monotonic(), engine[at.PLAYED]
    while time.monotonic() < began + 12:
        assert engine[at.STOP] == 0 and engine.memory.alive("device")
        time.sleep(0.1)
    assert engine[at.PLAYED] > played + 12 * 500, "it did not play on"
    until(lambda: not processes_of(engine.folder), "the end of the orphans", began + 32 - time.monotonic())
