"""The patch `desk`: what its groups, sends and solos leave is, to the bit, what is played with the others silent."""

import numpy as np
import pytest

from chronus.patch.compiler import compile_patch
from chronus.patch.library import Library
from chronus.replica.offline import Offline
from chronus.shared.log import SET, Entry

RATE, BLOCK = 48_000, 64
HITS = {"key": 4_800, "kick": 9_600, "snare": 24_000, "hat": 30_001}
BAND, DRUMS = tuple(HITS), ("kick", "snare", "hat")
ECHO = round(0.346 * RATE)


@pytest.fixture(scope="module")
def program():
    return compile_patch(Library(None).load("desk"), RATE, BLOCK)


def heard(program, *knobs: tuple[str, str, float, int], hits=BAND) -> np.ndarray:
    """One and a half seconds in which who is among `hits` plays, with (module, knob, value, frame) turned."""
    entries = [*(Entry(SET, program.knobs[id_, "gate"], 1.0, HITS[id_]) for id_ in hits),
               *(Entry(SET, program.knobs[id_, name], value, frame) for id_, name, value, frame in knobs)]
    return Offline([program.words], sorted(entries, key=lambda entry: entry.frame), RATE, BLOCK).run(3 * RATE // 2 // BLOCK)


def level(sound: np.ndarray) -> float:
    return 20.0 * np.log10(max(float(np.sqrt(np.square(sound, dtype=np.float64).mean())), 1e-9))


def test_a_soloed_group_is_what_its_members_play_alone(program):
    alone = heard(program, hits=DRUMS)
    assert level(alone) > -40.0
    assert heard(program, ("drums", "solo", 1.0, 0)).tobytes() == alone.tobytes()


def test_a_soloed_strip_keeps_its_sends_and_the_kick_still_ducks_the_bass(program):
    assert heard(program, ("snare-strip", "solo", 1.0, 0)).tobytes() == heard(program, hits=("snare",)).tobytes()
    bass = heard(program, ("bass-strip", "solo", 1.0, 0))
    free = heard(program, ("bass-strip", "solo", 1.0, 0), hits=("key",))
    struck = slice(HITS["kick"] + 480, HITS["kick"] + 2_400)
    assert bass[:HITS["kick"]].tobytes() == free[:HITS["kick"]].tobytes()
    assert level(bass[struck]) < level(free[struck]) - 6.0


def test_a_soloed_return_is_only_what_is_sent_to_it(program):
    echo = heard(program, ("echo-return", "solo", 1.0, 0))
    first = HITS["key"] + ECHO - 2          # the cubic between frames reaches so far
    assert not echo[:first].any() and level(echo[first + 2_400:]) > -60.0
    assert heard(program, ("echo-return", "solo", 1.0, 0), hits=("kick", "snare")).any() == np.False_, "neither is sent to the echo"


@pytest.mark.parametrize("strip, source", (("hat-strip", "hat"), ("kick-strip", None), ("main", None)))
def test_a_muted_strip_takes_its_sends_along(program, strip, source):
    found = heard(program, (strip, "mute", 1.0, 0))
    if source:
        assert found.tobytes() == heard(program, hits=[name for name in BAND if name != source]).tobytes()
    elif strip == "main":
        assert not found.any()
    else:
        assert level(found[HITS["kick"]:HITS["kick"] + 2_400]) < level(heard(program)[HITS["kick"]:HITS["kick"] + 2_400]) - 3.0


def test_the_sum_of_all_solos_is_no_solo(program):
    every = [(id_, "solo", 1.0, 0) for id_, name in program.knobs if name == "solo"]
    assert len(every) == 9 and heard(program, *every).tobytes() == heard(program).tobytes()


def test_solo_and_mute_in_the_music_do_not_click(program):
    """While pad and bass stand, solos come and go: the slope bends nowhere more than their own does, by -60 dBFS."""
    turns = [("pad-strip", "solo", float(n % 2 == 0), 40_000 + 2_500 * n) for n in range(6)] + [("bass-strip", "mute", 1.0, 60_000)]
    still = heard(program, hits=("key",))[36_000:]
    moved = heard(program, *turns, hits=("key",))[36_000:]
    own = np.abs(np.diff(still.astype(np.float64), 2, axis=0)).max()
    assert np.abs(np.diff(moved.astype(np.float64), 2, axis=0)).max() < own + 0.001
