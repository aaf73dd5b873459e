"""A module that stays, by id and type, goes on in another program: its knobs, its state, lane for lane. Native code."""

from chronus.native.words import copy, load, load_float32, load_int32, store_int32
from chronus.replica.knobs import knob_index, turn
from chronus.replica.sides import row_of
from chronus.shared.program import (
    GROUPS,
    KNOB_BYTES,
    K_ASKED,
    K_TURNED,
    PLANES,
    P_KNOBS,
    P_KNOB_KEYS,
    R_KEY,
    R_KNOB,
    R_KNOB_COUNT,
    R_LANES,
    R_OF_VOICES,
    R_STATE,
    R_STATES,
    R_TYPE,
)


def is_stereo(row):
    """Whether the lanes of a module are left and right; those of an instrument with two voices are not."""
    return load(row + R_LANES) == 2 and load(row + R_OF_VOICES) == 0


def stays_as(row, old_program):
    """The row, in another program, of the module that goes on in one; 0 where it begins anew. The right side of voices that were mono goes on from the left."""
    key, old_row = load(row + R_KEY), row_of(old_program, load(row + R_KEY), load(row + R_TYPE))
    if old_row != 0 or key % PLANES < GROUPS:
        return old_row
    return row_of(old_program, key - GROUPS, load(row + R_TYPE))


def lane_before(row, old_row, lane):
    """The lane of a module that stays from which one goes on: both sides of what became stereo from the first; -1 for a new voice, which begins at rest."""
    if is_stereo(row) and not is_stereo(old_row):
        return 0
    if is_stereo(old_row) and not is_stereo(row):
        return 0 if lane == 0 else -1
    return lane if lane < load(old_row + R_LANES) else -1


def behind_values(row):
    """Where, in the state of a side, that of a module goes on behind its values: where its delay lines are written, and the short ones."""
    return load(row + R_STATE) + 4 * load(row + R_LANES) * load(row + R_STATES)


def copy_state(row, side, old_row, old_side):
    """The state of a module that stays, each value in its lanes."""
    lanes, old_lanes = load(row + R_LANES), load(old_row + R_LANES)
    to, source = side + load(row + R_STATE), old_side + load(old_row + R_STATE)
    for lane in range(lanes):
        before = lane_before(row, old_row, lane)
        if before >= 0:
            for j in range(load(row + R_STATES)):
                store_int32(to + 4 * (j * lanes + lane), load_int32(source + 4 * (j * old_lanes + before)))


def copy_knobs(program, row, side, old, old_side):
    """The knobs of a module that stays: where they are, and where they were going."""
    for i in range(load(row + R_KNOB), load(row + R_KNOB) + load(row + R_KNOB_COUNT)):
        index = knob_index(old, load(program + load(program + P_KNOB_KEYS) + 8 * i))
        knob = side + load(program + P_KNOBS) + i * KNOB_BYTES
        if index >= 0:
            turned, asked = load_int32(knob + K_TURNED), load_float32(knob + K_ASKED)
            copy(knob, old_side + load(old + P_KNOBS) + index * KNOB_BYTES, KNOB_BYTES)
            if turned != 0:
                turn(knob, asked)
        store_int32(knob + K_TURNED, 0)
