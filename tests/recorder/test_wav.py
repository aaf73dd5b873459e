"""Recordings as files: valid at any moment, of any length, resumed after a kill, never through a link."""

import os
import struct
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.recorder import wav as wav_module
from chronus.recorder.wav import DATA_AT, FRAME_BYTES, LIMIT, Wav, header, read


def music(frames, seed=1):
    return np.random.default_rng(seed).standard_normal((frames, 2)).astype("<f4")


@pytest.mark.parametrize("limit", [LIMIT, 500], ids=["RIFF", "RF64"])
def test_what_was_written_is_read(tmp_path, limit):
    path, samples = tmp_path / "take.wav", music(1000)
    wav = Wav.create(path, 44_100, limit)
    wav.append(samples[:300])
    wav.append(samples[300:].reshape(-1))
    assert wav.frames == 1000
    wav.close()
    rate, found = read(path)
    assert rate == 44_100 and found.tobytes() == samples.tobytes()
    assert path.read_bytes()[:4] == (b"RIFF" if limit == LIMIT else b"RF64")


def test_special_values_keep_their_bits(tmp_path):
    samples = np.array([0x7FC00001, 0xFF800000, 0x80000000, 1], np.uint32).view(np.float32).reshape(2, 2)
    wav = Wav.create(tmp_path / "take.wav", 48_000)
    wav.append(samples)
    wav.close()
    assert read(tmp_path / "take.wav")[1].tobytes() == samples.tobytes()


def test_the_file_so_far_is_valid_after_each_sync(tmp_path):
    path, samples = tmp_path / "take.wav", music(100)
    wav = Wav.create(path, 48_000)
    assert len(read(path)[1]) == 0
    for count in range(10):
        wav.append(samples[10 * count:10 * count + 10])
        assert len(read(path)[1]) == 10 * count         # the header speaks of what it was last told
        wav.sync_header()
        assert read(path)[1].tobytes() == samples[:10 * count + 10].tobytes()
    wav.close()


def test_a_file_of_5_gib_becomes_rf64(tmp_path):
    """Sparse: the length is real, the disk holds the ends only."""
    path, frames = tmp_path / "take.wav", 5 * (1 << 30) // FRAME_BYTES
    wav = Wav.create(path, 48_000)
    wav.cut(frames)
    wav.append(music(1))
    wav.sync_header()
    start = path.open("rb").read(DATA_AT)
    riff, data, count = struct.unpack_from("<QQQ", start, 20)
    assert start[:4] == b"RF64" and start[12:16] == b"ds64"
    assert (riff, data, count) == (path.stat().st_size - 8, FRAME_BYTES * (frames + 1), frames + 1)
    assert struct.unpack_from("<I", start, 4)[0] == struct.unpack_from("<I", start, DATA_AT - 4)[0] == LIMIT
    assert wav.content(frames, 1) == music(1).tobytes()
    wav.cut(10)
    wav.close()
    assert path.open("rb").read(16)[:4] == b"RIFF" and len(read(path)[1]) == 10


def test_the_switch_is_at_the_last_size_that_riff_can_say():
    fits = (LIMIT - DATA_AT + 8) // FRAME_BYTES
    assert header(48_000, fits)[:4] == b"RIFF" and header(48_000, fits + 1)[:4] == b"RF64"
    assert len(header(48_000, fits)) == len(header(48_000, fits + 1)) == DATA_AT


@given(st.integers(0, 80))
def test_resume_goes_by_the_length_cut_to_whole_frames(tmp_path_factory, extra):
    path, samples = tmp_path_factory.mktemp("wav") / "take.wav", music(20)
    wav = Wav.create(path, 96_000)
    wav.append(samples[:10])
    os.pwrite(wav.descriptor, samples[10:].tobytes()[:extra], DATA_AT + 80)      # what a kill left, unknown to the header
    os.close(wav.descriptor)
    wav = Wav.resume(path)
    assert (wav.rate, wav.frames) == (96_000, 10 + extra // 8)
    wav.append(samples[wav.frames:])
    wav.close()
    assert read(path)[1].tobytes() == samples.tobytes()


def test_a_disk_without_room_refuses_at_once_and_nothing_is_left(tmp_path):
    with pytest.raises(OSError, match="MB of sound do not fit there .* make room"):
        Wav.create(tmp_path / "take.wav", 48_000, room=1 << 55)
    assert not (tmp_path / "take.wav").exists()
    with closing(Wav.create(tmp_path / "take.wav", 48_000, room=3)) as wav:
        wav.append(np.ones((3, 2), np.float32))
    assert (tmp_path / "take.wav").stat().st_size == DATA_AT + 3 * FRAME_BYTES and np.array_equal(read(tmp_path / "take.wav")[1], np.ones((3, 2)))


def test_nothing_is_written_through_a_link_or_over_a_file(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    (tmp_path / "link.wav").symlink_to(elsewhere)
    (tmp_path / "dangling.wav").symlink_to(tmp_path / "nowhere")
    for name in ("link.wav", "dangling.wav", "elsewhere"):
        with pytest.raises(FileExistsError):
            Wav.create(tmp_path / name, 48_000)
    with pytest.raises(OSError):
        Wav.resume(tmp_path / "link.wav")
    with pytest.raises(ValueError, match="no recording of ours"):
        Wav.resume(elsewhere)
    assert elsewhere.read_bytes() == b"mine" and not (tmp_path / "nowhere").exists()


def test_a_full_disk_leaves_what_was_whole(tmp_path, monkeypatch):
    path, samples, real = tmp_path / "take.wav", music(20), os.pwrite
    wav = Wav.create(path, 48_000)
    wav.append(samples[:10])
    room = [37]

    def nearly_full(descriptor, content, place):
        if place < DATA_AT:
            return real(descriptor, content, place)
        if not room[0]:
            raise OSError(28, "No space left on device")
        count, room[0] = min(room[0], len(content)), 0
        return real(descriptor, content[:count], place)

    monkeypatch.setattr(wav_module.os, "pwrite", nearly_full)
    with pytest.raises(OSError):
        wav.append(samples[10:])
    assert wav.frames == 10
    wav.cut(wav.frames)
    wav.close()
    assert path.stat().st_size == DATA_AT + 80 and read(path)[1].tobytes() == samples[:10].tobytes()


def test_a_file_that_somebody_shortened_is_an_error(tmp_path):
    wav = Wav.create(tmp_path / "take.wav", 48_000)
    wav.append(music(10))
    os.truncate(wav.path, DATA_AT + 8)
    with pytest.raises(OSError, match="shorter"):
        wav.content(0, 10)
    wav.close()


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF....WAVE", b"OggS" + bytes(100), header(48_000, 4), header(48_000, 4, 0),
                                     *(header(48_000, 0)[:length] for length in range(12, DATA_AT, 7))])
def test_what_is_no_recording_is_refused(tmp_path, content):
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(ValueError):
        read(tmp_path / "x.wav")
