"""The supervisor: brings an engine up, or takes over one that plays, and keeps all its processes alive until it is told to stop."""

import gc
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from chronus import limits, linux
from chronus.control.session import journal_path
from chronus.replica.resting import resting_in
from chronus.replica.resting import save as save_resting
from chronus.shared import events
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.supervisor.options import Options
from chronus.supervisor.start import StartError, prepare
from chronus.supervisor.telling import tell_who_listens
from chronus.supervisor.watch import Comparison, LoopWatch, Witness, stopped
from chronus.supervisor.zygote import Zygote, reap
from chronus.units import milliseconds

TICK_MS = 5                     # how often replicas are looked at
STATE_SECONDS = 0.05            # how often everybody's state is read from /proc
FIRST_REST = 0.1                # seconds; twice as long each time
STOP_SECONDS = 5.0              # how long an ending process may take before it is ended
FORKED = ("device", "control", "recorder", "replica 0", "replica 1", "rehearsal", "midi")


class Supervisor:
    """The processes of one engine. `handles` become readable when a process ends."""

    def __init__(self, memory: Memory, door):
        self.memory, self.door = memory, door
        self.loops, self.comparison, self.witness = LoopWatch(memory), Comparison(memory), Witness(memory)
        self.roles = [role for role in FORKED if role != "midi" or memory.text(at.MIDI_WANTED) != "off"]
        self.handles: dict[str, int] = {}
        self.asked: set[str] = set()            # of this zygote, and not answered yet
        self.restarts: dict[str, list[float]] = {role: [] for role in ("zygote", *FORKED)}
        self.rests = dict.fromkeys(self.restarts, 0.0)
        self.redundant, self.looked, self.disagreed = False, 0.0, 0.0
        self.poll = select.poll()
        linux.adopt_orphans()
        memory.enter("supervisor", os.getpid())
        gc.collect()                            # once, for all zygotes
        gc.freeze()
        self.new_zygote()

    def new_zygote(self) -> None:
        """Forks one, unless that has been done too often; where the machine has no process to give, that is tried again."""
        self.zygote = None
        self.asked.clear()
        if not self.may_start("zygote"):
            return
        try:
            self.zygote = Zygote(self.memory, self.door)
        except OSError as error:
            print(f"chronus: no zygote ({error}); it is tried again", file=sys.stderr)
            return
        self.memory.enter("zygote", self.zygote.pid)
        self.poll.register(self.zygote.socket, select.POLLIN)
        self.poll.register(self.zygote.handle, select.POLLIN)

    def start(self, role: str) -> None:
        """Asks the zygote for a process, unless that has been done, or too often."""
        if self.zygote is None or role in self.asked or role in self.handles or (role == "device" and not self.something_to_play()):
            return
        if self.may_start(role) and self.zygote.ask(role):
            self.asked.add(role)

    def may_start(self, role: str) -> bool:
        """Whether a role may be started now, and notes that it is. One that ends again and again rests, longer each time, until a minute went well."""
        now, began = time.monotonic(), self.restarts[role]
        if began and now - began[-1] < self.rests[role]:
            return False
        self.restarts[role] = [t for t in began if now - t < 60.0] + [now]
        if len(self.restarts[role]) == 1:
            self.rests[role] = 0.0
        elif len(self.restarts[role]) >= limits.RESTARTS_PER_MINUTE:
            if self.rests[role] == 0.0:
                events.write_event(self.memory, events.RESTING, f"{role} ended {limits.RESTARTS_PER_MINUTE} times in a minute, and rests for up to "
                                                                f"{limits.REST_SECONDS:g} s before it is started again; what it said stands in the engine's output")
            self.rests[role] = min(max(2.0 * self.rests[role], FIRST_REST), limits.REST_SECONDS)
        return True

    def something_to_play(self) -> bool:
        """Whether a replica has a block that was not played yet: a device that starts earlier would only count underruns."""
        return any(self.memory[at.slot_word(slot, at.HEAD)] > self.memory[at.PLAYED] for slot in (0, 1))

    def take_answers(self) -> None:
        while self.zygote is not None and (answer := self.zygote.answer()) is not None:
            role, pid, handle = answer
            self.asked.discard(role)
            if handle is None:                  # there was no process, or no handle: it is asked for again
                continue
            if role in self.handles:            # there is one already
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                os.close(handle)
                continue
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
        if self.zygote is not None and linux.ended(self.zygote.handle):
            self.poll.unregister(self.zygote.socket)
            self.poll.unregister(self.zygote.handle)
            self.zygote.close()
            reap()
            events.write_event(self.memory, events.ENDED, "zygote")
            self.zygote = None
        if self.zygote is None:
            self.new_zygote()
        self.take_answers()
        for slot in (0, 1):
            pid = self.memory.pid(f"replica {slot}")
            if f"replica {slot}" in self.handles and self.loops.looping(slot, pid):
                linux.kill(pid)
        now = time.monotonic()
        if now - self.looked > STATE_SECONDS:
            self.looked = now
            for role in (*["zygote"] * (self.zygote is not None), *self.handles):
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
        for role, handle in self.handles.items():
            linux.kill(self.memory.pid(role))
            linux.ended(handle, 1.0)
        if self.zygote is not None:
            self.zygote.socket.close()
            if not linux.ended(self.zygote.handle, 1.0):
                linux.kill(self.zygote.pid)
                linux.ended(self.zygote.handle, 1.0)
        reap()


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
    tell_who_listens()
    linux.set_name("chronus")
    supervisor = Supervisor(memory, door)
    if adopted:
        adopt(supervisor, memory)

    def request_stop(number, frame):
        memory[at.STOP_REQUEST] = 1

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:          # as `nohup` has it
            signal.signal(number, request_stop)
    linux.realtime("supervisor")
    announced = False
    try:
        while memory[at.STOP_REQUEST] == 0 and memory[at.STOP] == 0:
            supervisor.poll.poll(TICK_MS)
            supervisor.look()
            if not announced and supervisor.redundant and memory[at.READY] == memory.pid("control") != 0 < memory[at.PLAYED]:
                announced = True
                announce(options, memory, adopted)
    finally:
        supervisor.stop()
    rest(memory)
    return 0


def rest(memory: Memory) -> None:
    """Keeps the state that the session ended in, so that taking it up again need not replay it; where that cannot be, it is replayed."""
    folder = Path(memory.text(at.SESSION_TEXT))
    with suppress(OSError):
        if (resting := resting_in(memory)) is not None:
            save_resting(folder, journal_path(folder), resting)


def announce(options: Options, memory: Memory, adopted: bool) -> None:
    """The one line that says the engine plays."""
    address = f"{options.osc_host}:{memory[at.H_OSC_PORT]}"
    if options.json:
        print(json.dumps({"event": "ready", "pid": os.getpid(), "osc": address, "session": memory.text(at.SESSION_TEXT)}), flush=True)
        return
    lead_ms = milliseconds(memory[at.H_LEAD] * memory[at.H_BLOCK], memory[at.H_RATE])
    print(f"{'took over' if adopted else 'playing'} on {memory.text(at.DEVICE_TEXT)}, {lead_ms:.1f} ms ahead, OSC at {address}, "
          f"session {memory.text(at.SESSION_TEXT)}", flush=True)
