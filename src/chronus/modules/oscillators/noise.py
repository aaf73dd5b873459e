"""Noise in four colours: white hisses, pink is even in every octave, brown rumbles, blue is all air.

White is a linear congruential generator of 32 bits (multiplier from Steele and Vigna, 2021) that repeats after a day; every module and
lane adds a number of its own in each frame, so no two sound alike. Pink falls by 3 dB per octave (six poles, Paul Kellet's refined
filter), brown by 6 (a sum that leaks below 5 Hz), blue rises by 3 (pink, differentiated); `SLANT` takes from the sum and the
difference of samples what bends them away from the integral and the derivative near the top. Each reaches about 1, at any rate: pink and
brown are as loud at all of them, of white and blue there is less below 20 kHz the higher it is, 3 and 6 dB at 96 kHz. Pink and blue are made of
white that is `bent` by the slant of blue, and of nothing that only they need: where they are not heard they cost six products.
"""
from chronus.dsp.declare import frame_seconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import to_phase, turns
from chronus.dsp.math import noise_height

MULTIPLIER = 0x8664F205 - 2**32
SLANT = 0.13
FIVE_HERTZ = 31.415927                    # in radians per second


def pinked(p0, p1, p2, p3, p4, p5, now, before):
    """The sum of the six poles, and of what goes in at once and a frame later."""
    return (((0.0555179 * p0 + 0.0750759 * p1) + (0.153852 * p2 + 0.3104856 * p3))
            + ((0.5329522 * p4 - 0.016898 * p5) + (0.115926 * before + 0.5362 * now)))


@module(kind="oscillators", outlets=("white", "pink", "brown", "blue"),
        promises=(promise("colour", outlet="white", db_per_octave=0.0, within=0.15),
                  promise("colour", outlet="pink", db_per_octave=-3.0103, within=0.15),
                  promise("colour", outlet="brown", db_per_octave=-6.0206, within=0.15),
                  promise("colour", outlet="blue", db_per_octave=3.0103, within=0.15)))
def noise(gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), seed=seed(), drawn=phase(), p0=state(), p1=state(), p2=state(),
          p3=state(), p4=state(), p5=state(), before=state(), earlier=state(), brown_sum=state()):
    drawn = drawn * MULTIPLIER + (to_phase(seed) * 2 + 1)
    white = 2.0 * turns(drawn)
    pink_before = pinked(p0, p1, p2, p3, p4, p5, before, earlier)
    bent = white - SLANT * before
    p0, p1, p2 = 0.99886 * p0 + bent, 0.99332 * p1 + bent, 0.969 * p2 + bent
    p3, p4, p5 = 0.8665 * p3 + bent, 0.55 * p4 + bent, -0.7616 * p5 + bent
    pink = pinked(p0, p1, p2, p3, p4, p5, bent, before)
    brown = brown_sum - FIVE_HERTZ * frame * brown_sum + white
    sounds = (white * gain, 0.13 * (pink + SLANT * pink_before) * gain, 0.0135 / noise_height(frame) * (brown + SLANT * brown_sum) * gain,
              0.36 * (pink - pink_before) * gain)
    return sounds, (drawn, p0, p1, p2, p3, p4, p5, bent, before, brown)
