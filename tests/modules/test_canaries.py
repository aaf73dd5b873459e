"""Modules that are wrong on purpose: each must be caught by the proof that is there for it."""

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


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_CACHE", str(tmp_path))


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
          ("pan", "gain_at", {"at": 1000.0, "db": -0.6877, "within": 0.01, "position": 0.5})]


@pytest.mark.parametrize("name, measure, settings", NEARLY)
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
