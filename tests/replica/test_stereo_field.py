"""Where the notes of a pattern stand in the stereo field: heard left and right in what is rendered."""

import numpy as np
import pytest

from chronus.control.scripted import Scripted
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.replica.offline import render

RATE, BLOCK = 48_000, 64
VOICES = Patch([Module("keys", "notes", {"voices": 4.0}), Module("osc", "sine", {"freq": 0.0, "gain": 0.2}), Module("side", "pan"),
                Module("env", "adsr", {"attack": 1.0, "sustain": 1.0, "release": 5.0})],
               [Cable("keys", "freq", "osc", "freq"), Cable("keys", "gate", "env", "gate"), Cable("osc", "out", "env", "audio"), Cable("env", "out", "side", "audio"),
                Cable("keys", "place", "side", "position"), Cable("side", "out", OUT, "")])


def drums(place: str, shared: bool = False) -> Patch:
    """A drum on a pan or a strip, and another one, which goes into the same where it is `shared`."""
    found = [Module(id_, "adsr", {"attack": 0.0, "sustain": 1.0, "release": 0.0}) for id_ in ("tick", "tock")]
    cables = [Cable("tick", "out", "side", "audio"), Cable("side", "out", OUT, ""), Cable("tock", "out", "side" if shared else OUT, "audio" if shared else "")]
    return Patch([*found, Module("side", place)], cables)


def heard(patch: Patch, *patterns: str, seconds: float = 2.0) -> np.ndarray:
    """What patterns play from frame 0 on, at 120 BPM: a cycle is two seconds."""
    script = Scripted(RATE, BLOCK)
    script.programs.clear()
    script.play(patch, ())
    for number, pattern in enumerate(patterns):
        script.obey("/pat", [f"p{number}", pattern, *(["keys"] if "keys" in patch.modules else []), "now"])
    return np.concatenate(list(render(script.programs, script.entries, RATE, BLOCK, 0, round(seconds * RATE), None, script.scores))).astype(np.float64)


def level(signal: np.ndarray, note: float, begin: float = 0.1, end: float = 0.4) -> np.ndarray:
    """How loud a note is, left and right, between two moments in seconds."""
    first, last = round(begin * RATE), round(end * RATE)
    turn = np.exp(2j * np.pi * 440.0 * 2.0 ** ((note - 69.0) / 12.0) / RATE * np.arange(first, last)) * np.hanning(last - first)
    return np.abs(turn @ signal[first:last]) * 4.0 / (last - first)


def test_two_notes_at_once_one_left_and_one_right():
    signal = heard(VOICES, '"c4" pan -1', '"g4" pan 1')
    for note, place in ((60, 0), (67, 1)):
        loud = level(signal, note)
        assert loud[place] > 0.1 and loud[1 - place] < 1e-4 * loud[place]


def test_one_note_left_and_right_at_once_is_played_by_two_voices():
    """What `jux` plays the same on both sides is heard on both, equally loud."""
    signal = heard(VOICES, '"c4 e4" jux (rev)')
    first, second = level(signal, 60), level(signal, 64)
    assert first[0] > 0.1 and second[1] > 0.1 and first[1] < 1e-3 and second[0] < 1e-3
    both = heard(VOICES, '"c4" jux (rev)')
    assert level(both, 60).min() > 0.1 and level(both, 60) == pytest.approx(level(both, 60)[::-1], rel=1e-3)


@pytest.mark.parametrize("place", [-1.0, -0.5, 0.0, 0.3, 1.0])
def test_a_place_between_has_the_power_of_the_middle(place):
    loud = level(heard(VOICES, f'"c4" pan {place}'), 60)
    angle = np.pi / 4.0 * (1.0 + place)
    assert loud == pytest.approx(np.hypot(*loud) * np.array([np.cos(angle), np.sin(angle)]), abs=2e-4 * np.hypot(*loud))


def test_the_next_note_without_a_place_stands_in_the_middle():
    one = VOICES.changed({**VOICES.modules, "keys": Module("keys", "notes", {"voices": 1.0})}, VOICES.cables)
    signal = heard(one, '"c4 ~" pan -1', '"~ e4"')
    left, right = level(signal, 64, 1.1, 1.4)
    assert level(signal, 60)[1] < 1e-3 and left == pytest.approx(right, rel=1e-6)


def test_a_note_that_lets_go_ends_with_its_place():
    """Left and right play one note for different lengths: each ends by itself."""
    signal = heard(VOICES, '"c4 ~ ~ ~" pan -1', '"c4 ~" pan 1')
    left, right = level(signal, 60, 0.6, 0.8)
    assert left < 1e-3 and right > 0.1


@pytest.mark.parametrize("place", ["pan", "strip"])
def test_a_drum_moves_the_knob_that_places_it_alone(place):
    signal = heard(drums(place), '"tick tick tick tick" pan "-1 1 [-1,1] 0"')
    loud = [np.abs(signal[round(at * RATE) + 2_000:round(at * RATE) + 10_000]).mean(0) for at in (0.0, 0.5, 1.0, 1.5)]
    assert loud[0][1] < 1e-3 < 0.1 < loud[0][0] and loud[1][0] < 1e-3 < 0.1 < loud[1][1]
    for both in loud[2:]:
        assert both[0] == pytest.approx(both[1], rel=1e-5)


def test_a_drum_that_shares_its_pan_stays_where_it_is():
    signal = heard(drums("pan", shared=True), '"tick tock" pan "-1 1"')
    assert np.array_equal(signal[:, 0], signal[:, 1]) and np.abs(signal).max() > 0.1
