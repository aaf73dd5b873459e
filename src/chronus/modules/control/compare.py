"""Turns a moving signal into gates: one while it is above the threshold, one while it is below.

A gate opens when the signal is past the threshold by more than `hysteresis`, and closes when it comes back to the threshold itself, so a signal
that trembles there fires once; between the two neither gate need be open, and in silence at threshold 0 none is. Gates are 0 or 1.
"""
from chronus.dsp.declare import inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, select


@module(kind="control", outlets=("above", "below"), bypass="audio",
        promises=(promise("answers", heard={"audio": (0.0, 0.54, 0.56, 0.51, 0.5, 0.53, 0.56)}, gives=(0, 0, 1, 1, 0, 0, 1), outlet="above",
                          threshold=0.5, hysteresis=0.05),
                  promise("answers", heard={"audio": (0.6, 0.46, 0.44, 0.49, 0.5, 0.47, -2.0)}, gives=(0, 0, 1, 1, 0, 0, 1), outlet="below",
                          threshold=0.5, hysteresis=0.05)))
def compare(audio=inlet(), threshold=ratio(0.0, low=-1.0, high=1.0), hysteresis=ratio(0.01), side=state()):
    past, band = audio - threshold, maximum(hysteresis, 0.0)
    above = (past > band) | ((side > 0.5) & (past > 0.0))
    below = (past < -band) | ((side < -0.5) & (past < 0.0))
    up, down = select(above, 1.0, 0.0), select(below, 1.0, 0.0)
    return (up, down), (up - down,)
