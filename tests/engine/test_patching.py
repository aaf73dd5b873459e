"""Patches are built and swapped while they play: every sample is that of the log, whoever is killed meanwhile."""

import json
import random

import pytest
from engine_process import until

from chronus.faces.client import Client
from chronus.shared import layout as at

BRANCH = (("/patch/create", "osc2", "sine"), ("/patch/create", "env2", "adsr"), ("/patch/connect", "osc2", "env2"),
          ("/patch/connect", "env2", "out", 0.5), ("/patch/set", "osc2", "freq", 330.0))


def stage(engine, edits) -> None:
    for address, *args in edits:
        reply = engine.ask(address, *args)
        assert reply.ok, reply


def commit(engine):
    reply = engine.ask("/patch/commit")
    assert reply.ok, reply
    return reply


def playing(engine) -> dict:
    return json.loads(engine.ask("/patch/show").args[0])


@pytest.fixture
def begun(engine):
    """The engine that these tests share, at rest and with the patch that it began with."""
    for address, *args in (("/panic",), ("/patch/load", "default")):
        assert engine.client.ask(address, *args).ok
    return engine


def test_a_branch_comes_and_goes_and_every_sample_is_that_of_the_log(begun):
    engine = begun
    with engine.take("branches"):
        assert engine.ask("/gate/adsr", 1.0).ok
        for freq in (330.0, 440.0):
            stage(engine, BRANCH)
            commit(engine)
            assert engine.ask("/gate/env2", 1.0).ok and engine.ask("/mod/osc2/freq", freq).ok
            engine.advance(30)
            stage(engine, (("/patch/delete", "osc2"), ("/patch/delete", "env2")))
            commit(engine)
            refused = engine.ask("/mod/osc2/freq", 500.0)
            assert not refused.ok and refused.code == "unknown-module"
        assert engine.ask("/patch/undo").ok and any(m["id"] == "osc2" for m in playing(engine)["modules"])
        assert engine.ask("/patch/redo").ok and not any(m["id"] == "osc2" for m in playing(engine)["modules"])


def test_commits_go_on_while_processes_are_killed(begun):
    engine, dice = begun, random.Random(1)
    with engine.take("killed"):
        assert engine.ask("/gate/adsr", 1.0).ok
        for number in range(12):
            stage(engine, (("/patch/create", f"o{number}", "sine"), ("/patch/connect", f"o{number}", "filter/cutoff", 100.0 * number)))
            if number > 2:
                stage(engine, (("/patch/delete", f"o{number - 3}"),))
            role = dice.choice(("replica 0", "replica 1", "rehearsal", "zygote"))
            old = engine.kill(role)
            commit(engine)
            engine.replaced(role, old)
            engine.redundant()


def test_staged_edits_outlive_control(begun):
    engine = begun
    with Client("127.0.0.1", engine.port, timeout=20.0) as client:
        def killed():
            engine.replaced("control", engine.kill("control"))
            assert engine.ask("/version").ok

        assert all(client.ask(*edit).ok for edit in BRANCH)
        killed()
        reply = client.ask("/patch/commit")
        assert reply.ok, reply
        assert {m["id"] for m in playing(engine)["modules"]} == {"sine", "adsr", "filter", "osc2", "env2"}
        killed()
        assert {m["id"] for m in playing(engine)["modules"]} == {"sine", "adsr", "filter", "osc2", "env2"}
        again = client.ask("/patch/commit")
        assert not again.ok and again.code == "state"
        assert client.ask("/patch/undo").ok, "the history did not outlive control"


def test_knobs_stay_where_they_are_turned_and_staged_settings_arrive(begun):
    engine = begun
    assert engine.ask("/mod/sine/freq", 111.0).ok and engine.ask("/mod/filter/cutoff", 500.0).ok
    stage(engine, (*BRANCH, ("/patch/set", "filter", "cutoff", 900.0)))
    assert engine.ask("/mod/sine/freq", 222.0).ok, "a knob is turned after the edits were staged"
    commit(engine)
    assert engine.ask("/mod/sine/freq").args == (222.0,) and engine.ask("/mod/filter/cutoff").args == (900.0,)


@pytest.mark.parametrize("address, args, code, words", (
    ("/patch/commit", (), "state", "nothing is staged"), ("/patch/create", ("x", "sin"), "unknown-type", "did you mean 'sine'"),
    ("/patch/create", ("x",), "count", "ID TYPE"), ("/patch/connect", ("sine", "fliter"), "unknown-module", "filter"),
    ("/patch/load", ("../x",), "name", "a-z"), ("/patch/load", ("nobody-has-this",), "unknown-name", "no patch"),
    ("/patch/save", ("A b",), "name", "a-z"), ("/patch/redo", (), "state", "nothing to redo"),
    ("/module/retry", ("sine",), "state", "plays"), ("/module/retry", ("sien",), "unknown-module", "sine")))
def test_a_mistake_says_what_to_do(engine, address, args, code, words):
    reply = engine.ask(address, *args)
    assert not reply.ok and reply.code == code and words in reply.message, reply


def test_the_library_saves_loads_lists_and_compares(begun):
    engine = begun
    stage(engine, BRANCH)
    commit(engine)
    assert engine.ask("/mod/osc2/freq", 123.0).ok and engine.ask("/patch/save", "two-branches").ok
    assert json.loads(engine.ask("/patch/list").args[0])["two-branches"] == "yours"
    with engine.take("loads"):
        assert engine.ask("/gate/env2", 1.0).ok
        assert engine.ask("/patch/load", "fm-bell").ok
        assert engine.ask("/patch/load", "two-branches").ok
    assert engine.ask("/mod/osc2/freq").args == (123.0,)
    assert json.loads(engine.ask("/patch/diff", "two-branches").args[0]) == []
    assert any("osc2" in line for line in json.loads(engine.ask("/patch/diff", "default").args[0]))


def test_a_patch_that_is_too_loud_is_refused_and_nothing_changes(begun):
    engine = begun
    assert engine.ask("/gate/adsr", 1.0).ok
    before = playing(engine)
    with engine.take("loud"):
        stage(engine, [("/patch/create", f"g{i}", "gain") for i in range(3)] + [("/patch/set", f"g{i}", "gain", 16.0) for i in range(3)])
        stage(engine, (("/patch/connect", "filter", "g0"), ("/patch/connect", "g0", "g1"), ("/patch/connect", "g1", "g2"), ("/patch/connect", "g2", "out")))
        engine.advance(100)
        refused = engine.ask("/patch/commit")
        assert not refused.ok and refused.code == "fault", refused
        assert playing(engine) == before
    assert engine.ask("/patch/abort").ok and not engine.ask("/patch/commit").ok


def test_a_session_with_commits_goes_on_after_the_end(start):
    engine = start()
    with engine.take("before"):
        stage(engine, BRANCH)
        commit(engine)
        assert engine.ask("/gate/env2", 1.0).ok
    engine.down()
    engine.start()
    until(lambda: engine[at.PLAYED] > 0, "music")
    assert any(m["id"] == "osc2" for m in playing(engine)["modules"])
    with engine.take("after"):
        assert engine.ask("/mod/osc2/freq", 500.0).ok


def test_a_commit_right_behind_one_with_delay_lines_is_done(begun):
    """It waits for the next snapshot instead of being refused."""
    engine = begun
    stage(engine, (("/patch/create", "echo", "delay"), ("/patch/connect", "filter", "echo"), ("/patch/connect", "echo", "out")))
    commit(engine)
    for command in ("/patch/undo", "/patch/redo") * 2:
        reply = engine.client.ask(command)
        assert reply.ok, reply


def test_undo_leaves_alone_what_the_commit_did_not_set(begun):
    engine = begun
    assert engine.ask("/mod/sine/freq", 440.0).ok
    stage(engine, (*BRANCH, ("/patch/set", "filter", "cutoff", 900.0)))
    commit(engine)
    assert engine.ask("/mod/sine/gain", 0.25).ok
    for command, cutoff in (("/patch/undo", 2000.0), ("/patch/redo", 900.0), ("/patch/undo", 2000.0)):
        assert engine.ask(command).ok
        assert engine.ask("/mod/filter/cutoff").args == (cutoff,)
        assert engine.ask("/mod/sine/freq").args == (440.0,) and engine.ask("/mod/sine/gain").args == (0.25,)
