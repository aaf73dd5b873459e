"""Patches are built and swapped while they play: every sample is that of the log, whoever is killed meanwhile."""

import json
import random
import time

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


@pytest.mark.parametrize("gains, why", (((16.0, 4.0, 1.0), "times as loud as full scale"), ((16.0, 16.0, 16.0), "a blast")))
def test_a_patch_that_is_too_loud_is_refused_and_nothing_changes(begun, gains, why):
    engine = begun
    assert engine.ask("/gate/adsr", 1.0).ok
    before = playing(engine)
    with engine.take(f"loud-{gains[1]:g}"):
        stage(engine, [("/patch/create", f"g{i}", "gain") for i in range(3)] + [("/patch/set", f"g{i}", "gain", gain) for i, gain in enumerate(gains)])
        stage(engine, (("/patch/connect", "filter", "g0"), ("/patch/connect", "g0", "g1"), ("/patch/connect", "g1", "g2"), ("/patch/connect", "g2", "out")))
        engine.advance(100)
        refused = engine.ask("/patch/commit")
        assert not refused.ok and refused.code == "fault" and why in refused.message, refused
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


def commits(engine) -> list[set[str]]:
    """The modules of each patch that was committed so far."""
    return [{module["id"] for module in json.loads(line.args[0])["modules"]} for line in engine.journal() if line.command == "/patch/commit"]


def test_a_commit_takes_what_was_staged_before_it_and_sync_waits_for_it(begun):
    """All is sent without waiting for an answer, as scripts do; the second commit is about what came behind the first."""
    client, before = begun.client, len(commits(begun))
    tickets = [client.post(*command) for command in (
        ("/patch/create", "first", "sine"), ("/patch/connect", "first", "out", 0.1), ("/patch/commit",),
        ("/patch/create", "second", "sine"), ("/patch/connect", "second", "out", 0.1), ("/patch/commit",), ("/patch/create", "third", "sine"))]
    assert client.ask("/sync", 7).args == (7,)
    assert all(ticket.reply and ticket.reply.ok for ticket in tickets), [ticket.reply for ticket in tickets]
    mine = [modules & {"first", "second", "third"} for modules in commits(begun)[before:]]
    assert mine == [{"first"}, {"first", "second"}]
    assert client.ask("/patch/abort").args == (1,)


def test_a_sync_behind_a_commit_that_is_refused_is_answered(begun):
    client = begun.client
    assert client.ask("/patch/create", "x", "sine").ok
    refused = client.post("/patch/commit"), client.post("/patch/commit")
    assert client.ask("/sync", 8).args == (8,) and refused[0].reply.ok and refused[1].reply.code == "state"


def test_what_is_staged_behind_a_load_stays_staged(begun):
    client = begun.client
    assert client.ask("/patch/create", "before", "sine").ok
    load, edit = client.post("/patch/load", "default"), client.post("/patch/create", "behind", "sine")
    assert client.wait(load).ok and client.wait(edit).ok
    staged = {module["id"] for module in json.loads(client.ask("/patch/show", "staged").args[0])["modules"]}
    assert staged & {"before", "behind"} == {"behind"}
    assert client.ask("/patch/abort").args == (1,)


def test_an_undo_right_behind_a_commit_takes_that_one_back(begun):
    client = begun.client
    edits = [client.post(*edit) for edit in (("/patch/create", "late", "sine"), ("/patch/connect", "late", "out", 0.1), ("/patch/commit",))]
    undo = client.post("/patch/undo")
    assert client.wait(undo).ok and all(edit.reply.ok for edit in edits)
    assert not any(module["id"] == "late" for module in playing(begun)["modules"])
    rows = json.loads(client.ask("/patch/history").args[0])
    assert rows[-2]["current"] and "late" in rows[-1]["summary"]
    assert client.ask("/patch/redo").ok and any(module["id"] == "late" for module in playing(begun)["modules"])
    refused = client.ask("/patch/redo")
    assert refused.code == "state" and json.loads(client.ask("/patch/history").args[0])[-1]["current"]


def test_a_commit_that_a_killed_control_did_not_note_is_in_the_history(begun):
    """As if it was killed when the journal had the commit and the history not yet: both files are put back."""
    files = [begun.session / name for name in ("history.json", "checkpoint.json")]
    assert begun.ask("/patch/create", "missed", "sine").ok
    begun.advance(1_000)                                    # the checkpoint is kept every second
    before = [file.read_bytes() for file in files]
    commit(begun)
    for file, content in zip(files, before):
        file.write_bytes(content)
    begun.replaced("control", begun.kill("control"))
    rows = json.loads(begun.ask("/patch/history").args[0])
    assert rows[-1]["current"] and "missed" in rows[-1]["summary"]
    assert begun.ask("/patch/undo").ok and not any(module["id"] == "missed" for module in playing(begun)["modules"])


def test_an_undo_before_control_was_killed_can_be_redone(begun):
    """Another knob was turned, so what plays is none of the history's patches."""
    stage(begun, BRANCH)
    commit(begun)
    assert begun.ask("/mod/filter/cutoff", 333.0).ok and begun.ask("/patch/undo").ok
    begun.replaced("control", begun.kill("control"))
    assert begun.ask("/patch/redo").ok and any(module["id"] == "osc2" for module in playing(begun)["modules"])
    assert begun.ask("/mod/filter/cutoff").args == (333.0,)


def test_an_abort_behind_a_commit_takes_nothing_from_it(begun):
    tickets = [begun.client.post(*command) for command in (("/patch/create", "kept", "sine"), ("/patch/connect", "kept", "out", 0.1), ("/patch/commit",), ("/patch/abort",))]
    assert all(begun.client.wait(ticket).ok for ticket in tickets)
    assert any(module["id"] == "kept" for module in playing(begun)["modules"])
    assert begun.ask("/patch/commit").code == "state"


def test_a_session_with_panics_and_ends_of_notes_is_opened_again(start):
    engine = start()
    for command in (("/patch/create", "keys", "notes"), ("/patch/connect", "keys/gate", "adsr/gate"), ("/patch/commit",), ("/note/keys", 60, 0.5, 9.0),
                    ("/note/keys", 62, 0.5, 9.0), ("/panic",), ("/panic",)):
        assert engine.ask(*command).ok
    engine.replaced("control", engine.kill("control"))
    assert engine.ask("/version").ok
    engine.down()
    engine.start()
    assert engine.ask("/mod/adsr/gate").args == (0.0,)


def test_a_module_that_is_made_anew_stands_at_its_defaults(begun):
    """Deleted and created in one commit: no knob stays where it was, but the one that is set."""
    engine = begun
    with engine.take("anew"):
        assert engine.ask("/mod/sine/freq", 200.0).ok and engine.ask("/mod/sine/gain", 0.25).ok
        stage(engine, (("/patch/delete", "sine"), ("/patch/create", "sine", "sine"), ("/patch/set", "sine", "gain", 0.125), ("/patch/connect", "sine", "adsr")))
        commit(engine)
        (sine,) = (m for m in playing(engine)["modules"] if m["id"] == "sine")
        assert sine["params"] == {"gain": 0.125}
        engine.advance(10)


def test_two_commits_are_answered_in_their_order_whenever_the_second_comes(begun):
    """Nothing is staged any more once the first is in the log, and its answer comes when the log says where it was applied: the refusal waits for it."""
    client = begun.client
    for number in range(16):
        assert client.ask("/patch/create", f"x{number}", "sine").ok
        first = client.post("/patch/commit")
        time.sleep(0.02 + 0.008 * number)
        second = client.post("/patch/commit")
        assert client.ask("/sync", number).args == (number,) and first.reply.ok and second.reply.code == "state", number
