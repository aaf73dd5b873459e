"""Chaos of patches: random edits are committed one after the other, as fast as answers come, while knobs turn and processes are killed.

Every sample is held against the render of the log, and at every swap the steps of what was played against those of both patches alone.
"""
import json
import random
import time
from collections import Counter
from math import inf
from pathlib import Path

import numpy as np

from chronus.control.journal import entries as journal_lines
from chronus.control.playing import newest_header
from chronus.control.replay import BYPASSED, COMMITTED, Session
from chronus.control.session import journal_path
from chronus.doors.osc.codec import OscError, decode
from chronus.proof import chaos, judgement
from chronus.proof.chaos import TWIN_SECONDS, Player, Progress, injured_run, resident, twin
from chronus.proof.edits import Editor, heard, shape
from chronus.proof.engine import Door, Engine, busy_patch
from chronus.proof.injuries import GAPS, Injury, plan
from chronus.proof.judgement import CHANCE, chance_of
from chronus.proof.swaps import PROMISED_DBFS, dbfs, misread, swaps
from chronus.recorder.wav import DATA_AT
from chronus.shared import layout as at
from chronus.shared.program import A_ROLLBACKS

VOICES = 3
HELD = {"osc0", "env0", "low0", "pan0"}     # the voice that sounds on, whatever is done around it
PATIENCE_SECONDS = 15.0                     # control gives up on a commit after 10
RETURN_SECONDS = 0.5                        # after control's return, for the answers to what waited at the door
DOUBT_NS = 3_000_000_000                    # a commit may be refused this long after a fault: who tried it out was killed
MEASURED_EVERY = 5                          # commits between two looks at the memory
MISREAD_CHECKS = 10                         # swaps whose old patch is rendered once more, by itself
MOST_OF_A_LIST = 10
REFUSABLE = {"busy", "fault", "state"}      # what a commit, or an edit on it, may be told while a fault is under way
REFUSED_BY_ITS_MAKERS, REFUSED_ELSE = 3, 1  # at most, of one fault: none was in 40 deaths of control and of who tries patches out


class Committer(Player):
    """A player who also commits: edits and a commit are sent at once, the next ones when all is answered, or when control came back."""

    def __init__(self, engine: Engine, dice: random.Random, goal: int, seed: int):
        super().__init__(engine, dice, VOICES)
        self.editor = Editor(busy_patch(VOICES), random.Random(seed + 1), HELD)
        self.desk, self.goal = Door(engine.port), goal
        self.commits, self.unanswered, self.refusals, self.notes = 0, 0, Counter(), []
        self.expected: dict[int, tuple] = {}        # what an acknowledged commit must have made, by its frame
        self.seconds: list[float] = []              # from sending to the answer
        self.wanted, self.waiting, self.parts, self.sent = None, 0, {}, 0.0
        self.control, self.returned = 0, None       # its pid when the edits were sent; since when another is back
        self.gate("env0", 1.0)

    def position(self) -> float:
        """How far the run is: commits. Beyond the goal where it does not go on."""
        return inf if self.notes else self.commits

    def gate(self, id_: str, value: float) -> None:
        self.door.send(f"/gate/{id_}", value)

    def command(self) -> None:
        """A gate or a knob of any module, as it stands after the last commit."""
        patch = self.editor.patch
        envelopes = [id_ for id_ in sorted(heard(patch)) if patch.modules[id_].type == "adsr" and id_ != "env0"]
        if self.dice.random() < 0.3 and envelopes:
            self.gate(self.dice.choice(envelopes), self.dice.choice((0, 0, 1, 0.5)))
        else:
            id_, name, value = self.editor.knob(patch, self.dice)
            self.door.send(f"/mod/{id_}/{name}", value)

    def turn(self) -> None:
        super().turn()
        self.read()
        if self.wanted is None:
            if self.began is not None and self.commits < self.goal and not self.notes:
                self.commit()
        elif self.waiting == 0:
            self.wanted = None
        elif self.control_is_another():
            self.look()
        elif time.monotonic() - self.sent > PATIENCE_SECONDS:
            self.notes.append(f"no answer to a commit within {PATIENCE_SECONDS:g} s")

    def control_is_another(self) -> bool:
        """Whether control died since the edits were sent, and is back for long enough to have answered what waited at the door."""
        memory, pid = self.engine.memory, self.engine.pid("control")
        if pid == self.control or memory[at.READY] != pid:
            self.returned = None
            return False
        self.returned = self.returned or time.monotonic()
        return time.monotonic() - self.returned > RETURN_SECONDS

    def commit(self) -> None:
        """Sends random edits, and the commit."""
        patch, edits = self.editor.some()
        if not edits:
            return
        self.wanted, self.waiting, self.sent = patch, len(edits) + 1, time.monotonic()
        self.control, self.returned = self.engine.pid("control"), None
        for verb, *args in edits:
            self.desk.send(f"/patch/{verb}", *args)
        self.sent = time.monotonic()
        self.desk.send("/patch/commit")

    def look(self) -> None:
        """After an answer that may have been lost with control: what is staged is forgotten, and what plays is asked for."""
        self.control, self.returned, self.parts, self.waiting, self.sent = self.engine.pid("control"), None, {}, inf, time.monotonic()
        self.desk.send("/patch/abort")
        self.desk.send("/patch/show")

    def read(self) -> None:
        """The answers so far."""
        while True:
            try:
                messages = decode(self.desk.socket.recv(65_535))
            except (OSError, OscError):
                return
            for message in messages:
                self.hear(message)

    def hear(self, message) -> None:
        address, args = message.address, message.args
        if address == "/patch/show" and self.waiting == inf:
            number, count, text = args if len(args) == 3 else (0, 1, args[0])
            self.parts[number] = text
            if len(self.parts) == count:
                self.shown(json.loads("".join(text for _, text in sorted(self.parts.items()))))
        elif self.waiting in (0, inf) or address not in ("/done", "/fail"):
            return
        elif address == "/fail":
            self.refused(*args[:3])
        elif args[0] == "/patch/commit":
            self.played_it(args[1])
        else:
            self.waiting -= 1

    def played_it(self, frame: int) -> None:
        """A commit was applied at a frame."""
        self.expected[frame] = shape(self.wanted.as_dict())
        self.seconds.append(time.monotonic() - self.sent)
        self.landed()

    def landed(self) -> None:
        self.editor.patch, self.waiting = self.wanted, 0
        self.commits += 1
        if self.commits % MEASURED_EVERY == 0:
            self.memory_sizes.append(resident(self.engine))

    def refused(self, address: str, code: str, text: str) -> None:
        """An edit or the commit was refused; only a fault is a reason, and only so often."""
        self.refusals[f"{address} {code}"] += 1
        fault = to_blame([*self.injuries, *([self.injury] if self.injury else [])], time.monotonic_ns())
        if code not in REFUSABLE or fault is None:
            self.notes.append(f"{address} was refused without a fault, or more often than one explains: {code} {text}")
        else:
            fault.refused += 1
        self.look()

    def shown(self, patch: dict) -> None:
        """What plays: what was wanted, or what played before, or else something is wrong."""
        if shape(patch) == shape(self.wanted.as_dict()):
            self.unanswered += 1
            self.landed()
        elif shape(patch) == shape(self.editor.patch.as_dict()):
            self.waiting = 0
        else:
            self.notes.append("what plays is neither the patch before the commit nor the one after it")

    def examine(self, session: Path, recording: Path, first: int, frames: int) -> dict:
        """The commits in the journal, and the swaps in the recording."""
        self.desk.close()
        lines, played = list(journal_lines(journal_path(session))), np.memmap(recording, "<f4", "r", DATA_AT, (frames, at.CHANNELS))
        journaled = {line.frame: shape(json.loads(line.args[0])) for line in lines if line.command == COMMITTED}
        log = Session(session)
        found = list(swaps(log, played, first))
        lengths = sorted(1000 * seconds for seconds in self.seconds) or [0.0]
        return {"commits": self.commits, "commits_unanswered": self.unanswered, "commits_refused": dict(self.refusals),
                "commits_refused_unexplained": sum(i.refused for i in self.injuries if not i.ends_commits()), "notes": self.notes,
                "commits_lost": sum(journaled.get(frame) != there for frame, there in self.expected.items()),
                "commits_in_the_journal": len(journaled), "modules_bypassed": sum(line.command == BYPASSED for line in lines),
                "rolled_back": self.engine.memory[newest_header(self.engine.memory) + A_ROLLBACKS], "swaps": len(found),
                "largest_step_dbfs": round(dbfs(max((swap.excess for swap in found), default=0.0)), 1),
                "swaps_misread": misread(log, found, random.Random(1), MISREAD_CHECKS),
                "answered_ms_median": round(lengths[len(lengths) // 2], 1), "answered_ms_p95": round(lengths[int(0.95 * (len(lengths) - 1))], 1)}


def to_blame(injuries: list[Injury], now: int) -> Injury | None:
    """Whose fault it is that something is refused now (ns): of those a moment ago, the last death of who makes commits, or else the last fault. None where
    each of them had its refusals.
    """
    recent = [i for i in injuries if now - max(i.time, i.recovered) < DOUBT_NS]
    free = [i for i in recent if i.refused < (REFUSED_BY_ITS_MAKERS if i.ends_commits() else REFUSED_ELSE)]
    return max(free, key=lambda i: (i.ends_commits(), i.time), default=None)


def verdict(found: dict, calm: tuple[int, float]) -> list[str]:
    """Promises that were broken, in words. A block may be lost only as often as the host loses it with nothing going on: in `calm`."""
    broken = judgement.verdict({**found, "stalls": {}}, 0.0) + found["notes"]
    stalls, expected = sum(n for fault, n in found["stalls"].items() if fault not in GAPS), calm[0] / calm[1] * found["seconds"]
    if stalls and chance_of(stalls, expected) < CHANCE:
        broken.append(f"{stalls} stalls; the host alone makes {expected:.2f} in that time")
    if found["largest_step_dbfs"] > PROMISED_DBFS:
        broken.append(f"a swap made a step of {found['largest_step_dbfs']} dBFS beyond those of both patches, promised {PROMISED_DBFS:g}")
    for name, what in (("commits_lost", "acknowledged commits are not in the journal as they were sent"),
                       ("modules_bypassed", "modules were bypassed, and none was at fault"),
                       ("rolled_back", "commits were taken back, and none was at fault"),
                       ("swaps_misread", "swaps were measured against an old patch that is not the render of it")):
        if found[name]:
            broken.append(f"{found[name]} {what}")
    return broken


def run(commits: int, faults: int, injuries: tuple, seed: int, json: bool) -> int:
    """`chronus chaos --commits`: the exit status, 1 where a promise was broken."""
    half, dice, progress = min(TWIN_SECONDS, max(1.0, commits / 20)), random.Random(seed), Progress("commits")
    progress(None, half, "harmless twin")
    patch, calm_player = busy_patch(VOICES), lambda engine, dice: Player(engine, dice, VOICES)
    calm = twin(half, patch, calm_player, seed)
    found = injured_run(patch, lambda engine: Committer(engine, dice, commits, seed), commits,
                        plan(dice, commits, faults, injuries), progress)
    progress(None, half, "harmless twin again")
    calm = calm + twin(half, patch, calm_player, seed + 1), 2 * half
    broken = verdict(found, calm)
    result = {**judgement.summary({**found, "stalls": {}}, calm, found["seconds"], seed), "stalls": found["stalls"],
              **{key: found[key] for key in found if key.startswith(("commits", "swaps", "answered")) or key in ("largest_step_dbfs", "rolled_back",
                                                                                                         "modules_bypassed")},
              "stalls_expected_of_the_host": round(calm[0] / calm[1] * found["seconds"], 3), "broken": broken}
    if not json:
        refused, unexplained = result["commits_refused"], result["commits_refused_unexplained"]
        print(f"{result['commits']} commits, {result['commits_unanswered']} of them answered by a control that died, refused {sum(refused.values())} "
              f"{refused or ''}, {unexplained} of that though neither control nor the rehearsal was killed; answered in {result['answered_ms_median']} ms, "
              f"95 % in {result['answered_ms_p95']}; {result['swaps']} swaps, the largest step beyond both patches {result['largest_step_dbfs']} dBFS")
    chaos.show(result, json)
    return 1 if broken else 0
