"""What plays outside, too: what is performed in here goes out to MIDI ports, each note when the device has come to its frame.

It needs control for nothing but to be told what goes where. The number of what goes out next stands in shared memory: the performer that comes
after a killed one lets go of what sounds, and goes on there. What should have begun more than limits.MIDI_LATE_MS ago is left out, and counted.
"""
from collections import deque
from collections.abc import Callable, Iterable

from chronus import limits
from chronus.doors.midi.mapping import Out
from chronus.doors.midi.sounding import Sounding
from chronus.shared import layout as at
from chronus.shared.log import EXPRESS, NOTE, PANIC, expressed
from chronus.shared.memory import Memory
from chronus.shared.performed import Event, Heard, Performed
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT
from chronus.shared.scores import sequencer_key

NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROL, ALL_NOTES_OFF = 0x80, 0x90, 0xA0, 0xB0, 123
IDLE_SECONDS = 0.01                      # what is performed is looked at this often at least; more often where the lead is short


class Voice:
    """What an Out holds: the keys that sound, by target and note (0 for a gate), and their serials."""

    def __init__(self, out: Out):
        self.out, self.held = out, {}
        self.notes, self.gate, self.sequencer = key_of(out.id), key_of(out.id, "gate"), sequencer_key(out.id)

    def begins(self, event: Event) -> bool:
        return event.sequencer == self.sequencer or event.target == (self.notes if event.kind == NOTE else self.gate)


class Performer:
    """`ports` gives the ports whose names contain a word. Until `take` has said what goes out, nothing does. [midi]"""

    def __init__(self, memory: Memory, ports: Callable[[str], Iterable]):
        self.memory, self.ports, self.performed, self.heard, self.sounding = memory, ports, Performed(memory), Heard(memory), Sounding(memory)
        self.voices: list[Voice] | None = None
        self.waiting: deque[Event] = deque()
        self.counts: dict[tuple, int] = {}               # (port, channel, key) -> how often it was begun and not let go
        self.left = self.sounding.left()
        self.owed: dict[object, dict[bytes, None]] = {}  # of each port the ends that it had no room for
        self.look_seconds = min(IDLE_SECONDS, memory[at.H_LEAD] * memory[at.H_BLOCK] / memory[at.H_RATE] / 2)

    def wanted(self) -> set[str]:
        """Parts of the names of the ports that are sent to."""
        return {voice.out.port for voice in self.voices or ()} | {port for port, _ in self.left}

    def take(self, outs: Iterable[Out], there: Iterable[str]) -> None:
        """What goes out from now on. What an Out holds that is no more, or whose id is not `there` any more, is let go."""
        known, outs, there = {voice.out: voice for voice in self.voices or ()}, tuple(outs), set(there)
        for out, voice in known.items():
            if out not in outs or out.id not in there:
                self._release(voice)
        self.voices = [known.get(out) or Voice(out) for out in outs]

    def play(self, now: float) -> None:
        """Sends what is due at a moment of the monotonic clock."""
        if self.voices is None:
            return
        self._let_go_of_what_was_left()
        for port in list(self.owed):
            self._pay(port)
        if not self.voices:
            self.waiting.clear()
            self.memory[at.MIDI_NEXT] = self.performed.head
            return
        self._read()
        frame = self.heard.frame_at(now) if self.waiting else 0.0
        while self.waiting and self.waiting[0].frame <= frame:
            event = self.waiting.popleft()
            self._obey(event, (frame - event.frame) * 1000 > limits.MIDI_LATE_MS * self.heard.rate)
            self.memory[at.MIDI_NEXT] = event.number + 1

    def seconds(self, now: float) -> float:
        """How long it is until there is something to do."""
        if not self.voices:
            return 1.0
        due = (self.waiting[0].frame - self.heard.frame_at(now)) / self.heard.rate if self.waiting else self.look_seconds
        return min(max(due, 0.0), self.look_seconds)

    def close(self) -> None:
        """Lets go of everything."""
        for voice in self.voices or ():
            self._release(voice)

    def _let_go_of_what_was_left(self) -> None:
        for (port, channel), keys in self.left.items():
            for key in keys:
                self._send(port, NOTE_OFF, channel, key, 0)
            self._send(port, CONTROL, channel, ALL_NOTES_OFF, 0)
        if self.left:
            self.sounding.forget_left()
            self.left = {}

    def _read(self) -> None:
        """What was performed since. If some of it is gone, ends may be among it: then all is let go."""
        number = self.waiting[-1].number + 1 if self.waiting else self.memory[at.MIDI_NEXT]
        while len(self.waiting) < limits.PERFORMED_ENTRIES:
            event = self.performed.read(number)
            if event is None:
                if not self.performed.is_gone(number) or self.performed.read(number) is not None:
                    return
                self.close()
                number = self.performed.first_behind(number)
                if not self.waiting:
                    self.memory[at.MIDI_NEXT] = number
                continue
            self.waiting.append(event)
            number += 1

    def _obey(self, event: Event, is_late: bool) -> None:
        if event.kind == PANIC:
            self._panic()
        elif event.kind == EXPRESS:
            self._press(event)
        elif event.extra & FULL_VELOCITY if event.kind == NOTE else event.value > 0.0:
            begins = [voice for voice in self.voices if voice.begins(event)]
            if is_late and begins:
                self.memory[at.MIDI_LEFT_OUT] += 1
            for voice in begins if not is_late else ():
                self._begin(voice, event)
        else:
            for voice in self.voices:
                self._end(voice, event)

    def _begin(self, voice: Voice, event: Event) -> None:
        """A note of its own key, or, of a gate, the key that the Out has for it; what is struck again is let go first."""
        is_note = event.kind == NOTE
        place, out = (event.target, event.value if is_note else 0.0), voice.out
        if place in voice.held and not is_note:         # a gate that is open strikes no second time
            return
        key = min(max(round(event.value), 0), 127) if is_note else out.key
        velocity = (event.extra & FULL_VELOCITY) / FULL_VELOCITY if is_note else event.value
        if place in voice.held:
            self._let_go(out, voice.held.pop(place)[0])
        voice.held[place] = key, event.extra >> SERIAL_SHIFT if is_note else 0
        line = out.port, out.channel, key
        self.counts[line] = self.counts.get(line, 0) + 1
        self.sounding.begin(*line)
        self._send(out.port, NOTE_ON, out.channel, key, min(max(round(127 * velocity), 1), 127))

    def _end(self, voice: Voice, event: Event) -> None:
        """A note is let go: the one with its serial, or, without one, that of its pitch; or a gate is closed."""
        serial = event.extra >> SERIAL_SHIFT if event.kind == NOTE else 0
        places = [place for place, (_, begun) in voice.held.items() if place[0] == event.target and begun == serial] if serial else [
            (event.target, event.value if event.kind == NOTE else 0.0)]
        for place in places:
            if place in voice.held:
                self._let_go(voice.out, voice.held.pop(place)[0])

    def _press(self, event: Event) -> None:
        """The pressure of a note; bends and timbres of single notes have no message on a channel that all share."""
        which, amount = expressed(event.extra)
        for voice in self.voices:
            held = voice.held.get((event.target, event.value))
            if held and which == "pressure":
                self._send(voice.out.port, KEY_PRESSURE, voice.out.channel, held[0], round(127 * min(max(amount, 0.0), 1.0)))

    def _let_go(self, out: Out, key: int) -> None:
        """A key ends when nobody holds it any more."""
        line = out.port, out.channel, key
        self.counts[line] -= 1
        if self.counts[line] == 0:
            del self.counts[line]
            self._send(out.port, NOTE_OFF, out.channel, key, 0)
            self.sounding.end(*line)

    def _release(self, voice: Voice) -> None:
        for key, _ in voice.held.values():
            self._let_go(voice.out, key)
        voice.held.clear()

    def _panic(self) -> None:
        """What we hold is let go, and so is all else on our channels."""
        self.close()
        for port, channel in dict.fromkeys((voice.out.port, voice.out.channel) for voice in self.voices):
            self._send(port, CONTROL, channel, ALL_NOTES_OFF, 0)

    def _send(self, port: str, status: int, channel: int, first: int, second: int) -> None:
        message = bytes((status + channel - 1, first, second))
        for each in self.ports(port):
            if (not self._pay(each) or not each.write(message)) and status in (NOTE_OFF, CONTROL):
                self.owed.setdefault(each, {})[message] = None

    def _pay(self, port) -> bool:
        """Sends what is owed to a port, before all else; True if that is nothing any more. What else has no room is left out."""
        if port not in self.owed:
            return True
        owed = self.owed[port] if port in self.ports("") else {}
        while owed:
            message = next(iter(owed))
            if not port.write(message):
                return False
            del owed[message]
        del self.owed[port]
        return True
