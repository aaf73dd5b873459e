"""The seven proofs, for any module: contract, response, block size, reset and restore, silence, hostility, lanes.

Each is a function of a declaration and fails with AssertionError, in a sentence that says what was found.
"""
import inspect
import math
from copy import deepcopy

import numpy as np

from chronus import limits
from chronus.dsp import kernel
from chronus.dsp.declare import ALIASES, Param
from chronus.dsp.lines import Line
from chronus.tables.builtin import MAKERS
from chronus.workshop.harness import (
    EXTREMES,
    given_values,
    hostile,
    initial_states,
    lanes_of,
    ordinary,
    random_chunks,
    reference_states,
    reference_tables,
    run,
    signals,
)
from chronus.workshop.measures import MEASURES
from chronus.workshop.words import NAME, SENTENCE, WANTED_SENTENCE, meant

UNITS = {"", "Hz", "ms", "dB", "gate", "beats", "choice"}
CURVES = {"linear", "exponential"}
FRAMES = 6_000
FORMULA_FRAMES = 130                     # a gate opens or closes at 97; NumPy takes 0.1 ms and more for each
SMALLEST_NORMAL = np.float32(2.0**-126)


def prove_contract(module):
    """The declaration is complete and sane, and its first sentence is for a musician."""
    assert SENTENCE.match(module.doc), f"the file begins with {WANTED_SENTENCE}"
    names = [module.id, module.kind, *module.outlets, *(p.name for p in module.inputs), *(t.name for t in module.tables), *(s.name for s in module.states)]
    for name in names:
        assert isinstance(name, str) and NAME.fullmatch(name), f"'{name}' is no name: take small letters, digits and _, such as soft_clip"
    assert len(set(module.outlets)) == len(module.outlets) > 0, "it needs outlets, each with a name of its own"
    for param in module.params:
        assert param.name not in ALIASES, f"'{param.name}' is another word for '{ALIASES.get(param.name)}'; call the parameter that"
        prove_param(param)
    assert module.lanes in (0, *limits.LANES), f"lanes is 0, for as many as its cables have, or one of {limits.LANES}, not {module.lanes}"
    for found in module.inlets:
        assert math.isfinite(found.default), f"what the inlet '{found.name}' hears by itself is not a finite number"
    for found in module.tables:
        assert MAKERS.get(found.default, ("",))[0] == found.kind, \
            f"no {found.kind} called '{found.default}' is built in, for the table '{found.name}'{meant(found.default, MAKERS)}"
    for found in module.states:
        assert found.kind in ("float", "int", "line"), f"the state '{found.name}' is neither float nor int nor a line"
    assert module.lanes or not module.across, "lanes that hear each other are of a fixed number: @module(..., lanes=2, across=True)"
    if module.inlets:
        assert module.bypass in {i.name for i in module.inlets}, \
            f"say which inlet is heard while it is out of order: @module(..., bypass=\"{module.inlets[0].name}\")"
    else:
        assert module.param("gain") and module.param("gain").low == 0.0, \
            "what sounds by itself needs a parameter that silences it: gain=ratio(0.5, low=0, high=16)"
    prove_promises(module)


def prove_param(param: Param):
    """Its unit and curve are known, its default lies in its range, and it glides unless it is a gate, a length in beats or a choice."""
    assert param.unit in UNITS and param.curve in CURVES, f"'{param.name}' has an unknown unit or curve"
    numbers = (param.low, param.high, param.default, param.glide_ms)
    assert all(map(math.isfinite, numbers)), f"the range of '{param.name}' is not finite"
    assert param.low < param.high, f"the range of '{param.name}' goes from {param.low:g} to {param.high:g}: low is below high"
    assert param.low <= param.default <= param.high, f"the default of '{param.name}' is outside its range"
    assert 0.0 <= param.glide_ms <= 1000.0, f"'{param.name}' glides for {param.glide_ms} ms instead of 0 to 1000"
    assert (param.glide_ms == 0.0) == (param.unit in ("gate", "beats", "choice")), f"'{param.name}': gates, beats and choices do not glide, all else does"


def prove_promises(module):
    """There are promises, each has a measure, and their settings are those of the measure or of the module, and in range."""
    assert module.promises, "it promises something that can be measured, such as promises=(promise(\"gain_at\", at=1000.0, db=0.0, within=0.1),)"
    for promise in module.promises:
        assert promise.measure in MEASURES, f"no measure is called '{promise.measure}'{meant(promise.measure, MEASURES)}"
        wanted = [p for p in list(inspect.signature(MEASURES[promise.measure]).parameters.values())[1:] if p.kind is not p.VAR_KEYWORD]
        own = {p.name for p in module.inputs}
        for name, value in promise.settings.items():
            assert name in own or name in {p.name for p in wanted}, \
                f"'{name}' is no parameter of {module.id}, nor a setting of {promise.measure}{meant(name, own | {p.name for p in wanted})}"
            param = module.param(name)
            assert param is None or param.low <= value <= param.high, f"'{name}' takes {param.low:g} to {param.high:g}, not {value:g}"
        missing = [p.name for p in wanted if p.default is p.empty and p.name not in promise.settings]
        assert not missing, f"the promise '{promise.measure}' does not say {', '.join(missing)}"


def prove_response(module):
    """What the module promises is what is measured."""
    for promise in module.promises:
        try:
            MEASURES[promise.measure](module, **promise.settings)
        except AssertionError as error:
            raise AssertionError(f"the promise '{promise.measure}' is not kept: {error}") from None


def prove_reference(module, lanes=0, address=None):
    """The kernel gives the bits of the formula run by NumPy, denormals and all. (Denormals are flushed neither here nor there.)"""
    lanes = lanes or lanes_of(module)
    for make in (ordinary, hostile):
        inputs = make(module, 250, lanes)
        ours = run(module, inputs, flush=False, address=address)
        states = reference_states(module, lanes)
        with np.errstate(all="ignore"):
            outlets, states = kernel.reference(module, inputs, given_values(module, lanes), states, reference_tables(module))
        what = f"compiled, it does not give the bits that the formula gives in Python, for {make.__name__} input"
        assert b"".join(o.tobytes() for o in outlets) == b"".join(o.tobytes() for o in ours.outlets), what
        values = [np.asarray(s).tobytes() for s in states if not isinstance(s, Line)]
        assert b"".join(values) == ours.states.values.tobytes(), f"{what}, in its state"
        for line, other in zip([s for s in states if isinstance(s, Line)], ours.states.lines):
            assert line.ring.tobytes() == other.ring.tobytes() and (line.at, line.age) == (other.at, other.age), f"{what}, in its delay lines"


def prove_block_size(module, address=None):
    """The same bits in one piece and in pieces of any length, and whether an input stands still or is a signal that never moves."""
    rng = np.random.default_rng(2)
    inputs = ordinary(module, FRAMES, lanes_of(module))
    whole = run(module, inputs, address=address)
    for _ in range(3):
        in_pieces = run(module, inputs, chunks=random_chunks(rng, FRAMES), address=address)
        assert in_pieces.bits() == whole.bits(), "its sound depends on the block size"
    still = [i[FRAMES // 2] for i in inputs]
    flat = [np.array(np.broadcast_to(s, inputs[0].shape)) for s in still]
    for moves in {0, len(inputs) - 1}:
        mixed = [[moving if j == moves else s for j, (moving, s) in enumerate(zip(inputs, other))] for other in (still, flat)]
        assert run(module, mixed[0], address=address).bits() == run(module, mixed[1], address=address).bits(), \
            "an input that stands still sounds different from a signal that never moves"


def prove_reset_and_restore(module, address=None):
    """The same bits from the same state: after a reset, and after a snapshot that is put back into another arena."""
    first, second = ordinary(module, FRAMES, lanes_of(module), 3), ordinary(module, FRAMES, lanes_of(module), 4)
    fresh = run(module, first, address=address)
    went_on = run(module, second, states=fresh.states, address=address)
    restored = run(module, second, states=deepcopy(fresh.states), address=address)
    assert restored.bits() == went_on.bits(), "it does not go on from a snapshot as it would have"
    reset = run(module, first, states=initial_states(module, lanes_of(module)), address=address)
    assert reset.bits() == fresh.bits(), "after a reset it does not sound as when it was new"
    both = run(module, [np.concatenate(pair) for pair in zip(first, second)], address=address)
    assert [o[FRAMES:].tobytes() for o in both.outlets] == [o.tobytes() for o in went_on.outlets], "it keeps something that is no state"


def denormal(values):
    """Where float32 values are neither zero nor normal."""
    return (values != 0.0) & (np.abs(values) < SMALLEST_NORMAL)


def check_no_denormals(module, result):
    for name, signal in zip(module.outlets, result.outlets):
        assert not denormal(signal).any(), (f"outlet '{name}' has denormals, numbers below 1e-38, which cost 45 times the time; arithmetic "
                                            "loses them, so do not pass an input on as it is: `audio * gain`")
    for state, row in zip(module.values, result.states.values):
        assert state.kind == "int" or not denormal(row.view(np.float32)).any(), \
            f"state '{state.name}' is denormal, a number below 1e-38, which costs 45 times the time; keep what arithmetic made"
    for state, line in zip(module.lines, result.states.lines):
        assert not denormal(line.ring).any(), f"denormals, numbers below 1e-38, are written to the line '{state.name}'; write what arithmetic made"


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
    rested = run(module, silent(module, FRAMES, lanes_of(module), 0.0))
    assert all((o == 0.0).all() for o in rested.outlets), "it makes a sound of its own where nothing goes in"
    for size in (1e-37, 1e-30, 1.0):
        struck = [i if p in module.params else i * np.float32(size) for p, i in zip(module.inputs, ordinary(module, 500, lanes_of(module)))]
        state = run(module, struck, flush=flush)
        check_no_denormals(module, state)
        for settings in [{}, *({p.name: end} for p in module.params for end in (p.low, p.high))]:
            tail = run(module, silent(module, FRAMES, lanes_of(module), None, **settings), states=state.states, flush=flush)
            check_no_denormals(module, tail)
    for inlets in (1e-37, 1e-39, 1e-45):
        check_no_denormals(module, run(module, silent(module, FRAMES, lanes_of(module), inlets), flush=flush))
    check_no_denormals(module, run(module, [i * np.float32(1e-39) for i in ordinary(module, FRAMES, lanes_of(module))], flush=flush))
    one = lanes_of(module) if module.across else 1
    after = run(module, silent(module, 480_000, one, None), states=state.states if module.across else state.states.lanes(slice(one)))
    assert all(np.abs(o[-4_800:]).max() < 1e-6 for o in after.outlets), "ten seconds later it still sounds"


def prove_hostile(module):
    """Nothing that can be plugged in makes it emit, or remember, what is not a number."""
    for seed in range(3):
        inputs = hostile(module, 20_000, lanes_of(module), seed)
        result = run(module, inputs)
        for name, signal in zip(module.outlets, result.outlets):
            assert np.isfinite(signal).all(), f"outlet '{name}' is not a finite number {when(module, inputs, signal)}"
        for state, line in zip(module.lines, result.states.lines):
            assert np.isfinite(line.ring).all(), f"what is not a finite number is written to the line '{state.name}'; hold it in a range"
        for state, row in zip(module.values, result.states.values):
            assert state.kind == "int" or np.isfinite(row.view(np.float32)).all(), \
                f"state '{state.name}' is not a finite number after inputs from {min(EXTREMES):g} to {max(EXTREMES):g}; hold it in a range"
        recovered = run(module, signals(module, FRAMES, lanes_of(module), {}), states=result.states)
        assert all(np.isfinite(o).all() for o in recovered.outlets), "it does not recover from hostile input"


def when(module, inputs: list[np.ndarray], signal: np.ndarray) -> str:
    """What stood at the inputs where `signal` first was not finite."""
    frame, lane = np.argwhere(~np.isfinite(signal))[0]
    return "with " + ", ".join(f"{port.name} = {values[frame, lane]:g}" for port, values in zip(module.inputs, inputs))


def prove_formula_lanes(module, formula=kernel.reference):
    """The formula, run by NumPy, gives each of four lanes the bits that it gives that lane alone. So does a kernel that has the formula's bits."""
    if module.across:
        return
    inputs, given = ordinary(module, FORMULA_FRAMES, 4), given_values(module, 4)
    with np.errstate(all="ignore"):
        together, _ = formula(module, inputs, given, reference_states(module, 4), reference_tables(module))
    for lane in range(4):
        part = slice(lane, lane + 1)
        with np.errstate(all="ignore"):
            alone, _ = formula(module, [i[:, part] for i in inputs], [g[part] for g in given], reference_states(module, 1), reference_tables(module))
        assert [o.tobytes() for o in alone] == [np.ascontiguousarray(o[:, part]).tobytes() for o in together], f"lane {lane} alone has other bits"


def prove_lanes(module, tampered=None, counts=limits.LANES):
    """Voices have the same bits in one kernel of as many lanes, two of half as many, ... and so many of 1; unless the lanes hear each other."""
    if module.across:
        return
    widest = max(counts)
    inputs, given = ordinary(module, 2_000, widest), given_values(module, widest)
    together = run(module, inputs)
    for lanes in counts:
        for first in range(0, widest, lanes):
            part = slice(first, first + lanes)
            alone = run(module, [i[:, part] for i in inputs], given=[g[part] for g in given], address=(tampered or {}).get(lanes))
            assert [o.tobytes() for o in alone.outlets] == [o[:, part].tobytes() for o in together.outlets], f"with {lanes} lanes it has other bits"
            assert alone.states.bits() == together.states.lanes(part).bits(), f"with {lanes} lanes its state has other bits"
