"""F-42: hostile names. Refused with a reason, and nothing outside the folder is touched."""

import os

import pytest
from engine_process import until

from chronus.doors.osc import codec
from chronus.shared import layout as at

HOSTILE = ("../../x", "..", ".", "/etc/x", "a/b", "a\\b", "", " ", "-x", "x.wav", "X", "x" * 65, "x" * 1000, "%2e%2e", "~", "$HOME", "x;y")


def refused(engine, *args) -> str:
    """The code with which a name is refused; the recorder must not have begun."""
    reply = engine.ask("/record/start", *args)
    assert not reply.ok and reply.message
    assert engine[at.REC_STATE] != at.REC_RUNNING
    return reply.code


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_name_is_refused(engine, name):
    before = sorted(engine.folder.rglob("*"))
    assert refused(engine, name) == "name"
    assert sorted(engine.folder.rglob("*")) == before


@pytest.mark.parametrize("value", (-1, 1.5, True, b"blob", None), ids=repr)
def test_what_is_no_text_is_refused(engine, value):
    assert refused(engine, value) in ("name", "type")


def test_two_names_are_refused(engine):
    assert refused(engine, "a", "b") == "count"


@pytest.mark.parametrize("name", (b"x\0../y", b"x" * 4096), ids=("NUL", "4 KiB"))
def test_what_the_codec_would_not_send_is_refused_too(engine, name):
    """Built by hand, because no honest encoder writes it."""
    padded = name + bytes(4 - len(name) % 4)
    with pytest.raises(codec.OscError):
        codec.decode(b"/record/start\0\0\0,s\0\0" + padded)
    refusals = engine.client.status()["osc"]["refused"]
    engine.client._socket.send(b"/record/start\0\0\0,s\0\0" + padded)
    until(lambda: engine.client.status()["osc"]["refused"] > refusals, "the refusal")
    assert engine[at.REC_STATE] != at.REC_RUNNING


@pytest.mark.parametrize("target", ("outside.wav", "missing/outside.wav"))
def test_a_link_in_the_folder_is_not_followed(engine, target):
    outside = engine.folder / target
    if "/" not in target:
        outside.write_bytes(b"precious")
    link = engine.session / "recordings" / f"link-{len(target)}.wav"
    os.symlink(outside, link)
    assert refused(engine, link.stem) == "exists"
    assert not outside.exists() or outside.read_bytes() == b"precious"


def test_a_recording_is_never_overwritten(engine):
    with engine.take("once"):
        engine.play(2)
    content = (engine.session / "recordings" / "once.wav").read_bytes()
    assert refused(engine, "once") == "exists"
    assert (engine.session / "recordings" / "once.wav").read_bytes() == content


def test_a_folder_that_became_a_link_is_not_written_through(engine):
    elsewhere, recordings, kept = engine.folder / "elsewhere", engine.session / "recordings", engine.session / "kept"
    elsewhere.mkdir()
    recordings.rename(kept)
    recordings.symlink_to(elsewhere)
    try:
        assert refused(engine, "through-a-link") == "io"
        assert not list(elsewhere.iterdir())
    finally:
        recordings.unlink()
        kept.rename(recordings)
