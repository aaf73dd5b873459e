"""Makes a sound small and hard: fewer bits and fewer samples, as in early samplers.

`bits` (also between whole numbers) sets the steps between -1 and 1, beyond which it clips; silence lies on a step. `rate` is how often a new
sample is taken; what folds back is the effect, so nothing filters it. At 24 bits and a rate above the sample rate it leaves no trace.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import floor, maximum, minimum, select
from chronus.dsp.math import exp2


@module(kind="effects", version=2, bypass="audio",
        promises=(promise("steps", count=17, bits=4.0, rate=96_000.0), promise("steps", count=257, bits=8.0, rate=96_000.0),
                  promise("holds", frames=6, rate=8_000.0), promise("holds", frames=48, rate=1_000.0),
                  promise("gain_at", at=1000.0, db=0.0, within=0.01, bits=16.0, rate=96_000.0)))
def crusher(audio=inlet(), bits=ratio(8.0, low=1.0, high=24.0), rate=hertz(12_000.0, low=100.0, high=96_000.0), frame=frame_seconds(),
            age=state(), kept=state()):
    depth = minimum(maximum(bits, 1.0), 24.0) - 1.0
    level = minimum(maximum(floor(minimum(maximum(audio, -1.0), 1.0) * exp2(depth) + 0.5) * exp2(-depth), -1.0), 1.0)
    age = age + minimum(maximum(rate * frame, 0.0), 1.0)
    due = age > 0.99999
    kept = select(due, level, kept)
    return kept, (select(due, maximum(age - 1.0, 0.0), age), kept)
