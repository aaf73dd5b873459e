"""Knobs and gates over OSC: what is taken, in which types and by which names, and what is refused with a reason and never heard."""

import json
import math
import time

import numpy as np
import pytest
from engine_process import chronus, until

from chronus.recorder.wav import DATA_AT


def commands(engine) -> list[tuple]:
    """The journal without the marks that /sync leaves."""
    assert engine.client.ask("/sync", 1).ok
    return [(line.command, *line.args) for line in engine.journal() if line.command != "/nothing"]


def value(engine, address: str) -> float:
    return engine.client.ask(address).args[0]


@pytest.mark.parametrize("sent", (330, 440.5, 1 / 3 + 500, 2**33 / 2**25), ids=repr)
def test_a_number_of_any_type_sets_and_can_be_asked_for(engine, sent):
    reply = engine.client.ask("/mod/sine/freq", sent)
    assert reply.ok and reply.frame >= 0
    assert commands(engine)[-1] == ("/mod/sine/freq", float(sent))
    assert value(engine, "/mod/sine/freq") == pytest.approx(sent, rel=1e-12)


@pytest.mark.parametrize("sent", (True, False))
def test_a_boolean_is_one_or_zero(engine, sent):
    assert engine.client.ask("/mod/sine/gain", sent).ok and value(engine, "/mod/sine/gain") == float(sent)
    assert engine.client.ask("/gate/adsr", sent).ok and commands(engine)[-1] == ("/gate/adsr", float(sent))


@pytest.mark.parametrize("alias, name, sent", (("sine/frequency", "sine/freq", 321.0), ("filter/q", "filter/resonance", 0.25), ("sine/amp", "sine/gain", 0.75)))
def test_aliases_are_the_same_knob(engine, alias, name, sent):
    assert engine.client.ask(f"/mod/{alias}", sent).ok
    assert value(engine, f"/mod/{name}") == value(engine, f"/mod/{alias}") == sent
    assert commands(engine)[-1] == (f"/mod/{name}", sent), "the journal has the knob's own name"


@pytest.mark.parametrize("velocity", (1, 0.5, 0))
def test_a_gate_takes_a_velocity(engine, velocity):
    assert engine.client.ask("/gate/adsr", velocity).ok and commands(engine)[-1] == ("/gate/adsr", float(velocity))


@pytest.mark.parametrize("address, args, code, help_", (
    ("/mod/sin/freq", (440,), "unknown-module", "did you mean 'sine'"),
    ("/mod/zzz/freq", (440,), "unknown-module", "sine"),
    ("/mod/sine/frek", (440,), "unknown-param", "did you mean 'freq'"),
    ("/mod/sin/freq", (), "unknown-module", "sine"),
    ("/mod/sine/frek", (), "unknown-param", "freq"),
    ("/mod/~tone/freq", (440,), "unknown-module", "sine"),
    ("/mod/sine/freq", ("high",), "type", "number"),
    ("/mod/sine/freq", (None,), "type", "number"),
    ("/mod/sine/freq", (b"1",), "type", "number"),
    ("/mod/sine/freq", (math.nan,), "not-finite", "finite"),
    ("/mod/sine/freq", (math.inf,), "not-finite", "finite"),
    ("/mod/sine/freq", (-math.inf,), "not-finite", "finite"),
    ("/mod/sine/freq", (-1,), "range", "0 to 20000 Hz"),
    ("/mod/sine/freq", (1e9,), "range", "0 to 20000 Hz"),
    ("/mod/sine/freq", (2**62,), "range", "0 to 20000 Hz"),
    ("/mod/sine/freq", (1, 2), "count", "/mod/ID/PARAM"),
    ("/mod/sine", (1,), "unknown-address", "/mod/ID/PARAM"),
    ("/mod", (1,), "unknown-address", "/mod/ID/PARAM"),
    ("/mod/sine/freq/x", (1,), "unknown-address", "/mod/ID/PARAM"),
    ("/gate/sine", (1,), "unknown-param", "gate"),
    ("/gate/adrs", (1,), "unknown-module", "did you mean 'adsr'"),
    ("/gate/adsr", (), "count", "VELOCITY"),
    ("/gate/adsr", (1.5,), "range", "0 to 1"),
    ("/gate/adsr", (-0.5,), "range", "0 to 1"),
    ("/gate/adsr", ("on",), "type", "number"),
    ("/gate/adsr", (math.nan,), "not-finite", "finite"),
    ("/gaet/adsr", (1,), "unknown-address", "/gate"),
    ("/panic", (1,), "count", "/panic"),
    ("/test", (1,), "count", "/test"),
    ("/sync", (), "count", "/sync"),
    ("/sync", ("now",), "type", "/sync 1"),
    ("/ack", (2,), "range", "0 or 1"),
    ("/notify", ("x",), "range", "0 or 1"),
    ("/version", (1,), "count", "/version"),
    ("/status", (1,), "count", "/status"),
    ("/record/stop", (), "state", "/record/start"),
    ("/nowhere", (), "unknown-address", "/"),
    ("/", (), "unknown-address", "/"),
), ids=lambda part: repr(part)[:40])
def test_a_mistake_says_what_to_do_and_changes_nothing(engine, address, args, code, help_):
    before, freq = commands(engine), value(engine, "/mod/sine/freq")
    reply = engine.client.ask(address, *args)
    assert not reply.ok and reply.code == code and help_ in reply.message, reply
    assert commands(engine) == before and value(engine, "/mod/sine/freq") == freq


def test_mistakes_are_not_heard(engine):
    """What is refused leaves the very samples alone: the take is the render of a journal that has nothing of it."""
    with engine.take("mistakes"):
        engine.play(4)
        for args in ((math.nan,), (math.inf,), (1e30,), ("x",), (-1,), (1, 2)):
            assert not engine.client.ask("/mod/sine/freq", *args).ok
        engine.play(4, seed=1)
    samples = np.fromfile(engine.session / "recordings" / "mistakes.wav", np.float32, offset=DATA_AT)
    assert len(samples) and np.isfinite(samples).all()


def test_a_panic_is_heard_by_whoever_asks(engine):
    assert engine.ask("/gate/adsr", 1.0).ok
    assert engine.ask("/mod/adsr/gate").args == (1.0,)
    assert engine.ask("/panic").ok
    assert engine.ask("/mod/adsr/gate").args == (0.0,)


def test_a_tone_for_later_ends_later(engine):
    """The tone's end follows its beginning, also where that is tagged into the future."""
    engine.ask("/test", tag=time.time() + 1.5)
    until(lambda: [line for line in engine.journal() if line.command == "/gate/~tone-gate"][-2:], "the tone in the journal")
    frames = {line.args[0]: line.frame for line in engine.journal() if line.command == "/gate/~tone-gate"}
    assert frames[0.0] - frames[1.0] == 24_000


def test_whole_numbers_and_names_of_digits_may_come_as_any_number(engine):
    assert engine.client.ask("/sync", 3.0).args == (3,)
    assert engine.client.ask("/seq/create", 909, "adsr", "x...").ok and engine.client.ask("/seq/config", 909.0, "step", 8.0).ok
    assert json.loads(engine.client.ask("/seq/show", 909).args[0])["step"] == "8"
    assert engine.client.ask("/seq/delete", "909").ok
    assert engine.client.ask("/patch/save", 808).args[0] == "808" and "808" in json.loads(engine.client.ask("/patch/list").args[0])


def test_two_halves_at_once_are_a_quarter(engine):
    assert engine.client.ask("/tempo", 160).ok
    halves = [engine.client.post("/tempo/half") for _ in range(2)]
    assert all(engine.client.wait(half).ok for half in halves)
    until(lambda: engine.client.ask("/tempo").args == (40.0,), "a quarter of the tempo")
    assert engine.client.ask("/tempo", 120).ok


def test_who_joins_plays_along_and_leaves_the_engine_playing(engine):
    """A second prompt, here a pipe: its lines are obeyed as anybody's, and its end ends nothing."""
    said = chronus("attach", "--osc", f"127.0.0.1:{engine.port}", folder=engine.folder, text="mod sine freq 333\nmod sine frek 1\n")
    assert said.returncode == 1 and "/done /mod/sine/freq" in said.stdout and "did you mean 'freq'" in said.stdout
    assert engine.ask("/mod/sine/freq").args == (333.0,)


def test_what_sequencers_play_that_is_gone_is_told(engine):
    """By the commit that takes it away, and in the list from then on; and a patch of which nothing is heard says so."""
    for command in (("/patch/create", "hit", "kick"), ("/patch/connect", "hit", "out"), ("/patch/commit",), ("/seq/create", "beat", "hit", "x..."), ("/scene/set", "all", "beat"),
                    ("/patch/delete", "hit"), ("/patch/disconnect", "filter", "out")):
        assert engine.client.ask(*command).ok
    said = engine.client.ask("/patch/commit").args
    assert any("nothing goes to out" in str(arg) for arg in said) and any("beat (hit)" in str(arg) for arg in said), said
    rows = {row["id"]: row for row in json.loads(engine.client.ask("/seq/list").args[0])}
    assert rows["beat"]["missing"] == ["hit"] and "missing" not in rows["all"] and json.loads(engine.client.ask("/seq/show", "beat").args[0])["missing"] == ["hit"]
    assert engine.client.ask("/seq/delete", "beat").ok and json.loads(engine.client.ask("/seq/show", "all").args[0])["missing"] == ["beat"]
    assert engine.client.ask("/seq/delete", "all").ok and engine.client.ask("/patch/undo").ok
