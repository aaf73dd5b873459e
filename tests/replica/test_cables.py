"""Cables into one input are added one after the other, in float32, however many of them native code takes at a time."""

import numpy as np
import pytest

from chronus.native.build import native
from chronus.replica.cables import gather
from chronus.shared.program import EACH, GATHER, SPREAD, amount_word

FRAMES, OFFSET, LANES = 9, 2, 16


def at(array: np.ndarray) -> int:
    return array.ctypes.data


def aligned(values: np.ndarray) -> np.ndarray:
    """The same values where a frame of sixteen lanes is aligned."""
    raw = np.zeros(values.nbytes + 64, np.uint8)
    found = raw[-at(raw) % 64:][:values.nbytes].view(np.float32).reshape(values.shape)
    found[...] = values
    return found


@pytest.mark.parametrize("modes", [[EACH] * count for count in range(1, 10)] + [[EACH, SPREAD, *[EACH] * 6], [*[EACH] * 5, SPREAD, EACH]])
def test_the_sum_is_that_of_one_after_the_other(modes):
    rng = np.random.default_rng(len(modes))
    sources = [aligned(rng.uniform(-1.0, 1.0, (FRAMES, LANES)).astype(np.float32)) for _ in modes]
    amounts = rng.uniform(-2.0, 2.0, len(modes)).astype(np.float32)
    wanted = np.zeros((FRAMES, LANES), np.float32)
    for mode, source, amount in zip(modes, sources, amounts):
        wanted = wanted + amount * (source if mode == EACH else source[:, :1])
    wanted[:OFFSET] = 5.0
    target, place = aligned(np.full((FRAMES, LANES), np.float32(5.0))), np.zeros(2, np.int64)
    rows = np.array([[at(source), LANES, amount_word(amount), mode] for mode, source, amount in zip(modes, sources, amounts)], np.int64)
    operation = np.array([GATHER, 0, LANES, at(target), 0, at(rows), len(modes), at(place)], np.int64)
    native(gather, "void(intp, intp, intp, int64, int64)")(at(operation), 0, 0, OFFSET, FRAMES - OFFSET)
    assert target.tobytes() == wanted.tobytes() and place.tolist() == [at(target), 4 * LANES]
