"""An engine without a supervisor plays on for a while, so that somebody can take it over, and then ends itself."""

import time

from chronus import limits
from chronus.shared import layout as at
from chronus.shared.memory import Memory


def in_charge(memory: Memory):
    """A function to call now and then: False once nobody has been in charge for too long. It then stops the whole engine."""
    since = time.monotonic()

    def watch() -> bool:
        nonlocal since
        if memory.alive("supervisor"):
            since = time.monotonic()
        elif time.monotonic() - since > limits.ORPHAN_SECONDS:
            memory[at.STOP] = 1
        return memory[at.STOP] == 0
    return watch
