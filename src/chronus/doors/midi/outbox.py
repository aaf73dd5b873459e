"""The door's commands on their way to control, over OSC like anybody's: thinned, counted, and notes that end are sent until they have ended.

Every command is answered (`/ack 1`). While too many are not, `has_room` is False and the cables wait. A note-off that gets no answer, because
control was just killed or is too busy, is sent again; everything else would come too late to be of use.
"""
import socket
import time
from collections import deque
from contextlib import suppress

from chronus import limits
from chronus.doors.midi.held import Held
from chronus.doors.osc.codec import IMMEDIATE, Message, OscError, decode, encode, encode_bundle

ANSWER_SECONDS = 1.0                     # a command that has no answer by then will get none
PATIENT = {"/patch/load": 60.0}          # may have to compile first
AGAIN_SECONDS = 0.02
TOGETHER = 32                            # commands of one datagram
AT_ONCE = ("/note/", "/patch/", "/midi/", "/tempo", "/seq/")


class Outbox:
    """The socket of the door. `held` is where the notes stand that sound."""

    def __init__(self, door: socket.socket, held: Held, now=time.monotonic):
        self.socket, self.held, self.now = door, held, now
        self._waiting: dict[str, deque] = {}             # address -> (when sent, arguments), of each that is not answered
        self._again: deque = deque()                     # note-offs to be sent again: (when, command)
        self._thin: dict[tuple, float] = {}              # what was told lately: until when it is not told again
        self._kept: dict[tuple, tuple] = {}              # and what it moved to since

    @property
    def has_room(self) -> bool:
        """Whether more may be read from the cables."""
        return sum(map(len, self._waiting.values())) + len(self._again) < limits.MIDI_WINDOW

    def greet(self) -> None:
        """Tells control who we are, and asks what MIDI means here."""
        self._transmit([("/ack", 1)])
        self._transmit([("/notify", 1)])
        self._waiting.setdefault("/ack", deque()).append((self.now(), ()))
        self._waiting.setdefault("/notify", deque()).append((self.now(), ()))
        self.ask("/midi/map")

    def ask(self, address: str) -> None:
        """A question: its answer comes at its own address, in parts if it is long, and is handed on by `hear`."""
        self._transmit([(address,)])

    def send(self, commands: list[tuple]) -> None:
        """Sends commands now, knobs that moved just before some milliseconds later. Notes keep their order among all else."""
        due = []
        for command in commands:
            if command[0].startswith(AT_ONCE):
                due += [*self._take_kept(), command]
            elif self._is_due(key := command[:-1]):
                due.append(command)
            else:
                self._kept[key] = command
        for first in range(0, len(due), TOGETHER):
            self._post(due[first:first + TOGETHER])

    def _is_due(self, key: tuple) -> bool:
        now = self.now()
        if self._thin.get(key, 0.0) > now:
            return False
        self._thin[key] = now + limits.MIDI_THIN_MS / 1000
        self._kept.pop(key, None)
        return True

    def _take_kept(self) -> list[tuple]:
        kept, self._kept = list(self._kept.values()), {}
        return kept

    def _post(self, commands: list[tuple]) -> None:
        for address, *args in commands:
            if address.startswith("/note/"):
                self.held.note(address.removeprefix("/note/"), args[0], args[1] > 0)
            self._waiting.setdefault(address, deque()).append((self.now(), tuple(args)))
        self._transmit(commands)

    def _transmit(self, commands: list[tuple]) -> None:
        messages = [encode(address, args) for address, *args in commands]
        with suppress(OSError):                          # nobody there, or no room: what matters is sent again
            self.socket.send(messages[0] if len(messages) == 1 else encode_bundle(IMMEDIATE, messages))

    def tick(self) -> None:
        """What is due by now: knobs, and notes that have not ended."""
        now = self.now()
        kept = [command for key, command in self._kept.items() if self._thin.get(key, 0.0) <= now]
        self.send(kept)
        self._thin = {key: until for key, until in self._thin.items() if until > now or key in self._kept}
        for address, queue in self._waiting.items():
            while queue and now - queue[0][0] > PATIENT.get(address, ANSWER_SECONDS):
                self._unanswered(address, queue.popleft()[1])
        self._waiting = {address: queue for address, queue in self._waiting.items() if queue}
        while self._again and self._again[0][0] <= now:
            self._send_again(self._again.popleft()[1])

    @property
    def seconds(self) -> float:
        """When `tick` has something to do, at the latest."""
        if self._kept or self._again:
            return limits.MIDI_THIN_MS / 1000
        return limits.HEARTBEAT_MS / 1000

    def start_anew(self) -> None:
        """Control is another process: what the one before had not answered is unknown, and so the ends of notes are sent again."""
        self.hear()
        waiting, self._waiting = self._waiting, {}
        self.greet()
        for address, queue in waiting.items():
            for _, args in queue:
                self._unanswered(address, args)

    def _unanswered(self, address: str, args: tuple) -> None:
        if _is_end(address, args):
            self._again.append((self.now() + AGAIN_SECONDS, (address, *args)))

    def _send_again(self, command: tuple) -> None:
        address, *args = command
        is_on_its_way = any(sent == tuple(args) for _, sent in self._waiting.get(address, ()))
        if not is_on_its_way and not self.held.sounds(address.removeprefix("/note/"), args[0]):         # or it has been struck again
            self._post([command])

    def hear(self) -> list[Message]:
        """Reads all answers; what is none comes back."""
        found = []
        while True:
            try:
                messages = decode(self.socket.recv(limits.DATAGRAM_BYTES))
            except (BlockingIOError, ConnectionError):
                return found
            except (OSError, OscError):
                continue
            for message in messages:
                if message.address not in ("/done", "/fail") or not message.args:
                    found.append(message)
                else:
                    self._answered(message)

    def _answered(self, message: Message) -> None:
        address, code = message.args[0], message.args[1] if message.address == "/fail" and len(message.args) > 1 else ""
        count = message.args[3] if code == "busy" and len(message.args) > 3 and isinstance(message.args[3], int) else 1
        queue = self._waiting.get(address, ())
        for _ in range(min(count, len(queue))):
            _, args = queue.popleft()
            if code == "busy":
                self._unanswered(address, args)
            elif _is_end(address, args):
                self.held.forget(address.removeprefix("/note/"), args[0])


def _is_end(address: str, args: tuple) -> bool:
    return address.startswith("/note/") and args[1] == 0
