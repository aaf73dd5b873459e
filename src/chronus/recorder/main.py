"""The process that records: follows the tap block by block into a file, and goes on from the file when it was killed.

The file is the memory: how long it is says which block comes next, and the hash is taken from what stands in it.
"""
import errno
import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from chronus import limits, linux
from chronus.native import words
from chronus.recorder.wav import DATA_AT, FRAME_BYTES, Wav
from chronus.shared import files
from chronus.shared import layout as at
from chronus.shared.memory import Memory

POLL_SECONDS = 0.01                       # 7 blocks: few enough system calls, and nobody hears the recorder
BATCH_BLOCKS = limits.TAP_RING_BLOCKS // 8                     # 1 MiB at 64 frames
HASH_FRAMES = 1 << 19                     # 4 MiB a wake: 11 s of music in some milliseconds, so that a stop is noticed at once
ADVICE = {errno.ENOSPC: "the disk is full: make room", errno.EDQUOT: "the quota is used up: make room",
          errno.EFBIG: "the file may not grow further: raise the limit (ulimit -f)",
          errno.EROFS: "the disk is read-only: mount it writable", errno.EEXIST: "a recording of that name exists: choose another name",
          errno.ENOENT: "the file or its folder is gone: record under another name"}


def run(memory: Memory, watch: Callable[[], bool] = lambda: True) -> None:
    """Records whatever is commanded until STOP, or until `watch`, asked about each HEARTBEAT_MS, says False. [recorder]

    STOP ends an open recording with what was played so far, hash included; `watch` alone leaves it to the next recorder.
    """
    linux.set_name("chronus-rec")
    recorder, asked = Recorder(memory), time.monotonic()
    while True:
        stopping = words.load_acquire(memory.base + at.STOP) != 0
        busy = recorder.step(stopping)
        if stopping and not busy:
            break
        if time.monotonic() - asked >= limits.HEARTBEAT_MS / 1000:
            asked = time.monotonic()
            if not watch() and words.load_acquire(memory.base + at.STOP) == 0:
                break
        if not busy:
            time.sleep(POLL_SECONDS)
    recorder.put_down()


class Tap:
    """The last TAP_RING_BLOCKS blocks that were played."""

    def __init__(self, memory: Memory):
        stride, block = memory[at.H_TAP_STRIDE], memory[at.H_BLOCK]
        ring = memory.bytes[memory[at.H_TAP]:][:limits.TAP_RING_BLOCKS * stride].reshape(limits.TAP_RING_BLOCKS, stride)
        self.numbers = ring[:, at.TAP_NUMBER:at.TAP_NUMBER + 8].view(np.int64)[:, 0]
        self.samples = ring[:, at.TAP_SAMPLES:at.TAP_SAMPLES + 4 * at.CHANNELS * block].view(np.float32)

    def take(self, first: int, count: int) -> tuple[np.ndarray, int]:
        """Blocks from `first` on, one a row, and how many of them were overwritten already: those are silence."""
        numbers = np.arange(first, first + count)
        places = numbers % limits.TAP_RING_BLOCKS
        whole = self.numbers[places] == numbers + 1
        samples = self.samples[places]
        whole &= self.numbers[places] == numbers + 1
        samples[~whole] = 0.0
        return samples, int(count - whole.sum())


class Recorder:
    """One recording at a time, as the REC_ words say. [recorder]"""

    def __init__(self, memory: Memory):
        self.memory, self.tap, self.block = memory, Tap(memory), memory[at.H_BLOCK]
        self.wav: Wav | None = None
        self.serial = self.header_at = 0
        self.start_hash()

    def step(self, stopping: bool = False) -> bool:
        """One wake: writes what has been played since the last; True if there is more to do at once.

        A disk that fails ends the recording, not the process.
        """
        memory = self.memory
        if words.load_acquire(memory.base + at.REC_STATE) != at.REC_RUNNING:
            self.put_down()
            return False
        try:
            if self.wav is None or self.serial != memory[at.REC_SERIAL]:
                self.pick_up()
            return self.follow(stopping)
        except (OSError, ValueError) as error:
            self.fail(error)
            return False

    def pick_up(self) -> None:
        """Begins the recording that is commanded, or goes on with its file if a recorder before this one had begun it."""
        self.put_down()
        memory = self.memory
        path = files.recording_path(Path(memory.text(at.SESSION_TEXT)), memory.text(at.REC_NAME, at.REC_TEXT_BYTES))
        self.serial = memory[at.REC_SERIAL]
        if memory[at.REC_MADE] == self.serial:
            self.wav = Wav.resume(path)
            self.wav.cut(self.wav.frames // self.block * self.block)
        else:
            memory[at.REC_LOST] = memory[at.REC_ERROR] = 0
            memory.set_text(at.REC_HASH, "", at.REC_TEXT_BYTES)
            memory.set_text(at.REC_REASON, "", at.REC_TEXT_BYTES)
            remove_empty(path)
            self.wav = Wav.create(path, memory[at.H_RATE])
            memory[at.REC_MADE] = self.serial
        memory[at.REC_WRITTEN] = self.wav.frames // self.block
        self.start_hash()

    def follow(self, stopping: bool) -> bool:
        """Writes and hashes one batch; finishes when the last block is in the file. True if there is more to do at once."""
        memory, wav = self.memory, self.wav
        first, played = memory[at.REC_FIRST], words.load_acquire(memory.base + at.PLAYED)
        last = words.load_acquire(memory.base + at.REC_LAST)
        if stopping and (last < 0 or last > played):
            last = memory[at.REC_LAST] = played
        end = played if last < 0 else min(played, max(first, last))
        if last >= 0 and wav.frames > max(0, last - first) * self.block:
            wav.cut(max(0, last - first) * self.block)
        at_block = first + wav.frames // self.block
        count = min(end - at_block, BATCH_BLOCKS)
        if count > 0:
            samples, lost = self.tap.take(at_block, count)
            memory[at.REC_LOST] += lost
            wav.append(samples)
        memory[at.REC_WRITTEN] = wav.frames // self.block
        complete = last >= 0 and first + memory[at.REC_WRITTEN] >= last
        behind = self.hash_some(wav.frames if complete else wav.frames - memory[at.H_RATE])
        if complete and not behind:
            self.finish()
        elif time.monotonic() - self.header_at >= 1.0:
            self.header_at = time.monotonic()
            wav.sync_header()
        return behind or end - at_block > BATCH_BLOCKS

    def start_hash(self) -> None:
        self.digest, self.hashed = hashlib.sha256(), 0

    def hash_some(self, until: int) -> bool:
        """Takes the hash further, from the file; True if frames below `until` are left.

        While recording it stays a second behind, so that an end a little in the past needs no second run over the whole file.
        """
        if self.hashed > self.wav.frames:
            self.start_hash()
        content = self.wav.content(self.hashed, max(0, min(until - self.hashed, HASH_FRAMES)))
        self.digest.update(content)
        self.hashed += len(content) // FRAME_BYTES
        return self.hashed < until

    def finish(self) -> None:
        """The file is whole: on the disk with it, then say so."""
        self.wav.sync_header()
        self.wav.sync()
        files.sync_folder(self.wav.path.parent)
        self.put_down()
        self.memory.set_text(at.REC_HASH, self.digest.hexdigest(), at.REC_TEXT_BYTES)
        words.store_release(self.memory.base + at.REC_STATE, at.REC_FINISHED)

    def fail(self, error: OSError | ValueError) -> None:
        """Leaves the file valid as far as it goes, and says what to do."""
        code, name = getattr(error, "errno", None) or errno.EINVAL, self.memory.text(at.REC_NAME, at.REC_TEXT_BYTES)
        reason = str(error)
        if isinstance(error, OSError):
            reason = ADVICE.get(code, f"the disk says: {error.strerror}; check it")
        if self.wav is not None:
            with suppress(OSError):
                self.wav.cut(self.wav.frames // self.block * self.block)
            self.memory[at.REC_WRITTEN] = self.wav.frames // self.block
            reason += f"; {name}.wav is good for its first {self.wav.frames} frames; then record under another name"
        self.put_down()
        self.memory[at.REC_ERROR] = code
        self.memory.set_text(at.REC_REASON, reason, at.REC_TEXT_BYTES)
        words.store_release(self.memory.base + at.REC_STATE, at.REC_FAILED)

    def put_down(self) -> None:
        """Closes the file, valid as it is."""
        wav, self.wav = self.wav, None
        if wav is not None:
            with suppress(OSError):
                wav.close()


def remove_empty(path: Path) -> None:
    """Removes a file without a frame: all that a recorder can leave that was killed while it made the file."""
    with suppress(FileNotFoundError):
        if not path.is_symlink() and path.is_file() and path.stat().st_size <= DATA_AT:
            os.unlink(path)
