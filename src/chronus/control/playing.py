"""What plays, as control knows it: the patch, where its knobs stand, what became of its modules. The truth is in shared memory.

A commit changes this when it goes into the log; that it was taken back, or that a module was bypassed, is seen in the state of the
replica that leads, and told to those who asked for news.
"""
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.control.journal import Line
from chronus.control.knobs import Knobs
from chronus.control.own_modules import install_used
from chronus.control.replay import BYPASSED, ENGINE
from chronus.patch.compiler import MASTER, Program, compile_patch, source_of
from chronus.patch.graph import Patch
from chronus.patch.tone import TONE, knob_keys
from chronus.replica.verdicts import ANNULLED, POSTED, STATE, block_of, operation_of, reason_of
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.faults import reason_text
from chronus.shared.log import PANIC, SET, Entry
from chronus.shared.memory import Memory
from chronus.shared.rings import LOW, ahead

STATUS = {pr.BYPASSED: "bypassed", pr.QUARANTINED: "quarantined", pr.RETURNING: "returning"}
NAMES_KEPT = 65_536                     # keys whose names are remembered: those of patches long gone are forgotten first


def leading_arena(memory: Memory) -> int | None:
    """Offset of the arena of the replica that is furthest; None while none is in step."""
    slot = max((0, 1), key=lambda slot: (memory[at.slot_word(slot, at.HEAD)], slot == memory[at.LEADER]))
    return memory[at.H_ARENA] + slot * limits.ARENA_BYTES if memory[at.slot_word(slot, at.HEAD)] else None


def newest_header(memory: Memory) -> int:
    """Offset of the header of the leading arena, or of the newest snapshot, which the replicas that come will begin with."""
    arena = leading_arena(memory)
    if arena is not None:
        return arena
    places = [memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE for i in range(2 * at.SNAPSHOTS_PER_SLOT)]
    return max(places, key=lambda place: memory[place + at.S_BLOCK]) + at.SNAPSHOT_DATA


def playing_area(memory: Memory) -> int:
    """The program area that is heard, or will be in some blocks."""
    header = newest_header(memory)
    if memory[header + pr.A_COMING] >= 0:
        return memory[header + pr.A_COMING]
    return memory[header + pr.A_AREA_0 + 8 * (memory[header + pr.A_SIDE] & 1)]


def has_applied(memory: Memory, index: int) -> bool:
    """Whether the replica that is furthest has applied an entry of the log."""
    arena = leading_arena(memory)
    return arena is not None and memory[arena + pr.A_APPLIED] > index


def rows_that_play(memory: Memory) -> tuple[int, np.ndarray]:
    """Where the side that is heard begins in the leading arena, and the rows of its modules, a word a column; no rows while nobody is in step."""
    arena = leading_arena(memory)
    side = memory[arena + pr.A_SIDE] & 1 if arena is not None else 0
    area = memory[arena + pr.A_AREA_0 + 8 * side] if arena is not None else -1
    if not 0 <= area < limits.PROGRAM_AREAS:
        return 0, np.zeros((0, pr.MODULE_BYTES // 8), np.int64)
    words = memory.program(area)
    first, count = int(words[pr.P_MODULES // 8]) // 8, int(words[pr.P_MODULE_COUNT // 8])
    return arena + pr.side_offset(side), words[first:first + count * (pr.MODULE_BYTES // 8)].reshape(count, -1)


class Playing:
    """`patch` as it was committed last, `program` as compiled, `settings` where the knobs stand. `names` gives keys their names."""

    def __init__(self, memory: Memory, folder: Path):
        self.memory, self.folder, self.names, self.troubles = memory, folder, {}, {}
        self.settings = Knobs(memory, lambda: newest_header(memory))
        area = playing_area(memory)
        self.rollbacks = memory[newest_header(memory) + pr.A_ROLLBACKS]
        for other in range(limits.PROGRAM_AREAS):
            if memory[at.AREAS + at.LINE * other + at.AREA_SERIAL] != 0 and other != area:
                self.learn(self.patch_in(other))
        self.follow()
        self.troubles = {name: row for name, row in self.offenders().items() if row[0] == pr.PLAYING}      # the others are told again

    def patch_in(self, area: int) -> Patch:
        """The patch that a program area holds."""
        source = source_of(self.memory.program(area))
        install_used(self.folder, source["own"])
        return Patch.from_dict(source["patch"])

    def learn(self, patch: Patch) -> None:
        """Remembers what the keys of a patch stand for."""
        named = {key: name for name, key in knob_keys(patch).items()} | {pr.key_of(id_): (id_, "") for id_ in (*patch.modules, TONE.id, MASTER.id)}
        for key, name in named.items():
            self.names.pop(key, None)
            self.names[key] = name
        while len(self.names) > NAMES_KEPT:
            del self.names[next(iter(self.names))]

    def take(self, patch: Patch, program: Program, turned=(), entry: int = -1) -> None:
        """This patch plays from now on, by a commit if that is an `entry` of the log: knobs of modules that stay are left where they are, except those
        that are `turned`.
        """
        before, turned = getattr(self, "patch", patch), set(turned)
        self.learn(patch)
        self.patch, self.program, self.knobs, self.modules = patch, program, program.knobs, program.modules
        self.settings.forget_but(self.knobs.values())
        for (id_, name), key in self.knobs.items() if entry >= 0 else ():
            stays = id_ not in patch.modules or id_ in before.modules and before.modules[id_].type == patch.modules[id_].type
            if not stays or (id_, name) in turned:
                self.settings.put(key, entry, self.usual(id_, name))

    def usual(self, id_: str, name: str) -> float:
        """What the patch sets a parameter to."""
        module = self.patch.modules.get(id_)
        return module.params.get(name, module.declaration.param(name).default) if module else 0.0

    def follow(self) -> None:
        """What the replicas play is what is told, whoever committed it."""
        patch = self.patch_in(playing_area(self.memory))
        self.take(patch, compile_patch(patch, self.memory[at.H_RATE], self.memory[at.H_BLOCK]))

    def hear(self, entry: Entry, index: int) -> None:
        """An entry has gone into the log. A panic closes the gates."""
        if entry.kind == SET and entry.frame < 0:
            self.settings.put(entry.target, index, entry.value)
        for (_, name), key in self.knobs.items() if entry.kind == PANIC else ():
            if name == "gate":
                self.settings.put(key, index, 0.0)

    def values(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
        """Where parameters stand; of those that reach no output what the patch sets them to."""
        usual = {name: self.usual(*name) for name in names}
        told = self.settings.read({self.knobs[name]: value for name, value in usual.items() if name in self.knobs})
        return {name: told.get(self.knobs.get(name), value) for name, value in usual.items()}

    def live(self) -> Patch:
        """The patch with its knobs where they stand."""
        told, found = self.values((m.id, p.name) for m in self.patch.modules.values() for p in m.declaration.params if p.unit != "gate"), {}
        for id_, module in self.patch.modules.items():
            params = {p.name: told[id_, p.name] for p in module.declaration.params if p.unit != "gate" and told[id_, p.name] != p.default}
            found[id_] = replace(module, params=params)
        return self.patch.changed(found, self.patch.cables)

    def rolled_back(self) -> str | None:
        """The reason, once, when the replicas took the last commit back; the patch before is then the one that plays."""
        arena, memory = leading_arena(self.memory), self.memory
        if arena is None or memory[arena + pr.A_ROLLBACKS] <= self.rollbacks:
            return None
        self.rollbacks = memory[arena + pr.A_ROLLBACKS]
        name = self.names.get(memory[arena + pr.A_ROLLED_MODULE] & -pr.PLANES, ("the patch",))[0]
        self.follow()
        return f"'{name}' {reason_text(memory[arena + pr.A_ROLLED_REASON])} while the commit was on probation; the patch before plays again"

    def offenders(self) -> dict[str, tuple[int, int, int]]:
        """(status, reason, block) of each module that was at fault and was not retried since, and of each that does not simply play."""
        memory = self.memory
        begin, rows = rows_that_play(memory)
        lives = begin + rows[:, pr.R_LIVE // 8]
        statuses, found = memory.words[lives // 8], {}                 # the status, and in the upper half the offences
        for i in np.flatnonzero(statuses):
            place = int(lives[i])
            reason = int(np.frombuffer(memory.map, np.int32, 1, place + pr.L_REASON)[0])
            name = self.names.get(int(rows[i, pr.R_KEY // 8]) & -pr.PLANES, ("?",))[0]
            row = int(statuses[i]) & LOW, reason, memory[place + pr.L_BLOCK]
            found[name] = max(found.get(name, row), row)            # of its planes the one that is worst off
        return found

    def conditions(self) -> dict[str, tuple[int, int, int]]:
        """(status, reason, block) of each module that does not simply play."""
        return {name: row for name, row in self.offenders().items() if row[0] != pr.PLAYING}

    def news(self) -> list[tuple]:
        """(address, block, module, sentence) of each module that was bypassed, were it for one block, or came back, since the last call."""
        now, told = self.offenders(), []
        for name, (status, reason, block) in now.items():
            before, _, since = self.troubles.get(name, (pr.PLAYING, 0, -1))
            is_new = since != block
            if status == pr.QUARANTINED and (is_new or before != status):
                told.append(("/module/quarantined", block, name,
                             f"'{name}' {reason_text(reason)} so it is bypassed; /module/retry {name} tries it again"))
            elif is_new:
                told.append(("/module/bypassed", block, name, f"'{name}' {reason_text(reason)} so it is bypassed; it is tried again in a moment"))
            if status == pr.PLAYING and (is_new or before != status):
                told.append(("/module/returned", None, name, f"'{name}' plays again"))
        told += [("/module/returned", None, name, f"'{name}' plays again") for name, row in self.troubles.items()
                 if name not in now and row[0] != pr.PLAYING and name in self.patch.modules]
        self.troubles = now
        return told

    def quarantined(self) -> list[dict]:
        """The modules that are out of order, for the status."""
        return [{"module": name, "status": STATUS.get(status, "?"), "reason": reason_text(reason).rstrip(","), "block": block}
                for name, (status, reason, block) in self.conditions().items()]

    def verdicts(self):
        """Yields (number, journal line or None) of each verdict that was reached and not journaled yet. The caller says by `told` that it is."""
        memory, number = self.memory, self.memory[at.VERDICTS_TOLD]
        while True:
            place = 8 * (number % limits.VERDICTS)
            word, module = memory[at.VERDICT_WORDS + place], memory[at.VERDICT_MODULES + place]
            if word == 0 or word % STATE == POSTED or (word % STATE != ANNULLED and module == 0):
                return
            played = memory[at.PLAYED]              # read once: it moves
            block = played + ahead(block_of(word) & LOW, played & LOW)
            key, leaving, reason = (module - 1) // 2, (module - 1) % 2, reason_of(word)
            id_ = self.names.get(key & -pr.PLANES, ("",))[0]
            line = Line(block * memory[at.H_BLOCK], ENGINE, BYPASSED, [id_, reason_text(reason).rstrip(","), reason, leaving, number])
            yield number, None if word % STATE == ANNULLED else line
            number += 1

    def told(self, number: int) -> None:
        """Verdict `number` is in the journal; the place half a ring on is made free."""
        memory, place = self.memory, 8 * ((number + limits.VERDICTS // 2) % limits.VERDICTS)
        memory[at.VERDICT_MODULES + place] = memory[at.VERDICT_WORDS + place] = 0
        memory[at.VERDICTS_TOLD] = number + 1

    def module_at_fault(self, block: int, operation: int) -> str | None:
        """The module of the verdict about a block and an operation, if one was reached."""
        memory = self.memory
        for number in range(max(0, memory[at.VERDICT_HEAD] - limits.VERDICTS // 4), memory[at.VERDICT_HEAD]):
            word = memory[at.VERDICT_WORDS + 8 * (number % limits.VERDICTS)]
            if block_of(word) == block & LOW and operation_of(word) == operation:
                return self.names.get((memory[at.VERDICT_MODULES + 8 * (number % limits.VERDICTS)] - 1) // 2 & -pr.PLANES, (None,))[0]
        return None
