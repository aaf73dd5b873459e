"""The measures of chaos can fail: one bit, one lost answer, one stall of a calm host, a gap, silence and missing music are each found and said."""

import random
import tempfile
import time
from collections import Counter

import numpy as np
import pytest

from chronus import __version__
from chronus.control.journal import Journal, Line
from chronus.control.replay import END, ENGINE, SCORED, Session
from chronus.control.session import journal_path
from chronus.proof import chaos, judgement
from chronus.proof.chaos import Player, injure, keep
from chronus.proof.engine import busy_patch, free_port
from chronus.proof.injuries import GAPS, Injury
from chronus.proof.judgement import chance_of, difference, expected_stalls, lost_answers, loudness, passages, shortage, silence_of, summary, verdict
from chronus.recorder.wav import DATA_AT
from chronus.replica.offline import render
from chronus.shared import layout as at

RATE, BLOCK, FIRST, FRAMES = 48_000, 64, 640, 6_400
MS, SECOND = 1_000_000, 1_000_000_000
KILLED = Injury("F-01", "kill -9", 10 * SECOND, 0, recovered=10 * SECOND + 20 * MS)
CALM = (0, 60.0)                    # the twin: stalls, seconds
FOUND = {"injuries": [KILLED], "seconds": 60.0, "exposed_seconds": 0.12, "stalls": {}, "underruns": 0, "underruns_by_fault": {}, "samples_differ": 0, "accused": [],
         "largest_difference": 0.0, "acknowledged_and_lost": 0, "disagreements": 0, "memory_bytes": [], "frames": 60 * RATE, "recorded_seconds": 60.0,
         "silent_seconds": 3.0, "missing_seconds": 0.0, "peak_dbfs": -3.0, "rms_dbfs": -18.0, "commands": 1_000, "applied": 950, "refused": {"range": 30},
         "host": "", "held_up_at_stalls_ms": [], "sha256": ""}


@pytest.fixture
def session(tmp_path):
    """A session that is only its journal: three gates, two of them alike."""
    journal = Journal.create(journal_path(tmp_path), {"rate": RATE, "block": BLOCK, "seed": 0, "versions": {"music-chronus": __version__},
                                                      "patch": busy_patch(2).as_dict()})
    journal.append([Line(0, "test", "/gate/env0", [1.0]), Line(0, "test", "/gate/env0", [1.0]), Line(64, "test", "/gate/env1", [1.0]),
                    Line(FIRST + FRAMES, ENGINE, END, [])])
    journal.close()
    return tmp_path


def record(folder, samples: np.ndarray):
    file = folder / "played.wav"
    file.write_bytes(bytes(DATA_AT) + samples.astype("<f4").tobytes())
    return file


def played(folder) -> np.ndarray:
    log = Session(folder)
    return np.concatenate(list(render(log.programs, log.entries, RATE, BLOCK, FIRST, FRAMES)))


def test_one_flipped_bit_of_a_recording_is_one_sample(session):
    right = played(session)
    assert np.abs(right).max() > 0.01 and difference(session, record(session, right), FIRST, FRAMES) == (0, 0.0)
    wrong = right.copy()
    wrong.view(np.int32)[1_234, 1] ^= 1
    different, largest = difference(session, record(session, wrong), FIRST, FRAMES)
    assert different == 1 and 0.0 < largest < 1e-6
    wrong[7:9] += 0.25
    assert difference(session, record(session, wrong), FIRST, FRAMES)[0] == 5
    assert passages(session, record(session, wrong), FIRST, FRAMES) == [(FIRST + 7, FIRST + 1_234)], "less than a second lies between"
    assert passages(session, record(session, right), FIRST, FRAMES) == []
    late = np.concatenate((right[:64], right[:-64]))
    assert difference(session, record(session, late), FIRST, FRAMES)[0] > FRAMES


def test_a_session_that_differs_is_kept_without_its_recordings(session, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    record(session, played(session))
    keep(session, [(64, 128)])
    (kept,) = tmp_path.glob("chronus-differs-*")
    assert str(kept) in capsys.readouterr().err and not list(kept.rglob("*.wav"))
    assert Session(kept).entries == Session(session).entries


def test_an_acknowledged_command_that_the_journal_has_not_is_lost(session):
    told = Counter({("/gate/env0", 0): 2, ("/gate/env1", 64): 1})
    assert lost_answers(session, told, {}) == 0
    assert lost_answers(session, told + Counter({("/gate/env1", 128): 1}), {}) == 1, "at another frame it is another"
    assert lost_answers(session, told + Counter({("/gate/env0", 0): 1}), {}) == 1, "two of three alike are there"
    assert lost_answers(session, Counter({("/seq/create", 64): 1}), {"/seq/create": SCORED}) == 1
    assert lost_answers(session, Counter({("/anything", 64): 1}), {"/anything": "/gate/env1"}) == 0, "the journal has it under another name"


def test_how_loud_a_recording_is(tmp_path):
    sound = np.full((3 * RATE, 2), 0.5)
    assert loudness(record(tmp_path, sound), len(sound), RATE) == {"peak_dbfs": -6.0, "rms_dbfs": -6.0, "silent_seconds": 0.0}
    sound[RATE:2 * RATE] *= 1e-3
    sound[2 * RATE + 5, 1] = np.nan
    assert loudness(record(tmp_path, sound), len(sound), RATE)["silent_seconds"] == 2.0
    assert loudness(record(tmp_path, 0.0 * sound[:RATE]), RATE, RATE) == {"peak_dbfs": -200.0, "rms_dbfs": -200.0, "silent_seconds": 1.0}


def test_stalls_that_the_host_makes_are_those_of_the_rest_of_the_run_and_of_the_twin():
    found = {**FOUND, "exposed_seconds": 10.0, "stalls": {"F-01": 9, "no fault": 3}}
    assert expected_stalls(found, (7, 50.0), 60.0) == pytest.approx(10 / 100 * 10.0)
    assert expected_stalls(FOUND, CALM, 60.0) == 0.0
    assert chance_of(1, 0.0) == 0.0 and chance_of(0, 0.0) == 1.0 and chance_of(2, 1.0) == pytest.approx(1.0 - 2.0 / np.e)


def test_a_run_that_kept_its_promises_is_not_called_broken():
    assert summary(FOUND, CALM, 60.0, 1)["broken"] == []
    assert summary({**FOUND, "stalls": {"F-01": 1}, "exposed_seconds": 6.0}, (20, 60.0), 60.0, 1)["broken"] == [], "such a host does that by itself"
    assert summary({**FOUND, "stalls": {"F-04": 1, "F-07": 2, "no fault": 9}}, CALM, 60.0, 1)["broken"] == [], "these may, and nobody was hurt"


@pytest.mark.parametrize("change, words", (
    ({"stalls": {"F-01": 1}}, "1 stalls while a fault was under way; the host alone makes 0.00"), ({"samples_differ": 1}, "1 samples differ"),
    ({"accused": ["low", "keys", "low"]}, "3 times a module was accused that did nothing wrong: keys, low"),
    ({"acknowledged_and_lost": 1}, "1 acknowledged commands"), ({"underruns": 1}, "more blocks were lost"), ({"disagreements": 1}, "disagreed 1 times"),
    ({"silent_seconds": 60.0}, "60 of 60 s are silent"), ({"missing_seconds": 7.2}, "7.2 s of music are missing"), ({"applied": 600}, "only 600 of 1000"),
    ({"frames": 0, "recorded_seconds": 0.0, "silent_seconds": 0.0}, "0 of 0 s are silent"),
    ({"injuries": [Injury("F-02", "SIGSTOP", 1, 77, notes=["not recovered"])]}, "F-02 (SIGSTOP) at block 77: not recovered"),
    ({"memory_bytes": [1 << 20] * 150 + [2 << 20] * 50}, "memory grew")))
def test_what_is_broken_is_said(change, words):
    (said,) = summary({**FOUND, **change}, CALM, 60.0, 1)["broken"]
    assert words in said
    assert verdict({**FOUND, **change}, 0.0) == [said]


@pytest.mark.parametrize("fault, gap_ms, held_up_ms, found", (
    ("F-01", 49.0, 0.0, ""), ("F-01", 51.0, 0.0, "silent for 51 ms, promised no gap"), ("F-05", 875.9, 100.0, "silent for 876 ms, promised no gap"),
    ("F-05", 149.0, 100.0, ""), ("F-04", 499.0, 0.0, ""), ("F-04", 501.0, 100.0, "promised 500 ms"), ("F-07", 101.0, 0.0, "promised 100 ms")))
def test_every_fault_has_its_longest_gap(fault, gap_ms, held_up_ms, found):
    said = silence_of(Injury(fault, "", 0, 0, longest_gap_ns=round(gap_ms * MS), held_up_ms=held_up_ms))
    assert bool(said) == bool(found) and found in "".join(said)


def test_music_that_is_missing_beside_the_gaps_that_are_allowed():
    gaps = [Injury("F-04", "", 0, 0, longest_gap_ns=400 * MS), Injury("F-05", "", 0, 0, longest_gap_ns=6_800 * MS)]
    assert shortage(12.0, 12.0, [], 0.0, 0.0) == shortage(12.0, 11.7, [], 0.0, 0.0) == shortage(12.0, 11.3, gaps[:1], 0.0, 0.0) == 0.0
    assert shortage(12.0, 11.3, [], 0.0, 0.0) == 0.7
    assert shortage(12.0, 5.2, gaps[1:], 0.0, 0.0) == pytest.approx(6.75), "of a gap that is not allowed a little is"
    assert shortage(12.0, 11.0, [], 0.5, 0.25) == 0.0
    assert shortage(3_600.0, 3_570.0, [], 0.0, 0.0) == 0.0 and shortage(3_600.0, 3_560.0, [], 0.0, 0.0) == 40.0


class Playing:
    """An engine of no process: it plays, unless it is told to be silent, and is well, unless it is told not to be."""

    def __init__(self):
        self.port, self.memory, self.role = free_port(), self, 0
        self.silent, self.sick_until, self.spoken_at = (0, 0), 0, 0

    def __getitem__(self, word: int) -> int:
        return {at.REDUNDANT: int(time.monotonic_ns() >= self.sick_until), at.PLAYED: self.played()}.get(word, 1 << 60)

    def pids(self) -> dict:
        return {"replica 0": self.role}

    def alive(self, role: str) -> bool:
        return True

    def played(self) -> int:
        now = time.monotonic_ns()
        return (self.silent[0] if self.silent[0] <= now < self.silent[1] else now) * 750 // SECOND

    def harm(self, silent_ms: float = 0.0, sick_ms: float = 1.0) -> str:
        """What is done to it: a process of it is another from now on."""
        now = time.monotonic_ns()
        self.role, self.silent, self.sick_until = self.role + 1, (now, now + round(silent_ms * MS)), now + round(max(silent_ms, sick_ms) * MS)
        return "harmed"

    def launch(self) -> None:
        self.harm(silent_ms=200.0)
        self.spoken_at = time.monotonic_ns() + 250 * MS

    def has_spoken(self) -> bool:
        return time.monotonic_ns() >= self.spoken_at

    def greet(self) -> dict:
        return {}


class Soon(random.Random):
    def uniform(self, low, high):
        return low


def harmed(fault: str, **how) -> Injury:
    """What is made of one fault."""
    player = Player(Playing(), Soon(1), 1)
    found = injure(player, fault, lambda engine, dice: engine.harm(**how))
    player.door.close()
    assert player.injury is None and found.what == "harmed" and found.recovered > found.time
    return found


def test_a_fault_that_is_over_at_once_leaves_no_notes():
    found = harmed("F-01")
    assert found.notes == [] and found.seconds() < 0.5


def test_a_fault_that_is_not_over_is_noted(monkeypatch):
    monkeypatch.setattr(chaos, "PATIENCE_SECONDS", 0.05)
    assert harmed("F-02", sick_ms=400.0).notes == ["not recovered within 0.05 s"]


@pytest.mark.parametrize("fault, limit", (("F-01", "REDUNDANT_SECONDS"), ("F-06", "REDUNDANT_SECONDS"), ("F-05", "PATIENCE_SECONDS")))
def test_a_fault_that_takes_longer_than_promised_is_noted(monkeypatch, fault, limit):
    monkeypatch.setattr(chaos, limit, 0.1)
    assert [note for note in harmed(fault, sick_ms=150.0).notes if note.endswith("promised 0.1 s")]


def test_a_gap_is_measured_and_is_never_longer_than_it_was():
    found = harmed("F-01", silent_ms=200.0)
    assert 60 * MS < found.longest_gap_ns <= 202 * MS and silence_of(found)
    assert "F-01" not in GAPS and judgement.GAP_MS == 50.0


def test_the_gap_of_a_takeover_is_seen_and_its_time_begins_with_the_start():
    found = harmed("F-05")
    assert 60 * MS < found.longest_gap_ns <= 202 * MS and silence_of(found)
    assert 0.1 < found.seconds() < 1.0 and found.asked - found.time > 290 * MS
