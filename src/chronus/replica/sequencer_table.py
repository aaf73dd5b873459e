"""Where the sequencers stand: each in its row of the state, with the clock that it goes by, the score that it plays and those that come. Native code."""

from chronus.limits import LONGEST_PASS, SCORE_CHANGES, SCORE_ROWS, SCORE_TEXT_BYTES, SEQUENCERS, SHORTEST_PASS
from chronus.native.words import load, load_float64, store, store_float64
from chronus.replica.sides import M_BASE
from chronus.replica.tempo import NEAR, time_at
from chronus.shared.layout import H_SCORES
from chronus.shared.rings import checksum
from chronus.shared.score import (
    CLOCK_AT,
    COMING_BYTES,
    NEVER,
    ROW_BYTES,
    S_CLOCK,
    S_COMING,
    S_COMING_AT,
    S_KEY,
    S_MOVED,
    S_ONSET,
    S_ORIGIN,
    S_OWN,
    S_RESET_AT,
    S_RUNS,
    S_SCORE,
    S_START_AT,
    S_STOP_AT,
    S_STOPPED,
    SCORE_BYTES,
    SCORE_HEADER,
    SCORE_MAGIC,
    SCORE_TEXT,
    SEQUENCER_BYTES,
    SEQUENCERS_AT,
    W_CHECK,
    W_LEADS,
    W_LENGTH,
    W_MAGIC,
    W_ONCE,
    W_ROWS,
    W_SERIAL,
    W_TEXT_BYTES,
    is_area,
)


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
    return score_in(machine, load(sequencer + S_SCORE))


def score_place(machine, area):
    """Address of a place for a score."""
    return load(machine + M_BASE) + load(load(machine + M_BASE) + H_SCORES) + area * SCORE_BYTES


def score_in(machine, area):
    """Address of the score in a place; 0 where none is that can be played."""
    if not is_area(area):
        return 0
    score = score_place(machine, area)
    return score if load(score + W_MAGIC) == SCORE_MAGIC and SHORTEST_PASS <= load_float64(score + W_LENGTH) <= LONGEST_PASS else 0


def is_whole(score):
    """Whether a score is as it was written; both replicas would play a damaged one alike, and nobody would know."""
    rows, text = load(score + W_ROWS), load(score + W_TEXT_BYTES)
    if not (load(score + W_MAGIC) == SCORE_MAGIC and 0 <= rows <= SCORE_ROWS and 0 <= text <= SCORE_TEXT_BYTES):
        return False
    return load(score + W_CHECK) == (checksum(score + W_ROWS, (W_SERIAL - W_ROWS) // 4) ^ checksum(score + SCORE_HEADER, rows * ROW_BYTES // 4)
                                     ^ checksum(score + SCORE_TEXT, (text + 3) // 4))


def forget_coming(sequencer, first):
    """From the one with a number on, no score comes any more."""
    for i in range(first, SCORE_CHANGES):
        store(sequencer + S_COMING + i * COMING_BYTES, -1)
        store_float64(sequencer + S_COMING_AT + i * COMING_BYTES, NEVER)


def let_come(sequencer, area, beat):
    """A score comes at a beat. Those that were to come there or later do not: what was said before it is in it, too. Where no more can wait, it takes the
    place of the last."""
    place = 0
    while place < SCORE_CHANGES - 1 and load_float64(sequencer + S_COMING_AT + place * COMING_BYTES) < beat - NEAR:
        place += 1
    forget_coming(sequencer, place)
    store(sequencer + S_COMING + place * COMING_BYTES, area)
    store_float64(sequencer + S_COMING_AT + place * COMING_BYTES, beat)


def begin_where_it_fits(machine, sequencer, before, beat):
    """Moves the beginning of a sequencer for a score that comes at a beat, in place of one of another length: to this beat, if a pass ends here. Of what is
    played once it is the beginning of the pass that is played now; a scene or a song that is past its end is put back by whole lengths, so that
    what follows comes at its next end.
    """
    score, origin = score_of(machine, sequencer), load_float64(sequencer + S_ORIGIN)
    if score == 0 or before == 0:
        return
    length, old = load_float64(score + W_LENGTH), load_float64(before + W_LENGTH)
    is_once, was_once, runs = load(score + W_ONCE) != 0, load(before + W_ONCE) != 0, load(sequencer + S_RUNS) != 0
    passed = (beat if runs else load_float64(sequencer + S_STOPPED)) - origin
    if is_once and not was_once:
        origin += max(0, int(passed / old - NEAR)) * old
    elif is_once and load(score + W_LEADS) != 0 and length != old:
        origin += max(0, int(passed / length - NEAR)) * length
    elif runs and length != old and not was_once and abs(passed / old - int(passed / old + 0.5)) < NEAR:
        origin = beat
    store_float64(sequencer + S_ORIGIN, origin)


def end_run(sequencer, beat):
    """A sequencer stands still from a beat on, and knows where."""
    store(sequencer + S_RUNS, 0)
    store(sequencer + S_MOVED, 0)
    store_float64(sequencer + S_STOPPED, beat)
    store_float64(sequencer + S_ONSET, NEVER)


def leads(machine, sequencer):
    """Whether a sequencer starts and stops others, or is about to."""
    score, coming = score_of(machine, sequencer), score_in(machine, load(sequencer + S_COMING))
    return score != 0 and load(score + W_LEADS) != 0 or coming != 0 and load(coming + W_LEADS) != 0


def row_at(score, number):
    return score + SCORE_HEADER + number * ROW_BYTES


def rows_in(score):
    return min(max(load(score + W_ROWS), 0), SCORE_ROWS)


def next_beat(sequencer):
    """The beat at which something happens next."""
    return min(min(load_float64(sequencer + S_COMING_AT), load_float64(sequencer + S_RESET_AT)),
               min(load_float64(sequencer + S_STOP_AT), min(load_float64(sequencer + S_START_AT), load_float64(sequencer + S_ONSET))))
