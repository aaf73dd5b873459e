"""F-08: replicas that end again and again. Modules that crash at every retry cost their patch its place, then there is silence with a reason;
who is killed from outside accuses nobody; and no role is started for ever.
"""
import bad_modules as bad
import numpy as np
from bad_modules import heard_of, quarantined
from engine_process import until

from chronus import limits
from chronus.shared import layout as at
from chronus.shared.events import RESTING, read_events
from chronus.shared.memory import Memory
from chronus.supervisor.main import Supervisor


def crash(engine, module: str, times: int) -> None:
    """A module that crashes at each of so many tries."""
    assert engine.ask(f"/mod/{module}/trouble", bad.NULL_WRITE).ok
    for number in range(times):
        quarantined(engine, module)
        engine.redundant()
        verdicts = engine[at.VERDICT_HEAD]
        if number < times - 1:
            assert engine.ask("/module/retry", module).ok
            until(lambda: engine[at.VERDICT_HEAD] > verdicts, "the next crash")


def test_a_module_that_crashes_at_every_retry_costs_its_patch_its_place(start):
    engine = start()
    bad.play_branches(engine)
    good = engine.client.status()["patch"]["hash"]
    assert engine.ask("/notify", 1).ok
    bad.install(engine, "worse")
    with engine.take("again"):
        bad.stage(engine, ("/patch/create", "worse", "worse"), ("/patch/connect", "low", "worse"), ("/patch/connect", "worse", "left"))
        bad.commit(engine)
        bad.settle(engine)
        crash(engine, "worse", limits.FAULTS_IN_A_ROW)
        assert "the patch before plays again" in heard_of(engine, "/patch/rolled_back")[1]
        assert engine.client.status()["patch"]["hash"] == good
        engine.redundant()
        engine.advance(100)
        verdicts = engine[at.VERDICT_HEAD]
        crash(engine, "bad", limits.FAULTS_IN_A_ROW)
        assert "nothing plays any more" in heard_of(engine, "/patch/rolled_back")[1]
        assert engine.client.status()["patch"]["modules"] == {} and engine[at.VERDICT_HEAD] == verdicts + limits.FAULTS_IN_A_ROW
        engine.redundant()
        engine.advance(100)
    played = bad.heard(engine, engine.takes[-1])
    assert np.isfinite(played).all() and played.any() and bad.alike(played[-50 * 64:], 0.0)
    with engine.take("afterwards"):
        assert engine.ask("/patch/load", "default").ok and engine.ask("/gate/adsr", 1.0).ok
        engine.advance(100)
    assert bad.heard(engine, engine.takes[-1]).any()


def test_a_replica_that_is_killed_again_and_again_accuses_nobody(start):
    engine = start()
    bad.play_branches(engine)
    before = engine.client.status()["patch"]
    with engine.take("killed"):
        for round_ in range(4 * limits.FAULTS_IN_A_ROW):
            role = f"replica {round_ % 2}"
            engine.replaced(role, engine.kill(role))
            engine.redundant()
    status = engine.client.status()
    assert status["patch"] == before and not status["quarantined"] and engine[at.VERDICT_HEAD] == 0
    assert not [fault for fault in status["faults"] if fault["module"] is not None]


class Asked:
    """In place of a zygote: counts what it is asked for."""

    def __init__(self):
        self.count = 0

    def ask(self, role: str) -> bool:
        self.count += 1
        return True


def test_a_role_that_ends_again_and_again_rests_longer_each_time_and_is_not_given_up(tmp_path, monkeypatch):
    """In virtual time: it is started often, then every ten seconds; and when a minute went well, at once."""
    supervisor, now = object.__new__(Supervisor), [1_000.0]
    monkeypatch.setattr("chronus.supervisor.main.time.monotonic", lambda: now[0])
    supervisor.memory, supervisor.zygote, supervisor.handles = Memory.create(tmp_path, 48_000, 64, 16), Asked(), {}
    supervisor.restarts, supervisor.rests = {"replica 0": []}, {"replica 0": 0.0}

    def started(seconds: float) -> int:
        before = supervisor.zygote.count
        for _ in range(round(seconds / 0.01)):
            supervisor.asked = set()
            supervisor.start("replica 0")
            now[0] += 0.01
        return supervisor.zygote.count - before

    assert started(3.0) == limits.RESTARTS_PER_MINUTE
    assert started(30.0) < 12 and started(60.0) in (5, 6, 7)
    (event,), _ = read_events(supervisor.memory, 0)
    assert event.kind == RESTING and "replica 0" in event.text and "before it is started again" in event.text
    now[0] += 61.0
    assert started(0.05) == 5
