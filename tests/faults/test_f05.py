"""F-05: `kill -9` of the supervisor. The rest plays on, the next `up` on that session is in charge again, and there are never two."""

from engine_process import MAKES_SOUND, chronus, until

from chronus import linux
from chronus.shared import layout as at


def test_the_rest_plays_on_and_the_next_up_takes_over(start):
    engine = start()
    engine.redundant()
    with engine.take("supervisor-killed"):
        engine.play(8)
        before = {role: engine.memory.pid(role) for role in MAKES_SOUND}
        old = engine.kill("supervisor")
        assert engine.supervisors[-1].wait(10) < 0
        engine.advance(500)
        engine.play(8, seed=1)
        engine.start()
        assert engine.ready["osc"] == f"127.0.0.1:{engine.port}" and engine.ready["pid"] == engine.supervisors[-1].pid != old
        assert engine.memory.pid("supervisor") == engine.ready["pid"]
        assert {role: engine.memory.pid(role) for role in MAKES_SOUND} == before, "what makes sound was restarted"
        engine.play(8, seed=2)
        for role in ("replica 0", "replica 1", "device"):
            engine.replaced(role, engine.kill(role))
            engine.redundant()
        engine.play(8, seed=3)


def test_the_next_up_finds_a_replica_missing_and_gives_a_new_one(start):
    engine = start()
    engine.redundant()
    with engine.take("supervisor-and-replica-killed"):
        engine.play(4)
        engine.kill("supervisor")
        engine.supervisors[-1].wait(10)
        old = engine.kill("replica 0")
        until(lambda: not linux.alive(old), "the end of the replica")
        engine.advance(100)
        engine.start()
        engine.replaced("replica 0", old)
        engine.redundant()
        engine.play(4, seed=1)


def test_two_supervisors_are_refused_after_a_takeover_too(start):
    engine = start()
    engine.kill("supervisor")
    engine.supervisors[-1].wait(10)
    engine.start()
    second = chronus("up", "--device", "null", "--osc", "127.0.0.1:19999", "--session", engine.session, folder=engine.folder)
    assert second.returncode == 2 and str(engine.ready["pid"]) in second.stderr
    engine.advance(10)
    assert engine[at.STOP] == 0
