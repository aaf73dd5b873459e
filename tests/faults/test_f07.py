"""F-07: both replicas killed within 10 ms. The lead is played, a short fade, and the music goes on from the snapshot and the log."""

from engine_process import REPLICAS

from chronus.shared import layout as at


def test_both_come_back_and_play_what_they_would_have_played(engine):
    engine.redundant()
    with engine.take("both-killed"):
        for round_ in range(4):
            engine.play(8, seed=round_)
            old = {role: engine.kill(role) for role in REPLICAS}
            for role in REPLICAS:
                engine.replaced(role, old[role])
            engine.advance(100)
            engine.redundant()
        engine.play(8)
    assert engine[at.DISAGREEMENTS] == 0
