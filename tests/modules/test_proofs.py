"""The seven proofs, for every module in the registry: contract, response, block size, reset and restore, silence, hostility, lanes.

Each proof is a function of a declaration, so that `test_canaries` can show that it catches a module that is wrong.
"""
import math
import re

import numpy as np
import pytest
from harness import (
    LANES,
    given_values,
    hostile,
    initial_states,
    ordinary,
    random_chunks,
    run,
    signals,
)
from measures import MEASURES

from chronus import limits
from chronus.dsp import kernel
from chronus.dsp.declare import ALIASES
from chronus.modules.registry import modules

UNITS = {"", "Hz", "ms", "gate"}
CURVES = {"linear", "exponential"}
FRAMES = 6_000
SMALLEST_NORMAL = np.float32(2.0**-126)
every_module = pytest.mark.parametrize("module", modules().values(), ids=modules())


def prove_contract(module):
    """The declaration is complete and sane, and its first sentence is for a musician."""
    sentence = re.match(r"[A-Z][^\n]{10,170}?[.:](\s|$)", module.doc)
    assert sentence, "the first line has no sentence of at most 170 characters"
    names = [module.id, module.kind, *module.outlets, *(p.name for p in module.inputs), *(s.name for s in module.states)]
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names), names
    assert len(set(module.outlets)) == len(module.outlets) > 0
    assert not {p.name for p in module.params} & set(ALIASES), "a parameter has the name of an alias"
    assert module.lanes in (0, *limits.LANES)
    for param in module.params:
        assert param.unit in UNITS and param.curve in CURVES, param
        assert all(map(math.isfinite, (param.low, param.high, param.default, param.glide_ms))), param
        assert param.low < param.high and param.low <= param.default <= param.high and 0.0 <= param.glide_ms <= 1000.0, param
        assert (param.glide_ms == 0.0) == (param.unit == "gate"), f"{param.name}: a gate does not glide, all else does"
    assert all(math.isfinite(i.default) for i in module.inlets)
    assert all(s.kind in ("float", "int") for s in module.states)
    if module.inlets:
        assert module.bypass in {i.name for i in module.inlets}, "what is heard while it is out of order?"
    else:
        assert module.param("gain") and module.param("gain").low == 0.0, "what sounds by itself needs a gain that silences it"
    prove_promises(module)


def prove_promises(module):
    """There are promises, each has a measure, and their settings stand in range."""
    assert module.promises, "a module promises something that can be measured"
    for promise in module.promises:
        assert promise.measure in MEASURES, f"no measure is called {promise.measure}"
        for name, value in promise.settings.items():
            param = module.param(name)
            assert param is None or param.low <= value <= param.high, f"{name}={value} is out of range"


def prove_response(module):
    """What the module promises is what is measured."""
    for promise in module.promises:
        MEASURES[promise.measure](module, **promise.settings)


def prove_reference(module, lanes=LANES, address=None):
    """The kernel gives the bits of the formula run by NumPy, denormals and all. (Denormals are flushed neither here nor there.)"""
    for make in (ordinary, hostile):
        inputs = make(module, 1_000, lanes)
        ours = run(module, inputs, flush=False, address=address)
        states = [np.zeros(lanes, np.int32 if s.kind == "int" else np.float32) for s in module.states]
        with np.errstate(all="ignore"):
            outlets, states = kernel.reference(module, inputs, given_values(module, lanes), states)
        assert b"".join(o.tobytes() for o in outlets) == b"".join(o.tobytes() for o in ours.outlets), make.__name__
        assert b"".join(np.asarray(s).tobytes() for s in states) == ours.states.tobytes(), make.__name__


def prove_block_size(module, address=None):
    """The same bits in one piece and in pieces of any length, and whether an input stands still or is a signal that never moves."""
    rng = np.random.default_rng(2)
    inputs = ordinary(module, FRAMES, LANES)
    whole = run(module, inputs, address=address)
    for _ in range(3):
        assert run(module, inputs, chunks=random_chunks(rng, FRAMES), address=address).bits() == whole.bits()
    still = [i[FRAMES // 2] for i in inputs]
    flat = [np.array(np.broadcast_to(s, inputs[0].shape)) for s in still]
    for moves in {0, len(inputs) - 1}:
        mixed = [[moving if j == moves else s for j, (moving, s) in enumerate(zip(inputs, other))] for other in (still, flat)]
        assert run(module, mixed[0], address=address).bits() == run(module, mixed[1], address=address).bits()


def prove_reset_and_restore(module, address=None):
    """The same bits from the same state: after a reset, and after a snapshot that is put back into another arena."""
    first, second = ordinary(module, FRAMES, LANES, 3), ordinary(module, FRAMES, LANES, 4)
    fresh = run(module, first, address=address)
    went_on = run(module, second, states=fresh.states, address=address)
    assert run(module, second, states=fresh.states.copy(), address=address).bits() == went_on.bits()
    assert run(module, first, states=initial_states(module, LANES), address=address).bits() == fresh.bits()
    both = run(module, [np.concatenate(pair) for pair in zip(first, second)], address=address)
    assert [o[FRAMES:].tobytes() for o in both.outlets] == [o.tobytes() for o in went_on.outlets]


def denormal(values):
    """Where float32 values are neither zero nor normal."""
    return (values != 0.0) & (np.abs(values) < SMALLEST_NORMAL)


def check_no_denormals(module, result):
    for name, signal in zip(module.outlets, result.outlets):
        assert not denormal(signal).any(), f"outlet {name} has denormals"
    for state, row in zip(module.states, result.states):
        assert state.kind == "int" or not denormal(row.view(np.float32)).any(), f"state {state.name} is denormal"


def silent(module, frames, lanes, inlets, **settings):
    """Nothing to be heard: `inlets` at every inlet (None for as if unplugged), gates closed, what sounds by itself at gain 0."""
    given = dict(settings) | {p.name: 0.0 for p in module.params if p.unit == "gate"}
    if inlets is not None:
        given |= {i.name: inlets for i in module.inlets}
    if not module.inlets:
        given["gain"] = 0.0
    return signals(module, frames, lanes, given)


def prove_silence(module, flush=True):
    """Silence in, silence out; a tail of any size, at either end of any parameter, dies away without denormals."""
    rested = run(module, silent(module, FRAMES, LANES, 0.0))
    assert all((o == 0.0).all() for o in rested.outlets), "it makes a sound of its own"
    for size in (1e-37, 1e-30, 1.0):
        struck = [i if p in module.params else i * np.float32(size) for p, i in zip(module.inputs, ordinary(module, 500, LANES))]
        state = run(module, struck, flush=flush)
        check_no_denormals(module, state)
        for settings in [{}, *({p.name: end} for p in module.params for end in (p.low, p.high))]:
            tail = run(module, silent(module, FRAMES, LANES, None, **settings), states=state.states, flush=flush)
            check_no_denormals(module, tail)
    for inlets in (1e-37, 1e-39, 1e-45):
        check_no_denormals(module, run(module, silent(module, FRAMES, LANES, inlets), flush=flush))
    check_no_denormals(module, run(module, [i * np.float32(1e-39) for i in ordinary(module, FRAMES, LANES)], flush=flush))
    after = run(module, silent(module, 480_000, 1, None), states=state.states[:, :1])
    assert all(np.abs(o[-4_800:]).max() < 1e-6 for o in after.outlets), "ten seconds later it still sounds"


def prove_hostile(module):
    """Nothing that can be plugged in makes it emit, or remember, what is not a number."""
    for seed in range(3):
        result = run(module, hostile(module, 20_000, LANES, seed))
        assert all(np.isfinite(o).all() for o in result.outlets), "an outlet is not finite"
        for state, row in zip(module.states, result.states):
            assert state.kind == "int" or np.isfinite(row.view(np.float32)).all(), f"state {state.name} is not finite"
        recovered = run(module, signals(module, FRAMES, LANES, {}), states=result.states)
        assert all(np.isfinite(o).all() for o in recovered.outlets), "it does not recover"


def prove_lanes(module, tampered=None):
    """Sixteen voices have the same bits in one kernel of 16 lanes, two of 8, ... and sixteen of 1."""
    widest = max(limits.LANES)
    inputs, given = ordinary(module, 2_000, widest), given_values(module, widest)
    together = run(module, inputs)
    for lanes in limits.LANES:
        for first in range(0, widest, lanes):
            part = slice(first, first + lanes)
            alone = run(module, [i[:, part] for i in inputs], given=[g[part] for g in given], address=(tampered or {}).get(lanes))
            assert [o.tobytes() for o in alone.outlets] == [o[:, part].tobytes() for o in together.outlets], lanes
            assert alone.states.tobytes() == together.states[:, part].tobytes(), lanes


@every_module
def test_contract(module):
    prove_contract(module)
    assert module.formula.__module__ == f"chronus.modules.{module.kind}.{module.id}"


@every_module
def test_response(module):
    prove_response(module)


@every_module
def test_the_kernel_is_the_formula(module):
    prove_reference(module)


@every_module
def test_same_bits_for_any_block_size(module):
    prove_block_size(module)


@every_module
def test_same_bits_after_reset_and_restore(module):
    prove_reset_and_restore(module)


@every_module
def test_silence_to_silence_without_denormals(module):
    prove_silence(module)


@every_module
def test_hostile_input_stays_finite(module):
    prove_hostile(module)


@every_module
def test_same_bits_for_any_number_of_lanes(module):
    prove_lanes(module)
