"""Bytes from a MIDI cable to messages: whatever comes, it ends in messages or in nothing, in time and memory that do not depend on it.

Source: "MIDI 1.0 Detailed Specification", 4.2.1, MIDI Manufacturers Association 1996. System exclusive data is passed over and never kept, so
that a dump without an end costs nothing; a real-time byte may stand inside any other message and changes nothing of it.
"""
from typing import NamedTuple

REALTIME = {0xF8: "clock", 0xFA: "start", 0xFB: "continue", 0xFC: "stop", 0xFE: "sensing", 0xFF: "reset"}
VOICE = {0x80: ("note_off", 2), 0x90: ("note_on", 2), 0xA0: ("key_pressure", 2), 0xB0: ("control", 2), 0xC0: ("program", 1),
         0xD0: ("pressure", 1), 0xE0: ("bend", 2)}
COMMON = {0xF1: ("quarter_frame", 1), 0xF2: ("song_position", 2), 0xF3: ("song_select", 1)}
BEND_CENTRE = 8_192


class Message(NamedTuple):
    """One message. `channel` is 1 to 16, 0 for what has none. `first` and `second` are its data: note and velocity, controller and value.

    A bend has -8192 to 8191 in `first`, a song position its sixteenths. A note_on with velocity 0 is a note_off.
    """

    kind: str
    channel: int = 0
    first: int = 0
    second: int = 0


class Parser:
    """One cable. Keeps the running status and at most one byte of data."""

    def __init__(self):
        self._status, self._data = 0, -1     # 0: data bytes mean nothing now, as within system exclusive

    def feed(self, content: bytes) -> list[Message]:
        """The messages that are complete with these bytes, in order; fewer than there are bytes, or as many."""
        found = []
        for byte in content:
            if byte >= 0xF8:
                if byte in REALTIME:
                    found.append(Message(REALTIME[byte]))
            elif byte >= 0x80:
                self._status, self._data = byte, -1
            elif self._status:
                self._take(byte, found)
        return found

    def _take(self, byte: int, found: list[Message]) -> None:
        """A data byte, of a message that may be complete with it."""
        status = self._status
        kind, count = VOICE[status & 0xF0] if status < 0xF0 else COMMON.get(status, ("", 0))
        if not count:
            self._status = 0
        elif count == 2 and self._data < 0:
            self._data = byte
        else:
            found.append(_message(kind, status, byte if count == 1 else self._data, byte if count == 2 else 0))
            self._data = -1
            if status >= 0xF0:               # no running status for these
                self._status = 0


def _message(kind: str, status: int, first: int, second: int) -> Message:
    channel = (status & 0x0F) + 1 if status < 0xF0 else 0
    if kind == "bend":
        return Message(kind, channel, first + (second << 7) - BEND_CENTRE)
    if kind == "song_position":
        return Message(kind, 0, first + (second << 7))
    if kind == "note_on" and second == 0:
        kind = "note_off"
    return Message(kind, channel, first, second)
