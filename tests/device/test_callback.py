"""The audio callback: what its machine code can reach, and what it plays."""

import os
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from chronus.device.callback import FADE_FRAMES, fill, note_turn, play_block
from chronus.device.null import run_null
from chronus.device.pace import open_card
from chronus.device.turns import Turns
from chronus.doors.osc import reader
from chronus.limits import AUDIO_RING_BLOCKS, TAP_RING_BLOCKS
from chronus.native import words
from chronus.native.build import build, native, object_path, reachable
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.rings import audio_block, begin_block, publish_block

RATE, BLOCK, LEAD = 48_000, 64, 4
PLAY, FILL, NULL = "int64(intp, intp)", "void(intp, intp, intp)", "int64(intp)"

# What the callback may call: futex(2) to wake, the clock that needs no system call (vDSO), a copy, zeros. No Python, no lock, no allocation.
ALLOWED = {"syscall", "clock_gettime", "memcpy", "memset"}
SYMBOL_TABLE, UNDEFINED, COMMON = 2, 0, 0xFFF2


def symbols(content: bytes) -> list[tuple[str, int, int]]:
    """(name, section, size) of every symbol of a 64-bit little-endian ELF object file."""
    assert content[:6] == b"\x7fELF\x02\x01"
    (first,), (size, count) = struct.unpack_from("<Q", content, 40), struct.unpack_from("<HH", content, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", content, first + i * size) for i in range(count)]
    found = []
    for _, kind, _, _, offset, length, link, _, _, entry in sections:
        for place in range(offset, offset + length, entry) if kind == SYMBOL_TABLE else ():
            name, _, _, section, _, extent = struct.unpack_from("<IBBHQQ", content, place)
            begin = sections[link][4] + name
            found.append((content[begin:content.index(0, begin)].decode(), section, extent))
    return found


def undefined(function, signature: str) -> set[str]:
    """The symbols that the machine code of `function` takes from elsewhere."""
    build(function, signature)
    return {name for name, section, _ in symbols(object_path(function, signature).read_bytes()) if section == UNDEFINED and name}


def instructions(function) -> set[str]:
    """The words of `native.words` that a function reaches."""
    return {value.__name__ for used in reachable(function).values() for value in used.values() if getattr(value, "is_instruction", False)}


def card_callback():
    card = pytest.importorskip("chronus.device.card", reason="miniaudio is not installed: there is no card callback on this machine")
    return card.data_callback, card.SIGNATURE


def test_the_card_calls_code_that_reaches_nothing_but_the_wake_the_clock_and_a_copy():
    assert undefined(*card_callback()) <= ALLOWED


def test_the_callback_itself_does_not_even_read_a_clock():
    assert undefined(fill, FILL) <= ALLOWED - {"clock_gettime"}
    assert undefined(play_block, PLAY) <= ALLOWED - {"clock_gettime"}


def test_the_null_device_only_sleeps_besides():
    assert undefined(run_null, NULL) <= ALLOWED | {"clock_nanosleep"}


def test_its_only_system_call_is_the_wake():
    """`syscall` is what `wake` and `wait` become; of the two only `wake` is there, and nothing else that enters the kernel."""
    entering = {"wait", "sleep_until", "cpu_time_ns", "leave", "receive"}
    assert "wake" in instructions(fill)
    assert not entering & instructions(fill)
    assert not entering & instructions(card_callback()[0])


def test_the_reader_of_symbols_sees_what_is_there():
    """A canary: the door's thread calls recvfrom, and the null device sleeps."""
    assert "recvfrom" in undefined(reader.run_reader, reader.SIGNATURE)
    assert "clock_nanosleep" in undefined(run_null, NULL)
    assert {"wait", "wake"} & instructions(reader.wait_for) == {"wait"}


def test_no_word_of_the_callback_lies_outside_its_object():
    """Common symbols are the handles of Numba's error objects, a word each, which code that raises nothing never reads."""
    build(fill, FILL)
    common = [(name, size) for name, section, size in symbols(object_path(fill, FILL).read_bytes()) if section == COMMON]
    assert all(size == 8 and "NumbaEnv" in name for name, size in common)


class Engine:
    """A memory with nobody in it: the test writes blocks as replicas do and plays them as the device does."""

    def __init__(self, memory: Memory):
        self.memory = memory
        self.play_native, self.fill_native = native(play_block, PLAY), native(fill, FILL)

    def render(self, slot: int, number: int) -> np.ndarray:
        """Publishes block `number` of a slot; its samples."""
        samples = music(number)
        place = audio_block(self.memory.base, slot, number)
        begin_block(place)
        self.memory.floats(place + at.BLOCK_SAMPLES - self.memory.base, BLOCK * at.CHANNELS)[:] = samples.ravel()
        publish_block(self.memory.base, place, number)
        return samples

    def damage(self, slot: int, number: int) -> None:
        """Flips one bit of a published block."""
        self.memory.bytes[audio_block(self.memory.base, slot, number) + at.BLOCK_SAMPLES + 100 - self.memory.base] ^= 4

    def play(self, tick: int = 0) -> tuple[int, np.ndarray]:
        """One callback: (1 if it was music, samples of shape (block, 2)). What lies around its target stays as it is."""
        raw = np.full((3, BLOCK, at.CHANNELS), 7.0, np.float32)
        self.memory[at.TICK_NS] = tick
        result = self.play_native(self.memory.base, raw[1].ctypes.data)
        assert (raw[[0, 2]] == 7.0).all()
        return result, raw[1]

    def fill(self, frames: int) -> np.ndarray:
        """What a card gets that asks for `frames` frames."""
        raw = np.full((frames + 2 * BLOCK, at.CHANNELS), 7.0, np.float32)
        self.fill_native(self.memory.base, raw[BLOCK:].ctypes.data, frames)
        assert (raw[:BLOCK] == 7.0).all() and (raw[BLOCK + frames:] == 7.0).all()
        return raw[BLOCK:BLOCK + frames]

    def tap(self, number: int) -> tuple[int, int, np.ndarray]:
        """(number + 1, time, samples) of the tap's place for a block."""
        place = self.memory[at.H_TAP] + number % TAP_RING_BLOCKS * self.memory[at.H_TAP_STRIDE]
        samples = self.memory.floats(place + at.TAP_SAMPLES, BLOCK * at.CHANNELS).reshape(BLOCK, at.CHANNELS)
        return self.memory[place + at.TAP_NUMBER], self.memory[place + at.TAP_TIME], samples


def music(number: int) -> np.ndarray:
    """Block `number` of a stream that repeats nowhere."""
    return np.random.default_rng(number).uniform(-1, 1, (BLOCK, at.CHANNELS)).astype(np.float32)


@pytest.fixture
def engine():
    return Engine(Memory.create(Path("callback"), RATE, BLOCK, LEAD))


def test_plays_in_sequence_and_taps_what_it_played(engine):
    for number in range(10):
        engine.render(0, number)
    for number in range(10):
        result, samples = engine.play(tick=1000 + number)
        assert result == 1 and samples.tobytes() == music(number).tobytes()
        tapped, time, content = engine.tap(number)
        assert (tapped, time) == (number + 1, 1000 + number) and content.tobytes() == samples.tobytes()
    assert engine.memory[at.PLAYED] == 10
    assert [engine.memory[word] for word in (at.UNDERRUNS, at.SWITCHES, at.BAD_CHECKSUMS, at.CHOSEN)] == [0, 0, 0, 0]


def test_plays_on_from_the_other_slot_and_stays_there(engine):
    for number in range(12):
        engine.render(1, number)
        if number < 5 or number > 7:
            engine.render(0, number)
    for number in range(12):
        result, samples = engine.play()
        assert result == 1 and samples.tobytes() == music(number).tobytes()
        assert engine.memory[at.CHOSEN] == (number >= 5)
    assert engine.memory[at.SWITCHES] == 1 and engine.memory[at.UNDERRUNS] == 0


def test_music_waits_while_nobody_has_the_block(engine):
    for number in range(3):
        engine.render(0, number)
        engine.play()
    last, faded = music(2)[-1], []
    for number in range(FADE_FRAMES // BLOCK + 2):
        result, samples = engine.play(tick=50 + number)
        faded.append(samples)
        assert result == 0 and engine.memory[at.PLAYED] == 3
        row = at.XRUNS + number * at.XRUN_BYTES
        assert (engine.memory[row], engine.memory[row + 8]) == (3, 50 + number)
    faded = np.concatenate(faded)
    assert engine.memory[at.UNDERRUNS] == len(faded) // BLOCK
    assert np.allclose(faded[:FADE_FRAMES], last * (1 - np.arange(FADE_FRAMES)[:, None] / FADE_FRAMES), atol=1e-7)
    assert not faded[FADE_FRAMES:].any()
    assert engine.tap(3)[0] == 0

    for number in (3, 4):
        engine.render(0, number)
    result, samples = engine.play()
    assert result == 1 and np.allclose(samples, music(3) * (np.arange(BLOCK)[:, None] / BLOCK), atol=1e-7)
    assert engine.tap(3)[2].tobytes() == music(3).tobytes()
    assert engine.play()[1].tobytes() == music(4).tobytes()


def test_the_music_comes_back_out_of_what_is_left_of_a_short_concealment(engine):
    """One block lost is a quarter of the fade: the next sample may not fall to 0."""
    engine.render(0, 0)
    engine.play()
    faded = engine.play()[1]
    engine.render(0, 1)
    back = engine.play()[1]
    left = music(0)[-1] * (1 - BLOCK / FADE_FRAMES)
    assert np.allclose(faded[-1], music(0)[-1] * (1 - (BLOCK - 1) / FADE_FRAMES), atol=1e-7)
    assert np.allclose(back[0], left, atol=1e-7)
    assert np.allclose(back, left + (music(1) - left) * (np.arange(BLOCK)[:, None] / BLOCK), atol=1e-6)


def test_a_damaged_block_is_taken_from_the_other_slot(engine):
    for number in range(4):
        engine.render(0, number)
        engine.render(1, number)
    engine.damage(0, 2)
    for number in range(4):
        result, samples = engine.play()
        assert result == 1 and samples.tobytes() == music(number).tobytes()
    assert engine.memory[at.BAD_CHECKSUMS] == 1 and engine.memory[at.SWITCHES] == 1 and engine.memory[at.UNDERRUNS] == 0


def test_a_block_that_is_damaged_in_both_is_never_heard(engine):
    engine.render(0, 0)
    engine.play()
    for slot in (0, 1):
        engine.render(slot, 1)
        engine.damage(slot, 1)
    result, samples = engine.play()
    assert result == 0 and np.abs(samples).max() <= np.abs(music(0)[-1]).max()
    assert engine.memory[at.PLAYED] == 1 and engine.memory[at.BAD_CHECKSUMS] == 2


@pytest.mark.parametrize("number", [AUDIO_RING_BLOCKS, 5 * AUDIO_RING_BLOCKS])
def test_another_block_in_its_place_is_not_played(engine, number):
    """The newest block of a ring is not what was asked for: nothing is skipped."""
    engine.render(0, number)
    assert engine.play()[0] == 0 and engine.memory[at.PLAYED] == 0


def test_a_block_that_is_being_written_is_not_played(engine):
    engine.render(0, 0)
    begin_block(audio_block(engine.memory.base, 0, 0))
    assert engine.play()[0] == 0


def test_every_callback_wakes_those_who_wait(engine):
    engine.render(0, 0)
    for expected in (1, 2, 3):
        engine.play()
        assert engine.memory[at.WAKE] == expected


@pytest.mark.parametrize("seed", range(4))
def test_a_card_may_ask_for_any_number_of_frames_and_a_new_device_goes_on_inside_a_block(engine, seed):
    blocks, random, heard = 40, np.random.default_rng(seed), []
    for number in range(blocks):
        engine.render(0, number)
    while sum(map(len, heard)) < BLOCK * blocks - 500:
        heard.append(engine.fill(int(random.integers(1, 500))))
        if random.random() < 0.3:        # the device ends; the next one maps the memory anew, somewhere else
            engine = Engine(Memory(os.dup(engine.memory.descriptor)))
    heard = np.concatenate(heard)
    expected = np.concatenate([music(number) for number in range(blocks)])[:len(heard)]
    assert heard.tobytes() == expected.tobytes()
    assert engine.memory[at.PLAYED] == -(-len(heard) // BLOCK) and engine.memory[at.UNDERRUNS] == 0


def test_the_words_mean_the_same_interpreted(engine):
    """What the simulator plays, as Python, is what the card plays, as machine code."""
    for number in (0, 1, 2):
        engine.render(number % 2, number)
    memory, target = Memory.create(Path("callback"), RATE, BLOCK, LEAD), np.zeros((BLOCK, at.CHANNELS), np.float32)
    memory.bytes[:] = engine.memory.bytes
    for _ in range(6):
        result, samples = engine.play()
        assert play_block(memory.base, target.ctypes.data) == result
        assert target.tobytes() == samples.tobytes() or np.allclose(target, samples, atol=1e-7)
    assert memory.bytes[:at.CARRY].tobytes() == engine.memory.bytes[:at.CARRY].tobytes()
    assert words.load(memory.base + at.PLAYED) == 3


PERIODS = [(480, 1), (1_024, 1), (1_024, 4), (4_096, 1)]


@pytest.mark.parametrize("period, calls", PERIODS)
def test_a_card_that_takes_much_at_once_gets_a_longer_lead(engine, period, calls, capsys):
    """In one call or in several: at first it waits, then it is never concealed again."""
    memory, turns, ready, now = engine.memory, Turns(engine.memory), 0, 10**9
    note, seconds, missed = native(note_turn, "void(intp, int64, int64)"), period / RATE, []
    for turn in range(round(4 / seconds)):
        while ready < memory[at.PLAYED] + memory[at.H_LEAD]:
            engine.render(0, ready)
            ready += 1
        before = memory[at.UNDERRUNS]
        for call in range(calls):
            note(memory.base, now + 20_000 * call, period // calls)
            engine.fill(period // calls)
        missed.append(memory[at.UNDERRUNS] - before)
        now += round(1e9 * seconds)
        if turn and int(5 * turn * seconds) > int(5 * (turn - 1) * seconds):
            turns.look()
    assert any(missed) and not any(missed[len(missed) // 2:])
    assert memory[at.H_LEAD] == min(-(-period // BLOCK) + 2, 64) and f"takes {period} frames at once" in capsys.readouterr().err


def test_a_card_that_is_late_a_few_times_keeps_its_lead(engine):
    """It fills its buffer when it begins; the host stands still now and then."""
    memory, turns, note, now = engine.memory, Turns(engine.memory), native(note_turn, "void(intp, int64, int64)"), 10**9
    for beat in range(50):
        for _ in range(150):
            now += 1_333_333
            note(memory.base, now, BLOCK)
        note(memory.base, now + 10_000, 512 if beat % 5 == 0 else BLOCK)
        turns.look()
    assert memory[at.LONG_TURNS] == 10 and memory[at.H_LEAD] == LEAD


def test_the_threads_of_a_card_are_to_take_after_one_that_is_real_time(monkeypatch):
    """miniaudio gives its threads the class of the one that opens the card."""
    done = []
    card = SimpleNamespace(names=lambda: ["card"], Card=lambda *_: done.append("card"))
    monkeypatch.setitem(sys.modules, "chronus.device.card", card)
    monkeypatch.setattr("chronus.device.pace.linux.realtime", done.append)
    open_card(Memory.create(Path("callback"), RATE, BLOCK, LEAD), "auto")
    assert done == ["device", "card"]
