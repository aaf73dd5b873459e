"""Whose turn it is: a gate that was opened or closed in this frame keeps that for a frame, and so does a voice that was struck. Native code.

What comes for it in the same frame waits until the next, and what comes behind that until the one after, in the order of the log: 1 and 0 sent
together are a hit, 0 and 1 a new one. So it is with what waited for a commit that brings its module, and comes in one frame with that. What sequencers play
has ends and beginnings of its own, and is never put off.
"""
from numpy import float32

from chronus.native.words import load, load_float64
from chronus.replica.knobs import knob_index, turns_gate
from chronus.replica.performed import AGAIN
from chronus.replica.schedule import last_waiting
from chronus.replica.sequencer import SEQUENCED
from chronus.replica.sides import M_ARENA, area_of, program_at, row_with_key, side_address
from chronus.replica.voices import opened
from chronus.shared.log import EXPRESS, NOTE, SEQUENCED_GATE, SET
from chronus.shared.program import KNOB_BYTES, K_MOVED, P_KNOBS, R_VOICES, SC_EXTRA, SC_FRAME, SC_VALUE, TIME
from chronus.shared.score import FULL_VELOCITY, Q_NOW, SERIAL_SHIFT


def frame_for(machine, kind, target, value, extra):
    """The frame in which a command of the log, or one that is applied AGAIN, takes effect: this one, or a later."""
    now = load(load(machine + M_ARENA) + TIME + Q_NOW)
    if kind >= AGAIN:
        kind -= AGAIN
        if is_sequenced(kind, extra):
            return now
    if kind != SET and kind != NOTE and kind != EXPRESS:
        return now
    place = last_waiting(machine, kind, target, value)
    if place != 0:
        differs = begins(kind, value, extra) != begins(kind, load_float64(place + SC_VALUE), load(place + SC_EXTRA))
        return load(place + SC_FRAME) + (1 if differs and kind != EXPRESS else 0)
    frame = now
    for side in range(2):
        if area_of(machine, side) >= 0:
            frame = max(frame, frame_on(machine, side, kind, target, value, extra, now))
    return frame


def is_sequenced(kind, extra):
    """Whether a gate or a note is played by a sequencer."""
    return extra == SEQUENCED_GATE if kind == SET else kind == NOTE and extra >> SERIAL_SHIFT >= SEQUENCED


def begins(kind, value, extra):
    """Whether a command opens its gate, or strikes its note."""
    return float32(value) > 0.0 if kind == SET else extra & FULL_VELOCITY != 0


def frame_on(machine, side, kind, target, value, extra, now):
    """The frame in which it can take effect on one side."""
    program, begin = program_at(machine, area_of(machine, side)), side_address(machine, side)
    if kind == SET:
        index = knob_index(program, target)
        knob = begin + load(program + P_KNOBS) + index * KNOB_BYTES
        return now + 1 if index >= 0 and load(knob + K_MOVED) == now + 1 and turns_gate(knob, value) else now
    row = row_with_key(program, target)
    if kind == NOTE and row != 0 and load(row + R_VOICES) != 0 and not begins(kind, value, extra):
        frame = opened(row, begin, float32(value), extra)
        return frame + 1 if frame >= now else now
    return now
