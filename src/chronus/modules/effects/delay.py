"""Echoes like those of a tape machine: they repeat, wander from side to side, darken, wobble and grow warm, and never run away.

The sound is written to a tape of two seconds and read `time` later. Of what is read, `feedback` goes back through `tone`, a low-pass, so each
repeat is darker than the one before, and none is louder, however fast `tone` moves; with `ping_pong` 1 all goes in at the left and each repeat
is on the other side. `wow` bends the pitch by up to 18 cents at half a hertz, and by 5 cents at 6 Hz. `drive` pushes the tape:
x (27 + x x) / (27 + 9 x x), nearly straight at 0.
When `time` is turned, the tape goes faster or slower, by an octave at most, until it is there.
With `sync` the echo comes so many beats later instead (0.75 is a dotted eighth), and the tape follows the tempo in the same way; what is longer
than the tape is halved until it fits.

Where the tape is read is kept as whole frames and a part of one: a float alone would know it to 1/128 of a frame at two seconds, and hiss.
"""
from chronus.dsp.declare import Abreast, beat_seconds, beats, frame_seconds, hertz, inlet, line, milliseconds, module, phase, promise, ratio, side, state
from chronus.dsp.delays import cubic
from chronus.dsp.lanes import absolute, any_lane, floor, fma, maximum, minimum, neighbour, past_four, seldom, select, square_root, to_phase, to_whole, turns
from chronus.dsp.math import quarter_turn, swing_of_turns
from chronus.dsp.ticks import frames_in

RESTS = 1_000.0                         # frames between two looks at whether the tape still stands


def turned_on(low, echo, opened, turned):
    """The state of the low-pass a frame later."""
    return fma(1.0 - 2.0 * opened, low, turned * echo)


@module(kind="effects", abreast=Abreast(trails=("echo",), follows={"low": turned_on}), lanes=2, across=True, countdown="calm", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0),
                  promise("echoes", ms=250.0, db=-6.0206, within_db=0.01, sides="BBBB", feedback=0.5, tone=20_000.0),
                  promise("echoes", ms=2_000.0, db=-6.0206, within_db=0.01, sides="BB", feedback=0.5, tone=20_000.0),
                  promise("echoes", ms=100.0, db=-6.0206, within_db=0.01, sides="LRLRLR", feedback=0.5, tone=20_000.0, ping_pong=1.0),
                  promise("echoes", ms=100.0, db=-9.03, within_db=0.1, at=2_000.0, sides="BBBB", feedback=0.5, tone=2_000.0),
                  promise("swings", low_ms=99.008, high_ms=100.992, within_ms=0.005, time=100.0, wow=1.0, feedback=0.0),
                  promise("retimes", before=100.0, after=400.0, slowest=0.5, fastest=2.0),
                  promise("echoes", ms=375.0, db=-6.0206, within_db=0.01, sides="BBBB", feedback=0.5, tone=20_000.0, sync=0.75),
                  promise("echoes", ms=2_000.0, db=-6.0206, within_db=0.01, sides="BB", feedback=0.5, tone=20_000.0, sync=8.0),
                  promise("gain_at_level", at=1000.0, level=0.0, db=0.0, within=0.005, drive=0.0, feedback=0.0, mix=1.0),
                  promise("gain_at_level", at=1000.0, level=0.0, db=-10.2, within=0.2, drive=1.0, feedback=0.0, mix=1.0),
                  promise("bounded_while_moved", moved="time", peak=6.0, feedback=0.98, mix=1.0),
                  promise("bounded_while_moved", moved="feedback", peak=5.0, time=20.0, mix=1.0),
                  promise("bounded_while_moved", moved="tone", peak=8.0, time=20.0, feedback=0.98, mix=1.0)))
def delay(audio=inlet(), time=milliseconds(375.0, low=1.0, high=2_000.0), feedback=ratio(0.4, high=0.98), ping_pong=ratio(0.0),
          tone=hertz(6_000.0, low=200.0, high=20_000.0), wow=ratio(0.0), drive=ratio(0.0), mix=ratio(0.35),
          sync=beats(0.0, low=0.0, high=8.0), beat_seconds=beat_seconds(), frame=frame_seconds(), side=side(),
          tape=line(seconds=2.01, steady=True), low=state(), angle=phase(), echo=state(), calm=phase(), whole=phase(settles=True), part=state(settles=True),
          glide=state(settles=True), near=phase(settles=True), between=state(settles=True), rests=state(settles=True), toned=state(settles=True),
          opened=state(settles=True), turned=state(settles=True)):
    rate = 1.0 / frame
    wanted = minimum(maximum(time, 1.0), 2_000.0) * (0.001 * rate)
    if any_lane(sync > 0.0):
        wanted = select(sync > 0.0, maximum(frames_in(sync, beat_seconds, rate, 2.0 * rate), 0.001 * rate), wanted)
    moves = (wow > 0.0) | (sync > 0.0)
    if seldom((wanted != rests) | moves | (calm < 1) | (tone != toned)):
        at = turns(whole)                                       # of 2**32 frames: 0 when it has just begun
        begins = at <= 0.0
        place = ago = part + select(begins, wanted, glide)
        if any_lane(wow > 0.0):
            flutter = turns(angle * 11)
            swing = swing_of_turns(turns(angle)) + flutter * (0.16 - 0.32 * absolute(flutter))
            ago = place + minimum(maximum(wow, 0.0), 1.0) * (42949672.96 * minimum(at, 0.3 * 2.0**-32 * rate)) * swing
        carry, way = floor(place), floor(ago)
        glides = minimum(maximum((wanted * 2.0**-32 - at) * (4294967296.0 * 50.0 * frame) - part * (50.0 * frame), -1.0), 0.5)
        near, between = whole + to_whole(way), ago - way
        glides = select(begins, 0.0, glides)
        moves = moves | (place != part) | (place >= 1.0) | (glides != glide)
        rests, calm = select(moves, 0.0, wanted), to_whole(select(moves, 0.0, RESTS))
        whole, part, glide = whole + to_whole(carry), place - carry, glides
        if any_lane((tone != toned) | (turned <= 0.0)):
            up, across = quarter_turn(0.5 * minimum(maximum(tone, 20.0) * frame, 0.46))
            through = 1.0 / (up + across)
            opened, turned, toned = up * through, 2.0 * square_root(up * across) * through, tone + 0.0      # + 0.0 loses denormals
    came = cubic(past_four(tape, near - 1), between)            # the echo of the next frame
    dark = fma(opened, echo, 0.5 * turned * low)                # half of the sound and half of an all-pass that turns its state and loses none of it
    kept = turned_on(low, echo, opened, turned)
    cross = minimum(maximum(ping_pong, 0.0), 1.0)
    left, loop = select(side < 0.0, 0.5, 0.0) * cross, minimum(maximum(feedback, 0.0), 0.98)
    push = minimum(maximum(drive, 0.0), 1.0)
    push = 0.015625 + 4.0 * push * push * push
    wet = minimum(maximum(mix, 0.0), 1.0)
    enters = fma(push * (1.0 - cross + left), audio, push * left * neighbour(audio))
    hot = fma(push * loop * (1.0 - cross), dark, fma(push * loop * cross, neighbour(dark), enters))
    hot = minimum(maximum(hot, -3.0), 3.0)
    written = hot * fma(hot, hot, 27.0) / fma(hot * hot, 9.0, 27.0) * (1.0 / push)
    return fma(echo, wet, audio * (1.0 - wet)), (written, kept, angle + to_phase(0.55 * frame), came, calm - 1, whole, part, glide, near, between, rests,
                                              toned, opened, turned)
