"""The sequencers: every onset at the frame of a formula that is written here a second time, and what commands do to them, sequencer by sequencer."""

from decimal import Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest
from band import RATE, Band, ends, notes, onsets
from hypothesis import given, settings
from hypothesis import strategies as st

from chronus import limits
from chronus.control.commands import Refusal
from chronus.control.timing import musical_time
from chronus.music.notes import note_name
from chronus.native.words import store, store_float64
from chronus.replica.sequencer_table import find_sequencer
from chronus.shared import score as sc
from chronus.shared import scores
from chronus.shared.layout import BAD_ENTRIES, H_SCORES
from chronus.shared.log import SCORE, SIGNATURE, TEMPO, TRANSPORT
from chronus.shared.program import TIME
from chronus.shared.scores import sequencer_key

getcontext().prec = 60
BEAT, BAR = RATE // 2, 2 * RATE         # at 120 BPM


class Clock:
    """Which frame a beat is, to 60 digits: pieces of constant tempo, and of tempo on a straight line in time."""

    def __init__(self, bpm="120", rate: int = RATE):
        self.rate = rate
        self.pieces = [(Decimal(0), Decimal(0), self.pace(bpm), self.pace(bpm), Decimal(0))]

    def pace(self, bpm) -> Decimal:
        """Beats a frame."""
        return Decimal(str(bpm)) / (60 * self.rate)

    def change(self, beat, bpm, seconds=0) -> "Clock":
        frame, beat, ramp = self.time(beat), Decimal(str(beat)), Decimal(round(seconds * self.rate))
        self.pieces.append((frame, beat, self.pace_at(frame) if ramp else self.pace(bpm), self.pace(bpm), ramp))
        return self

    def pace_at(self, frame: Decimal) -> Decimal:
        first, _, pace, goal, ramp = self.pieces[-1]
        return goal if frame - first >= ramp else pace + (goal - pace) * (frame - first) / ramp

    def time(self, beat) -> Decimal:
        beat = Decimal(beat.numerator) / beat.denominator if isinstance(beat, Fraction) else Decimal(str(beat))
        frame, begin, pace, goal, ramp = next(piece for piece in reversed(self.pieces) if piece[1] <= beat)
        more, on_ramp = beat - begin, (pace + goal) / 2 * ramp
        if more >= on_ramp:
            return frame + ramp + (more - on_ramp) / goal
        growth = (goal - pace) / ramp
        return frame + (more / pace if growth == 0 else ((pace * pace + 2 * growth * more).sqrt() - pace) / growth)

    def frame(self, beat) -> int:
        return int(self.time(beat).quantize(Decimal("1e-30")) + Decimal("0.5"))

    def frames(self, beats) -> list[int]:
        return [self.frame(beat) for beat in beats]


def steps(count: int, beats=Fraction(1, 4), first=0) -> list[Fraction]:
    return [first + i * beats for i in range(count)]


def until(frames: list[int], last: int) -> list[int]:
    return [frame for frame in frames if frame < last]


# where things happen

@pytest.mark.parametrize("rate, bpm", [(48_000, 120), (44_100, 120), (44_100, 174.3), (48_000, 174.3), (96_000, 10), (88_200, 999.99), (44_100, 90)])
def test_steps_are_at_the_frames_next_to_their_time(rate, bpm):
    band = Band(rate).play(f"tempo {bpm}; seq/create a a x*3.x-; seq/start a now")
    beats = [n + Fraction(k, 12) for n in range(140) for k in (0, 1, 2, 6)]
    assert onsets(band.until(8 * rate), "a") == until(Clock(bpm, rate).frames(beats), 8 * rate)


def test_half_a_frame_is_always_rounded_up():
    """44,100 Hz and 120 BPM put every second sixteenth between two frames."""
    found = onsets(Band(44_100).play("seq/create a a x; seq/start a now").until(44_100 * 60), "a")
    assert found == [-(-11_025 * i // 2) for i in range(480)]


def test_tempo_jumps_and_ramps_keep_the_phase():
    band = Band().play("seq/create a a x.xX*2; seq/swing a 0.3; seq/start a now")
    band.play("tempo 174.3 bar+1; tempo 60 bar+2 1.5; tempo 200.5 bar+4 3; tempo 90 bar+9")
    clock = Clock().change(4, "174.3").change(8, 60, 1.5).change(16, "200.5", 3).change(36, 90)
    step, swung, half = Fraction(1, 4), Fraction(3, 40), Fraction(7, 80)
    beats = [n + at for n in range(80) for at in (0, 2 * step, 3 * step + swung, 3 * step + swung + half)]
    assert onsets(band.until(30 * RATE), "a") == until(clock.frames(beats), 30 * RATE)


def test_a_tempo_that_is_asked_for_amid_a_ramp_begins_where_the_ramp_is():
    band = Band().play("seq/create a a x; seq/start a now; tempo 240 now 4")
    band.until(RATE)
    band.play("tempo 60 now 2")
    clock = Clock().change(0, 240, 4)
    beat = (Decimal(120) + Decimal(150)) / 2 / 60
    assert abs(clock.pace_at(Decimal(RATE)) - clock.pace(150)) < Decimal("1e-50")
    found = onsets(band.until(6 * RATE), "a")
    assert found == [frame for frame in until(clock.change(beat, 60, 2).frames(steps(200)), 6 * RATE) if frame >= RATE]


@given(st.lists(st.tuples(st.floats(10, 1000), st.sampled_from(("now", "beat", "bar")), st.sampled_from((0.0, 0.01, 0.7))), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_no_step_is_lost_or_doubled_by_any_tempo(changes):
    band, found = Band().play("seq/create a a x; seq/start a now"), []
    band.play("seq/notes a c4 now; seq/param_lane a osc/freq " + " ".join(map(str, range(1, 17))) + " now")
    for bpm, place, seconds in changes:
        found += band.until(band.frame + 7_001)
        band.play(f"tempo {bpm} {place} {seconds}")
    found += band.until(band.frame + 30_000)
    lane = [value for _, name, value, _ in found if name == "osc/freq"]
    assert lane == [1.0 + i % 16 for i in range(len(lane))] and len(onsets(found, "a")) == len(lane)


# polymeter and signatures

def test_polymeter_each_goes_round_in_its_own_time():
    band = Band().play("seq/create a a X..; seq/create b b X....; seq/config b step 1/8t now; seq/create c c X...; seq/start")
    heard = band.until(20 * RATE)
    for id_, beats in (("a", Fraction(3, 4)), ("b", Fraction(5, 3)), ("c", Fraction(1))):
        assert onsets(heard, id_) == until(Clock().frames(steps(60, beats)), 20 * RATE)


def test_a_signature_begins_with_a_bar_and_bars_are_counted_from_there():
    band = Band().play("seq/create a a X; seq/config a step 1/4 once 1 now; signature 7/8")
    band.until(BEAT)
    band.play("seq/start a bar")
    assert onsets(band.until(BAR * 3), "a") == [7 * BEAT // 2]          # the signature came at once, with the bar that had just begun
    band.play("signature 3/4")                                          # at the 14th beat, the next that begins a bar
    band.until(15 * BEAT)
    band.play("seq/start a bar+1")
    assert onsets(band.until(40 * BEAT), "a") == [20 * BEAT]


@pytest.mark.parametrize("place, beat", (("bar", 4), ("bar+1", 8), ("bar+2", 11), ("bar+3", 14), ("bar+5", 20)))
def test_bars_are_counted_across_a_change_of_signature_that_is_bars_away(place, beat):
    """Asked for in the first bar: the bars at beats 4 and 8 have four beats before them, those from 11 on three."""
    band = Band().play("seq/create a a X...; seq/start a now; seq/create b b X; seq/config b once 1 step 1/4 now")
    band.until(2 * BEAT)
    band.direct(SIGNATURE, 0, 3.0, sc.BAR | 1 << sc.PLACE_BITS)
    heard = band.play(f"tempo 60 {place}; seq/start b {place}").until(30 * BEAT)
    assert onsets(heard, "b") == [beat * BEAT]
    assert onsets(heard, "a") == [*range(2 * BEAT, beat * BEAT, BEAT), *range(beat * BEAT, 30 * BEAT, 2 * BEAT)]


@pytest.mark.parametrize("place, beat", (("bar", 4), ("bar+1", 7), ("bar+2", 10), ("bar+7", 25), ("beat+2", 4)))
def test_bars_to_come_are_counted_by_the_signature_that_they_will_have(place, beat):
    """It waits for the bar at beat 4; from there on bars have three beats. Who has a clock of its own counts bars as they are."""
    band = Band().play("seq/create a a x; seq/create b b x")
    band.until(2 * BEAT)
    heard = band.play(f"signature 3/4; seq/start a {place}; seq/bpm b 60; seq/start b bar+2").until(26 * BEAT)
    assert onsets(heard, "a")[0] == beat * BEAT and onsets(heard, "b")[0] == (2 + 2 * (12 - 2)) * BEAT


def test_bars_are_numbered_on_when_the_signature_changes():
    """Bars of four beats until beat 8, then of three until 14, then of three and a half."""
    band, found = Band(), []
    for beat in range(23):
        band.until(beat * BEAT)
        for at, line in ((5, "signature 3/4"), (13, "signature 7/8"), (20, "")):
            if beat == at:
                band.play(line) if line else band.direct(TEMPO, sc.A_BEAT, -3.5, -1)
        band.until(beat * BEAT + 1)
        found.append(musical_time(band.memory, band.time - TIME - band.memory.base)["bar"])
    assert found == [1] * 4 + [2] * 4 + [3] * 3 + [4] * 3 + [5] * 4 + [6] * 2 + [0, 0, 0]


# changes, and where they take effect

WHERE = {"now": 17_000, "beat": BEAT, "bar": BAR, "loop": 3 * BEAT, "bar+2": 3 * BAR, "beat+3": 4 * BEAT, "loop+1": 6 * BEAT}


@pytest.mark.parametrize("place", WHERE)
def test_a_change_takes_effect_where_it_says(place):
    """A pass of three beats; a change that is asked for in the first beat."""
    band = Band().play("seq/create a a X...........; seq/create other b x..; seq/start")
    heard = band.until(17_000)
    heard += band.play(f"seq/pattern a xx.......... {place}").until(8 * BAR)
    begin, step = WHERE[place], BEAT // 4
    before = [frame for frame in range(0, 8 * BAR, 12 * step) if frame < begin]
    after = [frame for number in range(200) for frame in (number * 12 * step, (number * 12 + 1) * step) if begin <= frame < 8 * BAR]
    assert onsets(heard, "a") == before + after
    assert onsets(heard, "b") == list(range(0, 8 * BAR, 3 * step))


@pytest.mark.parametrize("verb, running", [("start", True), ("start", False), ("reset", True)])
@pytest.mark.parametrize("place", ["now", "beat", "bar", "bar+2"])
def test_start_and_reset_begin_anew_where_they_say(verb, running, place):
    band = Band().play("seq/create a a X..; seq/create b b x....; seq/start b now" + ("; seq/start a now" if running else ""))
    heard = band.until(17_000)
    heard += band.play(f"seq/{verb} a {place}").until(5 * BAR)
    begin, step = WHERE[place], BEAT // 4
    before = [frame for frame in range(0, 5 * BAR, 3 * step) if frame < begin] if running else []
    assert onsets(heard, "a") == before + list(range(begin, 5 * BAR, 3 * step))
    assert onsets(heard, "b") == list(range(0, 5 * BAR, 5 * step))


@pytest.mark.parametrize("place", ["now", "beat", "bar", "bar+2", "loop"])
def test_a_stop_stops_where_it_says_and_nothing_begins_there(place):
    band = Band().play("seq/create a a xxxxxxxxxxxx; seq/start a now")
    heard = band.until(17_000)
    heard += band.play(f"seq/stop a {place}").until(5 * BAR)
    assert onsets(heard, "a") == until(list(range(0, 5 * BAR, BEAT // 4)), WHERE[place])
    assert len(ends(heard, "a")) == len(onsets(heard, "a"))


@pytest.mark.parametrize("frame", [0, BAR, 3 * BAR])
@pytest.mark.parametrize("bpm", [120, 174.3])
def test_who_asks_at_the_first_frame_of_a_bar_means_that_bar(bpm, frame):
    bar = Clock(bpm).frame(4 * frame // BAR)
    band = Band().play(f"tempo {bpm}; seq/create a a x")
    band.until(bar)
    band.play("seq/start a bar")
    assert onsets(band.until(bar + 100_000), "a")[0] == bar


def test_a_stop_at_the_frame_of_a_step_comes_first():
    """174.3 BPM: half of the steps lie a little before their frame."""
    for number in range(1, 9):
        at = Clock(174.3).frame(Fraction(number, 4))
        band = Band().play("tempo 174.3; seq/create a a x; seq/start a now")
        heard = band.until(at) + band.play("seq/stop a").until(at + 10_000)
        assert len(onsets(heard, "a")) == number


def test_a_start_at_the_frame_of_a_step_strikes_once():
    for number in range(1, 9):
        at = Clock(174.3).frame(Fraction(number, 4))
        band = Band().play("tempo 174.3; seq/create a a x; seq/start a now")
        heard = band.until(at) + band.play("seq/start a now").until(at + 1_000)
        assert onsets(heard, "a").count(at) == 1


def test_a_change_at_the_frame_of_a_step_loses_and_doubles_nothing():
    for number in range(1, 9):
        at = Clock(174.3).frame(Fraction(number, 4))
        band = Band().play("tempo 174.3; seq/create a a x; seq/start a now")
        heard = band.until(at) + band.play("seq/pattern a XXX now").until(at + 9_000)
        assert onsets(heard, "a") == until(Clock(174.3).frames(steps(30)), at + 9_000)
        assert [value for frame, _, value, _ in heard if frame == at and value] == [1.0]


TRIPLETS = ("1/8t", "1/16t", "1/4t", "1/32t")


@pytest.mark.parametrize("step", TRIPLETS)
@pytest.mark.parametrize("size", [1, 3, 5, 7, 11])
def test_what_ends_at_a_bar_has_no_stray_note_there_however_beats_are_rounded(step, size):
    """Thirds of beats are no binary numbers: a step at the bar may lie a hair before it."""
    band = Band().play(f"seq/create a a {'x' * size}; seq/config a step {step} now; seq/create b b x; scene/set one a; scene/set two b; scene/play one now")
    band.until(10 * BAR + 100)
    band.play("scene/play two bar+4")
    at, heard = 15 * BAR, band.until(15 * BAR + 1)
    assert onsets(heard, "a")[-1] < at and onsets(heard, "b") == [at]


@pytest.mark.parametrize("step", TRIPLETS)
@pytest.mark.parametrize("size", [1, 3, 5, 7, 11])
def test_a_change_at_a_bar_doubles_nothing_however_beats_are_rounded(step, size):
    band = Band().play(f"seq/create a a {'x' * size}; seq/config a step {step} now; seq/start a now")
    band.until(11 * BAR + 100)
    heard = band.play(f"seq/pattern a {'X' * size} bar+3").until(18 * BAR)
    found = onsets(heard, "a")
    assert len(found) == len(set(found))
    assert {value for frame, _, value, _ in heard if value and frame >= 15 * BAR} == {1.0}
    assert {value for frame, _, value, _ in heard if value and frame < 15 * BAR} == {64 / 127}


BARS = {"X...": [0], "xx..": [0, 1], "xxx.": [0, 1, 2], "x..x": [0, 3], ".x..": [1], "..x.": [2], "x.x.": [0, 2]}
# what is said in the first bar, each a pattern, its place, and the bar it is meant from on; what is heard from the second bar on
SAID = {
    "each at its place": (("xx.. bar", 0), ("xxx. bar+1", 0), ("x..x bar+3", 0), ["xx..", "xxx.", "xxx.", "x..x", "x..x"]),
    "the newer one at the same place": (("xx.. bar", 0), ("xxx. bar", 0), ["xxx."] * 3),
    "a newer one that comes sooner took it along": (("xx.. bar+1", 0), ("xxx. bar", 0), ["xxx."] * 3),
    "between two": (("xx.. bar", 0), ("xxx. bar+2", 0), ("x..x bar+1", 0), ["xx..", "x..x", "x..x", "x..x"]),
    "no more than have room": (("xx.. bar", 0), ("xxx. bar+1", 0), ("x..x bar+2", 0), (".x.. bar+3", 0), ("..x. bar+4", 0), ("x.x. bar+5", 0),
                               ["xx..", "xxx.", "x..x", "x..x", "x..x", "x.x."]),
    "from a moment on": (("xx.. bar", 1.5), ("xxx. bar+1", 3.0), ["X...", "xx..", "xx..", "xxx."]),
    "from a bar on that is yet to come": (("xx.. bar", 2), ("xxx. now", 3), ["X...", "xx..", "xxx."]),
    "from a moment on that has gone by": (("xx.. bar", 0.1), ["xx..", "xx.."]),
}


@pytest.mark.parametrize("case", SAID)
def test_changes_wait_for_their_places(case):
    *said, bars = SAID[case]
    band = Band().play("seq/create a a X...; seq/config a step 1/4 now; seq/start a now")
    band.until(BAR // 2 + 100)
    for line, moment in said:
        band.play(f"seq/pattern a {line}", round(moment * BAR))
    band.until(BAR)
    assert onsets(band.until((1 + len(bars)) * BAR), "a") == [(1 + i) * BAR + step * BEAT for i, pattern in enumerate(bars) for step in BARS[pattern]]


def test_what_does_not_run_changes_at_the_moment_that_is_meant():
    """Bundles that are sent ahead of their time: at beat 2 all begins that is said of it, to the frame, and starting it sooner finds nothing there yet."""
    band = Band().play("seq/create a a X...", 2 * BEAT).play("seq/config a step 1/4 bar; seq/swing a 0.5 loop", 2 * BEAT).play("seq/start a now")
    assert onsets(band.until(2 * BEAT), "a") == []
    band.play("seq/start a now; seq/pattern a xx.. now", 2 * BEAT + 100)
    assert onsets(band.until(7 * BEAT), "a") == [2 * BEAT, 2 * BEAT + 3 * BEAT // 2, 6 * BEAT]


def test_all_that_waits_is_put_off_with_the_beats():
    band = Band().play("seq/create a a X...; seq/config a step 1/4 now; seq/start a now")
    band.until(100)
    band.play("seq/pattern a xx.. bar; seq/pattern a xxx. bar+1").direct(TEMPO, sc.A_BEAT, 100.0, 0)
    assert len(scores.areas_in(band.arena.view(np.int64), 0) - {-1}) == 3, "nobody may write where they stand"
    assert onsets(band.until(3 * BAR), "a") == [BAR * bar + BEAT * step for bar, pattern in enumerate(("X...", "xx..", "xxx.")) for step in BARS[pattern] if bar or step]


def test_settings_that_come_together_are_all_heard_at_once():
    """Two changes at one moment, the second for later: the first one is not put off with it."""
    band = Band().play("seq/create a a X...; seq/start a now")
    band.until(100)
    heard = band.play("seq/pattern a x.x. now; seq/swing a 0.5 bar").until(BAR)
    assert onsets(heard, "a") == list(range(BEAT // 2, BAR, BEAT // 2))


def test_a_reset_now_does_not_forget_a_start_that_waits():
    band = Band().play("seq/create a a x; tempo 120")
    band.until(100)
    assert onsets(band.play("seq/start a bar; seq/reset_all now").until(BAR + 1), "a") == [BAR]
    assert onsets(band.play("seq/start a beat; seq/reset a bar").until(BAR + 4 * BEAT + 1), "a")[-1] == BAR + 4 * BEAT


def test_starting_all_starts_no_scene_and_no_song():
    band = Band().play("seq/create a a x; seq/create b b x; scene/set s a; scene/set t b; song/set g s:1 t:1; seq/start")
    heard = band.until(8 * BAR)
    assert onsets(heard, "a") == onsets(heard, "b") == list(range(0, 8 * BAR, BEAT // 4))


# a tempo of its own

def test_a_tempo_of_its_own_and_back():
    band = Band().play("seq/create a a x; seq/create b b x; seq/start; seq/bpm a 90")
    heard = band.until(2 * RATE)
    own = Clock(90).frames(steps(12))
    assert onsets(heard, "a") == own and onsets(heard, "b") == Clock().frames(steps(16))
    heard = band.play("seq/bpm a 0; tempo 60 bar").until(4 * RATE)
    assert onsets(heard, "a") == [2 * RATE + RATE // 4 * i for i in range(8)] == onsets(heard, "b")


@pytest.mark.parametrize("then", ["seq/bpm a 0", "seq/delete a", "seq/delete a; seq/create z b x", "seq/bpm a 300", "tempo 60"])
def test_what_sounds_ends_where_the_tempo_of_its_own_had_it(then):
    """A note of 4 beats at 240, half of it played: whatever becomes of the sequencer, two beats are left, and end where they were to end."""
    band = Band().play("seq/create a a X---------------; seq/config a gate 1 now; seq/bpm a 240; seq/start a now")
    heard = band.until(RATE // 2) + band.play(then).until(4 * RATE)
    left = 2 * RATE // 5 if then == "seq/bpm a 300" else RATE // 2
    assert abs(ends(heard, "a")[0] - (RATE // 2 + left - 1)) <= 1


# gates

@pytest.mark.parametrize("part, length", [(0.01, 60), (0.5, 3_000), (1.0, 6_000)])
def test_a_gate_closes_a_frame_before_its_time_so_that_the_next_one_is_heard(part, length):
    heard = Band().play(f"seq/create a a xxxx; seq/gate_len a {part} now; seq/start a now").until(RATE)
    assert ends(heard, "a") == [frame + length - 1 for frame in onsets(heard, "a") if frame + length - 1 < RATE]
    assert len([1 for frame, name, value, _ in heard]) == len(set(frame for frame, *_ in heard))


@pytest.mark.parametrize("target, step, gate", (("b", "1/64", 0.01), ("b", "1/16t", 0.01), ("keys", "1/64", 0.01), ("keys", "1/16", 0.01)))
def test_what_is_shorter_than_a_frame_lasts_one(target, step, gate):
    """At 1,000 BPM eight strokes in a 64th have 22 frames each, and a hundredth of one would end where it begins."""
    band = Band().play(f"tempo 1000; seq/create s {target} x*8; seq/config s step {step} gate {gate} now; seq/start s now")
    heard = band.until(20_000)
    begun, ended = onsets(heard, target), ends(heard, target)
    assert len(begun) > 20 and len(ended) in (len(begun), len(begun) - 1)
    assert all(first < last <= first + 10 for first, last in zip(begun, ended))


def test_a_gate_that_reaches_over_the_next_step_stays_open():
    heard = Band().play("seq/create a a xx..; seq/gate_len a 1.5 now; seq/start a now").until(BEAT)
    assert [(frame, bool(value)) for frame, _, value, _ in heard] == [(0, True), (6_000, True), (14_999, False)]


def test_ties_hold():
    heard = Band().play("seq/create a a x-.X--x; seq/gate_len a 1 now; seq/config a once 1 now; seq/start a now").until(BAR)
    assert [(frame, round(value, 3)) for frame, _, value, _ in heard] == [(0, 0.504), (11_999, 0), (18_000, 1.0), (35_999, 0), (36_000, 0.504), (41_999, 0)]


def test_a_note_ends_by_the_number_it_began_with():
    heard = Band().play("seq/create k keys xx; seq/notes k c4 c4+e4 now; seq/gate_len k 3 now; seq/start k now").until(RATE)
    begun = {extra >> 16: frame for frame, _, _, extra in heard if extra & 0xFFFF}
    assert len(begun) == len(onsets(heard, "keys"))
    ended = [(frame, extra >> 16) for frame, _, _, extra in heard if not extra & 0xFFFF]
    assert len(ended) > 5 and all(frame == begun[serial] + 17_999 for frame, serial in ended)


# chance

def played(band: Band, id_: str, passes: int, step: int = BEAT // 4) -> list[int]:
    """In which passes a sequencer of one step was heard."""
    return [frame // step for frame in onsets(band.until(band.frame + passes * step), id_)]


@pytest.mark.parametrize("percent", [0, 10, 50, 90, 100])
def test_chance_has_its_share(percent):
    count = 3_000
    found = len(played(Band().play(f"seq/create a a x?{percent}; tempo 1000; seq/start a now"), "a", count, 720))
    share, sigma = percent / 100, (count * percent / 100 * (1 - percent / 100)) ** 0.5
    assert abs(found - count * share) <= 4 * sigma


def test_chances_are_the_same_again_and_independent_of_each_other():
    """Sequencers, steps, seeds: of any two, both play as often as chance has it; ratchets and chords stand together."""
    lines = ("seq/create a a x?; seq/create b b x?; seq/create c c x?; seq/config c seed 1 now; seq/create d d x?x?; seq/config d step 1/32 now; "
             "tempo 1000; seq/start")
    count, step, sigma = 2_000, 720, (2_000 / 16) ** 0.5
    first, again = (Band().play(lines).until(count * step) for _ in range(2))
    assert first == again
    rows = [{frame // step for frame in onsets(first, id_)} for id_ in "abc"]
    rows += [{frame // step for frame in onsets(first, "d") if frame % step == half} for half in (0, step // 2)]
    for i, one in enumerate(rows):
        assert abs(len(one) - count / 2) < 4 * (count / 4) ** 0.5
        assert abs(len(one & {number + 1 for number in one}) - len(one) ** 2 / count) < 4 * sigma, "a pass depends on the one before"
        for other in rows[:i]:
            assert abs(len(one & other) - len(one) * len(other) / count) < 4 * sigma, "two depend on each other"
    chords = Band().play("seq/create k keys x*2?; seq/notes k c4+e4+g4 now; seq/start k now").until(100 * RATE // 8)
    assert {onsets(chords, "keys").count(frame) for frame in onsets(chords, "keys")} == {3}
    assert all(frame + 3_000 in onsets(chords, "keys") for frame in onsets(chords, "keys") if frame % 6_000 == 0)


def test_random_direction_plays_one_step_at_each_place_and_all_alike():
    heard = Band().play("seq/create k keys xxxx; seq/notes k c4 d4 e4 f4 now; seq/config k direction random now; tempo 1000; seq/start k now").until(4_000 * 720)
    found = notes(heard)
    assert onsets(heard, "keys") == list(range(0, 4_000 * 720, 720))
    assert all(abs(found.count(note) - 1_000) < 4 * 750 ** 0.5 for note in (60, 62, 64, 65))


def test_random_direction_plays_all_notes_with_fewer_hits():
    heard = Band().play("seq/create k keys x.x.; seq/notes k c4 d4 e4 f4 now; seq/config k direction random now; tempo 1000; seq/start k now").until(4_000 * 720)
    assert all(abs(notes(heard).count(note) - 500) < 4 * 500 ** 0.5 for note in (60, 62, 64, 65))


def test_every_so_many_passes():
    """Rows may name the passes that they play in; nothing of the step language does yet."""
    band = Band().play("seq/create a a x; tempo 120")
    row = band.memory.base + band.memory[H_SCORES] + band.area * sc.SCORE_BYTES + sc.SCORE_HEADER
    store(row + sc.V_EVERY, 4 | 3 << 16)
    band.play("seq/start a now")
    assert onsets(band.until(20 * 6_000), "a") == [6_000 * n for n in range(20) if n % 4 == 3]


# arpeggios

HELD = "note r g4 0.5; note r c4 1; note r e4 0.25"
ORDERS = {("up", 1): "c4 e4 g4 c4 e4 g4 c4", ("up", 2): "c4 e4 g4 c5 e5 g5 c4", ("down", 1): "g4 e4 c4 g4 e4 c4 g4", ("down", 2): "g5 e5 c5 g4 e4 c4 g5",
          ("up-down", 1): "c4 e4 g4 e4 c4 e4 g4", ("up-down", 2): "c4 e4 g4 c5 e5 g5 e5 c5 g4 e4 c4 e4",
          ("as-played", 1): "g4 c4 e4 g4 c4 e4 g4", ("as-played", 2): "g4 c4 e4 g5 c5 e5 g4"}
NUMBERS = {"c4": 60, "e4": 64, "g4": 67, "c5": 72, "e5": 76, "g5": 79}


@pytest.mark.parametrize("mode, octaves", ORDERS)
def test_arpeggios_in_their_order(mode, octaves):
    band = Band().play(f"arp/create r keys mode {mode} octaves {octaves}; {HELD}")
    order = [NUMBERS[name] for name in ORDERS[mode, octaves].split()]
    heard = band.until(6_000 * len(order))
    assert notes(heard) == order and onsets(heard, "keys") == [6_000 * i for i in range(len(order))]
    loud = {67: 0.5, 60: 1.0, 64: 0.25}
    for _, _, value, extra in heard:
        if extra & 0xFFFF:
            assert abs((extra & 0xFFFF) / 65_535 - loud[value if value < 72 else value - 12]) < 1e-4


def test_a_chord_and_a_random_arpeggio():
    heard = Band().play(f"arp/create r keys mode chord octaves 2; {HELD}").until(12_000)
    assert sorted(notes(heard)) == sorted([60, 64, 67, 72, 76, 79] * 2)
    heard = Band().play(f"arp/create r keys mode random; {HELD}; tempo 1000").until(450 * 720)
    assert all(abs(notes(heard).count(note) - 150) < 4 * 100 ** 0.5 for note in (60, 64, 67))


def test_a_latch_keeps_what_was_let_go_until_the_next_key():
    band = Band().play("arp/create r keys latch 1; note r c4 1; note r e4 1")
    heard = band.until(5_000) + band.play("note r c4 0; note r e4 0").until(25_000)
    assert notes(heard) == [60, 64, 60, 64, 60]
    assert notes(band.play("note r g4 1").until(36_000)) == [67]
    assert notes(band.play("note r g4 0; arp/create r keys latch 0").until(48_000)) == [], "nor longer than there is a latch"
    assert notes(band.play("note r a4 1; note r a4 0").until(60_000)) == []


def test_without_keys_there_is_silence_and_the_next_key_begins_the_order():
    band = Band().play("arp/create r keys; note r c4 1; note r e4 1")
    band.until(7_000)
    assert notes(band.play("note r c4 0; note r e4 0").until(20_000)) == []
    assert notes(band.play("note r e4 1; note r c4 1").until(36_000)) == [60, 64]


def test_more_keys_than_there_is_room_for():
    band = Band().play("arp/create r keys; " + "; ".join(f"note r {note} 1" for note in range(40, 40 + limits.HELD_NOTES + 4)))
    assert sorted(set(notes(band.until(6_000 * 20)))) == list(range(40, 40 + limits.HELD_NOTES))
    band.play("; ".join(f"note r {note} 0" for note in range(40, 40 + limits.HELD_NOTES + 4)))
    assert notes(band.until(band.frame + 6_000)) == []


def test_the_rhythm_of_an_arpeggio():
    heard = Band().play(f"arp/create r keys pattern X.x*2 step 1/8 gate 1; {HELD}").until(36_000 + 1)
    assert onsets(heard, "keys") == [0, 24_000, 30_000, 36_000] and notes(heard) == [60, 64, 67, 60]


# scenes and songs

SCENES = "seq/create a a x; seq/create b b x; seq/create c c x; scene/set one a b; scene/set two b c; "


@pytest.mark.parametrize("place", ["now", "bar"])
@pytest.mark.parametrize("first", ["scene", "members"])
def test_a_scene_starts_with_its_first_frame(place, first):
    """Whoever was made first: what a scene starts begins at that very frame."""
    made = SCENES if first == "members" else "scene/set one; seq/create a a x; seq/create b b x; scene/set one a b; "
    band = Band().play(made.rstrip("; "))
    band.until(1_000)
    begin = 1_000 if place == "now" else BAR
    heard = band.play(f"scene/play one {place}").until(begin + BEAT)
    assert onsets(heard, "a") == onsets(heard, "b") == [begin + 6_000 * i for i in range(4)]


@pytest.mark.parametrize("bpm", [120, 174.3])
def test_scenes_change_at_a_bar_without_a_stray_note(bpm):
    band, clock = Band().play(SCENES + f"tempo {bpm}; scene/play one now"), Clock(bpm)
    band.until(100)
    heard = band.play("scene/play two bar").until(clock.frame(8))
    begin, all_ = clock.frame(4), clock.frames(steps(32))
    assert onsets(heard, "a") == [frame for frame in all_ if 0 < frame < begin]
    assert onsets(heard, "b") == [frame for frame in all_ if frame]
    assert onsets(heard, "c") == [frame for frame in all_ if frame >= begin]


def test_scenes_that_follow_each_other_do_so_to_the_frame():
    """Either may stand before the other in the table."""
    band = Band().play(SCENES + "scene/follow one 1 two; scene/follow two 2 one; tempo 174.3; scene/play one now")
    clock = Clock(174.3)
    heard = band.until(clock.frame(36))
    all_ = steps(36 * 4)
    assert onsets(heard, "a") == clock.frames(beat for beat in all_ if beat // 4 % 3 == 0)
    assert onsets(heard, "c") == clock.frames(beat for beat in all_ if beat // 4 % 3 != 0)
    assert onsets(heard, "b") == clock.frames(all_)


def test_a_scene_that_ends_stops_its_own():
    heard = Band().play(SCENES + "scene/follow one 2 stop; seq/start c now; scene/play one now").until(4 * BAR)
    assert onsets(heard, "a") == list(range(0, 2 * BAR, 6_000))


@pytest.mark.parametrize("loop", [False, True])
def test_a_song_to_its_end(loop):
    """One bar of the first scene, two of the second, and, if it does not begin anew, silence."""
    heard = Band().play(SCENES + f"song/set g one:1 two:2{' loop' * loop}; song/play g now").until(9 * BAR)
    bars = {id_: sorted({frame // BAR for frame in onsets(heard, id_)}) for id_ in "abc"}
    rounds = (0, 3, 6) if loop else (0,)
    assert bars == {"a": [r for r in rounds], "b": [r + i for r in rounds for i in range(3)], "c": [r + i for r in rounds for i in (1, 2)]}
    for id_ in "abc":
        assert len(onsets(heard, id_)) == 16 * len(bars[id_])
        assert len(ends(heard, id_)) == len(onsets(heard, id_))


def bars_of(heard: list[tuple], id_: str) -> list[int]:
    """The bars in which a gate opens."""
    return sorted({frame // BAR for frame in onsets(heard, id_)})


@pytest.mark.parametrize("before", ["song/set g one:2 two:2 loop; song/play g now", "scene/follow one 2 two; scene/follow two 2 one; scene/play one now"])
@pytest.mark.parametrize("verb", ["scene/play", "seq/start"])
def test_a_scene_that_is_played_takes_the_lead(before, verb):
    """From whatever song, or scene with a follower, would go on."""
    band = Band().play(SCENES + "scene/set alone c; " + before)
    heard = band.until(100) + band.play(f"{verb} alone bar").until(9 * BAR)
    assert (bars_of(heard, "a"), bars_of(heard, "b"), bars_of(heard, "c")) == ([0], [0], list(range(1, 9)))


def test_a_song_takes_the_lead_from_a_scene():
    band = Band().play(SCENES + "scene/follow one 3 stop; song/set g one:8; scene/play one now")
    band.until(100)
    assert bars_of(band.play("song/play g bar").until(9 * BAR), "a") == [*range(9)]


def test_what_goes_on_round_a_looping_song_is_not_begun_anew():
    """Seven sixteenths against two bars."""
    made = "seq/create a a x......; seq/create b b x; scene/set one a b; scene/set two a; song/set g one:1 two:1 loop; song/play g now"
    heard = Band().play(made).until(8 * BAR)
    assert onsets(heard, "a") == [7 * 6_000 * i for i in range(len(onsets(heard, "a")))] and len(onsets(heard, "a")) == 19
    assert bars_of(heard, "b") == [0, 2, 4, 6]


def test_at_its_loop_a_pattern_of_another_length_begins_at_its_beginning():
    band = Band().play("seq/create a a X.......; seq/start a now")
    heard = band.until(5 * 6_000) + band.play("seq/pattern a X..... loop").until(2 * BAR)
    assert onsets(heard, "a") == [0, *range(8 * 6_000, 2 * BAR, 6 * 6_000)]


GOES_ON = SCENES + "seq/create d d x; scene/set off d; song/set g one:2 two:2; "


@pytest.mark.parametrize("stop", ["seq/stop", "panic"])
def test_those_go_on_that_were_stopped_all_at_once(stop):
    """Not who was still before; and the song, which knows its way."""
    band = Band().play(GOES_ON + "song/play g now; seq/start d now")
    heard = band.until(BAR) + band.play("seq/stop d").until(BAR + BEAT)
    band.play(stop)
    assert bars_of(band.until(4 * BAR + BEAT), "a") == []
    heard = band.play("seq/continue; seq/continue").until(12 * BAR)
    assert (bars_of(heard, "a"), bars_of(heard, "c"), bars_of(heard, "d")) == ([4], [5, 6], [])
    assert bars_of(heard, "b") == [4, 5, 6]


def test_who_runs_alone_is_not_joined_by_a_continue():
    band = Band().play(GOES_ON + "seq/start a now")
    heard = band.until(100) + band.play("seq/continue").until(BAR)
    assert (bars_of(heard, "a"), bars_of(heard, "b")) == ([0], [])


def test_a_song_goes_on_with_those_who_play_in_it():
    band = Band().play(GOES_ON + "song/play g now")
    band.until(2 * BAR + BEAT)
    band.play("seq/stop g").until(5 * BAR + BEAT)
    heard = band.play("seq/continue g").until(12 * BAR)
    assert (bars_of(heard, "a"), bars_of(heard, "b"), bars_of(heard, "c")) == ([], [5, 6], [5, 6])


def test_a_song_goes_on_where_it_was_put():
    """Beat 9 is in its third bar."""
    band = Band().play(GOES_ON + "song/play g now")
    band.until(BEAT)
    band.play("seq/stop").until(4 * BAR)
    band.direct(TEMPO, sc.A_BEAT, 9.0, -1)
    heard = band.play("seq/continue").until(12 * BAR)
    assert (bars_of(heard, "a"), bars_of(heard, "b"), bars_of(heard, "c")) == ([], [4, 5], [4, 5])


def bars(heard: list[tuple]) -> dict[str, list[int]]:
    return {id_: bars_of(heard, id_) for id_ in "abcd"}


@pytest.mark.parametrize("stop, where", [("seq/stop g bar", None), ("seq/stop", 8.0)])
def test_a_song_that_goes_on_where_sections_meet_begins_the_next_one(stop, where):
    """Stopped there, or put there."""
    band = Band().play(GOES_ON + "song/play g now")
    band.until(BAR + BEAT)
    band.play(stop).until(5 * BAR)
    if where is not None:
        band.direct(TEMPO, sc.A_BEAT, where, -1)
    heard = band.play(f"seq/continue{'' if where else ' g'}").until(12 * BAR)
    assert bars(heard) == {"a": [], "b": [5, 6], "c": [5, 6], "d": []}


@pytest.mark.parametrize("who, goes_on", [("song/play g now", {"a": [5], "b": [5, 6, 7], "c": [6, 7], "d": []}),
                                          ("scene/play one now", {"a": [*range(5, 12)], "b": [*range(5, 12)], "c": [], "d": []})])
@pytest.mark.parametrize("stop", ["seq/stop", "panic"])
def test_after_a_stop_of_all_a_song_or_a_scene_goes_on_with_its_own(who, goes_on, stop):
    band = Band().play(GOES_ON + who)
    band.until(BAR)
    band.play(stop).until(5 * BAR)
    assert bars(band.play(f"seq/continue {who.split()[1]}").until(12 * BAR)) == goes_on


LOOP = GOES_ON.replace("two:2", "two:2 loop") + "scene/set x d; scene/set y a; "


def test_who_changes_their_mind_keeps_the_song():
    band = Band().play(LOOP + "song/play g now")
    heard = band.until(100) + band.play("scene/play x bar+2; song/play g bar").until(9 * BAR)
    assert bars(heard) == {"a": [0, 1, 2, 5, 6], "b": [*range(9)], "c": [3, 4, 7, 8], "d": []}


def test_two_scenes_that_wait_lead_one_after_the_other():
    band = Band().play(LOOP + "song/play g now")
    heard = band.until(100) + band.play("scene/play x bar; scene/play y bar+2").until(6 * BAR)
    assert bars(heard) == {"a": [0, 3, 4, 5], "b": [0], "c": [], "d": [1, 2]}


@pytest.mark.parametrize("own, place", [("", "loop"), ("seq/bpm g 100; ", "bar")])
def test_a_song_ends_where_the_scene_begins_whatever_its_clock(own, place):
    band = Band().play(LOOP + own + "song/play g now")
    heard = band.until(BEAT) + band.play(f"scene/play x {place}").until(9 * BAR)
    first = onsets(heard, "d")[0]
    assert onsets(heard, "d") == list(range(first, 9 * BAR, 6_000)) and all(frame < first for id_ in "abc" for frame in onsets(heard, id_))


@pytest.mark.parametrize("before", ["scene/play off now", "song/set h off:8; song/play h now", "scene/follow off 1 g; scene/play off now"])
def test_a_song_stops_those_of_who_led_before(before):
    band = Band().play(GOES_ON + before)
    heard = band.until(100) + band.play("song/play g bar").until(9 * BAR)
    assert bars(heard) == {"a": [1, 2], "b": [1, 2, 3, 4], "c": [3, 4], "d": [0]}


def test_members_that_come_to_a_looping_song_are_heard_in_its_next_round():
    band = Band().play(GOES_ON + "song/set g one:1 two:1 loop; song/play g now")
    heard = band.until(100) + band.play("scene/set one a b d; scene/set two b c d; song/set g one:1 two:1 loop").until(6 * BAR)
    assert bars_of(heard, "d") == [2, 3, 4, 5] and bars_of(heard, "c") == [1, 3, 5]


def test_a_song_that_loops_no_more_plays_its_round_to_the_end():
    band = Band().play(GOES_ON + "song/set g one:1 two:1 loop; song/play g now")
    heard = band.until(4 * BAR + BEAT) + band.play("song/set g one:1 two:1").until(9 * BAR)
    assert bars(heard) == {"a": [0, 2, 4], "b": [*range(6)], "c": [1, 3, 5], "d": []}


def test_only_those_go_on_that_the_last_stop_of_all_stopped():
    band = Band().play(GOES_ON + "song/play g now")
    band.until(BEAT)
    band.play("seq/stop").until(BAR)
    band.play("seq/start d now").until(BAR + BEAT)
    band.play("seq/stop").until(2 * BAR)
    assert bars(band.play("seq/continue").until(6 * BAR)) == {"a": [], "b": [], "c": [], "d": [2, 3, 4, 5]}


def test_who_was_deleted_keeps_nobody_from_beginning():
    band = Band().play("seq/create a a x; seq/create b b x; seq/start a now")
    band.until(100)
    band.play("seq/delete a bar; seq/stop").until(2 * BAR)
    assert bars_of(band.play("seq/continue").until(4 * BAR), "b") == [2, 3]


@pytest.mark.parametrize("change, then", [("seq/pattern a x.x.x.x. bar", [0, 1, 2, 3]), ("seq/pattern a x bar", [0, 1, 2, 3])])
def test_what_is_played_once_is_played_once(change, then):
    band = Band().play("seq/create a a x...x...x...x...; seq/config a once 1 now; seq/start a now")
    heard = band.until(100) + band.play(change).until(4 * BAR)
    assert onsets(heard, "a") == [BEAT * i for i in then]


def test_what_is_to_be_played_once_plays_its_round_to_the_end():
    band = Band().play("seq/create a a x...x...x...x...; seq/start a now")
    heard = band.until(2 * BAR + BEAT) + band.play("seq/config a once 1 now").until(6 * BAR)
    assert onsets(heard, "a") == [BEAT * i for i in range(12)]


def test_a_follower_that_is_named_while_all_stands_still():
    band = Band().play(SCENES + "scene/play one now")
    band.until(3 * BAR + BEAT)
    band.play("seq/stop").until(4 * BAR)
    heard = band.play("scene/follow one 2 two; seq/continue").until(9 * BAR)
    assert bars_of(heard, "a") == [4] and bars_of(heard, "c") == [4, 5, 6, 7, 8]


def test_who_joins_a_song_that_was_put_elsewhere_is_in_phase_with_its_section():
    """Section two begins at beat 12, and ends at 28."""
    made = "seq/create a a x; seq/create c c X.......; seq/config c step 1/4 now; scene/set one a; scene/set two c; song/set g one:3 two:4; song/play g now"
    band = Band().play(made)
    band.until(BEAT)
    band.play("seq/stop").until(4 * BAR)
    band.direct(TEMPO, sc.A_BEAT, 13.0, -1)
    assert onsets(band.play("seq/continue").until(10 * BAR), "c") == [4 * BAR + 7 * BEAT]


@pytest.mark.parametrize("after, then", [(1, 4), (4, 4), (5, 8), (7, 8)])
def test_a_follower_that_is_named_while_the_scene_plays(after, then):
    """At the end of so many bars of it; of as many again when these are over."""
    band = Band().play(SCENES + "scene/play one now")
    heard = band.until(after * BAR) + band.play("scene/follow one 4 two").until(11 * BAR)
    assert bars_of(heard, "a") == [*range(then)] and bars_of(heard, "c") == [*range(then, 11)] and len(onsets(heard, "b")) == 11 * 16


# deleting, panic

@pytest.mark.parametrize("place", ["now", "bar"])
def test_what_is_deleted_and_made_anew_plays(place):
    """In one breath: the new one is there, and is not deleted at the place that was meant for the old one."""
    band = Band().play("seq/create a a x; seq/start a now")
    band.until(1_000)
    band.play(f"seq/delete a {place}; seq/create a a X...; seq/start a bar")
    heard = band.until(3 * BAR)
    assert onsets(heard, "a") == list(range(BAR, 3 * BAR, BEAT)) and {value for *_, value, _ in heard if value} == {1.0}


def test_a_stop_does_not_bring_back_what_is_being_deleted():
    band = Band().play("seq/create a a x; seq/start a now")
    band.until(100)
    band.play("seq/delete a bar; seq/stop")
    assert onsets(band.until(BAR), "a") == [] and not find_sequencer(band.machine, sequencer_key("a"))
    band.play("seq/create a a x; seq/start a now; seq/delete a bar+1; seq/stop; seq/start")
    assert onsets(band.until(9 * BAR), "a") == [] and not find_sequencer(band.machine, sequencer_key("a"))


def test_there_is_room_for_a_new_one_when_one_is_being_deleted():
    band = Band().play("; ".join(f"seq/create s{i} a x" for i in range(limits.SEQUENCERS)))
    band.until(100)
    with pytest.raises(Refusal, match="sequencers already"):
        band.play("seq/create more b x")
    band.play("seq/delete s3 bar; seq/create more b x; seq/start more now")
    assert len(onsets(band.until(24_100), "b")) == 4


def test_deleting_lets_end_what_sounds():
    band = Band().play("seq/create a a X---; seq/start a now")
    heard = band.until(100) + band.play("seq/delete a").until(BAR)
    assert onsets(heard, "a") == [0] and len(ends(heard, "a")) == 1


def test_panic_stops_all_and_leaves_what_was_made():
    band = Band().play(SCENES + f"song/set g one:1; arp/create r keys latch 1; {HELD}; song/play g now; seq/start c bar")
    band.until(1_000)
    assert band.play("panic").until(3 * BAR) == []
    assert len(onsets(band.play("song/play g now").until(4 * BAR), "a")) == 16


# no room

def test_more_notes_than_can_end_do_not_begin():
    chord = "+".join(map(note_name, range(40, 56)))
    lines = [f"seq/create s{i} keys X; seq/notes s{i} {chord} now; seq/config s{i} gate 16 step 1/1 now" for i in range(40)]
    band = Band().play("; ".join(lines)).play("seq/start")
    heard = band.until(17 * BAR)
    begun = [frame for frame in onsets(heard, "keys") if frame == 0]
    assert len(begun) == limits.SEQUENCED_ENDS
    held = 0
    for _, _, _, extra in heard:
        held += 1 if extra & 0xFFFF else -1
        assert 0 <= held <= limits.SEQUENCED_ENDS
    band.play("seq/stop")
    rest = band.until(40 * BAR)
    assert held - len(ends(rest, "keys")) == 0, "a note hangs"


def test_more_changes_of_tempo_than_can_wait():
    band = Band().play("; ".join(f"tempo {100 + i} bar+{i + 1}" for i in range(limits.TEMPO_CHANGES + 10)) + "; seq/create a a x; seq/start a now")
    assert len(onsets(band.until(20 * BAR), "a")) > 200


def test_where_no_more_changes_of_tempo_can_wait_the_newest_takes_the_place_of_the_last():
    """All others come, and the sequencers, which stand behind them in the state, are as they were."""
    count = sc.CHANGE_ROWS
    band = Band().play("seq/create a a X...; seq/create b b X...; seq/start")
    band.play("; ".join(f"tempo {200 + 10 * i} bar+{i}" for i in range(1, count + 1)))
    band.play(f"tempo 150 bar+{count + 1}")
    clock = Clock()
    for i in range(1, count):
        clock.change(4 * i, 200 + 10 * i)
    clock.change(4 * (count + 1), 150)
    beats = [Fraction(beat) for beat in range(4 * count + 12)]
    last = clock.frame(4 * count + 12)
    heard = band.until(last)
    assert onsets(heard, "a") == onsets(heard, "b") == clock.frames(beats)


def test_too_much_at_one_frame_is_spread_and_the_engine_goes_on():
    """Nothing lasts for ever: after so many commands the next frame has its turn."""
    chord = "+".join(map(note_name, range(30, 62)))
    lines = "; ".join(f"seq/create s{i} keys X; seq/notes s{i} {chord} now; seq/gate_len s{i} 0.01 now" for i in range(60))
    heard = Band().play(lines).play("seq/start").until(100)
    frames = [frame for frame, *_ in heard]
    assert max(frames.count(frame) for frame in set(frames)) <= limits.EVENTS_AT_ONCE


# damage

@pytest.mark.parametrize("area", [-1, -2, limits.SCORES, 1 << 15, 0xFFFF, limits.SCORES - 1])
def test_a_place_that_holds_no_score_is_left_out(area):
    band = Band().play("seq/create a a x; seq/create b b x; seq/start")
    band.until(100)
    band.direct(SCORE, sequencer_key("a"), 0.0, (area & 0xFFFF) | sc.NOW << 16)
    heard = band.until(BAR)
    assert len(onsets(heard, "a")) == len(onsets(heard, "b")) == 15 and band.memory[BAD_ENTRIES] == 1


HURT = {"a word of the header": sc.W_LENGTH, "how many rows": sc.W_ROWS, "how long the text": sc.W_TEXT_BYTES, "the checksum": sc.W_CHECK,
        "the first row": sc.SCORE_HEADER + sc.V_LENGTH, "the last row": sc.SCORE_HEADER + 2 * sc.ROW_BYTES + sc.V_EVERY, "the text": sc.SCORE_TEXT}


@pytest.mark.parametrize("what", HURT)
@given(bit=st.integers(0, 63))
@settings(max_examples=8, deadline=None)
def test_a_score_with_a_flipped_bit_is_left_out_and_counted(what, bit):
    band, hurt = Band().play("seq/create a a x...; seq/start a now"), [False]
    def direct(kind, target, value, extra):
        place = band.memory[H_SCORES] + (extra & 0xFFFF) * sc.SCORE_BYTES
        assert scores.text_in(band.memory, extra & 0xFFFF)["pattern"] == "xxx."
        band.memory.words.view(np.uint64)[place + HURT[what] >> 3] ^= np.uint64(1 << bit)
        with pytest.raises(ValueError):
            scores.text_in(band.memory, extra & 0xFFFF)
        Band.direct(band, kind, target, value, extra)
        hurt[0] = True
    band.direct = direct
    heard = band.play("seq/pattern a xxx. now").until(2 * BAR)
    assert hurt[0] and onsets(heard, "a") == list(range(0, 2 * BAR, BEAT)) and band.memory[BAD_ENTRIES] == 1


@pytest.mark.parametrize("length", [0.0, -1.0, 1e-300, float("nan"), float("inf"), 1e300])
def test_a_damaged_length_is_silence_and_no_endless_loop(length):
    band = Band().play("seq/create a a x; seq/start a now")
    store_float64(band.memory.base + band.memory[H_SCORES] + band.area * sc.SCORE_BYTES + sc.W_LENGTH, length)
    assert len(band.until(1_000)) <= 1


@given(st.sampled_from((SCORE, TRANSPORT, TEMPO, SIGNATURE)), st.sampled_from((0, sequencer_key("a"), sequencer_key("nobody"), 8, 1 << 61)),
       st.floats(-1e6, 1e6) | st.sampled_from((0.0, 1.0, 2.0, 3.0, 4.0, 1e18)), st.integers(0, (1 << 40) - 1))
@settings(max_examples=60, deadline=None)
def test_no_entry_makes_it_fall(kind, target, value, extra):
    """Whatever stands in the log, the other sequencers play on; tempos are as control has checked them."""
    if kind in (TEMPO, SIGNATURE):
        value = min(max(value, 10.0), 1000.0) if kind == TEMPO else min(max(value, 0.25), 64.0)
    band = Band().play("seq/create a a x; seq/create b b x; seq/start")
    band.until(10)
    band.direct(kind, target, value, extra)
    heard = band.until(RATE)
    assert target == 0 or kind in (TEMPO, SIGNATURE) or len(onsets(heard, "b")) == 7
