"""Modules that are wrong on purpose: each must be caught by the proof that is there for it."""

import os
from dataclasses import replace

import numpy as np
import pytest

from chronus.dsp import kernel
from chronus.dsp.declare import frame_seconds, gate, hertz, inlet, module, phase, promise, ratio, state
from chronus.dsp.lanes import absolute, maximum, minimum, select, to_phase, turns
from chronus.dsp.math import sine_of_turns
from chronus.modules.registry import modules
from chronus.native.build import build
from chronus.workshop import proofs
from chronus.workshop.harness import LANES, play, run, signals


def declare(formula, **declaration):
    """A module declared outside the instrument, which the compiler is to take for one of its own."""
    formula.__module__ = "chronus.canaries"
    return module(**{"kind": "canaries", **declaration})(formula)


def caught(proof, *args, **kwargs):
    with pytest.raises(AssertionError):
        proof(*args, **kwargs)


def tampered(declaration, lanes, change) -> int:
    """The address of a kernel whose source was changed by hand."""
    function = kernel.kernel_function.__wrapped__(declaration, lanes)
    text = change(function.source)
    assert text != function.source
    exec(compile(text, "<tampered>", "exec"), function.__globals__)
    other = function.__globals__[function.__name__]
    other.__module__, other.source, other.lowering = "chronus.kernels", text, function.lowering
    return build(other, kernel.SIGNATURE)


def forgets(text):
    """State is not written back at the end of a call, so the sound hangs on where calls end."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("    store_")) + "\n"


def louder(text):
    return text.replace("out0)\n", "out0 * 1.0000001)\n", 1)


def test_what_hangs_on_the_block_size_is_caught():
    sine = modules()["sine"]
    address = tampered(sine, LANES, forgets)
    caught(proofs.prove_block_size, sine, address=address)
    caught(proofs.prove_reset_and_restore, sine, address=address)


def test_a_kernel_that_is_not_its_formula_is_caught():
    caught(proofs.prove_reference, modules()["gain"], address=tampered(modules()["gain"], LANES, louder))


def test_a_lane_count_that_sounds_different_is_caught():
    caught(proofs.prove_lanes, modules()["gain"], tampered={8: tampered(modules()["gain"], 8, louder)})


def test_a_formula_that_knows_its_lane_is_caught():
    def by_lane(module, inputs, *rest):
        outlets, states = kernel.reference(module, inputs, *rest)
        return [o * np.float32(inputs[0].shape[1]) for o in outlets], states

    caught(proofs.prove_formula_lanes, modules()["gain"], by_lane)


def test_a_kernel_that_writes_beyond_its_frames_is_caught():
    gain = modules()["gain"]
    address = tampered(gain, LANES, lambda text: text.replace("range(frames)", "range(frames + 1)"))
    caught(run, gain, signals(gain, 100, LANES, {}), address=address)


def test_division_by_nothing_is_caught():
    def inverse(audio=inlet()):
        return 1.0 / audio, ()
    caught(proofs.prove_hostile, declare(inverse))


def test_growth_that_only_the_state_shows_is_caught():
    def grows(audio=inlet(), seen=state()):
        return minimum(maximum(audio + 0.0 * minimum(seen, 1.0), -1.0), 1.0), (1.1 * (absolute(seen) + absolute(audio)),)
    caught(proofs.prove_hostile, declare(grows))


def test_denormals_that_no_arithmetic_flushes_are_caught():
    def floored(audio=inlet()):
        return select(absolute(audio) < 0.5, 1e-39, audio), ()

    def keeps(audio=inlet(), seen=state()):
        return audio * 1.0, (select(audio > -2.0, audio, seen),)
    caught(proofs.prove_silence, declare(floored))
    caught(proofs.prove_silence, declare(keeps))


def test_without_flushing_the_filter_has_denormals():
    """So the harness does flush, and the check does see them."""
    caught(proofs.prove_silence, modules()["filter"], flush=False)


def test_the_harness_leaves_the_mode_of_the_thread_alone():
    play(modules()["gain"], 10)
    assert np.float32(2.0**-126) * np.float32(0.5) > 0.0


def test_hum_and_tails_without_end_are_caught():
    def hums(audio=inlet()):
        return audio + 1e-5, ()

    def remembers(audio=inlet(), most=state()):
        return most * 1.0, (maximum(most, absolute(audio)),)
    caught(proofs.prove_silence, declare(hums))
    caught(proofs.prove_silence, declare(remembers))


def test_a_pitch_and_a_tone_that_are_slightly_off_are_caught():
    def sharp(freq=hertz(220.0, low=0.0, high=20_000.0), gain=ratio(0.5), frame=frame_seconds(), angle=phase()):
        return sine_of_turns(turns(angle)) * gain, (angle + to_phase(freq * frame * 1.0001),)

    def warm(freq=hertz(220.0, low=0.0, high=20_000.0), gain=ratio(0.5), frame=frame_seconds(), angle=phase()):
        wave = sine_of_turns(turns(angle))
        return wave * gain * (1.0 + 3e-6 * wave), (angle + to_phase(freq * frame),)
    caught(proofs.prove_response, declare(sharp, promises=(promise("pitch", freq=440.0, within_cents=0.1),)))
    caught(proofs.prove_response, declare(warm, promises=(promise("purity", freq=997.0, thd_db=-120.0),)))


def test_an_envelope_that_steps_or_sags_is_caught():
    def steps(audio=inlet(default=1.0), gate=gate()):
        return audio * gate, ()

    def sags(audio=inlet(default=1.0), gate=gate(), attack=ratio(10.0, high=100.0), level=state()):
        level = select(gate > 0.0, minimum(level + gate / 480.0, gate), 0.0)
        return audio * level * (1.0 - 0.0001 * (1.0 - level)), (level,)
    caught(proofs.prove_response, declare(steps, promises=(promise("largest_step", below=0.5),)))
    caught(proofs.prove_response, declare(sags, promises=(promise("attack_frames", attack=10.0, frames=480),)))


NEARLY = [("adsr", "attack_frames", {"attack": 10.0, "frames": 479}), ("adsr", "attack_frames", {"attack": 10.0, "frames": 481}),
          ("adsr", "release_frames", {"release": 100.0, "frames": 4_810, "within": 2}),
          ("adsr", "settled", {"at": 0.40001, "within": 1e-6, "gate": 0.8, "sustain": 0.5, "decay": 50.0}),
          ("adsr", "largest_step", {"below": 0.99 / 480, "attack": 10.0}), ("sine", "pitch", {"freq": 440.0, "within_cents": 1e-9}),
          ("sine", "purity", {"freq": 997.0, "thd_db": -200.0}),
          ("gain", "gain_at", {"at": 1000.0, "db": -6.0, "within": 0.01, "gain": 0.5}),
          ("pan", "gain_at", {"at": 1000.0, "db": -0.6877, "within": 0.01, "position": 0.5}),
          ("one_pole", "slope", {"outlet": "low", "at": 2_000.0, "db_per_octave": -6.3, "within": 0.1, "cutoff": 50.0}),
          ("acid", "slope", {"at": 200.0, "db_per_octave": -18.0, "within": 0.2, "cutoff": 100.0, "resonance": 0.0}),
          ("dc_block", "gain_below", {"at": 5.0, "db": -3.02}), ("notch", "gain_below", {"outlet": "notch", "at": 1010.0, "db": -90.0}),
          ("ladder", "self_oscillation", {"cutoff": 440.0, "within_cents": 0.001, "peak_db": -1.5, "within": 0.2, "resonance": 1.0}),
          ("ladder", "self_oscillation", {"cutoff": 440.0, "within_cents": 0.5, "peak_db": -1.2, "within": 0.2, "resonance": 1.0}),
          ("ladder", "self_oscillation", {"cutoff": 440.0, "within_cents": 0.5, "peak_db": -1.5, "within": 0.2, "resonance": 0.94}),
          ("steep", "bounded_while_swept", {"peak": 20.0, "resonance": 1.0})]
NEARLY += [("lfo", "cycle", {"rate": 0.01, "within_cents": 1e-7}), ("lfo", "restarts", {"rate": 3.0, "outlets": ("random",)}),
           ("lfo", "spans", {"outlet": "saw", "low": -1.0, "high": 0.99, "within": 1e-3, "rate": 10.0}),
           ("lfo", "spans", {"outlet": "random", "low": -1.0, "high": 1.0, "within": 1e-6, "rate": 100.0}),
           ("lfo", "spread", {"outlet": "random", "below": 0.01, "rate": 100.0}), ("lfo", "spread", {"outlet": "sine", "below": 2.0, "rate": 100.0}),
           ("lfo", "unbroken", {"outlet": "smooth", "below": 0.0008, "rate": 15.0}), ("lfo", "unbroken", {"outlet": "random", "below": 0.5}),
           ("slew", "slews", {"rise": 10.0, "up": 479, "fall": 0.0, "down": 1}), ("slew", "slews", {"rise": 10.0, "up": 480, "fall": 0.0, "down": 2}),
           ("slew", "slews", {"rise": 10.0, "up": 481, "fall": 0.0, "down": 1}),
           ("ad", "stroke", {"attack": 10.0, "rises": 481, "decay": 100.0, "falls": 4_800}),
           ("ad", "stroke", {"attack": 10.0, "rises": 480, "decay": 100.0, "falls": 4_801}),
           ("ad", "largest_step", {"below": 0.99 / 1_440, "attack": 30.0, "decay": 300.0}),
           ("follower", "follows", {"level": 0.5, "within": 0.01, "attack": 500.0, "release": 500.0}),
           ("follower", "follower_times", {"attack": 10.0, "up": 483, "release": 100.0, "down": 4_800, "within": 1}),
           ("follower", "follower_times", {"attack": 10.0, "up": 480, "release": 100.0, "down": 4_803, "within": 1}),
           ("pitch", "steady_hertz", {"hz": 440.003, "within_cents": 0.001, "freq": 440.0}),
           ("fold", "aliases", {"at": 4186.0, "below_db": -80.0, "drive": 1.5}),
           ("scale", "answers", {"heard": {"audio": (0.0, 0.5)}, "gives": (0.0, 0.5001), "within": 1e-6}),
           ("logic", "answers", {"heard": {"a": (0, 1, 1)}, "gives": (0, 1, 0), "outlet": "one"}),
          ("drive", "gain_at_level", {"at": 1000.0, "level": -80.0, "db": 39.9, "within": 0.05, "drive": 40.0, "gain": 1.0}),
          ("compressor", "gain_at_level", {"at": 1000.0, "level": 0.0, "db": -15.2, "within": 0.1, "threshold": -20.0, "release": 500.0}),
          ("drive", "aliases", {"at": 4186.0, "below_db": -120.0, "drive": 10.0}),
          ("kick", "rings", {"at": 50.5, "within_cents": 10.0, "after_ms": 150.0, "decay": 2_000.0}),
          ("kick", "fades", {"ms": 320.0, "within": 0.03, "decay": 300.0, "click": 0.0, "drive": 0.0, "sweep": 0.0, "tune": 400.0}),
          ("kick", "rests", {"within_ms": 590.0, "decay": 300.0}), ("kick", "velocity", {"db": 5.0, "within": 0.01, "drive": 0.2}),
          ("kick", "smooth", {"below": 0.05, "click": 0.0, "drive": 0.0}),
          ("hat", "band", {"low": 9_000.0, "high": 18_000.0, "share": 0.9}), ("hat", "chokes", {"within_ms": 10.0, "decay": 5_000.0}),
          ("clap", "bursts", {"count": 3, "apart_ms": 14.0, "within_ms": 0.6, "spread": 15.0, "decay": 50.0}),
          ("clap", "bursts", {"count": 4, "apart_ms": 15.0, "within_ms": 0.6, "spread": 15.0, "decay": 50.0}),
          ("crusher", "steps", {"count": 17, "bits": 4.1, "rate": 96_000.0}), ("crusher", "holds", {"frames": 6, "rate": 7_900.0}),
          ("tremolo", "sways", {"per_second": 5.0, "low": 0.01, "high": 1.0, "within": 0.001, "rate": 5.0, "depth": 1.0}),
          ("tremolo", "sways", {"per_second": 6.0, "low": 0.0, "high": 1.0, "within": 0.001, "rate": 5.0, "depth": 1.0}),
          ("tremolo", "opposite", {"within": 0.001, "width": 0.99, "depth": 1.0}),
          ("phaser", "gain_below", {"at": 1010.0, "db": -60.0, "freq": 1000.0, "depth": 0.0, "feedback": 0.0}),
          ("compressor", "turns_down", {"ms": 10.5, "within": 0.02, "attack": 10.0, "release": 100.0, "threshold": -20.0}),
          ("compressor", "ducks", {"db": -15.0, "within": 0.1, "threshold": -20.0, "ratio": 3.9, "release": 500.0}),
          ("noise_gate", "shuts", {"hold_ms": 50.0, "release_ms": 100.0, "within_ms": 2.0, "hold": 53.0, "release": 100.0}),
          ("noise_gate", "shuts", {"hold_ms": 50.0, "release_ms": 100.0, "within_ms": 2.0, "hold": 50.0, "release": 103.0}),
          ("frequency_shifter", "moves", {"at": 1000.0, "to": 1100.0, "image_db": -80.0, "outlet": "up", "shift": 100.0}),
          ("frequency_shifter", "moves", {"at": 1000.0, "to": 1101.0, "image_db": -60.0, "outlet": "up", "shift": 100.0})]
NEARLY += [("saw", "aliasing", {"freq": 4186.0, "worst_db": -91.0, "summed_db": -80.0}),
           ("saw", "aliasing", {"freq": 4186.0, "worst_db": -80.0, "summed_db": -85.0}),
           ("saw", "aliasing", {"freq": 4186.0, "swing": 0.5, "worst_db": -80.0, "summed_db": -76.0}),
           ("pulse", "aliasing", {"freq": 4186.0, "width_swing": 0.5, "worst_db": -95.0, "summed_db": -80.0}),
           ("saw", "harmonics", {"freq": 4186.0, "wave": "saw", "within": 0.2}),
           ("saw", "harmonics", {"freq": 110.0, "wave": "pulse", "within": 0.3}),
           ("pulse", "harmonics", {"freq": 441.0, "wave": "pulse", "width": 0.5, "within": 0.001}),
           ("pulse", "starts_evenly", {"freq": 480.0, "below": 0.009}),
           ("noise", "colour", {"outlet": "pink", "db_per_octave": -3.2, "within": 0.5}),
           ("noise", "colour", {"outlet": "brown", "db_per_octave": -6.0206, "within": 0.05}),
           ("dust", "impulses", {"density": 50.0, "within_percent": 0.1}), ("dust", "strewn", {"density": 50.0})]
NEARLY += [("notes", "plays_notes", {"note": 69.0, "hz": 440.01}), ("notes", "glides", {"ms": 100.0, "glide": 105.0}),
           ("notes", "glides", {"ms": 100.0, "glide": 95.0}), ("limiter", "holds_true_peak", {"peak": 0.85, "ceiling": 0.891}),
           ("limiter", "holds_true_peak", {"peak": 1.0, "ceiling": 0.891}),
           ("master", "holds_true_peak", {"peak": 0.85}), ("master", "gain_below", {"outlet": "out", "at": 20.0, "db": -200.0})]
TWO = {"gate": 1.0, "algorithm": 4.0, "brightness": 2.0, "ratio2": 0.14, "sustain1": 1.0, "sustain2": 1.0, "level3": 0.0, "level4": 0.0}
TIMES = {"delay": 5.0, "attack": 10.0, "hold": 2.0, "decay": 100.0, "release": 300.0, "sustain": 0.5, "curve": 0.0}
DRAWN = {"time1": 10.0, "level1": 1.0, "time2": 20.0, "level2": -0.5, "time3": 5.0, "level3": 0.25, "time4": 40.0, "levels": (1.0, -0.5, 0.25, 0.0)}
NEARLY += [("fm4", "sidebands", {"freq": 5_000.0, "apart": 700.0, "index": 1.5707963, "within": 0.05, "level2": 0.126, **TWO}),
           ("fm4", "sidebands", {"freq": 5_000.0, "apart": 700.0, "index": 6.2831853, "within": 0.05, "level2": 0.5, **TWO, "ratio2": 0.141}),
           ("fm4", "wired", {"algorithm": 5.0, "bends": ((4, 3), (4, 2)), "heard": (1, 2, 3)}),
           ("fm4", "wired", {"algorithm": 4.0, "bends": ((4, 3), (2, 1)), "heard": (1,)}),
           ("fm", "shaken", {"freq": 440.0, "semitones": 12.0, "at": 330.0, "within": 1e-6, "index": 0.0}),
           ("fm", "shaken", {"freq": 440.0, "semitones": 12.0, "at": 330.0, "within": 0.001, "index": 0.01}),
           ("fm", "sidebands", {"freq": 5_000.0, "apart": 700.0, "index": 1.0, "within": 0.05, "ratio": 0.141}),
           ("supersaw", "swarm", {"freq": 4186.0, "parts": (1.0, 1.10745242), "detune": 1.0, "mix": 1.0, "worst_db": -80.0}),
           ("supersaw", "swarm", {"freq": 4186.0, "parts": (1.0, 1.11), "detune": 1.0, "mix": 1.0, "worst_db": 0.0}),
           ("supersaw", "loudness", {"rms": 0.61, "within_db": 0.3, "freq": 220.0, "gain": 1.0}),
           ("sync", "aliasing", {"freq": 1244.5, "ratio": 2.7, "worst_db": -120.0, "summed_db": -70.0}),
           ("formant", "formants", {"vowel": 0.1, "hz": (650.0, 1080.0), "within_percent": 3.0}),
           ("formant", "formants", {"vowel": 0.0, "hz": (650.0, 1080.0, 2_000.0), "within_percent": 3.0}),
           ("three_band", "flat", {"within": 0.01, "mid": 1.01}),
           ("ring_modulator", "products", {"at": 1000.0, "lines": ((567.0, -6.0206), (1433.0, -6.0206)), "others_db": -110.0,
                                           "freq": 433.0, "shape": 0.01}),
           ("ring_modulator", "products", {"at": 1000.0, "lines": ((567.0, -6.0), (1433.0, -6.0)), "others_db": -110.0, "freq": 433.0}),
           ("dahdsr", "stages", {"frames": (241, 480, 96, 4_800, 14_400), **TIMES}),
           ("dahdsr", "stages", {"frames": (240, 479, 97, 4_800, 14_400), **TIMES}),
           ("dahdsr", "stages", {"frames": (240, 480, 95, 4_801, 14_400), **TIMES}),
           ("dahdsr", "stages", {"frames": (240, 480, 96, 4_799, 14_400), **TIMES}),
           ("dahdsr", "stages", {"frames": (240, 480, 96, 4_800, 14_401), **TIMES}),
           ("ar", "stages", {"frames": (0, 481, 0, 0, 14_400), "attack": 10.0}),
           ("dahdsr", "struck_again", {"top": 1.0, "within": 1e-6, "sustain": 0.4, "legato": 1.0}),
           ("segments", "way_points", {"frames": (480, 961, 240, 1_920), "rounds": 1, **DRAWN}),
           ("segments", "way_points", {"frames": (480, 960, 240, 1_921), "rounds": 1, **DRAWN}),
           ("segments", "way_points", {"frames": (480, 960, 240, 1_920), "rounds": 2, **DRAWN})]
NEARLY += [("auto_pan", "keeps_power", {"within_db": 1e-7}), ("tremolo", "keeps_power", {"within_db": 3.0, "width": 1.0, "depth": 1.0}),
           ("auto_pan", "keeps_power", {"within_db": 0.001, "depth": 0.2}),
           ("delay", "echoes", {"ms": 250.0, "db": -6.1, "within_db": 0.05, "sides": "BBB", "feedback": 0.5, "tone": 20_000.0}),
           ("delay", "echoes", {"ms": 250.008, "db": -6.03, "within_db": 0.05, "sides": "BB", "feedback": 0.5, "tone": 20_000.0}),
           ("delay", "echoes", {"ms": 100.0, "db": -6.03, "within_db": 0.05, "sides": "LR", "feedback": 0.5, "tone": 20_000.0, "ping_pong": 0.999}),
           ("delay", "echoes", {"ms": 100.0, "db": -6.03, "within_db": 0.05, "sides": "LL", "feedback": 0.5, "tone": 20_000.0, "ping_pong": 1.0}),
           ("chorus", "swings", {"low_ms": 7.0, "high_ms": 16.562, "within_ms": 0.02, "time": 9.0, "depth": 1.95, "rate": 1.0}),
           ("flanger", "swings", {"low_ms": 0.75, "high_ms": 12.0, "within_ms": 0.02, "time": 3.0, "depth": 1.99, "rate": 1.0, "feedback": 0.0}),
           ("chorus", "alike", {"least": -0.2, "most": 0.2, "width": 0.0, "mix": 1.0}),
           ("chorus", "alike", {"least": 0.9999, "most": 1.0001, "width": 0.01}),
           ("delay", "retimes", {"before": 100.0, "after": 400.0, "slowest": 0.5, "fastest": 2.1}),
           ("delay", "retimes", {"before": 100.0, "after": 101.0, "slowest": 0.5, "fastest": 2.0}),
           ("flanger", "bounded_while_moved", {"moved": "time", "peak": 4.0, "feedback": 0.95, "mix": 1.0}),
           ("comb", "tuned", {"freq": 440.0, "within_cents": 1e-4}), ("pluck", "tuned", {"freq": 440.0, "within_cents": 1e-4}),
           ("comb", "dies_in", {"freq": 220.0, "ms": 1_050.0, "within": 0.02, "decay": 1_000.0, "damping": 0.0}),
           ("pluck", "dies_in", {"freq": 220.0, "partial": 9, "ms": 753.0, "within": 0.02, "decay": 20_000.0, "brightness": 0.49}),
           ("pluck", "keeps_falling", {"freq": 1_760.0, "db": 10.0}),
           ("pluck", "lacks", {"freq": 240.0, "partial": 5, "db": -40.0, "position": 0.21})]


NEARLY += [("plate", "falls_by_band", {"low": 2_100.0, "mid": 1_800.0, "high": 900.0, "within": 0.1}),
           ("plate", "falls_by_band", {"low": 1_800.0, "mid": 2_000.0, "high": 900.0, "within": 0.1}),
           ("plate", "falls_by_band", {"low": 1_800.0, "mid": 1_800.0, "high": 800.0, "within": 0.1}),
           ("hall", "echoes_fill", {"ms": 50.0}), ("plate", "echoes_fill", {"ms": 33.0, "decay": 200.0, "damping": 8.0}),
           ("plate", "no_modes", {"within": 1.6, "decay": 8_000.0, "modulation": 0.3}), ("hall", "apart", {"below": 0.003}),
           ("plate", "freezes", {"within": 0.025}), ("hall", "never_above", {"peak": 1.4}),
           ("plate", "never_above", {"peak": 1.7, "swept": ("size", "decay", "damping", "modulation", "predelay", "freeze")})]
NEARLY += [("strip", "mutes_smoothly", {"ms": 5.0, "bend_db": -81.0}), ("strip", "mutes_smoothly", {"ms": 4.8, "bend_db": -78.0}),
           ("strip", "mutes_smoothly", {"ms": 5.2, "bend_db": -78.0}), ("strip", "meters_sines", {"within_db": 0.01}),
           ("strip", "meters_sines", {"within_db": 0.1, "fader": 0.2})]
NEARLY += [("convolution", "convolves", {"error_db": -160.0}), ("convolution", "convolves", {"error_db": -125.0, "mix": 0.999999}),
           ("sampler", "plays_exactly", {"frames": 1_000, "freq": 261.7}), ("sampler", "plays_exactly", {"frames": 1_000, "start": 0.00001}),
           ("sampler", "keeps_pure", {"hz": 1_000.0, "speed": 1.37, "thd_db": -116.0}), ("sampler", "cuts_softly", {"below": 0.03}),
           ("sampler", "slices_evenly", {"slices": 16, "start": 0.01}), ("sampler", "turns_back", {"freq": 262.0}),
           ("wavetable", "aliasing", {"freq": 110.0, "position": 2 / 3, "worst_db": -112.0, "summed_db": -80.0}),
           ("wavetable", "harmonics", {"freq": 110.0, "wave": "saw", "within": 0.3, "position": 0.65}),
           ("granular", "scatters", {"position": 0.01, "spray": 0.4, "density": 10.0, "size": 30.0}),
           ("granular", "repitches", {"speed": 1.5, "within_cents": 1.0, "size": 900.0, "density": 8.0, "root": 262.0}),
           ("granular", "parts_sides", {"apart": 0.3})]


# Each measure is put to the test once; all of its canaries sing in `make proofs`.
ONCE = list({row[1]: row for row in reversed(NEARLY)}.values())


@pytest.mark.parametrize("name, measure, settings", NEARLY if os.environ.get("CHRONUS_ALL") else ONCE)
def test_a_promise_that_is_nearly_kept_is_caught(name, measure, settings):
    caught(proofs.MEASURES[measure], modules()[name], **settings)


def test_declarations_that_lack_something_are_caught():
    def fine(audio=inlet(), gain=ratio(1.0)):
        return audio * gain, ()

    def loud(gain=ratio(1.0, low=0.5)):
        return gain * 1.0, ()

    def shouted(audio=inlet(), amp=ratio(1.0)):
        return audio * amp, ()
    kept = (promise("gain_at", at=1000.0, db=0.0, within=0.01),)
    proofs.prove_contract(declare(fine, bypass="audio", promises=kept))
    caught(proofs.prove_contract, declare(fine, promises=kept))
    caught(proofs.prove_contract, declare(fine, bypass="audio"))
    caught(proofs.prove_contract, declare(fine, bypass="audio", promises=(promise("beauty", at=1.0),)))
    caught(proofs.prove_contract, declare(fine, bypass="audio", promises=(promise("gain_at", gain=2.0),)))
    caught(proofs.prove_contract, declare(fine, bypass="audio", promises=kept, outlets=("out", "out")))
    caught(proofs.prove_contract, replace(declare(fine, bypass="audio", promises=kept), doc="gain module"))
    caught(proofs.prove_contract, declare(loud, promises=kept))
    caught(proofs.prove_contract, declare(shouted, bypass="audio", promises=kept))


def test_a_reverb_that_freezes_and_still_listens_or_whose_sides_are_not_apart_is_caught():
    def listens(audio=inlet(), freeze=ratio(0.0), mix=ratio(1.0)):
        return audio * mix, ()
    wide = declare(listens, bypass="audio", lanes=16, across=True)
    caught(proofs.MEASURES["freezes"], wide, within=10.0)
    caught(proofs.MEASURES["apart"], wide, below=0.9)
