"""The jet that passes overhead: three notches sweep through the sound, wide as you like.

Six first-order all-passes in normalised ladder form, (k x + c s, c x - k s) with k k + c c = 1: each frame turns the state and loses none of
it, so the loop stays stable for any motion of `freq` and `feedback` at audio rate. The feedback has no delay in it: the loop is solved in each frame.
`depth` is in octaves up and down from `freq`; `width` sets left and right of a pair up to half a sweep apart.
With `depth` 0 and `mix` 0.5 the middle notch is at `freq`. At `feedback` 0.9 the peaks are 10 times as high.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, phase, promise, ratio, side, state
from chronus.dsp.lanes import maximum, minimum, square_root, to_phase, turns
from chronus.dsp.math import exp2, quarter_turn, swing_of_turns


@module(kind="effects", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.01, mix=1.0, feedback=0.0, depth=0.0),
                  promise("gain_below", at=1000.0, db=-60.0, freq=1000.0, depth=0.0, feedback=0.0),
                  promise("gain_below", at=268.335, db=-60.0, freq=1000.0, depth=0.0, feedback=0.0),
                  promise("bounded_while_swept", peak=40.0, swept="freq", feedback=0.9, mix=1.0),
                  promise("bounded_while_moved", moved="feedback", peak=20.0, freq=100.0, mix=1.0)))
def phaser(audio=inlet(), rate=hertz(0.4, low=0.01, high=20.0), freq=hertz(800.0, low=20.0, high=16_000.0), depth=ratio(1.5, high=4.0),
           feedback=ratio(0.4, low=-0.9, high=0.9), mix=ratio(0.5), width=ratio(0.5), frame=frame_seconds(), side=side(),
           s1=state(), s2=state(), s3=state(), s4=state(), s5=state(), s6=state(), angle=phase(), k=state(), c=state(), fed=state(), whole=state()):
    swing = swing_of_turns(turns(angle + to_phase(0.25 * side * minimum(maximum(width, 0.0), 1.0))))
    octaves = swing * minimum(maximum(depth, 0.0), 8.0)
    sine, cosine = quarter_turn(0.5 * minimum(maximum(freq * frame, 2e-4) * exp2(octaves), 0.45))
    scale = 1.0 / (sine + cosine)
    next_k, next_c = (sine - cosine) * scale, 2.0 * square_root(sine * cosine) * scale
    back = minimum(maximum(feedback, -0.9), 0.9)
    k2 = k * k
    k3, k4, k6 = k2 * k, k2 * k2, k2 * k2 * k2
    p1, p2, p3 = c * s1, c * (s2 + k * s1), c * ((s3 + k * s2) + k2 * s1)
    p4, p5 = c * ((s4 + k * s3) + k2 * (s2 + k * s1)), c * ((s5 + k * s4) + k2 * ((s3 + k * s2) + k2 * s1))
    p6 = c * (((s6 + k * s5) + k2 * (s4 + k * s3)) + k4 * (s2 + k * s1))
    next_k3 = next_k * next_k * next_k
    x = (audio + fed * p6) * whole                              # `k`, `c`, `fed` and `whole` are of the frame before: a processor need not wait for them
    y1, y2, y3, y4, y5, y6 = k * x + p1, k2 * x + p2, k3 * x + p3, k4 * x + p4, k3 * k2 * x + p5, k6 * x + p6
    wet = minimum(maximum(mix, 0.0), 1.0)
    states = (c * x - k * s1, c * y1 - k * s2, c * y2 - k * s3, c * y3 - k * s4, c * y4 - k * s5, c * y5 - k * s6)
    return audio * (1.0 - wet) + y6 * wet, (*states, angle + to_phase(rate * frame), next_k, next_c, back,
                                               1.0 / (1.0 - back * (next_k3 * next_k3)))
