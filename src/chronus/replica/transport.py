"""What is asked of musical time: scores for sequencers, start, stop and reset at places in the music, tempo, panic. Native code."""

from numpy import float32

from chronus.limits import SEQUENCERS
from chronus.native.words import load, load_float64, store, store_float64
from chronus.replica.arpeggio import hold
from chronus.replica.leading import will_lead
from chronus.replica.sequencer import clock_with_number, forget, go_by_the_session, is_due, shift, take_coming
from chronus.replica.sequencer_table import clock_of, end_run, find_sequencer, forget_coming, is_whole, leads, let_come, score_of, score_place, sequencer_at
from chronus.replica.sides import M_BASE
from chronus.replica.tempo import WHERE, WHERE_BITS, ask_for_change, beat_at, beat_of_frame, boundary, change_at, frame_of, next_multiple, set_clock, time_at
from chronus.shared.layout import BAD_ENTRIES
from chronus.shared.log import SCORE, TEMPO, TRANSPORT
from chronus.shared.rings import count_one
from chronus.shared.score import (
    A_BEAT,
    C_BEAT,
    CLOCK_AT,
    CONTINUE,
    DELETE,
    E_BEAT,
    E_CLOCK,
    END_BYTES,
    ENDS_AT,
    FULL_VELOCITY,
    LAST_FRAME,
    LOOP,
    NEVER,
    OWN_TEMPO,
    PLACE,
    PLACE_BITS,
    Q_BAR_AT,
    Q_BARS,
    Q_CHANGES,
    Q_ENDS,
    Q_NEXT,
    Q_NOW,
    RESET,
    SEQUENCER_BYTES,
    START,
    STOP,
    S_CLOCK,
    S_COMING_AT,
    S_DELETED,
    S_FINGERS,
    S_GOES_ON,
    S_HALTED,
    S_KEY,
    S_MOVED,
    S_NOTES,
    S_ONSET,
    S_ORIGIN,
    S_OWN,
    S_RESET_AT,
    S_RUNS,
    S_SCORE,
    S_START_AT,
    S_STOP_AT,
    S_STOPPED,
    T_BEAT,
    W_LENGTH,
    is_area,
)

NEAR_BY = 0.5                               # beats: who asks so late to go on from a moment still means it


def direct(machine, kind, target, value, extra):
    """A command about musical time. Of a SCORE `extra` has its place and, from the 16th bit on, where it takes effect, and `value` the frame from which on
    that is counted, if it is yet to come; of a TRANSPORT its verb in `value`, and where; of a TEMPO and a SIGNATURE what `tempo.ask_for_change` says; but
    of a TEMPO with the target A_BEAT `value` is the beat at the frame `extra` (-1: now).
    """
    store(time_at(machine) + Q_NEXT, 0)
    if kind == SCORE:
        if not (is_area(extra & WHERE) and is_whole(score_place(machine, extra & WHERE))):
            count_one(load(machine + M_BASE), BAD_ENTRIES)
            return
        sequencer = find_sequencer(machine, target)
        if sequencer != 0 and load(sequencer + S_DELETED) != 0:
            forget(machine, sequencer)
            sequencer = 0
        if sequencer == 0:
            sequencer = begin_sequencer(machine, target)
        if sequencer != 0:
            take_score(machine, sequencer, extra & WHERE, extra >> WHERE_BITS, value)
    elif kind == TRANSPORT:
        verb = int(value)
        if target == 0 and verb == STOP:
            forget_halted(machine)
        resumes = target == 0 and verb == CONTINUE and (is_any(machine, S_HALTED) or is_any(machine, S_RUNS))
        for number in range(SEQUENCERS):
            sequencer = sequencer_at(machine, number)
            if target == 0 and not is_meant(machine, sequencer, verb, resumes):
                continue
            if load(sequencer + S_KEY) != 0 and (target == 0 or load(sequencer + S_KEY) == target):
                move(machine, sequencer, verb, extra & WHERE, extra >> WHERE_BITS, target == 0)
    elif kind == TEMPO and target == A_BEAT:
        count_anew(machine, value, extra)
    else:
        ask_for_change(machine, kind, value, extra)


def is_any(machine, word):
    """Whether a word is set of any sequencer that there is."""
    for number in range(SEQUENCERS):
        sequencer = sequencer_at(machine, number)
        if load(sequencer + S_KEY) != 0 and load(sequencer + word) != 0:
            return True
    return False


def is_meant(machine, sequencer, verb, resumes):
    """Whether a command for all is for a sequencer. Scenes and songs are not started all at once; those go on that were stopped all at once, and where
    nothing was, and nothing runs, all begin.
    """
    if resumes:
        return load(sequencer + S_HALTED) != 0
    return verb != START and verb != CONTINUE or not leads(machine, sequencer)


def forget_halted(machine):
    """All are about to be stopped: where anything runs, what was stopped before that stays as it is."""
    if is_any(machine, S_RUNS):
        for number in range(SEQUENCERS):
            store(sequencer_at(machine, number) + S_HALTED, 0)


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
        forget_coming(sequencer, 0)
        for word in (S_START_AT, S_STOP_AT, S_RESET_AT, S_ONSET):
            store_float64(sequencer + word, NEVER)
    return sequencer


def place_for(machine, sequencer, where, frame):
    """The beat, on a sequencer's own clock, of the place that a command names, from a frame on."""
    clock, score = clock_of(machine, sequencer), score_of(machine, sequencer)
    if where & PLACE == LOOP and score != 0 and load(sequencer + S_RUNS) != 0:
        length = load_float64(score + W_LENGTH)
        return next_multiple(beat_of_frame(machine, clock, frame), load_float64(sequencer + S_ORIGIN), length) + (where >> PLACE_BITS) * length
    return boundary(machine, clock, where, frame)


def take_score(machine, sequencer, area, where, moment):
    """What a sequencer plays from the place named on, which is after a frame (`moment`) that may be yet to come; where it does not run, from there on."""
    if is_due(machine, sequencer, S_COMING_AT):
        take_coming(machine, sequencer)
    now = 1.0 * load(time_at(machine) + Q_NOW)
    frame = moment if now < moment < LAST_FRAME else now
    let_come(sequencer, area, place_for(machine, sequencer, where if load(sequencer + S_RUNS) != 0 else 0, frame))
    if is_due(machine, sequencer, S_COMING_AT):
        take_coming(machine, sequencer)


def move(machine, sequencer, verb, where, value, with_all):
    """Starts, stops, begins anew or deletes a sequencer at the place named, alone or with all, or gives it a tempo of its own, in thousandths (0: the
    session's).
    """
    if verb == OWN_TEMPO:
        frame = 1.0 * load(time_at(machine) + Q_NOW)
        if value > 0:
            set_clock(sequencer + S_CLOCK, frame, beat_at(machine, clock_of(machine, sequencer), frame), value / 1000.0, value / 1000.0, 0.0)
            store(sequencer + S_OWN, 1)
        else:
            go_by_the_session(machine, sequencer)
        return
    beat, is_deleted = place_for(machine, sequencer, where, load(time_at(machine) + Q_NOW)), load(sequencer + S_DELETED) != 0
    if verb == START or verb == CONTINUE:
        if not with_all:
            store(sequencer + S_HALTED, 0)
        if not is_deleted:
            start(machine, sequencer, beat, verb)
    elif verb == RESET:
        store_float64(sequencer + S_RESET_AT, beat)
    else:
        store_float64(sequencer + S_STOP_AT, min(beat, load_float64(sequencer + S_STOP_AT)) if is_deleted else beat)
        store(sequencer + S_DELETED, 1 if is_deleted or verb == DELETE else 0)
        if not with_all:
            store(sequencer + S_HALTED, 0)
        elif load(sequencer + S_RUNS) != 0 or load_float64(sequencer + S_START_AT) < beat:
            store(sequencer + S_HALTED, 1)
        if load_float64(sequencer + S_START_AT) >= beat or is_due(machine, sequencer, S_START_AT) and is_due(machine, sequencer, S_STOP_AT):
            store_float64(sequencer + S_START_AT, NEVER)


def start(machine, sequencer, beat, verb):
    """Starts a sequencer at a beat, from its beginning or from where it was stopped. It takes back a stop that is due no later."""
    now = beat_at(machine, clock_of(machine, sequencer), 1.0 * load(time_at(machine) + Q_NOW))
    moved = load_float64(sequencer + S_STOPPED)
    if verb == CONTINUE and load(sequencer + S_MOVED) != 0 and moved <= beat <= moved + NEAR_BY:
        beat = moved
    if leads(machine, sequencer):
        will_lead(machine, sequencer, frame_of(machine, clock_of(machine, sequencer), beat))
    store(sequencer + S_GOES_ON, 1 if verb == CONTINUE else 0)
    store_float64(sequencer + S_START_AT, beat)
    stop = load_float64(sequencer + S_STOP_AT)
    if stop <= beat and load(sequencer + S_RUNS) == 0 or stop <= now and beat <= now:
        store_float64(sequencer + S_STOP_AT, NEVER)
        if load(sequencer + S_RUNS) != 0:
            store(sequencer + S_HALTED, 0)


def count_anew(machine, beat, frame):
    """From now on the clock counts so that `frame` (-1: now) is `beat`, and bars from beat 0. What runs or waits is shifted along, so nothing of it
    jumps; what stands still keeps the beat of its beginning: it goes on where the song is then.
    """
    time = time_at(machine)
    clock = time + CLOCK_AT
    beats = beat - beat_at(machine, clock, 1.0 * (frame if frame >= 0 else load(time + Q_NOW)))
    for i in range(load(time + Q_ENDS)):
        end = time + ENDS_AT + i * END_BYTES
        if clock_with_number(machine, load(end + E_CLOCK)) == clock:
            store_float64(end + E_BEAT, load_float64(end + E_BEAT) + beats)
    for number in range(SEQUENCERS):
        sequencer = sequencer_at(machine, number)
        if load(sequencer + S_KEY) == 0 or load(sequencer + S_OWN) != 0:
            continue
        origin = load_float64(sequencer + S_ORIGIN)
        shift(sequencer, beats)
        if load(sequencer + S_RUNS) == 0:
            store_float64(sequencer + S_ORIGIN, origin)
            store_float64(sequencer + S_STOPPED, beat)
            store(sequencer + S_MOVED, 1)
    for i in range(load(time + Q_CHANGES)):
        store_float64(change_at(time, i) + C_BEAT, load_float64(change_at(time, i) + C_BEAT) + beats)
    store_float64(clock + T_BEAT, load_float64(clock + T_BEAT) + beats)
    store_float64(time + Q_BAR_AT, 0.0)
    store_float64(time + Q_BARS, 0.0)


def silence(machine):
    """Every sequencer stops, nothing is left to end, and no arpeggio holds a note. Changes of tempo go on."""
    time = time_at(machine)
    store(time + Q_ENDS, 0)
    store(time + Q_NEXT, 0)
    forget_halted(machine)
    for number in range(SEQUENCERS):
        sequencer = sequencer_at(machine, number)
        if load(sequencer + S_RUNS) != 0:
            now = beat_at(machine, clock_of(machine, sequencer), 1.0 * load(time + Q_NOW))
            end_run(sequencer, min(now, load_float64(sequencer + S_ONSET)))
            store(sequencer + S_HALTED, 1)
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
    hold(sequencer, score_of(machine, sequencer), float32(note), extra & FULL_VELOCITY)
    return True
