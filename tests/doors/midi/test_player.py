"""What keys, wheels and knobs mean: notes, sustain, splits, bends, MPE, learning; and that no note hangs, whatever comes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus import limits
from chronus.doors.midi.mapping import Knob, Mapping
from chronus.doors.midi.mpe import Zones
from chronus.doors.midi.parser import Parser
from chronus.doors.midi.player import Player


def player(*instruments: str, **mapping) -> Player:
    found = Player()
    found.instruments, found.mapping = list(instruments or ("keys",)), replace(Mapping(), **mapping)
    return found


def play(found: Player, text: str, port: str = "one") -> list[tuple]:
    """The commands that bytes, written as hexadecimal, stand for."""
    return [command for message in Parser().feed(bytes.fromhex(text)) for command in found.take(port, message)]


TABLE = (
    ("a key goes down and up", "90 3c 7f 80 3c 10", {}, [("/note/keys", 60, 1.0), ("/note/keys", 60, 0)]),
    ("one instrument is on every channel", "95 3c 7f", {}, [("/note/keys", 60, 1.0)]),
    ("the pedal holds what is let go", "b0 40 7f 90 3c 7f 80 3c 00", {}, [("/note/keys", 60, 1.0)]),
    ("until it goes up", "b0 40 7f 90 3c 7f 80 3c 00 b0 40 00", {}, [("/note/keys", 60, 1.0), ("/note/keys", 60, 0)]),
    ("but not what is down", "b0 40 7f 90 3c 7f b0 40 00", {}, [("/note/keys", 60, 1.0)]),
    ("nor a key that is struck again", "b0 40 7f 90 3c 7f 80 3c 00 90 3c 7f b0 40 00", {}, [("/note/keys", 60, 1.0), ("/note/keys", 60, 1.0)]),
    ("all notes off", "90 3c 7f 91 3e 7f b0 7b 00", {}, [("/note/keys", 60, 1.0), ("/note/keys", 62, 1.0), ("/note/keys", 60, 0)]),
    ("all sound off", "90 3c 7f b0 78 00", {}, [("/note/keys", 60, 1.0), ("/note/keys", 60, 0)]),
    ("a reset", "90 3c 7f ff", {}, [("/note/keys", 60, 1.0), ("/note/keys", 60, 0)]),
    ("the wheel", "e0 7f 7f e0 00 40 e0 00 00", {}, [("/mod/keys/bend", 2.0), ("/mod/keys/bend", 0.0), ("/mod/keys/bend", -2.0)]),
    ("a wider wheel", "e0 7f 7f", {"bends": {0: 3, 1: 12}}, [("/mod/keys/bend", 12)]),
    ("a wheel that says how wide it is", "b0 65 00 b0 64 00 b0 06 0c e0 7f 7f", {}, [("/mod/keys/bend", 12.0)]),
    ("pressure", "d0 7f a0 3c 7f 90 3c 7f a0 3c 00", {}, [("/mod/keys/pressure", 1.0), ("/note/keys", 60, 1.0), ("/pressure/keys", 60, 0.0)]),
    ("controllers are put back", "e0 7f 7f b0 79 00", {}, [("/mod/keys/bend", 2.0), ("/mod/keys/bend", 0.0)]),
    ("a knob that nobody bound", "b0 4a 40", {}, []),
    ("a knob", "b0 10 00 b0 10 7f b1 10 7f", {"knobs": (Knob(1, 16, "lp/cutoff", 20.0, 20_000.0, "exponential"),)},
     [("/mod/lp/cutoff", 20.0), ("/mod/lp/cutoff", pytest.approx(20_000.0))]),
    ("a knob of any channel", "b5 10 40", {"knobs": (Knob(0, 16, "lp/q", 0.0, 1.0),)}, [("/mod/lp/q", 64 / 127)]),
    ("a program", "c0 00 c0 01", {"programs": {1: "pluck"}}, [("/patch/load", "pluck")]),
    ("a finger that bends", "91 3c 7f e1 7f 7f d1 7f b1 4a 7f", {"mpe": 4},
     [("/note/keys", 60, 1.0), ("/bend/keys", 60, 48.0), ("/pressure/keys", 60, 1.0), ("/timbre/keys", 60, 1.0)]),
    ("a finger that was bent before", "e1 7f 7f 91 3c 7f", {"mpe": 4}, [("/note/keys", 60, 1.0), ("/bend/keys", 60, 48.0)]),
    ("the hand of a finger", "e0 7f 7f d0 7f", {"mpe": 4}, [("/mod/keys/bend", 2.0), ("/mod/keys/pressure", 1.0)]),
    ("a keyboard that says it has fingers", "b0 65 00 b0 64 06 b0 06 02 92 3c 7f e2 00 00", {}, [("/note/keys", 60, 1.0), ("/bend/keys", 60, -48.0)]),
    ("fingers of the upper zone", "9e 3c 7f ee 7f 7f dd 7f 9d 3e 7f 9c 40 7f bf 4a 7f", {"mpe_upper": 2},
     [("/note/keys", 60, 1.0), ("/bend/keys", 60, 48.0), ("/note/keys", 62, 1.0), ("/pressure/keys", 62, 1.0), ("/note/keys", 64, 1.0), ("/mod/keys/timbre", 1.0)]),
    ("a keyboard that says it has an upper zone", "bf 65 00 64 06 06 02 9d 3c 7f ed 00 00 ef 7f 7f ec 7f 7f", {},
     [("/note/keys", 60, 1.0), ("/bend/keys", 60, -48.0), ("/mod/keys/bend", 2.0), ("/mod/keys/bend", 2.0)]),
    ("a zone that is declared on no manager is none", "b4 65 00 64 06 06 02 95 3c 7f e5 7f 7f", {}, [("/note/keys", 60, 1.0), ("/mod/keys/bend", 2.0)]),
    ("a zone of sixteen is none", "b0 65 00 64 06 06 10 91 3c 7f e1 7f 7f", {}, [("/note/keys", 60, 1.0), ("/mod/keys/bend", 2.0)]),
    ("both zones, each with wheels of its own width", "b0 65 00 64 06 06 07 b1 65 00 64 00 06 18 bf 65 00 64 06 06 07 be 65 00 64 00 06 0c 92 3c 7f e2 7f 7f 9d 3e 7f ed 7f 7f", {},
     [("/note/keys", 60, 1.0), ("/bend/keys", 60, 24.0), ("/note/keys", 62, 1.0), ("/bend/keys", 62, 12.0)]),
    ("a zone that is declared again bends as usual", "b0 65 00 64 06 06 07 b1 65 00 64 00 06 18 b0 65 00 64 06 06 07 91 3c 7f e1 7f 7f", {}, [("/note/keys", 60, 1.0), ("/bend/keys", 60, 48.0)]),
    ("all notes off on a manager is for its own zone", "91 3c 7f 9e 3e 7f bf 7b 00", {"mpe": 7, "mpe_upper": 7}, [("/note/keys", 60, 1.0), ("/note/keys", 62, 1.0), ("/note/keys", 62, 0)]),
    ("the pedal of the upper hand", "bf 40 7f 91 3c 7f 81 3c 00 9e 3e 7f 8e 3e 00 bf 40 00", {"mpe": 7, "mpe_upper": 7},
     [("/note/keys", 60, 1.0), ("/note/keys", 60, 0), ("/note/keys", 62, 1.0), ("/note/keys", 62, 0)]),
    ("the pedal of a hand", "b0 40 7f 91 3c 7f 81 3c 00 b0 40 00", {"mpe": 2}, [("/note/keys", 60, 1.0), ("/note/keys", 60, 0)]))


@pytest.mark.parametrize("text, mapping, expected", [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_it_means(text, mapping, expected):
    assert play(player(**mapping), text) == expected


def test_channels_are_instruments_in_order():
    found = player("bass", "lead")
    assert play(found, "90 3c 7f 91 3c 7f 92 3c 7f") == [("/note/bass", 60, 1.0), ("/note/lead", 60, 1.0)]
    found.mapping = Mapping().assign(1, "lead").assign(0, "bass")
    assert play(found, "90 3d 7f 97 3d 7f") == [("/note/lead", 61, 1.0), ("/note/bass", 61, 1.0)]
    assert play(found, "80 3c 00") == [("/note/bass", 60, 0)], "what was begun on another instrument ends there"


def test_each_zone_plays_an_instrument():
    found = player("bass", "lead", mpe=7, mpe_upper=7)
    assert play(found, "91 3c 7f 9e 3c 7f 9f 3e 7f") == [("/note/bass", 60, 1.0), ("/note/lead", 60, 1.0), ("/note/lead", 62, 1.0)]
    found.mapping = replace(found.mapping.assign(16, "bass"), mpe_upper=7)
    assert play(found, "9e 40 7f") == [("/note/bass", 64, 1.0)]


@pytest.mark.parametrize("declared, lower, upper", (
    ([(1, 15)], 15, 0), ([(16, 15)], 0, 15), ([(1, 15), (16, 4)], 10, 4), ([(16, 15), (1, 4)], 4, 10), ([(1, 10), (16, 4)], 10, 4), ([(1, 10), (16, 4), (1, 14)], 14, 0),
    ([(16, 4), (1, 15)], 15, 0), ([(1, 5), (16, 14)], 0, 14), ([(1, 10), (16, 0)], 10, 0), ([(1, 15), (16, 0)], 15, 0), ([(1, 7), (16, 7), (1, 0)], 0, 7)))
def test_a_zone_takes_its_channels_from_the_other_one(declared, lower, upper):
    zones = Zones()
    for manager, members in declared:
        zones = zones.declare(manager, members)
    assert zones == Zones(lower, upper)
    fingers = [*zones.members(1), *zones.members(16)]
    assert len(set(fingers)) == len(fingers) == lower + upper and not (1 in fingers and lower) and not (16 in fingers and upper)
    assert [zones.manager(c) for c in (2, 15)] == [1 if lower else 16 if upper > 13 else 0, 16 if upper else 1 if lower > 13 else 0]


def test_a_split_takes_its_keys_from_the_others():
    mapping = Mapping().assign(1, "lead").split(1, 0, 59, "bass").split(1, 64, 64, "bass")
    assert [(z.low, z.high, z.id) for z in mapping.zones] == [(60, 63, "lead"), (65, 127, "lead"), (0, 59, "bass"), (64, 64, "bass")]
    found = player("bass", "lead")
    found.mapping = mapping
    assert [command[0] for command in play(found, "90 3b 7f 3c 7f 40 7f 41 7f")] == ["/note/bass", "/note/lead", "/note/bass", "/note/lead"]
    assert play(found, "e0 7f 7f") == [("/mod/lead/bend", 2.0), ("/mod/bass/bend", 2.0)]


def test_a_zone_of_an_instrument_that_is_not_there_counts_for_nothing():
    found = player("keys")
    found.mapping = Mapping().assign(1, "gone")
    assert play(found, "90 3c 7f") == [("/note/keys", 60, 1.0)]


def test_two_cables_hold_one_note():
    found = player()
    play(found, "90 3c 7f", "one")
    play(found, "90 3c 7f", "two")
    assert play(found, "80 3c 00", "one") == []
    assert found.release("two") == [("/note/keys", 60, 0)]


def test_a_pedal_lets_go_of_what_its_own_cable_holds():
    """The same channel of another one has a pedal of its own, which is down."""
    found = player()
    play(found, "b0 40 7f 90 3c 7f 80 3c 00", "one")
    play(found, "b0 40 7f 90 3e 7f 80 3e 00", "two")
    assert play(found, "b0 40 00", "two") == [("/note/keys", 62, 0)]
    assert play(found, "b0 40 00", "one") == [("/note/keys", 60, 0)]


def test_a_cable_that_is_out_holds_nothing_and_bends_nothing():
    found = player()
    play(found, "90 3c 7f 3e 7f b0 40 7f 80 3c 00 e0 7f 7f d0 7f")
    assert found.release("one") == [("/note/keys", 60, 0), ("/note/keys", 62, 0), ("/mod/keys/bend", 0.0), ("/mod/keys/pressure", 0.0)]
    assert found.release("one") == []
    assert play(found, "90 3c 7f 80 3c 00") == [("/note/keys", 60, 1.0), ("/note/keys", 60, 0)], "the pedal is up again"


def test_a_wheel_that_comes_back_finds_whom_it_bent():
    """Though its channel plays another instrument by now."""
    found = player("lead", "bass")
    assert play(found, "e0 7f 7f") == [("/mod/lead/bend", 2.0)]
    found.mapping = found.mapping.assign(1, "bass")
    assert play(found, "e0 00 40") == [("/mod/lead/bend", 0.0), ("/mod/bass/bend", 0.0)] and play(found, "e0 00 40") == [("/mod/bass/bend", 0.0)]


def test_a_keyboard_that_falls_silent_for_a_moment_is_still_what_it_said():
    found = player()
    play(found, "b0 65 00 64 06 06 0f 91 3c 7f")
    assert found.release("one", stays=True) == [("/note/keys", 60, 0)]
    assert play(found, "91 3c 7f e1 7f 7f")[-1] == ("/bend/keys", 60, 48.0)
    found.release("one")
    assert play(found, "91 3c 7f e1 7f 7f")[-1] == ("/mod/keys/bend", 2.0)


def test_the_next_knob_is_learned_once():
    found = player()
    found.learning = "lp/cutoff"
    assert play(found, "b0 40 7f b0 65 00 b2 10 40 b2 11 40") == [("/midi/map", 3, 16, "lp/cutoff")]


def test_so_many_keys_and_no_more():
    found = player()
    commands = [command for channel in range(16) for key in range(128) for command in play(found, f"{0x90 + channel:02x} {key:02x} 7f")]
    assert len(commands) == limits.MIDI_HELD
    assert len(found.release("one")) == len({command[1] for command in commands})


@given(st.lists(st.tuples(st.sampled_from(("one", "two")), st.one_of(
    st.binary(max_size=24), st.lists(st.tuples(st.sampled_from((0x80, 0x90, 0xB0, 0xE0)), st.sampled_from((0, 1, 2, 14, 15)), st.sampled_from((0, 60, 61, 64, 123, 101, 100, 6)),
                                               st.sampled_from((0, 1, 6, 64, 127))), max_size=8).map(
        lambda rows: bytes(byte for status, channel, a, b in rows for byte in (status + channel, a, b))))), max_size=20), st.integers(0, 3), st.integers(0, 14))
def test_whatever_comes_no_note_hangs(pieces, mpe, upper):
    found, parsers, sounding = player("bass", "lead", mpe=min(mpe, 14 - upper), mpe_upper=upper), {"one": Parser(), "two": Parser()}, set()
    commands = [c for port, content in pieces for message in parsers[port].feed(content) for c in found.take(port, message)]
    for address, *args in commands + found.release("one") + found.release("two"):
        if address.startswith("/note/"):
            (sounding.add if args[1] else sounding.discard)((address, args[0]))
            assert 0 <= args[0] <= 127 and 0 <= args[1] <= 1
        elif address.startswith(("/mod/", "/bend/", "/pressure/", "/timbre/")):
            assert -48 <= args[-1] <= 48
    assert not sounding
    assert not any((found._held, found._holders, found._sustained, found._pedals, found._moved, found._registered, found._bend_ranges, found._zones))
