"""The process of one replica: handlers, priority, memory lock, then the native loop until the end."""

import numpy as np

from chronus import limits, linux
from chronus.native.build import native
from chronus.replica import guard
from chronus.replica.arena import Machine, load_kernels, program_words
from chronus.replica.loop import run_replica
from chronus.shared import layout as at
from chronus.shared.memory import Memory

SIGNATURE = "int64(intp, int64)"


def run(memory: Memory, slot: int) -> int:
    """Runs a replica in this process; returns why it ended. [replica]"""
    linux.set_name(f"chronus-rep{slot}")
    guard.install(memory.base, slot)
    program = program_words(memory.words, memory[at.H_PROGRAM])
    arena = np.frombuffer(memory.map, np.uint8, limits.ARENA_BYTES, memory[at.H_ARENA] + slot * limits.ARENA_BYTES)
    machine = Machine(memory.base, program, arena, load_kernels(program), memory.base + at.slot_word(slot, at.CRUMB))
    memory[at.slot_word(slot, at.FAULT_BLOCK)] = -1
    memory[at.slot_word(slot, at.CRUMB)] = 0
    memory.populate(0, memory[at.H_LOG])                # all but the large rings: what every block touches
    linux.lock_memory()
    linux.take_half_of_the_processors(slot)
    linux.realtime("replica")
    return native(run_replica, SIGNATURE)(machine.address, slot)
