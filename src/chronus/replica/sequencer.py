"""The sequencers: what they play is due at exact frames, computed from the tempo, and happens whether control lives or not. Native code.

A sequencer has a score, a table of events that control wrote, and goes round it. What happens to it (a new score, start, stop, reset) has a
beat of its own, at which it takes effect before the events of that beat. `take_due` gives out one command after the other.
"""
from chronus.limits import EVENTS_AT_ONCE, SCORE_ROWS, SEQUENCED_ENDS, SEQUENCERS, TEMPO_CHANGES
from chronus.native.words import copy, load, load_float64, store, store_float64
from chronus.replica.arpeggio import note_at, notes_of_step, place_of, velocity_at
from chronus.replica.sides import M_BASE
from chronus.replica.tempo import beat_at, change_frame, frame_of, make_change, time_at
from chronus.shared.layout import H_SCORES, H_SEED
from chronus.shared.log import NOTE, SET
from chronus.shared.score import (
    CHANCES,
    CLOCK_AT,
    E_BEAT,
    E_CLOCK,
    E_EXTRA,
    E_FRAME,
    E_KIND,
    E_TARGET,
    END_BYTES,
    ENDS_AT,
    NEVER,
    Q_ENDS,
    Q_EXTRA,
    Q_KIND,
    Q_NEXT,
    Q_NOW,
    Q_SERIAL,
    Q_TARGET,
    Q_VALUE,
    ROW_ARPEGGIO,
    ROW_BYTES,
    ROW_GLIDE,
    ROW_NOTE,
    ROW_START,
    ROW_STOP,
    S_CLOCK,
    S_COMING,
    S_COMING_AT,
    S_DELETED,
    S_FRAME,
    S_KEY,
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
    SCORE_BYTES,
    SCORE_HEADER,
    SCORE_MAGIC,
    SEQUENCER_BYTES,
    SEQUENCERS_AT,
    V_CHANCE,
    V_EVERY,
    V_EXTRA,
    V_KIND,
    V_LENGTH,
    V_ONSET,
    V_TARGET,
    V_VALUE,
    W_LEADS,
    W_LENGTH,
    W_MAGIC,
    W_ONCE,
    W_ROWS,
    W_SEED,
    is_area,
)

GLIDE = 100                                 # a knob goes to `value` in `extra` frames; stands in no log
SEQUENCED = 1 << 40                         # notes of sequencers have serials from here on, above all of control's
PRIME, SALT_SHIFT, VELOCITY = 2_147_483_647, 16, 0xFFFF
NEAR = 1e-9                                 # beats: an event at the very place where a pass is joined is played


def sequencer_at(machine, number):
    return time_at(machine) + SEQUENCERS_AT + number * SEQUENCER_BYTES


def find_sequencer(machine, key):
    """Address of the sequencer with a key; 0 where there is none."""
    for number in range(SEQUENCERS):
        if load(sequencer_at(machine, number) + S_KEY) == key:
            return sequencer_at(machine, number)
    return 0


def clock_of(machine, sequencer):
    """The clock that a sequencer goes by."""
    return sequencer + S_CLOCK if load(sequencer + S_OWN) != 0 else time_at(machine) + CLOCK_AT


def score_of(machine, sequencer):
    """Address of what a sequencer plays; 0 for nothing."""
    area = load(sequencer + S_SCORE)
    if not is_area(area):
        return 0
    score = load(machine + M_BASE) + load(load(machine + M_BASE) + H_SCORES) + area * SCORE_BYTES
    return score if load(score + W_MAGIC) == SCORE_MAGIC else 0


def leads(machine, sequencer):
    """1 for a sequencer that starts and stops others."""
    score = score_of(machine, sequencer)
    return 1 if score != 0 and load(score + W_LEADS) != 0 else 0


def row_at(score, number):
    return score + SCORE_HEADER + number * ROW_BYTES


def rows_in(score):
    return min(max(load(score + W_ROWS), 0), SCORE_ROWS)


def next_beat(sequencer):
    """The beat at which something happens next."""
    return min(min(load_float64(sequencer + S_COMING_AT), load_float64(sequencer + S_RESET_AT)),
               min(load_float64(sequencer + S_STOP_AT), min(load_float64(sequencer + S_START_AT), load_float64(sequencer + S_ONSET))))


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
    clock = clock_of(machine, sequencer_at(machine, number)) if 0 <= number < SEQUENCERS else time_at(machine) + CLOCK_AT
    return frame_of(machine, clock, beat) - 1


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
    number = int(passed / length + NEAR)
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


def settle_row(sequencer, score):
    """The beat of the next event; behind the last one comes the next pass."""
    if load(sequencer + S_ROW) >= rows_in(score):
        store(sequencer + S_ROW, 0)
        store(sequencer + S_PASS, load(sequencer + S_PASS) + 1)
    number = load(sequencer + S_PASS)
    if number > 0 and load(score + W_ONCE) != 0:
        store(sequencer + S_RUNS, 0)
        store_float64(sequencer + S_ONSET, NEVER)
        return
    onset = load_float64(row_at(score, load(sequencer + S_ROW)) + V_ONSET)
    store_float64(sequencer + S_ONSET, load_float64(sequencer + S_ORIGIN) + number * load_float64(score + W_LENGTH) + onset)


def mixed(number, more):
    """A number below 2**31, scattered by another: the chance of musical time is made of such, and kept nowhere."""
    both = (number + more % PRIME) % PRIME
    both = (both * 48_271 + 11) % PRIME
    both = ((both ^ (both >> 15)) * 69_621 + 7) % PRIME
    return both ^ (both >> 13)


def is_played(machine, sequencer, score, row):
    """Whether an event is played in this pass: its turn, and its chance."""
    every, number = load(row + V_EVERY), load(sequencer + S_PASS)
    if every > 0 and number % (every & VELOCITY) != every >> SALT_SHIFT:
        return False
    low, high = load(row + V_CHANCE) & (CHANCES * 2 - 1), load(row + V_CHANCE) >> 31
    if low == 0 and high >= CHANCES:
        return True
    seed = mixed(mixed(load(load(machine + M_BASE) + H_SEED), load(score + W_SEED)), load(sequencer + S_KEY))
    chance = mixed(mixed(seed, number), load(row + V_EXTRA) >> SALT_SHIFT) >> 1
    return low <= chance < high


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


def begin_note(machine, sequencer, target, note, velocity, until):
    """A note begins, under a number of its own, and ends by it."""
    time = time_at(machine)
    store(time + Q_SERIAL, load(time + Q_SERIAL) + 1)
    serial = (SEQUENCED + load(time + Q_SERIAL)) << SALT_SHIFT
    return ask(machine, NOTE, target, note, serial + velocity) if end_later(machine, sequencer, until, NOTE, target, serial) else 0


def play_row(machine, sequencer, score, row, part):
    """One event, or one note of a chord; 1 if a command is due."""
    kind, target, value = load(row + V_KIND), load(row + V_TARGET), load_float64(row + V_VALUE)
    onset = load_float64(sequencer + S_ONSET)
    until, velocity = onset + load_float64(row + V_LENGTH), load(row + V_EXTRA) & VELOCITY
    if kind == ROW_NOTE:
        return begin_note(machine, sequencer, target, value, velocity, until)
    if kind == ROW_ARPEGGIO:
        step = load(sequencer + S_STEPS)
        place = place_of(sequencer, score, step, part, mixed(mixed(load(score + W_SEED), load(sequencer + S_KEY)), step))
        hard = max(1, int(velocity * velocity_at(sequencer, score, place)))
        return begin_note(machine, sequencer, target, note_at(sequencer, score, place) + value, hard, until)
    if kind == ROW_START or kind == ROW_STOP:
        other = find_sequencer(machine, target)
        if other != 0:
            clock = clock_of(machine, other)
            here = onset if clock == clock_of(machine, sequencer) else beat_at(machine, clock, 1.0 * load(time_at(machine) + Q_NOW))
            store_float64(other + (S_START_AT if kind == ROW_START else S_STOP_AT), here)
            store(other + S_FRAME, load(time_at(machine) + Q_NOW))
        return 0
    if kind == ROW_GLIDE:
        clock = clock_of(machine, sequencer)
        return ask(machine, GLIDE, target, value, max(1, frame_of(machine, clock, until) - load(time_at(machine) + Q_NOW)))
    if until > onset and not end_later(machine, sequencer, until, SET, target, 0):
        return 0
    return ask(machine, SET, target, value, 0)


def go_on(machine, sequencer):
    """What is due of one sequencer, up to one command: 1 if there is one."""
    beat = next_beat(sequencer)
    if load_float64(sequencer + S_COMING_AT) == beat:
        store(sequencer + S_SCORE, load(sequencer + S_COMING))
        store(sequencer + S_COMING, -1)
        store_float64(sequencer + S_COMING_AT, NEVER)
        align(machine, sequencer, beat)
        return 0
    if load_float64(sequencer + S_STOP_AT) == beat:
        store_float64(sequencer + S_STOP_AT, NEVER)
        store(sequencer + S_RUNS, 0)
        store_float64(sequencer + S_ONSET, NEVER)
        if load(sequencer + S_DELETED) != 0:
            store(sequencer + S_KEY, 0)
        return 0
    if load_float64(sequencer + S_START_AT) == beat or load_float64(sequencer + S_RESET_AT) == beat:
        if load_float64(sequencer + S_START_AT) == beat:
            store(sequencer + S_RUNS, 1)
        store_float64(sequencer + S_START_AT, NEVER)
        store_float64(sequencer + S_RESET_AT, NEVER)
        store_float64(sequencer + S_ORIGIN, beat)
        store(sequencer + S_STEPS, 0)
        align(machine, sequencer, beat)
        return 0
    score = score_of(machine, sequencer)
    if score == 0:
        store_float64(sequencer + S_ONSET, NEVER)
        return 0
    row = row_at(score, load(sequencer + S_ROW))
    is_arpeggio = load(row + V_KIND) == ROW_ARPEGGIO
    parts, part, found = notes_of_step(sequencer, score) if is_arpeggio else 1, load(sequencer + S_PART), 0
    if part < parts and is_played(machine, sequencer, score, row):
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
    for _ in range(TEMPO_CHANGES):
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
    for followers in range(2):                  # who starts and stops others comes before them
        for number in range(SEQUENCERS):
            sequencer = sequencer_at(machine, number)
            if load(sequencer + S_KEY) == 0 or load(sequencer + S_FRAME) > frame or leads(machine, sequencer) == followers:
                continue
            for _ in range(EVENTS_AT_ONCE):
                found = go_on(machine, sequencer)
                store(sequencer + S_FRAME, frame_of(machine, clock_of(machine, sequencer), next_beat(sequencer)))
                if found != 0:
                    return 1
                if load(sequencer + S_FRAME) > frame:
                    break
    look_ahead(machine)
    if load(time + Q_NEXT) <= frame:            # too much at one frame, or a sequencer that another has started: the next frame
        store(time + Q_NEXT, frame + 1)
    return 0
