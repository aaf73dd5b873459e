"""F-02: SIGSTOP of a replica. It is killed and replaced, and nobody hears it; who merely stands still accuses no module."""

import signal

import pytest

from chronus.shared import layout as at


@pytest.mark.parametrize("which", ("leading", "trailing"))
def test_a_stopped_replica_is_replaced(engine, which):
    engine.redundant()
    with engine.take(f"stopped-{which}"):
        engine.play(8)
        leader = engine[at.LEADER]
        role = f"replica {leader if which == 'leading' else 1 - leader}"
        old = engine.kill(role, signal.SIGSTOP)
        engine.play(8, seed=1)
        engine.replaced(role, old)
        engine.redundant()
    assert engine[at.DISAGREEMENTS] == 0
    assert not [fault for fault in engine.client.status()["faults"] if fault["module"] is not None]
