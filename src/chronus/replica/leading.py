"""Scenes and songs: sequencers that start and stop others. Native code."""

from chronus.native.words import load, load_float64, store, store_float64
from chronus.replica.sequencer_table import clock_of, find_sequencer, row_at, rows_in, score_of
from chronus.replica.tempo import beat_at, time_at
from chronus.shared.score import (
    NEVER,
    Q_NOW,
    ROW_START,
    S_FRAME,
    S_GOES_ON,
    S_HALTED,
    S_PASS,
    S_ROW,
    S_START_AT,
    S_STOP_AT,
    V_KIND,
    V_TARGET,
    W_LEADS,
)


def lead(machine, sequencer, row, beat, goes_on):
    """Another sequencer starts, from its beginning or from where it was stopped, or stops, at this very frame, which is a beat of the one that leads."""
    other = find_sequencer(machine, load(row + V_TARGET))
    if other == 0:
        return
    clock, now = clock_of(machine, other), load(time_at(machine) + Q_NOW)
    here, starts = beat if clock == clock_of(machine, sequencer) else beat_at(machine, clock, 1.0 * now), load(row + V_KIND) == ROW_START
    store_float64(other + (S_START_AT if starts else S_STOP_AT), here)
    if goes_on != 0:
        store_float64(other + (S_STOP_AT if starts else S_START_AT), NEVER)
    store(other + S_GOES_ON, goes_on)
    store(other + S_HALTED, 0)
    store(other + S_FRAME, now)


def let_go_on(machine, sequencer, beat):
    """Those go on whom a scene or a song that goes on has started, and not stopped since."""
    score, played = score_of(machine, sequencer), load(sequencer + S_ROW)
    if score == 0 or load(score + W_LEADS) == 0:
        return
    for i in range(rows_in(score) if played == 0 and load(sequencer + S_PASS) > 0 else played):
        lead(machine, sequencer, row_at(score, i), beat, 1)
