"""A compiled patch as one array of words: the parts that the compiler made, one behind the other."""

import json
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from chronus import limits
from chronus.patch.fusing import FASTER
from chronus.patch.graph import Cable, PatchError
from chronus.shared import program as at


@dataclass(frozen=True)
class Program:
    """What the compiler made: the words, the keys of the knobs, the kernels that it needs (type, lanes, a user's object file), the modules in order."""

    words: np.ndarray
    knobs: dict[tuple[str, str], int]
    kernels: tuple[tuple, ...]
    modules: tuple[str, ...]
    loops: tuple[str, ...]
    hash: str


def is_knob_alone(row: tuple) -> bool:
    """Whether an operation brings a knob that no cable is added to."""
    kind, _, _, _, knob, _, cables, _ = row
    return kind == at.GATHER and knob != 0 and cables == 0


def pack(made, order: list[str], late: set[Cable], state_bytes: int, out: int) -> Program:
    """The program of a `compiler.Compiler` that has emitted all its parts: one behind the other, with where they are filled in."""
    ends = [(at.COPY, 0, made.cable_bytes(source), target, made.buffers[source, outlet], at.key_of(source, outlet), 0, 0)
            for (source, outlet), target in made.late_buffers.items()]
    made.arena.free.clear()                 # contexts hold addresses: they share memory with no cable
    context_at = made.arena.take(8 * len(made.contexts))
    image = bytearray(state_bytes)
    for offset, content in made.state.items():
        image[offset:offset + len(content)] = content
    names = b"".join(" ".join(map(str, kernel)).encode().ljust(at.KERNEL_NAME_BYTES, b"\0") for kernel in made.kernels)
    rows = sorted(made.rows)
    knob_keys = [at.key_of(*key) for key in made.knobs]
    keys = sorted((key, i) for i, key in enumerate(knob_keys))
    if len({*knob_keys}) < len(knob_keys) or len({row[0] for row in rows}) < len(rows):
        raise PatchError("two names of this patch have the same key; rename a module", "name")
    operations_at = at.PROGRAM_HEADER
    ends_at = operations_at + at.OPERATION_BYTES * len(made.operations)
    tables_at = ends_at + at.OPERATION_BYTES * len(ends)
    image_at = tables_at + 8 * len(made.tables)
    lines_at = image_at + len(image)
    contexts_at = lines_at + at.LINE_ROW_BYTES * len(made.lines)
    relocations_at = contexts_at + 8 * len(made.contexts)
    digests_at = relocations_at + 8 * len(made.relocations)
    uses_at = digests_at + at.TABLE_NAME_BYTES * len(made.table_names)
    names_at = uses_at + at.TABLE_USE_BYTES * len(made.table_uses)
    rows_at = names_at + len(names)
    keys_at = rows_at + at.MODULE_BYTES * len(rows)
    knob_keys_at = keys_at + at.KEY_BYTES * len(keys)
    source_at = knob_keys_at + 8 * len(knob_keys)
    source = json.dumps({"patch": made.patch.as_dict(), "turned": sorted(map("/".join, made.turned)), "staged": made.staged,
                         "own": {m.type: m.declaration.digest for m in made.patch.modules.values() if m.declaration.digest},
                         "faster": made.fusing.wanted}, separators=(",", ":")).encode()
    size = source_at + -(-len(source) // 8) * 8
    row_of = {row[-1]: rows_at + i * at.MODULE_BYTES for i, row in enumerate(rows)}

    def resolved(word):
        if not isinstance(word, tuple):
            return word
        what, place = word
        if what == "row":
            return row_of[place]
        return {"table": tables_at, "context": context_at, "line": lines_at}[what] + {"line": at.LINE_ROW_BYTES}.get(what, 8) * place

    calm = [number for number, row in enumerate(made.operations) if not is_knob_alone(row)] + [len(made.operations)]
    operations = [[*map(resolved, row), calm[bisect_right(calm, number)]] for number, row in enumerate(made.operations)] + [[*row, 0] for row in ends]
    rows = [[resolved(word) for word in row[:-1]] + [0] * (at.MODULE_BYTES // 8 - len(row) + 1) for row in rows]
    header = {at.P_MAGIC: at.PROGRAM_MAGIC, at.P_SIZE: size, at.P_OPERATIONS: operations_at, at.P_OPERATION_COUNT: len(made.operations),
              at.P_END: ends_at, at.P_END_COUNT: len(ends), at.P_STATE: image_at, at.P_STATE_BYTES: len(image),
              at.P_CONTEXTS: contexts_at, at.P_CONTEXT_WORDS: len(made.contexts), at.P_CONTEXT_AT: context_at,
              at.P_RELOCATIONS: relocations_at, at.P_RELOCATION_COUNT: len(made.relocations), at.P_KERNELS: names_at,
              at.P_KERNEL_COUNT: len(made.kernels), at.P_KNOBS: made.knob_base, at.P_KNOB_COUNT: len(made.knobs),
              at.P_KEYS: keys_at, at.P_OUT: out, at.P_SIDE_BYTES: made.arena.top, at.P_HASH: int(made.hash[:15], 16),
              at.P_MODULES: rows_at, at.P_MODULE_COUNT: len(rows), at.P_KNOB_KEYS: knob_keys_at, at.P_SOURCE: source_at,
              at.P_SOURCE_BYTES: len(source), at.P_LINES: lines_at, at.P_LINE_COUNT: len(made.lines), at.P_LINE_BYTES: made.line_top,
              at.P_TABLES: digests_at, at.P_TABLE_COUNT: len(made.table_names), at.P_TABLE_USES: uses_at, at.P_TABLE_USE_COUNT: len(made.table_uses),
              at.P_CALM: calm[0]}
    words = np.zeros(at.PROGRAM_HEADER // 8, np.int64)
    for offset, value in header.items():
        words[offset // 8] = value
    parts = [words.tobytes(), np.array(operations, np.int64).tobytes(), np.array([resolved(word) for word in made.tables], np.int64).tobytes(), bytes(image),
             np.array(made.lines, np.int64).tobytes(), np.array(made.contexts, np.int64).tobytes(), np.array(made.relocations, np.int64).tobytes(),
             "".join(made.table_names).encode(), np.array(made.table_uses, np.int64).tobytes(), names,
             np.array(rows, np.int64).tobytes(), np.array(keys, np.int64).tobytes(), np.array(knob_keys, np.int64).tobytes(), source.ljust(size - source_at, b"\0")]
    content = np.frombuffer(b"".join(parts), np.int64)
    if content.size > limits.PROGRAM_WORDS:
        raise PatchError(f"the compiled patch is larger than {limits.PROGRAM_WORDS >> 17} MiB; take something out", "range")
    loops = tuple(sorted(f"{c.source}/{c.outlet} -> {c.target}/{c.inlet}" for c in late))
    needed = tuple(kernel for kernel in made.kernels if kernel[0] not in FASTER)
    return Program(content, {name: key for name, key in zip(made.knobs, knob_keys)}, needed, tuple(order), loops, made.hash)
