"""The supervisor: brings an engine up, or takes over one that plays, and keeps all its processes alive until it is told to stop."""

import gc
import json
import os
import select
import signal
import sys
import time

from chronus import limits, linux
from chronus.shared import events
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.supervisor.options import Options
from chronus.supervisor.start import StartError, prepare
from chronus.supervisor.watch import Comparison, LoopWatch, Witness, stopped
from chronus.supervisor.zygote import Zygote
from chronus.units import milliseconds

TICK_MS = 5                     # how often replicas are looked at
STATE_SECONDS = 0.05            # how often everybody's state is read from /proc
ANSWER_SECONDS = 3.0            # a process that was asked for and has not come by then is asked for again
STOP_SECONDS = 5.0              # how long an ending process may take before it is ended
FORKED = ("device", "control", "recorder", "replica 0", "replica 1", "rehearsal", "midi")


class Supervisor:
    """The processes of one engine. `handles` become readable when a process ends."""

    def __init__(self, memory: Memory, door):
        self.memory, self.door = memory, door
        self.loops, self.comparison, self.witness = LoopWatch(memory), Comparison(memory), Witness(memory)
        self.roles = [role for role in FORKED if role != "midi" or memory.text(at.MIDI_WANTED) != "off"]
        self.handles: dict[str, int] = {}
        self.asked: dict[str, float] = {}
        self.restarts: dict[str, list[float]] = {role: [] for role in FORKED}
        self.resting: set[str] = set()
        self.redundant, self.looked, self.disagreed = False, 0.0, 0.0
        self.poll = select.poll()
        linux.adopt_orphans()
        memory.enter("supervisor", os.getpid())
        gc.collect()                            # once, for all zygotes
        gc.freeze()
        self.new_zygote()

    def new_zygote(self) -> None:
        self.zygote = Zygote(self.memory, self.door)
        self.memory.enter("zygote", self.zygote.pid)
        self.asked.clear()
        self.poll.register(self.zygote.socket, select.POLLIN)
        self.poll.register(self.zygote.handle, select.POLLIN)

    def start(self, role: str) -> None:
        """Asks the zygote for a process, unless that has been done, or too often."""
        now = time.monotonic()
        if now - self.asked.get(role, -ANSWER_SECONDS) < ANSWER_SECONDS or role in self.handles or role in self.resting or (role == "device" and not self.something_to_play()):
            return
        self.restarts[role] = [t for t in self.restarts[role] if now - t < 60.0] + [now]
        if len(self.restarts[role]) > limits.RESTARTS_PER_MINUTE:
            self.resting.add(role)
            events.write_event(self.memory, events.RESTING, f"{role} ended {limits.RESTARTS_PER_MINUTE} times in a minute and is left alone")
            return
        if self.zygote.ask(role):
            self.asked[role] = now

    def something_to_play(self) -> bool:
        """Whether a replica has a block that was not played yet: a device that starts earlier would only count underruns."""
        return any(self.memory[at.slot_word(slot, at.HEAD)] > self.memory[at.PLAYED] for slot in (0, 1))

    def take_answers(self) -> None:
        while (answer := self.zygote.answer()) is not None:
            role, pid, handle = answer
            self.asked.pop(role, None)
            self.handles[role] = handle
            self.memory.enter(role, pid)
            self.poll.register(handle, select.POLLIN)
            line = at.role_line(role)
            self.memory[line + at.RESTARTS] = self.memory[line + at.RESTARTS] + 1

    def bury(self, role: str) -> None:
        """Notes the end of a process and lets the other replica lead."""
        handle = self.handles.pop(role)
        self.poll.unregister(handle)
        os.close(handle)
        reap()
        if role.startswith("replica"):
            slot = int(role.split()[1])
            self.memory[at.LEADER] = 1 - slot
            self.memory[at.slot_word(slot, at.HEAD)] = 0
            if self.redundant:
                self.redundant = False
                self.memory[at.REDUNDANT] = 0
            fault = self.memory[at.slot_word(slot, at.FAULT_BLOCK)]
            if fault >= 0:
                words = (self.memory[at.slot_word(slot, word)] for word in (at.FAULT_OPERATION, at.FAULT_BLOCK, at.FAULT_REASON))
                events.write_event(self.memory, events.FAULT, " ".join(map(str, words)))
            self.memory[at.slot_word(slot, at.FAULT_BLOCK)], self.memory[at.slot_word(slot, at.CRUMB)] = -1, 0
            events.write_event(self.memory, events.LOST, role)
        elif role != "rehearsal":               # what ends there is told to who asked for the rehearsal
            if role == "device":
                self.memory[at.TICK_NS] = 0     # until the next one plays, nobody does
            events.write_event(self.memory, events.ENDED, role)

    def look(self) -> None:
        """One round: bury the dead, end what stands still or loops, start what is missing, compare."""
        for role in [r for r, handle in self.handles.items() if linux.ended(handle)]:
            self.bury(role)
        if linux.ended(self.zygote.handle):
            self.poll.unregister(self.zygote.socket)
            self.poll.unregister(self.zygote.handle)
            self.zygote.close()
            reap()
            events.write_event(self.memory, events.ENDED, "zygote")
            self.new_zygote()
        self.take_answers()
        for slot in (0, 1):
            pid = self.memory.pid(f"replica {slot}")
            if f"replica {slot}" in self.handles and self.loops.looping(slot, pid):
                linux.kill(pid)
        now = time.monotonic()
        if now - self.looked > STATE_SECONDS:
            self.looked = now
            for role in ("zygote", *self.handles):
                if stopped(self.memory.pid(role)):
                    linux.kill(self.memory.pid(role))
        for role in self.roles:
            self.start(role)
        self.agree()
        self.memory[at.SUPERVISOR_BEAT] = time.monotonic_ns()

    def agree(self) -> None:
        """Compares the replicas, and says so when there are two of them again."""
        found = self.comparison.first_difference()
        if found is not None:
            self.memory[at.DISAGREEMENTS] = self.memory[at.DISAGREEMENTS] + 1
            if not self.witness.asking and time.monotonic() - self.disagreed > 1.0:
                self.disagreed = time.monotonic()
                self.witness.ask(*found)
        answer = self.witness.answer()
        if answer:
            self.comparison.forget()
            events.write_event(self.memory, events.DISAGREEMENT, answer)
        if not self.redundant and all(f"replica {slot}" in self.handles and self.memory[at.slot_word(slot, at.HEAD)] > self.memory[at.PLAYED]
                                      for slot in (0, 1)):
            self.redundant = True
            self.memory[at.REDUNDANT] = 1
            events.write_event(self.memory, events.JOINED, "both replicas are in step")

    def stop(self) -> None:
        """Ends all processes, gently first. The device stops, control writes the end into the journal, the recorder closes its file."""
        self.memory[at.STOP] = 1
        deadline = time.monotonic() + STOP_SECONDS
        while self.handles and time.monotonic() < deadline:
            self.poll.poll(20)
            self.take_answers()
            for role in [r for r, handle in self.handles.items() if linux.ended(handle)]:
                os.close(self.handles[role])
                self.poll.unregister(self.handles.pop(role))
        for role in list(self.handles):
            linux.kill(self.memory.pid(role))
        self.zygote.socket.close()
        deadline = time.monotonic() + 1.0
        while not linux.ended(self.zygote.handle) and time.monotonic() < deadline:
            time.sleep(0.01)
        linux.kill(self.zygote.pid)
        reap(block=True)


def reap(block: bool = False) -> None:
    """Lets ended children go."""
    try:
        while os.waitpid(-1, 0 if block else os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def adopt(supervisor: Supervisor, memory: Memory) -> None:
    """Takes over what makes sound in an engine whose supervisor died; the others are replaced by our own."""
    for role in ("device", "replica 0", "replica 1"):
        if memory.alive(role):
            handle = linux.open_process(memory.pid(role))
            if handle is not None:
                supervisor.handles[role] = handle
                supervisor.poll.register(handle, select.POLLIN)
        elif role == "device":
            memory[at.TICK_NS] = 0
        else:
            slot = int(role.split()[1])
            memory[at.LEADER], memory[at.REDUNDANT], memory[at.slot_word(slot, at.HEAD)] = 1 - slot, 0, 0


def run(options: Options) -> int:
    """`chronus up`: the exit status. 2 where the port or the session is taken."""
    try:
        memory, door, adopted = prepare(options)
    except StartError as error:
        print(f"chronus: {error}", file=sys.stderr)
        return error.status
    linux.set_name("chronus")
    supervisor = Supervisor(memory, door)
    if adopted:
        adopt(supervisor, memory)

    def request_stop(number, frame):
        memory[at.STOP_REQUEST] = 1

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, request_stop)
    linux.realtime("supervisor")
    announced = False
    while memory[at.STOP_REQUEST] == 0 and memory[at.STOP] == 0:
        supervisor.poll.poll(TICK_MS)
        supervisor.look()
        if not announced and supervisor.redundant and memory[at.READY] == memory.pid("control") != 0 < memory[at.PLAYED]:
            announced = True
            announce(options, memory, adopted)
    supervisor.stop()
    return 0


def announce(options: Options, memory: Memory, adopted: bool) -> None:
    """The one line that says the engine plays."""
    address = f"{options.osc_host}:{memory[at.H_OSC_PORT]}"
    if options.json:
        print(json.dumps({"event": "ready", "pid": os.getpid(), "osc": address, "session": memory.text(at.SESSION_TEXT)}), flush=True)
        return
    lead_ms = milliseconds(memory[at.H_LEAD] * memory[at.H_BLOCK], memory[at.H_RATE])
    print(f"{'took over' if adopted else 'playing'} on {memory.text(at.DEVICE_TEXT)}, {lead_ms:.1f} ms ahead, OSC at {address}, "
          f"session {memory.text(at.SESSION_TEXT)}", flush=True)
