"""Fits one range to another: an LFO's -1 to 1 becomes 200 to 2000 Hz, or a velocity becomes a brightness.

What lies outside the range that goes in is held at its ends; turn `out_low` and `out_high` round to turn it upside down. `curve` bends the way
between: above 0 it starts slowly, below 0 quickly (Schlick, "Fast Alternatives to Perlin's Bias and Gain Functions", 1994).
"""
from chronus.dsp.declare import inlet, module, promise, ratio
from chronus.dsp.lanes import absolute, maximum, minimum, select


@module(kind="control", bypass="audio",
        promises=(promise("answers", heard={"audio": (-2, -1, -0.5, 0, 1, 2)}, gives=(200, 200, 650, 1100, 2000, 2000), within=1e-3,
                          out_low=200.0, out_high=2000.0),
                  promise("answers", heard={"audio": (0, 0.5, 1)}, gives=(1, 0.25, 0), within=1e-6,
                          in_low=0.0, out_low=1.0, out_high=0.0, curve=-0.5),
                  promise("answers", heard={"audio": (0, 0.5, 1)}, gives=(0, 0.25, 1), within=1e-6, in_low=0.0, out_low=0.0, curve=0.5),
                  promise("answers", heard={"audio": (-1, -0.3, 0, 0.7)}, gives=(-1, -0.3, 0, 0.7), within=1e-6)))
def scale(audio=inlet(), in_low=ratio(-1.0, low=-20_000.0, high=20_000.0), in_high=ratio(1.0, low=-20_000.0, high=20_000.0),
          out_low=ratio(-1.0, low=-20_000.0, high=20_000.0), out_high=ratio(1.0, low=-20_000.0, high=20_000.0), curve=ratio(0.0, low=-1.0, high=1.0)):
    width = in_high - in_low
    width = select(absolute(width) < 1e-6, 1e-6, width)
    part = minimum(maximum((audio - in_low) / width, 0.0), 1.0)
    bend = minimum(maximum(curve, -0.99), 0.99)
    part = part * (1.0 - bend) / (1.0 + bend - 2.0 * bend * part)
    return out_low + part * (out_high - out_low), ()
