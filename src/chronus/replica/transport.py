"""What is asked of musical time: scores for sequencers, start, stop and reset at places in the music, tempo, panic. Native code."""

from numpy import float32

from chronus.limits import SEQUENCERS
from chronus.native.words import load, load_float64, store, store_float64
from chronus.replica.arpeggio import hold
from chronus.replica.sequencer import VELOCITY, forget, go_by_the_session, is_due, take_coming
from chronus.replica.sequencer_table import clock_of, find_sequencer, leads, score_of, sequencer_at
from chronus.replica.tempo import WHERE, WHERE_BITS, ask_for_change, beat_at, beat_of_frame, boundary, next_multiple, set_clock, time_at
from chronus.shared.log import SCORE, TRANSPORT
from chronus.shared.score import (
    DELETE,
    LOOP,
    NEVER,
    OWN_TEMPO,
    Q_ENDS,
    Q_NEXT,
    Q_NOW,
    RESET,
    SEQUENCER_BYTES,
    START,
    S_CLOCK,
    S_COMING,
    S_COMING_AT,
    S_DELETED,
    S_FINGERS,
    S_KEY,
    S_NOTES,
    S_ONSET,
    S_ORIGIN,
    S_OWN,
    S_RESET_AT,
    S_RUNS,
    S_SCORE,
    S_START_AT,
    S_STOP_AT,
    W_LENGTH,
)


def direct(machine, kind, target, value, extra):
    """A command about musical time. Of a SCORE `extra` has its place and, from the 16th bit on, where it takes effect; of a TRANSPORT its verb in
    `value`, and where; of a TEMPO and a SIGNATURE what `tempo.ask_for_change` says.
    """
    store(time_at(machine) + Q_NEXT, 0)
    if kind == SCORE:
        sequencer = find_sequencer(machine, target)
        if sequencer != 0 and load(sequencer + S_DELETED) != 0:
            forget(machine, sequencer)
            sequencer = 0
        if sequencer == 0:
            sequencer = begin_sequencer(machine, target)
        if sequencer != 0:
            take_score(machine, sequencer, extra & WHERE, extra >> WHERE_BITS)
    elif kind == TRANSPORT:
        verb = int(value)
        for number in range(SEQUENCERS):
            sequencer = sequencer_at(machine, number)
            if target == 0 and verb == START and leads(machine, sequencer):     # scenes and songs are not for all at once
                continue
            if load(sequencer + S_KEY) != 0 and (target == 0 or load(sequencer + S_KEY) == target):
                move(machine, sequencer, verb, extra & WHERE, extra >> WHERE_BITS)
    else:
        ask_for_change(machine, kind, value, extra)


def begin_sequencer(machine, key):
    """The first free place becomes a sequencer, or else one that is to be deleted; 0 where there is none."""
    sequencer = find_sequencer(machine, 0)
    for number in range(SEQUENCERS):
        if sequencer == 0 and load(sequencer_at(machine, number) + S_DELETED) != 0:
            sequencer = sequencer_at(machine, number)
            forget(machine, sequencer)
    if sequencer != 0:
        for place in range(0, SEQUENCER_BYTES, 8):
            store(sequencer + place, 0)
        store(sequencer + S_KEY, key)
        store(sequencer + S_SCORE, -1)
        store(sequencer + S_COMING, -1)
        for word in (S_COMING_AT, S_START_AT, S_STOP_AT, S_RESET_AT, S_ONSET):
            store_float64(sequencer + word, NEVER)
    return sequencer


def place_for(machine, sequencer, where):
    """The beat, on a sequencer's own clock, of the place that a command names."""
    clock, score = clock_of(machine, sequencer), score_of(machine, sequencer)
    if where & 3 == LOOP and score != 0 and load(sequencer + S_RUNS) != 0:
        length = load_float64(score + W_LENGTH)
        return next_multiple(beat_of_frame(machine, clock), load_float64(sequencer + S_ORIGIN), length) + (where >> 2) * length
    return boundary(machine, clock, where)


def take_score(machine, sequencer, area, where):
    """What a sequencer plays from the place named on; at once where it does not run. What was to come later does not come any more."""
    if is_due(machine, sequencer, S_COMING_AT):
        take_coming(machine, sequencer)
    store(sequencer + S_COMING, area)
    store_float64(sequencer + S_COMING_AT, place_for(machine, sequencer, where if load(sequencer + S_RUNS) != 0 else 0))
    if is_due(machine, sequencer, S_COMING_AT):
        take_coming(machine, sequencer)


def move(machine, sequencer, verb, where, value):
    """Starts, stops, begins anew or deletes a sequencer at the place named, or gives it a tempo of its own, in thousandths (0: the session's)."""
    if verb == OWN_TEMPO:
        frame = 1.0 * load(time_at(machine) + Q_NOW)
        if value > 0:
            set_clock(sequencer + S_CLOCK, frame, beat_at(machine, clock_of(machine, sequencer), frame), value / 1000.0, value / 1000.0, 0.0)
            store(sequencer + S_OWN, 1)
        else:
            go_by_the_session(machine, sequencer)
        return
    beat, is_deleted = place_for(machine, sequencer, where), load(sequencer + S_DELETED) != 0
    if verb == START and is_deleted:
        return
    if verb == START:
        store_float64(sequencer + S_START_AT, beat)
        if load_float64(sequencer + S_STOP_AT) <= beat and load(sequencer + S_RUNS) == 0:
            store_float64(sequencer + S_STOP_AT, NEVER)
    elif verb == RESET:
        store_float64(sequencer + S_RESET_AT, beat)
    else:
        store_float64(sequencer + S_STOP_AT, min(beat, load_float64(sequencer + S_STOP_AT)) if is_deleted else beat)
        store(sequencer + S_DELETED, 1 if is_deleted or verb == DELETE else 0)
        if load_float64(sequencer + S_START_AT) >= beat:
            store_float64(sequencer + S_START_AT, NEVER)


def silence(machine):
    """Every sequencer stops, nothing is left to end, and no arpeggio holds a note. Changes of tempo go on."""
    time = time_at(machine)
    store(time + Q_ENDS, 0)
    store(time + Q_NEXT, 0)
    for number in range(SEQUENCERS):
        sequencer = sequencer_at(machine, number)
        store(sequencer + S_RUNS, 0)
        store(sequencer + S_NOTES, 0)
        store(sequencer + S_FINGERS, 0)
        for word in (S_START_AT, S_RESET_AT, S_STOP_AT, S_ONSET):
            store_float64(sequencer + word, NEVER)
        if load(sequencer + S_DELETED) != 0:
            store(sequencer + S_KEY, 0)


def play_arpeggio(machine, key, note, extra):
    """A note that is for an arpeggio: True if there is one of that name."""
    sequencer = find_sequencer(machine, key)
    if sequencer == 0:
        return False
    hold(sequencer, score_of(machine, sequencer), float32(note), extra & VELOCITY)
    return True
