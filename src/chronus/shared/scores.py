"""Scores in the shared memory: written whole into a place that nobody needs any more, and never changed. [control]"""

import json
import struct

import numpy as np

from chronus import limits
from chronus.native.words import store_release
from chronus.shared import layout as at
from chronus.shared import score as sc
from chronus.shared.log import hash_words, oldest_needed
from chronus.shared.memory import Memory
from chronus.shared.program import TIME, key_of

ROW = struct.Struct("<dqqdqdqq")
KINDS = {"note": sc.ROW_NOTE, "gate": sc.ROW_GATE, "set": sc.ROW_SET, "glide": sc.ROW_GLIDE, "arpeggio": sc.ROW_ARPEGGIO, "start": sc.ROW_START, "stop": sc.ROW_STOP}
MODES = {"up": sc.UP, "down": sc.DOWN, "up-down": sc.UP_DOWN, "as-played": sc.AS_PLAYED, "random": sc.RANDOM, "chord": sc.CHORD}


class ScoresFull(RuntimeError):
    """All places are needed; one is free again when no snapshot holds it."""


def pack(score) -> bytes:
    """A `music.score.Score` as its header, rows and text. Raises ValueError where the text is too long."""
    text = json.dumps(score.text, separators=(",", ":")).encode()
    if len(text) > limits.SCORE_TEXT_BYTES:
        raise ValueError(f"a pattern may be {limits.SCORE_TEXT_BYTES >> 10} KiB long")
    header = np.zeros(sc.SCORE_HEADER // 8, np.int64)
    for word, value in ((sc.W_MAGIC, sc.SCORE_MAGIC), (sc.W_ROWS, len(score.events)), (sc.W_ONCE, int(score.once)), (sc.W_SEED, score.seed),
                        (sc.W_MODE, MODES[score.arpeggio]), (sc.W_OCTAVES, score.octaves), (sc.W_LATCH, int(score.latch)),
                        (sc.W_LEADS, int(any(event.what in ("start", "stop") for event in score.events))), (sc.W_TEXT_BYTES, len(text)), (sc.W_ENTRY, -1)):
        header[word // 8] = value
    header[sc.W_LENGTH // 8:][:1].view(np.float64)[0] = score.length
    rows = b"".join(map(row, score.events))
    text = text.ljust(-(-len(text) // 4) * 4)
    header[sc.W_CHECK // 8] = check_of(header.tobytes(), rows, text)
    return header.tobytes() + rows.ljust(limits.SCORE_ROWS * sc.ROW_BYTES, b"\0") + text


def check_of(header: bytes, rows: bytes, text: bytes) -> int:
    """`replica.sequencer_table.is_whole` knows it too."""
    return hash_words(header[sc.W_ROWS:sc.W_SERIAL]) ^ hash_words(rows) ^ hash_words(text)


def row(event) -> bytes:
    """One event."""
    name = {"set": tuple(event.target.split("/")), "glide": tuple(event.target.split("/")), "gate": (event.target, "gate")}.get(event.what, (event.target,))
    target = sequencer_key(event.target) if event.what in ("start", "stop") else key_of(*name)
    low, high = round(event.low * sc.CHANCES), round(event.high * sc.CHANCES)
    return ROW.pack(event.beat, KINDS[event.what], target, event.value, max(1, round(event.velocity * sc.FULL_VELOCITY)) | event.salt << sc.SERIAL_SHIFT,
                    event.length, low | high << 31, event.every | event.turn << sc.TURN_SHIFT | place_bits(event.place) << sc.ROW_PLACE)


def place_bits(place: float) -> int:
    """A place between left, -1, and right, 1, as `score.WIDE` says."""
    return round(min(max(place, -1.0), 1.0) * sc.WIDE) & sc.WIDE_MASK


def sequencer_key(name: str) -> int:
    """The key of a sequencer; its own namespace, so that one may be called like a module."""
    return key_of("~sequencer", name)


def place(memory: Memory, area: int) -> int:
    """Offset of a place for a score."""
    return memory[at.H_SCORES] + area * sc.SCORE_BYTES


def room(memory: Memory, area: int) -> np.ndarray:
    """All bytes of a place for a score: a view, not a copy."""
    return memory.bytes[place(memory, area):][:sc.SCORE_BYTES]


def put(memory: Memory, area: int, content: bytes, serial: int) -> None:
    """Writes a score into a place that nobody uses; it counts from when its first word stands there."""
    first = place(memory, area)
    memory[first] = 0
    memory.map[first + 8:first + len(content)] = content[8:]
    memory[first + sc.W_SERIAL] = serial
    store_release(memory.base + first, sc.SCORE_MAGIC)


def text_in(memory: Memory, area: int) -> dict:
    """What the score in a place was made from. Raises ValueError where it is damaged."""
    first = place(memory, area)
    count, size, rows, text = memory[first + sc.W_ROWS], memory[first + sc.W_TEXT_BYTES], first + sc.SCORE_HEADER, first + sc.SCORE_TEXT
    is_possible = 0 <= count <= limits.SCORE_ROWS and 0 <= size <= limits.SCORE_TEXT_BYTES
    if not is_possible or memory[first + sc.W_CHECK] != check_of(memory.map[first:rows], memory.map[rows:rows + sc.ROW_BYTES * count],
                                                                 memory.map[text:text + -(-size // 4) * 4]):
        raise ValueError(f"the score in place {area} is damaged")
    return json.loads(memory.map[text:text + size])


def free(memory: Memory) -> int:
    """A place that no replica, no snapshot and no entry that is still to be read needs; the one that was written first. Raises ScoresFull."""
    starts = [memory[at.H_ARENA] + slot * limits.ARENA_BYTES for slot in (0, 1)]
    starts += [memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE + at.SNAPSHOT_DATA for i in range(2 * at.SNAPSHOTS_PER_SLOT)]
    taken = set().union(*(areas_in(memory.words, start) for start in starts))
    oldest = min(oldest_needed(memory), memory[at.JOURNALED])
    found = [area for area in range(limits.SCORES) if area not in taken and (memory[place(memory, area)] != sc.SCORE_MAGIC
                                                                            or memory[place(memory, area) + sc.W_ENTRY] < oldest)]
    if not found:
        raise ScoresFull("too many patterns were changed at once; send it again in a moment")
    return min(found, key=lambda area: memory[place(memory, area) + sc.W_SERIAL])


def areas_in(words: np.ndarray, arena: int) -> set[int]:
    """The places that the sequencers of an arena, or of a snapshot of one, play or are about to; `arena` is its offset in `words`, in bytes."""
    coming = [sc.S_COMING + i * sc.COMING_BYTES for i in range(limits.SCORE_CHANGES)]
    return {int(words[sequencer + word >> 3]) for sequencer in sequencers(words, arena) for word in (*reversed(coming), sc.S_SCORE)}    # they go down


def sequencers(words: np.ndarray, arena: int):
    """Offsets, in bytes, of the sequencers of an arena that there are."""
    for number in range(limits.SEQUENCERS):
        found = arena + TIME + sc.SEQUENCERS_AT + number * sc.SEQUENCER_BYTES
        if words[found + sc.S_KEY >> 3] != 0:
            yield found


