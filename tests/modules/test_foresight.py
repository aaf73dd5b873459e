"""What modules foresee: the moment of an edge to the frame, and the same bits as when each frame is asked."""
import numpy as np
import pytest

from chronus.dsp.declare import arguments_of
from chronus.dsp.edges import until
from chronus.dsp.kernel import formula_of, reference
from chronus.dsp.lanes import to_phase
from chronus.modules.registry import builtin

LANES, FRAMES = 16, 300
FORESEEING = {id_: found for id_, found in builtin().items() if found.foresees}
FREQS = (9.0, 55.0, 440.0, 3_000.0, 11_999.0, 23_000.0)


def some_phases(rng):
    return rng.integers(-2**31, 2**31, LANES).astype(np.int32)


@pytest.mark.parametrize("freq", FREQS)
def test_an_edge_is_foreseen_to_the_frame(freq):
    rng = np.random.default_rng(1)
    step = np.minimum(freq / 48_000.0 * rng.uniform(0.9, 1.1, LANES), 0.4999).astype(np.float32)
    way = to_phase(step)
    at_edge = np.array([0, 1, -1, *way[:3], *(way[:3] - 1), *(-way[:3]), *(1 - way[:3])], np.int32)      # of what is still to go
    for to_go in (some_phases(rng), some_phases(rng), np.resize(at_edge, LANES)):
        frames, past = until(to_go, way, 1.0 / step)
        for lane in range(LANES):
            left = int(to_go[lane])
            gone = left if left <= 0 and -left < way[lane] else left % 2**32         # it may have gone past it in this very frame
            exact = -(-gone // int(way[lane])) if gone > 0 else 0
            assert (frames[lane], past[lane]) == (exact, exact * int(way[lane]) - gone)


def test_what_stands_still_has_no_edge():
    frames, _ = until(np.int32([5, -5, 2**31 - 1]), np.zeros(3, np.int32), np.full(3, 1e10, np.float32))
    assert (frames >= 10**6).all()


@pytest.mark.parametrize("together", (False, True), ids=("apart", "together"))
@pytest.mark.parametrize("module", FORESEEING.values(), ids=FORESEEING)
def test_what_is_foreseen_is_what_comes(module, together):
    """Where a module has two phases they begin alike and go alike, or neither."""
    rng = np.random.default_rng(2)
    given = [np.full(LANES, 1.0 / 48_000.0, np.float32) for _ in module.given]
    names, calm = [state.name for state in module.states], formula_of(module, calm=True)
    for freq in FREQS:
        inputs = [np.full(LANES, 0.0 if together and port.name == "detune" else port.default, np.float32) for port in module.inputs]
        inputs[0] = (freq * rng.uniform(0.9, 1.1, LANES)).astype(np.float32)
        alike = some_phases(rng)
        states = [(alike if together else some_phases(rng)) if state.kind == "int" and not state.settles else np.zeros(LANES, np.int32 if state.kind == "int" else np.float32)
                  for state in module.states]
        _, states = reference(module, [np.tile(signal, (10, 1)) for signal in inputs], given, states, [])
        (asked,), _ = reference(module, [np.tile(signal, (FRAMES, 1)) for signal in inputs], given, states, [])

        hits = {i: [np.full(LANES, -0.0, np.float32)] * len(module.foresees.into) for i in range(FRAMES)}
        for first, again in module.foresees.asked:
            frames, goes_on, numbers = first(*(states[names.index(name)] for name in arguments_of(first)))
            going, when = len(module.goes_on(again)), frames
            while (when < FRAMES).any():
                found = module.foresees.adds(*numbers)
                for lane in np.flatnonzero(when < FRAMES):
                    hits[when[lane]] = [np.where(np.arange(LANES) == lane, new, old) for new, old in zip(found, hits[when[lane]])]
                settled = (states[names.index(name)] for name in arguments_of(again)[going:])
                frames, goes_on, numbers = again(*([goes_on] if going == 1 else goes_on), *settled)
                when = when + 1 + frames
        for i in range(FRAMES):
            states = list(states)
            for name, hit in zip(module.foresees.into, hits[i]):
                states[names.index(name)] = states[names.index(name)] + hit
            foreseen, states = calm(*inputs, *given, *states)
            assert foreseen.tobytes() == asked[i].tobytes(), (freq, i)
