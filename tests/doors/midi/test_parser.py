"""The MIDI parser: every message, running status, real-time bytes anywhere, and garbage that costs nothing."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.doors.midi.parser import REALTIME, Message, Parser

MESSAGES = (
    ("90 3c 40", [Message("note_on", 1, 60, 64)]), ("9f 00 7f", [Message("note_on", 16, 0, 127)]), ("80 3c 40", [Message("note_off", 1, 60, 64)]),
    ("90 3c 00", [Message("note_off", 1, 60, 0)]), ("a2 3c 11", [Message("key_pressure", 3, 60, 17)]), ("b0 40 7f", [Message("control", 1, 64, 127)]),
    ("c4 05", [Message("program", 5, 5, 0)]), ("d0 22", [Message("pressure", 1, 34, 0)]), ("e0 00 40", [Message("bend", 1, 0, 0)]),
    ("e0 00 00", [Message("bend", 1, -8192, 0)]), ("e0 7f 7f", [Message("bend", 1, 8191, 0)]), ("f2 01 02", [Message("song_position", 0, 257, 0)]),
    ("f8", [Message("clock")]), ("fa fb fc", [Message("start"), Message("continue"), Message("stop")]),
    ("90 3c 40 3e 41", [Message("note_on", 1, 60, 64), Message("note_on", 1, 62, 65)]),
    ("c0 01 02", [Message("program", 1, 1, 0), Message("program", 1, 2, 0)]),
    ("90 f8 3c fe 40", [Message("clock"), Message("sensing"), Message("note_on", 1, 60, 64)]),
    ("f0 7e 7f 06 01 f7 90 3c 40", [Message("note_on", 1, 60, 64)]), ("f0 01 02 90 3c 40", [Message("note_on", 1, 60, 64)]),
    ("f0 01 f8 02 f7", [Message("clock")]), ("90 3c 40 f0 01 f7 3e 41", [Message("note_on", 1, 60, 64)]),
    ("3c 40", []), ("f4 01 02", []), ("f6", []), ("f9 fd", []), ("f2 01 02 03 04", [Message("song_position", 0, 257, 0)]),
    ("90 90 3c 40", [Message("note_on", 1, 60, 64)]), ("90 3c 80 3c 40", [Message("note_off", 1, 60, 64)]))


@pytest.mark.parametrize("text, expected", MESSAGES)
def test_what_bytes_mean(text, expected):
    assert Parser().feed(bytes.fromhex(text)) == expected


@given(st.binary(max_size=400), st.lists(st.integers(1, 7), max_size=60))
def test_garbage_ends_in_messages_however_it_is_cut(content, sizes):
    whole, parser, pieces, at = Parser().feed(content), Parser(), [], 0
    for size in [*sizes, len(content)]:
        pieces += parser.feed(content[at:at + size])
        at += size
    assert pieces == whole and len(whole) <= len(content)
    for message in whole:
        assert 0 <= message.channel <= 16 and 0 <= message.second < 128
        assert (-8192 if message.kind == "bend" else 0) <= message.first < 1 << 14


@given(st.binary(max_size=60), st.sampled_from(sorted(REALTIME)), st.integers(0, 60))
def test_a_real_time_byte_may_stand_anywhere(content, byte, at):
    content = bytes(b for b in content if b < 0xF8)
    found = Parser().feed(content[:at] + bytes([byte]) + content[at:])
    assert Message(REALTIME[byte]) in found
    assert [m for m in found if m.kind != REALTIME[byte]] == Parser().feed(content)


def test_endless_system_exclusive_costs_nothing():
    parser = Parser()
    parser.feed(b"\xf0")
    for _ in range(100):
        assert parser.feed(b"\x55" * 10_000) == []
    assert sum(sys.getsizeof(value) for value in vars(parser).values()) < 200
    assert parser.feed(b"\xf7\x90\x3c\x40") == [Message("note_on", 1, 60, 64)]
