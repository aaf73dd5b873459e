"""What a kernel's object file is named after: all that its code says, and nothing of where it stands."""

import os
import subprocess
import sys
from types import FunctionType, ModuleType

import pytest

from chronus.native.build import CacheError, fingerprint, keep_object, load_file, load_object, meaning, native

SIGNATURE = "int64(int64)"
PLAIN = "def f(x, y=2):\n    return x * y + 1 if x in {3, 4, 'five', 'six'} else LIMIT\n"
PRINTED = f"from chronus.native.build import meaning; print(meaning(compile({PLAIN!r}, 'file', 'exec')))"


def made(text: str, **names) -> FunctionType:
    space = {"LIMIT": 7, "__name__": "chronus.test", **names}
    exec(compile(text, "file", "exec"), space)
    return space["f"]


@pytest.mark.parametrize("text", ["\n\n" + PLAIN, PLAIN.replace("    return", "    # a comment\n    return"), PLAIN.replace("x * y", "(x * y)")])
def test_where_it_stands_and_how_it_looks_is_nothing(text):
    assert fingerprint(made(text), SIGNATURE) == fingerprint(made(PLAIN), SIGNATURE)


@pytest.mark.parametrize("text", [PLAIN.replace("+ 1", "+ 2"), PLAIN.replace("+ 1", "+ 1.0"), PLAIN.replace("x * y", "y * x"), PLAIN.replace("=2", "=3"),
                                  PLAIN.replace("'six'", "'seven'"), PLAIN.replace("*", "-"), PLAIN.replace("LIMIT", "-LIMIT")])
def test_what_it_computes_is_all(text):
    assert fingerprint(made(text), SIGNATURE) != fingerprint(made(PLAIN), SIGNATURE)


def test_the_numbers_and_the_functions_that_it_uses_count():
    plain = fingerprint(made(PLAIN), SIGNATURE)
    assert fingerprint(made(PLAIN, LIMIT=8), SIGNATURE) != plain and fingerprint(made(PLAIN), "int64(int32)") != plain
    calls = PLAIN.replace("LIMIT", "g(x)")
    one, two = ({"g": made(PLAIN.replace("+ 1", by))} for by in ("+ 1", "+ 2"))
    assert fingerprint(made(calls, **one), SIGNATURE) != fingerprint(made(calls, **two), SIGNATURE)


def test_two_processes_name_it_alike():
    """The set in it is in another order in each."""
    said = {subprocess.run([sys.executable, "-c", PRINTED], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True).stdout
            for seed in "1234"}
    assert said == {meaning(compile(PLAIN, "file", "exec")) + "\n"}


DAMAGES = {"empty": lambda whole: b"", "cut": lambda whole: whole[:-100], "half": lambda whole: whole[:len(whole) // 2], "zeros": lambda whole: bytes(len(whole)),
           "a hole": lambda whole: whole[:512] + bytes(512) + whole[1024:], "a bit": lambda whole: whole[:700] + bytes([whole[700] ^ 1]) + whole[701:]}


def double(x):
    return x * 2


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_object_is_not_loaded(damage, tmp_path, monkeypatch):
    """It would crash who loads it. What can be compiled again is; of an object of a module of one's own, the message says what to do."""
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    path = keep_object(double, SIGNATURE)
    whole = path.read_bytes()
    path.write_bytes(DAMAGES[damage](whole))
    with pytest.raises(CacheError, match="damaged"):
        load_object(path.name)
    assert not path.exists()
    keep_object(double, SIGNATURE)
    path.write_bytes(DAMAGES[damage](whole))
    assert native(double, SIGNATURE)(21) == 42 and load_file(path) != 0


def test_a_cache_without_room_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CacheError, match="make room"):
        keep_object(double, SIGNATURE)
    assert not any((tmp_path / "kernels").iterdir())


def full(descriptor):
    raise OSError(28, "No space left on device")


def test_a_number_that_a_module_holds_counts():
    limits = ModuleType("limits")
    limits.LIMIT = 7
    before = fingerprint(made(PLAIN.replace("LIMIT", "limits.LIMIT"), limits=limits), SIGNATURE)
    limits.LIMIT = 8
    assert fingerprint(made(PLAIN.replace("LIMIT", "limits.LIMIT"), limits=limits), SIGNATURE) != before
