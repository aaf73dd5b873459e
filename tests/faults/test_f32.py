"""F-32: no permission for real-time scheduling. It starts with a larger lead and says which file to edit."""

import os

from chronus import limits
from chronus.shared import layout as at


def test_it_starts_with_a_larger_lead_and_says_why(start):
    engine = start(lead=None, CHRONUS_REALTIME="0")
    said, status = engine.log.read_text(), engine.client.status()
    assert "/etc/security/limits.d/95-chronus.conf" in said and "rtprio" in said and "memlock" in said
    assert status["realtime"] is False and status["lead"] == limits.LEAD_WITHOUT_REALTIME == engine[at.H_LEAD]
    assert status["latency_ms"] > 1000 * status["lead"] * status["block"] / status["rate"]
    assert {os.sched_getscheduler(pid) for role, pid in engine.memory.pids().items()} == {os.SCHED_OTHER}
    with engine.take("ordinary"):
        engine.play(8)
        engine.replaced("replica 0", engine.kill("replica 0"))
        engine.redundant()


def test_a_lead_that_was_asked_for_is_kept(start):
    engine = start(lead=12, CHRONUS_REALTIME="0")
    assert engine[at.H_LEAD] == 12
