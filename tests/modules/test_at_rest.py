"""What a module says of when it stirs: where it does not, nothing seldom is done in it, now or later, while the inputs that it names stand still."""
from types import FunctionType

import numpy as np
import pytest

from chronus.dsp import fused
from chronus.dsp.declare import arguments_of, inlet, module, phase, state
from chronus.dsp.fused import FROM, KNOB, NOTHING, Input, Member, Voice
from chronus.dsp.lanes import seldom
from chronus.modules.registry import builtin
from chronus.workshop import harness

LANES = 16
STIRRING = {id_: found for id_, found in builtin().items() if found.stirs}
CEILING = int(np.float32(2.0**20).view(np.int32))


def test_there_are_some():
    assert {"adsr", "fm4"} <= set(STIRRING)


@pytest.mark.parametrize("declaration", STIRRING.values(), ids=STIRRING)
@pytest.mark.parametrize("gate", (0.0, 0.7))
def test_at_rest_nothing_seldom_is_done(declaration, gate):
    """Gates move until nothing stirs; then all inputs move at random but those that it names."""
    asked, rng = [], np.random.default_rng(7)

    def ask(mask):
        asked.append(bool(np.any(mask)))
        return asked[-1]

    formula = FunctionType(declaration.formula.__code__, declaration.formula.__globals__ | {"seldom": ask}, declaration.id)
    given = harness.given_values(declaration, LANES)
    states = [np.zeros(LANES, np.int32 if found.kind == "int" else np.float32) for found in declaration.states]

    def inputs(wild: bool) -> dict:
        found = {port.name: np.full(LANES, port.default, np.float32) for port in declaration.inputs} | {"gate": np.full(LANES, gate, np.float32)}
        loose = [port for port in declaration.params if wild and port.name not in arguments_of(declaration.stirs)]
        return found | {port.name: rng.uniform(port.low, port.high, LANES).astype(np.float32) for port in loose}

    def stirs(found: dict) -> bool:
        known = found | {kept.name: value for kept, value in zip(declaration.states, states)}
        return bool(np.any(declaration.stirs(*(known[name] for name in arguments_of(declaration.stirs)))))

    stirred, frames = stirs(inputs(False)), 0
    with np.errstate(all="ignore"):
        while stirs(inputs(False)):
            states, frames = list(formula(*inputs(False).values(), *given, *states)[1]), frames + 1
            assert frames < 2_000, "it never comes to rest"
        assert stirred == any(asked)
        asked.clear()
        for _ in range(200):
            states = list(formula(*inputs(True).values(), *given, *states)[1])
    assert asked and not any(asked)


def voice(*knobs: str) -> Voice:
    """Notes and an `adsr` whose gate they open, but for those inputs that are knobs."""
    inputs = tuple(Input(KNOB) if isinstance(port, type(adsr.params[0])) and (port.name != "gate" or "gate" in knobs) else
                   Input(NOTHING, ((FROM, 0, 0),)) for port in adsr.inputs)
    return Voice(LANES, (Member("notes", 1, tuple(Input(KNOB) for _ in notes.inputs), (0,), (), (), CEILING), Member("adsr", 1, inputs, (0,), (0,), (), CEILING)))


notes, adsr = builtin()["notes"], builtin()["adsr"]


@pytest.mark.parametrize("knobs", ((), ("gate",)))
def test_a_voice_at_rest_has_a_loop_of_its_own(knobs):
    text = fused.source(voice(*knobs), (notes, adsr))
    assert "if any_lane(stirs1_0):" in text and text.count("= calm_adsr(") == 1


def test_what_a_moving_cable_stirs_is_asked_in_each_frame():
    """A gate that does not come from who plays the notes."""
    moving = Member("adsr", 1, tuple(Input(NOTHING, ((FROM, 1, 0),)) if port.name == "gate" else Input(KNOB) for port in adsr.inputs), (0,), (0,), (), CEILING)
    text = fused.source(Voice(LANES, (*voice().members, moving)), (notes, adsr, adsr))
    assert "stirs1_0" in text and "stirs2_0" not in text


def test_what_contradicts_itself():
    def formula(audio=inlet(), pause=phase(), slow=state()):
        return audio * seldom(slow > 0.0), (pause, slow)

    formula.__globals__["__doc__"] = __doc__
    with pytest.raises(TypeError, match="stirs takes inputs and numbers"):
        module(kind="test", stirs=lambda fast: fast > 0.0)(formula)
    with pytest.raises(TypeError, match="name one"):
        module(kind="test", stirs=lambda slow: slow > 0.0, countdown="pause")(formula)
