"""F-01: `kill -9` of a replica, leading or trailing. The other one is heard, a new one joins, and the bits stay the same."""

import pytest

from chronus.shared import layout as at


@pytest.mark.parametrize("which", ("leading", "trailing"))
def test_the_other_replica_is_heard_and_a_new_one_joins(engine, which):
    engine.redundant()
    with engine.take(f"killed-{which}"):
        for round_ in range(3):
            engine.play(8, seed=round_)
            leader = engine[at.LEADER]
            role = f"replica {leader if which == 'leading' else 1 - leader}"
            old = engine.kill(role)
            engine.play(8, seed=round_ + 10)
            engine.replaced(role, old)
            engine.redundant()
    assert engine[at.DISAGREEMENTS] == 0


def test_the_one_that_is_heard_may_die(engine):
    """A newcomer may be in time for what its slot still owes, then there is no switch; the bits are the same either way."""
    engine.redundant()
    with engine.take("killed-in-turn"):
        for _ in range(4):
            role = f"replica {engine[at.CHOSEN]}"
            old = engine.kill(role)
            engine.play(4)
            engine.replaced(role, old)
            engine.redundant()
