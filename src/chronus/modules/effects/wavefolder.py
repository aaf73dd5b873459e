"""The wavefolder of West Coast synthesisers: a plain tone goes in, and the more `drive`, the brighter and the hollower it comes out.

What goes past the top is folded down again, and again: sin(pi / 2 (drive x + bias)). `bias` folds one side before the other, for even
harmonics, and the offset that comes of it is taken out below 5 Hz. Of a sine there is next to nothing left beyond the harmonic 1.6 drive + 8, so at
four times the sample rate (`dsp.oversampling`) nothing folds back that the half-band filters do not take away. Between 10 and 16 there are drives, such as
14.5, at which next to nothing of the note itself is left. What is folded has waited for a frame: so a processor raises one while it folds the one
before. For control signals there is `fold`.
"""
from chronus.dsp.declare import frame_seconds, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import sine_of_many_turns
from chronus.dsp.oversampling import finely_lowered, finely_raised


@module(kind="effects", version=3, bypass="audio",
        promises=(promise("gain_at_level", at=1000.0, level=-60.0, db=3.9224, within=0.01, drive=1.0, gain=1.0),
                  promise("gain_at_level", at=12_000.0, level=-60.0, db=3.9224, within=0.5, drive=1.0, gain=1.0),
                  promise("aliases", at=1244.5, below_db=-80.0, drive=16.0), promise("aliases", at=2093.0, below_db=-78.0, drive=16.0),
                  promise("aliases", at=4186.0, below_db=-95.0, drive=4.0), promise("aliases", at=4186.0, below_db=-65.0, drive=16.0),
                  promise("aliases", at=4186.0, below_db=-65.0, drive=14.0, bias=0.5), promise("aliases", at=4186.0, below_db=-90.0, drive=4.0, bias=0.5)))
def wavefolder(audio=inlet(), drive=ratio(2.0, high=16.0), bias=ratio(0.0, low=-1.0, high=1.0), gain=ratio(0.7, high=16.0), frame=frame_seconds(),
               x0=state(), p0=state(), p1=state(), p2=state(), p3=state(), q0=state(), q1=state(), q2=state(), v0=state(),
               f0=state(), g0=state(), h0=state(), b1=state(), b2=state(), b3=state(), b4=state(),
               i0=state(), n0=state(), j0=state(), k0=state(), l0=state(), e0=state(), u0=state(), u1=state(), u2=state(), u3=state(),
               o0=state(), w0=state(), w1=state(), w2=state(), offset=state()):
    x = minimum(maximum(audio * minimum(maximum(drive, 0.0), 64.0), -256.0), 256.0)
    raised, up = finely_raised(0.25 * x, x0, p0, p1, p2, p3, q0, q1, q2, v0, f0, g0, h0)
    lean = 0.25 * minimum(maximum(bias, -1.0), 1.0)
    y1, y2 = sine_of_many_turns(b1 + lean), sine_of_many_turns(b2 + lean)
    y3, y4 = sine_of_many_turns(b3 + lean), sine_of_many_turns(b4 + lean)
    still = sine_of_many_turns(lean)
    folded, down = finely_lowered(y1 - still, y2 - still, y3 - still, y4 - still, i0, n0, j0, k0, l0, e0, u0, u1, u2, u3, o0, w0, w1, w2)
    bare = folded - offset
    return bare * gain, (*up, *raised, *down, offset + bare * minimum(31.4159265 * frame, 1.0))
