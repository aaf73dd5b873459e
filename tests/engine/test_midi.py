"""MIDI into a playing engine, through a socket port: keys are notes in the journal, knobs are learned, and nothing hangs when something dies (F-51)."""

import json
import random
import socket
import time

import pytest
from engine_process import plug, plugged, until


KEYS = [("/patch/create", "keys", "notes"), ("/patch/create", "voice", "saw"), ("/patch/set", "voice", "freq", 0.0), ("/patch/create", "env", "adsr"),
        ("/patch/connect", "keys/freq", "voice/freq"), ("/patch/connect", "keys/gate", "env/gate"), ("/patch/connect", "voice", "env"),
        ("/patch/connect", "env", "out", 0.2), ("/patch/commit",)]


@pytest.fixture(scope="module")
def cable(engine_with_midi):
    """A cable into the engine."""
    return plug(*engine_with_midi)


@pytest.fixture(scope="module")
def engine_with_midi(tmp_path_factory):
    """An engine with an instrument."""
    from engine_process import Engine
    folder = tmp_path_factory.mktemp("midi")
    engine = Engine(folder, "--midi", str(folder / "midi.sock"))
    try:
        engine.start()
        for address, *args in KEYS:
            assert engine.client.ask(address, *args).ok
        yield engine, folder / "midi.sock"
    finally:
        engine.close()


def commands(engine, *verbs) -> list[tuple]:
    """What the door has played, by the journal."""
    return [(line.command, *line.args[:2]) for line in engine.journal() if line.command.startswith(verbs or ("/note/", "/mod/", "/bend/"))]


def ends(engine) -> list[tuple]:
    return [row for row in commands(engine, "/note/") if row[2] == 0]


def sent(engine, cable, text: str, expected: tuple) -> None:
    """Plays bytes and waits until the journal ends with `expected`."""
    cable.sendall(bytes.fromhex(text))
    until(lambda: commands(engine)[-1:] == [expected], f"{expected} in the journal, not {commands(engine)[-3:]}")


def test_a_key_is_a_note_in_the_journal(engine_with_midi, cable):
    engine, _ = engine_with_midi
    sent(engine, cable, "90 3c 7f", ("/note/keys", 60.0, 1.0))
    sent(engine, cable, "80 3c 00", ("/note/keys", 60.0, 0.0))
    assert not [line for line in engine.journal() if line.command.startswith("/midi")]


def test_a_knob_is_learned_and_kept(engine_with_midi, cable):
    engine, _ = engine_with_midi
    assert engine.client.ask("/midi/learn", "env/release").ok
    until(lambda: json.loads(engine.client.ask("/midi/map").args[0])["learning"] == "env/release", "learning")
    engine.advance(100)
    cable.sendall(bytes.fromhex("b0 10 00"))
    until(lambda: json.loads(engine.client.ask("/midi/map").args[0])["mapping"]["knobs"], "a knob is bound")
    (knob,) = json.loads(engine.client.ask("/midi/map").args[0])["mapping"]["knobs"]
    assert (knob["channel"], knob["controller"], knob["target"]) == (1, 16, "env/release")
    engine.advance(100)
    sent(engine, cable, "b0 10 7f", ("/mod/env/release", pytest.approx(knob["high"])))
    assert 'target = "env/release"' in (engine.session / "midi.toml").read_text()
    engine.replaced("control", engine.kill("control"))
    until(lambda: engine.ask("/midi/map").ok, "control is back")
    assert engine.client.ask("/midi/unlearn", "env/release").ok
    assert not json.loads(engine.client.ask("/midi/map").args[0])["mapping"]["knobs"]


def test_a_cable_that_is_pulled_out_lets_go(engine_with_midi, cable):
    engine, path = engine_with_midi
    with engine.take("pulled"):
        other = plug(engine, path)
        sent(engine, other, "b0 40 7f 90 40 7f 43 7f 80 40 00", ("/note/keys", 67.0, 1.0))
        before = len(ends(engine))
        other.close()
        until(lambda: sorted(ends(engine)[before:]) == [("/note/keys", 64.0, 0.0), ("/note/keys", 67.0, 0.0)], "both notes are let go")


def test_a_killed_door_lets_go_when_it_comes_back(engine_with_midi):
    engine, path = engine_with_midi
    other = plug(engine, path)
    with engine.take("door-killed"):
        sent(engine, other, "90 45 7f 48 7f", ("/note/keys", 72.0, 1.0))
        before = len(ends(engine))
        engine.replaced("midi", engine.kill("midi"))
        until(lambda: sorted(ends(engine)[before:]) == [("/note/keys", 69.0, 0.0), ("/note/keys", 72.0, 0.0)], "both notes are let go")
        until(lambda: not any(path.name in name for name in plugged(engine)), "the status is the new door's")
        again = plug(engine, path)
        sent(engine, again, "90 3c 7f", ("/note/keys", 60.0, 1.0))
        sent(engine, again, "80 3c 00", ("/note/keys", 60.0, 0.0))
    other.close(), again.close()


def test_control_that_is_killed_forgets_no_note_off(engine_with_midi):
    engine, path = engine_with_midi
    cable = plug(engine, path)
    sent(engine, cable, "90 3c 7f 3e 7f 40 7f", ("/note/keys", 64.0, 1.0))
    before = len(ends(engine))
    old = engine.kill("control")
    cable.sendall(bytes.fromhex("80 3c 00 3e 00 40 00"))
    engine.replaced("control", old)
    until(lambda: {row[1] for row in ends(engine)[before:]} == {60.0, 62.0, 64.0}, "all notes are let go")
    cable.close()


def test_garbage_hangs_nothing_and_ends_nothing(engine_with_midi):
    engine, path = engine_with_midi
    door, chance, cable = engine.memory.pid("midi"), random.Random(5), plug(engine, path)
    cable.sendall(b"\xf0" + b"\x11" * 200_000)
    cable.sendall(bytes(chance.choice((chance.randrange(256), 0x90, 0x80, 60, 61, 100)) for _ in range(20_000)))
    cable.close()

    def all_let_go():
        sounding = set()
        for address, note, velocity in commands(engine, "/note/"):
            (sounding.add if velocity else sounding.discard)((address, note))
        return not sounding and not engine.client.status()["midi"]["ports"]
    until(all_let_go, "every note has ended", 20.0)
    assert engine.memory.pid("midi") == door


def test_an_arpeggio_is_played_by_keys(engine_with_midi):
    engine, path = engine_with_midi
    cable = plug(engine, path)
    assert engine.client.ask("/arp/create", "arp", "keys").ok and engine.client.ask("/midi/assign", 9, "arp").ok
    engine.advance(100)
    before = len([line for line in engine.journal() if line.command == "/arp/note"])
    cable.sendall(bytes.fromhex("98 3c 7f 98 3c 00"))
    until(lambda: len([line for line in engine.journal() if line.command == "/arp/note"]) == before + 2, "a key for the arpeggio, down and up")
    cable.close()
    assert engine.client.ask("/midi/assign", 9).ok and engine.client.ask("/seq/delete", "arp").ok


def test_fingers_bend_their_own_notes(engine_with_midi):
    """MPE, recorded: what was played is the render of the journal, with what each note was bent and pressed by."""
    engine, path = engine_with_midi
    assert engine.client.ask("/midi/mpe", 4).ok
    until(lambda: json.loads(engine.client.ask("/midi/map").args[0])["mapping"]["mpe"] == 4, "fingers")
    engine.advance(100)
    with engine.take("fingers"):
        cable = plug(engine, path)
        sent(engine, cable, "91 3c 7f 92 43 60 e1 7f 5f", ("/bend/keys", 60.0, pytest.approx(24.0, abs=0.01)))
        engine.kill("replica 0")
        cable.sendall(bytes.fromhex("d2 40 b1 4a 7f"))
        engine.redundant()
        until(lambda: commands(engine, "/pressure/")[-1:] == [("/pressure/keys", 67.0, pytest.approx(64 / 127, abs=1e-4))], "one note is pressed")
        until(lambda: commands(engine, "/timbre/")[-1:] == [("/timbre/keys", 60.0, 1.0)], "one note has another timbre")
        cable.close()
        engine.advance(100)
    assert engine.client.ask("/midi/mpe", 0).ok
    for address, args, help_ in (("/bend/keys", (60, 200), "96"), ("/pressure/keys", (60, 2), "0 to 1"), ("/timbre/kees", (60, 1), "keys"), ("/bend/keys", (60,), "SEMITONES")):
        reply = engine.client.ask(address, *args)
        assert not reply.ok and help_ in reply.message, reply


def test_a_split_leaves_the_other_keys_what_they_played(engine_with_midi):
    engine, _ = engine_with_midi
    for before in (("/midi/assign", 3), ("/midi/assign", 0, "keys")):
        assert engine.client.ask(*before).ok and engine.client.ask("/midi/split", 3, 0, 40, "keys").ok
        zones = json.loads(engine.client.ask("/midi/map").args[0])["mapping"]["zones"]
        assert sorted((zone["low"], zone["high"]) for zone in zones if zone["channel"] == 3) == [(0, 40), (41, 127)]
        assert engine.client.ask("/midi/assign", 3).ok
    assert engine.client.ask("/midi/assign", 0).ok


def test_a_mistake_says_what_to_do(engine_with_midi):
    engine, _ = engine_with_midi
    for address, args, code, help_ in (("/midi/assign", (1, "kyes"), "unknown-module", "did you mean 'keys'"), ("/midi/assign", (17, "keys"), "range", "0 to 16"),
                                       ("/midi/split", (1, 60, 50, "keys"), "range", "lower key first"), ("/midi/learn", ("env",), "type", "filter/cutoff"),
                                       ("/midi/learn", ("env/relase",), "unknown-param", "release"), ("/midi/bend", (1, 90), "range", "48"),
                                       ("/midi/program", (0, "pluck"), "range", "1 to 128"), ("/midi/program", (1, "plick"), "unknown-name", "pluck"),
                                       ("/midi/unlearn", ("env/attack",), "unknown-name", "nothing turns"), ("/midi/mpe", (16,), "range", "0 to 15"),
                                       ("/midi/map", (1, 128, "env/attack"), "range", "0 to 127"), ("/midi/map", (1, 2), "count", "CONTROLLER")):
        reply = engine.client.ask(address, *args)
        assert not reply.ok and reply.code == code and help_ in reply.message, reply


def test_without_midi_the_engine_plays_on(start):
    engine = start("--midi", "off")
    assert engine.client.status()["midi"] == {"state": "off", "ports": []} and not engine.memory.alive("midi")
    assert engine.ask("/gate/adsr", 1).ok
