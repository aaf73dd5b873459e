"""Plays notes: what /note, a keyboard or a sequence asks for, as pitch, gate and velocity for as many voices as it has.

Plug `freq` into oscillators and `gate` into envelopes; each lane is a voice, and all that hangs on it has as many, up to where they are
added up. `voices` counts from the next commit on. `mode` is 0 for chords, 1 for one note at a time, 2 for one that slides without a new
attack (legato). `unison` voices play each note, `detune` cents apart from the middle to the outermost, with `place` from -`spread` to `spread`
for a pan. A new note takes the voice that was let go first; where none is free, `steal` 0 gives up the oldest, 1 the quietest by what is
plugged into `level`, 2 nobody. A voice that is struck again while its gate is open closes it for one frame. `bend` (semitones), `pressure` and
`timbre` move all notes; /bend, /pressure and /timbre one note, as a finger on a keyboard with MPE does, and get there in 5 ms.
"""
from chronus.dsp.declare import frame_seconds, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select
from chronus.dsp.math import approach, exp2

@module(kind="control", outlets=("freq", "gate", "velocity", "pressure", "place", "note", "timbre"), voices=True,
        promises=(promise("plays_notes", note=69.0, hz=440.0), promise("plays_notes", note=21.0, hz=27.5),
                  promise("plays_notes", note=60.0, hz=261.6256), promise("glides", ms=100.0, glide=100.0), promise("expresses", bend=1.0, pressure=0.5, timbre=0.25)))
def notes(voices=ratio(8.0, low=1.0, high=64.0), mode=ratio(0.0, high=2.0), unison=ratio(1.0, low=1.0, high=16.0), steal=ratio(0.0, high=2.0),
          glide=milliseconds(0.0, low=0.0, high=10_000.0), bend=ratio(0.0, low=-48.0, high=48.0), detune=ratio(10.0, high=100.0),
          spread=ratio(0.5), pressure=ratio(0.0), level=ratio(0.0), gain=ratio(1.0, high=16.0), timbre=ratio(0.0),
          frame=frame_seconds(), pitch=state(), velocity=state(), held=state(), fresh=state(), offset=state(), heard=state(), own_bend=state(),
          own_pressure=state(), own_timbre=state(), at=state(), before=state(), known_frames=state(), part=state(), known_octaves=state(),
          hertz_there=state(), bent=state(), pushed=state(), turned=state()):
    frames = maximum(glide, 0.0) * (0.001 / frame)
    if any_lane((frames < known_frames) | (frames > known_frames) | (part <= 0.0)):
        part = select(frames < 1.0, 1.0, approach(frames))
    at = select(at > 0.0, at + (pitch - at) * part, pitch)
    away = absolute(own_bend - bent) + absolute(own_pressure - pushed) + absolute(own_timbre - turned)
    if any_lane(away > 0.0):
        way = select((fresh > 0.0) | (away < 1e-5), 1.0, minimum(1380.0 * frame, 1.0))    # ln(1000) / 5 ms; at once for a new note
        bent, pushed, turned = bent + (own_bend - bent) * way, pushed + (own_pressure - pushed) * way, turned + (own_timbre - turned) * way
    note = at + bend + bent
    octaves = (note + 0.01 * detune * offset - 69.0) * (1.0 / 12.0)
    if any_lane((octaves < known_octaves) | (octaves > known_octaves) | (hertz_there <= 0.0)):
        hertz_there = 440.0 * exp2(minimum(octaves, 16.0))
    freq = select(velocity > 0.0, hertz_there, 0.0)
    height = velocity * select(absolute(gain) < 1e-30, 0.0, gain)
    gate = held * minimum(height, 16.0)
    opened = select((fresh > 0.0) & (before > 0.0), 0.0, gate)
    pressure, timbre = pressure + pushed, timbre + turned
    pressed = held * select(absolute(pressure) < 1e-30, 0.0, pressure)
    quiet = absolute(level)
    return ((freq, opened, height, pressed, offset * spread, select(velocity > 0.0, note, 0.0),
             select(absolute(timbre) < 1e-30, 0.0, timbre)),
            (pitch, velocity, held, fresh * 0.0, offset, select(quiet < 1e-30, 0.0, quiet), own_bend, own_pressure, own_timbre, at, gate, frames, part,
             octaves, hertz_there, bent, pushed, turned))
