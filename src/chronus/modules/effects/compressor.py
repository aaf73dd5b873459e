"""Holds a sound together: what is louder than `threshold` is turned down, by its own level or by that of another sound.

Feed-forward, in decibels, with a soft knee and smooth decoupled detection (Giannoulis, Massberg and Reiss 2012). Threshold, knee and makeup
are dB. `attack` and `release` are time constants: 63 % of the way. `external` 0 listens to `audio`, 1 to `key`: plug the kick into `key` and
the bass ducks under it. To keep a stereo picture still, plug one mono mix into `key` of both sides.
"""
from chronus.dsp.declare import frame_seconds, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, maximum, minimum, select
from chronus.dsp.math import exp2, log2

DB = 6.02059991        # of a doubling


@module(kind="effects", bypass="audio",
        promises=(promise("gain_at_level", at=1000.0, level=-40.0, db=0.0, within=0.001, threshold=-20.0, knee=6.0),
                  promise("gain_at_level", at=1000.0, level=0.0, db=-15.0, within=0.1, threshold=-20.0, ratio=4.0, release=500.0),
                  promise("gain_at_level", at=1000.0, level=-20.0, db=-0.5625, within=0.05, threshold=-20.0, ratio=4.0, knee=6.0,
                          release=500.0),
                  promise("gain_at_level", at=1000.0, level=-40.0, db=12.0, within=0.01, makeup=12.0),
                  promise("turns_down", ms=10.0, within=0.02, attack=10.0, release=100.0, threshold=-20.0),
                  promise("ducks", db=-15.0, within=0.1, threshold=-20.0, ratio=4.0, release=500.0)))
def compressor(audio=inlet(), key=inlet(), threshold=ratio(-18.0, low=-60.0, high=0.0), ratio=ratio(4.0, low=1.0, high=100.0),
               knee=ratio(6.0, high=24.0), attack=milliseconds(5.0, low=0.05, high=500.0),
               release=milliseconds(120.0, low=1.0, high=5_000.0), makeup=ratio(0.0, high=36.0), external=ratio(0.0),
               frame=frame_seconds(), peak=state(), less=state(), more=state(), asked=state()):
    per_ms = 0.001 / frame
    part = minimum(maximum(external, 0.0), 1.0)
    heard = absolute(audio) * (1.0 - part) + absolute(key) * part
    bend = minimum(maximum(knee, 0.01), 60.0)
    over = DB * log2(maximum(heard, 1e-12)) - minimum(maximum(threshold, -200.0), 200.0) + 0.5 * bend
    curved = minimum(maximum(over, 0.0), bend)
    wanted = (1.0 - 1.0 / maximum(ratio, 1.0)) * (curved * curved * (0.5 / bend) + maximum(over - bend, 0.0))
    # what the level asks for, and the gain, wait for the next frame, so that a processor need not wait for a logarithm and a power in turn
    falls = peak + (asked - peak) * (1.0 / (maximum(release * per_ms, 0.5) + 0.5))
    peak = maximum(asked, falls)
    less = less + (peak - less) * (1.0 / (maximum(attack * per_ms, 0.5) + 0.5))
    peak, less = select(peak < 1e-6, 0.0, peak), select(less < 1e-6, 0.0, less)
    turn = exp2((minimum(maximum(makeup, 0.0), 60.0) - less) * 0.166096405)
    return audio + audio * more, (peak, less, turn - 1.0, wanted)
