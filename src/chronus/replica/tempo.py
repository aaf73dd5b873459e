"""Tempo: which frame a beat is, and which beat a frame, in double precision; jumps, ramps and signatures. Native code.

A clock is a frame, its beat, and the tempo from there: the same for ever, or on a straight line in time to another. A change of tempo begins
a new line at its beat, so the phase is never lost. A beat is played at the frame next to its exact time.
"""
from math import sqrt

from chronus.native.words import copy, load, load_float64, store, store_float64
from chronus.replica.sides import M_ARENA, M_BASE
from chronus.replica.trace import note_tempo
from chronus.shared.layout import H_RATE
from chronus.shared.log import SIGNATURE, TEMPO
from chronus.shared.program import TIME
from chronus.shared.score import (
    BAR,
    BEAT,
    C_BEAT,
    C_KIND,
    C_RAMP,
    C_VALUE,
    CHANGE_BYTES,
    CHANGE_ROWS,
    CHANGES_AT,
    CLOCK_AT,
    LAST_FRAME,
    NEAREST,
    NEVER,
    PLACE,
    PLACE_BITS,
    Q_BAR,
    Q_BAR_AT,
    Q_BARS,
    Q_CHANGES,
    Q_NOW,
    T_BEAT,
    T_BPM,
    T_FRAME,
    T_GOAL,
    T_RAMP,
)

WHERE_BITS, WHERE = 16, 0xFFFF              # of an entry's `extra`: where it takes effect
AT_REST_BPM, COMMON_TIME = 120.0, 4.0
NEAR = 1e-6                                 # beats: what is this near to a bar is at its beginning


def time_at(machine):
    """Address of what musical time is."""
    return load(machine + M_ARENA) + TIME


def beats_of(machine, clock):
    """Beats a frame: now, and what it grows by each frame of the ramp."""
    minutes = 60.0 * load(load(machine + M_BASE) + H_RATE)
    ramp = load_float64(clock + T_RAMP)
    pace = load_float64(clock + T_BPM) / minutes
    return pace, (load_float64(clock + T_GOAL) / minutes - pace) / ramp if ramp > 0.0 else 0.0


def beat_at(machine, clock, frame):
    """The beat of a frame, which need not be whole."""
    pace, growth = beats_of(machine, clock)
    return beat_after(load_float64(clock + T_BEAT), pace, growth, load_float64(clock + T_RAMP), frame - load_float64(clock + T_FRAME))


def beat_after(beat, pace, growth, ramp, passed):
    """The beat so many frames after `beat`, where a ramp begins."""
    if passed <= 0.0 or ramp <= 0.0:
        return beat + pace * passed
    on_ramp = min(passed, ramp)
    return beat + (pace + 0.5 * growth * on_ramp) * on_ramp + (pace + growth * ramp) * (passed - on_ramp)


def time_of(machine, clock, beat):
    """The exact time of a beat, in frames."""
    pace, growth = beats_of(machine, clock)
    more, ramp = beat - load_float64(clock + T_BEAT), load_float64(clock + T_RAMP)
    if more <= 0.0 or ramp <= 0.0:              # multiplied before it is divided: what is a frame and a half is that, and not a little less
        return load_float64(clock + T_FRAME) + more * (60.0 * load(load(machine + M_BASE) + H_RATE)) / load_float64(clock + T_BPM)
    on_ramp = (pace + 0.5 * growth * ramp) * ramp
    if more < on_ramp:
        return load_float64(clock + T_FRAME) + 2.0 * more / (pace + sqrt(pace * pace + 2.0 * growth * more))
    return load_float64(clock + T_FRAME) + ramp + (more - on_ramp) / (pace + growth * ramp)


def frame_of(machine, clock, beat):
    """The frame at which a beat is played."""
    if beat >= 0.5 * NEVER:
        return LAST_FRAME
    return int(min(time_of(machine, clock, beat), 1e18) + 0.5)


def bpm_at(machine, clock, frame):
    """The tempo at a frame."""
    minutes = 60.0 * load(load(machine + M_BASE) + H_RATE)
    pace, growth = beats_of(machine, clock)
    return (pace + growth * min(max(frame - load_float64(clock + T_FRAME), 0.0), load_float64(clock + T_RAMP))) * minutes


def begin_time(machine):
    """Musical time before the first block; everything else in it is 0."""
    time = time_at(machine)
    set_clock(time + CLOCK_AT, 0.0, 0.0, AT_REST_BPM, AT_REST_BPM, 0.0)
    store_float64(time + Q_BAR, COMMON_TIME)


def set_clock(clock, frame, beat, bpm, goal, ramp):
    store_float64(clock + T_FRAME, frame)
    store_float64(clock + T_BEAT, beat)
    store_float64(clock + T_BPM, bpm)
    store_float64(clock + T_GOAL, goal)
    store_float64(clock + T_RAMP, ramp)


def next_multiple(value, origin, step):
    """The first of `origin`, `origin + step` ... that is not before `value`."""
    count = (value - origin) / step - NEAR
    whole = int(count)
    return origin + step * (whole + 1 if count > whole else whole)


def beat_of_frame(machine, clock, frame):
    """The first beat that is played at a frame: who asks for the next bar at its very beginning means this one."""
    return beat_at(machine, clock, frame - 0.5)


def boundary(machine, clock, where, frame):
    """The beat of the place that `where` names (its lowest bits what, the others how many more of these), from a frame on: the frame, a beat, a bar;
    or the nearest beat, which may have gone by.
    """
    more = where >> PLACE_BITS
    if where & PLACE == NEAREST:
        return next_multiple(beat_of_frame(machine, clock, frame) - 0.5, 0.0, 1.0) + more
    if where & PLACE == BEAT:
        return next_multiple(beat_of_frame(machine, clock, frame), 0.0, 1.0) + more
    if where & PLACE == BAR:
        return bar_line(machine, clock, beat_of_frame(machine, clock, frame), more)
    return beat_at(machine, clock, 1.0 * frame)


def bar_line(machine, clock, beat, more):
    """The beat of the first bar that does not begin before `beat`, or so many bars later, by the signatures that the session's clock comes to."""
    time = time_at(machine)
    first, bar = load_float64(time + Q_BAR_AT), load_float64(time + Q_BAR)
    line = next_multiple(beat, first, bar)
    for i in range(load(time + Q_CHANGES)):
        change = change_at(time, i)
        begins = load_float64(change + C_BEAT)
        if load(change + C_KIND) != SIGNATURE or clock != time + CLOCK_AT or line + more * bar <= begins:
            continue
        if line < begins:
            more -= int((begins - line) / bar + 0.5)
            line = begins
        bar = load_float64(change + C_VALUE)
        line = next_multiple(max(beat, begins), begins, bar)
    return line + more * bar


def change_at(time, i):
    return time + CHANGES_AT + i * CHANGE_BYTES


def ask_for_change(machine, kind, value, extra):
    """A new tempo or signature: where `extra` says, in its lowest 16 bits; above them are the frames of a ramp. A signature waits for a bar.

    What waited for the same beat or a later one, and is of the same kind, is forgotten. Control asks for no more than there is room for (`tempo_changes`).
    """
    time = time_at(machine)
    beat = boundary(machine, time + CLOCK_AT, extra & WHERE, load(time + Q_NOW))
    count, kept = load(time + Q_CHANGES), 0
    for i in range(count):
        place = change_at(time, i)
        if load(place + C_KIND) != kind or load_float64(place + C_BEAT) < beat:
            copy(change_at(time, kept), place, CHANGE_BYTES)
            kept += 1
    if kept == CHANGE_ROWS:
        kept -= 1
    place = kept
    while place > 0 and load_float64(change_at(time, place - 1) + C_BEAT) > beat:
        copy(change_at(time, place), change_at(time, place - 1), CHANGE_BYTES)
        place -= 1
    row = change_at(time, place)
    store_float64(row + C_BEAT, beat)
    store(row + C_KIND, kind)
    store_float64(row + C_VALUE, value)
    store_float64(row + C_RAMP, 1.0 * (extra >> WHERE_BITS))
    store(time + Q_CHANGES, kept + 1)


def change_frame(machine):
    """The frame of the next change that waits."""
    time = time_at(machine)
    return frame_of(machine, time + CLOCK_AT, load_float64(change_at(time, 0) + C_BEAT)) if load(time + Q_CHANGES) > 0 else LAST_FRAME


def make_change(machine):
    """The first change that waits takes effect, at its exact beat."""
    time = time_at(machine)
    row, clock = change_at(time, 0), time + CLOCK_AT
    beat, value = load_float64(row + C_BEAT), load_float64(row + C_VALUE)
    if load(row + C_KIND) == TEMPO:
        frame = time_of(machine, clock, beat)
        ramp = load_float64(row + C_RAMP)
        set_clock(clock, frame, beat, bpm_at(machine, clock, frame) if ramp > 0.0 else value, value, ramp)
        note_tempo(machine, clock)
    else:
        store_float64(time + Q_BARS, load_float64(time + Q_BARS) + (beat - load_float64(time + Q_BAR_AT)) / load_float64(time + Q_BAR))
        store_float64(time + Q_BAR_AT, beat)
        store_float64(time + Q_BAR, value)
    count = load(time + Q_CHANGES) - 1
    for i in range(count):
        copy(change_at(time, i), change_at(time, i + 1), CHANGE_BYTES)
    store(time + Q_CHANGES, count)
