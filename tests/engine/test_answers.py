"""What the engine answers: status, version, sync, acknowledgements, news of what happens to it; and the tone that proves the path."""

import json
import socket

import numpy as np
import pytest
from engine_process import chronus, typed, until

from chronus import __version__
from chronus.doors.osc import codec
from chronus.faces.client import Client
from chronus.recorder.wav import DATA_AT
from chronus.shared import layout as at

FIELDS = {"rate", "block", "lead", "device", "realtime", "played_blocks", "underruns", "switches", "redundant", "disagreements", "faults", "patch",
          "quarantined", "load", "latency_ms", "processes", "session", "recording"}


def hear(client: Client, seconds: float = 0.5) -> list:
    """Everything that arrives until nothing has for `seconds`."""
    while client.poll(seconds):
        pass
    heard = list(client._heard)
    client._heard.clear()
    return heard


def test_the_tone_is_audible(engine):
    assert engine.ask("/gate/adsr", 0).ok
    engine.advance(800)
    with engine.take("tone"):
        assert engine.client.ask("/test").ok
        engine.advance(700)
    samples = abs(np.fromfile(engine.session / "recordings" / "tone.wav", np.float32, offset=DATA_AT))
    assert 0.05 < samples.max() < 0.5
    assert samples[-480:].max() < 1e-3, "the tone does not end"


def test_panic_closes_every_gate(engine):
    for address, value in (("/mod/adsr/release", 0.0), ("/gate/adsr", 1.0)):
        assert engine.ask(address, value).ok
    assert engine.client.ask("/test").ok
    assert engine.ask("/panic").ok
    engine.advance(200)
    with engine.take("silence"):
        engine.advance(100)
    samples = abs(np.fromfile(engine.session / "recordings" / "silence.wav", np.float32, offset=DATA_AT))
    assert samples.max() < 1e-4


@pytest.mark.parametrize("datagram, told", ((b"/patch/delete\0\0\0,c\0\0\0\0\0\0", b"\\x00"), (b"/module/retry\0\0\0,c\0\0\0\0\0\0", b"\\x00"),
                                            (b"/sync\0\0\0,t\0\0\xff\xff\xff\xff\xff\xff\xff\xff", b"18446744073709551615")))
def test_who_sends_what_no_answer_can_hold_is_answered(engine, datagram, told):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.settimeout(5.0)
        door.sendto(datagram, ("127.0.0.1", engine.port))
        assert told in door.recv(4_096)


def test_version(engine):
    assert engine.client.ask("/version").args == ("music-chronus", __version__)


def test_sync_answers_when_all_before_it_is_applied(engine):
    for number in (0, 7, -3, 2**31 - 1):
        for i in range(50):
            engine.client.send("/mod/sine/freq", 300.0 + i + number % 7 / 8)
        assert engine.client.ask("/sync", number).args == (number,)
        assert [line.args for line in engine.journal() if line.command == "/mod/sine/freq"][-1] == [349.0 + number % 7 / 8]


def test_acknowledgements_are_wanted_and_unwanted(engine):
    with Client("127.0.0.1", engine.port) as client:
        client.send("/mod/sine/freq", 440.0)
        assert not hear(client)
        client.send("/ack", 1)
        client._acknowledged = False
        client.send("/mod/sine/freq", 441.0)
        heard = [(m.address, m.args[0]) for m in _raw(client)]
        assert heard[-1] == ("/done", "/mod/sine/freq")
        client.send("/ack", 0)
        _raw(client)
        client.send("/mod/sine/freq", 442.0)
        assert not _raw(client)


def _raw(client: Client) -> list:
    """The messages as they come."""
    found = []
    client._socket.settimeout(0.7)
    while True:
        try:
            found += codec.decode(client._socket.recv(65_535))
        except TimeoutError:
            return found


def test_who_asked_for_news_hears_them_even_from_the_next_control(engine):
    engine.redundant()
    with Client("127.0.0.1", engine.port) as client, Client("127.0.0.1", engine.port) as other:
        client.send("/notify", 1)
        other.send("/notify", 1)
        other.send("/notify", 0)
        for kill_control in (False, True):
            assert engine.ask("/sync", 1).ok
            if kill_control:
                engine.replaced("control", engine.kill("control"))
                assert engine.ask("/sync", 2).ok
            engine.replaced("replica 1", engine.kill("replica 1"))
            news: list = []
            until(lambda: news.extend(hear(client, 0.05)) or {"/replica/lost", "/replica/joined"} <= {m.address for m in news}, "the news")
            lost = next(m for m in news if m.address == "/replica/lost")
            assert lost.args[1] == "replica 1" and 0 <= lost.args[0] <= engine[at.PLAYED] * engine[at.H_BLOCK]
            engine.redundant()
        assert not [m for m in hear(other) if m.address.startswith("/replica")]


def test_the_status_comes_in_parts_that_a_datagram_holds(engine):
    with Client("127.0.0.1", engine.port) as client:
        for address in ("/status", "/engine/status"):
            client.send(address)
            parts = [m for m in _raw(client) if m.address == address]
            assert [m.args[:2] for m in parts] == [(i, len(parts)) for i in range(len(parts))] or len(parts) == 1
            assert FIELDS <= json.loads("".join(m.args[-1] for m in parts)).keys()


def test_status_on_the_command_line(engine):
    result = chronus("status", "--osc", f"127.0.0.1:{engine.port}", "--json", folder=engine.folder)
    status = json.loads(result.stdout)
    assert result.returncode == 0 and FIELDS <= status.keys()
    assert (status["rate"], status["block"], status["session"], status["device"]) == (48_000, 64, str(engine.session), "null")
    assert status["lead"] == engine[at.H_LEAD] and status["redundant"] is True and status["recording"] is None
    assert status["patch"]["name"] == "default" and status["patch"]["modules"] == {"sine": "sine", "adsr": "adsr", "filter": "filter"}
    assert len(status["patch"]["hash"]) == 64 and status["quarantined"] == []
    assert {"supervisor", "device", "control", "zygote", "replicas"} <= status["processes"].keys()
    assert status["processes"]["supervisor"] == engine.ready["pid"] and len(status["processes"]["replicas"]) == 2
    assert all(load["mean"] >= 0 and load["p99"] >= 0 for load in status["load"]) and len(status["load"]) == 2
    assert all({"what", "module", "block", "done"} == fault.keys() for fault in status["faults"])


def test_send_and_record_on_the_command_line(engine):
    def run(*words):
        return typed(*words, "--osc", f"127.0.0.1:{engine.port}", folder=engine.folder)

    done, wrong = run("send", "/mod/sine/freq", "440"), run("send", "/mod/sine/frek", "440")
    assert done.returncode == 0 and done.stdout.startswith("/done /mod/sine/freq ")
    assert wrong.returncode == 1 and wrong.stdout.startswith("/fail /mod/sine/frek unknown-param") and "freq" in wrong.stdout
    assert run("record", "start", "by-hand").returncode == 0
    assert engine.client.status()["recording"]["name"] == "by-hand"
    assert not engine.client.ask("/record/start", "again").ok
    engine.advance(20)
    stopped = run("record", "stop")
    path, first, frames, sha256 = stopped.stdout.split()[-4:]
    assert stopped.returncode == 0 and path == str(engine.session / "recordings" / "by-hand.wav")
    rendered = json.loads(typed("render", engine.session, "--from", first, "--frames", frames, "--json", folder=engine.folder).stdout)
    assert rendered["sha256"] == sha256 and rendered["frames"] == int(frames)
