"""Samples come into patches while they play, from a folder; whatever becomes of the files, every sample that is heard is that of the log."""

import json
import os
import random
import wave
from pathlib import Path

import numpy as np
import pytest
from engine_process import chronus, typed

from chronus.faces.own_engine import table_patterns
from chronus.faces.words import command
from chronus.tables import store
from chronus.tables.store import SUFFIX, in_session

SAMPLER = (("/patch/create", "smp1", "sampler"), ("/patch/set", "smp1", "mode", 2.0), ("/patch/connect", "smp1", "out"),
           ("/patch/set", "smp1", "sample", "kit/kick"))


def write(path: Path, seed: int, frames: int = 20_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.random.default_rng(seed).integers(-9_000, 9_000, frames).astype("<i2").tobytes())


def with_a_kick(engine):
    """An engine whose samples are one file, and their folder. Another test process has another file, since all share the cache of what was read."""
    folder = engine.folder / "state" / "samples"
    write(folder / "kit" / "kick.wav", os.getpid())
    return engine, folder


@pytest.fixture
def samples(start):
    return with_a_kick(start())


@pytest.fixture(scope="module")
def shared_samples(engine):
    return with_a_kick(engine)


def do(engine, *commands) -> None:
    """Commands that are done."""
    for address, *args in commands:
        reply = engine.ask(address, *args)
        assert reply.ok, reply


def shown(engine, of: str = "smp1") -> dict:
    return next(m for m in json.loads(engine.ask("/patch/show").args[0])["modules"] if m["id"] == of)


def test_a_sample_is_played_replaced_and_replayed_whatever_becomes_of_its_file(samples):
    engine, folder = samples
    with engine.take("samples"):
        do(engine, ("/gate/adsr", 1.0), *SAMPLER, ("/patch/commit",), ("/gate/smp1", 1.0))
        first = shown(engine)["tables"]["sample"]
        assert first.startswith("kit/kick@")
        engine.advance(40)
        write(folder / "kit" / "kick.wav", 2)
        do(engine, ("/patch/set", "smp1", "start", 0.25), ("/patch/commit",))
        assert shown(engine)["tables"]["sample"] == first, "a commit about something else has read the file again"
        do(engine, ("/patch/set", "smp1", "sample", "kit/kick"))
        assert json.loads(engine.ask("/patch/diff").args[0]) == ["~ smp1/sample kit/kick -> kit/kick (read again)"]
        do(engine, ("/patch/commit",))
        second = shown(engine)["tables"]["sample"]
        assert second != first and second.startswith("kit/kick@")
        (folder / "kit" / "kick.wav").unlink()
        do(engine, ("/patch/undo",))
        assert shown(engine)["tables"]["sample"] == first
        do(engine, ("/patch/set", "smp1", "sample", "drum-loop"), ("/patch/commit",), ("/patch/undo",))
        engine.advance(40)
    kept = {path.stem for path in in_session(engine.session).glob(f"*{SUFFIX}")}
    assert {first[-32:], second[-32:]} <= kept and len(kept) == 3


def test_replicas_that_join_read_the_tables_too(samples):
    engine, _ = samples
    dice = random.Random(2)
    with engine.take("killed"):
        do(engine, *SAMPLER, ("/patch/commit",), ("/gate/smp1", 1.0))
        for number in range(6):
            role = dice.choice(("replica 0", "replica 1", "zygote", "rehearsal", "control"))
            old = engine.kill(role)
            engine.replaced(role, old)
            engine.redundant()
            do(engine, ("/patch/set", "smp1", "sample", ("drum-loop", "kit/kick", "struck-string")[number % 3]), ("/patch/commit",))


def test_a_session_with_samples_goes_on_and_renders_without_file_and_cache(samples):
    engine, folder = samples
    with engine.take("before"):
        do(engine, *SAMPLER, ("/patch/commit",), ("/gate/smp1", 1.0))
    engine.down()
    (folder / "kit" / "kick.wav").unlink()
    (kept,) = in_session(engine.session).iterdir()
    (store.cache() / kept.name).unlink()
    store._loaded.clear()
    engine.prove(engine.takes[-1])
    engine.start()
    with engine.take("after"):
        engine.advance(100)
    engine.down()
    kept.write_bytes(kept.read_bytes()[:-4])
    (store.cache() / kept.name).unlink(missing_ok=True)
    ended = chronus("render", engine.session, folder=engine.folder)
    assert ended.returncode == 1 and kept.stem in ended.stderr and "Traceback" not in ended.stderr, ended.stderr


@pytest.mark.parametrize("name, code, words", (
    ("kit/kik", "unknown-name", "did you mean 'kit/kick'"), ("../../x", "name", "no name of a table"), ("/etc/passwd", "name", "no name"),
    ("x" * 300, "name", "no name"), (0.5, "name", "no name")))
def test_a_name_that_is_none_is_refused_at_once(shared_samples, name, code, words):
    engine, _ = shared_samples
    do(engine, *SAMPLER[:3])
    reply = engine.ask("/patch/set", "smp1", "sample", name)
    assert not reply.ok and reply.code == code and words in reply.message, reply
    assert engine.ask("/patch/abort").ok


def test_names_that_look_like_numbers_are_found_kept_and_replayed(samples):
    """As they are typed, and as a client sends them that knows only numbers."""
    engine, folder = samples
    for seed, name in enumerate(("01", "1e3", "nan", "inf", "true", "05", "5e0", "808")):
        write(folder / f"{name}.wav", 10 * os.getpid() + seed, 2_000)
    with engine.take("numbers"):
        do(engine, *SAMPLER[:3], ("/patch/commit",), ("/gate/smp1", 1.0))
        for name in ("01", "1e3", "nan", "inf", "true", "05", "808"):
            ended = typed("send", "/patch/set", "smp1", "sample", name, "--osc", f"127.0.0.1:{engine.port}", folder=engine.folder)
            assert ended.returncode == 0 and ended.stdout.split()[-2:] == ["sample", name], ended
            address, args = command(f"patch set smp1 sample {name}", table_patterns())
            do(engine, (address, *args), ("/patch/commit",))
            assert shown(engine)["tables"]["sample"].startswith(f"{name}@")
        for number, name in ((1, "01"), (1.0, "01"), (1000, "1e3"), (1000.0, "1e3"), (float("inf"), "inf"), (True, "true"), (808.0, "808"), (float("nan"), "nan")):
            reply = engine.ask("/patch/set", "smp1", "sample", number)
            assert reply.ok and reply.args[-1] == name, reply
            do(engine, ("/patch/commit",))
            assert shown(engine)["tables"]["sample"].startswith(f"{name}@")
        reply = engine.ask("/patch/set", "smp1", "sample", 5)
        assert not reply.ok and reply.code == "unknown-name" and "05, 5e0" in reply.message, reply
        do(engine, ("/patch/set", "smp1", "sample", 1.0), ("/patch/commit",))
        engine.advance(20)


def test_a_file_that_is_no_sound_refuses_the_commit_and_nothing_changes(shared_samples):
    engine, folder = shared_samples
    (folder / "bad.wav").write_bytes(b"RIFF" + b"\xff" * 60)
    with engine.take("refused"):
        before = engine.ask("/patch/show").args
        do(engine, *SAMPLER[:3], ("/patch/set", "smp1", "sample", "bad"))
        reply = engine.client.ask("/patch/commit")
        assert not reply.ok and reply.code == "io" and "'bad' is no sound" in reply.message, reply
        assert engine.ask("/patch/show").args == before
        do(engine, ("/patch/set", "smp1", "sample", "kit/kick"), ("/patch/commit",))
        assert not engine.ask("/mod/smp1/sample", 1.0).ok


def test_what_there_is_is_listed(shared_samples):
    engine, _ = shared_samples
    found = json.loads(engine.ask("/sample/list").args[0])
    assert found["kit/kick"] == "yours" and found["saw"] == "wave" and found["room"] == "response"
