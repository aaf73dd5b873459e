"""F-06: `kill -9` of the zygote or the recorder. Only its own work pauses."""

from engine_process import MAKES_SOUND

from chronus.shared import layout as at


def test_the_zygote(engine):
    engine.redundant()
    with engine.take("zygote-killed"):
        before = {role: engine.memory.pid(role) for role in MAKES_SOUND}
        engine.play(8)
        engine.replaced("zygote", engine.kill("zygote"))
        engine.play(8, seed=1)
        assert {role: engine.memory.pid(role) for role in MAKES_SOUND} == before
        engine.replaced("replica 1", engine.kill("replica 1"))
        engine.redundant()
        engine.play(4, seed=2)


def test_the_zygote_and_a_replica_at_once(engine):
    engine.redundant()
    with engine.take("zygote-and-replica-killed"):
        engine.play(8)
        zygote, replica = engine.kill("zygote"), engine.kill("replica 0")
        engine.replaced("zygote", zygote)
        engine.replaced("replica 0", replica)
        engine.redundant()
        engine.play(8, seed=1)


def test_the_recorder_goes_on_with_its_file(engine):
    with engine.take("recorder-killed"):
        for round_ in range(3):
            engine.play(8, seed=round_)
            engine.replaced("recorder", engine.kill("recorder"))
            engine.advance(100)
    assert engine[at.REC_LOST] == 0
