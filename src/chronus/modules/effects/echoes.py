"""Plain echoes, as many as each voice has for itself: every note of a chord repeats on its own, darker each time, and none runs away.

What is heard comes back after `time`, `feedback` of it again, through `tone`, a low-pass that is 3 dB down there and at 20 kHz lets all through; each side hears itself alone. With
`sync` it comes so many beats later instead (0.75 is a dotted eighth); what is longer than a second is halved until it fits. When that changes, the
echoes that were and those that will be cross over in 30 ms, with no bend of the pitch. For echoes that wander from side to side, wobble and grow warm there
is `delay`, which hears all voices together.
"""
from chronus.dsp.crossing import behind, crossed, crossing, differ
from chronus.dsp.declare import beat_seconds, beats, frame_seconds, hertz, inlet, line, milliseconds, module, phase, promise, ratio, state
from chronus.dsp.lanes import fma, maximum, minimum, past, seldom, select, to_whole
from chronus.dsp.math import low_pole
from chronus.dsp.reverb import held
from chronus.dsp.ticks import frames_in

RESTS = 1_000                           # frames between two looks at whether anything has moved


@module(kind="effects", lanes=2, countdown="pause", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0),
                  promise("echoes", ms=250.0, db=-6.0206, within_db=0.01, sides="BBBB", feedback=0.5, tone=20_000.0),
                  promise("echoes", ms=1_000.0, db=-6.0206, within_db=0.01, sides="BB", feedback=0.5, tone=20_000.0),
                  promise("echoes", ms=375.0, db=-6.0206, within_db=0.01, sides="BBB", feedback=0.5, tone=20_000.0, sync=0.75),
                  promise("no_click", moved="time", below_db=-80.0), promise("bounded_while_moved", moved="time", peak=6.0, feedback=0.98, mix=1.0),
                  promise("bounded_while_moved", moved="tone", peak=10.0, time=20.0, feedback=0.98, mix=1.0)))
def echoes(audio=inlet(), time=milliseconds(375.0, low=1.0, high=1_000.0), feedback=ratio(0.4, high=0.98), tone=hertz(6_000.0, low=200.0, high=20_000.0),
         mix=ratio(0.35), sync=beats(0.0, low=0.0, high=8.0), beat_seconds=beat_seconds(), frame=frame_seconds(),
         tape=line(seconds=1.01, steady=True), dark=state(), pause=phase(), toned=state(settles=True), pole=state(settles=True),
           known=state(settles=True), here=state(settles=True), there=state(settles=True), left=state(settles=True)):
    rate = 1.0 / frame
    if seldom(differ(time, known) | differ(tone, toned) | (sync > 0.0) | (pause < 1)):
        to = minimum(maximum(time, 1.0), 1_000.0) * (0.001 * rate)
        to = select(sync > 0.0, maximum(frames_in(sync, beat_seconds, rate, rate), 0.001 * rate), to)
        here, there, left = crossing(here, there, left, to, frame)
        pole = select(tone < 20_000.0, low_pole(maximum(tone, 20.0) * frame), 0.0)
        known, toned, pause = time + 0.0, tone + 0.0, to_whole(select(sync > 0.0, 0.0, float(RESTS))) - behind(left)      # + 0.0 loses denormals
    came = past(tape, to_whole(here))
    if seldom(left > 0.0):
        came = crossed(left, came, past(tape, to_whole(there)))
    dark = fma(pole, dark - came, came)
    wet = minimum(maximum(mix, 0.0), 1.0)
    written = held(fma(minimum(maximum(feedback, 0.0), 0.98), dark, audio))
    return audio * (1.0 - wet) + dark * wet, (written, dark, pause - 1, toned, pole, known, here, there, left)
