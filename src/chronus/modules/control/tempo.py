"""The tempo of the session as signals, to lock anything to the music: a pulse and a ramp every so many beats, and how often and how long that is.

`gate` opens at the frame at which a sequencer plays the beat, for `width` of the way to the next; `phase` rises from 0 to 1 on that way. `hz` goes to
a rate, such as that of a chorus, and `ms` to a time, with the knob there at its lowest. All are times `gain`. Ways of `every` beats are counted from
where the bars of the signature began, along all jumps and ramps: 0.25 is a sixteenth, 4 a bar of 4/4.
"""
from chronus.dsp.declare import beat_seconds, beats, module, part, promise, ratio, tick
from chronus.dsp.lanes import absolute, maximum, select
from chronus.dsp.ticks import place_in_cycle, ticks_in


@module(kind="control", outlets=("gate", "phase", "hz", "ms"),
        promises=(promise("locks", outlet="phase", every=0.25, low=0.0, high=1.0), promise("locks", outlet="phase", every=7.0 / 3.0, low=0.0, high=1.0),
                  promise("answers", outlet="gate", heard={"tick": (0, 7, 8, 14, 15), "part": (0, 0.4, 0, 0.9, 0)}, gives=(1, 1, 0, 0, 1), every=1.0 / 32.0),
                  promise("answers", outlet="hz", heard={"beat_seconds": (0.5, 0.25)}, gives=(4, 8), every=0.5),
                  promise("answers", outlet="ms", heard={"beat_seconds": (0.5, 0.25)}, gives=(250, 125), every=0.5)))
def tempo(every=beats(1.0, low=1.0 / 32.0, high=64.0), width=ratio(0.5), gain=ratio(1.0, low=0.0, high=16.0), tick=tick(), part=part(),
          beat_seconds=beat_seconds()):
    ticks = ticks_in(every)
    place = place_in_cycle(tick, part, ticks)
    seconds = maximum(ticks * beat_seconds * (1.0 / 480.0), 0.00001)
    height = select(absolute(gain) < 1e-30, 0.0, gain)
    return (select(place < width, 1.0, 0.0) * height, place * height, height / seconds, seconds * 1000.0 * height), ()
