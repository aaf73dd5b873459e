"""What an object file asks its loader for. The engine must not load one that names what it does not have: the loader would end the process."""

import struct

# What the compiler may call by itself, and every process has.
FOUND_EVERYWHERE = {"memcpy", "memset", "memmove", "floorf", "fmaf", "sqrtf", "_GLOBAL_OFFSET_TABLE_"}
SYMBOLS, SYMBOL_BYTES, SECTION_BYTES = 2, 24, 64


def missing_symbols(content: bytes) -> set[str]:
    """Undefined symbols of an ELF64 object file, in this machine's byte order, that the engine might not have. ELF gABI 4.1, "Symbol Table"."""
    sections, = struct.unpack_from("=Q", content, 40)
    count, = struct.unpack_from("=H", content, 60)
    table = [struct.unpack_from("=IIQQQQIIQQ", content, sections + SECTION_BYTES * i) for i in range(count)]
    found = set()
    for _, kind, _, _, offset, size, link, *_ in table:
        if kind == SYMBOLS:
            names = table[link][4]
            for at in range(offset + SYMBOL_BYTES, offset + size, SYMBOL_BYTES):        # the first symbol is none
                name, _, _, section = struct.unpack_from("=IBBH", content, at)
                if section == 0:
                    begin = names + name
                    found.add(content[begin:content.index(b"\0", begin)].decode())
    return found - FOUND_EVERYWHERE
