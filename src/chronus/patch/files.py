"""Patch files as text: what strangers wrote becomes data, cheap bounds first; data becomes JSON that people read, a module or cable a line."""

import errno
import json
import os
from codecs import BOM_UTF8
from math import inf
from pathlib import Path
from stat import S_ISREG

from chronus import limits
from chronus.patch.errors import PatchError, suggestion

BRACKETS = b"{}[]"
MARKS = BRACKETS + b'",'
NO_MARKS, NO_BRACKETS = (bytes(set(range(256)) - set(kept)) for kept in (MARKS, BRACKETS))
NUMBER_CHARACTERS = 40                      # JSON writes a float64 in at most 24; beyond 40 a number is taken as infinite, and refused
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC      # O_NONBLOCK: a pipe would wait for a writer for ever


class Twice(dict):
    """An object in which a key stands twice: `key`."""

    key = ""


def read(path: Path):
    """The data of a patch file. Raises PatchError; nothing larger than the limit is read, and no link is followed."""
    try:
        descriptor = os.open(path, FLAGS)
    except OSError as error:
        raise PatchError("this is a link; name the file that it leads to" if error.errno == errno.ELOOP else error.strerror,
                         "io") from None
    except ValueError:
        raise PatchError("a path has no NUL in it and is valid text", "name") from None
    try:
        status = os.fstat(descriptor)
        if not S_ISREG(status.st_mode):
            raise PatchError("this is no file; name a patch file", "io")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(limits.PATCH_FILE_BYTES + 1) if status.st_size <= limits.PATCH_FILE_BYTES else None
    except OSError as error:
        raise PatchError(error.strerror, "io") from None
    finally:
        os.close(descriptor)
    if content is None or len(content) > limits.PATCH_FILE_BYTES:
        raise PatchError(f"it is larger than {limits.PATCH_FILE_BYTES >> 20} MiB, and no patch is; name another file", "too-large")
    return parse(content)


def parse(content: bytes):
    """The data in JSON text. Raises PatchError naming line and column; for numbers beyond all bounds the data holds infinity."""
    content = content.removeprefix(BOM_UTF8)
    marks = content.translate(None, NO_MARKS)
    brackets = marks.translate(None, NO_BRACKETS)
    if (len(marks) > limits.PATCH_FILE_MARKS or len(brackets) > limits.PATCH_FILE_BRACKETS
            or marks.count(b",") > limits.PATCH_FILE_COMMAS):
        raise PatchError("it holds more lists, objects and words than any patch has; name another file", "too-large")
    check_depth(brackets)
    try:
        data = json.loads(content.decode(), object_pairs_hook=_pairs, parse_int=_int, parse_float=_float)
    except UnicodeDecodeError as error:
        line, column = content.count(b"\n", 0, error.start) + 1, error.start - content.rfind(b"\n", 0, error.start)
        raise PatchError(f"this is not UTF-8 text: byte 0x{content[error.start]:02x}", place=f"line {line}, column {column}") from None
    except json.JSONDecodeError as error:
        raise PatchError(f"this is no JSON: {error.msg}", place=f"line {error.lineno}, column {error.colno}") from None
    check_once(data)
    return data


def check_depth(brackets: bytes) -> None:
    """Raises PatchError where brackets stand deeper in each other than in any patch. (Brackets in texts count too; there are few.)"""
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket in b"{[" else -1
        if depth > limits.PATCH_FILE_DEPTH:
            raise PatchError(f"brackets stand more than {limits.PATCH_FILE_DEPTH} deep in each other; a patch has 4", "too-large")


def check_once(data, place: str = "") -> None:
    """Raises PatchError naming the place where a key stands twice in an object."""
    if isinstance(data, Twice):
        raise PatchError(f'the key "{data.key[:70]}" stands twice; remove one', place=place)
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, (dict, list)):
                check_once(value, f"{place}.{key[:70]}".lstrip("."))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            if isinstance(value, (dict, list)):
                check_once(value, f"{place}[{i}]")


def check_keys(row: dict, known: tuple[str, ...]) -> None:
    """Raises PatchError for a key that nobody knows, with the one that was meant."""
    for key in row:
        if key not in known:
            raise PatchError(f"nothing is called '{key[:70]}' here{suggestion(key, known)}", place=key[:70])


def text(data: dict) -> str:
    """Data as readable JSON: a key a line, and in a list a row a line."""
    lines = []
    for key, value in data.items():
        rows = ",\n".join(f"    {_json(row)}" for row in value) if isinstance(value, list) else ""
        lines.append(f"  {_json(key)}: " + (f"[\n{rows}\n  ]" if rows else _json(value)))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _pairs(pairs: list[tuple]) -> dict:
    data = dict(pairs)
    if len(data) == len(pairs):
        return data
    twice, seen = Twice(data), set()
    twice.key = next(key for key, _ in pairs if key in seen or seen.add(key))
    return twice


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= NUMBER_CHARACTERS else inf


def _float(digits: str) -> float:
    return float(digits) if len(digits) <= NUMBER_CHARACTERS else inf
