"""The process that rehearses: waits for a new patch, tries it unheard, and says how it went. It may crash or be ended; nobody hears that.

It is also the witness when the replicas disagree, because it has what a replica has, and nothing to do.
"""

import mmap
import os

import numpy as np

from chronus import limits, linux
from chronus.native.build import native
from chronus.replica import guard
from chronus.replica.arena import Kernels, Machine
from chronus.replica.rehearsal import MISSING, NO_SNAPSHOT, rehearse
from chronus.replica.witness import liar, testify
from chronus.shared import layout as at
from chronus.shared.bell import listen
from chronus.shared.memory import Memory

SIGNATURE = "int64(intp, int64, int64)"
NAP_SECONDS = 0.1
TRIES = 20                              # a snapshot that was just being written is there a moment later


def bear_witness(memory: Memory, ask) -> None:
    """Answers the supervisor: which slot was wrong about a block."""
    request, places = memory[at.WITNESS_REQUEST], [memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE for i in range(2 * at.SNAPSHOTS_PER_SLOT)]
    oldest_first = sorted(range(len(places)), key=lambda i: memory[places[i] + at.S_BLOCK])
    votes = [ask(index, memory[at.WITNESS_BLOCK]) for index in oldest_first]
    memory[at.WITNESS_LIAR] = liar(votes, (memory[at.WITNESS_SUM_0], memory[at.WITNESS_SUM_1]))
    memory[at.WITNESS_DONE] = request


def run(memory: Memory, watch) -> int:
    """Rehearses until STOP, or until `watch` says that nobody is in charge. [rehearsal]"""
    guard.install(memory.base, at.REHEARSAL_SLOT)
    raw = np.full(limits.ARENA_BYTES + at.PAGE, 1, np.uint8)           # touched now, so that the first rehearsal does not wait for its pages
    arena = raw[-raw.ctypes.data % at.PAGE:][:limits.ARENA_BYTES]
    kernels = Kernels(memory)
    kernels.load()
    lines = mmap.mmap(-1, 2 * limits.LINE_BYTES)
    machine = Machine(memory, arena, kernels, memory.base + at.slot_word(at.REHEARSAL_SLOT, at.CRUMB), np.frombuffer(lines, np.uint8).ctypes.data)
    try_it, ask = native(rehearse, SIGNATURE), native(testify, SIGNATURE)
    linux.realtime("rehearsal")
    while memory[at.STOP] == 0:
        seen = memory[at.LOAD_REQUEST]
        if memory[at.WITNESS_REQUEST] != memory[at.WITNESS_DONE]:
            kernels.load()
            bear_witness(memory, lambda index, block: ask(machine.address, index, block))
        request = memory[at.RH_REQUEST]
        if request == memory[at.RH_TRIED]:
            listen(memory, at.LOAD_REQUEST, seen, NAP_SECONDS)
            watch()
            continue
        memory[at.RH_TRIED] = request           # who comes after us does not try again what ended us
        for _ in range(TRIES):
            kernels.load()
            result = try_it(machine.address, memory[at.RH_AREA], os.getpid())
            if result not in (NO_SNAPSHOT, MISSING):
                break
        memory[at.RH_RESULT] = result
        memory[at.RH_DONE] = request
    return 0
