"""F-04: `kill -9` of the device. The gap is bounded, and music goes on at the next block: it waits, it never skips or repeats."""

from chronus.shared import layout as at


def test_music_goes_on_at_the_next_block(engine):
    engine.redundant()
    with engine.take("device-killed"):
        for round_ in range(4):
            engine.play(6, seed=round_)
            replicas, old = [engine.memory.pid(f"replica {slot}") for slot in (0, 1)], engine.kill("device")
            engine.replaced("device", old)
            engine.advance(50)
            assert [engine.memory.pid(f"replica {slot}") for slot in (0, 1)] == replicas
        engine.play(6)
    assert engine[at.DISAGREEMENTS] == 0
