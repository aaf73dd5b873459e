"""Knobs: a setting arrives along a short straight line, and what stands still costs nothing. Native code."""

from numpy import float32

from chronus.native.words import load, load_float32, load_int32, store, store_float32, store_int32
from chronus.shared.program import (
    K_CURRENT,
    K_GLIDE,
    K_IS_GATE,
    K_LANES,
    K_MOVED,
    K_REMAINING,
    K_STEP,
    K_TARGET,
    KEY_BYTES,
    KNOB_LANES,
    P_KEYS,
    P_KNOB_COUNT,
)


def knob_index(program, key):
    """The index of the knob with a key, by bisection; -1 where the program has none."""
    low, high = 0, load(program + P_KNOB_COUNT)
    keys = program + load(program + P_KEYS)
    while low < high:
        middle = (low + high) // 2
        found = load(keys + KEY_BYTES * middle)
        if found == key:
            return load(keys + KEY_BYTES * middle + 8)
        if found < key:
            low = middle + 1
        else:
            high = middle
    return -1


def hold(knob):
    """Copies a knob's value to all its lanes, where a kernel reads it while it stands still."""
    for i in range(KNOB_LANES):
        store_float32(knob + K_LANES + 4 * i, load_float32(knob + K_CURRENT))


def turn(knob, value):
    """A new setting: at once for a gate, else along a straight line of the knob's own length."""
    turn_over(knob, value, load_int32(knob + K_GLIDE))


def turns_gate(knob, value):
    """Whether a new setting opens or closes a gate."""
    return load_int32(knob + K_IS_GATE) != 0 and (load_float32(knob + K_TARGET) > 0.0) != (float32(value) > 0.0)


def turn_at(knob, value, frame):
    """A new setting in a frame; a gate that is opened or closed by it remembers which."""
    if turns_gate(knob, value):
        store(knob + K_MOVED, frame + 1)
    turn(knob, value)


def turn_over(knob, value, glide):
    """A new setting, along a straight line of so many frames."""
    store_float32(knob + K_TARGET, value)
    store_int32(knob + K_REMAINING, glide)
    if glide == 0:
        store_float32(knob + K_CURRENT, load_float32(knob + K_TARGET))
        hold(knob)
    else:
        store_float32(knob + K_STEP, (load_float32(knob + K_TARGET) - load_float32(knob + K_CURRENT)) / glide)


def ramp(knob, target, lanes, frames):
    """Writes a knob on its way, or standing, as a signal."""
    value, remaining = load_float32(knob + K_CURRENT), load_int32(knob + K_REMAINING)
    step, goal = load_float32(knob + K_STEP), load_float32(knob + K_TARGET)
    for i in range(frames):
        if remaining > 0:
            remaining -= 1
            value = value + step if remaining > 0 else goal
        for lane in range(lanes):
            store_float32(target + 4 * (i * lanes + lane), value)
    if load_int32(knob + K_REMAINING) > 0:
        store_float32(knob + K_CURRENT, value)
        store_int32(knob + K_REMAINING, remaining)
        hold(knob)
