"""The state of a session that ended in peace, kept beside its journal: taking it up again replays only what came after.

It is a snapshot as replicas join from, with all that it needs: the rings of its delay lines, its programs, and what its sequencers play. It
counts only for the very journal that it was made with, read by the very program that wrote it; whoever finds none replays from the beginning.
"""
import hashlib
import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import chronus
from chronus.native.build import toolchain
from chronus.native.words import WORD
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared import scores
from chronus.shared.files import save as save_file
from chronus.shared.memory import Memory

NAME = "resting"                        # the file, in the folder of the session
BEFORE_THE_END = 16                     # blocks: the journal may end a moment before the device


@dataclass(frozen=True)
class Resting:
    """What plays at the beginning of `block`: the programs by their areas, the scores by their places, the rings by their sides."""

    block: int
    snapshot: bytes
    programs: dict[int, bytes]
    scores: dict[int, bytes]
    rings: dict[int, bytes]


@cache
def identity() -> str:
    """A hash of all of this program, and of what makes instructions of it: another one may keep its state in another way."""
    digest = hashlib.sha256(toolchain().encode())
    for path in sorted(Path(chronus.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def newest(memory: Memory) -> tuple[int, int] | None:
    """(slot, offset) of the newest snapshot that was played and whose rings still hold what they held then; None where there is none."""
    found = []
    for index in range(2 * at.SNAPSHOTS_PER_SLOT):
        slot, place = index // at.SNAPSHOTS_PER_SLOT, memory[at.H_SNAPSHOT] + index * at.SNAPSHOT_STRIDE
        number = memory[place + at.S_BLOCK]
        is_played = 0 < number <= memory[at.PLAYED] - BEFORE_THE_END
        if is_played and memory[at.slot_word(slot, at.CRUMB)] // pr.CRUMB_OPERATIONS < number - 1 + memory[at.H_LINE_KEPT]:
            found.append((number, slot, place))
    return max(found)[1:] if found else None


def resting_in(memory: Memory) -> Resting | None:
    """The newest state in the memory of an engine whose replicas have ended; None where there is none, or a patch is just coming into it."""
    if (where := newest(memory)) is None:
        return None
    slot, place = where
    arena, count = place + at.SNAPSHOT_DATA, memory[place + at.S_BYTES]
    if memory[arena + pr.A_COMING] >= 0:
        return None
    areas = {side: memory[arena + word] for side, word in enumerate((pr.A_AREA_0, pr.A_AREA_1)) if memory[arena + word] >= 0}
    programs = {area: memory.program(area).tobytes() for area in areas.values()}
    rings = {side: memory.rings(slot, side)[:memory.program(area)[pr.P_LINE_BYTES // WORD]].tobytes() for side, area in areas.items()}
    played = scores.areas_in(memory.words, arena) - {-1}
    return Resting(memory[place + at.S_BLOCK] - 1, memory.bytes[place:arena + count].tobytes(), programs,
                   {area: scores.room(memory, area).tobytes() for area in played}, rings)


def put(memory: Memory, resting: Resting) -> None:
    """Writes a state into new memory, as a snapshot of slot 0."""
    place = memory[at.H_SNAPSHOT]
    memory.bytes[place:place + len(resting.snapshot)] = np.frombuffer(resting.snapshot, np.uint8)
    for side, ring in resting.rings.items():
        memory.rings(0, side)[:len(ring)] = np.frombuffer(ring, np.uint8)
    for area, score in resting.scores.items():
        scores.room(memory, area)[:] = np.frombuffer(score, np.uint8)


def save(folder: Path, journal: Path, resting: Resting) -> None:
    """Keeps a state beside the journal that led to it. Raises OSError."""
    parts = {"snapshot": {0: resting.snapshot}, "programs": resting.programs, "scores": resting.scores, "rings": resting.rings}
    content = b"".join(part for kind in parts.values() for part in kind.values())
    journaled = journal.read_bytes()
    header = {"program": identity(), "block": resting.block, "journal": [len(journaled), hashlib.sha256(journaled).hexdigest()],
              "parts": {kind: {number: len(part) for number, part in found.items()} for kind, found in parts.items()},
              "sha256": hashlib.sha256(content).hexdigest()}
    save_file(folder / NAME, json.dumps(header).encode() + b"\n" + zlib.compress(content, 1), durable=False)        # most of it is 0


def read(folder: Path, journal: Path) -> Resting | None:
    """The state that was kept; None where there is none, it is damaged, or another journal or another program made it."""
    try:
        head, _, packed = (folder / NAME).read_bytes().partition(b"\n")
        header, content = json.loads(head), zlib.decompress(packed)
        size, digest = header["journal"]
        with journal.open("rb") as file:
            is_same = hashlib.sha256(file.read(size)).hexdigest() == digest
        if header["program"] != identity() or not is_same or hashlib.sha256(content).hexdigest() != header["sha256"]:
            return None
        parts, begin = {}, 0
        for kind, sizes in header["parts"].items():
            parts[kind] = {}
            for number, length in sizes.items():
                parts[kind][int(number)] = content[begin:begin + length]
                begin += length
        return Resting(header["block"], parts["snapshot"][0], parts["programs"], parts["scores"], parts["rings"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zlib.error):
        return None
