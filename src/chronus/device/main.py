"""The process that makes sound."""

import time

from chronus import limits, linux
from chronus.device.pace import Pace
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.orphans import in_charge


def run(memory: Memory) -> int:
    """Plays until STOP. 1 where it cannot play on: started again, it takes the card if it is there and the null device if not. [device]"""
    watch = in_charge(memory)
    memory.populate(0, memory[at.H_LOG])
    memory.populate(memory[at.H_TAP])
    linux.lock_memory()
    pace = Pace(memory, memory.text(at.DEVICE_WANTED))
    pace.begin()
    while watch():
        time.sleep(limits.HEARTBEAT_MS / 1000)
        if not pace.look():
            return 1
    pace.end()
    return 0
