"""Programs made ready to run in this process: kernels and tables loaded, the state at rest in an arena."""

import sys
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.dsp.kernel import kernel
from chronus.modules.registry import modules
from chronus.native.build import CacheError, build, load_object, native
from chronus.native.words import WORD
from chronus.patch.fusing import FASTER
from chronus.replica.block import SIGNATURE
from chronus.replica.machine import run_block
from chronus.replica.sides import KERNEL_ROW, MACHINE_WORDS, TABLES_IN_ROW, M_ARENA, M_BASE, M_CRUMB, M_KERNELS, M_LINES, M_RUN
from chronus.replica.swap import begin_session
from chronus.shared import layout
from chronus.shared import program as at
from chronus.shared.memory import Memory
from chronus.tables.store import Loaded, TableError, load


def kernel_names(program: np.ndarray) -> list[list[str]]:
    """Of each kernel of a program: module type, or one of FASTER, lanes, and, for these two and a user's module, its object file."""
    first, count = int(program[at.P_KERNELS // WORD]), int(program[at.P_KERNEL_COUNT // WORD])
    rows = program.view(np.uint8)[first:first + count * at.KERNEL_NAME_BYTES].reshape(count, at.KERNEL_NAME_BYTES)
    return [row.tobytes().rstrip(b"\0").decode().split() for row in rows]


def load_kernel(names: list[str]) -> int:
    """The address, in this process, of one of `kernel_names`; 0 for a faster one that was not compiled yet. Raises CacheError where an object file is gone."""
    if names[0] in FASTER:
        return load_faster(names[2])
    return load_object(names[2]) if len(names) > 2 else kernel(modules()[names[0]], int(names[1]))


def load_faster(name: str) -> int:
    """The address of a kernel that nobody needs, because others do the same slower; 0 while it is not there."""
    try:
        return load_object(name)
    except CacheError:
        return 0


def table_digests(program: np.ndarray) -> list[str]:
    """The digests of a program's tables."""
    first, count = (int(program[word // WORD]) for word in (at.P_TABLES, at.P_TABLE_COUNT))
    text = program.view(np.uint8)[first:first + count * at.TABLE_NAME_BYTES].tobytes().decode()
    return [text[i:i + at.TABLE_NAME_BYTES] for i in range(0, len(text), at.TABLE_NAME_BYTES)]


_inherited: list[dict] = []


def inherit(parents: "Kernels", plays: bool) -> None:
    """In a child: its parent's tables are let go, if it plays not before it has made them its own."""
    if plays:
        _inherited.append(parents.tables)
    else:
        parents.tables.clear()


class Kernels:
    """The kernels and the tables that this process has loaded, for each program area. `address` is that of the rows that native code reads."""

    def __init__(self, shared: Memory):
        self.memory, self.failed = shared, {}
        self.tables: dict[int, list[Loaded]] = {}
        self.faster: dict[int, list[tuple[int, str]]] = {}      # of each area what was not compiled yet: a kernel's index and its object file
        self.table = np.zeros((limits.PROGRAM_AREAS, KERNEL_ROW // WORD), np.int64)
        self.address = self.table.ctypes.data

    def load(self) -> list[tuple[int, int]]:
        """Loads what has come into the areas since the last call; (area, serial) of each that is ready now.

        A program whose kernels or tables cannot be loaded is left out, and said once: whoever waits for it will not hear that it is ready. The
        tables of programs that nobody needs any more are let go.
        """
        ready, folder = [], self.memory.text(layout.SESSION_TEXT)
        for area in range(limits.PROGRAM_AREAS):
            line = layout.AREAS + layout.LINE * area
            serial = self.memory[line + layout.AREA_SERIAL]
            if serial != 0 and serial == self.memory[line + layout.AREA_LET_GO]:
                self.table[area, 0] = 0
                self.tables.pop(area, None)
                self.faster.pop(area, None)
            elif serial not in (0, self.table[area, 0]) and serial not in self.failed:
                try:
                    names = kernel_names(self.memory.program(area))
                    addresses = list(map(load_kernel, names))
                    tables = [load(digest, Path(folder) if folder else None) for digest in table_digests(self.memory.program(area))]
                except (CacheError, KeyError, OSError, RuntimeError, TableError) as error:
                    print(f"chronus: a patch cannot be loaded: {error}", file=sys.stderr, flush=True)
                    self.failed[serial] = str(error)
                    continue
                self.table[area, 0] = 0
                self.table[area, 1:1 + len(addresses)] = addresses
                first = TABLES_IN_ROW // WORD
                self.table[area, first:first + len(tables)] = [table.address for table in tables]
                self.tables[area] = tables
                self.faster[area] = [(i, name[2]) for i, (name, address) in enumerate(zip(names, addresses)) if address == 0]
                self.table[area, 0] = serial
                ready.append((area, serial))
        while _inherited:
            _inherited.pop().clear()
        self.load_faster()
        return ready

    def load_faster(self) -> None:
        """Takes up the faster kernels that were compiled meanwhile; from one block to the next they run, with the same bits."""
        for area, waiting in self.faster.items():
            for index, name in list(waiting):
                if address := load_faster(name):
                    self.table[area, 1 + index] = address
                    waiting.remove((index, name))


class Machine:
    """The private words of one machine. Keeps alive what native code points to."""

    def __init__(self, shared: Memory, arena: np.ndarray, kernels: Kernels, crumb: int, lines: int):
        """`arena` writable bytes 64-aligned, `crumb` the address of the breadcrumb, `lines` that of the memory for delay lines."""
        self.arena, self.kernels = arena, kernels
        self.words = np.zeros(MACHINE_WORDS, np.int64)
        for offset, value in ((M_BASE, shared.base), (M_ARENA, arena.ctypes.data), (M_KERNELS, kernels.address), (M_CRUMB, crumb), (M_LINES, lines),
                              (M_RUN, build(run_block, SIGNATURE))):
            self.words[offset // WORD] = value
        self.address = self.words.ctypes.data

    def begin(self, area: int) -> None:
        """The state before the first block: the program in `area`, at rest."""
        native(begin_session, "void(intp, int64)")(self.address, area)
