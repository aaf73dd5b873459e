"""Somebody else's clock followed and ours sent, in virtual time: an engine whose /time is as uneven as a real one's, a cable with 3 ms of jitter."""

import random

import pytest

from chronus.doors.midi.engine_time import EngineTime
from chronus.doors.midi.following import Following
from chronus.doors.midi.sending import Sending
from chronus.music.midi_clock import ClockFollower

RATE, JITTER, TICKS, LEAD = 48_000, 0.003, 0.0015, 0.025     # seconds: of the cable, to either side; of the device, late; of a command
UNIX = 1_700_000_000.0


class Engine:
    """Plays the tempo it was told, from LEAD later on."""

    def __init__(self, bpm: float, beat: float, seed: int):
        self.line, self.waiting, self.chance, self.heard, self.runs = (0.0, beat, bpm), [], random.Random(seed), [], 0

    def beat_at(self, seconds: float) -> float:
        since, beat, bpm = self.line
        return beat + (seconds - since) * bpm / 60.0

    def obey(self, now: float, commands: list[tuple]) -> None:
        self.heard += commands
        self.waiting += [(now + LEAD, command) for command in commands]

    def play(self, now: float) -> None:
        while self.waiting and self.waiting[0][0] <= now:
            when, (address, *args) = self.waiting.pop(0)
            if address == "/tempo":
                self.line = when, self.beat_at(when), args[0]
            if address == "/tempo/beat":
                self.line = self.line[0], self.line[1] + args[0] - self.beat_at(args[1] - UNIX), self.line[2]
            self.runs = {"/seq/start": 1, "/seq/continue": 1, "/seq/stop": 0}.get(address, self.runs)

    def time(self, now: float) -> dict:
        """What it answers: of a device whose ticks came late."""
        late = self.chance.uniform(0.0, TICKS)
        return {"bpm": self.line[2], "beat": round(self.beat_at(now - late), 6), "beats_per_bar": 4.0, "frame": round((now - late) * RATE), "unix": UNIX + now, "runs": self.runs}


class Rig:
    """A cable whose clock is followed by an engine."""

    def __init__(self, bpm: float, seed: int, engine_bpm: float = 120.0):
        self.engine, self.clock, self.time, self.bpm, self.chance = Engine(engine_bpm, 7.3, seed), ClockFollower(), EngineTime(RATE), bpm, random.Random(seed)
        self.following = Following(self.clock, lambda seconds: UNIX + seconds)
        self.now, self.next, self.came, self.started = 0.0, 0.0, 0.0, 0.0

    def message(self, kind: str, value: int = 0, when: float | None = None) -> None:
        when = self.now if when is None else when
        self.clock.take(kind, value, when)
        self.engine.obey(when, self.following.take(kind, when))

    def play(self, seconds: float) -> None:
        """Clocks as they come, the engine in steps of 1 ms, looks each 0.1 s."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            while self.came <= self.now:
                self.message("clock", 0, max(self.came, self.now - 0.001))
                self.next += 2.5 / self.bpm
                self.came = max(self.came, self.next + self.chance.uniform(-JITTER, JITTER))
            self.engine.play(self.now)
            if self.time.wants_to_know(self.now):
                self.time.hear(self.engine.time(self.now), self.now)
                self.engine.obey(self.now, self.following.look(self.now, self.time))
            self.now += 0.001

    def away_ms(self) -> float:
        """How far the engine's beat is from where the cable's clocks should be, in its song."""
        theirs = (self.now - self.started) * self.bpm / 60.0
        return (theirs - self.engine.beat_at(self.now)) * 60e3 / self.bpm


@pytest.mark.parametrize("bpm, before", ((120.0, 120.0), (174.3, 120.0), (87.5, 140.0)))
def test_within_a_millisecond_after_four_bars(bpm, before):
    for seed in range(4):
        rig = Rig(bpm, seed, before)
        rig.message("start")
        rig.play(16 * 60 / bpm)
        tempos, away = [], []
        for _ in range(20):
            rig.play(0.1)
            tempos.append(rig.engine.line[2])
            away.append(abs(rig.away_ms()))
        assert max(away) < 1.0 and abs(sum(tempos) / 20 - bpm) < 0.05 and abs(rig.clock.tempo - bpm) < 0.05, (seed, tempos, away)
        assert max(abs(tempo - bpm) for tempo in tempos) < 0.1, "what it slides by"
        assert [c[0] for c in rig.engine.heard if not c[0] == "/tempo"] == ["/tempo/beat", "/seq/start"]


def test_a_clock_that_runs_before_its_start():
    rig = Rig(100.0, 1)
    rig.play(4.0)
    assert abs(rig.engine.line[2] - 100.0) < 0.2 and not [c for c in rig.engine.heard if c[0] != "/tempo"], "only the tempo: nobody knows the beat"
    rig.message("start")
    rig.started = rig.next
    rig.play(0.2)
    beat, start = [c for c in rig.engine.heard if c[0] != "/tempo"]
    assert beat[:2] == ("/tempo/beat", 0.0) and beat[2] - UNIX == pytest.approx(rig.started, abs=0.0015) and start == ("/seq/start", None, "nearest")
    rig.play(4.0)
    assert abs(rig.away_ms()) < 1.0


def test_stop_continue_and_song_position():
    rig = Rig(120.0, 2)
    rig.message("start")
    rig.play(2.26)
    rig.message("stop")
    assert rig.engine.heard[-1] == ("/seq/stop", None, "now")
    rig.play(1.0)
    rig.message("continue")
    rig.play(0.05)
    beat, go_on = [c for c in rig.engine.heard if c[0] != "/tempo"][-2:]
    assert beat[0] == "/tempo/beat" and beat[1] == pytest.approx(4.5, abs=1 / 24 + 1e-9) and go_on == ("/seq/continue",)
    rig.message("stop")
    rig.message("song_position", 64)
    rig.message("continue")
    rig.play(0.05)
    assert [c for c in rig.engine.heard if c[0] != "/tempo"][-2][:2] == ("/tempo/beat", 16.0)


def test_a_stall_of_ours_is_no_other_tempo():
    """For 200 ms nobody reads the cable: 9 clocks at once. A tempo that is another one is followed all the same."""
    rig = Rig(120.0, 6)
    rig.message("start")
    rig.play(10.0)
    before = len(rig.engine.heard)
    rig.now += 0.2
    rig.play(6.0)
    assert all(108.0 <= args[0] <= 132.0 for address, *args in rig.engine.heard[before:] if address == "/tempo"), rig.engine.heard[before:]
    rig.bpm = 140.0
    rig.play(8.0)
    assert abs(rig.clock.tempo - 140.0) < 0.1 and abs(rig.engine.line[2] - 140.0) < 1.0


def test_a_tempo_that_stands_is_not_sent_again():
    rig = Rig(120.0, 3)
    rig.message("start")
    rig.play(20.0)
    before = len(rig.engine.heard)
    rig.play(10.0)
    assert len(rig.engine.heard) - before < 60 and rig.following.runs(rig.now)
    rig.engine.line = rig.now, rig.engine.beat_at(rig.now), 90.0
    rig.now += 1.0
    assert not rig.following.runs(rig.now) and not rig.following.look(rig.now, rig.time), "a clock that is gone is not followed"


def clocks(engine: Engine, sending: Sending, time: EngineTime, first: float, last: float) -> list[tuple[float, bytes]]:
    found, now = [], first
    while now < last:
        if time.wants_to_know(now):
            time.hear(engine.time(now), now)
        found += [(now, content)] if (content := sending.due(now)) else []
        now += max(sending.seconds(now), 1e-4)
    return found


def test_our_clock_has_24_a_quarter_and_runs_with_the_sequencers():
    engine, time = Engine(100.0, 0.0, 4), EngineTime(RATE)
    sending = Sending(time)
    sent = clocks(engine, sending, time, 0.0, 6.0)
    late = [(engine.beat_at(now) - (i + 1) / 24) * 600 for i, (now, content) in enumerate(sent[1:]) if content == b"\xf8"]
    assert 240 <= len(sent) <= 242 and max(map(abs, late)) < 2.5, "ms"
    engine.runs = 1
    sent = clocks(engine, sending, time, 6.0, 7.0)
    (i,) = [i for i, (_, content) in enumerate(sent) if content != b"\xf8"]
    sixteenth = sent[i][1][2] + 128 * sent[i][1][3]
    assert sent[i][1][:2] == b"\xf8\xf2" and sent[i][1][4:] == b"\xfb" and engine.beat_at(sent[i + 1][0]) == pytest.approx(sixteenth / 4, abs=0.005)
    engine.runs = 0
    assert b"\xfc" in {content[-1:] for _, content in clocks(engine, sending, time, 7.0, 7.5)}


def test_beats_that_are_counted_anew_put_the_others_there():
    engine, time = Engine(120.0, 30.0, 5), EngineTime(RATE)
    sending, engine.runs = Sending(time), 1
    clocks(engine, sending, time, 0.0, 1.0)
    engine.line = 1.0, 0.0 - 0.11, 120.0
    sent = b"".join(content for _, content in clocks(engine, sending, time, 1.0, 2.0))
    assert b"\xfc" in sent and (b"\xfa" in sent or b"\xf2" in sent) and sent.index(b"\xfc") < max(sent.find(b"\xfa"), sent.find(b"\xfb"))
