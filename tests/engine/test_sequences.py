"""A band in a real engine: what sequencers play is in the recording and in the render, whoever dies meanwhile, and goes on when the session does."""

import json
import os
import signal
import time

import numpy as np
from engine_process import end_processes, until

from chronus import limits, linux
from chronus.control.replay import SCORED
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.recorder.wav import DATA_AT
from chronus.shared import layout as at

RATE, BEAT = 48_000, 24_000
SONG = ("seq/create tick adsr x...", "seq/gate_len tick 1", "seq/create fill adsr x*3?..x", "seq/param_lane tick sine/freq 400 500 600", "scene/set one tick",
        "scene/set two tick fill", "scene/follow one 1 two", "scene/follow two 1 one")


def tell(engine, *lines: str) -> None:
    for line in lines:
        address, *words = line.split()
        reply = engine.ask("/" + address, *(float(word) if word.replace(".", "", 1).isdigit() else word for word in words))
        assert reply.ok, f"{line}: {reply.line()}"


def runs(engine) -> set[str]:
    return {row["id"] for row in json.loads(engine.ask("/seq/list").args[-1]) if row["runs"]}


def said_last(engine, id_: str) -> dict:
    """What a sequencer is when all that waits has come."""
    found = json.loads(engine.ask("/seq/show", id_).args[-1])
    for change in found.pop("waits", ()):
        found |= change
    return found


def beats_that_are_missing(take) -> list[int]:
    """Beats of the session at which the recording has no tone, or no silence before it."""
    played = np.abs(np.fromfile(take.path, "<f4", offset=DATA_AT).reshape(-1, 2)[:, 0])
    missing = []
    for beat in range(-(-(take.first + BEAT) // BEAT), (take.first + take.frames - BEAT) // BEAT):
        here = beat * BEAT - take.first
        if not played[here + 1_000:here + 4_000].max() > 10 * played[here - 4_000:here - 100].max():
            missing.append(beat)
    return missing


def test_with_control_dead_for_five_seconds_not_a_note_is_missing(start):
    engine = start()
    tell(engine, "mod/adsr/release 20", "seq/create tick adsr X...", "seq/create deep adsr", "seq/param_lane tick sine/freq 700 800 900", "scene/set one tick", "song/set all one:200",
         "song/play all bar")
    until(lambda: "tick" in runs(engine), "the song plays")
    tell(engine, "seq/pattern tick .x bar+500", "seq/pattern tick .xx bar+600")
    with engine.take("control-dead"):
        supervisor = engine.memory.pid("supervisor")
        os.kill(supervisor, signal.SIGSTOP)
        try:
            old = engine.kill("control")
            for _ in range(5):
                engine.advance(750)
        finally:
            os.kill(supervisor, signal.SIGCONT)
        engine.replaced("control", old)
        assert runs(engine) == {"tick", "all"}
        assert said_last(engine, "tick")["pattern"] == ".xx", "what was said last is what there is"
        tell(engine, "seq/pattern tick X..x bar")
    take = engine.takes[-1]
    assert take.frames > 5 * 48_000 and beats_that_are_missing(take) == []


def test_replicas_that_join_play_the_same(start):
    engine = start()
    with engine.take("joining"):
        tell(engine, *SONG, "tempo 174.3 now 2", "scene/play one now")
        for number in range(6):
            role = f"replica {number % 2}"
            engine.replaced(role, engine.kill(role))
            tell(engine, f"seq/pattern fill {'x?80' * (number + 1)} beat", f"seq/swing tick 0.{number} now", f"seq/bpm fill {90 + number}")
            engine.client.post("/seq/pattern", "tick", f"x*{number + 2}...", tag=time.time() + 0.5)
            engine.redundant()
        engine.advance(600)
    tagged = [line for line in engine.journal() if line.command == SCORED and line.args[2] > 0]
    assert len(tagged) == 6 and all(0 < line.args[2] - line.frame < RATE for line in tagged)
    assert said_last(engine, "tick")["pattern"] == "x*7..."


def test_a_session_that_goes_on_has_its_band(start):
    """Ended in peace, and killed whole."""
    engine = start()
    tell(engine, *SONG, "scene/play one now", "tempo 133")
    engine.advance(300)
    engine.down()
    for number in range(2):
        engine.start()
        assert "tick" in runs(engine)
        with engine.take(f"run-{number}"):
            tell(engine, "seq/pattern fill X.X. bar", "tempo/double")
            engine.advance(750)
            tell(engine, "tempo/half")
        if number == 0:
            engine.advance(400)
            engine.let_go()
            linux.kill(engine.ready["pid"])
            end_processes(engine.folder)
    for take in engine.takes:
        engine.prove(take)


def test_hundreds_of_patterns_in_one_session(engine):
    """Places for scores are used again; replicas that join meanwhile still find what they need."""
    count, refused = 500, 0
    assert count > limits.SCORES
    tell(engine, "seq/create tick adsr x...", "seq/create other adsr x.", "seq/start")
    with engine.take("patterns"):
        for number in range(count):
            reply = engine.ask("/seq/pattern", ("tick", "other")[number % 2], "x" * (1 + number % 7) + ".", ("now", "bar", "loop")[number % 3])
            assert reply.ok or reply.code == "busy", reply.line()
            refused += not reply.ok
            if number % 300 == 150:
                engine.kill(f"replica {number // 300 % 2}")
        engine.redundant()
    assert refused == 0 and engine[at.DISAGREEMENTS] == 0


def test_a_flood_of_patterns_is_refused_and_then_obeyed(engine):
    """More at once than there are places: each ends in a command or a reason, and what was refused was never said."""
    tell(engine, "seq/create tide adsr x...", "seq/start")
    with engine.take("flood"):
        tickets = [engine.client.post("/seq/pattern", "tide", "x" * (1 + number % 16)) for number in range(2 * limits.SCORES)]
        until(lambda: engine.client.poll(0.01) and all(ticket.reply for ticket in tickets), "all answers")
        done = [number for number, ticket in enumerate(tickets) if ticket.reply.ok]
        assert {ticket.reply.code for ticket in tickets if not ticket.reply.ok} <= {"busy"} and len(done) >= limits.SCORES // 2
        assert said_last(engine, "tide")["pattern"] == "x" * (1 + done[-1] % 16)
        until(lambda: engine.ask("/seq/pattern", "tide", "xx").ok, "a place is free again")


def test_what_is_refused_leaves_nothing_behind(engine):
    before = engine.ask("/seq/list").args
    for address, *args in (("/seq/create", "Bad Name", "adsr"), ("/seq/create", "a", "nobody"), ("/seq/create", "a", "adsr", "x.y"), ("/seq/create", "a", "adsr", "-x")):
        assert not engine.ask(address, *args).ok
    assert engine.ask("/seq/list").args == before
    tell(engine, "seq/create adsr adsr x")
    for address, *args in (("/seq/config", "adsr", "once", "yes"), ("/seq/param_lane", "adsr", "nobody/freq", "."), ("/seq/param_lane", "adsr", "sine/frex", 1.0),
                           ("/seq/config", "adsr", "gate", 0.0), ("/seq/config", "adsr", "seed", "x"), ("/seq/start", "nobody"), ("/seq/start", "adsr", "somewhere")):
        reply = engine.ask(address, *args)
        assert not reply.ok and reply.code != "internal", reply.line()
    tell(engine, "seq/param_lane adsr sine/frequency 1 2", "seq/param_lane adsr sine/frequency")
    assert json.loads(engine.ask("/seq/show", "adsr").args[-1])["lanes"] == {}


def test_a_sequencer_may_be_called_like_the_instrument_it_plays(start, tmp_path):
    patch = Patch([Module("keys", "notes"), Module("tone", "sine"), Module("env", "adsr")],
                  [Cable("keys", "freq", "tone", "freq"), Cable("keys", "gate", "env", "gate"), Cable("tone", "out", "env", "audio"), Cable("env", "out", OUT, "")])
    (tmp_path / "keys.json").write_text(json.dumps(patch.as_dict()))
    engine = start("--patch", tmp_path / "keys.json")
    with engine.take("both"):
        tell(engine, "seq/create keys keys x.x.", "seq/notes keys c4 e4", "seq/start keys now", "note/keys g4 1 0.2", "note/keys g5 1")
        engine.advance(200)
