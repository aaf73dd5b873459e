"""The file of staged edits: JSON Lines, so that one more edit costs one short write, and a control that was killed loses none.

A row is [serial, client, verb, arguments ...] for an edit, and [serial, client] for "the edits of this client up to that one are gone".
It is written without waiting for the disk: a power cut may take what was staged, never what was committed.
"""
import os
from pathlib import Path

import msgspec

from chronus.shared import files

FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
ENCODER = msgspec.json.Encoder()


class StagedFile:
    """One writer. `count` is how many rows the file has. Every method raises OSError, and the file is then as it was before. [control]"""

    def __init__(self, path: Path):
        self.path, self.count = Path(path), 0
        self.descriptor = os.open(self.path, FLAGS, 0o666)

    def read(self) -> list[list]:
        """All rows that can be read. What a kill left of a last row is cut off; what a power cut damaged is passed over."""
        content = self.path.read_bytes()
        lines = content[:content.rfind(b"\n") + 1].splitlines(keepends=True)
        os.ftruncate(self.descriptor, sum(map(len, lines)))
        self.count, rows = len(lines), []
        for line in lines:
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if isinstance(row, list) and len(row) >= 2 and type(row[0]) is int and isinstance(row[1], str):
                rows.append(row)
        return rows

    def append(self, row: list) -> None:
        size = os.fstat(self.descriptor).st_size
        try:
            files.write_all(self.descriptor, ENCODER.encode(row) + b"\n")
        except OSError:
            os.ftruncate(self.descriptor, size)
            raise
        self.count += 1

    def rewrite(self, rows: list[list]) -> None:
        """Puts these rows in place of all, whole or not at all."""
        files.save(self.path, b"".join(ENCODER.encode(row) + b"\n" for row in rows), durable=False)
        descriptor = os.open(self.path, FLAGS, 0o666)
        os.close(self.descriptor)
        self.descriptor, self.count = descriptor, len(rows)

    def close(self) -> None:
        os.close(self.descriptor)
