"""Where the knobs stand: what is set at once counts at once, what has a frame of its own from that frame on.

`Playing.values` is what is told and saved; here it is kept up with the log, and, after control was killed, read back from a checkpoint and
from what the journal and the log have since.
"""
from dataclasses import replace
from heapq import heappop, heappush

import msgspec

from chronus import limits
from chronus.control.checkpoint import Checkpoint
from chronus.control.playing import Playing
from chronus.patch.graph import Patch
from chronus.shared import layout as at
from chronus.shared.log import COMMIT, NOTHING, PANIC, SET, Entry
from chronus.shared.memory import Memory
from chronus.shared.program import key_of

NO_KNOB = 0


class Knobs:
    """`waiting` are the commands that wait for a frame of their own, as (frame, number, knob or NO_KNOB, value), the next first. [control]"""

    def __init__(self, memory: Memory, playing: Playing):
        self.memory, self.playing, self.waiting, self.number = memory, playing, [], 0

    def has_room(self, count: int) -> bool:
        """Whether so many more commands can wait. Never more than the replicas can keep: what they dropped would be in the journal."""
        self.turn()
        return len(self.waiting) + count <= limits.SCHEDULE_ENTRIES

    def take(self, entry: Entry) -> None:
        """A command has gone into the log. A panic closes the gates and forgets what waits."""
        if entry.kind == PANIC:
            self.waiting.clear()
            self.playing.values.update({key: 0.0 for (module, param), key in self.playing.knobs.items() if param == "gate"})
        elif entry.frame >= 0:
            self.number += 1
            heappush(self.waiting, (entry.frame, self.number, entry.target if entry.kind == SET else NO_KNOB, entry.value))
        elif entry.kind == SET:
            self.put(entry.target, entry.value)

    def put(self, knob: int, value: float) -> None:
        if knob in self.playing.values:
            self.playing.values[knob] = value

    def turn(self) -> None:
        """What waited has come to its frame."""
        played = self.memory[at.PLAYED] * self.memory[at.H_BLOCK]
        while self.waiting and self.waiting[0][0] < played:
            _, _, knob, value = heappop(self.waiting)
            self.put(knob, value)

    def recall(self, known: Checkpoint, commands: list[tuple[Entry, str, set[str]]]) -> None:
        """Brings all up to date with a checkpoint and the commands since: each as applied at its `frame`, and of a COMMIT its patch as JSON and the
        names of the parameters that it set.
        """
        commands = [(Entry(SET if knob else NOTHING, knob, value, frame), "", set()) for frame, _, knob, value in sorted(known.waiting)] + commands
        for i in reversed([i for i, (entry, _, _) in enumerate(commands) if entry.kind == PANIC]):
            commands = [each for j, each in enumerate(commands) if j >= i or each[0].frame <= commands[i][0].frame]
        commands = sorted(commands, key=lambda each: each[0].frame)
        commits = [i for i, (entry, _, _) in enumerate(commands) if entry.kind == COMMIT]
        last = next((i for i in reversed(commits) if Patch.from_dict(msgspec.json.decode(commands[i][1])).hash() == self.playing.patch.hash()), -1)
        if last >= 0:           # the patch that plays holds where its knobs stood when it was made; what was turned while it was tried goes on
            earlier = max((i for i in commits if i < last), default=-1)
            left = {key_of(*name.split("/")) for name in commands[last][2]} | self.anew(commands[earlier][1] if earlier >= 0 else "")
            commands = [each for each in commands[earlier + 1:last] if each[0].target not in left] + commands[last + 1:]
        else:
            for name, value in known.values.items():
                self.put(key_of(*name.split("/")), value)
        played = self.memory[at.PLAYED] * self.memory[at.H_BLOCK]
        for entry, _, _ in commands:
            self.take(entry if entry.frame >= played or entry.kind == PANIC else replace(entry, frame=-1))
        self.turn()

    def anew(self, before: str) -> set[int]:
        """The knobs of modules that were something else in a patch `before`, as JSON."""
        modules = Patch.from_dict(msgspec.json.decode(before)).modules if before else {}
        return {key for (id_, _), key in self.playing.knobs.items()
                if id_ in modules and id_ in self.playing.patch.modules and modules[id_].type != self.playing.patch.modules[id_].type}
