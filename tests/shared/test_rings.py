"""What processes share: the cut that the first decides, blocks that are never trusted, the log, the events, and the way to an engine."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chronus
from chronus import limits
from chronus.native.build import native
from chronus.shared import events, rings
from chronus.shared import layout as at
from chronus.shared.log import NOTHING, PANIC, SET, Entry, Log, LogFull, hash_words, pack, rows_of, sealed, unpack
from chronus.shared.memory import Memory, OtherVersion, find_engine

BLOCK = 64


@pytest.fixture
def memory(tmp_path):
    return Memory.create(tmp_path, 48_000, BLOCK, 4)


# cutting


def test_the_first_to_ask_decides_for_all(memory):
    memory[at.LOG_HEAD] = 7
    assert rings.cut(memory.base, 5, 0) == 7
    memory[at.LOG_HEAD] = 9
    assert [rings.cut(memory.base, 5, applied) for applied in (0, 3, 7)] == [7, 7, 7]
    assert rings.cut(memory.base, 6, 7) == 9


def test_a_cut_reads_no_more_than_a_block_may(memory):
    memory[at.LOG_HEAD] = limits.ENTRIES_PER_BLOCK + 100
    assert rings.cut(memory.base, 0, 0) == limits.ENTRIES_PER_BLOCK
    assert rings.cut(memory.base, 1, limits.ENTRIES_PER_BLOCK) == limits.ENTRIES_PER_BLOCK + 100


def test_who_slept_through_the_ring_is_too_late(memory):
    rings.cut(memory.base, 5 + limits.CUT_RING_BLOCKS, 0)
    assert rings.cut(memory.base, 5, 0) == rings.TOO_LATE
    assert rings.cut(memory.base, 5 + limits.CUT_RING_BLOCKS, 0) == 0


@pytest.mark.parametrize("edge", [1 << 31, 1 << 32])
def test_blocks_and_entries_are_counted_past_32_bits(memory, edge):
    memory[at.LOG_HEAD] = edge - 1
    for block in range(edge - 3, edge + 3):
        ring = limits.CUT_RING_BLOCKS
        assert rings.cut(memory.base, block - ring, edge - 5) == edge - 1      # what stands in the ring from a turn before
    for i, block in enumerate(range(edge - 3, edge + 3)):
        memory[at.LOG_HEAD] = edge - 1 + i
        assert rings.cut(memory.base, block, edge - 1) == edge - 1 + i
    memory[at.LOG_HEAD] = edge + 100
    assert [rings.cut(memory.base, edge - 3 + i, edge - 1) for i in range(6)] == [edge - 1 + i for i in range(6)]
    assert rings.cut(memory.base, edge - limits.CUT_RING_BLOCKS, edge) == rings.TOO_LATE


def test_native_code_cuts_alike(memory):
    cut = native(rings.cut, "int64(intp, intp, intp)")
    memory[at.LOG_HEAD] = 3
    for block in ((1 << 31) - 2, (1 << 31) - 1, 1 << 31, (1 << 32) - 2):
        assert cut(memory.base, block, 0) == rings.cut(memory.base, block, 0) == 3
        assert cut(memory.base, block - limits.CUT_RING_BLOCKS, 0) == rings.TOO_LATE


@pytest.mark.parametrize("a, b, distance", [(0, 0, 0), (5, 3, 2), (3, 5, -2), (0, 0xFFFFFFFF, 1), (0xFFFFFFFF, 0, -1),
                                            (0x80000000, 0, -(1 << 31)), (0x7FFFFFFF, 0, (1 << 31) - 1), (2, 0xFFFFFFF0, 18)])
def test_ahead_wraps(a, b, distance):
    assert rings.ahead(a, b) == distance


# blocks


def publish(memory, slot, number):
    place = rings.audio_block(memory.base, slot, number)
    rings.begin_block(place)
    samples = memory.floats(place - memory.base + at.BLOCK_SAMPLES, 2 * BLOCK)
    samples[:] = np.arange(2 * BLOCK) + number
    rings.publish_block(memory.base, place, number)
    return samples


def taken(memory, slot, number):
    target = np.zeros(2 * BLOCK, np.float32)
    return rings.take_block(memory.base, slot, number, target.ctypes.data), target


def test_a_block_is_taken_whole_or_not_at_all(memory):
    samples = publish(memory, 1, 3)
    result, target = taken(memory, 1, 3)
    assert result == 1 and (target == samples).all()
    assert [taken(memory, slot, number)[0] for slot, number in ((0, 3), (1, 2), (1, 4), (1, 3 + limits.AUDIO_RING_BLOCKS))] == [0] * 4
    samples[-1] += 1
    assert taken(memory, 1, 3)[0] == -1
    rings.begin_block(rings.audio_block(memory.base, 1, 3))
    assert taken(memory, 1, 3)[0] == 0


def test_a_block_that_is_written_anew_while_it_is_copied_is_not_taken(memory, monkeypatch):
    publish(memory, 0, 3)
    copy = rings.copy

    def overtaken(target, source, count):
        copy(target, source, count)
        publish(memory, 0, 3 + limits.AUDIO_RING_BLOCKS)

    monkeypatch.setattr(rings, "copy", overtaken)
    assert taken(memory, 0, 3)[0] == 0


def test_three_checksums_agree():
    content = np.random.default_rng(1).integers(0, 256, 1024, np.uint8)
    content[:16] = 255
    compiled = native(rings.checksum, "int64(intp, intp)")
    for count in (0, 1, 4, 256):
        plain = rings.checksum(content.ctypes.data, count)
        assert plain == compiled(content.ctypes.data, count) == hash_words(content[:4 * count].tobytes())
        assert 0 <= plain < 1 << 31


# the log


def test_an_entry_survives_its_64_bytes_and_every_damage_is_seen():
    entry = Entry(SET, 3, -0.1, frame=1 << 40, actor=-(1 << 62), extra=5)
    content = pack(entry, 1 << 33)
    assert len(content) == at.ENTRY_BYTES and unpack(content) == Entry(SET, 3, -0.1, 1 << 40, -(1 << 62), 5, 1 << 33)
    for bit in range(8 * at.ENTRY_BYTES):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match="damaged"):
            unpack(bytes(damaged))


def test_native_code_knows_a_whole_entry(memory):
    Log(memory).append(Entry(PANIC, 0, 0.0))
    whole, place = native(rings.entry_is_whole, "int64(intp, intp)"), rings.entry_address(memory.base, 0)
    assert whole(place, 0) == 1 and whole(place, limits.LOG_RING_ENTRIES) == 0
    memory[place - memory.base + at.E_TARGET] = 9
    assert whole(place, 0) == 0


def test_what_is_settled_never_comes_again_and_what_is_not_comes_to_the_next_control(memory):
    log = Log(memory)
    for value in range(5):
        log.append(Entry(SET, 0, float(value), frame=1_000 if value == 1 else -1))
    assert list(log.decided()) == []                                   # nothing is cut yet
    rings.cut(memory.base, 0, 0)
    assert [(e.index, e.value, e.applied) for e in log.decided()] == [(0, 0, 0), (1, 1, 1_000), (2, 2, 0), (3, 3, 0), (4, 4, 0)]
    log.settle(2)
    again = Log(memory)                                                # control was killed after its journal had two lines
    assert [e.index for e in again.decided()] == [2, 3, 4]
    again.settle(5)
    assert list(Log(memory).decided()) == []
    again.append(Entry(SET, 0, 5.0))
    rings.cut(memory.base, 1, 5)
    assert [(e.index, e.applied) for e in Log(memory).decided()] == [(5, BLOCK)]


def test_blocks_without_entries_are_passed_over(memory):
    log = Log(memory)
    for block in range(100):
        rings.cut(memory.base, block, 0)
    log.append(Entry(SET, 0, 1.0))
    rings.cut(memory.base, 100, 0)
    assert [e.applied for e in log.decided()] == [100 * BLOCK]
    assert memory[at.DECIDED] == 100


def test_what_cannot_be_journaled_is_kept_while_the_ring_of_blocks_comes_round(memory):
    log = Log(memory)
    log.append(Entry(SET, 0, 1.0))
    blocks = limits.CUT_RING_BLOCKS + 100
    for block in range(blocks):                             # the disk is full: it is looked at, and never settled
        rings.cut(memory.base, block, min(block, 1))
        if block % 1_000 == 0:
            assert [e.applied for e in log.decided()] == [0]
    log.append(Entry(SET, 0, 2.0))
    rings.cut(memory.base, blocks, 1)
    assert [(e.value, e.applied) for e in log.decided()] == [(1.0, 0), (2.0, blocks * BLOCK)] and memory[at.DECIDED] == 0
    log.settle(2)
    assert list(log.decided()) == [] and memory[at.DECIDED] == blocks + 1 and memory[at.JOURNALED] == 2


def test_a_control_that_was_away_for_a_whole_ring_goes_on(memory):
    log = Log(memory)
    log.append(Entry(SET, 0, 1.0))
    blocks = 2 * limits.CUT_RING_BLOCKS + 100
    for block in range(blocks):
        rings.cut(memory.base, block, min(block, 1))
    log.append(Entry(SET, 0, 2.0))
    rings.cut(memory.base, blocks, 1)
    again = Log(memory)
    assert [(e.value, e.applied) for e in again.decided()] == [(1.0, (blocks - limits.CUT_RING_BLOCKS + 1) * BLOCK), (2.0, blocks * BLOCK)]
    again.settle(2)
    assert list(Log(memory).decided()) == [] and memory[at.DECIDED] == blocks + 1


def test_a_damaged_entry_is_one_that_does_nothing(memory):
    log = Log(memory)
    for _ in range(3):
        log.append(Entry(SET, 0, 1.0))
    memory[memory.plan.log + at.ENTRY_BYTES + at.E_VALUE] = 1
    rings.cut(memory.base, 0, 0)
    assert [(e.index, e.kind) for e in log.decided()] == [(0, SET), (1, NOTHING), (2, SET)]


def test_the_log_is_full_before_it_would_forget_what_is_needed(memory):
    log = Log(memory)
    memory[memory.plan.snapshot + at.S_BLOCK] = 1   # every engine begins with a snapshot of its first block
    room = log.room()
    assert room == limits.LOG_RING_ENTRIES - 1
    memory[at.LOG_HEAD] = room
    with pytest.raises(LogFull, match="send again"):
        log.append(Entry(SET, 0, 1.0))
    assert memory[at.LOG_HEAD] == room
    memory[at.JOURNALED] = room                     # the journal has them, but no other snapshot has been saved: a joining replica needs them
    assert log.room() == 0
    memory[memory.plan.snapshot + at.S_BLOCK], memory[memory.plan.snapshot + at.S_APPLIED] = 65, 1_000
    assert log.room() == 1_000
    memory[at.JOURNALED] = 400
    assert log.room() == 400


def test_a_slot_that_has_long_been_silent_holds_nothing_up(memory):
    log, place = Log(memory), memory.plan.snapshot
    memory[at.LOG_HEAD] = memory[at.JOURNALED] = 5_000
    memory[at.PLAYED] = 10_000
    for slot, block, applied in ((0, 10_000, 4_000), (1, 9_900, 3_000)):
        first = place + 2 * slot * at.SNAPSHOT_STRIDE
        memory[first + at.S_BLOCK], memory[first + at.S_APPLIED] = block, applied
    assert log.room() == limits.LOG_RING_ENTRIES - 1 - 2_000
    memory[place + 2 * at.SNAPSHOT_STRIDE + at.S_BLOCK] = 10_000 - 4 * limits.SNAPSHOT_BLOCKS
    assert log.room() == limits.LOG_RING_ENTRIES - 1 - 1_000


# events


def test_events_are_read_once_in_order_with_their_frame(memory):
    memory[at.PLAYED] = 10
    events.write_event(memory, events.LOST, "replica 0")
    events.write_event(memory, 99, "x" * 500)
    found, number = events.read_events(memory, 0)
    assert [(e.frame, e.name) for e in found] == [(640, "replica/lost"), (640, "event")] and found[0].text == "replica 0"
    assert len(found[1].text) == limits.EVENT_BYTES - at.EVENT_TEXT - 1
    assert events.read_events(memory, number) == ([], 2)


def test_a_reader_who_was_away_gets_what_the_ring_still_holds(memory):
    for i in range(limits.EVENT_RING_ENTRIES + 50):
        events.write_event(memory, events.ENDED, str(i))
    found, number = events.read_events(memory, 0)
    last = limits.EVENT_RING_ENTRIES + 49
    assert number == last + 1 and [int(e.text) for e in found] == list(range(51, last + 1))


# finding an engine

HOLDER = """
import os, sys
from pathlib import Path
from chronus.shared.memory import Memory
memory = Memory.create(Path(sys.argv[1]), 48_000, 64, 4, seed=77)
memory.enter("supervisor", os.getpid())
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the memory of an engine on `tmp_path / "a"`."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "a")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               env={"PYTHONPATH": str(Path(chronus.__file__).parents[1])})
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.communicate(timeout=10)


def test_an_engine_is_found_by_its_session_and_by_no_other(tmp_path, holder):
    found = find_engine(tmp_path / "a")
    assert found[at.H_SEED] == 77 and found.text(at.SESSION_TEXT) == str(tmp_path / "a")
    assert find_engine(tmp_path / "b") is None and find_engine(tmp_path) is None
    with pytest.raises((ValueError, TypeError)):
        found[at.H_SEED] = 1                        # a look is no hold: the mapping cannot be written


def test_nothing_stale_is_found_once_nobody_holds_it(tmp_path, holder):
    holder.kill()
    holder.wait(timeout=10)
    assert find_engine(tmp_path / "a") is None


def test_who_has_looked_does_not_keep_an_engine_alive(tmp_path, holder):
    looked = find_engine(tmp_path / "a")
    holder.kill()
    holder.wait(timeout=10)
    assert looked[at.H_SEED] == 77
    assert find_engine(tmp_path / "a") is None


def test_memory_of_another_version_is_refused(tmp_path):
    memory = Memory.create(tmp_path, 48_000, BLOCK, 4)
    memory[at.H_VERSION] += 1
    with pytest.raises(OtherVersion, match="another version"):
        find_engine(tmp_path)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(-2**63, 2**63 - 1), st.floats(allow_nan=False), st.integers(-1, 2**40), st.integers(0, 2**63 - 1)), max_size=5))
def test_many_entries_are_packed_as_each_alone(rows):
    entries = [Entry(kind, target, value, frame, extra=extra) for kind, target, value, frame, extra in rows]
    assert sealed(rows_of(entries), 7).tobytes() == b"".join(pack(entry, 7 + i) for i, entry in enumerate(entries))


@pytest.mark.parametrize("block", [16, 64, 80, 1_024])
def test_all_parts_begin_a_page(block):
    """Else none of their pages would be brought in before somebody plays them, or, where pages are larger, no engine would start."""
    parts = {name: place for name, place in vars(at.lay_out(block)).items() if name not in ("block", "audio_stride", "tap_stride", "size")}
    assert len(parts) > 10 and all(place % 65_536 == 0 for place in parts.values())
    assert limits.ARENA_BYTES % 65_536 == 0


def test_pages_are_brought_in(tmp_path):
    memory = Memory.create(tmp_path, 48_000, BLOCK, 4)
    before = os.fstat(memory.descriptor).st_blocks
    memory.populate(memory[at.H_ARENA])
    assert (os.fstat(memory.descriptor).st_blocks - before) * 512 >= memory[at.H_LINES] - memory[at.H_ARENA]
    with pytest.raises(ValueError, match="beginning of a page"):
        memory.populate(memory[at.H_ARENA] + 64)
