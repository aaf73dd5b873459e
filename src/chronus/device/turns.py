"""A card may take more at once than lies ready: then the replicas run further ahead."""

import sys
from collections import deque

from chronus import limits
from chronus.shared import layout as at
from chronus.shared.memory import Memory

SECOND = 1000 // limits.HEARTBEAT_MS + 1  # heartbeats
OFTEN = 5                           # long turns in a second, with which a card takes too much at once: one that takes 4096 frames of 48 kHz does so twelve times


class Turns:
    """Lets the replicas run further ahead where the card takes more at once than lies ready."""

    def __init__(self, memory: Memory):
        self.memory, self.seen = memory, deque(maxlen=SECOND)

    def look(self) -> None:
        """Asked once a heartbeat. One long turn means nothing: a card fills its buffer when it begins, and a host may have stood still."""
        memory = self.memory
        self.seen.append(memory[at.LONG_TURNS])
        if self.seen[-1] - self.seen[0] < OFTEN:
            return
        self.seen.clear()
        frames, block = memory[at.LONG_TURN], memory[at.H_BLOCK]
        lead = min(-(-frames // block) + 2, limits.MAX_LEAD)
        if lead > memory[at.H_LEAD]:
            memory[at.H_LEAD] = lead
            print(f"chronus: the sound card takes {frames} frames at once, so the lead is {lead} blocks of {block} from now on; --lead {lead} begins with it",
                  file=sys.stderr, flush=True)
