"""Turns semitones and octaves into hertz, for the `freq` of an oscillator: transpose, bend, vibrato and exponential FM.

gain * freq * 2**(octave + semitones / 12), so a cable into `octave` or `semitones` bends by the same interval whatever the note.
"""
from chronus.dsp.declare import hertz, module, promise, ratio
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import exp2


@module(kind="control",
        promises=(promise("steady_hertz", hz=440.0, within_cents=0.001, freq=440.0),
                  promise("steady_hertz", hz=261.6255653, within_cents=0.001, freq=440.0, semitones=-9.0),
                  promise("steady_hertz", hz=14080.0, within_cents=0.001, freq=440.0, octave=5.0),
                  promise("steady_hertz", hz=8.1757989, within_cents=0.001, freq=440.0, semitones=-69.0)))
def pitch(freq=hertz(220.0, low=0.0, high=20_000.0), octave=ratio(0.0, low=-10.0, high=10.0), semitones=ratio(0.0, low=-120.0, high=120.0),
          gain=ratio(1.0, low=0.0, high=16.0)):
    interval = minimum(maximum(octave + semitones * 0.083333336, -60.0), 60.0)
    return minimum(maximum(freq * exp2(interval), -1e6), 1e6) * gain, ()
