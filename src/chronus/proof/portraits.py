"""A picture of each module, measured from its kernel: what it sounds like, what it does to a sound, or how it moves."""

import numpy as np

from chronus.dsp.declare import Declaration
from chronus.proof.plot import chart, strips, trace
from chronus.proof.quality import response, spectrum_db
from chronus.workshop.harness import RATE, play, run, signals
from chronus.workshop.measures.control import states_with
from chronus.workshop.measures.spectra import ANALYSED, thirds

CURVES = 4                                  # in a picture: as many as it has colours
NOISES = ("noise", "velvet")                # sounds without harmonics
RESPONSES = ("three_band", "phaser", "flanger", "chorus", "gain")                # what they do is a matter of frequency
SHAPERS = ("clip", "crusher", "drive", "fold", "wavefolder", "ring_modulator", "frequency_shifter", "width")      # of a single wave
DYNAMICS = ("compressor", "limiter", "noise_gate")                          # of how loud a sound is
GATES = ("logic", "clock_divider", "compare", "tempo")                      # of 0 and 1
SETTINGS = {"bell": {"boost": 12.0}, "shelves": {"boost_low": 9.0, "boost_high": -9.0}, "tilt": {"boost": 9.0}, "clip": {"drive": 2.0},
            "pitch": {"semitones": 2.0}, "lfo": {"rate": 2.0}, "dust": {"density": 200.0}, "scale": {"out_low": 0.0, "curve": 0.7},
            "slew": {"rise": 300.0, "fall": 50.0}, "crusher": {"bits": 4.0, "rate": 6_000.0}, "gain": {"gain": 0.5}, "pan": {"position": -0.5},
            "width": {"width": 2.0}, "auto_pan": {"rate": 2.0}, "strip": {"send_a": 0.5, "send_b": 0.2}, "limiter": {"gain": 4.0},
            "noise_gate": {"threshold": -20.0, "release": 30.0}}
MOVED = {"pitch": ("semitones", lambda turn: np.floor(13.0 * turn)), "quantise": ("semitones", lambda turn: 12.0 * turn),
         "clock_divider": ("clock", lambda turn: pulses(turn, 12.0)), "logic": ("b", lambda turn: pulses(turn, 3.0)),
         "sample_hold": ("trigger", lambda turn: pulses(turn, 8.0)), "multiply": ("by", lambda turn: pulses(turn, 8.0)),
         "tempo": ("tick", lambda turn: np.floor(960.0 * turn))}                # 120 BPM


def pulses(turn: np.ndarray, often: float) -> np.ndarray:
    return np.where(turn * often % 1.0 < 0.5, 1.0, 0.0)


def portrait(module: Declaration) -> str:
    """The picture of a module, as SVG. The same bits in, the same text out."""
    if module.voices:
        return played(module)
    if module.kind == "filters" or module.id in RESPONSES:
        return chart("what comes through", responses(module), 20.0, 20_000.0, -60.0, 30.0)
    if module.kind == "control" and module.id not in SHAPERS:
        return moved(module)
    if module.kind == "envelopes":
        return opened(module)
    if module.inlets:
        return sounded(module)
    if module.param("gate"):
        return struck(module)
    return coloured(module) if module.id in NOISES else heard(module)


def named(module: Declaration, result, lane: int = 0) -> dict[str, np.ndarray]:
    """The first outlets by name; of a stereo module with one outlet both sides."""
    if module.lanes == 2 and len(module.outlets) == 1:
        return {"left": result.outlets[0][:, 0], "right": result.outlets[0][:, 1]}
    return {name: signal[:, lane] for name, signal in list(zip(module.outlets, result.outlets))[:CURVES]}


def settings(module: Declaration) -> dict:
    """What a module is set to for its picture, besides its inlets."""
    return {name: value for name, value in SETTINGS.get(module.id, {}).items() if module.param(name)}


def responses(module: Declaration) -> dict[str, tuple]:
    if len(module.outlets) > 1 or not module.param("resonance"):
        return {name: response(module, name, **settings(module)) for name in module.outlets[:CURVES]}
    return {f"resonance {r:g}": response(module, module.outlets[0], resonance=r, **settings(module)) for r in (0.0, 0.5, 0.8)}


def heard(module: Declaration) -> str:
    """The spectrum of what sounds by itself."""
    signal = play(module, ANALYSED, **settings(module)).outlets[0][:, 0]
    return chart("spectrum", {module.outlets[0]: spectrum_db(signal)}, 50.0, 20_000.0, -120.0, 0.0)


def coloured(module: Declaration) -> str:
    """The density of noises in thirds of an octave."""
    signals = named(module, play(module, 4 * ANALYSED, gain=1.0))
    pieces = {name: signal.reshape(-1, ANALYSED) * np.hanning(ANALYSED) for name, signal in signals.items()}
    densities = {name: thirds((np.abs(np.fft.rfft(p)) ** 2).mean(0) / ANALYSED) for name, p in pieces.items()}
    return chart("density", densities, 40.0, 16_000.0, -70.0, 10.0)


def struck(module: Declaration) -> str:
    """What a gate of a tenth of a second makes of it, until it is 40 dB down."""
    gate = np.zeros(2 * RATE, np.float32)
    gate[:RATE // 10] = 1.0
    curves = named(module, play(module, len(gate), gate=gate))
    ends = max(np.flatnonzero(np.abs(signal) >= 0.01 * np.abs(signal).max()).max() for signal in curves.values())
    frames = next(size for size in (RATE // 10, RATE // 5, RATE // 2, RATE, 2 * RATE) if size >= ends)
    return trace("struck once", {name: signal[:frames] for name, signal in curves.items()}, frames / RATE)


def opened(module: Declaration) -> str:
    """How an envelope moves while its gate is open for 0.6 s; one that follows hears a sine for as long."""
    frames, gate = np.arange(RATE), np.zeros(RATE, np.float32)
    gate[:6 * RATE // 10] = 1.0
    if module.param("gate"):
        return trace("a gate of 0.6 s", named(module, play(module, RATE, gate=gate)), 1.0)
    tone = (gate * np.sin(2.0 * np.pi * 110.0 / RATE * frames)).astype(np.float32)
    return trace("110 Hz for 0.6 s", named(module, play(module, RATE, **{module.bypass: tone})), 1.0)


def moved(module: Declaration) -> str:
    """What a control module makes of a slow wave, and of what MOVED says."""
    turn = np.arange(RATE) / RATE
    given = {module.bypass: pulses(turn, 2.0) if module.id in GATES[:1] else np.sin(2.0 * np.pi * turn)} if module.inlets else {}
    if module.id in MOVED:
        name, way = MOVED[module.id]
        given[name] = way(turn)
    given = {name: signal.astype(np.float32) for name, signal in given.items()}
    fixed = {name: value for name, value in settings(module).items() if name not in given}
    shown = {f"in: {name}": signal for name, signal in given.items() if module.inlets}
    curves = dict(list((shown | named(module, play(module, RATE, **given, **fixed))).items())[:CURVES + 1])
    title = "what comes of what goes in" if given else "how it moves"
    if module.id in GATES:
        return strips(title, {name: signal for name, signal in curves.items() if signal.max() <= 1.0}, 1.0)
    return trace(title, curves, 1.0)


def sounded(module: Declaration) -> str:
    """What an effect makes of a sine: of a short one and the silence after it, of one that is soft, loud and soft, or of a few waves."""
    part, close = np.arange(RATE) / RATE, module.id in SHAPERS or module.kind == "mixing"
    height = 1.0 if close else np.where((part > 0.3) & (part < 0.6), 0.8, 0.05) if module.id in DYNAMICS else np.where(part < 0.2, 0.8, 0.0)
    if module.id in ("tremolo", "auto_pan"):
        height = 0.8
    tone = (height * np.sin(2.0 * np.pi * (200.0 if close else 110.0) * part)).astype(np.float32)
    outlets = named(module, play(module, RATE, **{module.bypass: tone}, **settings(module)))
    curves = {"in": tone, **outlets} if len(outlets) < CURVES else outlets
    if close:
        return trace("a sine of 200 Hz", {name: signal[-480:] for name, signal in curves.items()}, 0.01)
    return trace("a sine of 110 Hz", curves, 1.0)


def played(module: Declaration) -> str:
    """The pitch of a voice that glides from one note to another in half a second."""
    begun = run(module, signals(module, 1, 1, {}), states=states_with(module, pitch=57.0, velocity=1.0, held=1.0)).states
    begun.values[[s.name for s in module.values].index("pitch")] = np.float32(69.0).view(np.int32)
    glided = run(module, signals(module, RATE, 1, {"glide": 500.0}), states=begun)
    return trace("hertz, from a3 to a4 with a glide of 500 ms", {"freq": glided.outlets[module.outlets.index("freq")][:, 0]}, 1.0)
