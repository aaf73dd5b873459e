"""A piped script plays line by line; a jam speaks of what it is not given."""

import io
import json
import time

import pytest

from chronus.faces import jam
from chronus.faces.client import Client


class Running:
    """An engine that runs, or ended with `code`."""

    def __init__(self, code=None):
        self.code = code

    def exit_code(self):
        return self.code

    def how_it_ended(self):
        return f"the engine ended with exit code {self.code}"


@pytest.fixture
def patterns(monkeypatch):
    monkeypatch.setattr(jam, "table_patterns", lambda: ["/gate/ID", "/panic"])


def answers(message):
    if message.address == "/ack":
        return []
    if message.address == "/panic":
        return [("/done", ["/panic", 64])]
    return [("/fail", [message.address, "unknown-module", "no module"])]


def test_every_line_is_sent_and_every_answer_printed(fake_engine, patterns, capsys):
    engine = fake_engine(answers)
    with Client("127.0.0.1", engine.port) as client:
        assert jam.play_script(["# start\n", "\n", "sleep 0\n", "panic\n", "/panic\n"], client, Running()) == 0
    assert capsys.readouterr().out == "/done /panic 64\n" * 2


@pytest.mark.parametrize("line, out, err", [
    ("gate kik 1", "/fail /gate/kik unknown-module no module\n", ""),
    ("what is this", "", "line 1: no command 'what is'"),
    ("/sl*ash", "", "line 1: wildcards"),
    ("sleep long", "", "line 1: write `sleep SECONDS`"),
    ("sleep nan", "", "line 1: write `sleep SECONDS`"),
])
def test_one_bad_line_fails_the_script_and_the_rest_is_played(fake_engine, patterns, capsys, line, out, err):
    engine = fake_engine(answers)
    with Client("127.0.0.1", engine.port) as client:
        assert jam.play_script([line, "panic"], client, Running()) == 1
    said = capsys.readouterr()
    assert said.out == out + "/done /panic 64\n" and err in said.err


def test_an_engine_that_ended_is_said_with_its_exit_code(fake_engine, patterns):
    engine = fake_engine(lambda message: [])
    with Client("127.0.0.1", engine.port, timeout=0.05) as client, pytest.raises(jam.EngineEnded, match="exit code -9"):
        jam.play_script(["panic"], client, Running(-9))


def test_the_greeting_says_what_is_missing():
    ready = {"osc": "127.0.0.1:5005", "session": "/s"}
    line = jam.greeting(ready, {"device": "null", "realtime": False}, silence_wanted=False)
    assert jam.NO_CARD in line and "/etc/security/limits.d/95-chronus.conf" in line and jam.REALTIME_OFF in line
    assert "osc 127.0.0.1:5005" in line and "session /s" in line
    assert jam.NO_CARD not in jam.greeting(ready, {"device": "null"}, silence_wanted=True)
    assert jam.greeting(ready, {"device": "Card", "realtime": True}, silence_wanted=False) == "device Card · session /s · osc 127.0.0.1:5005"


def test_what_comes_besides_the_answers_is_said_and_a_commit_that_is_taken_back_fails_the_script(fake_engine, patterns, capsys):
    engine = fake_engine(lambda m: [] if m.address == "/ack" else [("/patch/rolled_back", [64, "'a' crashed"]), ("/done", ["/panic", 64])])
    with Client("127.0.0.1", engine.port) as client:
        assert jam.play_script(["panic"], client, Running()) == 1
    said = capsys.readouterr()
    assert said.out == "/done /panic 64\n" and "taken back: 'a' crashed" in said.err


def test_a_line_without_an_answer_is_complained_about_and_the_rest_is_played(fake_engine, patterns, capsys):
    engine = fake_engine(lambda message: [] if message.address == "/gate/kick" else answers(message))
    with Client("127.0.0.1", engine.port, timeout=0.05) as client:
        assert jam.play_script(["gate kick 1", "panic"], client, Running()) == 1
    said = capsys.readouterr()
    assert "line 1: the engine" in said.err and "no answer to /gate/kick" in said.err and said.out == "/done /panic 64\n"


def test_a_recording_may_take_its_time_to_end(fake_engine):
    def late(message):
        if message.address == "/record/stop":
            time.sleep(0.2)
            return [("/done", ["/record/stop", 64])]
        return []
    with Client("127.0.0.1", fake_engine(late).port, timeout=0.05) as client:
        assert client.ask("/record/stop").ok


def test_what_is_piped_in_and_is_no_text_is_a_line_that_begins_no_command(fake_engine, patterns, capsys, monkeypatch):
    engine = fake_engine(lambda message: [("/status", [json.dumps({})])] if message.address == "/status" else answers(message))

    class Own(Running):
        ready = {"osc": f"127.0.0.1:{engine.port}", "session": "/s"}

        def __init__(self, options):
            super().__init__()

        def wait_until_ready(self):
            pass

        def stop(self, client):
            pass

    monkeypatch.setattr(jam, "OwnEngine", Own)
    monkeypatch.setattr(jam.signal, "signal", lambda *_: None)
    monkeypatch.setattr(jam.sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfpanic\n\xe4rger\npanic\n")))
    assert jam.run([]) == 1
    said = capsys.readouterr()
    assert said.out == "/done /panic 64\n" * 2 and "line 2: no command '\ufffdrger'" in said.err
