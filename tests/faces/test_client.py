"""Every answer finds its question, and silence is said."""

import json
import socket

import pytest

from chronus.doors.osc import codec
from chronus.faces.client import BadEndpoint, Client, NoEngine, Reply, endpoint


def done(message):
    return [] if message.address == "/ack" else [("/done", [message.address, 640, *message.args])]


def test_a_command_is_answered_with_its_frame(fake_engine):
    engine = fake_engine(done)
    with Client("127.0.0.1", engine.port) as client:
        assert client.ask("/gate/adsr", 1) == Reply("/gate/adsr", True, (1,), 640)
        assert client.ask("/gate/adsr", 0).line() == "/done /gate/adsr 640 0"
    assert [message.address for message in engine.heard] == ["/ack", "/gate/adsr", "/gate/adsr"]


def test_a_failure_says_code_and_message(fake_engine):
    engine = fake_engine(lambda message: [("/fail", [message.address, "unknown-module", "no module 'kik'; did you mean 'kick'?"])])
    with Client("127.0.0.1", engine.port) as client:
        reply = client.ask("/gate/kik", 1)
    assert not reply.ok and reply.line() == "/fail /gate/kik unknown-module no module 'kik'; did you mean 'kick'?"


def test_a_query_answers_at_its_own_address_and_sync_at_synced(fake_engine):
    engine = fake_engine(lambda m: {"/mod/sine/freq": [("/mod/sine/freq", [440.0])], "/sync": [("/synced", m.args)]}.get(m.address, []))
    with Client("127.0.0.1", engine.port) as client:
        assert client.ask("/mod/sine/freq").args == (440.0,)
        assert client.ask("/sync", 7).args == (7,)


def test_answers_to_one_address_come_in_order_and_others_may_overtake(fake_engine):
    held = []

    def answers(message):
        if message.address == "/a":
            held.append(message)
            return []
        return [("/done", ["/b", 1]), *(("/done", ["/a", 10 + n, *m.args]) for n, m in enumerate(held))] if message.address == "/b" else []

    engine = fake_engine(answers)
    with Client("127.0.0.1", engine.port) as client:
        first, second = client.post("/a", "x"), client.post("/a", "y")
        unwanted = client.send("/a", "z")
        assert client.ask("/b").frame == 1
        assert client.wait(second).args == ("y",) and client.wait(first).args == ("x",)
        assert client.wait(unwanted).frame == 12


def test_status_in_parts_and_in_one_piece(fake_engine):
    text = json.dumps({"rate": 48_000, "patch": {"modules": ["a"] * 50}})
    parts = [(2, 3, text[200:]), (0, 3, text[:100]), (1, 3, text[100:200])]
    engine = fake_engine(lambda m: [("/status", list(part)) for part in parts] if m.address == "/status" else [])
    with Client("127.0.0.1", engine.port) as client:
        assert client.status()["rate"] == 48_000
        parts[:] = [(text,)]
        assert client.status() == json.loads(text)


def test_events_are_kept_while_an_answer_is_waited_for(fake_engine):
    engine = fake_engine(lambda m: [("/xrun", [3])] + done(m) if m.address == "/test" else [])
    with Client("127.0.0.1", engine.port) as client:
        client.ask("/test")
        events = client.events(timeout=0.0)
        assert next(events).address == "/xrun"
        assert next(events, None) is None


def test_silence_is_said_and_a_late_answer_is_not_taken_for_the_next_one(fake_engine):
    late = []

    def answers(message):
        if message.address != "/gate/adsr":
            return []
        late.append(message)
        return [] if len(late) == 1 else done(message)

    engine = fake_engine(answers)
    with Client("127.0.0.1", engine.port, timeout=0.05) as client:
        lost = client.post("/gate/adsr", 1)
        with pytest.raises(NoEngine, match="gave no answer to /gate/adsr .*ask again in a moment"):
            client.wait(lost)
        client.timeout = 5.0
        assert client.ask("/gate/adsr", 0).args == (0,)


def test_a_closed_port_says_how_to_start_an_engine():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Client("127.0.0.1", port) as client, pytest.raises(NoEngine, match="no engine answers .*`chronus up`"):
        client.ask("/status")


def test_a_tag_makes_a_bundle(fake_engine):
    engine = fake_engine(done)
    with Client("127.0.0.1", engine.port) as client:
        client.ask("/test", tag=1_700_000_000.5)
    assert engine.heard[-1].tag == codec.ntp_tag(1_700_000_000.5)


@pytest.mark.parametrize("text, expected", [
    (None, ("127.0.0.1", 5005)), ("localhost", ("localhost", 5005)), (":6000", ("127.0.0.1", 6000)), ("10.0.0.1:7", ("10.0.0.1", 7))])
def test_endpoints(text, expected, monkeypatch):
    monkeypatch.delenv("CHRONUS_OSC_HOST", raising=False)
    monkeypatch.delenv("CHRONUS_OSC_PORT", raising=False)
    assert endpoint(text) == expected


def test_the_environment_names_the_endpoint(monkeypatch):
    monkeypatch.setenv("CHRONUS_OSC_HOST", "10.0.0.2")
    monkeypatch.setenv("CHRONUS_OSC_PORT", "6001")
    assert endpoint() == ("10.0.0.2", 6001) and endpoint(":5") == ("10.0.0.2", 5)


@pytest.mark.parametrize("text", ["host:", "h:99999", "h:0", "h:x", "h:²"])
def test_a_wrong_port_says_what_to_write(text, monkeypatch):
    monkeypatch.setenv("CHRONUS_OSC_PORT", "x")
    with pytest.raises(BadEndpoint, match="HOST:PORT"):
        endpoint(text)
