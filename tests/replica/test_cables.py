"""Cables into one input are added one after the other, in float32, however many of them native code takes at a time."""

import numpy as np
import pytest

from chronus.native.build import native
from chronus.replica.cables import gather
from chronus.shared.program import EACH, FOLD_LEFT, FOLD_RIGHT, GATHER, SPREAD, amount_word

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


@pytest.mark.parametrize("frames", (1, 15, 16, 17, 41))
def test_voices_are_added_up_on_their_side_in_one_order(frames):
    """The upper half of the sixteen to the lower until one is left, however many frames are taken at a time; the other side keeps its very bits."""
    rng = np.random.default_rng(frames)
    left, right = (aligned(rng.uniform(-1.0, 1.0, (OFFSET + frames, LANES)).astype(np.float32)) for _ in range(2))
    wanted = np.zeros((OFFSET + frames, 2), np.float32)
    for side, (source, amount) in enumerate(((left, np.float32(0.7)), (right, np.float32(-1.3)))):
        sums = source.copy()
        while sums.shape[1] > 1:
            sums = sums[:, :sums.shape[1] // 2] + sums[:, sums.shape[1] // 2:]
        wanted[:, side] += amount * sums[:, 0]
    wanted[:OFFSET] = 5.0
    target, place = aligned(np.full((OFFSET + frames, 2), np.float32(5.0))), np.zeros(2, np.int64)
    rows = np.array([[at(left), LANES, amount_word(0.7), FOLD_LEFT], [at(right), LANES, amount_word(-1.3), FOLD_RIGHT]], np.int64)
    operation = np.array([GATHER, 0, 2, at(target), 0, at(rows), 2, at(place)], np.int64)
    for function in (native(gather, "void(intp, intp, intp, int64, int64)"), gather):
        target[OFFSET:] = 7.0
        function(at(operation), 0, 0, OFFSET, frames)
        assert target.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("lanes, width, mode", [(2, 1, EACH), (2, 2, EACH), (16, 1, EACH), (16, 2, EACH), (16, 2, SPREAD), (16, 16, SPREAD), (4, 2, EACH)])
@pytest.mark.parametrize("frames", (1, 15, 16, 17, 41))
def test_the_first_cable_is_added_to_silence(frames, lanes, width, mode):
    """Of which what is negative 0 becomes 0; the second to what the first has left."""
    rng = np.random.default_rng(frames)
    sources = [aligned(rng.uniform(-1.0, 1.0, (OFFSET + frames, width)).astype(np.float32)) for _ in range(2)]
    sources[0][::3] = -0.0
    for count in (1, 2):
        wanted = np.zeros((OFFSET + frames, lanes), np.float32)
        for source, amount in zip(sources[:count], (np.float32(0.7), np.float32(-1.3))):
            wanted = wanted + amount * source[:, [0 if mode == SPREAD else lane % width for lane in range(lanes)]]
        wanted[:OFFSET] = 5.0
        target, place = aligned(np.full((OFFSET + frames, lanes), np.float32(7.0))), np.zeros(2, np.int64)
        target[:OFFSET] = 5.0
        rows = np.array([[at(source), width, amount_word(amount), mode] for source, amount in zip(sources[:count], (0.7, -1.3))], np.int64)
        operation = np.array([GATHER, 0, lanes, at(target), 0, at(rows), count, at(place)], np.int64)
        native(gather, "void(intp, intp, intp, int64, int64)")(at(operation), 0, 0, OFFSET, frames)
        assert target.tobytes() == wanted.tobytes()
