"""A session's journal, run again: the commands as log entries, and the bits that they made."""

import json
import re
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import numpy as np

from chronus import limits, linux
from chronus.control.journal import KEPT, JournalError, Line, read_header
from chronus.control.journal import entries as read_lines
from chronus.control.own_modules import install_used
from chronus.control.session import journal_path, read_position
from chronus.patch.compiler import Program, compile_patch, source_of
from chronus.patch.graph import Patch
from chronus.recorder.wav import Wav
from chronus.replica.offline import digest, render
from chronus.music.compose import compose
from chronus.replica.tempo import WHERE, WHERE_BITS
from chronus.shared.log import (
    BYPASS,
    COMMIT,
    EXPRESS,
    EXPRESSIONS,
    GATE,
    NOTE,
    NOTHING,
    PANIC,
    RETRY,
    SCORE,
    SET,
    SIGNATURE,
    TEMPO,
    TRANSPORT,
    Entry,
    expressed,
    expression,
)
from chronus.shared import layout as at
from chronus.shared.memory import Memory, OtherVersion, find_engine, name_of
from chronus.shared.program import key_of
from chronus.shared.score import A_BEAT, FULL_VELOCITY, SERIAL_SHIFT
from chronus.shared.scores import pack, sequencer_key, text_in

ENGINE = "engine"                       # who writes lines that are no commands
OWN = "module "                         # in the header's versions, before the name of a user's module
END, COMMITTED, BYPASSED = "/session/end", "/patch/commit", "/module/bypassed"
SCORED, MOVED, PLAYED = "/seq/score", "/seq/move", "/arp/note"
NOTHING_SAID = "/nothing"
TAIL_SECONDS = 2.0                      # beyond the last known position (kept every second) of a session that did not end in peace


def command_of(entry: Entry, names: dict[int, tuple[str, str]], memory: Memory) -> tuple[str, list]:
    """Address and arguments of a log entry, as the journal has them; a commit's patch stands in the program area that it names."""
    if entry.kind == SET and entry.target in names:
        module, param = names[entry.target]
        return (f"/gate/{module}" if param == "gate" else f"/mod/{module}/{param}"), [entry.value]
    if entry.kind == COMMIT:
        source = source_of(memory.program(entry.target))
        return COMMITTED, [json.dumps(source["patch"], separators=(",", ":")), " ".join(source["turned"]), int(entry.value), source["staged"],
                           " ".join(map(":".join, source["own"].items()))]
    if entry.kind == NOTE and entry.target in names:
        return f"/note/{names[entry.target][0]}", [entry.value, (entry.extra & FULL_VELOCITY) / FULL_VELOCITY, entry.extra >> SERIAL_SHIFT]
    if entry.kind == EXPRESS and entry.target in names:
        which, amount = expressed(entry.extra)
        return f"/{which}/{names[entry.target][0]}", [entry.value, amount]
    if entry.kind == SCORE:
        try:
            text = text_in(memory, entry.extra & WHERE)
        except ValueError:                              # the replicas left it out, too
            return NOTHING_SAID, []
        return SCORED, [json.dumps(text, separators=(",", ":")), entry.extra >> WHERE_BITS, entry.value]
    if entry.kind == TRANSPORT:
        return MOVED, [entry.target, int(entry.value), entry.extra]
    if entry.kind == TEMPO and entry.target == A_BEAT:
        return "/tempo/beat", [entry.value, entry.extra]
    if entry.kind in (TEMPO, SIGNATURE):
        return ("/tempo" if entry.kind == TEMPO else "/signature"), [entry.value, entry.extra]
    if entry.kind == NOTE:
        return PLAYED, [entry.target, entry.value, entry.extra]
    if entry.kind == RETRY and entry.target in names:
        return "/module/retry", [names[entry.target][0]]
    return ("/panic" if entry.kind == PANIC else NOTHING_SAID), []


def entry_of(line: Line) -> Entry:
    """The log entry of a journal line. Raises JournalError where it is none."""
    command, args, frame = line.command, line.args, line.frame
    found = re.fullmatch(r"/(?:gate/([^/]+)|mod/([^/]+)/([^/]+))", command)
    try:
        if found:
            return Entry(SET, key_of(*((found[1], "gate") if found[1] else (found[2], found[3]))), float(args[0]), frame, extra=GATE if found[1] else 0)
        if command.startswith("/note/"):
            extra = (int(args[2]) << SERIAL_SHIFT) + round(args[1] * FULL_VELOCITY)
            return Entry(NOTE, key_of(command.removeprefix("/note/")), float(args[0]), frame, extra=extra)
        if (verb := command.split("/")[1]) in EXPRESSIONS:
            return Entry(EXPRESS, key_of(command.removeprefix(f"/{verb}/")), float(args[0]), frame, extra=expression(verb, args[1]))
        if command == COMMITTED:
            return Entry(COMMIT, 0, float(args[2]), frame)
        if command == SCORED:
            moment = float(args[2]) if len(args) > 2 else 0.0          # older journals have none
            return Entry(SCORE, sequencer_key(json.loads(args[0])["id"]), moment, frame, extra=int(args[1]) << WHERE_BITS)
        if command == MOVED:
            return Entry(TRANSPORT, int(args[0]), float(args[1]), frame, extra=int(args[2]))
        if command == "/tempo/beat":
            return Entry(TEMPO, A_BEAT, float(args[0]), frame, extra=int(args[1]))
        if command in ("/tempo", "/signature"):
            return Entry(TEMPO if command == "/tempo" else SIGNATURE, 0, float(args[0]), frame, extra=int(args[1]))
        if command == PLAYED:
            return Entry(NOTE, int(args[0]), float(args[1]), frame, extra=int(args[2]))
        if command == "/module/retry":
            return Entry(RETRY, key_of(args[0]), 0.0, frame)
        if command == BYPASSED:
            return Entry(BYPASS, key_of(args[0]), float(args[2]), frame, extra=int(args[3]))
    except (IndexError, KeyError, ValueError, TypeError, OverflowError):
        raise JournalError(f"the journal has {command} with {args!r:.200}, which is no such command; put the file back from a copy") from None
    if command not in ("/panic", NOTHING_SAID):
        raise JournalError(f"the journal has {command}, which is no command that this program knows; use the program that wrote it")
    return Entry(PANIC if command == "/panic" else NOTHING, 0, 0.0, frame)


class Programs(Sequence):
    """The programs of a session, compiled when they are asked for: the opening's, then one for each commit."""

    def __init__(self, folder: Path, rate: int, block: int, line_kept: int, first: Program):
        self.folder, self.rate, self.block, self.line_kept, self.rows = folder, rate, block, line_kept, [()]
        self.opening, self.kept = first, {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> np.ndarray:
        if number == 0:
            return self.opening.words
        if number not in self.kept:
            patch, turned, own = self.rows[number]
            install_used(self.folder, dict(name.split(":") for name in own.split()))
            self.kept = {number: compile_patch(Patch.from_dict(msgspec.json.decode(patch)), self.rate, self.block,
                                               [tuple(name.split("/")) for name in turned.split()], line_kept=self.line_kept)}
        return self.kept[number].words


class Opening:
    """What a session began with: rate, block, patch and its program. Raises JournalError, PatchError."""

    def __init__(self, folder: Path):
        self.header = read_header(journal_path(folder))
        self.rate, self.block = self.header["rate"], self.header["block"]
        self.line_kept = self.header.get(KEPT, limits.LONGEST_KEPT_BLOCKS)          # how long a commit takes follows from it, so it is of the session
        install_used(folder, {name.removeprefix(OWN): digest for name, digest in self.header["versions"].items() if name.startswith(OWN)})
        self.patch = Patch.from_dict(self.header["patch"])
        self.program: Program = compile_patch(self.patch, self.rate, self.block, line_kept=self.line_kept)


class Session(Opening):
    """A journal read whole: the opening, its commits, and the entries in the order of the log. Raises JournalError, PatchError.

    `logged` counts the entries that the log had; among `entries` are also verdicts, which it had not.
    """

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.programs = Programs(folder, self.rate, self.block, self.line_kept, self.program)
        self.entries, self.end, self.position, self.logged, self.scores = [], None, read_position(folder), 0, []
        for line in read_lines(journal_path(folder)):
            self.end = line.frame if line.command == END else None
            if line.command == END:
                continue
            entry = entry_of(line)
            if entry.kind == COMMIT:
                entry = entry._replace(extra=len(self.programs))
                self.programs.rows.append((line.args[0], line.args[1], line.args[4]))
            if entry.kind == SCORE:
                entry = entry._replace(extra=entry.extra | len(self.scores))
                self.scores.append(pack(compose(json.loads(line.args[0]))))
            self.logged += line.actor != ENGINE
            self.entries.append(entry)

    @property
    def frames(self) -> int:
        """How long the session is: to its end, or, where it was killed, beyond all that it can have played."""
        return length(self.end, self.position, max((entry.frame for entry in self.entries), default=0), self.rate)


def length(end: int | None, position: int | None, last: int, rate: int) -> int:
    """How long a session is whose journal has an `end`, or none, and a `last` frame, and of which a `position` was kept, or none."""
    if end is not None and (position is None or position <= end):
        return end
    return (last if position is None else position) + round(TAIL_SECONDS * rate)


def check_span(first: int, frames: int | None, end: int | None) -> None:
    """Raises JournalError where frames are asked for that never were; `end` is None where nobody said it, as of a session that plays on."""
    if first < 0 or frames is not None and frames < 0:
        raise JournalError(f"frames are counted from 0, so there are none from {first}" if first < 0 else f"{frames} frames cannot be rendered; ask for 0 or more")
    if end is not None and first + (frames or 0) > end:
        raise JournalError(f"it ends at frame {end}, before frame {first + (frames or 0)}; render from an earlier frame, or fewer frames")


def end_of(session: Session, folder: Path) -> int | None:
    """The frame at which a session ends, or has come to while it plays; None where that is not known."""
    if not linux.find_memory_files(name_of(folder)):
        return session.end if session.frames == session.end else None
    with suppress(OtherVersion):
        living = find_engine(folder)
        if living is not None:
            with closing(living):
                return living[at.PLAYED] * living[at.H_BLOCK]
    return None


def render_session(folder: Path, first: int = 0, frames: int | None = None, out: Path | None = None, progress=None) -> dict:
    """Renders a session: {"frames", "sha256", "seconds", "real_time_factor"}; `out` is a WAV file to write. Raises OSError, JournalError."""
    session = Session(folder)
    check_span(first, frames, end_of(session, folder))
    frames = max(0, session.frames - first) if frames is None else frames
    began = time.perf_counter()
    return summary(render(session.programs, session.entries, session.rate, session.block, first, frames, progress, session.scores, folder), out,
                   session.rate, first, frames, began)


def summary(pieces, out: Path | None, rate: int, first: int, frames: int, began: float) -> dict:
    """What is told of rendered pieces, of `frames` frames from `first` on, written to `out` if that is given."""
    with closing(pieces if out is None else written(pieces, out, rate, frames)) as pieces:
        sha256, count = digest(pieces)
    seconds = time.perf_counter() - began
    return {"frames": count, "sha256": sha256, "seconds": round(seconds, 6), "real_time_factor": round((first + count) / rate / max(seconds, 1e-9), 1)}


def written(pieces, out: Path, rate: int, frames: int):
    """Passes pieces of `frames` frames in all on and writes them to a WAV file, which is there whole or not at all."""
    wav = Wav.create(out, rate, room=frames)
    try:
        for piece in pieces:
            wav.append(np.ascontiguousarray(piece))
            yield piece
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    finally:
        wav.close()
