"""What processes write into the memory that they share is seen in its order, on a processor, too, that would not do that by itself."""

import re

import llvmlite.binding as llvm
import pytest
from numba import njit

from chronus.native import lowering, words
from chronus.native.words import load_acquire, store, store_release

FENCES = {"x86_64-unknown-linux-gnu": [], "aarch64-unknown-linux-gnu": ["stlr", "dmb", "str", "stlr", "dmb", "dmb", "ldar"]}


def publish(place, value):
    """A place is said to hold nothing, is written, and is said to hold something; then it is asked for."""
    store_release(place, 0)
    store(place + 64, value)
    store_release(place, 1)
    return load_acquire(place + 128)


def assembly(triple: str) -> str:
    """`publish` for a processor."""
    (result,) = njit("int64(int64, int64)", no_cpython_wrapper=True, no_cfunc_wrapper=True)(publish).overloads.values()
    text = re.sub(r"target (triple|datalayout) = .*", "", result.library.get_llvm_str())
    text = re.sub(r'"target-(cpu|features)"="[^"]*"', "", text)
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm.Target.from_triple(triple).create_target_machine().emit_assembly(llvm.parse_assembly(text))


@pytest.mark.parametrize("triple", FENCES)
def test_what_is_published_is_fenced_where_it_must_be(triple, monkeypatch):
    monkeypatch.setattr(words, "IN_ORDER", triple.startswith("x86"))
    assert lowering and re.findall(r"^\s+(dmb|stlr|ldar|str|[lms]fence)\b", assembly(triple), re.MULTILINE)[:7] == FENCES[triple]


def test_python_asks_for_the_fence_that_native_code_has(monkeypatch):
    asked = []
    monkeypatch.setattr(words, "IN_ORDER", False)
    monkeypatch.setattr(words, "_native_fence", lambda: lambda: asked.append(1))
    place = words.ctypes.c_int64(0)
    words.store_release(words.ctypes.addressof(place), 7)
    assert words.load_acquire(words.ctypes.addressof(place)) == 7 and len(asked) == 4
    monkeypatch.setattr(words, "IN_ORDER", True)
    assert words.store_release(words.ctypes.addressof(place), 8) is None and place.value == 8 and len(asked) == 4
