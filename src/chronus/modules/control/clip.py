"""Cuts off what is too loud, from a hard edge to a round shoulder, and never lets more than the threshold through.

Below threshold * (1 - knee) nothing changes; from there a parabola bends into the threshold, which it reaches at threshold * (1 + knee) with
no corner. Made for control signals and colour: it acts on each frame by itself, so bright sounds alias, which `fold` avoids.
"""
from chronus.dsp.declare import inlet, module, promise, ratio
from chronus.dsp.lanes import absolute, maximum, minimum, select


@module(kind="control", bypass="audio",
        promises=(promise("answers", heard={"audio": (0.5, -0.5, 0.75, 0.76, -2, 1e6)}, gives=(0.5, -0.5, 0.75, 0.75, -0.75, 0.75), within=1e-6,
                          threshold=0.75, knee=0.0),
                  promise("answers", heard={"audio": (0.4, 0.5, 1, -1, 1.5, 20)}, gives=(0.4, 0.5, 0.875, -0.875, 1, 1), within=1e-6, knee=0.5),
                  promise("answers", heard={"audio": (0.125, -0.5, 1, 4)}, gives=(0.4375, -1, 1, 1), within=1e-6, knee=1.0, drive=4.0)))
def clip(audio=inlet(), drive=ratio(1.0, low=0.0, high=16.0), threshold=ratio(1.0), knee=ratio(0.5)):
    driven = audio * drive
    ceiling = minimum(maximum(threshold, 0.0), 1e6)
    bend = maximum(ceiling * minimum(maximum(knee, 0.0), 1.0), 1e-6)
    size = absolute(driven)
    over = minimum(maximum(size - (ceiling - bend), 0.0), 2.0 * bend)
    shaped = minimum(size, ceiling + bend) - over * over * (0.25 / bend)
    return select(driven < 0.0, -shaped, shaped), ()
