"""The sequencers: what they play is due at exact frames, computed from the tempo, and happens whether control lives or not. Native code.

A sequencer has a score, a table of events that control wrote, and goes round it. What happens to it (a new score, start, stop, reset) has a
beat of its own, at which it takes effect before the events of that beat. `take_due` gives out one command after the other.
"""
from chronus.limits import EVENTS_AT_ONCE, SCORE_CHANGES, SEQUENCED_ENDS, SEQUENCERS
from chronus.native.words import copy, load, load_float64, store, store_float64
from chronus.replica.arpeggio import forget_latched, note_at, notes_of_step, place_of, velocity_at
from chronus.replica.chance import is_played, mixed
from chronus.replica.leading import is_missing, lead, let_go_on, take_lead
from chronus.replica.sequencer_table import begin_where_it_fits, clock_of, end_run, forget_coming, leads, next_beat, row_at, rows_in, score_of, sequencer_at
from chronus.replica.tempo import beat_at, change_frame, frame_of, make_change, time_at, time_of
from chronus.shared.log import NOTE, SEQUENCED_GATE, SET
from chronus.shared.score import (
    CHANGE_ROWS,
    CLOCK_AT,
    COMING_BYTES,
    E_BEAT,
    E_CLOCK,
    E_EXTRA,
    E_FRAME,
    E_KIND,
    E_TARGET,
    END_BYTES,
    ENDS_AT,
    FULL_VELOCITY,
    NEVER,
    Q_ENDS,
    Q_ASKED,
    Q_EXTRA,
    Q_KIND,
    Q_NEXT,
    Q_NOW,
    Q_SERIAL,
    Q_TARGET,
    Q_VALUE,
    ROW_ARPEGGIO,
    ROW_GATE,
    ROW_GLIDE,
    ROW_NOTE,
    ROW_PLACE,
    ROW_START,
    ROW_STOP,
    S_CLOCK,
    S_COMING,
    S_COMING_AT,
    S_DELETED,
    S_FRAME,
    S_GOES_ON,
    S_HALTED,
    S_KEY,
    S_MOVED,
    S_ONSET,
    S_ORIGIN,
    S_OWN,
    S_PART,
    S_PASS,
    S_RESET_AT,
    S_ROW,
    S_RUNS,
    S_SCORE,
    S_START_AT,
    S_STEPS,
    S_STOP_AT,
    S_STOPPED,
    SEQUENCER_BYTES,
    SERIAL_PLACE,
    SERIAL_SHIFT,
    V_EVERY,
    V_EXTRA,
    V_KIND,
    V_LENGTH,
    V_ONSET,
    V_TARGET,
    V_VALUE,
    W_LENGTH,
    W_ONCE,
    W_SEED,
    WIDE_MASK,
)

GLIDE = 100                                 # a knob goes to `value` in `extra` frames; stands in no log
SEQUENCED = 1 << 32                         # notes of sequencers have serials from here on, above all of control's
NEAR = 1e-9                                 # beats: an event at the very place where a pass is joined is played
LEADERS_IN_A_ROW = 4                        # a song starts a scene, which is followed by another


def refresh(machine):
    """Finds anew when everything is due: after a command, or a change of tempo."""
    time = time_at(machine)
    for number in range(SEQUENCERS):
        sequencer = sequencer_at(machine, number)
        if load(sequencer + S_KEY) != 0:
            store(sequencer + S_FRAME, frame_of(machine, clock_of(machine, sequencer), next_beat(sequencer)))
    for i in range(load(time + Q_ENDS)):
        end = time + ENDS_AT + i * END_BYTES
        store(end + E_FRAME, frame_of_end(machine, load(end + E_CLOCK), load_float64(end + E_BEAT)))
    look_ahead(machine)


def frame_of_end(machine, number, beat):
    """The last frame of what lasts until a beat: the next may begin there, and finds the gate closed."""
    return frame_of(machine, clock_with_number(machine, number), beat) - 1


def clock_with_number(machine, number):
    """The clock that the sequencer in a place goes by."""
    return clock_of(machine, sequencer_at(machine, number)) if 0 <= number < SEQUENCERS else time_at(machine) + CLOCK_AT


def look_ahead(machine):
    """Notes the next frame at which anything happens."""
    time, soonest = time_at(machine), change_frame(machine)
    for number in range(SEQUENCERS):
        sequencer = sequencer_at(machine, number)
        if load(sequencer + S_KEY) != 0:
            soonest = min(soonest, load(sequencer + S_FRAME))
    for i in range(load(time + Q_ENDS)):
        soonest = min(soonest, load(time + ENDS_AT + i * END_BYTES + E_FRAME))
    store(time + Q_NEXT, soonest)


def align(machine, sequencer, beat):
    """The next event is the first that is not before `beat`, wherever in the score that is."""
    score = score_of(machine, sequencer)
    if score == 0 or load(sequencer + S_RUNS) == 0 or rows_in(score) == 0:
        store_float64(sequencer + S_ONSET, NEVER)
        return
    store(sequencer + S_PART, 0)
    length, passed = load_float64(score + W_LENGTH), max(0.0, beat - load_float64(sequencer + S_ORIGIN))
    number = int(passed / length + NEAR) if load(score + W_ONCE) == 0 else 0
    first, last = 0, rows_in(score)
    while first < last:
        middle = (first + last) // 2
        if load_float64(row_at(score, middle) + V_ONSET) < passed - number * length - NEAR:
            first = middle + 1
        else:
            last = middle
    store(sequencer + S_PASS, number)
    store(sequencer + S_ROW, first)
    settle_row(sequencer, score)


def begin_run(sequencer, beat):
    """A sequencer runs from a beat on: from its beginning; or from where it stopped, unless it runs already or the song was put elsewhere since."""
    if load(sequencer + S_GOES_ON) == 0:
        store_float64(sequencer + S_ORIGIN, beat)
        store(sequencer + S_STEPS, 0)
    elif load(sequencer + S_RUNS) == 0 and load(sequencer + S_MOVED) == 0:
        store_float64(sequencer + S_ORIGIN, load_float64(sequencer + S_ORIGIN) + beat - load_float64(sequencer + S_STOPPED))
    if load(sequencer + S_RUNS) == 0:
        store(sequencer + S_HALTED, 0)
    store(sequencer + S_RUNS, 1)


def settle_row(sequencer, score):
    """The beat of the next event; behind the last one comes the next pass, or the end of the only one."""
    length = load_float64(score + W_LENGTH)
    if load(sequencer + S_ROW) >= rows_in(score) and load(score + W_ONCE) == 0:
        store(sequencer + S_ROW, 0)
        store(sequencer + S_PASS, load(sequencer + S_PASS) + 1)
    begins = load_float64(sequencer + S_ORIGIN) + load(sequencer + S_PASS) * length
    row = load(sequencer + S_ROW)
    store_float64(sequencer + S_ONSET, begins + (load_float64(row_at(score, row) + V_ONSET) if row < rows_in(score) else length))


def ask(machine, kind, target, value, extra):
    """A command that is due now."""
    time = time_at(machine)
    store(time + Q_KIND, kind)
    store(time + Q_TARGET, target)
    store_float64(time + Q_VALUE, value)
    store(time + Q_EXTRA, extra)
    return 1


def end_later(machine, sequencer, beat, kind, target, extra):
    """Keeps what ends at a beat; False where there is no room, and then it must not begin."""
    time = time_at(machine)
    count = load(time + Q_ENDS)
    number = (sequencer - sequencer_at(machine, 0)) // SEQUENCER_BYTES
    if kind == SET:                             # a gate that is opened again is not closed by what was to close it
        for i in range(count):
            row = time + ENDS_AT + i * END_BYTES
            if load(row + E_KIND) == SET and load(row + E_TARGET) == target:
                count = forget_end(machine, i)
                break
    if count == SEQUENCED_ENDS:
        return False
    end = time + ENDS_AT + count * END_BYTES
    store_float64(end + E_BEAT, beat)
    store(end + E_FRAME, max(frame_of_end(machine, number, beat), load(time + Q_NOW) + 1))
    store(end + E_CLOCK, number)
    store(end + E_KIND, kind)
    store(end + E_TARGET, target)
    store(end + E_EXTRA, extra)
    store(time + Q_ENDS, count + 1)
    return True


def forget_end(machine, i):
    """Takes one out of what is to end; how many are left."""
    time = time_at(machine)
    count = load(time + Q_ENDS) - 1
    for j in range(i, count):
        copy(time + ENDS_AT + j * END_BYTES, time + ENDS_AT + (j + 1) * END_BYTES, END_BYTES)
    store(time + Q_ENDS, count)
    return count


def begin_note(machine, sequencer, target, note, velocity, until, place):
    """A note begins, under a number of its own, of which its place between left and right is a part, and ends by it."""
    time = time_at(machine)
    store(time + Q_SERIAL, load(time + Q_SERIAL) + 1)
    serial = ((place << SERIAL_PLACE) + SEQUENCED + load(time + Q_SERIAL) % SEQUENCED) << SERIAL_SHIFT
    return ask(machine, NOTE, target, note, serial + velocity) if end_later(machine, sequencer, until, NOTE, target, serial) else 0


def play_row(machine, sequencer, score, row, part):
    """One event, or one note of a chord; 1 if a command is due."""
    kind, target, value = load(row + V_KIND), load(row + V_TARGET), load_float64(row + V_VALUE)
    onset = load_float64(sequencer + S_ONSET)
    until, velocity = onset + load_float64(row + V_LENGTH), load(row + V_EXTRA) & FULL_VELOCITY
    if kind == ROW_NOTE:
        return begin_note(machine, sequencer, target, value, velocity, until, load(row + V_EVERY) >> ROW_PLACE & WIDE_MASK)
    if kind == ROW_ARPEGGIO:
        step = load(sequencer + S_STEPS)
        place = place_of(sequencer, score, step, part, mixed(mixed(load(score + W_SEED), load(sequencer + S_KEY)), step))
        hard = max(1, int(velocity * velocity_at(sequencer, score, place)))
        return begin_note(machine, sequencer, target, note_at(sequencer, score, place) + value, hard, until, 0)
    if kind == ROW_START or kind == ROW_STOP:
        lead(machine, sequencer, row, onset, 0)
        return 0
    if kind == ROW_GLIDE:
        clock = clock_of(machine, sequencer)
        return ask(machine, GLIDE, target, value, max(1, frame_of(machine, clock, until) - load(time_at(machine) + Q_NOW)))
    played = SEQUENCED_GATE if kind == ROW_GATE else 0
    if until > onset and not end_later(machine, sequencer, until, SET, target, played):
        return 0
    return ask(machine, SET, target, value, played)


def is_due(machine, sequencer, word):
    """Whether something that a sequencer waits for has come: what falls on one frame is at one time, however the beats were rounded."""
    return frame_of(machine, clock_of(machine, sequencer), load_float64(sequencer + word)) <= load(time_at(machine) + Q_NOW)


def take_coming(machine, sequencer):
    """A sequencer plays the next score that came, from the first event on that was not played yet."""
    before, begins = score_of(machine, sequencer), load_float64(sequencer + S_COMING_AT)
    beat = min(begins, load_float64(sequencer + S_ONSET))
    store(sequencer + S_SCORE, load(sequencer + S_COMING))
    for place in range(S_COMING, S_COMING + (SCORE_CHANGES - 1) * COMING_BYTES, COMING_BYTES):
        copy(sequencer + place, sequencer + place + COMING_BYTES, COMING_BYTES)
    forget_coming(sequencer, SCORE_CHANGES - 1)
    forget_latched(sequencer, score_of(machine, sequencer))
    begin_where_it_fits(machine, sequencer, before, begins)
    align(machine, sequencer, beat)


def forget(machine, sequencer):
    """A sequencer is no more; what it has begun ends by the session's clock."""
    go_by_the_session(machine, sequencer)
    store(sequencer + S_KEY, 0)
    store(sequencer + S_DELETED, 0)
    forget_coming(sequencer, 0)
    for word in (S_START_AT, S_STOP_AT, S_RESET_AT, S_ONSET):
        store_float64(sequencer + word, NEVER)


def shift(sequencer, beats):
    """All that a sequencer waits for, and where it began and stopped, so many beats later on its clock."""
    for word in (S_START_AT, S_STOP_AT, S_RESET_AT, S_ONSET, S_ORIGIN, S_STOPPED):
        put_off(sequencer + word, beats)
    for i in range(SCORE_CHANGES):
        put_off(sequencer + S_COMING_AT + i * COMING_BYTES, beats)


def put_off(place, beats):
    beat = load_float64(place)
    store_float64(place, beat + beats if beat < 0.5 * NEVER else NEVER)


def go_by_the_session(machine, sequencer):
    """A sequencer with a clock of its own goes on where it is, by the beats of the session; what it has begun ends when it was to end."""
    if load(sequencer + S_OWN) == 0:
        return
    time, number = time_at(machine), (sequencer - sequencer_at(machine, 0)) // SEQUENCER_BYTES
    now = 1.0 * load(time + Q_NOW)
    beats = beat_at(machine, time + CLOCK_AT, now) - beat_at(machine, sequencer + S_CLOCK, now)
    store(sequencer + S_OWN, 0)
    shift(sequencer, beats)
    for i in range(load(time + Q_ENDS)):
        end = time + ENDS_AT + i * END_BYTES
        if load(end + E_CLOCK) == number:
            store_float64(end + E_BEAT, beat_at(machine, time + CLOCK_AT, time_of(machine, sequencer + S_CLOCK, load_float64(end + E_BEAT))))


def go_on(machine, sequencer):
    """What is due of one sequencer, up to one command: 1 if there is one."""
    if is_due(machine, sequencer, S_COMING_AT):
        take_coming(machine, sequencer)
        return 0
    if is_due(machine, sequencer, S_STOP_AT):
        if load(sequencer + S_RUNS) != 0:
            end_run(sequencer, min(load_float64(sequencer + S_STOP_AT), load_float64(sequencer + S_ONSET)))
        store_float64(sequencer + S_STOP_AT, NEVER)
        if load(sequencer + S_DELETED) != 0:
            forget(machine, sequencer)
        return 0
    if is_due(machine, sequencer, S_START_AT):
        beat, was_running, goes_on = load_float64(sequencer + S_START_AT), load(sequencer + S_RUNS) != 0, load(sequencer + S_GOES_ON) != 0
        is_halted, is_moved = load(sequencer + S_HALTED) != 0, load(sequencer + S_MOVED) != 0
        if leads(machine, sequencer):
            take_lead(machine, sequencer)
        begin_run(sequencer, beat)
        store_float64(sequencer + S_START_AT, NEVER)
        if not goes_on or not was_running:
            align(machine, sequencer, beat)
            if goes_on and (is_moved or not is_halted):         # else those that it led go on with all
                let_go_on(machine, sequencer, beat, is_moved)
        return 0
    if is_due(machine, sequencer, S_RESET_AT):
        beat = load_float64(sequencer + S_RESET_AT)
        store_float64(sequencer + S_RESET_AT, NEVER)
        store_float64(sequencer + S_ORIGIN, beat)
        store_float64(sequencer + S_STOPPED, beat)
        store(sequencer + S_MOVED, 0)
        store(sequencer + S_STEPS, 0)
        align(machine, sequencer, beat)
        return 0
    score = score_of(machine, sequencer)
    if score == 0:
        store_float64(sequencer + S_ONSET, NEVER)
        return 0
    if load(sequencer + S_ROW) >= rows_in(score):
        end_run(sequencer, load_float64(sequencer + S_ONSET))
        return 0
    row = row_at(score, load(sequencer + S_ROW))
    is_arpeggio = load(row + V_KIND) == ROW_ARPEGGIO
    parts, part, found = notes_of_step(sequencer, score) if is_arpeggio else 1, load(sequencer + S_PART), 0
    if part < parts and (is_played(machine, sequencer, score, row) or is_missing(machine, row)):
        found = play_row(machine, sequencer, score, row, part)
    if part + 1 < parts:                        # the other notes of a chord are due at the same moment
        store(sequencer + S_PART, part + 1)
        return found
    store(sequencer + S_PART, 0)
    if is_arpeggio:
        store(sequencer + S_STEPS, load(sequencer + S_STEPS) + 1 if parts > 0 else 0)
    store(sequencer + S_ROW, load(sequencer + S_ROW) + 1)
    settle_row(sequencer, score)
    return found


def take_due(machine, frame):
    """The next command that is due at `frame` or before stands in musical time: 1; 0 if none is, and the next frame at which one is has been noted."""
    time = time_at(machine)
    if load(time + Q_NEXT) > frame:
        return 0
    if load(time + Q_NEXT) == 0:
        refresh(machine)
    store(time + Q_NOW, frame)
    if load(time + Q_ASKED) == 0:
        for _ in range(CHANGE_ROWS):
            if change_frame(machine) > frame:
                break
            make_change(machine)
            refresh(machine)
        for i in range(load(time + Q_ENDS)):
            end = time + ENDS_AT + i * END_BYTES
            if load(end + E_FRAME) <= frame:
                ask(machine, load(end + E_KIND), load(end + E_TARGET), 0.0, load(end + E_EXTRA))
                forget_end(machine, i)
                return 1
        for number in range(SEQUENCERS):                        # before anybody plays a row: one who will not lead any more starts nobody
            sequencer = sequencer_at(machine, number)
            if load(sequencer + S_KEY) != 0 and load(sequencer + S_FRAME) <= frame and is_due(machine, sequencer, S_START_AT) and leads(machine, sequencer):
                take_lead(machine, sequencer)
    for asked in range(load(time + Q_ASKED), (LEADERS_IN_A_ROW + 1) * SEQUENCERS):      # who starts and stops others comes before them
        sequencer, is_led = sequencer_at(machine, asked % SEQUENCERS), asked >= LEADERS_IN_A_ROW * SEQUENCERS
        if load(sequencer + S_KEY) != 0 and load(sequencer + S_FRAME) <= frame and leads(machine, sequencer) != is_led:
            if catch_up(machine, sequencer, frame) != 0:
                store(time + Q_ASKED, asked)
                return 1
    store(time + Q_ASKED, 0)
    look_ahead(machine)
    store(time + Q_NEXT, max(load(time + Q_NEXT), frame + 1))
    return 0


def catch_up(machine, sequencer, frame):
    """A sequencer goes on, up to one command: 1 if there is one; 0 if nothing is due any more."""
    for _ in range(EVENTS_AT_ONCE):
        found = go_on(machine, sequencer)
        store(sequencer + S_FRAME, frame_of(machine, clock_of(machine, sequencer), next_beat(sequencer)))
        if found != 0 or load(sequencer + S_FRAME) > frame:
            return found
    return 0
