"""The process of one replica: handlers, priority, memory lock, then the native loop until the end; a thread beside it loads new kernels."""

import threading
import time

import numpy as np

from chronus import limits, linux
from chronus.native.build import native
from chronus.native.words import WORD
from chronus.replica import guard
from chronus.replica.arena import Kernels, Machine
from chronus.replica.loop import NEEDS_KERNELS, run_replica
from chronus.replica.sides import M_PERFORMED
from chronus.shared import layout as at
from chronus.shared.bell import listen
from chronus.shared.memory import Memory

SIGNATURE = "int64(intp, int64)"
BEGUN_SECONDS = 0.1                     # by then a new replica is in its native loop: 10 ms here
LOOK_SECONDS = 0.25                     # how long a new program may go unnoticed if its bell was not heard


class Loader:
    """Loads the kernels of new programs, and says which this process has. The only Python that runs beside the native loop."""

    def __init__(self, memory: Memory, slot: int):
        self.memory, self.slot, self.lock, self.kernels = memory, slot, threading.Lock(), Kernels(memory)
        for area in range(limits.PROGRAM_AREAS):
            memory[at.slot_word(slot, at.LOADED + 8 * area)] = 0
        self.load()

    def load(self) -> None:
        """What is new now. Nobody takes the CPU time of this for that of a module: `LOADING` says that it is going on."""
        memory, slot = self.memory, self.slot
        with self.lock:
            memory[at.slot_word(slot, at.LOADING)] = 1
            try:
                for area, serial in self.kernels.load():
                    memory[at.slot_word(slot, at.LOADED + 8 * area)] = serial
                for area, waiting in self.kernels.faster.items():
                    memory[at.slot_word(slot, at.NOT_FASTER + 8 * area)] = len(waiting)
            finally:
                memory[at.slot_word(slot, at.BLOCK_CPU)] = time.process_time_ns()
                memory[at.slot_word(slot, at.LOADING)] = 0

    def keep_loading(self) -> None:
        """Loads whenever the bell is struck. Of the ordinary class only when the native loop runs: before, one that holds the interpreter and waits for
        a processor would keep it from beginning.
        """
        listen(self.memory, at.LOAD_REQUEST, self.memory[at.LOAD_REQUEST], BEGUN_SECONDS)
        linux.ordinary()
        seen = -1
        while True:
            if self.memory[at.LOAD_REQUEST] != seen:
                seen = self.memory[at.LOAD_REQUEST]
                self.load()
            listen(self.memory, at.LOAD_REQUEST, seen, LOOK_SECONDS)


def run(memory: Memory, slot: int) -> int:
    """Runs a replica in this process; returns why it ended. [replica]"""
    linux.set_name(f"chronus-rep{slot}")
    linux.take_half_of_the_processors(slot)
    guard.install(memory.base, slot)
    arena = np.frombuffer(memory.map, np.uint8, limits.ARENA_BYTES, memory[at.H_ARENA] + slot * limits.ARENA_BYTES)
    loader = Loader(memory, slot)
    machine = Machine(memory, arena, loader.kernels, memory.base + at.slot_word(slot, at.CRUMB), memory.lines(slot))
    machine.words[M_PERFORMED // WORD] = memory.base + memory[at.H_PERFORMED] + slot * at.PERFORMED_STRIDE
    memory[at.slot_word(slot, at.FAULT_BLOCK)] = -1
    memory[at.slot_word(slot, at.CRUMB)] = 0
    memory.populate(0, memory[at.H_LOG])                # what every block touches
    memory.populate(memory[at.H_ARENA] + slot * limits.ARENA_BYTES, limits.ARENA_BYTES)
    threading.Thread(target=loader.keep_loading, daemon=True).start()
    linux.lock_memory()
    linux.realtime("replica")
    replicate = native(run_replica, SIGNATURE)
    while (result := replicate(machine.address, slot)) == NEEDS_KERNELS:
        loader.load()
    return result
