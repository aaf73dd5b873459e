"""The shared memory as Python sees it: made by the supervisor, inherited by all, found again through a living process."""

import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np

from chronus import limits, linux
from chronus.native.words import fence, store_release
from chronus.shared import layout as at

PREFIX = "chronus:"


class OtherVersion(ValueError):
    """The memory of an engine of another version, or of one that is being made; the message says what to do."""


class Memory:
    """One mapping of the engine's memory. `base` is its address in this process; offsets are those of `layout`."""

    def __init__(self, descriptor: int, writable: bool = True):
        self.descriptor = descriptor
        size = os.fstat(descriptor).st_size
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
        self.map = mmap.mmap(descriptor, size, mmap.MAP_SHARED, protection)
        self.bytes = np.frombuffer(self.map, np.uint8)
        self.base = self.bytes.ctypes.data
        self.words = np.frombuffer(self.map, np.int64)

    @classmethod
    def create(cls, session: Path, rate: int, block: int, lead: int, seed: int = 0, line_kept: int = 0) -> "Memory":
        """New memory for an engine on a session folder, whose rings of delay lines are longer than these by `line_kept` blocks (0: as the lead has it). [supervisor]"""
        plan = at.lay_out(block)
        memory = cls(linux.memory_file(name_of(session), plan.size))
        for word, value in ((at.H_MAGIC, at.MAGIC), (at.H_VERSION, at.VERSION), (at.H_SIZE, plan.size), (at.H_RATE, rate),
                            (at.H_BLOCK, block), (at.H_LEAD, lead), (at.H_SEED, seed), (at.H_AUDIO, plan.audio),
                            (at.H_AUDIO_STRIDE, plan.audio_stride), (at.H_TAP, plan.tap), (at.H_TAP_STRIDE, plan.tap_stride),
                            (at.H_CUT, plan.cut), (at.H_LOG, plan.log), (at.H_SNAPSHOT, plan.snapshot), (at.H_PROGRAM, plan.program),
                            (at.H_ARENA, plan.arena), (at.H_EVENTS, plan.events), (at.H_LOAD, plan.load), (at.H_LINES, plan.lines), (at.H_SCORES, plan.scores),
                            (at.H_PERFORMED, plan.performed), (at.H_LINE_KEPT, line_kept or limits.kept_blocks(lead))):
            memory[word] = value
        memory.set_text(at.SESSION_TEXT, str(session))
        for slot in (0, 1, at.REHEARSAL_SLOT):
            memory[at.slot_word(slot, at.FAULT_BLOCK)] = -1
        for area in range(limits.PROGRAM_AREAS):
            memory[at.AREAS + at.LINE * area + at.AREA_ENTRY] = -1
        return memory

    @classmethod
    def open(cls, path: str, writable: bool = False) -> "Memory":
        """Maps the memory of a living engine through /proc. Raises OtherVersion."""
        descriptor = os.open(path, os.O_RDWR if writable else os.O_RDONLY)
        try:
            memory = cls(descriptor, writable)
            if memory[at.H_MAGIC] == at.MAGIC and memory[at.H_VERSION] == at.VERSION:
                return memory
        except ValueError:                      # still empty
            pass
        os.close(descriptor)
        raise OtherVersion("the engine that plays there is of another version, or just begins; end it with its own `chronus down`, or try again in a moment")

    def __getitem__(self, offset: int) -> int:
        value = int(self.words[offset >> 3])
        fence()
        return value

    def __setitem__(self, offset: int, value: int) -> None:
        fence()
        self.words[offset >> 3] = value

    def text(self, offset: int, size: int = at.TEXT_BYTES) -> str:
        return self.bytes[offset:offset + size].tobytes().split(b"\0", 1)[0].decode(errors="replace")

    def set_text(self, offset: int, text: str, size: int = at.TEXT_BYTES) -> None:
        content = text.encode()[:size - 1]
        self.bytes[offset:offset + size] = np.frombuffer(content + bytes(size - len(content)), np.uint8)

    def populate(self, offset: int = 0, size: int | None = None) -> None:
        """Brings pages in now, so that no audio thread waits for one later; by default all but those of delay lines, which a patch may never
        have. Best effort: an older kernel brings them in when touched.
        """
        linux.populate(self.base + offset, self[at.H_LINES] - offset if size is None else size)

    @cached_property
    def plan(self) -> at.Layout:
        return at.lay_out(self[at.H_BLOCK])

    def program(self, area: int) -> np.ndarray:
        """The words of the program in an area: a view, not a copy."""
        first = (self[at.H_PROGRAM] >> 3) + area * limits.PROGRAM_WORDS
        return self.words[first:first + min(limits.PROGRAM_WORDS, int(self.words[first + 1]) >> 3)]

    def put_program(self, area: int, words: np.ndarray, serial: int) -> None:
        """Writes a program into an area that nobody uses; it counts from when its serial stands there."""
        line, first = at.AREAS + at.LINE * area, (self[at.H_PROGRAM] >> 3) + area * limits.PROGRAM_WORDS
        self[line + at.AREA_SERIAL] = 0
        self.words[first:first + len(words)] = words
        self[line + at.AREA_ENTRY] = -1
        store_release(self.base + line + at.AREA_SERIAL, serial)

    def lines(self, slot: int) -> int:
        """The address of the memory for delay lines of a slot."""
        return self.base + self[at.H_LINES] + 2 * limits.LINE_BYTES * slot

    def rings(self, slot: int, side: int) -> np.ndarray:
        """The bytes of the delay lines on one side of a slot: a view, not a copy."""
        return self.bytes[self[at.H_LINES] + (2 * slot + side) * limits.LINE_BYTES:][:limits.LINE_BYTES]

    def floats(self, offset: int, count: int) -> np.ndarray:
        """A float32 view, not a copy."""
        return np.frombuffer(self.map, np.float32, count, offset)

    def pid(self, role: str) -> int:
        return self[at.role_line(role) + at.PID]

    def pids(self) -> dict[str, int]:
        return {role: self.pid(role) for role in at.ROLES}

    def alive(self, role: str) -> bool:
        """Whether the very process that was entered for the role still lives (a pid alone may have been given away again)."""
        line = at.role_line(role)
        return linux.alive(self[line + at.PID]) and linux.start_time(self[line + at.PID]) == self[line + at.STARTED]

    def close(self) -> None:
        """Lets go of it: whoever keeps it open keeps it there. Nothing that was made of its words may be used again."""
        self.words = self.bytes = None
        self.map.close()
        os.close(self.descriptor)

    def lives(self) -> bool:
        """Whether any process of the engine lives."""
        return any(map(self.alive, at.ROLES))

    def enter(self, role: str, pid: int) -> None:
        """Writes a process into the table. [supervisor]"""
        line = at.role_line(role)
        self[line + at.STARTED] = linux.start_time(pid)
        self[line + at.PID] = pid


def name_of(session: Path) -> str:
    """Name of the memory file of the engine on a session: a hash, because names of memory files are short."""
    return PREFIX + hashlib.sha256(os.fsencode(Path(session).resolve())).hexdigest()[:32]


def living(prefix: str, writable: bool = False) -> Iterator[Memory]:
    """The memories of engines of which a process lives. Who has only looked into one holds its file too, but does not make it live."""
    for path in linux.find_memory_files(prefix):
        with suppress(OSError):
            memory = Memory.open(path, writable)
            if memory.lives():
                yield memory
            else:
                memory.close()


def find_engine(session: Path, writable: bool = False) -> Memory | None:
    """The memory of the engine that lives on a session, or None."""
    return next(living(name_of(session), writable), None)


def find_engine_at(port: int) -> Memory | None:
    """The memory of the engine that answers OSC on a port of this machine, or None."""
    for path in linux.find_memory_files(PREFIX):
        with suppress(OSError, OtherVersion):   # another version's, or one that is being made
            memory = Memory.open(path)
            if memory[at.H_OSC_PORT] == port and memory.lives():
                return memory
            memory.close()
    return None
