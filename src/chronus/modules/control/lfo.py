"""Slow waves to move anything with: vibrato, tremolo, a filter that opens and closes, a new chance value on every cycle.

All six outlets run from one phase, -1 to 1 at `gain` 1: sine and triangle rise from 0, the saw from -1, the square begins high for `width` of
its cycle. `random` takes a new value at the start of each cycle and `smooth` glides to it by the end; every lane draws its own.
A gate that opens starts a new cycle, and `smooth` sets out from where it is. Below a `rate` of 0 it stands still.
With `sync` it is locked to the tempo: a cycle lasts so many beats (0.25 is a sixteenth, 4 a bar of 4/4), begins where the bars of the song say, in
the very frame of the beat, and goes along with every jump and ramp. A gate starts it there and then, and it keeps that distance until `sync` is 0.
The phase's 32 bits are 1.5 cents too coarse at 0.01 Hz, so `rest` carries what they cut off. Chance is a linear congruential sequence (Knuth's
1664525, 1013904223) and the lane's seed, mixed by k (2 k + 1) as in RC6, which lets every bit reach the high ones.
"""
from chronus.dsp.declare import beats, frame_seconds, gate, hertz, module, part, phase, promise, ratio, seed, state, tick
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select, to_phase, to_whole, turns
from chronus.dsp.math import sine_of_one_turn
from chronus.dsp.ticks import place_in_cycle, ticks_in


@module(kind="control", version=2, outlets=("sine", "triangle", "saw", "square", "random", "smooth"),
        promises=(promise("cycle", rate=0.01, within_cents=0.1), promise("cycle", rate=0.37, within_cents=0.1),
                  promise("cycle", rate=100.0, within_cents=0.1), promise("purity", rate=100.0, thd_db=-140.0),
                  promise("spans", outlet="triangle", low=-1.0, high=1.0, within=1e-3, rate=10.0),
                  promise("spans", outlet="saw", low=-1.0, high=1.0, within=1e-3, rate=10.0),
                  promise("spans", outlet="random", low=-1.0, high=1.0, within=0.1, rate=100.0),
                  promise("restarts", rate=3.0),
                  promise("locks", outlet="saw", sync=0.25, low=-1.0, high=1.0), promise("locks", outlet="saw", sync=16.0 / 3.0, low=-1.0, high=1.0),
                  promise("spread", outlet="random", below=0.1, rate=100.0),
                  promise("unbroken", outlet="smooth", below=0.001, rate=15.0)))
def lfo(rate=hertz(1.0, low=0.01, high=100.0), width=ratio(0.5), gain=ratio(1.0, low=0.0, high=16.0), gate=gate(),
        sync=beats(0.0, low=0.0, high=64.0), tick=tick(), part=part(), frame=frame_seconds(), seed=seed(), angle=phase(), begun=phase(),
        rest=state(), noise=phase(), goal=state(), origin=state(), drift=state(), before=state(), held=state()):
    opens = (gate > 0.0) & (held <= 0.0)
    angle = select(opens, 0, angle)
    locked = to_whole(select(sync > 0.0, 1.0, 0.0))
    begun = begun * locked
    if any_lane(sync > 0.0):
        place = place_in_cycle(tick, part, ticks_in(sync))
        song = to_phase(select(place < 0.5, place, place - 1.0))
        begun = begun + locked * to_whole(select(opens, 1.0, 0.0)) * (song - begun)
        angle = angle + locked * (song - begun - angle)
    turn = turns(angle)
    ramp = select(turn < 0.0, minimum(turn + 1.0, 0.99999994), turn)
    begins = opens | (ramp - 1.0 < before)                     # `before` is 0 at first, so the first frame begins a cycle too
    if any_lane(begins):
        noise = select(begins, noise * 1664525 + 1013904223, noise)
        mixed = noise + to_phase(seed)
        mixed = mixed * (mixed + mixed + 1)
        mixed = mixed * (mixed + mixed + 1)
        goal = select(begins, 2.0 * turns(mixed), goal)
        origin = select(begins, drift, origin)
    drift = origin + (goal - origin) * (ramp * ramp * (3.0 - 2.0 * ramp))
    height = select(absolute(gain) < 1e-30, 0.0, gain)         # or the square would hand a denormal gain on
    corner = absolute(turn)
    corner = 4.0 * select(corner > 0.25, 0.5 - corner, corner)
    waves = (sine_of_one_turn(turn) * height, select(turn < 0.0, -corner, corner) * height, (2.0 * ramp - 1.0) * height,
             select(ramp < width, 1.0, -1.0) * height, goal * height, drift * height)
    way = minimum(maximum(rate, 0.0) * frame, 0.499) + rest
    step = to_phase(way)
    return waves, (angle + step, begun, way - turns(step), noise, goal, origin, drift, ramp - 1.0, select(gate > 0.0, 1.0, 0.0))
