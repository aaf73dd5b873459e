"""Scenes and songs: sequencers that start and stop others. One leads at a time. Native code."""

from chronus.limits import SEQUENCERS
from chronus.native.words import load, load_float64, store, store_float64
from chronus.replica.sequencer_table import clock_of, end_run, find_sequencer, leads, next_beat, row_at, rows_in, score_of, sequencer_at
from chronus.replica.tempo import beat_at, frame_of, time_at
from chronus.shared.score import (
    NEVER,
    Q_NOW,
    ROW_START,
    S_FRAME,
    S_GOES_ON,
    S_HALTED,
    S_KEY,
    S_MOVED,
    S_ONSET,
    S_ORIGIN,
    S_PASS,
    S_ROW,
    S_RUNS,
    S_START_AT,
    S_STOP_AT,
    V_KIND,
    V_ONSET,
    V_TARGET,
    W_LEADS,
    W_LENGTH,
)


def leads_besides(machine, sequencer, other):
    """Whether another sequencer is a scene or a song."""
    return other != sequencer and load(other + S_KEY) != 0 and leads(machine, other)


def take_lead(machine, sequencer):
    """A scene or a song begins: whoever else leads is at its end."""
    now = 1.0 * load(time_at(machine) + Q_NOW)
    for number in range(SEQUENCERS):
        other = sequencer_at(machine, number)
        if load(other + S_RUNS) != 0 and leads_besides(machine, sequencer, other):
            clock = clock_of(machine, other)
            end_run(other, min(beat_at(machine, clock, now), load_float64(other + S_ONSET)))
            store(other + S_HALTED, 0)
            store(other + S_FRAME, frame_of(machine, clock, next_beat(other)))


def will_lead(machine, sequencer, frame):
    """A scene or a song will begin at a frame: who was to begin then or later does not."""
    for number in range(SEQUENCERS):
        other = sequencer_at(machine, number)
        if leads_besides(machine, sequencer, other):
            if frame_of(machine, clock_of(machine, other), load_float64(other + S_START_AT)) >= frame:
                store_float64(other + S_START_AT, NEVER)


def lead(machine, sequencer, row, beat, goes_on):
    """Another sequencer starts, from its beginning or from where it was stopped, or stops, at this very frame, which is a beat of the one that leads. Gives
    its address; 0 where there is none.
    """
    other = find_sequencer(machine, load(row + V_TARGET))
    if other == 0:
        return 0
    clock, now = clock_of(machine, other), load(time_at(machine) + Q_NOW)
    here, starts = beat if clock == clock_of(machine, sequencer) else beat_at(machine, clock, 1.0 * now), load(row + V_KIND) == ROW_START
    was_to_go_on = load(other + S_GOES_ON) != 0 and frame_of(machine, clock, load_float64(other + S_START_AT)) <= now
    store_float64(other + (S_START_AT if starts else S_STOP_AT), here)
    if goes_on != 0 or was_to_go_on and not starts:
        store_float64(other + (S_STOP_AT if starts else S_START_AT), NEVER)
    store(other + S_GOES_ON, goes_on)
    store(other + S_HALTED, 0)
    store(other + S_FRAME, now)
    return other


def is_missing(machine, row):
    """Whether a row would start somebody who stands still."""
    other = find_sequencer(machine, load(row + V_TARGET)) if load(row + V_KIND) == ROW_START else 0
    return other != 0 and load(other + S_RUNS) == 0


def let_go_on(machine, sequencer, beat, moved):
    """Those go on whom a scene or a song that goes on has started, and not stopped since; where it was put elsewhere, as if they had played up to there."""
    score, played = score_of(machine, sequencer), load(sequencer + S_ROW)
    if score == 0 or load(score + W_LEADS) == 0:
        return
    begins, is_round = load_float64(sequencer + S_ORIGIN) + load(sequencer + S_PASS) * load_float64(score + W_LENGTH), played == 0 and load(sequencer + S_PASS) > 0
    for i in range(rows_in(score) if is_round else played):
        row = row_at(score, i)
        other = lead(machine, sequencer, row, beat, 1)
        if moved and other != 0 and load(row + V_KIND) == ROW_START and clock_of(machine, other) == clock_of(machine, sequencer):
            store_float64(other + S_ORIGIN, begins + load_float64(row + V_ONSET) - (load_float64(score + W_LENGTH) if is_round else 0.0))
            store(other + S_MOVED, 1)
