"""A session's journal, run again: the commands as log entries, and the bits that they made."""

import re
import time
from pathlib import Path

import numpy as np

from chronus.control.journal import JournalError, read_header
from chronus.control.journal import entries as read_lines
from chronus.control.session import journal_path, read_position
from chronus.patch.compiler import Program, compile_patch
from chronus.patch.graph import Patch
from chronus.recorder.wav import Wav
from chronus.replica.offline import digest, render
from chronus.shared.log import NOTHING, PANIC, SET, Entry

ENGINE = "engine"                       # who writes lines that are no commands
END = "/session/end"
TAIL_SECONDS = 2.0                      # beyond the last known position (kept every second) of a session that did not end in peace


def command_of(entry: Entry, names: dict[int, tuple[str, str]]) -> tuple[str, list[float]]:
    """Address and arguments of a log entry, as the journal has them."""
    if entry.kind == SET and entry.target in names:
        module, param = names[entry.target]
        return (f"/gate/{module}" if param == "gate" else f"/mod/{module}/{param}"), [entry.value]
    return ("/panic" if entry.kind == PANIC else "/nothing"), []


def entry_of(command: str, args: list, frame: int, knobs: dict[tuple[str, str], int]) -> Entry:
    """The log entry of a journal line. Raises JournalError where it names what the patch has not."""
    if command == "/panic":
        return Entry(PANIC, 0, 0.0, frame)
    if command == "/nothing":
        return Entry(NOTHING, 0, 0.0, frame)
    found = re.fullmatch(r"/(?:gate/([^/]+)|mod/([^/]+)/([^/]+))", command)
    key = (found[1], "gate") if found and found[1] else (found[2], found[3]) if found else None
    if key not in knobs or len(args) != 1:
        raise JournalError(f"{command} {args}: the session's patch has no such parameter")
    return Entry(SET, knobs[key], float(args[0]), frame)


class Opening:
    """What a session began with: rate, block, patch and its program. Raises JournalError, PatchError."""

    def __init__(self, folder: Path):
        self.header = read_header(journal_path(folder))
        self.rate, self.block = self.header["rate"], self.header["block"]
        self.patch = Patch.from_dict(self.header["patch"])
        self.program: Program = compile_patch(self.patch, self.rate, self.block)


class Session(Opening):
    """A journal read whole: the opening, and the entries in the order of the log. Raises JournalError, PatchError."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        path = journal_path(folder)
        self.entries, self.end, self.position = [], None, read_position(folder)
        for line in read_lines(path):
            if line.actor == ENGINE:
                self.end = line.frame if line.command == END else None
            else:
                self.entries.append(entry_of(line.command, line.args, line.frame, self.program.knobs))
                self.end = None

    @property
    def frames(self) -> int:
        """How long the session is: to its end, or, where it was killed, beyond all that it can have played."""
        if self.end is not None and (self.position is None or self.position <= self.end):
            return self.end
        last = self.position if self.position is not None else max((entry.frame for entry in self.entries), default=0)
        return last + round(TAIL_SECONDS * self.rate)


def render_session(folder: Path, first: int = 0, frames: int | None = None, out: Path | None = None, progress=None) -> dict:
    """Renders a session: {"frames", "sha256", "seconds", "real_time_factor"}; `out` is a WAV file to write. Raises OSError, JournalError."""
    session = Session(folder)
    frames = max(0, session.frames - first) if frames is None else frames
    began = time.perf_counter()
    pieces = render(session.program.words, session.entries, session.rate, session.block, first, frames, progress)
    if out is not None:
        pieces = written(pieces, out, session.rate)
    sha256, count = digest(pieces)
    seconds = time.perf_counter() - began
    return {"frames": count, "sha256": sha256, "seconds": round(seconds, 6),
            "real_time_factor": round((first + count) / session.rate / max(seconds, 1e-9), 1)}


def written(pieces, out: Path, rate: int):
    """Passes pieces on and writes them to a WAV file."""
    wav = Wav.create(out, rate)
    try:
        for piece in pieces:
            wav.append(np.ascontiguousarray(piece))
            yield piece
    finally:
        wav.close()
