"""The process that plays what comes from MIDI cables: it reads them, and sends control the commands that anybody could send.

It may die at any time. Which notes sound because of it stands in shared memory: the door that comes after it lets go of them.
"""
import json
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chronus import limits, linux
from chronus.doors.midi.engine_time import EngineTime
from chronus.doors.midi.following import Following
from chronus.doors.midi.held import Held
from chronus.doors.midi.mapping import AUTO, OFF, Mapping
from chronus.doors.midi.outbox import Outbox
from chronus.doors.midi.parser import Parser
from chronus.doors.midi.performer import Performer
from chronus.doors.midi.player import Player
from chronus.doors.midi.ports import Port, SocketPorts, machine_ports, why_none
from chronus.doors.midi.sending import Sending
from chronus.music.midi_clock import ClockFollower
from chronus.shared import layout as at
from chronus.shared.memory import Memory

LOOK_SECONDS = 1.0                       # how often it is looked which ports there are
SENSING_SECONDS = 0.45                   # a cable that has sent "active sensing" (each 0.3 s) and is silent for so long is out
FINEST_SECONDS = 0.001                   # what a poll can wait; the rest before a clock is slept
REASKS = ("/midi/changed", "/patch/committed", "/patch/rolled_back")


class Cable:
    """A port, what was understood of it so far, and the clock that comes through it."""

    def __init__(self, port: Port, now: float, unix: Callable[[float], float]):
        self.port, self.parser, self.clock = port, Parser(), ClockFollower()
        self.following = Following(self.clock, unix)
        self.senses, self.heard = False, now


class Door:
    """One round of everything is `turn`. [midi]"""

    def __init__(self, memory: Memory, host: str, now=time.monotonic):
        self.memory, self.now, self.player, self.held = memory, now, Player(), Held(memory)
        self.outbox = Outbox(self._socket(host), self.held, now)
        self.sources, self.cables, self.plugged, self.parts = sources(memory.text(at.MIDI_WANTED)), {}, [], {}
        self.control, self.looked, self.told = memory.pid("control"), -LOOK_SECONDS, ""
        self.time, self.leader, self.sending, self.sent_to, self.outlets = EngineTime(memory[at.H_RATE]), None, None, OFF, []
        self.performer = Performer(memory, self.ports_named)
        self.outbox.greet()
        self.outbox.send([(f"/note/{id_}", key, 0) for id_, key in self.held.all()])

    def _socket(self, host: str) -> socket.socket:
        """To control; from the port of the door before this one where that is free, so that to control we are the same sender."""
        door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.INBOX_BYTES)
        with suppress(OSError):
            door.bind(("", self.memory[at.MIDI_OSC_PORT]))
        door.connect((host, self.memory[at.H_OSC_PORT]))
        door.setblocking(False)
        self.memory[at.MIDI_OSC_PORT] = door.getsockname()[1]
        return door

    def turn(self) -> None:
        """Waits for something to do, and does it."""
        poll = select.poll()
        poll.register(self.outbox.socket, select.POLLIN)
        for handle in [handle for source in self.sources for handle in source.handles()] if len(self.cables) < limits.MIDI_PORTS else ():
            poll.register(handle, select.POLLIN)
        has_room = self.outbox.has_room
        for descriptor, cable in self.cables.items():
            if has_room:
                poll.register(descriptor, select.POLLIN)
            else:
                cable.heard = self.now()                # it is we who do not listen
        wait = min(self.outbox.seconds, self.performer.seconds(self.now()), self.time.seconds(self.now()) if self.keeps_time else 1.0, self.sending.seconds(self.now()) if self.sending else 1.0)
        if wait < FINEST_SECONDS:
            time.sleep(wait)
            wait = 0.0
        ready = {descriptor for descriptor, _ in poll.poll(int(1000 * wait))}
        for descriptor in ready & set(self.cables):
            self.read(self.cables[descriptor])
        for message in self.outbox.hear():
            self.listen(message)
        if self.memory.pid("control") != self.control:
            self.control = self.memory.pid("control")
            self.outbox.start_anew()
        self.outbox.tick()
        self.watch(ready)
        self.keep_time()
        self.performer.play(self.now())

    def read(self, cable: Cable) -> None:
        """Plays what has come through a cable."""
        content, now = cable.port.read(), self.now()
        if cable.port.lost:
            cable.port.lost, cable.parser = False, Parser()
            self.outbox.send(self.player.release(cable.port, stays=True))
        if content is None:
            self.unplug(cable)
            return
        if content:
            cable.heard = now
        for message in cable.parser.feed(content):
            cable.senses |= message.kind == "sensing"
            cable.clock.take(message.kind, message.first, now)
            asked = cable.following.take(message.kind, now)
            if self.leads(cable, now):
                self.outbox.send(asked)
            self.outbox.send(self.player.take(cable.port, message))

    def leads(self, cable: Cable, now: float) -> bool:
        """Whether we follow the clock of a cable; of several, as long as it runs, the one that came first."""
        wanted = self.player.mapping.clock_in
        if wanted == OFF or wanted != AUTO and wanted.lower() not in cable.port.name.lower():
            return False
        if self.leader is None or self.leader not in self.cables.values() or not self.leader.following.runs(now):
            self.leader = cable if cable.following.runs(now) else self.leader
        return self.leader is cable

    @property
    def keeps_time(self) -> bool:
        """Whether we must know the engine's beat."""
        leader = self.leader
        return self.sending is not None or leader is not None and leader.following.runs(self.now()) and self.leads(leader, self.now())

    def keep_time(self) -> None:
        """Asks for the engine's beat, and sends our clock."""
        now = self.now()
        if self.keeps_time and self.time.wants_to_know(now):
            self.outbox.ask("/time")
        if self.sending is not None:
            self.send_out(self.sending.due(now))

    def send_out(self, content: bytes) -> None:
        """Sends our clock to those who get it."""
        for port in self.ports_named(self.sent_to) if content else ():
            port.write(content)

    def ports_named(self, wanted: str) -> list:
        """The ports whose names contain a word, of those that are open."""
        ports = [cable.port for cable in self.cables.values()] + self.outlets
        return [port for port in ports if wanted.lower() in port.name.lower()]

    def hear_time(self, said: dict) -> None:
        """What the engine answers to /time."""
        now = self.now()
        self.time.hear(said, now + said["unix"] - time.time())
        if self.leader is not None and self.leads(self.leader, now):
            self.outbox.send(self.leader.following.look(now, self.time))

    def unix(self, seconds: float) -> float:
        """A moment of our clock as Unix time."""
        return time.time() + seconds - self.now()

    def unplug(self, cable: Cable) -> None:
        del self.cables[cable.port.descriptor]
        cable.port.close()
        self.outbox.send(self.player.release(cable.port))

    def watch(self, ready: set[int]) -> None:
        """Ports that come and go, cables that fell silent, and how we are."""
        now = self.now()
        looking = now - self.looked > LOOK_SECONDS
        for source in self.sources:
            if looking or ready & set(source.handles()):
                for port in source.look([cable.port for cable in self.cables.values()]):
                    self.cables[port.descriptor] = Cable(port, now, self.unix)
        for cable in self.cables.values():
            if cable.senses and now - cable.heard > SENSING_SECONDS:
                cable.senses = False
                self.outbox.send(self.player.release(cable.port, stays=True))
        if looking or self.plugged != list(self.cables.values()):
            self.plugged, self.looked = list(self.cables.values()), now if looking else self.looked
            self.look_out()
            if looking:
                self.outbox.ask("/midi/map")                     # arpeggios come and go without news
            self.tell()

    def tell(self) -> None:
        """Says in the status how we are."""
        troubles = [source.trouble for source in self.sources if source.trouble]
        if not self.cables and not troubles and any(not isinstance(source, SocketPorts) for source in self.sources):
            troubles = [why_none()] if why_none() else []
        ports = [{"name": cable.port.name, "clock": cable.clock.tempo and round(cable.clock.tempo, 2), "followed": cable is self.leader} for cable in self.cables.values()]
        text = json.dumps({"state": "; ".join(troubles)[:400] or "good", "ports": ports}, separators=(",", ":"))
        if text != self.told:
            self.told = text
            self.memory.set_text(at.MIDI_STATE, text, at.MIDI_STATE_BYTES)

    def listen(self, message) -> None:
        """What control says besides its answers."""
        if message.address in REASKS:
            self.outbox.ask("/midi/map")
        if message.address == "/time":
            self.hear_time(json.loads(message.args[0]))
        if message.address == "/midi/map":
            number, count, text = message.args if len(message.args) == 3 else (0, 1, *message.args[:1])
            self.parts = {number: text} if number == 0 else {**self.parts, number: text}
            if len(self.parts) == count:
                parts, self.parts = self.parts, {}
                self.understand("".join(text for _, text in sorted(parts.items())))

    def understand(self, text: str) -> None:
        """What MIDI means from now on."""
        data = json.loads(text)
        self.player.mapping = Mapping.from_dict(data["mapping"])
        self.player.instruments, self.player.others, self.player.learning = data["instruments"], data["others"], data["learning"]
        self.performer.take(self.player.mapping.outs, data["sources"])
        self.plan_clocks()

    def plan_clocks(self) -> None:
        """Whose clock is followed may be another now, and whether ours is sent."""
        mapping = self.player.mapping
        if self.leader is not None and not self.leads(self.leader, self.now()):
            self.leader = None
        if self.sending is not None and mapping.clock_out == OFF:
            self.send_out(self.sending.stop())
            self.sending = None
        elif self.sending is None and mapping.clock_out != OFF:
            self.sending = Sending(self.time)
        self.sent_to = mapping.clock_out
        self.look_out()

    def look_out(self) -> None:
        """The ports that only take, and match what our clock or notes shall go to."""
        wanted = self.performer.wanted() | {self.player.mapping.clock_out} - {OFF}
        self.outlets = [port for source in self.sources for port in source.outlets(wanted)]

    def close(self) -> None:
        if self.sending is not None:
            self.send_out(self.sending.stop())
        self.performer.close()
        for source in self.sources:
            source.close()


def sources(wanted: str) -> list:
    """What `--midi` asks for: auto, or parts of names of ports, or paths of sockets, several with commas between."""
    words = [word.strip() for word in wanted.split(",") if word.strip()]
    paths, names = [Path(word) for word in words if "/" in word], [word for word in words if "/" not in word]
    return [*map(SocketPorts, paths), *([machine_ports(["" if name == AUTO else name for name in names])] if names else [])]


def run(memory: Memory, watch: Callable[[], bool], host: str) -> int:
    """Plays until STOP, or until `watch`, asked about each HEARTBEAT_MS, says False; `host` is where control listens. [midi]"""
    linux.realtime("midi")
    door, asked = Door(memory, "127.0.0.1" if host == "0.0.0.0" else host), time.monotonic()
    while memory[at.STOP] == 0:
        door.turn()
        if time.monotonic() - asked > limits.HEARTBEAT_MS / 1000:
            asked = time.monotonic()
            if not watch():
                break
    door.close()
    return 0
