"""Keeps the quiet out: shuts when a sound falls below `threshold`, opens when it comes back.

It opens at `threshold` (dB), in a straight line of `attack`; `hold` after the level was last above 6 dB below that it closes, by 60 dB in
`release` and then altogether. `hold` has to be longer than half a period of the lowest note, or the gate follows the wave itself.
`external` 0 listens to `audio`, 1 to `key`: plug the kick into `key` and a pad plays its rhythm. So that left and right open together, plug one
mono mix into `key` of both sides.
"""
from chronus.dsp.declare import frame_seconds, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, maximum, minimum, select
from chronus.dsp.math import exp2, fading


@module(kind="effects", bypass="audio",
        promises=(promise("gain_at_level", at=1000.0, level=-39.9, db=0.0, within=0.001, threshold=-40.0),
                  promise("gain_at_level", at=1000.0, level=-40.1, db=-240.0, within=0.001, threshold=-40.0),
                  promise("opened_by_key", threshold=-40.0),
                  promise("shuts", hold_ms=50.0, release_ms=100.0, within_ms=2.0, hold=50.0, release=100.0, threshold=-40.0)))
def noise_gate(audio=inlet(), key=inlet(), threshold=ratio(-40.0, low=-96.0, high=0.0), attack=milliseconds(1.0, low=0.0, high=500.0),
               hold=milliseconds(50.0, low=0.0, high=2_000.0), release=milliseconds(100.0, low=1.0, high=5_000.0), external=ratio(0.0),
               frame=frame_seconds(), level=state(), left=state()):
    per_ms = 0.001 / frame
    line = exp2(0.166096405 * minimum(maximum(threshold, -200.0), 200.0))
    part = minimum(maximum(external, 0.0), 1.0)
    loud = absolute(audio) * (1.0 - part) + absolute(key) * part > select(left > 0.0, 0.5 * line, line)
    left = select(loud, minimum(maximum(hold * per_ms, 0.0), 1e7) + 1.0, maximum(left - 1.0, 0.0))
    rising = minimum(level + 1.0 / maximum(attack * per_ms, 1.0), 1.0)
    falling = level * fading(release * per_ms)
    level = select(left > 0.0, rising, select(falling < 1e-6, 0.0, falling))
    return audio * level, (level, left)
