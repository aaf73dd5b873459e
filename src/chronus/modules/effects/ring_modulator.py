"""Multiplies two sounds into bells, robots and broken radios: each tone comes out as its sum with the carrier and its difference from it.

The carrier is its own sine at `freq`, or what is plugged into `carrier`, or both, by `external`. Neither the sound nor its own carrier comes
through by itself: the multiplication is exact. `shape` folds the sine towards a square, s g / sqrt(1 + (g g - 1) s s), which has no corners and
adds odd harmonics of the carrier. `width` sets the carriers of left and right up to a quarter of a turn apart. Below 20 Hz it is a tremolo.
"""
from chronus.dsp.declare import Abreast, frame_seconds, hertz, inlet, module, phase, promise, ratio, side
from chronus.dsp.lanes import maximum, minimum, square_root, to_phase, turns
from chronus.dsp.math import sine_of_turns


@module(kind="effects", abreast=Abreast(), bypass="audio",
        promises=(promise("products", at=1000.0, lines=((567.0, -6.0206), (1433.0, -6.0206)), others_db=-110.0, freq=433.0),
                  promise("products", at=1000.0, lines=((1000.0, -6.0206), (567.0, -12.0412), (1433.0, -12.0412)), others_db=-110.0, freq=433.0,
                          mix=0.5),
                  promise("gain_at", at=1000.0, db=-6.0206, within=0.001, external=1.0, carrier=0.5),
                  promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0)))
def ring_modulator(audio=inlet(), carrier=inlet(), freq=hertz(440.0, low=0.0, high=20_000.0), external=ratio(0.0), shape=ratio(0.0),
                   width=ratio(0.0), mix=ratio(1.0), frame=frame_seconds(), side=side(), angle=phase()):
    sine = sine_of_turns(turns(angle + to_phase(0.125 * side * minimum(maximum(width, 0.0), 1.0))))
    g = 1.0 + 15.0 * minimum(maximum(shape, 0.0), 1.0)
    own = g * sine / square_root(1.0 + (g * g - 1.0) * (sine * sine))
    other = minimum(maximum(external, 0.0), 1.0)
    wet = minimum(maximum(mix, 0.0), 1.0)
    wave = own + other * (minimum(maximum(carrier, -16.0), 16.0) - own)
    return audio * (1.0 - wet + wet * wave), (angle + to_phase(freq * frame),)
