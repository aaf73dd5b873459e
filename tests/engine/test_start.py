"""Starting: the line that says that it plays, the pipe, patch files, and what is said where it cannot be."""

import json

import pytest
from engine_process import chronus, free_port, processes_of, typed

from chronus.patch.graph import Patch, default
from chronus.shared import layout as at

PATCH = {"format": "chronus-patch", "version": 1, "name": "two", "modules": [
    {"id": "low", "type": "sine", "params": {"freq": 110.0}}, {"id": "high", "type": "sine", "params": {"freq": 880.0, "gain": 0.1}},
    {"id": "both", "type": "mix"}, {"id": "place", "type": "pan", "params": {"position": -0.5}}],
    "cables": [{"from": "low/out", "to": "both/a"}, {"from": "high/out", "to": "both/b"}, {"from": "high/out", "to": "low/freq", "amount": 50.0},
               {"from": "both", "to": "place"}, {"from": "place", "to": "out"}]}


def up(folder, *options):
    """Runs an `up` that is expected to refuse."""
    osc = () if "--osc" in options else ("--osc", f"127.0.0.1:{free_port()}")
    result = typed("up", "--device", "null", *osc, "--json", *options, folder=folder)
    assert not result.stdout and not processes_of(folder)
    return result


def test_the_ready_line(start):
    """Also of an engine that took any port that was free."""
    engine = start(port=0)
    assert engine.ready == {"event": "ready", "pid": engine.supervisors[0].pid, "osc": f"127.0.0.1:{engine.port}", "session": str(engine.session)}
    assert engine.port == engine[at.H_OSC_PORT] > 0 and engine.client.ask("/version").ok


def test_a_session_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = up(tmp_path, "--session", tmp_path / "file" / "session")
    assert result.returncode == 1 and str(tmp_path / "file") in result.stderr and "--session" in result.stderr


def test_a_session_folder_where_nobody_may_write_is_named(tmp_path):
    """Nobody, root included, makes folders in /proc."""
    result = up(tmp_path, "--session", "/proc/session")
    assert result.returncode == 1 and "/proc/session" in result.stderr and "chmod" in result.stderr and "--session" in result.stderr


@pytest.mark.parametrize("options, word", (
    (("--rate", "12345"), "48000"), (("--block", "63"), "--block"), (("--lead", "1"), "--lead"), (("--lead", "1000"), "--lead"),
    (("--osc", "127.0.0.1:99999"), "65535")), ids=lambda part: " ".join(part) if isinstance(part, tuple) else part)
def test_options_that_cannot_be_are_named(tmp_path, options, word):
    result = up(tmp_path, "--session", tmp_path / "session", *options)
    assert result.returncode not in (0, 2) and word in result.stderr


@pytest.mark.parametrize("content, words", (
    ("no json", ("no JSON",)), ("[]", ("chronus-patch",)), ('{"format": "chronus-patch", "version": 9}', ("version",)),
    (json.dumps(PATCH).replace('"mix"', '"mixx"'), ("mixx", "did you mean 'mix'")),
    (json.dumps(PATCH).replace('"both/a"', '"booth/a"'), ("booth", "did you mean 'both'")),
    (json.dumps(PATCH).replace('"both/b"', '"both/z"'), ("no inlet or parameter 'z'",)),
    (json.dumps(PATCH).replace("110.0", "-110.0"), ("low/freq", "0 to 20000")),
    (json.dumps(PATCH).replace("110.0", "NaN"), ("low/freq", "finite")),
    (json.dumps(PATCH).replace('"id": "high"', '"id": "../high"'), ("../high", "id")),
    (json.dumps(PATCH).replace('"id": "high"', '"id": "low"'), ("two modules 'low'",)),
    ("[" * 100_000, ("more lists",)),
), ids=lambda part: "" if isinstance(part, str) else part[0])
def test_a_patch_file_with_a_mistake_is_named_with_it(tmp_path, content, words):
    path = tmp_path / "patch.json"
    path.write_text(content)
    result = up(tmp_path, "--session", tmp_path / "session", "--patch", path)
    assert result.returncode == 1 and str(path) in result.stderr, result.stderr
    assert all(word in result.stderr for word in words), result.stderr


def test_a_missing_patch_file_is_named(tmp_path):
    """By a process of its own, as all are that people start."""
    result = chronus("up", "--device", "null", "--osc", "127.0.0.1:0", "--session", tmp_path / "session", "--patch", tmp_path / "none.json", folder=tmp_path)
    assert result.returncode == 1 and "none.json" in result.stderr and "Traceback" not in result.stderr
    assert not result.stdout and not processes_of(tmp_path)
    assert not (tmp_path / "session").exists(), "a session that never began is none"


def test_a_patch_of_ones_own_plays(tmp_path, start):
    path = tmp_path / "patch.json"
    path.write_text(json.dumps(PATCH))
    engine = start("--patch", path)
    engine.redundant()
    with engine.take("own-patch"):
        for i in range(8):
            assert engine.ask("/mod/place/position", i / 8).ok and engine.ask("/mod/high/freq", 440.0 + i).ok
        engine.replaced("replica 0", engine.kill("replica 0"))
        engine.redundant()
    assert not engine.ask("/mod/sine/freq", 1.0).ok
    assert set(engine.client.status()["patch"]["modules"]) == {"low", "high", "both", "place"}


def test_the_default_patch_is_a_patch_file_too(tmp_path):
    path = tmp_path / "patch.json"
    path.write_text(json.dumps(default().as_dict()))
    assert Patch.read(path).hash() == default().hash()


def jam(folder, text: str):
    result = chronus("jam", "--device", "null", "--osc", f"127.0.0.1:{free_port()}", "--session", folder / "session", folder=folder, text=text, seconds=120)
    assert not processes_of(folder), "the engine outlives its jam"
    return result


def test_a_jam_from_a_pipe(tmp_path):
    result = jam(tmp_path, "/gate/adsr 1\n\n# a comment\nmod sine freq 330\n/gate/adsr 0\n")
    assert result.returncode == 0, result.stderr
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [["/done", "/gate/adsr"], ["/done", "/mod/sine/freq"], ["/done", "/gate/adsr"]]


def test_a_jam_from_a_pipe_with_a_mistake_goes_on_and_says_so(tmp_path):
    result = jam(tmp_path, "/gate/adrs 1\n/gate/adsr 1\n")
    assert result.returncode == 1
    first, second = result.stdout.splitlines()
    assert first.startswith("/fail /gate/adrs unknown-module") and "adsr" in first and second.startswith("/done /gate/adsr")


def test_an_empty_pipe_is_an_empty_jam(tmp_path):
    assert jam(tmp_path, "").returncode == 0
