"""The door's commands on their way: thinned, counted, and note-offs that are sent until they are answered."""

import socket
from types import SimpleNamespace

import pytest

from chronus import limits
from chronus.doors.midi.held import Held
from chronus.doors.midi.outbox import Outbox
from chronus.doors.osc.codec import decode, encode
from chronus.shared.memory import Memory


@pytest.fixture
def desk(tmp_path):
    """An outbox, with control played by the test and the time in its hands."""
    ours, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for each in (ours, control):
        each.setblocking(False)
    memory, clock = Memory.create(tmp_path, 48_000, 64, 4), SimpleNamespace(now=100.0)
    held = Held(memory)

    def heard() -> list[tuple]:
        found = []
        while True:
            try:
                found += [(message.address, *message.args) for message in decode(control.recv(limits.DATAGRAM_BYTES))]
            except BlockingIOError:
                return found

    def answer(address, *args):
        control.send(encode(address, args))
        return outbox.hear()
    outbox = Outbox(ours, held, lambda: clock.now)
    yield SimpleNamespace(outbox=outbox, heard=heard, answer=answer, clock=clock, memory=memory, held=held)
    ours.close(), control.close()


NOTE, END = ("/note/keys", 60, 1.0), ("/note/keys", 60, 0)


def test_a_note_is_held_until_its_end_is_answered(desk):
    desk.outbox.send([NOTE, END])
    assert desk.heard() == [NOTE, END] and desk.held.all() == [("keys", 60)]
    desk.answer("/done", "/note/keys", 1)
    assert desk.held.all() == [("keys", 60)]
    desk.answer("/done", "/note/keys", 2)
    assert desk.held.all() == []


def test_the_next_door_knows_what_sounds(desk):
    desk.outbox.send([NOTE, ("/note/bass", 127, 0.5), ("/note/keys", 0, 0.5)])
    assert sorted(Held(desk.memory).all()) == [("bass", 127), ("keys", 0), ("keys", 60)]


def test_an_end_that_gets_no_answer_is_sent_again(desk):
    desk.outbox.send([NOTE, END])
    desk.heard()
    for _ in range(3):
        desk.clock.now += 2.0
        desk.outbox.tick()
        assert desk.heard() == []
        desk.clock.now += 0.1
        desk.outbox.tick()
        assert desk.heard() == [END], "the note itself would come too late"


def test_while_nobody_answers_the_cables_are_heard_all_the_same(desk):
    """A full disk: notes are played, and nothing is answered. The end of each key waits once, however often it was struck."""
    for number in range(4 * limits.MIDI_WINDOW):
        key = 40 + number % 12
        desk.outbox.send([("/note/keys", key, 1.0), ("/note/keys", key, 0)])
        for _ in range(10):
            desk.clock.now += 0.02
            desk.outbox.tick()
        desk.heard()
        assert desk.outbox.has_room, number


def test_an_end_that_is_refused_because_of_a_flood_is_sent_again(desk):
    desk.outbox.send([NOTE, END])
    desk.heard()
    desk.answer("/fail", "/note/keys", "busy", "2 messages refused", 2)
    desk.clock.now += 0.1
    desk.outbox.tick()
    assert desk.heard() == [END]
    desk.answer("/fail", "/note/keys", "unknown-module", "it is gone")
    assert desk.held.all() == []


def test_a_note_that_was_struck_again_is_not_ended_by_the_end_before(desk):
    desk.outbox.send([NOTE, END, NOTE])
    desk.heard()
    desk.clock.now += 2.0
    desk.outbox.tick()
    desk.clock.now += 0.1
    desk.outbox.tick()
    assert desk.heard() == [] and desk.held.sounds("keys", 60)


def test_another_control_is_told_what_the_one_before_may_have_lost(desk):
    desk.outbox.send([NOTE, END, ("/mod/keys/bend", 1.0)])
    desk.heard()
    desk.outbox.start_anew()
    assert desk.heard() == [("/ack", 1), ("/notify", 1), ("/midi/map",)]
    desk.clock.now += 0.1
    desk.outbox.tick()
    assert desk.heard() == [END]


def test_a_knob_is_told_now_and_then_and_where_it_ended(desk):
    for i in range(50):
        desk.outbox.send([("/mod/lp/cutoff", float(i)), ("/bend/keys", 60, i / 8)])
        desk.outbox.tick()
        desk.clock.now += 0.0001
    assert desk.heard() == [("/mod/lp/cutoff", 0.0), ("/bend/keys", 60, 0.0)]
    desk.clock.now += 0.01
    desk.outbox.tick()
    assert desk.heard() == [("/mod/lp/cutoff", 49.0), ("/bend/keys", 60, 49 / 8)]


def test_a_note_comes_behind_what_was_moved_before_it(desk):
    desk.outbox.send([("/mod/lp/cutoff", 1.0)])
    desk.outbox.send([("/mod/lp/cutoff", 2.0), NOTE])
    assert desk.heard() == [("/mod/lp/cutoff", 1.0), ("/mod/lp/cutoff", 2.0), NOTE]


def test_cables_wait_while_too_much_is_unanswered(desk):
    for i in range(limits.MIDI_WINDOW):
        assert desk.outbox.has_room
        desk.outbox.send([("/note/keys", i % 128, 1.0)])
    assert not desk.outbox.has_room
    desk.answer("/done", "/note/keys", 1)
    assert desk.outbox.has_room


def test_what_is_no_answer_is_handed_on(desk):
    assert [message.address for message in desk.answer("/midi/changed")] == ["/midi/changed"]
