"""What a module says of its states that settle: they follow from its inputs, and from others that do, and from nothing else."""
import numpy as np
import pytest

from chronus.dsp.kernel import reference
from chronus.modules.registry import builtin

LANES = 16
SETTLING = {id_: found for id_, found in builtin().items() if any(state.settles for state in found.states)}


@pytest.mark.parametrize("module", SETTLING.values(), ids=SETTLING)
def test_states_that_settle_follow_from_the_inputs_and_each_other(module):
    rng = np.random.default_rng(5)

    def some(kind):
        return rng.integers(-2**31, 2**31, LANES).astype(np.int32) if kind == "int" else rng.uniform(-1.0, 1.0, LANES).astype(np.float32)

    given = [np.full(LANES, 1.0 / 48_000.0, np.float32) for _ in module.given]
    for still in (False, True):                            # still: what settles is as it will stay
        inputs = [rng.uniform(0.0, port.high, (1, LANES)).astype(np.float32) for port in module.inputs]
        first = [some(state.kind) for state in module.states]
        if still:
            for _ in range(8):
                first = reference(module, inputs, given, first, [])[1]
        others = [value if state.settles else some(state.kind) for state, value in zip(module.states, first, strict=True)]
        with np.errstate(all="ignore"):
            ends = [reference(module, inputs, given, states, [])[1] for states in (first, others)]
        for state, *values, before in zip(module.states, *ends, first, strict=True):
            assert not state.settles or values[0].tobytes() == values[1].tobytes(), f"{state.name} follows from what does not settle"
            assert not (state.settles and still) or values[0].tobytes() == before.tobytes(), f"{state.name} does not stand still"
