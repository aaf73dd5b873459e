"""A drum with a note: from a floor tom that rolls to a small one that sings, or a conga.

Two modes of a skin, at `tune` and 1.59 times that (a round membrane's first and second); the upper one dies twice as fast. Both start
1 + `bend` times as high and fall into their pitch in a fifth of `decay`. `skin` is the stick: a burst of noise, 12 ms long.
What a hit over a hit cuts off fades in 2 ms. At rest all but the noise's number is 0.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import maximum, minimum, select, to_phase, turns
from chronus.dsp.math import fading, noise_height, sine_of_one_turn


@module(kind="drums", version=2,
        promises=(promise("rings", at=110.0, within_cents=10.0, after_ms=500.0, decay=2_000.0),
                  promise("fades", ms=300.0, within=0.04, decay=300.0, tune=600.0, skin=0.0), promise("rests", within_ms=900.0),
                  promise("velocity", db=6.02, within=0.01), promise("smooth", below=0.085, skin=0.0)))
def tom(gate=gate(), tune=hertz(110.0, low=40.0, high=600.0), bend=ratio(0.4, high=4.0),
        decay=milliseconds(400.0, low=20.0, high=5_000.0), skin=ratio(0.25), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
        seed=seed(), held=state(), level=state(), upper=state(), above=state(), stick=state(), cut=state(), last=state(),
        low=phase(), high=phase(), dice=phase()):
    per_ms = 0.001 / frame
    struck = (gate > 0.0) & (held <= 0.0)
    velocity, slower = minimum(gate, 1.0), fading(decay * per_ms)
    level, upper = select(struck, velocity, level * slower), select(struck, velocity, upper * slower * slower)
    level, upper = select(level < 1e-6, 0.0, level), select(upper < 1e-6, 0.0, upper)
    above = select(struck, 1.0, above * fading(0.2 * decay * per_ms))
    above = select((above < 1e-6) | (level <= 0.0), 0.0, above)
    stick = select(struck, velocity, stick * fading(12.0 * per_ms))
    stick = select(stick < 1e-6, 0.0, stick)
    cut = select(struck, last, cut * fading(2.0 * per_ms))
    low, high = select(struck, 0, low), select(struck, 0, high)
    dice = dice * 1664525 + (to_phase(seed) * 2 + 1)
    noise = 2.0 * noise_height(frame) * turns(dice) * stick * minimum(maximum(skin, 0.0), 1.0)
    sound = 0.7 * level * sine_of_one_turn(turns(low)) + 0.3 * upper * sine_of_one_turn(turns(high)) + (noise + cut)
    moved = minimum(tune * (1.0 + minimum(maximum(bend, 0.0), 100.0) * above) * frame, 0.25)
    low, high = select(level > 0.0, low + to_phase(moved), 0), select(level > 0.0, high + to_phase(1.59 * moved), 0)
    return sound * gain, (select(gate > 0.0, 1.0, 0.0), level, upper, above, stick, cut, sound, low, high, dice)
