"""Files that become tables: what is asked for is a name, what comes is whole, and whatever is in a file ends in a table or in a sentence."""

import os
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from chronus import limits
from chronus.dsp.declare import TABLE_KINDS
from chronus.dsp.readers import LEVELS, WAVE_FRAMES, size_of
from chronus.dsp.tables import TABLE_END, TABLE_HEADER, packed, unpacked
from chronus.patch.errors import PatchError
from chronus.patch.tables import table_named
from chronus.tables import builtin, store
from chronus.tables.decode import Wanted, answer, fetch, made
from chronus.tables.form import digest_of, is_reference
from chronus.tables.samples import names
from chronus.tables.store import TableError, keep, load, put


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A sample folder, and a cache, of this test's own."""
    monkeypatch.setenv("CHRONUS_SAMPLES", str(tmp_path / "samples"))
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "samples" / "kit").mkdir(parents=True)
    store._loaded.clear()
    return tmp_path / "samples"


def write(path: Path, samples: np.ndarray, rate: int = 44_100) -> None:
    """A 16-bit WAV of samples of shape (frames, channels)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32_768.0).astype("<i2").tobytes())


RAMP = np.linspace(-0.5, 0.5, 300).round(2)[:, None] * [1.0, -1.0]


@pytest.mark.parametrize("name", builtin.MAKERS)
def test_built_in_tables_are_the_same_bits_on_every_machine(name):
    content = builtin.made(name)
    samples, rate, kind = unpacked(content)
    assert digest_of(content) == builtin.DIGESTS[name]
    assert rate == 48_000 and TABLE_KINDS[kind] == builtin.MAKERS[name][0] and np.abs(samples).max() <= 1.5
    tiny = (samples != 0.0) & (np.abs(samples) < 2.0**-126)
    assert np.isfinite(samples).all() and not tiny.any()


def test_the_levels_of_a_wave_lie_as_they_are_read():
    assert WAVE_FRAMES == sum(size_of(n) + 3 for n in range(LEVELS))


def test_every_frame_of_a_table_has_a_number_of_its_own_in_float32():
    assert limits.TABLE_BYTES // 4 <= 1 << 24


def test_names_come_from_files_and_folders_one_deep(folder):
    for path in ("a.wav", "Kick 01.WAV", "kit/Snare.flac", "kit/deep/no.wav", "other.mp3", ".hidden.wav", "ü.wav"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"")
    (folder / "link.wav").symlink_to(folder / "a.wav")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.wav")
    assert names() == {"a": ("a.wav",), "hidden": (".hidden.wav",), "kick-01": ("Kick 01.WAV",), "kit/snare": ("kit", "Snare.flac")}


@pytest.mark.parametrize("text", ("../x", "/etc/passwd", "a/b/c", "a//b", "", "A", "a\0", "x" * 65, "a@b", "a@" + "g" * 32, "a b", None, 3, "a/../b"))
def test_what_is_no_name_is_none(text):
    assert not is_reference(text)


def test_a_file_is_read_as_it_is(folder):
    write(folder / "kit" / "ramp.wav", RAMP)
    wanted = Wanted("kit/ramp", "sample", "")
    digest, size = fetch([wanted])[wanted]
    samples, rate, _ = unpacked(load(digest).content)
    assert rate == 44_100 and samples.shape == RAMP.shape and size == TABLE_HEADER + samples.nbytes + TABLE_END and np.abs(samples - RAMP).max() < 1e-4


def test_flac_has_the_bits_of_wav(folder):
    write(folder / "a.wav", RAMP)
    soundfile.write(folder / "b.flac", *soundfile.read(folder / "a.wav", dtype="int16"))
    assert made("a", "sample") == made("b", "sample")


def test_flac_of_a_stream_says_that_its_length_is_not_known(folder):
    soundfile.write(folder / "a.flac", RAMP, 44_100)
    content = bytearray((folder / "a.flac").read_bytes())
    content[21] &= 0xF0                                  # how many samples: 36 bits of STREAMINFO
    content[22:26] = bytes(4)
    (folder / "a.flac").write_bytes(content)
    with pytest.raises(TableError, match="'a' does not say how long it is"):
        made("a", "sample")


def test_a_wavetable_is_cycles_of_2048(folder):
    sine = np.sin(2.0 * np.pi * np.arange(2_048) / 2_048)[:, None]
    write(folder / "two.wav", 0.5 * np.concatenate([sine, sine]))
    samples, _, kind = unpacked(made("two", "wave"))
    assert samples.shape == (2 * WAVE_FRAMES, 1) and TABLE_KINDS[kind] == "wave"
    assert np.abs(samples[1:4_097, 0] - 0.5 * np.sin(2.0 * np.pi * np.arange(4_096) / 4_096)).max() < 1e-4
    write(folder / "odd.wav", RAMP)
    with pytest.raises(TableError, match="2048 frames each"):
        made("odd", "wave")


@pytest.mark.parametrize("values, wanted", (([np.nan, np.inf, -np.inf, 1e-40, 0.25], [0.0, 16.0, -16.0, 0.0, 0.25]),))
def test_numbers_that_are_none_are_put_right(folder, values, wanted):
    soundfile.write(folder / "bad.wav", np.array(values, np.float32), 48_000, subtype="FLOAT")
    assert unpacked(made("bad", "sample"))[0][:, 0].tolist() == wanted


def riff(size: int, frames: int, rate: int = 48_000, channels: int = 1) -> bytes:
    return (struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size, b"WAVE", b"fmt ", 16, 1, channels, rate, 2 * rate * channels, 2 * channels, 16, b"data", frames)
            + b"\1\2" * 50)


@pytest.mark.parametrize("content", (b"", b"RIFF", riff(36, 0), riff(36, 0xFFFFFFFF, rate=0), riff(36, 100, channels=9), riff(36, 100, channels=0),
                                     b"fLaC" + b"\xff" * 99, b"\0" * 4_096, b"RF64" + riff(0xFFFFFFFF, 0xFFFFFFFF)[4:], b"ID3" + b"x" * 99), ids=range(10))
def test_what_is_no_sound_is_refused_in_a_sentence(folder, content):
    (folder / "x.wav").write_bytes(content)
    with pytest.raises(TableError, match="'x' "):
        made("x", "sample")


@pytest.mark.parametrize("declared", (0xFFFFFFFF, 0x7FFFFFFF, 1 << 20))
def test_a_header_that_promises_4_gb_gives_what_there_is(folder, declared):
    (folder / "x.wav").write_bytes(riff(0xFFFFFFF0, declared))
    assert len(unpacked(made("x", "sample"))[0]) == 50


def test_a_file_that_is_too_long_or_too_large_is_refused(folder, monkeypatch):
    write(folder / "long.wav", RAMP)
    monkeypatch.setattr(limits, "TABLE_BYTES", 2_000)
    with pytest.raises(TableError, match="there is room for"):
        made("long", "sample")
    monkeypatch.setattr(limits, "SAMPLE_FILE_BYTES", 100)
    with pytest.raises(TableError, match="cut it shorter"):
        made("long", "sample")


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=60, deadline=None)
def test_garbage_ends_in_a_table_or_in_a_sentence(content, as_wav):
    path = Path(os.environ["CHRONUS_SAMPLES"]) / "x.wav"
    path.write_bytes((riff(36, 100)[:44] if as_wav else b"") + content)
    found = answer(Wanted("x", "sample", ""), None)
    assert isinstance(found, str) or load(found[0]).size == found[1]


def test_names_that_are_missing_or_links_are_refused(folder):
    write(folder / "real.wav", RAMP)
    (folder / "link.wav").symlink_to(folder / "real.wav")
    for name in ("link", "nobody", "../real", "real.wav"):
        assert "no sample" in answer(Wanted(name, "sample", ""), None)
    assert "no wave" in answer(Wanted("room", "wave", ""), None)


def test_a_table_of_another_kind_is_not_taken(folder):
    write(folder / "a.wav", np.zeros((4_096, 1)))
    sample, _ = answer(Wanted("a", "sample", ""), None)
    wave_, _ = answer(Wanted("a", "wave", sample), None)
    assert wave_ != sample and TABLE_KINDS[unpacked(load(wave_).content)[2]] == "wave"
    assert answer(Wanted("gone", "wave", sample), None).startswith("no sample 'gone'")


def test_a_file_that_ends_the_process_is_a_sentence(monkeypatch):
    monkeypatch.setattr("chronus.tables.decode.BOOTSTRAP", "import os; os.abort()")
    with pytest.raises(TableError, match="ended the process"):
        fetch([Wanted("a", "sample", "")])


def test_a_session_keeps_its_tables_whatever_becomes_of_the_file_and_the_cache(folder, tmp_path):
    write(folder / "a.wav", RAMP)
    wanted = Wanted("a", "sample", "")
    digest, _ = fetch([wanted], tmp_path / "session")[wanted]
    for path in [*store.cache().iterdir(), folder / "a.wav"]:
        path.unlink()
    store._loaded.clear()
    assert np.abs(unpacked(load(digest, tmp_path / "session").content)[0] - RAMP).max() < 1e-4
    with pytest.raises(TableError, match="set it again"):
        store._loaded.clear()
        load(digest)


def test_a_table_that_was_shortened_or_changed_is_not_taken(tmp_path):
    digest = put(packed(RAMP, 48_000, 0))
    path = store.cache() / f"{digest}.table"
    whole = path.read_bytes()
    held = load(digest)
    path.write_bytes(whole[:100])
    assert held.content.tobytes() == whole, "what is loaded hangs on the file"
    del held
    for damage in (whole[:-4], whole[:-1] + b"\0" if whole[-1] else whole[:-1] + b"\1", whole + b"\0" * 8, b""):
        path.write_bytes(damage)
        with pytest.raises(TableError):
            load(digest)
    assert put(whole) == digest and load(digest).size == len(whole)


def test_a_built_in_table_comes_back_by_itself():
    digest = builtin.DIGESTS["room"]
    load(digest)
    (store.cache() / f"{digest}.table").write_bytes(b"damaged")
    store._loaded.clear()
    assert digest_of(load(digest).content) == digest


def test_the_cache_is_bounded_and_the_session_is_not_touched(tmp_path, monkeypatch):
    contents = [packed(RAMP + i, 48_000, 0) for i in range(4)]
    monkeypatch.setattr(limits, "TABLE_CACHE_BYTES", 2 * len(contents[0]))
    digests = []
    for i, content in enumerate(contents):
        digests.append(put(content))
        keep(tmp_path / "session", digests[-1])
        os.utime(store.cache() / f"{digests[-1]}.table", (i, i))
    there = {path.stem for path in store.cache().glob("*.table")}
    assert there == set(digests[2:])
    store._loaded.clear()
    assert load(digests[0], tmp_path / "session").content.tobytes() == contents[0]


def test_a_response_lies_backwards_in_turns(folder):
    write(folder / "cab.wav", RAMP)
    samples, _, kind = unpacked(made("cab", "response"))
    heard = unpacked(made("cab", "sample"))[0]
    assert TABLE_KINDS[kind] == "response" and len(samples) % 32 == 0 and (samples[-1] == heard[0]).all() and (samples[-33] == heard[1]).all()
    write(folder / "hall.wav", np.zeros((limits.RESPONSE_FRAMES + 1, 1)))
    with pytest.raises(TableError, match="cut it shorter"):
        made("hall", "response")


def test_a_session_writes_into_no_other_folder(tmp_path):
    (tmp_path / "session").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "session" / "tables").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TableError, match="is a link"):
        keep(tmp_path / "session", builtin.DIGESTS["saw"])


def test_more_tables_than_a_patch_has_are_not_even_looked_for():
    with pytest.raises(TableError, match="different tables"):
        fetch([Wanted(f"x{i}", "sample", "") for i in range(limits.TABLES + 1)])


NUMBERED = ("01", "1e3", "nan", "inf", "true", "808", "0808", "5", "05", "7e0", "007", "1_0", "kit/2")


@pytest.mark.parametrize("asked, name", (
    ("01", "01"), (1, "01"), (1.0, "01"), ("1e3", "1e3"), (1000, "1e3"), (1000.0, "1e3"), ("nan", "nan"), (np.nan, "nan"), (np.inf, "inf"), ("true", "true"), (True, "true"),
    ("808", "808"), (808, "808"), (808.0, "808"), ("0808", "0808"), (5, "5"), ("05", "05"), ("kit/2", "kit/2"), ("saw", "saw"), (f"gone@{'a' * 32}",) * 2,
    (0.5, 0.5), (1e300, 1e300), (None, None), (b"01", b"01"), ("../01", "../01")))
def test_a_name_that_looks_like_a_number_is_found(folder, asked, name):
    """As text it is that very name; as a number the name that is written so, else the only one that reads as it."""
    for known in NUMBERED:
        write(folder / f"{known}.wav", RAMP)
    found = table_named(asked)
    assert found == name and type(found) is type(name)


@pytest.mark.parametrize("asked, said", (("1", "no sample '1' in .*; did you mean '01'"), (7, "7 can be 007, 7e0; send the name as text"), (7.0, "7.0 can be 007, 7e0"),
                                         (10, "no sample '10'"), (2, "no sample '2'"), (False, "no sample 'false'")))
def test_a_number_that_is_no_name_or_several_is_refused_with_them(folder, asked, said):
    for known in NUMBERED:
        write(folder / f"{known}.wav", RAMP)
    with pytest.raises(PatchError, match=said) as error:
        table_named(asked)
    assert error.value.code == "unknown-name"
