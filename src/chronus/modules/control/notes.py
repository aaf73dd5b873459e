"""Plays notes: what /note, a keyboard or a sequence asks for, as pitch, gate and velocity for as many voices as it has.

Plug `freq` into oscillators whose own knob is at 0, which adds to it, and `gate` into envelopes; each lane is a voice, and all that hangs on it has
as many, up to where they are added up. `voices` counts from the next commit on. `mode` is 0 for chords, 1 for one note at a time, 2 for one that
slides without a new attack (legato). `unison` voices play each note, `detune` cents apart from the middle to the outermost. Plug `place` into the
position of a pan: it is where the note stands, as `pan` and `jux` of a pattern say, and around it unison from -`spread` to `spread`. A new note takes
the voice that was let go first; where none is free, `steal` 0 gives up the oldest, 1 the quietest by the envelope that is plugged into `level`, but not
one that opened less than 50 ms ago while others did not, 2 nobody. A voice that is struck again while its gate is open closes it for one frame. `bend` (semitones), `pressure` and `timbre` move all notes; /bend, /pressure and
/timbre one note, as a finger on a keyboard with MPE does, and get there in 5 ms; in as many the pressure of a note that is let go falls to 0.
A note that glides is `away` from its pitch, less in every frame. While no note moves all stands still, and nothing is computed.
"""
from chronus.dsp.declare import frame_seconds, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select
from chronus.dsp.math import approach, exp2


def audible(x):
    """`x`, or 0 where it is next to a denormal: an outlet hands no such number on."""
    return select(absolute(x) < 1e-30, 0.0, x)


def hertz_of(semitones):
    """The frequency of an interval to the A of 440 Hz."""
    return 440.0 * exp2(minimum(semitones * (1.0 / 12.0), 16.0))


@module(kind="control", version=2, outlets=("freq", "gate", "velocity", "pressure", "place", "note", "timbre"), voices=True,
        promises=(promise("plays_notes", note=69.0, hz=440.0), promise("plays_notes", note=21.0, hz=27.5),
                  promise("plays_notes", note=60.0, hz=261.6256), promise("glides", ms=100.0, glide=100.0),
                  promise("expresses", bend=1.0, pressure=0.5, timbre=0.25),
                  promise("stands", place=-0.75)))
def notes(voices=ratio(8.0, low=1.0, high=64.0), mode=ratio(0.0, high=2.0), unison=ratio(1.0, low=1.0, high=16.0), steal=ratio(0.0, high=2.0),
          glide=milliseconds(0.0, low=0.0, high=10_000.0), bend=ratio(0.0, low=-48.0, high=48.0), detune=ratio(10.0, high=100.0),
          spread=ratio(0.5), pressure=ratio(0.0), level=ratio(0.0), gain=ratio(1.0, high=16.0), timbre=ratio(0.0),
          frame=frame_seconds(), pitch=state(), velocity=state(), held=state(), fresh=state(), offset=state(), heard=state(), own_bend=state(),
          own_pressure=state(), own_timbre=state(), own_place=state(), last=state(), away=state(), before=state(),
          bent=state(), pushed=state(), turned=state(), placed=state(), grip=state()):
    sounds, height = velocity > 0.0, velocity * audible(gain)
    apart, gate = 0.01 * detune * offset - 69.0, held * minimum(height, 16.0)
    note, opened, stands = pitch + bend + own_bend, gate, own_place
    freq = select(sounds, hertz_of(note + apart), 0.0)
    pressed, bright = held * audible(pressure + own_pressure), audible(timbre + own_timbre)
    if any_lane((pitch != last) | (away != 0.0) | (bent != own_bend) | (pushed != own_pressure) | (turned != own_timbre) | (placed != own_place) | (grip != held)
                | (fresh > 0.0)):
        here = (last <= 0.0) | (absolute(own_place - placed) < 1e-5)                         # a voice that never played comes from nowhere
        frames, gone = maximum(glide, 0.0) * (0.001 / frame), away + (last - pitch)
        gone = gone - gone * select(frames < 1.0, 1.0, approach(frames))
        away, last = select((last > 0.0) & (absolute(gone) > 1e-5), gone, 0.0), pitch
        far = absolute(own_bend - bent) + absolute(own_pressure - pushed) + absolute(own_timbre - turned)
        there, way = (fresh > 0.0) | (far < 1e-5), minimum(1380.0 * frame, 1.0)            # ln(1000) / 5 ms; at once for a new note
        bent, pushed = select(there, own_bend, bent + (own_bend - bent) * way), select(there, own_pressure, pushed + (own_pressure - pushed) * way)
        turned = select(there, own_timbre, turned + (own_timbre - turned) * way)
        let_go = (grip < 1e-5) | (absolute(pressure + pushed) <= 0.0)                      # who is let go is pressed no more, without a step
        grip = select((held > 0.0) | let_go, held, grip - grip * way)
        note, opened = (pitch + away) + bend + bent, select((fresh > 0.0) & (before > 0.0), 0.0, gate)
        placed = select(here, own_place, placed + (own_place - placed) * way)
        freq, stands = select(sounds, hertz_of(note + apart), 0.0), placed
        pressed, bright = grip * audible(pressure + pushed), audible(timbre + turned)
        fresh = 0.0 * fresh
    return ((freq, opened, height, pressed, offset * spread + stands, select(sounds, note, 0.0), bright),
            (pitch, velocity, held, fresh, offset, audible(absolute(level)), own_bend, own_pressure, own_timbre, own_place, last, away, gate,
             bent, pushed, turned, placed, grip))
