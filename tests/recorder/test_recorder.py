"""The recorder process: killed at any time it loses nothing, and a disk that fails ends the recording only."""

import hashlib
import os
import random
import resource
import signal
import time

import numpy as np
import pytest

from chronus import limits
from chronus.recorder import main as recorder_module
from chronus.recorder.main import BATCH_BLOCKS, HASH_FRAMES, Recorder, run
from chronus.recorder.wav import DATA_AT, FRAME_BYTES, Wav, read
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.rings import tap_block

RATE, BLOCK = 48_000, 64
PATIENCE = 30.0                          # seconds until a test that waits gives up


class Stage:
    """Shared memory with a device played by the test: `play` taps blocks, `heard` is what they held."""

    def __init__(self, folder):
        (folder / "recordings").mkdir()
        self.folder, self.memory = folder, Memory.create(folder, RATE, BLOCK, 4)
        self.pids = []

    def music(self, first, count):
        """Blocks from `first` on, as they were played: a function of the block's number."""
        phase = np.arange(first * BLOCK * 2, (first + count) * BLOCK * 2, dtype=np.uint64) * np.uint64(2654435761) % np.uint64(1 << 24)
        return (phase.astype(np.float32) / np.float32(1 << 23) - 1).astype(np.float32)

    def play(self, count):
        memory = self.memory
        for number in range(memory[at.PLAYED], memory[at.PLAYED] + count):
            block = np.ascontiguousarray(self.music(number, 1))
            tap_block(memory.base, number, block.ctypes.data, 0)
            memory[at.PLAYED] = number + 1

    def start(self, name="take-1", first=None):
        memory = self.memory
        memory.set_text(at.REC_NAME, name, at.REC_TEXT_BYTES)
        memory[at.REC_FIRST], memory[at.REC_LAST] = memory[at.PLAYED] if first is None else first, -1
        memory[at.REC_SERIAL] += 1
        memory[at.REC_STATE] = at.REC_RUNNING

    def stop(self, last=None):
        self.memory[at.REC_LAST] = self.memory[at.PLAYED] if last is None else last

    def fork(self, *args):
        pid = os.fork()
        if not pid:
            try:
                run(self.memory, *args)
            finally:
                os._exit(0)
        self.pids.append(pid)
        return pid

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.pids.remove(pid)

    def wait(self, *states):
        return until(lambda: self.memory[at.REC_STATE] in states)

    def check(self, name="take-1", lost=0):
        """The file holds what was played from REC_FIRST to REC_LAST, and the hash is that of its samples."""
        memory = self.memory
        assert memory[at.REC_STATE] == at.REC_FINISHED, memory.text(at.REC_REASON, at.REC_TEXT_BYTES)
        rate, samples = read(self.folder / "recordings" / f"{name}.wav")
        expected = self.music(memory[at.REC_FIRST], memory[at.REC_LAST] - memory[at.REC_FIRST])
        assert rate == RATE and samples.tobytes() == expected.tobytes()
        assert memory[at.REC_WRITTEN] == memory[at.REC_LAST] - memory[at.REC_FIRST] and memory[at.REC_LOST] == lost
        assert memory.text(at.REC_HASH, at.REC_TEXT_BYTES) == hashlib.sha256(expected.tobytes()).hexdigest()


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.001)


def settle(recorder):
    while recorder.step():
        pass


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    for pid in list(stage.pids):
        stage.kill(pid)


@pytest.mark.parametrize("seed", range(8))
def test_killed_at_random_times_it_loses_nothing(stage, seed):
    chance = random.Random(seed)
    stage.play(chance.randrange(200))
    stage.start()
    pid, blocks = stage.fork(), 0
    for _ in range(12):
        count = chance.choice((1, 40, 400))
        blocks += count
        stage.play(count)
        if chance.random() < 0.3:
            until(lambda: stage.memory[at.REC_WRITTEN] > 0)
        time.sleep(chance.random() * 0.015)
        stage.kill(pid)
        stage.play(chance.randrange(30))
        pid = stage.fork()
    stage.stop()
    if chance.random() < 0.5:
        time.sleep(chance.random() * 0.01)
        stage.kill(pid)
        stage.fork()
    stage.wait(at.REC_FINISHED, at.REC_FAILED)
    stage.check()
    assert stage.memory[at.REC_WRITTEN] >= blocks


class Killed(BaseException):
    """Stands for the end of the process: nothing in the recorder may catch it."""


def test_killed_at_every_system_call_it_loses_nothing(stage, monkeypatch):
    """Each life of the recorder ends at its next system call but one, between any two of them; the write is torn in the middle."""
    real = {name: getattr(os, name) for name in ("open", "pwrite", "pread", "ftruncate", "fsync", "close")}
    left = [0]

    def deadly(name):
        def call(*args):
            left[0] -= 1
            if left[0] < 0:
                if name == "pwrite" and args[2] >= DATA_AT:
                    real[name](args[0], args[1][:len(args[1]) * 2 // 3 + 1], args[2])
                raise Killed
            return real[name](*args)
        return call

    for name in real:
        monkeypatch.setattr(os, name, deadly(name))
    stage.start()
    stage.play(100)
    lives = 0
    for lives in range(60):
        left[0] = lives
        try:
            recorder = Recorder(stage.memory)
            recorder.header_at = -1e9
            settle(recorder)
            if lives == 30:
                stage.stop()
        except Killed:
            pass
        finally:
            left[0] = 1 << 30
        if stage.memory[at.REC_STATE] != at.REC_RUNNING:
            break
        if lives < 30:
            stage.play(7)
    stage.check()
    assert lives >= 30


def test_the_end_may_lie_a_little_in_the_past_or_ahead(stage):
    recorder = Recorder(stage.memory)
    for name, last in (("past", 45), ("ahead", 160), ("empty", 0)):
        stage.start(name)
        first = stage.memory[at.REC_FIRST]
        stage.play(100)
        settle(recorder)
        stage.stop(first + last)
        settle(recorder)
        assert (stage.memory[at.REC_STATE] == at.REC_RUNNING) == (last > 100)
        stage.play(100)
        settle(recorder)
        stage.check(name)
        assert stage.memory[at.REC_WRITTEN] == last


def test_an_end_far_in_the_past_is_hashed_again(stage):
    recorder = Recorder(stage.memory)
    stage.start()
    stage.play(3 * RATE // BLOCK)
    settle(recorder)
    assert recorder.hashed == 2 * RATE, "the hash is a second behind, for an end a little in the past"
    stage.stop(1000)
    settle(recorder)
    stage.check()


def test_a_first_block_ahead_is_waited_for(stage):
    recorder = Recorder(stage.memory)
    stage.start(first=50)
    stage.play(40)
    settle(recorder)
    assert stage.memory[at.REC_WRITTEN] == 0
    stage.play(40)
    stage.stop()
    settle(recorder)
    stage.check()


def test_what_the_tap_no_longer_holds_is_silence_and_counted(stage):
    stage.start()
    recorder = Recorder(stage.memory)
    stage.play(10)
    settle(recorder)
    recorder.put_down()
    ring, memory = limits.TAP_RING_BLOCKS, stage.memory
    memory[at.PLAYED] = ring + 500          # as if it had played on: the places of 10 .. ring + 500 hold nothing of theirs
    stage.play(100)
    stage.stop()
    settle(Recorder(memory))
    samples = read(stage.folder / "recordings" / "take-1.wav")[1].reshape(-1)
    expected = np.concatenate([stage.music(0, 10), np.zeros((ring + 490) * BLOCK * 2, np.float32), stage.music(ring + 500, 100)])
    assert memory[at.REC_STATE] == at.REC_FINISHED and memory[at.REC_LOST] == ring + 490
    assert samples.tobytes() == expected.tobytes()
    assert memory.text(at.REC_HASH, at.REC_TEXT_BYTES) == hashlib.sha256(expected.tobytes()).hexdigest()


def test_a_whole_ring_is_caught_up_on(stage):
    stage.start()
    stage.play(limits.TAP_RING_BLOCKS)
    assert limits.TAP_RING_BLOCKS > BATCH_BLOCKS
    settle(Recorder(stage.memory))
    assert stage.memory[at.REC_WRITTEN] * BLOCK > HASH_FRAMES
    stage.stop()
    settle(Recorder(stage.memory))          # and one that is only hashed: in more than one wake
    stage.check()


def test_a_block_that_is_overwritten_while_it_is_read_is_lost_and_not_mixed(stage):
    stage.play(8)
    tap = recorder_module.Tap(stage.memory)

    class Overwriting:
        """The samples, with a device that comes round in the middle of a copy."""

        def __getitem__(self, places):
            found = tap_samples[places]
            tap.numbers[3] = 0
            return found

    tap_samples, tap.samples = tap.samples, Overwriting()
    samples, lost = tap.take(0, 8)
    assert lost == 1 and not samples[3].any()
    assert samples[4].tobytes() == stage.music(4, 1).tobytes()


def test_the_file_so_far_is_valid_while_it_grows(stage, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(recorder_module.time, "monotonic", lambda: now[0])
    recorder = Recorder(stage.memory)
    stage.start()
    for _ in range(5):
        stage.play(750)
        now[0] += 1.0
        settle(recorder)
        samples = read(stage.folder / "recordings" / "take-1.wav")[1]
        assert samples.tobytes() == stage.music(0, stage.memory[at.PLAYED]).tobytes()


def test_stop_of_the_engine_finishes_an_open_recording(stage):
    stage.start()
    stage.play(500)
    pid = stage.fork()
    until(lambda: stage.memory[at.REC_WRITTEN] > 0)
    stage.memory[at.STOP] = 1
    os.waitpid(pid, 0)
    stage.pids.remove(pid)
    stage.check()
    assert stage.memory[at.REC_LAST] == 500


def test_it_ends_when_nobody_watches_and_the_next_one_goes_on(stage):
    stage.start()
    stage.play(500)
    pid = stage.fork(lambda: False)
    os.waitpid(pid, 0)
    stage.pids.remove(pid)
    assert stage.memory[at.REC_STATE] == at.REC_RUNNING
    assert len(read(stage.folder / "recordings" / "take-1.wav")[1]) == 500 * BLOCK
    stage.play(10)
    stage.stop()
    settle(Recorder(stage.memory))
    stage.check()


def test_a_watch_that_stops_the_engine_lets_the_recording_finish(stage):
    def watch():
        stage.memory[at.STOP] = 1
        return False
    stage.start()
    stage.play(500)
    pid = stage.fork(watch)
    os.waitpid(pid, 0)
    stage.pids.remove(pid)
    stage.check()


def test_a_full_disk_ends_the_recording_and_not_the_process(stage):
    """A limit on the size of files stands for the disk; the next recording, shorter than it, works."""
    limit = DATA_AT + 100 * BLOCK * FRAME_BYTES + 333
    pid = os.fork()
    if not pid:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        run(stage.memory)
        os._exit(0)
    stage.pids.append(pid)
    stage.start()
    stage.play(50)
    until(lambda: stage.memory[at.REC_WRITTEN] == 50)
    stage.play(30)
    until(lambda: stage.memory[at.REC_WRITTEN] == 80)
    stage.play(50)
    stage.wait(at.REC_FAILED)
    reason = stage.memory.text(at.REC_REASON, at.REC_TEXT_BYTES)
    assert "ulimit -f" in reason and f"first {80 * BLOCK} frames" in reason and "another name" in reason
    samples = read(stage.folder / "recordings" / "take-1.wav")[1]
    assert samples.tobytes() == stage.music(0, 80).tobytes() and stage.memory[at.REC_WRITTEN] == 80
    stage.start("take-2")
    stage.play(50)
    stage.stop()
    stage.wait(at.REC_FINISHED)
    stage.check("take-2")


@pytest.mark.parametrize("error, words", [(28, "make room"), (5, "check it"), (30, "writable")])
@pytest.mark.parametrize("where", ["append", "sync", "sync_header", "create"])
def test_every_failure_of_the_disk_is_said(stage, monkeypatch, error, words, where):
    def refuse(*args):
        raise OSError(error, os.strerror(error))

    recorder = Recorder(stage.memory)
    with monkeypatch.context() as patch:
        patch.setattr(Wav, where, refuse)
        stage.start()
        stage.play(50)
        stage.stop()
        settle(recorder)
    assert stage.memory[at.REC_STATE] == at.REC_FAILED and stage.memory[at.REC_ERROR] == error
    assert words in stage.memory.text(at.REC_REASON, at.REC_TEXT_BYTES)
    stage.start("take-2")
    stage.play(50)
    stage.stop()
    settle(recorder)
    stage.check("take-2")


@pytest.mark.parametrize("name", ["../x", "", "a/b", "UPPER"])
def test_what_is_no_name_makes_no_file(stage, name):
    recorder = Recorder(stage.memory)
    stage.start(name)
    settle(recorder)
    assert stage.memory[at.REC_STATE] == at.REC_FAILED and "is no name" in stage.memory.text(at.REC_REASON, at.REC_TEXT_BYTES)
    assert [path.name for path in stage.folder.rglob("*")] == ["recordings"]


def test_a_file_or_link_that_is_there_is_never_touched(stage):
    recorder, folder = Recorder(stage.memory), stage.folder / "recordings"
    (folder / "file.wav").write_bytes(b"x" * 1000)
    (stage.folder / "elsewhere").write_bytes(b"")
    (folder / "link.wav").symlink_to(stage.folder / "elsewhere")
    (folder / "folder.wav").mkdir()
    for name in ("file", "link", "folder"):
        stage.start(name)
        stage.play(5)
        settle(recorder)
        assert stage.memory[at.REC_STATE] == at.REC_FAILED and "choose another name" in stage.memory.text(at.REC_REASON, at.REC_TEXT_BYTES)
    assert (folder / "file.wav").read_bytes() == b"x" * 1000 and (stage.folder / "elsewhere").read_bytes() == b""


def test_a_file_that_disappears_while_nobody_records_is_said(stage):
    stage.start()
    stage.play(5)
    recorder = Recorder(stage.memory)
    settle(recorder)
    recorder.put_down()
    (stage.folder / "recordings" / "take-1.wav").unlink()
    settle(Recorder(stage.memory))
    assert stage.memory[at.REC_STATE] == at.REC_FAILED and "gone" in stage.memory.text(at.REC_REASON, at.REC_TEXT_BYTES)
