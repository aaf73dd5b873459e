"""A sine whose pitch another sine shakes, from a soft vibrato to glass and metal, through zero and out at the other side.

Linear frequency modulation of two operators: the frequency is freq (1 + index ratio sin), so that `index` is the one of the textbooks and the
side bands are Bessel functions of it; where it falls below 0 the wave runs backwards, so the pitch stays whatever the index, and `index` may
move at audio rate. `octave` and `semitones` move both operators by an interval, at audio rate, too: exponential FM. What goes beyond the
sample rate wraps round.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio
from chronus.dsp.lanes import floor, maximum, minimum, to_phase, turns
from chronus.dsp.math import exp2, sine_of_turns

QUARTER = 2**30                           # of a turn: the shaking begins at its widest, so that whole ratios leave next to no offset


@module(kind="oscillators", version=2,
        promises=(promise("pitch", freq=440.0, within_cents=0.1, index=0.0), promise("pitch", freq=440.0, within_cents=0.1, index=1.0, ratio=0.01),
                  promise("purity", freq=997.0, thd_db=-120.0, index=0.0),
                  promise("sidebands", freq=5_000.0, apart=700.0, index=1.0, within=0.02, ratio=0.14),
                  promise("sidebands", freq=5_000.0, apart=1_100.0, index=6.0, within=0.02, ratio=0.22),
                  promise("shaken", freq=440.0, semitones=12.0, at=330.0, within=0.001, index=0.0)))
def fm(freq=hertz(220.0, low=0.0, high=20_000.0), octave=ratio(0.0, low=-10.0, high=10.0), semitones=ratio(0.0, low=-120.0, high=120.0),
       ratio=ratio(1.0, high=32.0), index=ratio(1.0, high=32.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
       angle=phase(), bend=phase()):
    pitch = minimum(maximum(octave + semitones * 0.083333336, -60.0), 60.0)
    step = minimum(maximum(freq * frame, -0.5), 0.5) * exp2(pitch)
    shake = step * minimum(maximum(ratio, -1e3), 1e3)
    even = 1.0 - 1.6449341 * minimum(shake * shake, 0.25)                   # a sum over frames is a little more than an integral
    moved = step + shake * even * minimum(maximum(index, -1e3), 1e3) * sine_of_turns(turns(bend + QUARTER))
    return sine_of_turns(turns(angle)) * gain, (angle + to_phase(moved - floor(moved + 0.5)), bend + to_phase(shake - floor(shake + 0.5)))
