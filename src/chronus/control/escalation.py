"""What is done where modules end replicas again and again: the patch before plays, then none, each with the reason; never an endless loop.

One crash or loop costs a replica, which is replaced unheard; many in a row come from a patch that should not play. A replica that was
killed from outside leaves no fault record, so it counts for nothing here.
"""
from collections import deque

from chronus import limits
from chronus.control.clients import NOBODY
from chronus.control.commits import Pending
from chronus.patch.graph import Patch, PatchError
from chronus.shared import layout as at
from chronus.shared.events import FAULT, read_events

CALM_SECONDS = 30                       # faults further back than this are forgotten


class Escalation:
    """Counts the faults of the patch that plays. [control]"""

    def __init__(self, control):
        self.control, self.memory, self.number = control, control.memory, control.memory[at.EVENT_HEAD]
        self.faults: deque[tuple[int, str]] = deque(maxlen=limits.FAULTS_IN_A_ROW)
        self.under_way, self.went_back = False, None

    def turn(self) -> None:
        """Looks at what happened; goes back where it was too much."""
        found, self.number = read_events(self.memory, self.number)
        for event in found:
            if event.kind == FAULT and event.text not in {text for _, text in self.faults}:        # both replicas may have had the same
                self.faults.append((event.frame, event.text))
        if self.under_way or len(self.faults) < limits.FAULTS_IN_A_ROW:
            return
        if self.faults[-1][0] - self.faults[0][0] > CALM_SECONDS * self.memory[at.H_RATE]:
            self.faults.popleft()
            return
        self.go_back()

    def go_back(self) -> None:
        """The patch before; no patch at all where there is none, or where that was done a moment ago and did not help."""
        frame, history, playing = self.faults[-1][0], self.control.handlers.patching.history, self.control.playing.patch
        patch, again = Patch([], []), self.went_back is not None and frame - self.went_back < CALM_SECONDS * self.memory[at.H_RATE]
        self.faults.clear()
        self.went_back = frame
        if not playing.modules:
            return
        try:
            while not again:
                patch = history.undo()
                again = patch.hash() != playing.hash()
        except PatchError:
            patch = Patch([], [])
        self.play(patch)

    def play(self, patch: Patch, instead: str = "") -> None:
        what = "the patch before plays again" if patch.modules else f"nothing plays any more{instead}; load a patch, or mend the module first"
        reason = f"modules of this patch ended {limits.FAULTS_IN_A_ROW} replicas in {CALM_SECONDS} s, so {what}"
        patching, self.under_way = self.control.handlers.patching, True

        def done(frame: int, patch: Patch) -> None:
            self.under_way = False
            if not patch.modules:
                patching.history.add(patch, "engine", frame)
            patching.saw(frame)
            self.control.news.tell("/patch/rolled_back", frame, reason)

        def refuse(code: str, message: str) -> None:
            self.under_way = False
            if code == "busy":
                self.play(patch)
            elif patch.modules:
                self.play(Patch([], []), f" (of the patch before: {message})")

        self.control.commits.queue.appendleft(Pending(NOBODY, lambda: (patch, [], 0), done, refuse, probation=False))
