"""The faster kernels of the patch that plays, compiled beside it by a process that yields to everything; who plays takes them up as they are there."""

import os
import subprocess
import sys
import time

from chronus.control.commits import area_word
from chronus.control.playing import playing_area
from chronus.patch.compiler import source_of
from chronus.shared import layout as at
from chronus.shared.bell import strike
from chronus.shared.memory import Memory
from chronus.workshop.build import start_child
from chronus.workshop.faster import missing

QUIET_SECONDS = 1.0                     # nothing is compiled for a patch that is changed again at once
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 10.0                 # so long a patch waits for the compiler of the one before it; hundreds of kernels take minutes
TRIES = 2                               # for one patch; a compiler that was ended by somebody is started again once
WANTED = "CHRONUS_FASTER"               # 0 in the environment: nothing is compiled that is not needed


class Faster:
    """What is compiled for the patch that plays. `program` gives its words. [control]"""

    # It leaves the real-time class of control before it imports anything, takes what nobody else wants, and ends with control (1 is PR_SET_PDEATHSIG).
    BOOTSTRAP = ("import os; os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)); os.nice(19)\n"
                 "import ctypes, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGKILL); os.getppid() == int(sys.argv[1]) or sys.exit()\n"
                 "import json; job = json.load(sys.stdin); sys.path[:] = job['path']\n"
                 "from chronus.workshop.faster import build_faster\n"
                 "sys.exit('\\n'.join(build_faster(map(tuple, job['wanted']))) or 0)")

    def __init__(self, memory: Memory, program):
        self.memory, self.program, self.process, self.begun = memory, program, None, None
        self.on, self.looked, self.seen, self.since, self.tries = os.environ.get(WANTED) != "0", 0.0, None, 0.0, 0

    def status(self) -> dict:
        """How many faster kernels the patch that plays can have, how many are there, and how many both replicas have loaded."""
        made = source_of(self.program())
        count, area = len(made["faster"]), playing_area(self.memory)
        serial, left = area_word(self.memory, area, at.AREA_SERIAL), 0
        for slot in range(2):
            has_it = serial != 0 and self.memory[at.slot_word(slot, at.LOADED + 8 * area)] == serial
            left = max(left, self.memory[at.slot_word(slot, at.NOT_FASTER + 8 * area)] if has_it else count)
        return {"of": count, "there": count - len(missing(made)), "taken": count - left}

    def turn(self) -> None:
        """Begins, goes on, and tells of what is there, now and then."""
        now = time.monotonic()
        if not self.on or now - self.looked < LOOK_SECONDS:
            return
        self.looked = now
        words = self.program()
        if words is not self.seen:
            self.seen, self.since, self.tries = words, now, 0
        if self.process is not None:
            self.watch(now)
        elif self.tries < TRIES and now - self.since > QUIET_SECONDS:
            try:
                self.begin()
            except OSError as error:                    # no room for a file, no process: the ordinary kernels play
                print(f"chronus: faster kernels cannot be compiled: {error}", file=sys.stderr, flush=True)

    def begin(self) -> None:
        """Starts the compiler, where there is anything to compile."""
        self.begun, wanted = self.seen, missing(source_of(self.seen))
        self.tries = TRIES if not wanted else self.tries + 1
        if not wanted:
            strike(self.memory, at.LOAD_REQUEST)                # another engine may have compiled them since the replicas looked
            return
        self.process = start_child(self.BOOTSTRAP, {"wanted": wanted}, str(os.getpid()), stdout=subprocess.DEVNULL)

    def watch(self, now: float) -> None:
        """Tells the replicas of what has come; ends a compiler whose patch plays no more."""
        if self.process.poll() is not None or self.begun is not self.seen and now - self.since > PATIENCE_SECONDS:
            self.close()
        strike(self.memory, at.LOAD_REQUEST)

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
