"""Musical time by itself, without sound: what control would log goes in, and what the sequencers play comes out, each command at its frame.

Only what is due is asked for, by the code of the replicas, so a test sees every note, gate and knob.
"""
import os
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.control.commands import find
from chronus.control.sequences import Sequences
from chronus.control.timing import intents, packed, verb_of
from chronus.native.build import native
from chronus.native.words import load, load_float64, store
from chronus.patch.graph import Module, Patch
from chronus.replica.sequencer import GLIDE, take_due
from chronus.replica.sides import MACHINE_WORDS, M_ARENA, M_BASE
from chronus.replica.tempo import WHERE_BITS, begin_time
from chronus.replica.transport import direct, play_arpeggio, silence
from chronus.shared.log import NOTE, SCORE, SET
from chronus.shared.memory import Memory
from chronus.shared.program import TIME, key_of
from chronus.shared.score import FULL_VELOCITY, Q_EXTRA, Q_KIND, Q_NEXT, Q_NOW, Q_TARGET, Q_VALUE
from chronus.shared.scores import areas_in, put

RATE = 48_000
PATCH = Patch([Module("keys", "notes"), *(Module(name, "adsr") for name in "abcdefgh"), Module("tone", "kick"), Module("osc", "sine")], [])
NAMES = {**{key_of(*name): "/".join(name) for name in (("keys",), ("osc", "freq"), ("osc", "gain"), ("tone", "freq"))},
         **{key_of(id_, "gate"): id_ for id_ in PATCH.modules}}


class Band:
    """`play` is a command at a frame; `until` plays on and gives (frame, what, value, extra) of all that is due before a frame.

    `what` is a module for a note or a gate, else a knob; `value` a note, a gate or a setting; `extra` what stands in the log.
    """

    def __init__(self, rate: int = RATE):
        self.memory, self.rate = Memory.create(Path("band"), rate, 64, limits.MIN_LEAD), rate
        os.close(self.memory.descriptor)                # the mapping has one of its own
        raw = np.zeros(limits.ARENA_BYTES + 64, np.uint8)
        self.arena = raw[-raw.ctypes.data % 64:][:limits.ARENA_BYTES]
        self.words = np.zeros(MACHINE_WORDS, np.int64)
        self.words[M_BASE // 8], self.words[M_ARENA // 8] = self.memory.base, self.arena.ctypes.data
        self.machine, self.time = self.words.ctypes.data, self.arena.ctypes.data + TIME
        begin_time(self.machine)
        self.take_due = native(take_due, "int64(intp, int64)")
        self.sequences, self.frame, self.heard, self.area = Sequences(lambda: PATCH), 0, [], 0

    def play(self, line: str, moment: int = 0) -> "Band":
        """Commands as they are typed, separated by semicolons, at the frame that the music has come to; changes are meant from `moment` on."""
        for each in line.split(";"):
            address, *words = each.split()
            self.log("/" + address, [number(word) for word in words], moment)
        return self

    def log(self, address: str, args: list, moment: int) -> None:
        if address == "/panic":
            silence(self.machine)
            return
        if address == "/note":
            key, note = self.sequences.arpeggio_note(*args[:2])
            assert play_arpeggio(self.machine, key, note, round(args[2] * FULL_VELOCITY))
            return
        found = self.sequences.tempo(self.rate, *args) if address == "/tempo" else intents(self.sequences, find(address)[0], args, verb_of(address))
        for intent in found:
            extra, value = intent.where | intent.more << WHERE_BITS, intent.value
            if intent.kind == SCORE:
                taken = areas_in(self.arena.view(np.int64), 0)
                self.area = next(area for area in range(self.area + 1, self.area + limits.SCORES) if area % limits.SCORES not in taken) % limits.SCORES
                put(self.memory, self.area, packed(intent.score), 1)
                extra, value = self.area | intent.where << WHERE_BITS, float(moment)
            self.direct(intent.kind, intent.target, value, extra)

    def direct(self, kind: int, target: int, value: float, extra: int) -> None:
        store(self.time + Q_NOW, self.frame)
        direct(self.machine, kind, target, value, extra)

    def until(self, frame: int) -> list[tuple]:
        """Plays up to a frame, which is not played yet; what was heard since the last call."""
        while self.frame < frame:
            store(self.time + Q_NOW, self.frame)
            for _ in range(limits.EVENTS_AT_ONCE):
                if self.take_due(self.machine, self.frame) == 0:
                    break
                self.heard.append((self.frame, *self.due()))
            self.frame = min(max(load(self.time + Q_NEXT), self.frame + 1), frame)
        heard, self.heard = self.heard, []
        return heard

    def due(self) -> tuple:
        kind, target, value, extra = load(self.time + Q_KIND), load(self.time + Q_TARGET), load_float64(self.time + Q_VALUE), load(self.time + Q_EXTRA)
        assert kind in (NOTE, SET, GLIDE) and target in NAMES, (kind, target)
        return NAMES[target], value, extra


def number(word: str):
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def onsets(heard: list[tuple], what: str) -> list[int]:
    """Frames at which a gate opens, or a note begins."""
    return [frame for frame, name, value, extra in heard if name == what and (extra & FULL_VELOCITY if name == "keys" else value > 0.0)]


def ends(heard: list[tuple], what: str) -> list[int]:
    return [frame for frame, name, value, extra in heard if name == what and not (extra & FULL_VELOCITY if name == "keys" else value > 0.0)]


def notes(heard: list[tuple]) -> list[float]:
    """The notes that begin, in order."""
    return [value for _, name, value, extra in heard if name == "keys" and extra & FULL_VELOCITY]
