"""Makes new rhythms of two: a gate when both are open, when either is, or when exactly one is.

And, or, exclusive or. A signal above 0.5 is an open gate; what comes out is 0 or 1.
"""
from chronus.dsp.declare import inlet, module, promise
from chronus.dsp.lanes import select


@module(kind="control", outlets=("both", "either", "one"), bypass="a",
        promises=(promise("answers", heard={"a": (0, 0.51, 0.5, 1), "b": (0, 0, 1, 1)}, gives=(0, 0, 0, 1), outlet="both"),
                  promise("answers", heard={"a": (0, 0.51, 0.5, 1), "b": (0, 0, 1, 1)}, gives=(0, 1, 1, 1), outlet="either"),
                  promise("answers", heard={"a": (0, 0.51, 0.5, 1), "b": (0, 0, 1, 1)}, gives=(0, 1, 1, 0), outlet="one")))
def logic(a=inlet(), b=inlet()):
    first, second = a > 0.5, b > 0.5
    both, either = first & second, first | second
    return (select(both, 1.0, 0.0), select(either, 1.0, 0.0), select(either & ~both, 1.0, 0.0)), ()
