"""What is performed goes out, in virtual time: a machine that renders ahead, a device that takes its blocks, ports that write down when they got what."""

import pytest

from chronus import limits
from chronus.control.scripted import Scripted
from chronus.doors.midi.mapping import Out
from chronus.doors.midi.performer import Performer
from chronus.replica.offline import Offline
from chronus.replica.sides import M_PERFORMED
from chronus.shared import layout as at
from chronus.shared.log import EXPRESS, GATE, NOTE, PANIC, SET, Entry, expression
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT

RATE, LEAD, NEXT = 48_000, 4, 1e-6
PATCH = [("/patch/create", "keys", "notes"), ("/patch/create", "env", "adsr"), ("/patch/connect", "keys/gate", "env"), ("/patch/connect", "env", "out", 0.1),
         ("/patch/create", "kick", "kick"), ("/patch/connect", "kick", "out", 0.1), ("/patch/commit",)]
SEQUENCER = [("/seq/create", "a", "keys", "X.x."), ("/seq/notes", "a", 60, 64, 67), ("/seq/swing", "a", 0.3), ("/tempo", 174.3)]
KEYS, KICK = Out("keys", "synth", 1), Out("kick", "drums", 10, 36)
ON, OFF, ALL_OFF = 0x90, 0x80, (0xB0, 123, 0)


class Rig:
    """The door sleeps as long as it says itself; `sent` is (seconds, port, message) of all that went out."""

    def __init__(self, *outs: Out, commands=(), entries=(), block: int = 64, period: int = 1):
        script = Scripted(block=block)
        for address, *args in (*PATCH, *commands):
            script.obey(address, args)
        self.offline = Offline(script.programs, sorted([*script.entries, *entries], key=lambda e: e.frame), RATE, block, script.scores)
        self.memory, self.block, self.period, self.now, self.sent, self.rendered, self.lost = self.offline.memory, block, period, 0.0, [], 0, 0.0
        ring = self.memory[at.H_PERFORMED]
        self.rings = [slice(ring + slot * at.PERFORMED_STRIDE, ring + (slot + 1) * at.PERFORMED_STRIDE) for slot in (0, 1)]
        self.offline.machine.words[M_PERFORMED // 8] = self.memory.base + ring
        self.outs, self.alive = outs, (0, 1)
        self.begin()

    def begin(self) -> None:
        """A door, the first or another one."""
        ports = [Port(self, "synth"), Port(self, "drums")]
        self.door, self.full = Performer(self.memory, lambda word: [port for port in ports if word in port.name]), ""
        self.door.take(self.outs, [out.id for out in self.outs])

    def play(self, seconds: float, with_door: bool = True) -> "Rig":
        until = self.now + seconds
        while self.now < until - 1e-9:
            self.turn_device()
            if with_door:
                self.door.play(self.now)
            sleep = self.door.seconds(self.now) if with_door else until - self.now
            self.now += max(min(sleep, until - self.now, self.tick() - self.now), NEXT)
        return self

    def tick(self) -> float:
        """When the device takes its next block; `lost` is for how long it stood still."""
        return self.memory[at.PLAYED] * self.block / RATE + self.lost

    def turn_device(self) -> None:
        played = self.memory[at.PLAYED]
        while self.tick() <= self.now + NEXT:
            for number in range(played, played + self.period):
                self.render(number + 1 + LEAD)
                place = self.memory[at.H_TAP] + number % limits.TAP_RING_BLOCKS * self.memory[at.H_TAP_STRIDE]
                self.memory[place + at.TAP_TIME], self.memory[place + at.TAP_NUMBER] = int(self.tick() * 1e9), number + 1
            played += self.period
            self.memory[at.PLAYED] = played

    def render(self, until: int) -> None:
        while self.rendered < until:
            self.offline.run(1)
            self.rendered += 1
            if 1 in self.alive:
                self.memory.bytes[self.rings[1]] = self.memory.bytes[self.rings[0]]

    def frames(self, status: int = ON) -> list[tuple[int, int]]:
        """(frame, key) of what went out."""
        return [(round(seconds * RATE), message[1]) for seconds, _, message in self.sent if message[0] & 0xF0 == status]

    def messages(self) -> list[tuple]:
        return [(port, *message) for _, port, message in self.sent]


class Port:
    def __init__(self, rig: Rig, name: str):
        self.rig, self.name = rig, name

    def write(self, content: bytes) -> bool:
        if self.name == self.rig.full:
            return False
        assert len(content) == 3 and content[0] & 0x80 and content[1] < 128 and content[2] < 128
        self.rig.sent.append((self.rig.now, self.name, tuple(content)))
        return True


def onsets(seconds: float, start: int = 0) -> list[tuple[int, int]]:
    """The sequencer's notes, by formula: sixteenths at 174.3 BPM, every second one later by 0.3 of a step; those with a hit are even."""
    step = RATE * 60 / 174.3 / 4
    return [(start + round(2 * i * step), (60, 64, 67)[i % 3]) for i in range(int(seconds * RATE / step / 2) + 1)]


@pytest.mark.parametrize("block, period", ((64, 1), (512, 1), (64, 7)))
def test_a_sequence_goes_out_at_its_frames(block, period):
    rig = Rig(KEYS, commands=(*SEQUENCER, ("/seq/start", "a", "now")), block=block, period=period).play(1.5)
    wanted = [row for row in onsets(1.5) if row[0] < 1.5 * RATE]
    assert rig.frames() == wanted and len(rig.frames(OFF)) in (len(wanted) - 1, len(wanted))
    assert [m[2] for _, _, m in rig.sent if m[0] == ON][:2] == [127, 64], "accents"
    assert {port for _, port, _ in rig.sent} == {"synth"}


def test_only_what_a_sequencer_plays():
    live = Entry(NOTE, key_of("keys"), 72.0, 4_800, extra=FULL_VELOCITY)
    rig = Rig(Out("a", "synth", 3), commands=(*SEQUENCER, ("/seq/start", "a", "now")), entries=[live]).play(0.5)
    assert rig.frames() == [row for row in onsets(0.5) if row[0] < 0.5 * RATE] and {m[0] & 0x0F for _, _, m in rig.sent} == {2}
    assert rig.frames(OFF), "and ends with it"


def note(frame: int, key: float, velocity: float = 1.0, serial: int = 0) -> Entry:
    return Entry(NOTE, key_of("keys"), key, frame, extra=(serial << SERIAL_SHIFT) + round(velocity * FULL_VELOCITY))


def gate(frame: int, value: float) -> Entry:
    return Entry(SET, key_of("kick", "gate"), value, frame, extra=GATE)


TABLE = (
    ("a note and its end", [note(100, 60, 0.5), note(900, 60, 0)], [("synth", ON, 60, 64), ("synth", OFF, 60, 0)]),
    ("what lies between two keys is the nearer one", [note(100, 60.4), note(900, 60.4, 0)], [("synth", ON, 60, 127), ("synth", OFF, 60, 0)]),
    ("two notes of one key end with the second", [note(100, 60.4), note(200, 59.8), note(300, 60.4, 0), note(400, 59.8, 0)],
     [("synth", ON, 60, 127), ("synth", ON, 60, 127), ("synth", OFF, 60, 0)]),
    ("what is struck again is let go before", [note(100, 60), note(200, 60)], [("synth", ON, 60, 127), ("synth", OFF, 60, 0), ("synth", ON, 60, 127)]),
    ("an end by its number is nothing to another", [note(100, 60, 1, 7), note(200, 60, 1, 8), note(300, 60, 0, 7), note(400, 60, 0, 8)],
     [("synth", ON, 60, 127), ("synth", OFF, 60, 0), ("synth", ON, 60, 127), ("synth", OFF, 60, 0)]),
    ("an end of nothing", [note(100, 60, 0)], []),
    ("a gate", [gate(100, 0.5), gate(200, 0.0), gate(300, 1.0)], [("drums", ON + 9, 36, 64), ("drums", OFF + 9, 36, 0), ("drums", ON + 9, 36, 127)]),
    ("a gate that is open strikes once", [gate(100, 0.5), gate(200, 1.0), gate(300, 0.0)], [("drums", ON + 9, 36, 64), ("drums", OFF + 9, 36, 0)]),
    ("a knob is no gate", [Entry(SET, key_of("kick", "gate"), 1.0, 100)], []),
    ("one note is pressed", [note(100, 60), Entry(EXPRESS, key_of("keys"), 60.0, 200, extra=expression("pressure", 1.0)),
                             Entry(EXPRESS, key_of("keys"), 61.0, 200, extra=expression("pressure", 1.0)), Entry(EXPRESS, key_of("keys"), 60.0, 300, extra=expression("bend", 1.0))],
     [("synth", ON, 60, 127), ("synth", 0xA0, 60, 127)]),
    ("a panic", [note(100, 60), gate(128, 1.0), Entry(PANIC, 0, 0.0, 640), note(700, 62)],
     [("synth", ON, 60, 127), ("drums", ON + 9, 36, 127), ("synth", OFF, 60, 0), ("drums", OFF + 9, 36, 0), ("synth", *ALL_OFF), ("drums", ALL_OFF[0] + 9, *ALL_OFF[1:]),
      ("synth", ON, 62, 127)]))


@pytest.mark.parametrize("entries, expected", [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_goes_out(entries, expected):
    rig = Rig(KEYS, KICK, entries=entries).play(0.03)
    assert rig.messages() == expected


def test_a_port_without_room_gets_the_ends_later():
    rig = Rig(KEYS, KICK, entries=[note(0, 60), note(0, 62), note(960, 60, 0), note(1_920, 64), gate(1_930, 1.0), note(2_880, 62, 0), note(3_840, 60), note(4_800, 64, 0)]).play(0.01)
    rig.full = "synth"
    rig.play(0.06)
    assert rig.messages()[2:] == [("drums", ON + 9, 36, 127)]
    rig.full = ""
    rig.play(0.05)
    assert rig.messages()[3:] == [("synth", OFF, 60, 0), ("synth", OFF, 62, 0), ("synth", ON, 60, 127), ("synth", OFF, 64, 0)] and not rig.door.owed


def test_outs_that_go_let_go():
    rig = Rig(KEYS, KICK, entries=[note(0, 60), gate(0, 1.0), note(4_000, 62)]).play(0.01)
    rig.door.take([KEYS, KICK], ["kick"])
    assert rig.messages()[2:] == [("synth", OFF, 60, 0)], "the instrument is no more"
    rig.door.take([KEYS], ["keys"])
    assert rig.messages()[3:] == [("drums", OFF + 9, 36, 0)], "nobody asks for it any more"
    rig.play(0.1)
    rig.door.take([], [])
    rig.play(0.01)
    assert rig.messages()[4:] == [("synth", ON, 62, 127), ("synth", OFF, 62, 0)] and rig.memory[at.MIDI_NEXT] == rig.door.performed.head


def test_what_is_asked_for_later_begins_then():
    rig = Rig(entries=[note(0, 60), note(960, 62)]).play(0.01)
    rig.door.take([KEYS], ["keys"])
    assert rig.play(0.02).messages() == [("synth", ON, 62, 127)]


def test_a_killed_door_loses_nothing_and_doubles_nothing():
    """Killed where nothing sounds, or in a note; the next one is there 60 ms later."""
    whole = Rig(KEYS, commands=(*SEQUENCER, ("/seq/start", "a", "now"))).play(2.0)
    for killed in (0.31, 0.5, 0.699):
        rig = Rig(KEYS, commands=(*SEQUENCER, ("/seq/start", "a", "now"))).play(killed)
        sounds = len(rig.frames()) > len(rig.frames(OFF))
        rig.play(0.06, with_door=False)
        before = len(rig.sent)
        rig.begin()
        rig.play(2.0 - killed - 0.06)
        assert [key for _, key in rig.frames()] == [key for _, key in whole.frames()], killed
        late = [a - b for (a, _), (b, _) in zip(rig.frames(), whole.frames())]
        assert all(0 <= each <= 0.06 * RATE for each in late) and sum(each > 1 for each in late) <= 1, late
        let_go = [message for _, _, message in rig.sent[before:before + 2 * sounds]]
        assert not sounds or let_go == [(OFF, rig.frames()[len(rig.frames(OFF)) - 1][1], 0), ALL_OFF] or let_go[1:] == [ALL_OFF], let_go


def test_what_is_too_late_is_left_out_and_ends_all_the_same():
    first = Rig(KEYS, entries=[note(100, 60), note(9_600, 60, 0), note(9_700, 62), note(14_000, 64), note(20_000, 65)]).play(0.1)
    first.play(0.25, with_door=False).play(0.2)
    assert first.messages() == [("synth", ON, 60, 127), ("synth", OFF, 60, 0), ("synth", ON, 64, 127), ("synth", ON, 65, 127)], "62 came 148 ms ago"
    assert first.memory[at.MIDI_LEFT_OUT] == 1


def test_replicas_that_die_and_join():
    """One tells nothing more, then the other is damaged: from whichever has it, each once. Both gone: what is told once more is not sent once more."""
    whole = Rig(KEYS, commands=(*SEQUENCER, ("/seq/start", "a", "now"))).play(1.0)
    rig = Rig(KEYS, commands=(*SEQUENCER, ("/seq/start", "a", "now"))).play(0.2)
    ring, rows = rig.memory[at.H_PERFORMED], rig.memory.bytes[rig.rings[1]].copy()
    for number in range(limits.PERFORMED_ENTRIES):
        rig.memory[ring + at.PERFORMED_ROWS + number * at.PERFORMED_BYTES + at.PF_FRAME] ^= 1 << 40        # refused by its checksum
    rig.play(0.1)
    rig.memory.bytes[rig.rings[0]], rig.memory.bytes[rig.rings[1]] = rows, 0
    rig.play(0.7)
    assert rig.frames() == whole.frames()


def test_what_was_overwritten_lets_everything_go():
    flood = [note(2_000 + i // 64 * 64, 30 + i % 50, 0.5) for i in range(limits.PERFORMED_ENTRIES + 500)]
    rig = Rig(KEYS, entries=[note(0, 60), *flood, note(9_600, 99)]).play(0.02)
    assert rig.messages() == [("synth", ON, 60, 127)]
    rig.play(0.1, with_door=False).play(0.15)
    assert rig.messages()[1] == ("synth", OFF, 60, 0) and rig.frames()[-1][1] == 99 and 1_900 < len(rig.frames()) < limits.PERFORMED_ENTRIES + 3


def test_a_device_that_stands_still_holds_the_notes_back():
    rig = Rig(KEYS, entries=[note(0, 60), note(4_850, 62)]).play(0.1)
    rig.lost = 0.3
    assert len(rig.play(0.3).frames()) == 1 and rig.memory[at.PLAYED] == 75
    assert rig.play(0.02).frames()[1:] == [(4_850 + round(0.3 * RATE), 62)]
