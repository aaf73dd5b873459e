"""Moves through a row of waves while it sounds: from a sine to a square, from vowel to vowel, or through waves of your own.

`position` goes from the first wave of the table to the last, with all that lies between, and may be moved at audio rate. Each wave is kept
in nineteen levels, each with half an octave fewer harmonics (`dsp.readers`), so that none is heard that a note has no room for; a level
that is left fades out in 5 ms, or, where the pitch leaps by an octave and more, at once; and one for lower notes comes only when 50 ms had room for
it, so vibrato does not go to and fro. A file of your own is a WAV of up to 256 cycles of 2048 frames. A cable may move `freq` at audio rate; it is
held between 0 and half the sample rate.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, state, table
from chronus.dsp.lanes import any_lane, floor, maximum, minimum, select, to_phase
from chronus.dsp.readers import wave, wave_level, waves_in

SAW = 2 / 3                               # where the saw is among the basic shapes


@module(kind="oscillators", version=2,
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("purity", freq=997.0, thd_db=-120.0),
                  promise("aliasing", freq=110.0, position=SAW, worst_db=-105.0, summed_db=-93.0),
                  promise("aliasing", freq=220.0, position=1.0, worst_db=-103.0, summed_db=-92.0),
                  promise("aliasing", freq=1244.5, position=SAW, worst_db=-130.0, summed_db=-115.0),
                  promise("aliasing", freq=4186.0, position=SAW, worst_db=-130.0, summed_db=-115.0),
                  promise("aliasing", freq=1244.5, position=SAW, swing=0.1, worst_db=-120.0, summed_db=-105.0),
                  promise("harmonics", freq=110.0, wave="saw", within=0.3, position=SAW),
                  promise("harmonics", freq=4186.0, wave="saw", within=0.3, position=SAW)))
def wavetable(freq=hertz(220.0, low=0.0, high=20_000.0), position=ratio(0.0), gain=ratio(0.5, high=16.0), waves=table("basic-shapes", kind="wave"),
              frame=frame_seconds(), angle=phase(apart=True), known=state(), room=state(), level=state(), waited=state(), left=state(), fade=state()):
    step = minimum(maximum(freq * frame, 0.0), 0.4999)
    if any_lane((step < known) | (step > known)):
        room = wave_level(step)
    waited = select(room < level, waited + frame, 0.0)
    changes = (room > level) | (waited > 0.05)
    leaps = changes & (room - level > 1.5)                      # what the old level has too much would be heard, folded
    left, level, fade = select(changes, level, left), select(changes, room, level), select(changes, 1.0, maximum(fade - frame * 200.0, 0.0))
    fade = select(leaps, 0.0, fade)
    last = waves_in(waves) - 1
    at = minimum(maximum(position, 0.0), 1.0) * last
    heard = between(waves, at, last, level, angle)
    if any_lane(fade > 0.0):
        heard = select(fade > 0.0, heard + fade * (between(waves, at, last, left, angle) - heard), heard)
    return heard * gain, (angle + to_phase(step), step, room, level, waited, left, fade)


def between(waves, at, last, level, angle):
    """What is heard at a place between two waves."""
    first = floor(at)
    near = wave(waves, first, level, angle)
    if any_lane(at > first):
        near = near + (at - first) * (wave(waves, minimum(first + 1.0, last), level, angle) - near)
    return near
