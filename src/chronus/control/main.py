"""Control: bytes in, log entries out, answers back, and the journal of what was applied where. Never on the audio path.

It may die at any time. What it needs to go on stands in shared memory (the log, how far it is journaled) and in the journal;
what was accepted is in the log, so the replicas apply it whether control lives or not.
"""
import gc
import os
import socket
import sys
import threading
import time
from pathlib import Path

from chronus import limits, linux
from chronus.control.checkpoint import Checkpoint, recall
from chronus.control.checkpoint import keep as keep_checkpoint
from chronus.control.clients import Clients, actor_of, actor_text
from chronus.control.clock import FrameClock
from chronus.control.commands import Command, Refusal, find, mistake
from chronus.control.commits import Commits
from chronus.control.escalation import Escalation
from chronus.control.faster import Faster
from chronus.control.handlers import Handlers, handler_of
from chronus.control.journal import Journal, JournalError, Line
from chronus.control.knobs import Waiting
from chronus.control.later import Later
from chronus.control.news import News
from chronus.control.own_modules import OwnModules
from chronus.control.playing import Playing, has_applied, newest_header
from chronus.control.replay import BYPASSED, COMMITTED, END, ENGINE, command_of
from chronus.control.session import journal_path, keep_position
from chronus.control.staged_file import StagedFile
from chronus.control.staging import Staging
from chronus.doors.osc.codec import Message, OscError, decode, encode, tellable
from chronus.doors.osc.inbox import Inbox
from chronus.doors.osc.reader import Reader
from chronus.shared import layout as at
from chronus.patch.compiler import Program
from chronus.patch.graph import Patch
from chronus.shared.log import COMMIT, NOTE, PANIC, SET, Entry, Log, LogFull
from chronus.shared.memory import Memory
from chronus.shared.orphans import in_charge
from chronus.shared.score import FULL_VELOCITY

BATCH, TURN = 64, 8                     # messages handled between two looks at the log; datagrams taken at once
DRAIN = 1_024                           # datagrams moved from the reader to the inbox at once
SETTLED = 512                           # journal lines written at once: 5 ms, which is what a polite client may wait for
BUSY_SECONDS, IDLE_SECONDS = 0.001, 0.02
ADDRESSES_KEPT = 4_096                  # addresses whose command is remembered
LAST_BLOCK_SECONDS = 1.0                # how long the end waits for the device to have played its last block
RESERVED = 1_024                        # entries of the log that only endings may take: a panic, a knob or a gate that goes to 0, a note let go
PART_BYTES = 900                        # of a long answer: below what one OSC string may hold
SYNC_SECONDS = 1.0                      # how often the journal is forced to the disk


class Call:
    """One command of one client, and its ways to answer."""

    def __init__(self, engine: "Control", sender, message: Message, command: Command, frame: int, late_by: int):
        self.engine, self.sender, self.address, self.args = engine, sender, message.address, message.args
        self.command, self.frame, self.late_by, self.client = command, frame, late_by, engine.clients.of(sender)

    @property
    def now(self) -> int:
        """The frame that is played now."""
        return self.engine.memory[at.PLAYED] * self.engine.memory[at.H_BLOCK]

    def send(self, address: str, *args) -> None:
        self.engine.send(self.sender, address, *args)

    def reply(self, *args) -> None:
        self.send(self.address, *args)

    def reply_in_parts(self, text: str) -> None:
        """A long answer: part, parts, text; a short one is the text alone."""
        parts = [text[i:i + PART_BYTES] for i in range(0, len(text), PART_BYTES)]
        for number, part in enumerate(parts):
            self.reply(*((number, len(parts)) if len(parts) > 1 else ()), part)

    def fail(self, code: str, message: str) -> None:
        self.send("/fail", self.address, code, message)

    def done(self, *args, always: bool = False) -> None:
        """Answers /done, with the frame first, if the client wants that or the command always does."""
        if self.client.ack or always:
            self.send("/done", self.address, *(args or (self.now,)))

    def log(self, kind: int, target: int, value: float, then=None, extra: int = 0, behind: tuple[Entry, ...] = ()) -> None:
        """Appends to the log, with what stands `behind` it; answered once it is known where it was applied."""
        index = self.engine.append(kind, target, value, self.sender, self.frame, extra, behind)
        if then or self.client.ack:
            self.engine.waiting[index] = then or (lambda frame: self.send("/done", self.address, frame))
            self.engine.newest[self.sender] = index
        if self.late_by:
            self.send("/late", self.address, self.late_by)


class Control:
    """The state of the control process."""

    def __init__(self, memory: Memory, door: socket.socket):
        self.memory, self.socket, self.folder = memory, door, Path(memory.text(at.SESSION_TEXT))
        self.log, self.clock, self.inbox, self.reader = Log(memory), FrameClock(memory), Inbox(), Reader(door)
        self.own = OwnModules(self.folder, self.swap, lambda *news: self.news.tell(*news))
        self.playing, self.staging = Playing(memory, self.folder), Staging(StagedFile(self.folder / "staged.jsonl"))
        self.committed = -1                             # the last commit's entry
        self.recalled: tuple[str, int] | None = None    # who made a commit that a control before this one may not have noted, and its frame
        self.judged: tuple[int, int] | None = None      # number and frame of a verdict that it may have journaled and not told
        self.catch_up()
        self.waits = Waiting(memory, newest_header(memory), self.log)
        self.commits, self.handlers = Commits(self), Handlers(self)
        self.faster = Faster(memory, lambda: self.playing.program.words)
        self.clients, self.news, self.escalation, self.later = Clients(memory), News(self), Escalation(self), Later(self)
        self.waiting: dict[int, object] = {}
        self.newest: dict[tuple, int] = {}              # the last entry of each sender that is to be answered
        self.held: dict[int, list[tuple]] = {}          # refusals that follow the answer to an entry
        self.stopping: list[Call] = []
        self.known: dict[str, tuple] = {}
        self.troubles, self.noted, self.committer = {}, 0.0, None
        self.counts = {"messages": 0, "refused": 0}

    def catch_up(self) -> None:
        """Brings the shared count of journaled entries in line with the journal, and what commits were made meanwhile."""
        known = recall(self.folder)
        self.entries = known.entries
        self.journal = Journal.open(journal_path(self.folder), self.recall_line, known.count, known.size)
        self.log.settle(self.entries)
        self.committed = max((entry.index for entry in self.log.entries(self.entries) if entry.kind == COMMIT), default=-1)

    def recall_line(self, line: Line) -> None:
        """One line of the journal that no checkpoint told of."""
        self.entries += line.actor != ENGINE
        if line.command == COMMITTED:
            self.staging.settle(line.actor, line.args[3])
            self.recalled = line.actor, line.frame
        if line.command == BYPASSED and len(line.args) > 4:             # older journals have no number
            self.judged = line.args[4], line.frame

    def send(self, sender, address: str, *args) -> None:
        """Sends an answer. A client that is gone is no error."""
        try:
            self.socket.sendto(encode(address[:limits.OSC_ADDRESS_BYTES - 1], [*map(tellable, args)]), socket.MSG_DONTWAIT, sender)
        except (OSError, OscError):
            self.counts["unanswered"] = self.counts.get("unanswered", 0) + 1

    def append(self, kind: int, target: int, value: float, sender, frame: int = -1, extra: int = 0, behind: tuple[Entry, ...] = ()) -> int:
        """Appends to the log, and at once those `behind` it. Raises Refusal when it is full, or when too many commands wait for a frame of their own."""
        entry = Entry(kind, target, value, frame, actor_of(sender), extra)
        if not self.waits.has_room(sum(each.frame >= 0 for each in (entry, *behind))):
            raise Refusal("busy", f"{limits.SCHEDULE_ENTRIES} commands wait for their time already; send this one nearer to its own")
        try:
            ends = kind == PANIC or kind == SET and value == 0.0 or kind == NOTE and extra & FULL_VELOCITY == 0
            index = self.log.append(entry, 0 if ends else RESERVED, behind)
        except LogFull as error:
            raise Refusal("busy", str(error)) from None
        for i, each in enumerate((entry, *behind), index):
            self.waits.take(each)
            self.playing.hear(each, i)
        return index

    def handle(self, sender, datagram: bytes) -> None:
        """One datagram: each of its messages ends in a command or in a reason."""
        try:
            messages = decode(datagram)
        except OscError as error:
            self.refuse(sender, error.address, error.code, str(error))
            return
        if any(message.tag is not None for message in messages):
            self.clock.follow()
        if len(self.newest) > limits.CLIENTS:
            self.newest = {s: index for s, index in self.newest.items() if index in self.waiting}
        for message in messages:
            self.counts["messages"] += 1
            self.answer(sender, message)

    def answer(self, sender, message: Message) -> None:
        """Carries out a command, or says why not."""
        try:
            self.obey(sender, message)
        except Refusal as error:
            self.refuse(sender, message.address, error.code, str(error))
        except Exception as error:              # a mistake of ours must not take everybody's commands with it
            self.refuse(sender, message.address, "internal", mistake(error))

    def refuse(self, sender, address: str, code: str, message: str) -> None:
        """Answers /fail; behind the answers that this sender still waits for, so that answers come in the order of the commands."""
        self.counts["refused"] += 1
        before = self.newest.get(sender, -1)
        if before in self.waiting:
            self.held.setdefault(before, []).append((sender, address, code, message))
        else:
            self.send(sender, "/fail", address, code, message)

    def obey(self, sender, message: Message) -> None:
        """Finds the command and carries it out. Raises Refusal."""
        known = self.known.get(message.address)
        if known is None:
            command, parts = find(message.address)
            known = handler_of(self.handlers, command), command, parts
            if len(self.known) < ADDRESSES_KEPT:
                self.known[message.address] = known
        handler, command, parts = known
        frame, late_by = self.frame_of(message.tag, self.next_block() if command.is_held else self.earliest())
        if frame >= 0 and command.is_held:
            self.later.keep(frame, sender, message)
            return
        handler(Call(self, sender, message, command, frame, late_by), *parts)
        if late_by and command.is_held:
            self.send(sender, "/late", message.address, late_by)

    def frame_of(self, tag: int | None, earliest: int) -> tuple[int, int]:
        """The frame that a time tag asks for, -1 for at once, and by how many frames it came too late for the `earliest`. Raises Refusal."""
        if tag is None:
            return -1, 0
        frame = self.clock.frame_of(tag)
        if frame > earliest + limits.AHEAD_SECONDS * self.memory[at.H_RATE]:
            raise Refusal("range", f"the time tag is more than {limits.AHEAD_SECONDS} s ahead; send it nearer to its time")
        return (frame, 0) if frame >= earliest else (-1, earliest - frame)

    def earliest(self) -> int:
        """The frame at which a command that comes now is applied at the earliest."""
        return (self.memory[at.PLAYED] + self.memory[at.H_LEAD]) * self.memory[at.H_BLOCK]

    def next_block(self) -> int:
        """The first frame behind the block that is played next."""
        return (self.memory[at.PLAYED] + 1) * self.memory[at.H_BLOCK]

    def read(self) -> None:
        """Moves what has arrived into the inbox, and handles a batch."""
        for sender, datagram in self.reader.take(DRAIN):
            self.inbox.push(sender, datagram)
        before = self.counts["messages"]
        while self.inbox.waiting and self.counts["messages"] - before < BATCH:
            for sender, datagram in self.inbox.take(TURN):
                self.handle(sender, datagram)
        for sender, address, count in self.inbox.refused():
            self.counts["refused"] += count
            if sender is not None:
                self.send(sender, "/fail", address, "busy", f"{count} messages refused: too many at once; send fewer than 20,000 a second", count)

    def settle(self) -> bool:
        """Journals what the replicas have decided, and answers those who wait for it; True if there was something."""
        lines, answers, commits = [], [], []
        for entry in self.log.decided():
            address, args = command_of(entry, self.playing.names, self.memory)
            actor = actor_text(entry.actor)
            lines.append(Line(entry.applied, actor, address, args))
            if entry.kind == COMMIT:
                commits.append((entry, actor, args[3]))
            answers.append((entry.index, entry.applied))
            if len(lines) >= SETTLED:
                break
        if not lines:
            return False
        try:
            self.journal.append(lines)
        except JournalError as error:           # a full disk: nothing was written, nothing is lost, it is tried again
            self.trouble("journal", str(error))
            return False
        self.trouble("journal")
        self.entries = answers[-1][0] + 1
        self.log.settle(self.entries)
        for entry, actor, serial in commits:
            self.staging.settle(actor, serial)
            if entry.index not in self.waiting:         # of a control before this one
                self.recalled = actor, entry.applied
        for index, frame in answers:
            then = self.waiting.pop(index, None)
            if then:
                then(frame)
                for sender, *refusal in self.held.pop(index, ()):
                    self.send(sender, "/fail", *refusal)
        return True

    def swap(self, type_: str) -> None:
        """A module was built anew: where the patch has it, the patch is committed again with the new one."""
        if any(module.type == type_ for module in self.playing.patch.modules.values()):
            self.handlers.patching.swap(type_)

    def settle_verdicts(self) -> None:
        """Journals which modules were bypassed where, so that a replay does the same."""
        for number, line in list(self.playing.verdicts()):
            try:
                self.journal.append([line] if line and (number, line.frame) != self.judged else [])
            except JournalError as error:
                self.trouble("journal", str(error))
                return
            self.playing.told(number)

    def adopt(self, patch: Patch, program: Program, turned, sender, index: int) -> None:
        """A commit has gone into the log: commands are checked against its patch from now on."""
        self.playing.take(patch, program, turned, index)
        self.committed, self.committer = index, sender

    def commit_is_undecided(self) -> bool:
        """Whether the last commit was not yet applied and journaled."""
        return self.committed >= self.memory[at.JOURNALED]

    def door_status(self) -> dict:
        return {"osc": {**self.counts, "waiting": self.inbox.waiting, "lost_at_the_door": self.reader.dropped, "clients": len(self.clients)},
                "midi": self.handlers.midi.status(), "journal": "; ".join(self.troubles.values()) or "good", "faster": self.faster.status()}

    def turn(self) -> None:
        """One round of everything."""
        if self.recalled and has_applied(self.memory, self.committed):
            self.playing.follow()
            self.handlers.patching.missed(*self.recalled)
            self.recalled = None
        self.later.turn()
        self.read()
        self.settle()
        self.commits.turn()
        self.own.turn()
        self.faster.turn()
        self.settle_verdicts()
        self.news.turn()
        self.escalation.turn()
        self.handlers.finish_recordings()
        now = time.monotonic()
        if now - self.noted > SYNC_SECONDS:
            self.noted = now
            self.handlers.levels.turn()
            self.note_position()

    def note_position(self) -> None:
        """Notes how far the session has played, for the next start if everything is killed, and what the next control needs to know."""
        try:
            keep_position(self.folder, self.memory[at.PLAYED] * self.memory[at.H_BLOCK])
            keep_checkpoint(self.folder, Checkpoint(self.journal.mark, self.journal.size, self.journal.count, self.entries))
        except OSError as error:
            self.trouble("position", f"{error.filename or self.folder} cannot be written ({error.strerror}); make room")
        else:
            self.trouble("position")

    def trouble(self, what: str, sentence: str = "") -> None:
        """Something of the session cannot be written, or can again; the status says so."""
        self.troubles.pop(what, None)
        if sentence:
            self.troubles[what] = sentence

    def sleep(self) -> None:
        if not self.inbox.waiting:
            undecided = self.memory[at.JOURNALED] < self.log.head or self.stopping or self.commits.current or self.later.is_near()
            self.reader.sleep(BUSY_SECONDS if undecided else IDLE_SECONDS)

    def finish(self) -> None:
        """Writes the end of the session into the journal."""
        self.faster.close()
        memory, deadline = self.memory, time.monotonic() + LAST_BLOCK_SECONDS
        while memory.alive("device") and time.monotonic() < deadline:
            time.sleep(0.002)
        while self.settle():
            pass
        self.settle_verdicts()
        self.journal.append([Line(memory[at.PLAYED] * memory[at.H_BLOCK], ENGINE, END, [])])
        self.journal.sync()


def keep_on_disk(control: Control) -> None:
    """Forces the journal to the disk now and then; a thread of its own, because that may take 25 ms."""
    linux.ordinary()
    while True:
        time.sleep(SYNC_SECONDS)
        try:
            control.journal.sync()
        except JournalError as error:
            control.trouble("disk", f"{error}; what was played before may be lost in a power cut")      # told once by Linux: it stays true


def run(memory: Memory, door: socket.socket) -> int:
    """Serves until STOP. [control]"""
    linux.realtime("control")               # below all that sounds: a command should not wait for somebody's compiler
    control = Control(memory, door)
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0005)
    threading.Thread(target=keep_on_disk, args=(control,), daemon=True).start()
    watch, looked = in_charge(memory), time.monotonic()
    memory[at.READY] = os.getpid()
    while memory[at.STOP] == 0:
        control.turn()
        if time.monotonic() - looked > limits.HEARTBEAT_MS / 1000:
            looked = time.monotonic()
            watch()
        control.sleep()
    control.finish()
    return 0
