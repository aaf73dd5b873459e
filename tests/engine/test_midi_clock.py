"""A MIDI clock into a playing engine, and the engine's clock out of it, through a socket port. What a millisecond is, `tests/doors/midi/test_clocks.py` shows."""

import json
import random
import statistics
import time

import pytest
from engine_process import plug, until, wired

from chronus.control.played import midi_file
from chronus.music.midi_files import read

KEYS = [("/patch/create", "keys", "notes"), ("/patch/create", "env", "adsr"), ("/patch/connect", "keys/gate", "env/gate"), ("/patch/connect", "env", "out", 0.2),
        ("/patch/commit",), ("/seq/create", "a", "keys", "X.X.X.X.X.X.X.X."), ("/seq/notes", "a", *range(60, 68))]
BPM, JITTER, BARS, LONGEST = 174.3, 0.003, 4, 32
AWAY_SECONDS, AWAY_BPM = 0.003, 0.5      # a test's host is busy, and may need more bars for it; quiet ones show 1 ms and 0.05 BPM after four


@pytest.fixture(scope="module", name="wired")
def with_a_cable(tmp_path_factory):
    """An engine with an instrument, a sequencer and a cable."""
    with wired(tmp_path_factory.mktemp("midi"), KEYS) as (engine, path), plug(engine, path) as cable:
        yield engine, cable


def told(engine) -> dict:
    return json.loads(engine.client.ask("/time").args[0])


def mapped(engine, **wanted) -> None:
    """Waits until the door knows."""
    until(lambda: wanted.items() <= json.loads(engine.client.ask("/midi/map").args[0])["mapping"].items(), "the mapping")
    engine.advance(200)


def test_it_is_followed(wired):
    engine, cable = wired
    assert engine.client.ask("/midi/clock", "auto", "in").ok
    mapped(engine, clock_in="auto")
    chance, late, looks = random.Random(7), [], []
    cable.sendall(b"\xfa")
    first = time.time() + 0.02
    for number in range(24 * 4 * LONGEST):
        due = first + number * 2.5 / BPM
        time.sleep(max(0.0, due + chance.uniform(-JITTER, JITTER) - time.time()))
        cable.sendall(b"\xf8")
        late.append(time.time() - due)                       # by the jitter, and by what this process is woken late
        if number >= 24 * 4 * BARS and number % 12 == 0:
            said = told(engine)
            away = said["unix"] - first - statistics.median(late[-96:]) - said["beat"] * 60 / BPM
            looks.append((round(1000 * away, 2), said["bpm"]))
            if all(abs(ms) < 1000 * AWAY_SECONDS and abs(bpm - BPM) < AWAY_BPM for ms, bpm in looks[-3:]) and len(looks) >= 3:
                break
    else:
        pytest.fail(f"not within {LONGEST} bars: {looks}")
    assert said["runs"] == 1 and any(port["followed"] for port in engine.client.status()["midi"]["ports"])
    cable.sendall(b"\xfc")
    until(lambda: told(engine)["runs"] == 0, "it stops")
    cable.sendall(b"\xf2\x20\x00\xfb\xf8")                           # beat 8
    until(lambda: told(engine)["runs"] == 1, "it goes on")
    assert 7.5 < told(engine)["beat"] < 8 + 6, "what is heard is a little behind what was asked"
    lines = [line.command for line in engine.journal() if line.command in ("/tempo/beat", "/seq/move")]
    assert lines == ["/tempo/beat", "/seq/move", "/seq/move", "/tempo/beat", "/seq/move"]
    cable.sendall(b"\xfc")
    until(lambda: told(engine)["runs"] == 0, "it stops")
    assert engine.client.ask("/midi/clock", "off", "in").ok
    assert 'clock_in = "off"' in (engine.session / "midi.toml").read_text()


def test_what_was_counted_anew_replays_to_the_same_bits(wired):
    engine, _ = wired
    with engine.take("anew"):
        for address, *args in (("/seq/start", "a", "now"), ("/tempo", 200, "beat"), ("/tempo/beat", 2.5, time.time() - 0.3), ("/seq/stop", "a"), ("/seq/continue", "a"),
                               ("/seq/start", "a", "nearest"), ("/tempo/beat", 11), ("/seq/stop", None, "now")):
            assert engine.client.ask(address, *args).ok
            engine.advance(30)
    beat = told(engine)
    (number, frame), line = [line.args for line in engine.journal() if line.command == "/tempo/beat"][-1], engine.journal()[-1]
    assert number == 11 and frame == -1 and line.command == "/seq/move" and 11 < beat["beat"] < 20
    assert len(read(midi_file(engine.session)[0]).notes) > 8, "what the sequencer played is exported"


def test_ours_goes_out(wired):
    engine, cable = wired
    assert engine.client.ask("/tempo", 150).ok and engine.client.ask("/midi/clock", "midi.sock", "out").ok
    mapped(engine, clock_out="midi.sock")
    cable.settimeout(0.05)
    heard = bytearray()

    def hear(condition, what):
        def enough():
            try:
                heard.extend(cable.recv(1_024))
            except TimeoutError:
                pass
            return condition()
        until(enough, what)

    def agree():
        hear(lambda: True, "what there is")
        before, first = told(engine)["beat"], heard.count(0xF8)
        hear(lambda: heard.count(0xF8) >= first + 60, "clocks")
        return abs(heard.count(0xF8) - first - 24 * (told(engine)["beat"] - before)) < 6
    until(agree, "24 clocks for each beat that the engine plays")                # it may be another time before a host that stands still lets them
    assert engine.client.ask("/tempo/beat", 0).ok and engine.client.ask("/seq/start", "a", "now").ok
    hear(lambda: 0xFA in heard or 0xFB in heard, "start")
    assert engine.client.ask("/seq/stop", "a").ok
    hear(lambda: 0xFC in heard, "stop")
    assert engine.client.ask("/midi/clock", "off", "out").ok


def test_a_mistake_says_what_to_do(wired):
    engine, _ = wired
    for address, args, code, help_ in (("/midi/clock", ("auto",), "count", "in|out"), ("/midi/clock", ("auto", "by"), "range", "PORT in, or out"),
                                       ("/midi/clock", ("auto", "out"), "range", "chronus midi"), ("/tempo/beat", (2e6,), "range", "1e+06"),
                                       ("/tempo/beat", (0, 5.0), "range", "seconds ago"), ("/seq/continue", ("b",), "unknown-sequencer", "there is a"),
                                       ("/tempo", (120, "nearest"), "range", "at a bar")):
        reply = engine.client.ask(address, *args)
        assert not reply.ok and reply.code == code and help_ in reply.message, reply
