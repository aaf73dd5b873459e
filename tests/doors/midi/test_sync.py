"""One beat with other machines: an engine that is played here follows a jittering clock, and sends one that can be followed."""

import random
from types import SimpleNamespace

import pytest

from chronus.doors.midi.sync import IN, LOOK_SECONDS, OUT, Sync
from chronus.music.midi_clock import ClockFollower

WALL = 1.7e9                             # Unix time of the second 0 of the test


@pytest.fixture
def world():
    """A clock, and an engine with a tempo."""
    clock = SimpleNamespace(now=100.0)
    engine = SimpleNamespace(at=100.0, beat=3.7, bpm=120.0)
    sync = Sync(lambda: clock.now, lambda: WALL + clock.now)

    def beat(now=None):
        return engine.beat + ((clock.now if now is None else now) - engine.at) * engine.bpm / 60

    def said():
        return {"bpm": engine.bpm, "beat": beat(), "bar": 1, "beats_per_bar": 4.0, "unix": WALL + clock.now, "frame": 0}

    def tempo(bpm):
        engine.beat, engine.at, engine.bpm = beat(), clock.now, bpm
    return SimpleNamespace(clock=clock, sync=sync, beat=beat, said=said, tempo=tempo)


def test_the_engine_comes_to_lie_on_a_clock_from_elsewhere(world):
    chance, follower, changes = random.Random(3), ClockFollower(), []
    assert world.sync.set_mode(IN) == b""
    assert world.sync.transport("start") == [("/seq/start",)] and world.sync.transport("stop") == [("/seq/stop",)]
    follower.take("start", 0, 100.0)
    for step in range(24 * 64):                      # 64 beats at 133 BPM
        at = 100.0 + step * 2.5 / 133
        world.clock.now = max(world.clock.now, at + chance.uniform(-0.003, 0.003))
        follower.take("clock", 0, world.clock.now)
        if world.sync.wants_time():
            commands, content = world.sync.hear(world.said(), follower)
            assert content == b"" and all(address == "/tempo" for address, _ in commands)
            for _, bpm in commands:
                changes.append(bpm)
                world.tempo(bpm)
    theirs = (world.clock.now - 100.0) * 133 / 60
    assert ((world.beat() - theirs + 2) % 4 - 2) * 60 / 133 == pytest.approx(0.0, abs=0.003)
    assert all(119.0 < bpm < 148.0 for bpm in changes) and changes[-1] == pytest.approx(133, rel=0.02)


def test_what_is_sent_begins_at_a_bar_and_stays_on_the_beat(world):
    sent, messages = [], []
    assert world.sync.set_mode(OUT) == b"" and world.sync.transport("start") == []
    while world.clock.now < 110.0:
        if world.clock.now > 105.0 and not messages[3:]:
            messages.append(b"tempo")
            world.tempo(90.0)
        if world.sync.wants_time():
            commands, content = world.sync.hear(world.said(), None)
            assert commands == []
            messages += [content] if content else []
        sent += [(world.clock.now, byte) for byte in world.sync.due()]
        world.clock.now += min(0.0005, max(world.sync.seconds, 0.0001))
    assert messages[0] == b"\xfa" and {byte for _, byte in sent} == {0xF8}
    first = world.sync.first_beat
    assert first == 4.0 and sent[0][0] == pytest.approx(100.15, abs=0.001)
    assert len(sent) / 24 == pytest.approx(world.beat() - first, abs=LOOK_SECONDS * 0.6)
    follower = ClockFollower()
    follower.take("start", 0, 100.0)
    for at, _ in sent:
        follower.take("clock", 0, at)
    assert follower.tempo == pytest.approx(90.0, abs=0.5)
    assert world.sync.set_mode("off") == b"\xfc" and world.sync.due() == b"" and not world.sync.wants_time()


def test_off_asks_nothing(world):
    assert not world.sync.wants_time() and world.sync.due() == b"" and world.sync.seconds == LOOK_SECONDS
