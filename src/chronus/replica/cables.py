"""Cables: what is plugged into an input is added up, lane for lane, one lane to all, or the lanes together. Native code."""

from numpy import float32

from chronus.dsp.abreast import WIDE
from chronus.dsp.kernel import LOWERING
from chronus.dsp.kernel_words import LOADS, SILENCE, STORES, add_sums_of_voices, load_frames, load_on_both_sides, store_frames, sum_of_voices
from chronus.dsp.lanes import beside
from chronus.limits import WIDEST
from chronus.native.words import clear, copy, load, load_float32, load_int32, store, store_float32
from chronus.replica.knobs import ramp
from chronus.shared.program import (
    CABLE_AMOUNT,
    CABLE_BYTES,
    CABLE_LANES,
    CABLE_MODE,
    CABLE_SOURCE,
    EACH,
    FOLD,
    FOLD_LEFT,
    FOLD_RIGHT,
    K_LANES,
    K_REMAINING,
    O_A,
    O_B,
    O_C,
    O_D,
    O_E,
    O_F,
    O_KIND,
    ADD,
    GATHER,
    HEARD_SHIFT,
    MODE_MASK,
    SPREAD,
)

load_voices, store_voices = LOADS["float", WIDEST], STORES["float", WIDEST]
silence = SILENCE[WIDEST]
load_sides, store_sides = LOADS["float", 2], STORES["float", 2]


def add_four(target, first, side, offset, frames):
    """Adds four cables of sixteen lanes to sixteen, one after the other: what they are added to is read and written once."""
    two, three, four = first + CABLE_BYTES, first + 2 * CABLE_BYTES, first + 3 * CABLE_BYTES
    begin = side + 4 * WIDEST * offset
    a, of_a = load_float32(first + CABLE_AMOUNT), begin + load(first + CABLE_SOURCE)
    b, of_b = load_float32(two + CABLE_AMOUNT), begin + load(two + CABLE_SOURCE)
    c, of_c = load_float32(three + CABLE_AMOUNT), begin + load(three + CABLE_SOURCE)
    d, of_d = load_float32(four + CABLE_AMOUNT), begin + load(four + CABLE_SOURCE)
    for i in range(frames):
        at = 4 * WIDEST * i
        value = load_voices(target + at) + a * load_voices(of_a + at) + b * load_voices(of_b + at)
        store_voices(target + at, value + c * load_voices(of_c + at) + d * load_voices(of_d + at))


def add_up(operation, side, done, offset, frames):
    """Adds up the groups of an instrument's voices, on each side, behind those first ones that were `done`."""
    plane, sides, step = load(operation + O_E), load(operation + O_D), load(operation + O_F)
    for s in range(sides):
        begin = side + plane * s + 4 * WIDEST * offset
        source, target = load(operation + O_A) + begin, load(operation + O_B) + begin
        for group in range(done, load(operation + O_C)):
            place = target + step * group
            add_group(place, place - step, source + plane * sides * group, group == 0, frames)


def add_group(target, before, source, is_first, frames):
    """What the groups up to one come to: it, and what came before it, which for the first is silence."""
    for i in range(frames):
        at = 4 * WIDEST * i
        value = load_voices(source + at)
        store_voices(target + at, float32(0.0) + value if is_first else load_voices(before + at) + value)


def add_to_voices(target, source, stride, amount, is_first, frames):
    """Adds one lane to sixteen, times `amount`; `stride` is the bytes of a frame of the source."""
    for i in range(frames):
        place, value = target + 4 * WIDEST * i, amount * load_float32(source + stride * i)
        store_voices(place, silence() + value if is_first else load_voices(place) + value)


def add_sides_to_voices(target, source, stride, amount, is_first, frames):
    """Adds left and right, times `amount`, to the even and the odd of sixteen lanes."""
    for i in range(frames):
        place, sides = target + 4 * WIDEST * i, load_sides(source + stride * i)
        four = beside(sides, sides)
        eight = beside(four, four)
        value = amount * beside(eight, eight)
        store_voices(place, silence() + value if is_first else load_voices(place) + value)


def add_sides(target, source, stride, amount, frames):
    """Adds the first two lanes of a source, times `amount`, to left and right."""
    for i in range(frames):
        place = target + 8 * i
        store_sides(place, load_sides(place) + amount * load_sides(source + stride * i))


def add_to_sides(target, source, stride, amount, is_first, frames):
    """Adds one lane, times `amount`, to left and right."""
    i = 0
    while stride == 4 and i + WIDE // 2 <= frames:
        value = amount * load_on_both_sides(source + 4 * i)
        store_frames(target + 8 * i, float32(0.0) + value if is_first else load_frames(target + 8 * i) + value)
        i += WIDE // 2
    if is_first:
        clear(target + 8 * i, 8 * (frames - i))
    for i in range(i, frames):
        place = target + 8 * i
        store_sides(place, load_sides(place) + amount * load_float32(source + stride * i))


def add_together(target, lanes, first, step, source, width, heard, amount, frames):
    """Adds the sum of the first `heard` of `width` lanes of the source, times `amount`, to every `step`-th lane of the target from `first` on."""
    done = 0
    while lanes == 2 and step == 2 and heard == WIDEST and done + WIDEST <= frames:
        add_sums_of_voices(target + 8 * done, source + 4 * WIDEST * done, first, amount)
        done += WIDEST
    for i in range(done, frames):
        both = float32(0.0)
        if heard == WIDEST:
            both = sum_of_voices(source + 4 * WIDEST * i)
        else:
            for lane in range(heard):
                both += load_float32(source + 4 * (width * i + lane))
        for lane in range(first, lanes, step):
            place = target + 4 * (lanes * i + lane)
            store_float32(place, load_float32(place) + amount * both)


def add_alike(target, source, count, amount, is_first):
    """Adds so many numbers to as many, times `amount`."""
    i = 0
    while i + WIDE <= count:
        value = amount * load_frames(source + 4 * i)
        store_frames(target + 4 * i, float32(0.0) + value if is_first else load_frames(target + 4 * i) + value)
        i += WIDE
    if is_first:
        clear(target + 4 * i, 4 * (count - i))
    for rest in range(i, count):
        store_float32(target + 4 * rest, load_float32(target + 4 * rest) + amount * load_float32(source + 4 * rest))


def add_lanes(target, lanes, source, width, spreads, amount, frames):
    """Adds lane for lane, or one lane to all, times `amount`; a source that is narrower begins again."""
    for i in range(frames):
        for lane in range(lanes):
            from_lane = 0 if spreads else lane % width
            place = target + 4 * (i * lanes + lane)
            store_float32(place, load_float32(place) + amount * load_float32(source + 4 * (i * width + from_lane)))


def are_of_voices(cables):
    """Whether four cables bring sixteen lanes each to its own."""
    for i in range(4):
        cable = cables + i * CABLE_BYTES
        if load(cable + CABLE_MODE) != EACH or load(cable + CABLE_LANES) != WIDEST:
            return False
    return True


def add_cable(cable, side, target, lanes, is_first, offset, frames):
    """Adds a cable's signal, times its amount, to a signal, or to silence where it `is_first`."""
    width, mode, amount = load(cable + CABLE_LANES), load(cable + CABLE_MODE), load_float32(cable + CABLE_AMOUNT)
    source, heard = side + load(cable + CABLE_SOURCE) + 4 * width * offset, mode >> HEARD_SHIFT
    heard, mode = heard if heard > 0 else width, mode & MODE_MASK
    if lanes == WIDEST and mode < FOLD and (mode == SPREAD or width == 1):
        add_to_voices(target, source, 4 * width, amount, is_first, frames)
        return
    if lanes == WIDEST and mode < FOLD and width == 2:
        add_sides_to_voices(target, source, 8, amount, is_first, frames)
        return
    if mode < FOLD and lanes == width and (mode == EACH or width == 1):
        add_alike(target, source, lanes * frames, amount, is_first)
        return
    if mode < FOLD and lanes == 2 and (mode == SPREAD or width == 1):
        add_to_sides(target, source, 4 * width, amount, is_first, frames)
        return
    if is_first:
        clear(target, 4 * lanes * frames)
    if mode == FOLD:
        add_together(target, lanes, 0, 1, source, width, heard, amount, frames)
    elif mode == FOLD_LEFT:
        add_together(target, lanes, 0, 2, source, width, heard, amount, frames)
    elif mode == FOLD_RIGHT:
        add_together(target, lanes, 1, 2, source, width, heard, amount, frames)
    elif lanes == 2:
        add_sides(target, source, 4 * width, amount, frames)
    else:
        add_lanes(target, lanes, source, width, mode == SPREAD, amount, frames)


def begin_with(target, lanes, place, offset, frames):
    """Begins a sum with an input that was gathered: where it is read and its stride stand at `place`."""
    source, stride = load(place) + offset * load(place + 8), load(place + 8)
    if source == target:                        # it goes on where it is
        return
    if stride == 4 * lanes:
        copy(target, source, stride * frames)
        return
    for i in range(frames):
        if lanes == WIDEST:
            store_voices(target + 4 * WIDEST * i, load_voices(source + stride * i))
        else:
            copy(target + 4 * lanes * i, source + stride * i, 4 * lanes)


def lend(operation, side):
    """Another plane reads an input where it was gathered."""
    copy(side + load(operation + O_B), side + load(operation + O_A), 16)


def is_knob_alone(operation):
    """Whether an operation brings a knob that no cable is added to. Most operations of a patch do."""
    return load(operation + O_KIND) == GATHER and load(operation + O_C) != 0 and load(operation + O_E) == 0


def lend_knob(operation, side):
    """A knob alone is read where it is, if it stands; whether it does."""
    knob = load(operation + O_C)
    if load_int32(side + knob + K_REMAINING) != 0:
        return False
    place = side + load(operation + O_F)
    store(place, side + knob + K_LANES)
    store(place + 8, 0)
    return True


def gather(operation, program, side, offset, frames):
    """Brings a knob and its cables together into what a kernel's input reads."""
    lanes, count = load(operation + O_A), load(operation + O_E)
    target, place = side + load(operation + O_B), side + load(operation + O_F)
    knob = load(operation + O_C)
    adds = load(operation + O_KIND) == ADD
    store(place, target)
    store(place + 8, 4 * lanes)
    begin = target + 4 * lanes * offset
    cables, i = program + load(operation + O_D), 0
    if adds:
        begin_with(begin, lanes, side + knob, offset, frames)
    elif knob != 0:
        ramp(side + knob, begin, lanes, frames)
    elif count == 0 or lanes == WIDEST and count >= 4:
        clear(begin, 4 * lanes * frames)
    else:
        add_cable(cables, side, begin, lanes, True, offset, frames)
        i = 1
    while i < count:
        if lanes == WIDEST and i + 4 <= count and are_of_voices(cables + i * CABLE_BYTES):
            add_four(begin, cables + i * CABLE_BYTES, side, offset, frames)
            i += 4
        else:
            add_cable(cables + i * CABLE_BYTES, side, begin, lanes, False, offset, frames)
            i += 1


for _function in (add_group, add_four, add_to_voices, add_sides_to_voices, add_sides, add_to_sides, add_alike, add_together, begin_with):
    _function.lowering = LOWERING
