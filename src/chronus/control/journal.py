"""The journal: every command that was applied, one line each, so that a session can be played again to the bit.

JSON Lines. The first line is the header (rate, block, seed, versions, the whole patch); each further one a command at its frame.
"""
import hashlib
import json
import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec

from chronus import limits
from chronus.shared import files

FORMAT, VERSION = "chronus-journal", 1
LINE_BYTES = 2 * limits.PATCH_FILE_BYTES  # the header holds a patch; no command comes near it
FLAGS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
HEADER_TYPES = {"rate": int, "block": int, "seed": int, "versions": dict, "patch": dict}
KEPT = "line_kept"                       # of the header, too: `limits.kept_blocks` of the lead that the session began with; where it is missing, the longest
KEPT_BLOCKS = sorted({limits.kept_blocks(lead) for lead in range(limits.MIN_LEAD, limits.MAX_LEAD + 1)})


class JournalError(RuntimeError):
    """The journal cannot be read or written; the message names the line, what is wrong and what to do."""


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A command as it was applied: at which frame, said by whom (`osc:127.0.0.1:40212`), and what."""

    frame: Annotated[int, msgspec.Meta(ge=0)]
    actor: str
    command: str
    args: list[bool | int | float | str]


ENCODER, DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Line)


class Journal:
    """A journal that is being written. One writer. `header` is its first line, `mark` a hash of that, `count` how many lines follow it. [control]"""

    def __init__(self, path: Path, descriptor: int, first: bytes, count: int, size: int):
        self.path, self.descriptor, self.count, self.size, self.torn = Path(path), descriptor, count, size, False
        self.header, self.mark = parse_header(path, first), hashlib.sha256(first).hexdigest()

    @classmethod
    def create(cls, path: Path, header: dict) -> "Journal":
        """A new journal: it is there with its whole header, or not at all. Raises JournalError.

        `header` has rate, block, seed, versions and patch, and may have `KEPT`; format and version are put before them.
        """
        if os.path.lexists(path):
            raise JournalError(f"{path} exists already; open it, or take another session")
        header = {"format": FORMAT, "version": VERSION, **header}
        try:
            content = json.dumps(header, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        except (TypeError, ValueError) as error:
            raise JournalError(f"{path}: the header cannot be written as JSON: {error}") from None
        parse_header(path, content)
        try:
            files.save(path, content)
            return cls(path, os.open(path, FLAGS), content, 0, len(content))
        except OSError as error:
            raise unwritable(path, error) from None

    @classmethod
    def open(cls, path: Path, read=None, count: int = 0, size: int = 0) -> "Journal":
        """Goes on with a journal. A last line without its end is what a kill left of a write: it is cut off. Raises JournalError.

        `read` is called with each command, without the `count` first ones, the first `size` bytes, of which a checkpoint tells.
        """
        try:
            descriptor = os.open(path, FLAGS)
        except OSError as error:
            raise unreadable(path, error) from None
        try:
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                first = stream.readline(LINE_BYTES)
                parse_header(path, first)
                size = size or len(first)
                stream.seek(size)
                for content, line in lines(path, stream, count + 1):
                    count, size = count + 1, size + len(content)
                    if read:
                        read(line)
            os.ftruncate(descriptor, size)
            return cls(path, descriptor, first, count, size)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError):
                raise unreadable(path, error) from None
            raise

    def append(self, commands: list[Line | dict]) -> None:
        """Writes commands, as `Line` or as dicts with its fields: after this a kill loses none of them.

        Raises JournalError; the journal is then as it was before.
        """
        content = b"".join(map(encode, commands))
        try:
            if self.torn:
                os.ftruncate(self.descriptor, self.size)
            self.torn = True
            files.write_all(self.descriptor, content)
            self.torn = False
        except OSError as error:
            with suppress(OSError):             # else before the next is written
                os.ftruncate(self.descriptor, self.size)
            raise unwritable(self.path, error) from None
        self.count, self.size = self.count + len(commands), self.size + len(content)

    def sync(self) -> None:
        """Waits until all is on the disk: what was written before survives a power cut too."""
        try:
            os.fdatasync(self.descriptor)
        except OSError as error:
            raise unwritable(self.path, error) from None

    def close(self) -> None:
        os.close(self.descriptor)


def encode(command: Line | dict) -> bytes:
    """The line of a command, its end included. Raises JournalError for what could not be read back exactly."""
    try:
        line = msgspec.convert(msgspec.structs.asdict(command) if type(command) is Line else command, Line)
        for value in line.args:
            if type(value) is float and not math.isfinite(value):
                raise ValueError(f"{value} is no number that can be played")
        return ENCODER.encode(line) + b"\n"
    except (msgspec.ValidationError, ValueError) as error:
        raise JournalError(f"the command {command!r:.200} does not fit into the journal: {error}") from None


def read_header(path: Path) -> dict:
    """The first line of a journal. Raises JournalError."""
    try:
        with open(path, "rb") as stream:
            return parse_header(path, stream.readline(LINE_BYTES))
    except OSError as error:
        raise unreadable(path, error) from None


def entries(path: Path) -> Iterator[Line]:
    """The commands of a journal, one after the other, without touching the file. Raises JournalError."""
    try:
        with open(path, "rb") as stream:
            parse_header(path, stream.readline(LINE_BYTES))
            for _, line in lines(path, stream):
                yield line
    except OSError as error:
        raise unreadable(path, error) from None


def holds(path: Path, mark: str, size: int) -> bool:
    """Whether the journal is the one with this mark, and one of its lines ends with its first `size` bytes."""
    with open(path, "rb") as stream:
        same = mark == hashlib.sha256(stream.readline(LINE_BYTES)).hexdigest()
        stream.seek(max(0, size - 1))
        return same and size > 0 and stream.read(1) == b"\n"


def lines(path: Path, stream: BinaryIO, number: int = 1) -> Iterator[tuple[bytes, Line]]:
    """The commands after line `number`, as bytes and as lines, up to a last one without its end."""
    while (content := stream.readline(LINE_BYTES)).endswith(b"\n"):
        number += 1
        try:
            yield content, DECODER.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise JournalError(f"{path}, line {number}: {error}; "
                               "put the file back from a copy, or remove that line and all after it") from None
    if len(content) == LINE_BYTES:
        raise JournalError(f"{path}, line {number + 1}: longer than {LINE_BYTES} bytes; put the file back from a copy, or cut it there")


def parse_header(path: Path, content: bytes) -> dict:
    """The header from its line. Raises JournalError."""
    try:
        header = msgspec.json.decode(content) if content.endswith(b"\n") else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise JournalError(f"{path}, line 1: this is no journal of Music Chronus; name the folder of a session")
    if header.get("version") != VERSION:
        raise JournalError(f"{path}, line 1: this journal is of version {header.get('version')}, "
                           f"this program reads {VERSION}; use the program that wrote it")
    for name, kind in HEADER_TYPES.items():
        if type(header.get(name)) is not kind:
            raise JournalError(f"{path}, line 1: `{name}` is missing or no {kind.__name__}; put the file back from a copy")
    if header.get(KEPT, limits.LONGEST_KEPT_BLOCKS) not in KEPT_BLOCKS:
        raise JournalError(f"{path}, line 1: `{KEPT}` is none of {', '.join(map(str, KEPT_BLOCKS))}; put the file back from a copy")
    return header


def unreadable(path: Path, error: OSError) -> JournalError:
    return JournalError(f"the journal {path} cannot be read ({error.strerror}); name the folder of a session")


def unwritable(path: Path, error: OSError) -> JournalError:
    return JournalError(f"the journal {path} cannot be written ({error.strerror}); make room or give access to its folder")
