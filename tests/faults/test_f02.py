"""F-02: SIGSTOP of a process. It is killed and replaced; of a replica nobody hears it; who merely stands still accuses no module."""

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


@pytest.mark.parametrize("role", ("device", "control", "recorder", "zygote", "rehearsal"))
def test_who_is_stopped_is_replaced_whatever_it_does(engine, role):
    """And what it is there for is done again: sound, answers, a recording without a gap, new processes, commits."""
    engine.redundant()
    with engine.take(f"stopped-{role}"):
        engine.play(4)
        old = engine.kill(role, signal.SIGSTOP)
        engine.replaced(role, old)
        engine.advance(20)
        engine.play(4, seed=1)
    assert engine.ask("/patch/load", "default").ok
    assert not [fault for fault in engine.client.status()["faults"] if fault["module"] is not None]
