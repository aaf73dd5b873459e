"""Who only sleeps, and what is told of the host by when he wakes."""

import os
import time

import pytest

from chronus.proof.host import HeldUp, Sleepers
from chronus.proof.injuries import Injury
from chronus.proof.judgement import NO_FAULT, blame

MS = 1_000_000


def test_sleepers_on_each_processor_tell_when_they_were_held_up_and_are_gone_afterwards():
    began = time.monotonic_ns()
    with Sleepers() as host:
        processes = [process.pid for process in host._processes]
        time.sleep(0.3)
    assert len(processes) == len(os.sched_getaffinity(0)) and not any(os.path.exists(f"/proc/{pid}") for pid in processes)
    assert all(began < held.since < held.until < time.monotonic_ns() and held.ms() >= 5.0 for held in host.held_up)
    assert host.told().startswith("the host held up a sleeping thread of the " + ("real-time class " if host.realtime else "ordinary class "))


@pytest.mark.parametrize("since, until, found", ((90, 90, 0.0), (149, 149, 40.0), (200, 200, 40.0), (251, 251, 0.0), (300, 400, 7.0), (210, 400, 40.0)))
def test_what_was_near_a_moment_is_the_longest_there(since, until, found):
    host = Sleepers()
    host.held_up, host.realtime = [HeldUp(150 * MS, 190 * MS), HeldUp(395 * MS, 402 * MS)], True
    assert host.near(since * MS, until * MS) == found
    assert host.told() == "the host held up a sleeping thread of the real-time class 2 times for more than 5 ms, the longest 40 ms"


def test_blocks_lost_together_are_one_stall_of_the_fault_that_was_under_way():
    killed = Injury("F-01", "kill -9", 1000 * MS, 0)
    killed.recovered = 1020 * MS
    rows = [(1, 900 * MS), (2, 1010 * MS), (3, 1011 * MS), (4, 1119 * MS), (5, 1190 * MS)]
    assert blame(rows, [killed]) == ({NO_FAULT: 2, "F-01": 3}, [(NO_FAULT, 900 * MS), ("F-01", 1010 * MS), ("F-01", 1119 * MS), (NO_FAULT, 1190 * MS)])
