"""Plays a recording: once, for as long as a key is held, or round and round; whole or in slices, at any pitch, in stereo.

`freq` over `root` is how fast it goes; where both are alike, at the recording's own rate, its very samples come out. `start` and `end` are
parts of its length, and where `end` comes first it plays backwards. Of what is between them, `slices` equal parts are made, and `slice`
says which is struck, from 0; all of these count in the very frame in which they are set. `mode` 0 plays to the end, 1 for as long as the gate is open, 2
repeats for so long, in tune however short it is. What is cut off leaves no click: the step is taken up and fades by 60 dB in 4 ms; so does the
seam of what repeats, unless its end goes over into its beginning by itself, as a single cycle does. A beginning that is loud stays as it is.
What goes by faster than it was recorded is not filtered: the highest of it folds back.
"""
from chronus.dsp.declare import at_once, frame_seconds, gate, hertz, milliseconds, module, promise, ratio, side, state, table
from chronus.dsp.lanes import absolute, any_lane, floor, maximum, minimum, select, table_length, to_whole
from chronus.dsp.math import fading
from chronus.dsp.readers import closes, looped_read, pace, smooth_read

MIDDLE_C = 261.625565


@module(kind="oscillators", version=2, lanes=2,
        promises=(promise("plays_exactly", frames=20_000), promise("keeps_pure", hz=1_000.0, speed=1.37, thd_db=-110.0),
                  promise("keeps_pure", hz=1_000.0, speed=0.61, thd_db=-110.0),
                  promise("loops_purely", frames=109, speed=1.37, within_cents=0.1, thd_db=-110.0),
                  promise("loops_purely", frames=109, speed=2.7, within_cents=0.1, thd_db=-110.0),
                  promise("loops_purely", frames=109, speed=1.5, within_cents=0.1, thd_db=-110.0, start=1.0, end=0.0),
                  promise("cuts_softly", below=0.05),
                  promise("slices_evenly", slices=16), promise("turns_back")))
def sampler(gate=gate(), freq=hertz(MIDDLE_C, low=0.0, high=20_000.0), root=hertz(MIDDLE_C, low=1.0, high=20_000.0), start=at_once(0.0, low=0.0, high=1.0),
            end=at_once(1.0, low=0.0, high=1.0),
            slices=at_once(1.0, low=1.0, high=64.0), slice=at_once(0.0, low=0.0, high=63.0), mode=at_once(0.0, low=0.0, high=2.0),
            release=milliseconds(20.0, low=1.0, high=10_000.0), gain=ratio(0.5, high=16.0), sample=table("struck-string"),
            frame=frame_seconds(), side=side(), held=state(), sounds=state(), whole=state(), part=state(), first=state(), last=state(),
            level=state(), jumped=state(), before=state(), step=state(), closed=state()):
    frames = table_length(sample)
    begin, finish = minimum(maximum(start, 0.0), 1.0) * frames, minimum(maximum(end, 0.0), 1.0) * frames
    low, count = minimum(begin, finish), floor(minimum(maximum(slices, 1.0), 64.0))
    wide = (maximum(begin, finish) - low) / count
    number = floor(minimum(maximum(slice, 0.0), count - 1.0))
    speed = pace(sample, frame, freq / maximum(root, 1.0)) * select(finish < begin, -1.0, 1.0)
    struck, open_ = (gate > 0.0) & (held <= 0.0), gate > 0.0
    anew = struck | (jumped > 0.0)
    old_first, old_last, channel = first, last, to_whole(0.5 + 0.5 * side)
    first = select(anew, floor(low + number * wide + 0.5), first)
    last = select(anew, maximum(floor(low + (number + 1.0) * wide + 0.5), first + 1.0), last)
    edge = select(speed < 0.0, last - 1.0, first)
    again = minimum(maximum(whole + select(speed < 0.0, last - old_first, first - old_last), first), last - 1.0)      # as far in as it was beyond
    whole, part = select(struck, edge, select(anew, again, whole)), select(struck, 0.0, part)
    if any_lane(anew):
        closed = select(anew, closes(sample, channel, first, last), closed)
    fall = select(open_ | (mode < 0.5), 1.0, fading(maximum(release, 1.0) * (0.001 / frame)))
    level = select(struck, minimum(gate, 1.0), level * fall)
    level = select(level < 1e-5, 0.0, level)
    sounds = select(struck, 1.0, select(level > 0.0, sounds, 0.0))
    heard, round_ = smooth_read(sample, to_whole(whole), part, channel), (mode >= 1.5) & (closed > 0.0)
    if any_lane(round_ & ((whole + 2.0 >= last) | (whole <= first))):
        heard = select(round_, looped_read(sample, whole, part, channel, first, last), heard)
    heard = heard * (sounds * level)
    step = select(struck | ((jumped > 0.0) & (closed <= 0.0)) | (sounds <= 0.0), step + before - select(struck, 0.0, heard), step)
    step = step * fading(4.0 * (0.001 / frame))
    step = select(absolute(step) < 1e-7, 0.0, step)
    before = select(sounds > 0.0, heard, 0.0)
    place = part + speed
    moved = floor(place)
    part, whole = place - moved, whole + moved
    beyond = (whole >= last) | (whole < first)
    jumped = select(beyond & (sounds > 0.0) & (mode >= 1.5), 1.0, 0.0)
    sounds = select(beyond & (mode < 1.5), 0.0, sounds)
    whole = minimum(maximum(whole, -128.0), 16_777_215.0)
    return ((heard + step) * gain,
            (select(open_, 1.0, 0.0), sounds, whole, part, first, last, level, jumped, before, step, closed))
