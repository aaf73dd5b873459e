"""Time tags: two tags lie exactly as many frames apart as their times, in the middle of a block; the past applies at once."""

import json
import time

import numpy as np
import pytest
from engine_process import until

from chronus import limits
from chronus.doors.osc import codec
from chronus.modules.mixing.master import AHEAD
from chronus.recorder.wav import DATA_AT
from chronus.shared import layout as at

RATE, BLOCK = 48_000, 64


def bundle(at: float, *messages) -> bytes:
    return codec.encode_bundle(codec.ntp_tag(at), [codec.encode(address, args) for address, *args in messages])


def send_raw(engine, datagram: bytes) -> None:
    engine.client._socket.send(datagram)


def landed(engine, command: str, value: float) -> int:
    """The frame at which the journal has a command with this value."""
    return until(lambda: next((line.frame for line in engine.journal() if (line.command, line.args) == (command, [value])), None),
                 f"{command} {value} in the journal")


@pytest.mark.parametrize("apart", (1, 37, 63, 64, 1000, 4801))
def test_two_tags_of_one_datagram_land_as_far_apart_as_their_times(engine, apart):
    """The clock is followed once a datagram, so a host that stalls in between cannot move one of them. (A Unix time in a float is good to
    0.01 frames, so of a hundred pairs one is rounded to different sides.)
    """
    now, first, second = time.time() + 0.25, 100.0 + apart, 6000.0 + apart
    both = [bundle(now, ("/mod/filter/cutoff", first)), bundle(now + apart / RATE, ("/mod/filter/cutoff", second))]
    send_raw(engine, codec.encode_bundle(codec.IMMEDIATE, both))
    assert abs(landed(engine, "/mod/filter/cutoff", second) - landed(engine, "/mod/filter/cutoff", first) - apart) <= 1


def test_a_tag_behind_a_message_without_one_is_obeyed(start):
    """The first tag that an engine hears of stands in the second message of its datagram."""
    engine = start()
    inner = bundle(time.time() + 0.3, ("/mod/filter/cutoff", 432.0))
    send_raw(engine, codec.encode_bundle(codec.IMMEDIATE, [codec.encode("/mod/filter/cutoff", (234.0,)), inner]))
    assert landed(engine, "/mod/filter/cutoff", 432.0) - landed(engine, "/mod/filter/cutoff", 234.0) > RATE // 10
    assert engine.kill("control", 0) == engine.memory.pid("control")


def test_a_tag_is_obeyed_inside_a_block(engine):
    for address, value in (("/gate/adsr", 0.0), ("/mod/adsr/attack", 0.0), ("/mod/adsr/release", 0.0), ("/mod/filter/cutoff", 20_000.0),
                           ("/mod/sine/freq", 1000.0), ("/mod/sine/gain", 0.5)):
        assert engine.ask(address, value).ok
    engine.advance(400)
    with engine.take("inside"):
        base, velocities = time.time() + 0.2, [0.5 + i / 64 for i in range(8)]
        for i, velocity in enumerate(velocities):
            send_raw(engine, bundle(base + i * (0.06 + 1 / RATE), ("/gate/adsr", velocity)))
            send_raw(engine, bundle(base + i * (0.06 + 1 / RATE) + 0.03, ("/gate/adsr", 0.0)))
        frames = [landed(engine, "/gate/adsr", velocity) for velocity in velocities]
        engine.advance(500)
        assert engine.ask("/sync", 1).ok
    assert len({frame % BLOCK for frame in frames}) > 1, "all on block boundaries"
    take = np.fromfile(engine.session / "recordings" / "inside.wav", np.float32, offset=DATA_AT).reshape(-1, 2)[:, 0]
    first = engine_first(engine, "inside")
    begins = [first + i for i in np.flatnonzero((abs(take) > 0.02) & (np.concatenate(([0.0] * 200, abs(take[:-200]))) < 0.01))]
    for frame in frames:
        assert any(frame + AHEAD <= begin <= frame + AHEAD + 24 for begin in begins), f"no note begins at frame {frame}"
        assert abs(take[max(0, frame - 200 - first):frame - first]).max() < 0.01, "it began too early"


def engine_first(engine, name: str) -> int:
    return next(take.first for take in engine.takes if take.path.stem == name)


def test_the_past_applies_at_once_and_says_by_how_much(engine):
    engine.client._heard.clear()
    reply = engine.client.ask("/mod/sine/freq", 500.0, tag=time.time() - 1.0)
    assert reply.ok and reply.frame % BLOCK == 0
    late = until(lambda: engine.client.poll(0.01) and [m for m in engine.client._heard if m.address == "/late"] or
                 [m for m in engine.client._heard if m.address == "/late"], "/late")
    assert late[0].args[0] == "/mod/sine/freq" and late[0].args[1] > 0.9 * RATE


def test_a_tag_too_far_ahead_is_refused(engine):
    before = len(engine.journal())
    reply = engine.client.ask("/mod/sine/freq", 555.5, tag=time.time() + 2 * limits.AHEAD_SECONDS)
    assert not reply.ok and reply.code == "range" and str(limits.AHEAD_SECONDS) in reply.message
    assert engine.client.ask("/mod/filter/cutoff", 555.5).ok
    assert len(engine.journal()) == before + 1


def test_the_tag_that_means_now_is_now(engine):
    send_raw(engine, codec.encode_bundle(codec.IMMEDIATE, [codec.encode("/mod/sine/freq", (431.5,))]))
    assert landed(engine, "/mod/sine/freq", 431.5) % BLOCK == 0


def test_panic_forgets_what_waits_in_the_render_too(engine):
    with engine.take("panic"):
        assert engine.ask("/gate/adsr", 1.0).ok
        send_raw(engine, bundle(time.time() + 0.3, ("/gate/adsr", 0.875), ("/mod/sine/freq", 3333.0)))
        assert engine.ask("/sync", 1).ok
        assert engine.ask("/panic").ok
        engine.advance(600)


def test_a_panic_with_a_tag_is_the_same_in_the_render(engine):
    """Some wait before it, some for the same frame, some for a later one, and some are sent behind it."""
    with engine.take("tagged-panic"):
        assert engine.ask("/gate/adsr", 1.0).ok
        begin = time.time() + 0.3
        for after, *command in ((0.1, "/mod/sine/freq", 500.0), (0.2, "/mod/filter/cutoff", 900.0), (0.2, "/panic"), (0.2, "/mod/sine/gain", 0.25),
                                (0.3, "/gate/adsr", 0.75), (0.1, "/gate/adsr", 0.5), (0.4, "/mod/sine/freq", 600.0)):
            send_raw(engine, bundle(begin + after, command))
        assert engine.ask("/sync", 1).ok
        engine.advance(700)
        assert engine.ask("/gate/adsr", 1.0).ok
        engine.advance(50)


def test_more_than_can_wait_are_refused_by_name(engine):
    """What does not fit among the commands that wait must not be acknowledged, and the render must know."""
    before = len(engine.journal())
    with engine.take("many"):
        assert engine.ask("/gate/adsr", 1.0).ok
        begin, count = time.time() + 1.5, limits.SCHEDULE_ENTRIES + 500
        tickets = [engine.client.post("/mod/filter/cutoff", 200.0 + i, tag=begin + i / 10_000) for i in range(count)]
        replies = [engine.client.wait(ticket, 20.0) for ticket in tickets]
        engine.advance(1600)
        refused = [reply for reply in replies if not reply.ok]
        assert {reply.code for reply in refused} <= {"busy"}
        assert engine.ask("/sync", 1).ok
    acknowledged = sorted(reply.frame for reply in replies if reply.ok)        # a refusal overtakes, so an answer names no value
    assert acknowledged == sorted(line.frame for line in engine.journal()[before:] if line.command == "/mod/filter/cutoff")


def test_what_no_log_can_time_waits_for_its_tag_too(engine):
    """A recording begins, and a commit is made, when the tag has come, not before; both are answered then."""
    before, soon = json.loads(engine.ask("/status").args[0])["patch"]["hash"], time.time() + 0.4
    tickets = [engine.client.post(*command, tag=soon) for command in
               (("/record/start", "tagged"), ("/patch/create", "timed", "sine"), ("/patch/connect", "timed", "out", 0.1), ("/patch/commit",))]
    first = engine[at.PLAYED]
    assert json.loads(engine.ask("/status").args[0])["patch"]["hash"] == before and tickets[0].reply is None
    began = engine.client.wait(tickets[0], 5.0)
    assert began.ok and abs(began.frame - first * BLOCK - 0.4 * RATE) < 0.2 * RATE
    assert engine.client.wait(tickets[3]).ok and all(ticket.reply.ok for ticket in tickets)
    assert engine.ask("/record/stop").ok and engine.ask("/patch/undo").ok


def test_a_panic_forgets_what_waits_and_says_so(engine):
    ticket = engine.client.post("/record/start", "never", tag=time.time() + 0.5)
    assert engine.ask("/panic").ok
    forgotten = engine.client.wait(ticket, 5.0)
    assert forgotten.code == "state" and "send it again" in forgotten.message
    time.sleep(0.6)
    assert json.loads(engine.ask("/record/status").args[0]) is None
