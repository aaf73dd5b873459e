"""Notes over OSC: names and numbers, velocities, lengths to the frame, what is refused, and a session that renders to what was played."""

import math
import time

import numpy as np
import pytest

from chronus.music.notes import note_number
from chronus.recorder.wav import DATA_AT


def commands(engine) -> list[tuple]:
    assert engine.client.ask("/sync", 1).ok
    return [(line.command, *line.args) for line in engine.journal() if line.command.startswith("/note")]


@pytest.fixture(scope="module")
def playing(engine):
    """An instrument of eight voices with an echo, in place of the default patch."""
    edits = [("/patch/create", "keys", "notes"), ("/patch/create", "voice", "saw"), ("/patch/set", "voice", "freq", 0.0), ("/patch/create", "env", "adsr"),
             ("/patch/create", "echo", "delay"), ("/patch/connect", "keys/freq", "voice/freq"), ("/patch/connect", "keys/gate", "env/gate"),
             ("/patch/connect", "voice", "env"), ("/patch/connect", "env", "echo"), ("/patch/connect", "echo", "out", 0.2), ("/patch/commit",)]
    for address, *args in edits:
        reply = engine.client.ask(address, *args)
        assert reply.ok, reply
    return engine


@pytest.mark.parametrize("given, number", (("c4", 60.0), ("C4", 60.0), ("a4", 69.0), ("eb3", 51.0), ("f#5", 78.0), ("b#3", 60.0), ("c-1", 0.0), ("g9", 127.0),
                                           (60, 60.0), (60.5, 60.5)))
def test_a_note_has_a_name_or_a_number(given, number):
    assert note_number(given) == number


@pytest.mark.parametrize("given", ("h4", "c", "", "c44", "c10", -1, 128, math.nan, True, "c4 "*50))
def test_what_is_no_note_is_refused(given):
    with pytest.raises(ValueError, match="note"):
        note_number(given)


def test_a_note_is_played_and_let_go(playing):
    assert playing.client.ask("/note/keys", "c4", 0.5).ok and playing.client.ask("/note/keys", 60, 0).ok
    (on, off) = commands(playing)[-2:]
    assert on == ("/note/keys", 60.0, pytest.approx(0.5, abs=1e-5), 0) and off == ("/note/keys", 60.0, 0.0, 0)


def test_a_midi_velocity_is_understood(playing):
    assert playing.client.ask("/note/keys", "e4", 127).ok and commands(playing)[-1][2] == 1.0
    assert playing.client.ask("/note/keys", "e4", 0).ok


def test_a_note_with_a_length_ends_by_itself(playing):
    """On and off have one serial, and are as far apart as was asked: to the frame where a tag says when it begins."""
    assert playing.client.ask("/note/keys", "g4", 1.0, 0.1, tag=time.time() + 0.5).ok
    time.sleep(0.3)
    lines = sorted([line for line in playing.journal() if line.command == "/note/keys"][-2:], key=lambda line: line.frame)
    assert lines[0].args[2] == lines[1].args[2] > 0 and lines[0].args[1] == 1.0 and lines[1].args[1] == 0.0
    assert lines[1].frame - lines[0].frame == 4_800


def test_however_short_a_note_is_its_end_stands_behind_its_beginning(playing):
    """Where both come too late for their frames they are applied in the order of the log."""
    for _ in range(20):
        playing.client.send("/note/keys", "g4", 1.0, 0.0005)
    found = commands(playing)[-40:]
    assert [(on[2] > 0.0, off[2] > 0.0) for on, off in zip(found[::2], found[1::2])] == [(True, False)] * 20
    assert all(on[3] == off[3] > 0 for on, off in zip(found[::2], found[1::2]))


@pytest.mark.parametrize("address, args, code, help_", (
    ("/note/kys", (60, 1), "unknown-module", "did you mean 'keys'"), ("/note/voice", (60, 1), "unknown-module", "keys"),
    ("/note/keys", ("h4", 1), "range", "c4"), ("/note/keys", (200, 1), "range", "g9"), ("/note/keys", (60,), "count", "VELOCITY"),
    ("/note/keys", (60, 200), "range", "0 to 1"), ("/note/keys", (60, "loud"), "range", "0 to 1"), ("/note/keys", (60, math.nan), "range", "0 to 1"),
    ("/note/keys", (60, 1, -1), "range", "lasts"), ("/note/keys", (60, 1, math.inf), "range", "lasts"), ("/note/keys", (60, None), "range", "0 to 1"),
    ("/mod/keys/voices", (4,), "state", "/patch/set keys voices 4")), ids=repr)
def test_a_mistake_says_what_to_do(playing, address, args, code, help_):
    before = commands(playing)
    reply = playing.client.ask(address, *args)
    assert not reply.ok and reply.code == code and help_ in reply.message, reply
    assert commands(playing) == before


def test_a_session_with_notes_renders_to_what_was_played(playing):
    with playing.take("notes"):
        for i in range(24):
            playing.client.ask("/note/keys", 48 + 5 * (i % 7), 0.4 + 0.02 * i, *((0.15,) if i % 3 else ()))
            if i % 3 == 0:
                playing.client.ask("/mod/keys/glide", float(i))
        playing.kill("replica 0")
        playing.client.ask("/note/keys", "c3", 1.0)
        playing.redundant()
        playing.client.ask("/panic")
        time.sleep(0.1)


def test_where_nothing_plays_notes_it_is_said(start):
    reply = start().client.ask("/note/keys", 60, 1)
    assert not reply.ok and "type notes" in reply.message


def test_hits_whose_ends_come_with_their_beginnings_are_in_the_take_and_in_the_render(start):
    """As a musician sends them who means a trigger: 1 and 0 at once, 0 and 1 at once, a note and its end; a session taken up goes on alike."""
    engine = start()
    for address, *args in (("/patch/disconnect", "filter", "out"), ("/patch/create", "k", "kick"), ("/patch/connect", "k", "out", 0.8),
                           ("/patch/create", "keys", "notes"), ("/patch/create", "o", "sine"), ("/patch/create", "e", "ad"),
                           ("/patch/connect", "keys/freq", "o/freq"), ("/patch/connect", "keys/gate", "e/gate"), ("/patch/connect", "o", "e"), ("/patch/connect", "e", "out", 0.3), ("/patch/commit",)):
        reply = engine.client.ask(address, *args)
        assert reply.ok, reply
    hits = (("/gate/k", (1,), (0,)), ("/note/keys", ("c4", 0.8), ("c4", 0)), ("/gate/k", (1,), (0,), (1,)), ("/gate/k", (0,), (1,)), ("/gate/k", (0,), (1,), (0,)))
    for i, (address, *each) in enumerate(hits):
        with engine.take(f"hits-{i}"):
            moment = time.time() + 0.2                  # one frame, whatever the network does
            for args in each:
                assert engine.client.ask(address, *args, tag=moment).ok
            time.sleep(0.6)
        sound = np.fromfile(engine.takes[-1].path, "<f4", offset=DATA_AT)
        assert np.abs(sound).max() > 0.05, f"hit {i} is not heard"
    engine.down()
    engine.start()
    with engine.take("again"):
        assert engine.client.ask("/gate/k", 1).ok and engine.client.ask("/gate/k", 0).ok
        time.sleep(0.3)
