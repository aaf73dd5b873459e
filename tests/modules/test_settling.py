"""What a module says of its states that settle: they follow from its parameters, and from others that do, and from nothing else; where it counts down, they stand
meanwhile.
"""
import numpy as np
import pytest

from chronus.dsp.declare import Inlet
from chronus.dsp.kernel import SIGNATURE, kernel_function, reference
from chronus.modules.registry import builtin
from chronus.native.build import build
from chronus.workshop.harness import given_values, lanes_of, line_at_rest, random_chunks, reference_states, run, signals

LANES = 16
ALL = {id_: found for id_, found in builtin().items() if any(state.settles for state in found.states)}
SETTLING = {id_: found for id_, found in ALL.items() if not found.countdown}
ALONE = {id_: found for id_, found in SETTLING.items() if not found.lines}
COUNTING = {id_: found for id_, found in ALL.items() if found.countdown}


@pytest.mark.parametrize("module", SETTLING.values(), ids=SETTLING)
def test_states_that_settle_follow_from_the_inputs_and_each_other(module):
    rng = np.random.default_rng(5)

    def some(state):
        if state.kind == "line":
            return line_at_rest(module, state, LANES)
        return rng.integers(-2**31, 2**31, LANES).astype(np.int32) if state.kind == "int" else rng.uniform(-1.0, 1.0, LANES).astype(np.float32)

    given = [np.full(LANES, 1.0 / 48_000.0, np.float32) for _ in module.given]
    for still in (False, True):                            # still: what settles is as it will stay
        inputs = [rng.uniform(0.0, getattr(port, "high", 1.0), (1, LANES)).astype(np.float32) for port in module.inputs]
        heard = [-stands if isinstance(port, Inlet) else stands for port, stands in zip(module.inputs, inputs)]         # another sound, the same knobs
        first = [np.zeros_like(some(state)) if still and module.lines and state.kind != "line" else some(state) for state in module.states]
        if still:
            for _ in range(8):                             # places that glide, which are those of lines, begin from rest where they are to be
                first = reference(module, inputs, given, first, [])[1]
        others = [value if state.settles else some(state) for state, value in zip(module.states, first, strict=True)]
        with np.errstate(all="ignore"):
            ends = [reference(module, ports, given, states, [])[1] for ports, states in ((inputs, first), (heard, others))]
        for state, *values, before in zip(module.states, *ends, first, strict=True):
            assert not state.settles or values[0].tobytes() == values[1].tobytes(), f"{state.name} follows from what does not settle"
            assert not (state.settles and still) or values[0].tobytes() == before.tobytes(), f"{state.name} does not stand still"


@pytest.mark.parametrize("module", ALONE.values(), ids=ALONE)
def test_where_all_stands_it_is_played_as_ever_from_the_first_frame_on(module):
    """The kernel for inputs that stand lets alone what has settled: from rest, and where the inputs have just become others."""
    rng, standing = np.random.default_rng(6), (1 << len(module.inputs)) - 1
    settled = build(kernel_function(module, 4, standing), SIGNATURE)
    assert "unused" in kernel_function(module, 4, standing).source
    states = None
    for _ in range(3):
        inputs = [rng.uniform(0.0, 0.5 * port.high, 4).astype(np.float32) for port in module.inputs]
        chunks = random_chunks(rng, 2_000)
        ordinary, found = (run(module, inputs, states, chunks, address=address, frames=2_000) for address in (None, settled))
        assert found.bits() == ordinary.bits()
        states = ordinary.states


@pytest.mark.parametrize("module", COUNTING.values(), ids=COUNTING)
def test_what_settles_stands_while_nothing_seldom_is_done(module):
    lanes = lanes_of(module)
    noise = np.random.default_rng(7).uniform(-1.0, 1.0, 300)
    inputs = [np.broadcast_to(each, (300, lanes)) for each in signals(module, 300, lanes, {"audio": noise})]
    names, stood = [state.name for state in module.states], 0
    states = reference_states(module, lanes)
    for frame in range(300):
        before, calm = states, int(np.min(states[names.index(module.countdown)])) > 0
        _, states = reference(module, [each[frame:frame + 1] for each in inputs], given_values(module, lanes), before, [])
        stood += calm
        for state, old, new in zip(module.states, before, states, strict=True):
            assert not (calm and state.settles) or np.array_equal(old, new), f"{state.name} moves in a frame in which nothing seldom is done"
    assert stood > 200
