"""Knobs: a setting arrives along a short straight line, cables are added to it, and what stands still costs nothing. Native code."""

from chronus.native.words import load, load_float32, load_int32, store, store_float32, store_int32
from chronus.shared.program import (
    CABLE_AMOUNT,
    CABLE_BYTES,
    CABLE_LANES,
    CABLE_SOURCE,
    K_CURRENT,
    K_GLIDE,
    K_LANES,
    K_REMAINING,
    K_STEP,
    K_TARGET,
    KEY_BYTES,
    KNOB_LANES,
    O_A,
    O_B,
    O_C,
    O_D,
    O_E,
    O_F,
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
    store_float32(knob + K_TARGET, value)
    glide = load_int32(knob + K_GLIDE)
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


def add_cable(cable, side, target, lanes, offset, frames):
    """Adds a cable's signal, times its amount, to a signal. One lane goes to all."""
    width, amount = load(cable + CABLE_LANES), load_float32(cable + CABLE_AMOUNT)
    source = side + load(cable + CABLE_SOURCE) + 4 * width * offset
    for i in range(frames):
        for lane in range(lanes):
            from_lane = lane if width > 1 else 0
            place = target + 4 * (i * lanes + lane)
            store_float32(place, load_float32(place) + amount * load_float32(source + 4 * (i * width + from_lane)))


def gather(operation, program, side, offset, frames):
    """Brings a knob and its cables together into what a kernel's input reads; a knob that stands alone is read where it is."""
    lanes, count = load(operation + O_A), load(operation + O_E)
    target, place = side + load(operation + O_B), side + load(operation + O_F)
    knob = load(operation + O_C)
    if knob != 0 and count == 0 and load_int32(side + knob + K_REMAINING) == 0:
        store(place, side + knob + K_LANES)
        store(place + 8, 0)
        return
    store(place, target)
    store(place + 8, 4 * lanes)
    begin = target + 4 * lanes * offset
    if knob != 0:
        ramp(side + knob, begin, lanes, frames)
    else:
        for i in range(frames * lanes):
            store_float32(begin + 4 * i, 0.0)
    for i in range(count):
        add_cable(program + load(operation + O_D) + i * CABLE_BYTES, side, begin, lanes, offset, frames)
