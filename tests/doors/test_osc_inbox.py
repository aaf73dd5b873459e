"""The inbox: nothing is lost without a count, nobody waits for another's flood, and what ends a note gets through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chronus import limits
from chronus.doors.osc import inbox as inbox_module
from chronus.doors.osc.codec import encode, encode_bundle
from chronus.doors.osc.inbox import ENDINGS, NAMED, Inbox

TURN = encode("/mod/sine/freq", [440.0])
OPEN, CLOSE = encode("/gate/kick", [1]), encode("/gate/kick", [0])
PANIC, START, STOP = encode("/panic"), encode("/record/start"), encode("/record/stop")


@pytest.fixture
def short(monkeypatch):
    """A queue of 4 for each sender."""
    monkeypatch.setattr(limits, "CLIENT_QUEUE", 4)


def filled(*datagrams, sender="a"):
    inbox = Inbox()
    for datagram in datagrams:
        inbox.push(sender, datagram)
    return inbox


def drained(inbox):
    return [datagram for _, datagram in inbox.take(1 << 30)]


def test_order_of_one_sender_is_kept():
    datagrams = [encode("/mod/sine/freq", [value]) for value in range(1000)] + [CLOSE, OPEN, PANIC]
    assert drained(filled(*datagrams)) == datagrams


def test_a_polite_sender_waits_for_one_datagram_of_a_flood():
    inbox = Inbox()
    for _ in range(40_000):
        inbox.push("flood", TURN)
    assert inbox.push("polite", OPEN)
    assert ("polite", OPEN) in inbox.take(2)
    assert inbox.refused() == [("flood", "/mod/sine/freq", 40_000 - limits.CLIENT_QUEUE)]
    assert inbox.refused() == []


def test_senders_take_turns():
    inbox = Inbox()
    for sender in "abc":
        for _ in range(3):
            inbox.push(sender, TURN)
    assert "".join(sender for sender, _ in inbox.take(4) + inbox.take(99)) == "abcabcabc"


def test_a_flood_of_endings_is_no_privilege(short):
    inbox = filled(*[TURN] * 4, *[encode(f"/gate/{n}", [0]) for n in range(300)], sender="flood")
    inbox.push("polite", OPEN)
    assert ("polite", OPEN) in inbox.take(2)


@pytest.mark.parametrize("ending", [
    PANIC, STOP, encode("/record/stop", ["take-1"]), CLOSE, encode("/gate/kick", [0.0]), encode("/gate/kick", [-0.0]),
    encode("/gate/kick", [False]), b"/gate/abc\0\0\0,d\0\0" + bytes(8), b"/gate/ab\0\0\0\0,h\0\0" + bytes(8),
    encode("/note/keys", [60, 0]), encode("/note/keys", [60.5, 0.0]), b"/note/ab\0\0\0\0,hd\0" + bytes(16)])
def test_an_ending_overtakes_a_full_queue(short, ending):
    assert drained(filled(*[TURN] * 5, ending)) == [ending] + [TURN] * 4


@pytest.mark.parametrize("ordinary", [
    OPEN, encode("/gate/kick", [0.5]), encode("/gate/kick"), encode("/gate/kick", [0, 0]), START, encode("/panics"), TURN, b"",
    b"/gate/", b"/gate/kick\0", b"/panic", b"/panic\0\0" + bytes(8000), encode("/record/stop", ["x" * 500]), b"\0" * 8,
    b"/gate/" + b"a" * 400, encode("/note/keys", [60, 0.5]), encode("/note/keys", [60, 0.5, 1.0]), encode("/note/keys", [60, 0, 1]), encode("/note/keys"),
    b"/note/", b"/note/ab\0\0\0\0,ii\0" + bytes(4)])
def test_all_else_is_refused(short, ordinary):
    inbox = filled(*[TURN] * 4, ordinary)
    assert [count for _, _, count in inbox.refused()] == [1]
    assert drained(inbox) == [TURN] * 4


def test_an_ending_keeps_its_order_while_there_is_room(short):
    assert drained(filled(TURN, OPEN, CLOSE, TURN)) == [TURN, OPEN, CLOSE, TURN]


def test_no_gate_hangs_behind_its_closing(short):
    inbox = filled(OPEN, CLOSE, TURN, OPEN, CLOSE)
    assert drained(inbox) == [CLOSE, CLOSE, TURN]
    assert inbox.refused() == [("a", "/gate/kick", 2)]
    inbox.push("a", OPEN)
    assert drained(inbox) == [OPEN]


def test_no_note_hangs_behind_its_end(short):
    """Whatever type its number came as; another note of the instrument sounds."""
    on, off, other, long = encode("/note/keys", [60, 0.5]), encode("/note/keys", [60.0, 0.0]), encode("/note/keys", [62, 0.5]), encode("/note/keys", [60, 0.5, 1.0])
    inbox = filled(on, other, long, TURN, off)
    assert drained(inbox) == [off, other, long, TURN]
    assert inbox.refused() == [("a", "/note/keys", 1)]
    inbox.push("a", on)
    assert drained(inbox) == [on]


def test_an_opening_after_the_closing_is_played(short):
    inbox = filled(OPEN, TURN, TURN, TURN, CLOSE)
    assert [d for _, d in inbox.take(2)] == [CLOSE, TURN]
    inbox.push("a", OPEN)
    assert drained(inbox) == [TURN, TURN, OPEN]


def test_nothing_sounds_behind_panic_and_nothing_records_behind_stop(short):
    note = encode("/note/bass", [40, 1.0])
    inbox = filled(note, OPEN, START, CLOSE, PANIC)
    assert drained(inbox) == [PANIC, START, CLOSE]
    assert drained(filled(START, TURN, TURN, TURN, STOP)) == [STOP, TURN, TURN, TURN]
    other = filled(TURN, TURN, TURN, TURN, CLOSE)
    other.push("b", OPEN)
    assert OPEN in drained(other)


def test_equal_endings_are_one_and_count_each(short):
    inbox = filled(*[TURN] * 4, *[CLOSE] * 1000)
    assert inbox.waiting == 1004
    assert drained(inbox) == [CLOSE] + [TURN] * 4
    assert inbox.taken == 1004 and inbox.refused() == []


def test_endings_are_bounded_and_panic_is_beyond_the_bound(short):
    inbox = filled(*[TURN] * 4, *[encode(f"/gate/{n}", [0]) for n in range(ENDINGS + 100)])
    assert inbox.waiting == 4 + ENDINGS
    assert sum(count for _, _, count in inbox.refused()) == 100
    assert inbox.push("a", PANIC) and inbox.push("a", PANIC)
    assert len(drained(inbox)) == 4 + ENDINGS + 1


def test_a_queue_that_stays_full_keeps_letting_new_gates_close(short):
    inbox = filled(*[TURN] * 4)
    for n in range(3 * ENDINGS):
        closing = encode(f"/gate/{n}", [0])
        assert inbox.push("a", closing)
        assert inbox.take(1) == [("a", closing)]
        for _ in range(4):
            inbox.take(1)
            inbox.push("a", TURN)


def test_an_idle_sender_is_forgotten_first():
    inbox = Inbox()
    for n in range(limits.CLIENTS):
        inbox.push(n, TURN)
    assert not inbox.push("late", PANIC)
    assert inbox.refused() == [("late", "/panic", 1)]
    assert inbox.take(1) == [(0, TURN)]
    assert inbox.push("late", OPEN)
    assert not inbox.push(0, TURN)
    assert len(inbox.take(1000)) == limits.CLIENTS


def test_bytes_are_bounded_and_every_sender_has_a_share():
    inbox = Inbox()
    large = b"/a\0\0" + bytes(limits.DATAGRAM_BYTES - 4)
    kept = sum(inbox.push("flood", large) for _ in range(2000))
    assert kept * len(large) == limits.INBOX_BYTES // 2
    for sender in range(limits.CLIENTS - 1):
        assert inbox.push(sender, large)
        while inbox.push(sender, large):
            pass
    assert sum(len(d) for d in drained(inbox)) <= limits.INBOX_BYTES
    assert inbox.push("flood", large)


def test_refusals_are_bounded_and_readable(short):
    inbox = filled(*[TURN] * 4, *[encode(f"/mod/{n}/x") for n in range(NAMED + 50)])
    told = inbox.refused()
    assert len(told) == NAMED + 1 and ("a", "", 50) in told
    for datagram in (b"/\xff\n\0", b"no end", b"", encode_bundle(1, [TURN])):
        inbox.push("a", datagram)
    assert sorted(inbox.refused()) == [("a", "", 2), ("a", "#bundle", 1), ("a", "/\\xff\n", 1)]
    for n in range(limits.CLIENTS):
        inbox.push(n, TURN)
    for n in range(2 * limits.CLIENTS):
        inbox.push(f"crowd {n}", TURN)
    senders = {sender for sender, _, _ in inbox.refused()}
    assert len(senders) == limits.CLIENTS + 1 and None in senders


ANY = [TURN, OPEN, CLOSE, PANIC, START, STOP, encode("/gate/snare", [0]), b"", b"\xff" * 64]
STEPS = st.lists(st.one_of(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(ANY)),
    st.tuples(st.just("take"), st.integers(0, 6)), st.just(("refused", 0))), max_size=120)


@settings(max_examples=100)
@given(STEPS)
def test_every_datagram_is_accounted_for(steps):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("CLIENTS", 3), ("CLIENT_QUEUE", 3), ("INBOX_BYTES", 600)):
            patch.setattr(limits, name, value)
        for name, value in (("ENDINGS", 2), ("NAMED", 2), ("SHARE_BYTES", 100)):
            patch.setattr(inbox_module, name, value)
        inbox, refused, handed = Inbox(), 0, []
        for what, value in steps:
            if what == "take":
                before = inbox.waiting
                pairs = inbox.take(value)
                assert len(pairs) <= value and (pairs or not (value and before) or inbox.waiting == 0)
                handed += pairs
            elif what == "refused":
                refused += sum(count for _, _, count in inbox.refused())
            else:
                inbox.push(what, value)
            pending = sum(count for counts in inbox._refused.values() for count in counts.values())
            assert inbox.pushed == inbox.taken + inbox.waiting + refused + pending
        handed += inbox.take(1 << 30)
        assert inbox.waiting == 0 and inbox._bytes == 0
        assert len(handed) <= inbox.taken


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["open", "close", "panic", "turn", "take"]), max_size=80))
def test_a_gate_that_was_last_closed_ends_closed(steps):
    kinds = {"open": OPEN, "close": CLOSE, "panic": PANIC, "turn": TURN}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "CLIENT_QUEUE", 3)
        inbox, handed = Inbox(), []
        for step in steps:
            if step == "take":
                handed += inbox.take(1)
            else:
                inbox.push("a", kinds[step])
        handed += inbox.take(1 << 30)
    gates = [step for step in steps if step in ("open", "close", "panic")]
    if gates and gates[-1] != "open":
        assert [datagram for _, datagram in handed if datagram in (OPEN, CLOSE, PANIC)][-1] != OPEN
