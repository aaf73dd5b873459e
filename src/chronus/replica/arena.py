"""A program made ready to run in this process: state at rest in an arena, contexts with real addresses, kernels loaded."""

import numpy as np

from chronus.dsp.kernel import kernel
from chronus.modules.registry import modules
from chronus.native.words import WORD
from chronus.replica.machine import M_ARENA, M_BASE, M_CRUMB, M_KERNELS, M_PROGRAM, MACHINE_WORDS
from chronus.shared import program as at


def program_words(memory: np.ndarray, offset: int) -> np.ndarray:
    """The words of the program at `offset` of a word view of memory."""
    size = int(memory[(offset + at.P_SIZE) // WORD])
    return memory[offset // WORD:(offset + size) // WORD]


def kernel_names(program: np.ndarray) -> list[tuple[str, int]]:
    """(module type, lanes) of each kernel of a program."""
    first, count = int(program[at.P_KERNELS // WORD]), int(program[at.P_KERNEL_COUNT // WORD])
    rows = program.view(np.uint8)[first:first + count * at.KERNEL_NAME_BYTES].reshape(count, at.KERNEL_NAME_BYTES)
    names = [row.tobytes().rstrip(b"\0").decode().split() for row in rows]
    return [(type_, int(lanes)) for type_, lanes in names]


def load_kernels(program: np.ndarray) -> np.ndarray:
    """Addresses, in this process, of the kernels of a program."""
    return np.array([kernel(modules()[type_], lanes) for type_, lanes in kernel_names(program)], np.int64)


class Machine:
    """The private words of one machine. Keeps alive what native code points to."""

    def __init__(self, base: int, program: np.ndarray, arena: np.ndarray, kernels: np.ndarray, crumb: int, at_rest: bool = True):
        """`program` int64 words, `arena` writable bytes 64-aligned, `kernels` addresses, `crumb` the address of the breadcrumb.

        Unless `at_rest`, the arena keeps the state that it holds.
        """
        self.program, self.arena, self.kernels = program, arena, kernels
        self.words = np.zeros(MACHINE_WORDS, np.int64)
        for offset, value in ((M_BASE, base), (M_PROGRAM, program.ctypes.data), (M_ARENA, arena.ctypes.data),
                              (M_KERNELS, kernels.ctypes.data), (M_CRUMB, crumb)):
            self.words[offset // WORD] = value
        self.address = self.words.ctypes.data
        if at_rest:
            self.reset()
        self.link()

    def reset(self) -> None:
        """State at rest."""
        program = self.program
        state, size = int(program[at.P_STATE // WORD]), int(program[at.P_STATE_BYTES // WORD])
        self.arena[:size] = program.view(np.uint8)[state:state + size]

    def link(self) -> None:
        """Contexts with the addresses of this process."""
        program = self.program
        first, count = int(program[at.P_CONTEXTS // WORD]) // WORD, int(program[at.P_CONTEXT_WORDS // WORD])
        contexts = program[first:first + count].copy()
        first, relocations = int(program[at.P_RELOCATIONS // WORD]) // WORD, int(program[at.P_RELOCATION_COUNT // WORD])
        contexts[program[first:first + relocations]] += self.arena.ctypes.data
        place = int(program[at.P_CONTEXT_AT // WORD])
        self.arena[place:place + 8 * count] = contexts.view(np.uint8)
