"""The patches that come with the instrument: each plays when its gate opens, or its note is struck, as loud as it should, ends, and never clicks."""

import re

import numpy as np
import pytest

from chronus.patch.compiler import compile_patch
from chronus.patch.graph import Patch, default
from chronus.patch.library import BUILT_IN, Library
from chronus.replica.offline import render
from chronus.shared.log import NOTE, SET, Entry
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY

RATE, BLOCK = 48_000, 64
OPEN, CLOSE, END = 4_800, 4_800 + 2 * RATE, 4_800 + 2 * RATE + 5 * RATE // 2
EDGE = 32                                 # frames after a gate in which it could be heard to click: shorter than any attack
LIBRARY = Library(None)
NAMES = sorted(name for name, whose in LIBRARY.names().items() if whose == BUILT_IN)
STRUCK = {"drum-kit"}                    # begins with the click that a drum is
SLOW = {"drone": 4.5, "cathedral": 6.5, "desk": 5.0}                     # seconds until it is silent, where that is not 2


@pytest.fixture(scope="module", params=NAMES)
def played(request):
    """(name, patch, samples of shape (frames, 2)): silence, the gate open for two seconds, closed for two and a half or more."""
    patch = LIBRARY.load(request.param)
    verb, id_ = re.search(r"/(gate|note)/([a-z0-9-]+) ", patch.about).groups()
    program = compile_patch(patch, RATE, BLOCK)
    end = CLOSE + int(RATE * SLOW.get(request.param, 2.0)) + RATE // 2
    if verb == "gate":
        knob = program.knobs[id_, "gate"]
        entries = [Entry(SET, knob, 1.0, OPEN), Entry(SET, knob, 0.0, CLOSE)]
    else:
        entries = [Entry(NOTE, key_of(id_), 60.0, OPEN, extra=FULL_VELOCITY), Entry(NOTE, key_of(id_), 60.0, CLOSE)]
    return request.param, patch, np.concatenate(list(render([program.words], entries, RATE, BLOCK, 0, end)))


def step(samples: np.ndarray) -> float:
    return float(np.abs(np.diff(samples, axis=0)).max())


def test_it_waits_for_its_gate(played):
    assert not played[2][:OPEN].any()


def test_it_is_as_loud_as_a_patch_should_be(played):
    sound = played[2][OPEN:CLOSE]
    assert np.isfinite(played[2]).all()
    assert 10 ** (-24 / 20) < np.abs(played[2]).max() < 10 ** (-1 / 20)
    assert np.abs(sound[:RATE]).max(axis=0).min() > 0.02, "one side is silent"


def test_it_ends_when_its_gate_closes(played):
    assert np.abs(played[2][-RATE // 4:]).max() < 1e-5


def test_its_gate_does_not_click(played):
    """Where the gate opens and closes nothing steps further than the sound itself does elsewhere."""
    sound = played[2]
    elsewhere = max(step(sound[OPEN + EDGE:CLOSE]), step(sound[CLOSE + EDGE:]))
    assert step(sound[OPEN - 1:OPEN + EDGE]) <= 1.02 * elsewhere or played[0] in STRUCK
    assert step(sound[CLOSE - 1:CLOSE + EDGE]) <= 1.02 * elsewhere


def test_it_says_how_to_play_it(played):
    name, patch, _ = played
    assert patch.about.endswith(".") and re.search(r"/gate/[a-z0-9-]+ 1|/note/[a-z0-9-]+ c4", patch.about), "name what to play"
    for id_, param in re.findall(r"/mod/([a-z0-9-]+)/([a-z_]+)", patch.about):
        assert patch.modules[id_].declaration.param(param), f"/mod/{id_}/{param} is no knob of {name}"


@pytest.mark.parametrize("name", NAMES)
def test_its_file_is_the_one_that_would_be_saved(name):
    path = LIBRARY.built_in / f"{name}.json"
    assert Patch.read(path).text() == path.read_text()


def test_there_are_more_than_a_dozen_and_the_one_to_begin_with():
    assert len(NAMES) == 24
    assert LIBRARY.load("default").hash() == default().hash()
