"""Patches and edits by chance, for the tests of everything that edits and shows patches."""

from hypothesis import strategies as st

from chronus.modules.registry import modules
from chronus.patch.edits import EDITS
from chronus.patch.errors import PatchError
from chronus.patch.graph import OUT, Patch, default

IDS = [f"{type_}{n}" for type_ in modules() for n in (1, 2)] + ["sine", "adsr", "filter", "nobody", "Bad", OUT]
PORTS = sorted({port.name for d in modules().values() for port in d.inputs} | {o for d in modules().values() for o in d.outlets})
ids, types = st.sampled_from(IDS), st.sampled_from([*modules(), "sien"])
ends = st.one_of(ids, st.tuples(ids, st.sampled_from(PORTS)).map("/".join))
values = st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.text(max_size=3), st.sampled_from([0.5, 1.0, 300.0]))
rows = st.one_of(st.tuples(st.just("create"), ids, types), st.tuples(st.just("delete"), ids),
                 st.tuples(st.just("connect"), ends, ends), st.tuples(st.just("connect"), ends, ends, values),
                 st.tuples(st.just("disconnect"), ends), st.tuples(st.just("disconnect"), ends, ends),
                 st.tuples(st.just("set"), ids, st.sampled_from([*PORTS, "frequency", "amp"]), values))
edits = st.lists(rows, max_size=60)


def edited(rows, patch: Patch | None = None) -> Patch:
    """A patch after those of the edits that fit."""
    patch = patch or default()
    for verb, *args in rows:
        try:
            patch, _ = EDITS[verb](patch, *args)
        except PatchError as error:
            assert error.code and str(error)
    return patch


def apply(patch: Patch, *rows) -> Patch:
    """A patch after edits that all fit."""
    for verb, *args in rows:
        patch, _ = EDITS[verb](patch, *args)
    return patch
