"""The purest tone there is: one frequency and nothing else.

The phase is an integer that wraps exactly, so the pitch neither drifts nor depends on how long it has played.
"""
from chronus.dsp.declare import Abreast, frame_seconds, hertz, module, phase, promise, ratio
from chronus.dsp.lanes import to_phase
from chronus.dsp.math import sine_of_phase


@module(kind="oscillators", abreast=Abreast(), version=2, promises=(promise("pitch", freq=440.0, within_cents=0.1), promise("purity", freq=997.0, thd_db=-140.0)))
def sine(freq=hertz(220.0, low=0.0, high=20_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), angle=phase(apart=True)):
    return sine_of_phase(angle, gain), (angle + to_phase(freq * frame),)
