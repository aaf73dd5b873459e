"""Ableton Link, without its library: who follows whom, and how a beat comes to lie on another."""

import pytest

from chronus.faces.link import Follower
from chronus.music.steering import error_in_beats, steer


class Both:
    """An engine and a session in virtual time; each plays the tempo it was told."""

    def __init__(self, ours: float, theirs: float, behind: float):
        self.ours, self.theirs, self.beat, self.their_beat, self.now, self.asked, self.shared = ours, theirs, 0.0, behind, 0.0, [], []
        self.others = (0, None)
        self.follower = Follower(self.ask, self.share)

    def ask(self, bpm):
        self.asked.append(bpm)
        self.ours = bpm

    def share(self, bpm):
        self.shared.append(bpm)
        self.theirs = bpm

    def play(self, seconds: float, peers: int = 1):
        for _ in range(round(seconds / 0.1)):
            self.follower.look(self.now, {"bpm": self.ours, "beat": self.beat, "beats_per_bar": 4.0, "others": self.others}, peers, self.theirs, self.their_beat)
            self.now += 0.1
            self.beat += self.ours / 600.0
            self.their_beat += self.theirs / 600.0

    @property
    def away_ms(self) -> float:
        return error_in_beats(self.beat, self.their_beat, 4.0) * 60e3 / self.theirs


@pytest.mark.parametrize("behind", (0.0, 0.3, 1.9, -1.5, 17.2))
def test_who_joins_takes_the_tempo_and_slides_onto_the_beat(behind):
    both = Both(120.0, 90.0, behind)
    both.play(60.0)
    assert not both.shared and abs(both.ours - 90.0) < 0.05 and abs(both.away_ms) < 1.0
    assert all(80.9 < bpm < 99.1 for bpm in both.asked)


def test_a_tempo_set_in_the_engine_is_everybodys():
    both = Both(90.0, 90.0, 0.0)
    both.play(5.0)
    both.ours = 150.0
    both.play(5.0)
    assert both.shared == [150.0] and abs(both.theirs - 150.0) < 1e-9 and abs(both.ours - 150.0) < 0.05


def test_a_tempo_set_while_the_beat_still_slides_is_everybodys_too():
    """What we asked for lately and what somebody else set are told apart, so that nobody's tempo is taken back."""
    both = Both(120.0, 90.0, 0.15)
    both.play(1.5)
    assert abs(both.ours - 90.0) > 0.5, "it slides"
    both.ours = 150.0
    both.play(1.0)
    assert both.shared == [150.0]
    both.play(60.0)
    assert both.shared == [150.0] and abs(both.ours - 150.0) < 0.05 and abs(both.away_ms) < 1.0


def test_a_tempo_that_ours_overtook_is_not_lost():
    both = Both(120.0, 90.0, 0.15)
    both.others = (3, 120.0)
    both.play(1.5)
    assert not both.shared, "that was before"
    both.others = (4, 150.0)
    both.play(0.1)
    assert both.shared == [150.0] and both.asked[-1] > 140.0
    both.play(60.0)
    assert both.shared == [150.0] and abs(both.ours - 150.0) < 0.05 and abs(both.away_ms) < 1.0


def test_a_tempo_set_by_a_peer_is_ours():
    both = Both(90.0, 90.0, 0.0)
    both.play(5.0)
    both.theirs = 174.0
    both.play(20.0)
    assert not both.shared and abs(both.ours - 174.0) < 0.05


def test_alone_nothing_is_asked():
    both = Both(120.0, 90.0, 0.0)
    both.play(5.0, peers=0)
    assert not both.asked and not both.shared


def test_a_beat_is_near_by_whichever_way_is_shorter():
    assert error_in_beats(3.9, 4.1, 4.0) == pytest.approx(0.2) and error_in_beats(0.1, 3.9, 4.0) == pytest.approx(-0.2)
    assert steer(120.0, 0.0, 0.0, 4.0) == 120.0 and steer(120.0, 0.0, 0.4, 4.0) == pytest.approx(132.0) and steer(120.0, 2.0, 0.0, 4.0) == pytest.approx(108.0)
