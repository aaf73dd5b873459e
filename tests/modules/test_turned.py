"""A knob that moves the place where a delay line is read: that place glides, or two cross over, and then stands exactly where the knob says."""

import numpy as np
import pytest

from chronus.dsp.declare import Param
from chronus.dsp.delays import glided
from chronus.dsp.kernel import SIGNATURE, kernel_function
from chronus.modules.registry import builtin
from chronus.native.build import build
from chronus.workshop.harness import RATE, given_values, random_chunks, run, signals

FRAME, MOST = np.float32(1.0 / RATE), np.float32(0.00625)


def way(aims):
    """(places, speeds) of a place that glides from the first of its aims, MOST a frame at the most."""
    place, speed, found = np.full(1, aims[0], np.float32), np.zeros(1, np.float32), []
    for aim in aims:
        place, speed = glided(place, speed, np.full(1, aim, np.float32), MOST, FRAME)
        found.append((place[0], speed[0]))
    return np.array(found).T


def test_a_place_glides_softly_and_arrives_exactly():
    rng = np.random.default_rng(1)
    for aims in (np.repeat([2.0, 30.0, 9.1], 6_000), np.repeat(rng.uniform(2.0, 30.0, 60), 300)):
        places, speeds = way(np.float32(aims))
        assert np.abs(speeds).max() <= MOST and np.abs(np.diff(speeds)).max() <= 1.5 * MOST / 480.0
        assert places.min() >= aims.min() - 1e-4 and places.max() <= aims.max() + 1e-4, "it goes beyond where it is to go"
    places, speeds = way(np.float32(np.repeat([2.0, 30.0], 6_000)))
    assert places[-1] == 30.0 and speeds[-1] == 0.0
    assert 4_480 < np.argmax(places == 30.0) - 6_000 < 6_000


def test_what_moves_slowly_is_followed_closely():
    aims = np.float32(9.0 + np.sin(2.0 * np.pi * 3.0 / RATE * np.arange(RATE)))
    assert np.abs(way(aims)[0] - aims)[RATE // 10:].max() < 0.05


@pytest.mark.parametrize("type_, knob, places", (("room", "size", (0.2, 0.8)), ("echoes", "time", (90.0, 40.0))))
def test_voices_cross_over_with_the_same_bits_where_knobs_are_known_to_stand(type_, knob, places):
    """All sixteen are of one side, as a patch plays them, so that they read their lines at one place: from the first frame on, and in the middle of a crossing."""
    module, frames = builtin()[type_], 8_000
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, (frames, 16)).astype(np.float32)
    given = [each if what.what != "side" else np.full(16, -1.0, np.float32) for what, each in zip(module.given, given_values(module, 16))]
    standing = sum(1 << j for j, port in enumerate(module.inputs) if isinstance(port, Param))
    calm = build(kernel_function(module, 16, standing), SIGNATURE)
    assert "open_steady" in kernel_function(module, 16, standing).source
    states, rng = None, np.random.default_rng(2)
    for place, count in zip((*places, places[0]), (6_000, 500, frames)):
        inputs = signals(module, count, 16, {"audio": noise[:count], knob: place})
        ordinary = run(module, inputs, states, given=given)
        counted = run(module, inputs, states, random_chunks(rng, count), given, address=calm)
        assert ordinary.bits() == counted.bits()
        states = ordinary.states


@pytest.mark.parametrize("type_", ("plate", "hall"))
def test_a_network_crosses_over_with_the_same_bits_where_knobs_are_known_to_stand(type_):
    """The kernel for knobs that stand still looks at what is seldom done as often as it must, from the middle of a crossing on."""
    module, frames = builtin()[type_], 4_000
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, frames)
    before = run(module, signals(module, frames, 2, {"audio": noise, "predelay": 40.0, "size": 0.2}))
    turned = signals(module, frames, 2, {"audio": noise, "predelay": 90.0, "size": 0.8})
    begun = run(module, turned, states=before.states, frames=100, chunks=[100])
    standing = sum(1 << j for j, port in enumerate(module.inputs) if isinstance(port, Param))
    calm = build(kernel_function(module, 2, standing), SIGNATURE)
    ordinary, counted = (run(module, turned, states=begun.states, address=address) for address in (None, calm))
    assert ordinary.bits() == counted.bits()

    def place(result):
        names = [state.name for state in module.values]
        return [result.states.values[names.index(name)].tolist() for name in ("trip", "place")]

    fresh = run(module, turned)
    assert place(begun) == place(before) != place(fresh), "it is there at once"
    assert place(ordinary) == place(fresh), "it never comes to where the knobs say"
