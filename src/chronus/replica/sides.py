"""Where a machine has its things: an arena with two sides, a program on each, their kernels, and the rings of their delay lines. Native code."""

from chronus.limits import KERNELS, LINE_BYTES, PROGRAM_AREAS, PROGRAM_WORDS, SIDE_BYTES, TABLES
from chronus.native.words import load
from chronus.shared.layout import AREA_SERIAL, AREAS, H_PROGRAM, LINE
from chronus.shared.program import A_AREA_0, MODULE_BYTES, P_MODULE_COUNT, P_MODULES, R_KEY, R_TYPE, SIDES

M_BASE, M_ARENA, M_KERNELS, M_CRUMB, M_MODE, M_LINES, M_RUN, M_TRACE, M_PERFORMED, M_COMMANDS, M_CALM, _, M_TEMPO = (8 * i for i in range(13))
# M_COMMANDS counts what may have changed anything that stood still: commands and verdicts. Then for each side one more than that count since when all its
# knobs stand and are lent to who reads them (0: nobody knows); and the tempo, a float64, that the length of a beat was written with for all of a block (0: none).
# All these are this process's own, and no part of what is played.
PLAYS, REHEARSES, WITNESSES = range(3)      # modes: who rehearses obeys no commit but its own; neither he nor a witness passes verdicts
MACHINE_WORDS = 14
TABLES_IN_ROW = 8 * (KERNELS + 1)
KERNEL_ROW = TABLES_IN_ROW + 8 * TABLES     # of each program area: the serial of the program, then the addresses of its kernels and of its tables


def side_address(machine, side):
    return load(machine + M_ARENA) + SIDES + side * SIDE_BYTES


def lines_address(machine, side):
    """Where the rings of a side's delay lines are."""
    return load(machine + M_LINES) + side * LINE_BYTES


def area_of(machine, side):
    """The program area that a side plays; -1 where it plays none."""
    return load(load(machine + M_ARENA) + A_AREA_0 + 8 * side)


def program_at(machine, area):
    base = load(machine + M_BASE)
    return base + load(base + H_PROGRAM) + area * 8 * PROGRAM_WORDS


def kernels_at(machine, area):
    """The addresses, in this process, of the kernels of the program in an area."""
    return load(machine + M_KERNELS) + area * KERNEL_ROW + 8


def tables_at(machine, area):
    """The addresses, in this process, of the tables of the program in an area."""
    return load(machine + M_KERNELS) + area * KERNEL_ROW + TABLES_IN_ROW


def is_loaded(machine, area):
    """Whether this process has the kernels of the program that is in the area now."""
    base = load(machine + M_BASE)
    serial = load(base + AREAS + LINE * area + AREA_SERIAL)
    return 0 <= area < PROGRAM_AREAS and serial != 0 and load(load(machine + M_KERNELS) + area * KERNEL_ROW) == serial


def row_of(program, key, type_key):
    """The row of the module with a key and a type; 0 where the program has none."""
    row = row_with_key(program, key)
    return row if row != 0 and load(row + R_TYPE) == type_key else 0


def row_with_key(program, key):
    """The row of the module, or of its plane, with a key, by bisection; 0 where the program has none."""
    low, high = 0, load(program + P_MODULE_COUNT)
    rows = program + load(program + P_MODULES)
    while low < high:
        middle = (low + high) // 2
        row = rows + MODULE_BYTES * middle
        found = load(row + R_KEY)
        if found == key:
            return row
        if found < key:
            low = middle + 1
        else:
            high = middle
    return 0
