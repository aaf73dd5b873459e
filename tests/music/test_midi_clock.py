"""The MIDI clock: tempo and beat found behind jitter, through steps of the tempo, pauses and song positions; and clocks that are sent."""

import random

import pytest

from chronus.music.midi_clock import CONTINUE, SONG_POSITION, START, STOP, ClockFollower, MidiClockOut

FOUR_BARS, JITTER = 16 * 24, 0.003       # clocks; seconds to either side


def play(follower: ClockFollower, bpm: float, clocks: int, seed: int, first: float = 0.0) -> float:
    """Clocks of an even tempo that come up to JITTER early or late; when the one after them is due."""
    chance, last = random.Random(seed), first - 1.0
    for number in range(clocks):
        last = max(last, first + number * 2.5 / bpm + chance.uniform(-JITTER, JITTER))
        follower.take("clock", 0, last)
    return first + clocks * 2.5 / bpm


@pytest.mark.parametrize("bpm", (60, 87.5, 120, 174.3, 200))
def test_tempo_and_beat_are_found_within_four_bars(bpm):
    for seed in range(8):
        follower = ClockFollower()
        follower.take("start", 0, 0.0)
        end = play(follower, bpm, FOUR_BARS, seed)
        assert follower.tempo == pytest.approx(bpm, abs=0.05), seed
        assert (follower.beat_at(end) - 16) * 60 / bpm == pytest.approx(0.0, abs=0.001), seed


@pytest.mark.parametrize("before, after", ((120, 140), (120, 121), (174, 87), (60, 200), (128, 127)))
def test_another_tempo_is_found_as_well(before, after):
    for seed in range(3):
        follower = ClockFollower()
        end = play(follower, before, 500, seed)
        end = play(follower, after, FOUR_BARS + 96, seed + 100, end)
        assert follower.tempo == pytest.approx(after, abs=0.05), seed
        assert follower.beat_at(end) * 24 == pytest.approx(500 + FOUR_BARS + 96, abs=0.001 * after * 24 / 60), seed


def test_a_steady_tempo_is_not_mistaken_for_another():
    follower, worst = ClockFollower(), 0.0
    for bar in range(40):
        play(follower, 128, 96, bar, bar * 96 * 2.5 / 128)
        worst = max(worst, abs(follower.tempo - 128) if bar >= 4 else 0.0)
    assert worst < 0.05


def test_start_stop_continue_and_song_position():
    follower = ClockFollower()
    end = play(follower, 120, 48, 1)
    assert not follower.running and follower.tempo == pytest.approx(120, abs=1)
    follower.take("start", 0, end)
    assert follower.running
    end = play(follower, 120, 48, 2, end)
    assert follower.beat_at(end) == pytest.approx(2.0, abs=0.05)
    follower.take("stop", 0, end)
    assert not follower.running
    follower.take("song_position", 64, end)
    follower.take("continue", 0, end)
    assert follower.running and follower.beat_at(end) == pytest.approx(16.0, abs=0.05)
    end = play(follower, 120, 24, 3, end)
    assert follower.beat_at(end) == pytest.approx(17.0, abs=0.05)


def test_after_a_pause_the_tempo_is_found_anew():
    follower = ClockFollower()
    end = play(follower, 120, 200, 1)
    follower.take("clock", 0, end + 2.0)
    assert follower.tempo is None and follower.beat_at(end + 2.0) is None
    play(follower, 90, 200, 2, end + 2.1)
    assert follower.tempo == pytest.approx(90, abs=0.2)


@pytest.mark.parametrize("times", ([0.0] * 50, [1.0 - i / 100 for i in range(50)], [i * 1e-7 for i in range(50)], [i * 0.45 for i in range(50)],
                                   [float("nan")] * 30), ids=("at once", "backwards", "too fast", "too slow", "nonsense"))
def test_clocks_that_cannot_be_are_no_tempo(times):
    follower = ClockFollower()
    for time in times:
        follower.take("clock", 0, time)
        assert follower.tempo is None or 5 <= follower.tempo <= 1000


def test_what_is_sent_is_on_the_beat_and_can_be_followed():
    def beat_at(seconds):                # 100 BPM, 150 from 3 s on
        return seconds * 100 / 60 if seconds < 3.0 else 5.0 + (seconds - 3.0) * 150 / 60
    sender, sent, follower = MidiClockOut(beat_at, 0.0), [], ClockFollower()
    assert sender.start() == bytes([START])
    follower.take("start", 0, 0.0)
    for step in range(1, 1001):
        sent += sender.due(step * 0.01)
    assert len(sent) == int(beat_at(10.0) * 24) + 1 and {content for _, content in sent} == {b"\xf8"}
    for number, (seconds, _) in enumerate(sent):
        assert beat_at(seconds) * 24 == pytest.approx(number, abs=1e-4)
        follower.take("clock", 0, seconds)
    assert follower.tempo == pytest.approx(150, abs=0.01) and follower.beat_at(10.0) == pytest.approx(beat_at(10.0), abs=0.001)


def test_a_song_goes_on_from_where_it_is():
    sender = MidiClockOut(lambda seconds: 40.0 + 2 * seconds, 0.0)
    assert sender.start(40.0) == bytes([SONG_POSITION, 160 & 0x7F, 160 >> 7, CONTINUE])
    assert [seconds for seconds, _ in sender.due(0.05)] == pytest.approx([0.0, 1 / 48, 2 / 48], abs=1e-5)
    assert sender.stop() == bytes([STOP]) and len(sender.due(1.0)) == 46
