"""Takes a value at the moment of a trigger and keeps it until the next: noise in and a clock at the trigger make a stepped melody.

`out` takes a new value in the very frame in which the trigger rises through 0.5. `track` follows while the trigger is above 0.5 and keeps its
last value below. Unplugged, the trigger hears 100; above 50 both follow, so without a clock the sound goes through.
"""
from chronus.dsp.declare import inlet, module, promise, state
from chronus.dsp.lanes import absolute, select


@module(kind="control", outlets=("out", "track"), bypass="audio",
        promises=(promise("answers", heard={"audio": (1, 2, 3, 4, 5, 6, 7), "trigger": (0, 0.51, 1, 0.5, 0, 1, 0)}, gives=(0, 2, 2, 2, 2, 6, 6)),
                  promise("answers", heard={"audio": (1, 2, 3, 4, 5, 6, 7), "trigger": (0, 0.51, 1, 0.5, 0, 1, 0)}, outlet="track",
                          gives=(0, 2, 3, 3, 3, 6, 6)),
                  promise("gain_at", at=1000.0, db=0.0, within=1e-4)))
def sample_hold(audio=inlet(), trigger=inlet(default=100.0), kept=state(), tracked=state(), was=state()):
    heard = select(absolute(audio) < 1e-30, 0.0, audio)
    high = trigger > 0.5
    kept = select((high & (was < 0.5)) | (trigger > 50.0), heard, kept)
    tracked = select(high, heard, tracked)
    return (kept, tracked), (kept, tracked, select(high, 1.0, 0.0))
