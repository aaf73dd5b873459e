"""Measures of what moves other modules: frame by frame, its rate, its range, its chance."""

import numpy as np

from chronus.workshop.harness import RATE, initial_states, play, run, signals
from chronus.workshop.measures.spectra import SECOND


def answers(module, heard, gives, outlet="out", within=0.0, **settings):
    """Hears `heard` and answers with `gives`, frame by frame."""
    wanted = np.array(gives, np.float64)
    inputs = {name: np.array(values, np.float32) for name, values in heard.items()}
    found = play(module, len(wanted), **inputs, **settings).outlets[module.outlets.index(outlet)][:, 0].astype(np.float64)
    wrong = np.flatnonzero(np.abs(found - wanted) > within)
    assert not len(wrong), f"{outlet} gives {found[wrong[0]]:g} at frame {wrong[0]} instead of {wanted[wrong[0]]:g}"


def plays_notes(module, note, hz):
    """A note that is begun has its pitch and its velocity in the same frame; struck again while it is held, its gate closes for one frame."""
    begun = states_with(module, pitch=note, velocity=0.8, held=1.0, fresh=1.0)
    first = run(module, signals(module, 4, 1, {}), states=begun)
    freq, gate = (first.outlets[module.outlets.index(name)][:, 0].astype(np.float64) for name in ("freq", "gate"))
    assert abs(1200.0 * np.log2(max(freq[0], 1e-9) / hz)) < 0.01, f"note {note:g} is {freq[0]:.4f} Hz instead of {hz}"
    assert np.allclose(gate, 0.8), f"its gate begins with {gate.tolist()}"
    first.states.values[[s.name for s in module.values].index("fresh")] = np.float32(1.0).view(np.int32)
    again = run(module, signals(module, 4, 1, {}), states=first.states).outlets[module.outlets.index("gate")][:, 0]
    assert again[0] == 0.0 and np.allclose(again[1:], 0.8), f"struck again its gate goes on with {again.tolist()}"


def glides(module, ms, **settings):
    """From one note to another an octave above, it is within 0.012 semitones after `ms`, and halfway after a tenth of that."""
    begun = run(module, signals(module, 1, 1, {}), states=states_with(module, pitch=57.0, velocity=1.0, held=1.0)).states
    begun.values[[s.name for s in module.values].index("pitch")] = np.float32(69.0).view(np.int32)
    freq = run(module, signals(module, SECOND, 1, settings), states=begun).outlets[module.outlets.index("freq")][:, 0].astype(np.float64)
    left = 12.0 * np.log2(440.0 / freq)
    arrived = round(ms * RATE / 1000.0)
    assert abs(left[arrived - 1]) < 0.0125, f"after {ms} ms it is still {left[arrived - 1]:.4f} semitones away"
    assert abs(left[arrived // 10 - 1] - 6.0) < 0.1, f"after a tenth of it, it is {left[arrived // 10 - 1]:.2f} semitones away instead of 6"


def expresses(module, bend, pressure, timbre):
    """What one note is moved by is there at once where the note is new, else within 5 ms to a thousandth, and then stands still; where the note is let
    go its pressure is gone as soon.
    """
    wanted = {"note": 69.0 + bend, "pressure": pressure, "timbre": timbre}
    own = {"own_bend": bend, "own_pressure": pressure, "own_timbre": timbre}
    new = run(module, signals(module, 4, 1, {}), states=states_with(module, pitch=69.0, velocity=1.0, held=1.0, fresh=1.0, **own))
    later = run(module, signals(module, SECOND, 1, {}), states=states_with(module, pitch=69.0, velocity=1.0, held=1.0, **own))
    for name, value in wanted.items():
        first, moved = (each.outlets[module.outlets.index(name)][:, 0].astype(np.float64) for each in (new, later))
        start = value - own[f"own_{'bend' if name == 'note' else name}"]
        assert np.allclose(first, value, atol=1e-5), f"{name} of a new note begins with {first.tolist()} instead of {value}"
        assert abs(moved[0] - start) < 0.05 and abs(moved[RATE // 200] - value) < 0.0015, f"{name} goes from {moved[0]} to {moved[RATE // 200]} in 5 ms"
        assert (moved[-100:] == moved[-1]).all() and abs(moved[-1] - value) < 1e-5, f"{name} ends at {moved[-1]} instead of {value}"
    later.states.values[[s.name for s in module.values].index("held")] = 0
    ends = run(module, signals(module, SECOND, 1, {}), states=later.states).outlets[module.outlets.index("pressure")][:, 0]
    assert np.abs(np.diff(ends, prepend=pressure)).max() < 0.05 * pressure and ends[RATE // 200] < 0.0015 and not ends[RATE // 50:].any(), "it is let go with a step"


def stands(module, place):
    """The first note of a voice stands at `place` in its very frame; the next, elsewhere, within 5 ms to a thousandth, and then stands still."""
    first = run(module, signals(module, 4, 1, {}), states=states_with(module, pitch=69.0, velocity=1.0, held=1.0, fresh=1.0, own_place=place))
    found = first.outlets[module.outlets.index("place")][:, 0]
    assert np.allclose(found, place, atol=1e-6), f"it begins at {found.tolist()}"
    first.states.values[[s.name for s in module.values].index("own_place")] = np.float32(-place).view(np.int32)
    moved = run(module, signals(module, SECOND, 1, {}), states=first.states).outlets[module.outlets.index("place")][:, 0]
    assert np.abs(np.diff(moved)).max() < 0.06 * abs(place) and abs(moved[RATE // 200] + place) < 0.002 * abs(place), "it steps, or comes late"
    assert (moved[-100:] == np.float32(-place)).all(), f"it ends at {moved[-1]}"


def states_with(module, **values):
    """The state at rest of one lane, but for these values."""
    states = initial_states(module, 1)
    for name, value in values.items():
        states.values[[s.name for s in module.values].index(name)] = np.float32(value).view(np.int32)
    return states


def cycle(module, rate, within_cents, outlet="saw", **settings):
    """The phase that a rising saw shows, -1 to 1 for a cycle, goes on by `rate` cycles a second over twenty seconds."""
    ramp = 0.5 * play(module, 20 * SECOND, rate=rate, **settings).outlets[module.outlets.index(outlet)][:, 0].astype(np.float64)
    found = np.unwrap(ramp, period=1.0)[-1] - ramp[0]
    cents = 1200.0 * np.log2(max(found, 1e-12) * RATE / (20 * SECOND - 1) / rate)
    assert abs(cents) <= within_cents, f"{found / 20:.7f} Hz instead of {rate}: {cents:.3f} cents off"


def spans(module, outlet, low, high, within, **settings):
    """In ten seconds an outlet goes to `low` and to `high`, and never beyond."""
    signal = play(module, 10 * SECOND, lanes=2, **settings).outlets[module.outlets.index(outlet)]
    for found, wanted, beyond in ((signal.min(), low, signal.min() < low), (signal.max(), high, signal.max() > high)):
        assert not beyond and abs(found - wanted) <= within, f"{outlet} goes to {found} instead of {wanted}"


def restarts(module, outlets=("sine", "triangle", "saw", "square"), **settings):
    """A gate that opens at any moment begins a cycle in that very frame: from there on it is as it was from the first frame."""
    gates = np.zeros(SECOND, np.float32)
    gates[[7_001, 30_011]] = 0.3, 1.0
    played = play(module, SECOND, gate=gates, **settings).outlets
    for name in outlets:
        signal = played[module.outlets.index(name)][:, 0]
        for opened in (7_001, 30_011):
            off = np.abs(signal[opened:opened + 7_000] - signal[:7_000]).max()
            assert off < 1e-6, f"after a gate {name} is {off:g} away from how it began"


def spread(module, outlet, below, **settings):
    """Each lane has a chance of its own: over ten seconds no two lanes, and no lane and its past, go together more than `below` (1 is alike)."""
    signal = play(module, 10 * SECOND, lanes=4, **settings).outlets[module.outlets.index(outlet)].astype(np.float64)
    period = round(RATE / settings["rate"])
    drawn = signal[period // 2::period]
    columns = np.concatenate([drawn[1:], drawn[:-1]], 1)
    found = np.abs(np.corrcoef(columns.T) - np.eye(2 * drawn.shape[1])).max()
    assert found < below, f"two lanes, or a lane and its past, go together by {found:.3f}"
    assert np.abs(drawn.std(0) / np.sqrt(1.0 / 3.0) - 1.0).max() < 0.05, f"the values do not fill -1 to 1 evenly: deviation {drawn.std(0)}"


def locks(module, outlet, low, high, sync=0.0, every=0.0, **settings):
    """Along a ramp from 90 to 190 BPM, each cycle of so many beats begins in the frame of its beat and `outlet` goes from `low` to `high` with it."""
    cycle, frames = sync or every, np.arange(20 * SECOND)
    beat = (1.5 + 0.5 * (190.0 - 90.0) / 60.0 / 20.0 * frames / RATE) * frames / RATE
    tick = np.floor(480.0 * beat)
    settings |= {"sync": sync} if sync else {"every": every}
    found = play(module, len(frames), tick=tick, part=480.0 * beat - tick, **settings).outlets[module.outlets.index(outlet)][:, 0].astype(np.float64)
    passed = beat / round(480.0 * cycle) * 480.0
    begins = np.flatnonzero(np.diff(np.floor(passed)) > 0.0) + 1
    off = np.abs((found - low) / (high - low) - passed % 1.0).max()
    assert (np.flatnonzero(np.diff(found) < 0.5 * (low - high)) + 1).tolist() == begins.tolist(), "a cycle begins beside its beat"
    assert off < 1e-6, f"{outlet} is {off:g} of a cycle away from the music"


def unbroken(module, outlet, below, **settings):
    """In ten seconds, while gates open at any moment, an outlet moves and never by more than `below` in a frame."""
    gates = (np.random.default_rng(3).random(10 * SECOND) < 0.0002).astype(np.float32)
    signal = play(module, 10 * SECOND, lanes=2, gate=gates, **settings).outlets[module.outlets.index(outlet)]
    found = np.abs(np.diff(signal, axis=0)).max()
    assert 0.0 < found < below, f"a step of {found}"


def steady_hertz(module, hz, within_cents, **settings):
    """What comes out stands still at `hz`."""
    found = float(play(module, 1, **settings).outlets[0][0, 0])
    cents = 1200.0 * np.log2(max(found, 1e-12) / hz)
    assert abs(cents) <= within_cents, f"{found} Hz instead of {hz}: {cents:.5f} cents off"


MEASURES = (plays_notes, glides, expresses, stands, answers, cycle, spans, restarts, locks, spread, unbroken, steady_hertz)
