"""Float32 stereo WAV of any length, written as it comes and valid at any moment.

RIFF below 4 GiB; from there on RF64 with a ds64 chunk (EBU Tech 3306), for which every file keeps room in a JUNK chunk.
"""
import errno
import os
import stat
import struct
from pathlib import Path

import numpy as np

CHANNELS, FRAME_BYTES = 2, 8
FLOAT = 3                                # WAVE_FORMAT_IEEE_FLOAT
LIMIT = 0xFFFFFFFF                       # the largest size that RIFF can say; in RF64 it stands for "see ds64"
HEADER = struct.Struct("<4sI4s 4sIQQQI 4sIHHIIHHH 4sII 4sI")
DATA_AT = HEADER.size
FORMAT, RATE_FIELD = slice(48, 74), 13   # the fmt chunk in the header's bytes, the rate in its fields
FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


def header(rate: int, frames: int, limit: int = LIMIT) -> bytes:
    """All that stands before the samples of a file of `frames` frames."""
    size, data = DATA_AT - 8 + frames * FRAME_BYTES, frames * FRAME_BYTES
    long = size > limit
    form = (b"RF64", LIMIT, b"WAVE", b"ds64", 28, size, data, frames, 0) if long else (b"RIFF", size, b"WAVE", b"JUNK", 28, 0, 0, 0, 0)
    return HEADER.pack(*form, b"fmt ", 18, FLOAT, CHANNELS, rate, rate * FRAME_BYTES, FRAME_BYTES, 32, 0,
                       b"fact", 4, LIMIT if long else frames, b"data", LIMIT if long else data)


def make_room(descriptor: int, frames: int) -> None:
    """Takes from the disk at once what a file of `frames` frames will need: a full one refuses before anything is rendered, and none is looked for piece by piece,
    which took as long as to write it. Raises OSError; where a file system knows nothing of it, nothing is done.
    """
    size = DATA_AT + frames * FRAME_BYTES
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise OSError(error.errno, f"{size / 1e6:,.1f} MB of sound do not fit there ({error.strerror}); make room, write it elsewhere, or render less") from None


class Wav:
    """A file that is being written. `frames` counts what it holds; the header counts the same after `sync_header`."""

    def __init__(self, path: Path, descriptor: int, rate: int, frames: int, limit: int):
        self.path, self.descriptor, self.rate, self.frames, self.limit = Path(path), descriptor, rate, frames, limit

    @classmethod
    def create(cls, path: Path, rate: int, limit: int = LIMIT, room: int = 0) -> "Wav":
        """A new file. `limit` is the size beyond which it becomes RF64; `room` is made for so many frames.

        Raises FileExistsError where anything is there, a link included, and other OSErrors.
        """
        wav = cls(path, os.open(path, FLAGS | os.O_CREAT | os.O_EXCL, 0o666), rate, 0, limit)
        try:
            if room:
                make_room(wav.descriptor, room)
            wav.sync_header()
        except OSError:
            os.close(wav.descriptor)
            os.unlink(path)
            raise
        return wav

    @classmethod
    def resume(cls, path: Path, limit: int = LIMIT) -> "Wav":
        """Goes on with a file whose writer was killed: its length says how much it holds, cut to whole frames.

        Raises OSError, and ValueError where the file is not one that `create` made.
        """
        descriptor = os.open(path, FLAGS)
        try:
            status, start = os.fstat(descriptor), os.pread(descriptor, DATA_AT, 0)
            rate = HEADER.unpack(start)[RATE_FIELD] if len(start) == DATA_AT else 0
            ours = start[:4] in (b"RIFF", b"RF64") and start[FORMAT] == header(rate, 0)[FORMAT]
            if not stat.S_ISREG(status.st_mode) or not ours:
                raise ValueError(f"{path} is no recording of ours; move it away and record under another name")
            wav = cls(path, descriptor, rate, (status.st_size - DATA_AT) // FRAME_BYTES, limit)
            wav.cut(wav.frames)
            wav.sync_header()
            return wav
        except BaseException:
            os.close(descriptor)
            raise

    def append(self, samples: np.ndarray) -> None:
        """Writes float32 samples, interleaved or of shape (frames, 2).

        Raises OSError; `frames` then still says what was whole before, and `cut(frames)` takes away what is half written.
        """
        content = np.ascontiguousarray(samples, "<f4").tobytes()
        self._write(content, DATA_AT + self.frames * FRAME_BYTES)
        self.frames += len(content) // FRAME_BYTES

    def _write(self, content: bytes, place: int) -> None:
        rest = memoryview(content)
        while rest:
            written = os.pwrite(self.descriptor, rest, place)
            place, rest = place + written, rest[written:]

    def content(self, first: int, count: int) -> bytes:
        """The bytes of `count` frames from frame `first` on, as they stand in the file. Raises OSError where somebody has shortened it."""
        content = os.pread(self.descriptor, count * FRAME_BYTES, DATA_AT + first * FRAME_BYTES)
        if len(content) < count * FRAME_BYTES:
            raise OSError(errno.EIO, "the file is shorter than what was written", self.path)
        return content

    def cut(self, frames: int) -> None:
        """Keeps the first `frames` frames."""
        os.ftruncate(self.descriptor, DATA_AT + frames * FRAME_BYTES)
        self.frames = frames

    def sync_header(self) -> None:
        """Makes the header say what the file holds: one write, so that a kill leaves the old header or the new one."""
        self._write(header(self.rate, self.frames, self.limit), 0)

    def sync(self) -> None:
        """Waits until all is on the disk."""
        os.fsync(self.descriptor)

    def close(self) -> None:
        """Puts the header right and closes, even where the disk refuses (OSError)."""
        try:
            self.sync_header()
        finally:
            os.close(self.descriptor)


def read(path: Path) -> tuple[int, np.ndarray]:
    """The rate and the samples, shape (frames, 2), of a float32 stereo file, RIFF or RF64. Raises ValueError for any other."""
    content = Path(path).read_bytes()
    if content[:4] not in (b"RIFF", b"RF64") or content[8:12] != b"WAVE":
        raise ValueError(f"{path} is no WAV file")
    place, rate, long_size = 12, 0, 0
    while place + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, place)
        place += 8
        chunk = content[place:place + min(size, 28)]
        if kind == b"ds64" and len(chunk) >= 16:
            long_size = struct.unpack_from("<Q", chunk, 8)[0]
        elif kind == b"fmt " and len(chunk) >= 16:
            form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
            if (form, channels, bits) != (FLOAT, CHANNELS, 32):
                raise ValueError(f"{path} is not float32 stereo")
        elif kind == b"data" and rate:
            size = long_size if content[:4] == b"RF64" and size == LIMIT else size
            return rate, np.frombuffer(content, "<f4", size // 4, place).reshape(-1, CHANNELS)
        place += size + size % 2
    raise ValueError(f"{path} has no samples; it ends too early")
