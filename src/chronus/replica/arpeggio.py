"""Arpeggios: a sequencer whose score has the rhythm, and whose notes are those that are held on it. Native code.

Notes are kept in the order in which they were played. With latch they stay when the fingers have gone, until the next key after that.
"""
from numpy import float32

from chronus.limits import HELD_NOTES
from chronus.native.words import copy, load, load_float32, load_int32, store, store_float32, store_int32
from chronus.shared.score import (
    AS_PLAYED,
    CHORD,
    DOWN,
    FULL_VELOCITY,
    HELD_BYTES,
    N_FINGER,
    N_NOTE,
    N_VELOCITY,
    RANDOM,
    S_FINGERS,
    S_HELD,
    S_NOTES,
    S_STEPS,
    UP_DOWN,
    W_LATCH,
    W_MODE,
    W_OCTAVES,
)


def held_at(sequencer, i):
    return sequencer + S_HELD + i * HELD_BYTES


def hold(sequencer, score, note, velocity):
    """A key goes down, or, with velocity 0, up."""
    if velocity == 0:
        let_go(sequencer, score, note)
        return
    if load(sequencer + S_FINGERS) == 0:        # what was latched makes room
        store(sequencer + S_NOTES, 0)
        store(sequencer + S_STEPS, 0)
    forget(sequencer, note)
    count = load(sequencer + S_NOTES)
    if count == HELD_NOTES:
        return
    place = held_at(sequencer, count)
    store_float32(place + N_NOTE, note)
    store_float32(place + N_VELOCITY, velocity / FULL_VELOCITY)
    store_int32(place + N_FINGER, 1)
    store(sequencer + S_NOTES, count + 1)
    count_fingers(sequencer)


def forget(sequencer, note):
    """Takes a note out."""
    kept = 0
    for i in range(load(sequencer + S_NOTES)):
        if load_float32(held_at(sequencer, i) + N_NOTE) != note:
            copy(held_at(sequencer, kept), held_at(sequencer, i), HELD_BYTES)
            kept += 1
    store(sequencer + S_NOTES, kept)


def forget_latched(sequencer, score):
    """Another score plays: where it has no latch, notes that no finger holds are forgotten."""
    if score == 0 or load(score + W_LATCH) != 0:
        return
    kept = 0
    for i in range(load(sequencer + S_NOTES)):
        if load_int32(held_at(sequencer, i) + N_FINGER) != 0:
            copy(held_at(sequencer, kept), held_at(sequencer, i), HELD_BYTES)
            kept += 1
    store(sequencer + S_NOTES, kept)


def count_fingers(sequencer):
    fingers = 0
    for i in range(load(sequencer + S_NOTES)):
        fingers += load_int32(held_at(sequencer, i) + N_FINGER)
    store(sequencer + S_FINGERS, fingers)


def let_go(sequencer, score, note):
    """A key goes up: its note is forgotten, or, with latch, stays."""
    if score == 0 or load(score + W_LATCH) == 0:
        forget(sequencer, note)
    for i in range(load(sequencer + S_NOTES)):
        if load_float32(held_at(sequencer, i) + N_NOTE) == note:
            store_int32(held_at(sequencer, i) + N_FINGER, 0)
    count_fingers(sequencer)


def notes_of_step(sequencer, score):
    """How many notes a step has: one, all of a chord, or none."""
    count = load(sequencer + S_NOTES)
    return count * octaves_of(score) if load(score + W_MODE) == CHORD else min(count, 1)


def octaves_of(score):
    return min(max(load(score + W_OCTAVES), 1), 8)


def place_of(sequencer, score, step, part, chance):
    """Which of the held notes a step plays, and how many octaves higher: octave * HELD_NOTES + its rank."""
    count, mode = load(sequencer + S_NOTES), load(score + W_MODE)
    total = count * octaves_of(score)
    index = step % total
    if mode == CHORD:
        index = part % total
    elif mode == DOWN:
        index = total - 1 - index
    elif mode == UP_DOWN and total > 1:
        index = step % (2 * total - 2)
        if index >= total:
            index = 2 * total - 2 - index
    elif mode == RANDOM:
        index = chance % total
    return index // count * HELD_NOTES + index % count


def held_of(sequencer, score, place):
    """Address of a held note by its rank: from the lowest to the highest, or in the order in which they were played."""
    rank = place % HELD_NOTES
    if load(score + W_MODE) == AS_PLAYED:
        return held_at(sequencer, rank)
    count = load(sequencer + S_NOTES)
    for i in range(count):
        below, note = 0, load_float32(held_at(sequencer, i) + N_NOTE)
        for j in range(count):
            below += 1 if load_float32(held_at(sequencer, j) + N_NOTE) < note else 0
        if below == rank:
            return held_at(sequencer, i)
    return held_at(sequencer, 0)


def note_at(sequencer, score, place):
    """The note that is played."""
    return load_float32(held_of(sequencer, score, place) + N_NOTE) + float32(12 * (place // HELD_NOTES))


def velocity_at(sequencer, score, place):
    """How hard its key was played, 0 to 1."""
    return load_float32(held_of(sequencer, score, place) + N_VELOCITY)
