"""The proof of commits can fail: what it edits fits, what it measures at a swap is what is there, and it says what is broken."""

import json
import random

import numpy as np
import pytest

from chronus import __version__
from chronus.control.journal import Journal, Line
from chronus.control.replay import COMMITTED, END, ENGINE, Session
from chronus.control.session import journal_path
from chronus.patch.compiler import compile_patch
from chronus.patch.edits import EDITS
from chronus.patch.graph import Patch
from chronus.proof import chaos
from chronus.proof.bench.commits import LARGE_CABLES, LARGE_MODULES, large, twenty
from chronus.proof.commits import DOUBT_NS, HELD, REFUSED_BY_ITS_MAKERS, REFUSED_ELSE, VOICES, Committer, Progress, to_blame, verdict
from chronus.proof.edits import CABLES, Editor, shape
from chronus.proof.engine import busy_patch
from chronus.proof.injuries import INJURIES_OF_COMMITS, Injury, killing, plan
from chronus.proof.swaps import dbfs, excess, misread, swaps
from chronus.replica.offline import render

RATE, BLOCK, COMMIT_BLOCKS = 48_000, 64, (100, 130)
FADE = 512
GOOD = {"injuries": [], "seconds": 60.0, "stalls": {}, "underruns": 0, "underruns_by_fault": {}, "samples_differ": 0, "accused": [], "largest_difference": 0.0,
        "acknowledged_and_lost": 0, "disagreements": 0, "memory_bytes": [], "missing_seconds": 0.0, "silent_seconds": 0.0, "recorded_seconds": 60.0, "commands": 9, "applied": 9, "notes": [], "largest_step_dbfs": -60.0, "commits_lost": 0,
        "modules_bypassed": 0, "rolled_back": 0, "swaps_misread": 0}


def test_a_restless_player_edits_what_fits_and_leaves_the_held_voice_alone():
    editor = Editor(busy_patch(VOICES), random.Random(5), HELD)
    held = {(c.start, c.end, c.amount) for c in editor.patch.cables if {c.source, c.target} <= HELD}
    verbs, shapes = set(), set()
    for _ in range(300):
        patch, edits = editor.some()
        made = editor.patch
        for verb, *args in edits:
            made, _ = EDITS[verb](made, *args)
            verbs.add(verb)
        assert made.as_dict() == patch.as_dict() == Patch.from_dict(made.as_dict()).as_dict()
        assert HELD <= patch.modules.keys() and held <= {(c.start, c.end, c.amount) for c in patch.cables}
        assert len(patch.modules) <= editor.most and len(patch.cables) <= CABLES
        editor.patch = patch
        shapes.add(json.dumps([*map(sorted, shape(patch.as_dict()))]))
    assert verbs == {*EDITS} and len(shapes) > 200


def tone(freq: float, frames: int) -> np.ndarray:
    return np.sin(2 * np.pi * freq * np.arange(frames) / RATE)[:, None].repeat(2, 1)


def faded(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The fade of old into new as it is heard, with a sample more at each end; both have one already."""
    share = (np.arange(FADE) / FADE)[:, None]
    return np.vstack((old[:1], old[1:-1] + (new[1:-1] - old[1:-1]) * share, new[-1:]))


def test_the_step_of_a_fade_is_found_beside_those_of_both_patches():
    old, new = 0.5 * tone(300.0, FADE + 2), 0.25 * tone(77.0, FADE + 2)
    heard = faded(old, new)
    smooth = excess(heard, old[:-1], new[1:-1])
    assert dbfs(smooth) < -56.0                                         # at most the difference of both / 512
    for place in (0, 1, 100, FADE):
        clicked = heard.copy()
        clicked[place:, 1] += 0.2
        found = excess(clicked, old[:-1], new[1:-1])
        assert found <= smooth if place == 0 else found > smooth + 0.05, place         # louder from the beginning is no step


@pytest.fixture
def session(tmp_path):
    """A session with two commits, made by nobody but its journal."""
    patch, editor = busy_patch(VOICES), Editor(busy_patch(VOICES), random.Random(2), HELD)
    journal = Journal.create(journal_path(tmp_path), {"rate": RATE, "block": BLOCK, "seed": 0, "versions": {"music-chronus": __version__},
                                                      "patch": patch.as_dict()})
    lines = [Line(0, "test", f"/gate/env{voice}", [1.0]) for voice in range(VOICES)]
    for serial, block in enumerate(COMMIT_BLOCKS, 1):
        editor.patch, _ = editor.some()
        lines.append(Line(block * BLOCK, "test", COMMITTED, [json.dumps(editor.patch.as_dict()), "", 0, serial, ""]))
    journal.append([*lines, Line(200 * BLOCK, ENGINE, END, [])])
    journal.close()
    return Session(tmp_path)


def test_swaps_are_found_in_a_recording_with_what_both_patches_play_alone(session):
    first, frames = 1000, 190 * BLOCK - 1000
    played = np.concatenate(list(render(session.programs, session.entries, RATE, BLOCK, first, frames)))
    found = list(swaps(session, played, first))
    assert [swap.block for swap in found] == [*COMMIT_BLOCKS]
    assert all(0.0 <= swap.excess < 0.01 and len(swap.old) == len(swap.new) == FADE for swap in found)
    assert misread(session, found, random.Random(1), 2) == 0
    clicked = played.copy()
    clicked[COMMIT_BLOCKS[1] * BLOCK - first:] += 0.3
    assert [swap.excess > 0.2 for swap in swaps(session, clicked, first)] == [False, True]
    found[0].old[7] += 1e-6
    assert misread(session, found, random.Random(1), 2) == 1, "the check of the measure cannot fail"


def test_a_run_that_kept_its_promises_is_not_called_broken():
    assert verdict(GOOD, (0, 60.0)) == []
    assert verdict({**GOOD, "stalls": {"F-01": 1}}, (3, 60.0)) == [], "what the host loses by itself is nobody's fault"


@pytest.mark.parametrize("change, words", (
    ({"stalls": {"no fault": 1}}, "stalls"), ({"largest_step_dbfs": -39.9}, "step of -39.9 dBFS"), ({"commits_lost": 1}, "not in the journal"),
    ({"modules_bypassed": 1}, "bypassed"), ({"rolled_back": 1}, "taken back"), ({"swaps_misread": 1}, "not the render"),
    ({"notes": ["no answer"]}, "no answer"), ({"samples_differ": 2}, "2 samples"),
    ({"memory_bytes": [1 << 20] * 150 + [2 << 20] * 50}, "memory grew")))
def test_what_is_broken_is_said(change, words):
    (said,) = verdict({**GOOD, **change}, (0, 60.0))
    assert words in said


def test_a_fault_explains_few_refusals_and_the_death_of_who_makes_commits_a_few_more():
    second = 1_000_000_000
    replica, rehearsal = (Injury("F-0", killing(who), at * second, 0, recovered=at * second) for who, at in (("leading replica", 12), ("rehearsal", 11)))
    blamed = []
    while fault := to_blame([rehearsal, replica], 13 * second):
        fault.refused += 1
        blamed.append(fault.what)
    assert blamed == [rehearsal.what] * REFUSED_BY_ITS_MAKERS + [replica.what] * REFUSED_ELSE, "and every other is without a fault"
    assert to_blame([Injury("F-03", killing("control"), second, 0, recovered=2 * second)], 2 * second + DOUBT_NS) is None, "that was long ago"


def test_commits_between_faults_play_what_the_journal_says():
    dice = random.Random(3)
    found = chaos.injured_run(busy_patch(VOICES), lambda engine: Committer(engine, dice, 12, 3), 12, plan(dice, 12, 4, INJURIES_OF_COMMITS),
                              Progress("commits"))
    assert found["notes"] == [] and found["commits"] == 12 and found["swaps"] > 0
    assert found["samples_differ"] == found["commits_lost"] == found["swaps_misread"] == found["rolled_back"] == 0
    assert found["acknowledged_and_lost"] == 0 and found["largest_step_dbfs"] <= -40.0
    assert found["commits_refused_unexplained"] == 0 and found["silent_seconds"] == found["missing_seconds"] == 0.0


def test_what_the_commit_benchmark_plays_is_what_it_says():
    patch = twenty()
    assert len(patch.modules) == 20
    assert set(patch.modules) <= set(compile_patch(patch, RATE, BLOCK).modules), "a module does not reach the output, so it costs nothing"
    patch = large()
    assert len(patch.modules) == LARGE_MODULES == 200 and len(patch.cables) == LARGE_CABLES == 400
    assert set(patch.modules) <= set(compile_patch(patch, RATE, BLOCK).modules)
