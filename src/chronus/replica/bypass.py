"""A module at work, and out of order: what it puts out is looked at, and a bad one is bypassed along its declared route with a short fade.

A module whose outlets hold what is no number, or a blast, is bypassed for the block, begins anew, and is quarantined if it does so again.
One that crashed or took too long is named by a verdict (`verdicts`). The fade begins at the last frame that was good, so nothing steps.
Native code.
"""
from chronus.dsp.kernel import LOWERING
from chronus.dsp.kernel_words import is_any_above
from chronus.limits import WIDEST
from chronus.native.words import call, copy, load, load_float32, load_int32, store, store_float32, store_int32
from chronus.shared.program import (
    BYPASSED,
    L_BLOCK,
    FRAME_BYTES,
    L_DRY,
    L_FRAMES,
    L_LEFT,
    L_OFFENCES,
    L_REASON,
    L_STATUS,
    L_WET,
    LINE_ROW_BYTES,
    LN_STATE,
    LOOP_REASON,
    NUMBER_REASON,
    O_A,
    O_B,
    O_C,
    O_D,
    O_E,
    P_STATE,
    PLAYING,
    QUARANTINED,
    R_BYPASS,
    R_CEILING,
    R_INPUTS_AT,
    R_KEY,
    R_LINE_COUNT,
    R_LINES,
    R_LIVE,
    R_OUTLETS,
    R_OUTLETS_AT,
    R_STATE,
    R_STATE_BYTES,
    R_USED,
    R_WIDTH,
    RETURNING,
)

FADE_FRAMES = 512                           # 11 ms at 48 kHz: a full-scale step becomes one of -54 dB a frame
REST_FRAMES = 24_000                        # how long a module that took too long once rests before it is tried again
WITHOUT_SIGN = 0x7FFFFFFF


def loudest(address, count):
    """The largest of `count` float32 numbers, without their signs, as bits: whole numbers in the same order, infinity and NaN above all."""
    most = 0
    for i in range(count):
        most = max(most, load_int32(address + 4 * i) & WITHOUT_SIGN)
    return most


def is_above(address, count, ceiling):
    """Whether the `loudest` of some numbers is above one, which is asked far more often than which it is."""
    whole = count // WIDEST if address % (4 * WIDEST) == 0 else 0
    return is_any_above(address, whole, ceiling) or whole * WIDEST < count and loudest(address + 4 * WIDEST * whole, count - WIDEST * whole) > ceiling


is_above.lowering = LOWERING


def outlet_address(row, side, j):
    """Where outlet `j` of a module writes."""
    return load(side + load(row + R_OUTLETS_AT) + 8 * j)


def is_bad(row, side, offset, frames):
    """Whether an outlet that anybody reads holds what no module may put out."""
    lanes = load(row + R_WIDTH)
    for j in range(load(row + R_OUTLETS)):
        if is_used(row, j) and is_above(outlet_address(row, side, j) + 4 * lanes * offset, lanes * frames, load(row + R_CEILING)):
            return True
    return False


def is_used(row, j):
    """Whether anybody reads outlet `j` of a module."""
    return load(row + R_USED) >> j & 1 != 0


def keep_last(row, side, offset, frames):
    """Remembers the last frame of each outlet that anybody reads."""
    lanes, last = load(row + R_WIDTH), side + load(row + R_LIVE) + L_FRAMES
    for j in range(load(row + R_OUTLETS)):
        if is_used(row, j):
            copy(last + FRAME_BYTES * j, outlet_address(row, side, j) + 4 * lanes * (offset + frames - 1), 4 * lanes)


def begin_anew(program, row, side):
    """The module's state at rest. Long delay lines forget, but go on where they are: what they held may be in a snapshot (`lines`)."""
    image, begin = program + load(program + P_STATE), load(row + R_STATE)
    end = begin + load(row + R_STATE_BYTES)
    for i in range(load(row + R_LINE_COUNT)):
        place = load(program + load(row + R_LINES) + i * LINE_ROW_BYTES + LN_STATE)
        copy(side + begin, image + begin, place - begin)
        begin = place + 4
    copy(side + begin, image + begin, end - begin)


def offend(program, row, side, block, reason, frames):
    """The module is bypassed from here on: for a while the first time, for good if it crashed or does so again."""
    live = side + load(row + R_LIVE)
    offences = load_int32(live + L_OFFENCES) + 1
    store_int32(live + L_OFFENCES, offences)
    store_int32(live + L_REASON, reason)
    store(live + L_BLOCK, block)
    store_int32(live + L_DRY, 0)
    half = FRAME_BYTES * load(row + R_OUTLETS)
    copy(live + L_FRAMES + half, live + L_FRAMES, half)
    store_int32(live + L_LEFT, frames if reason == NUMBER_REASON else REST_FRAMES)
    may_return = offences == 1 and (reason == LOOP_REASON or reason == NUMBER_REASON)
    store_int32(live + L_STATUS, BYPASSED if may_return else QUARANTINED)
    begin_anew(program, row, side)


def come_back(program, row, side):
    """The module is tried again, from rest, and faded in."""
    live = side + load(row + R_LIVE)
    store_int32(live + L_WET, 0)
    store_int32(live + L_STATUS, RETURNING)
    begin_anew(program, row, side)


def dry_sample(row, side, live, j, i, lane, position):
    """What is heard of outlet `j` in place of the module: the inlet that stands for it, or silence, faded in from the last good frame."""
    source, value = load(row + R_BYPASS), 0.0
    before = load_float32(live + L_FRAMES + FRAME_BYTES * (load(row + R_OUTLETS) + j) + 4 * lane)
    if source >= 0:
        place = side + load(row + R_INPUTS_AT) + 16 * source
        value = load_float32(load(place) + i * load(place + 8) + 4 * lane)
    if position >= FADE_FRAMES:
        return value
    return before + (value - before) * (position / FADE_FRAMES)


def bypass(row, side, offset, frames):
    """Writes the outlets of a module that is out of order."""
    live, lanes = side + load(row + R_LIVE), load(row + R_WIDTH)
    dry, wet = load_int32(live + L_DRY), load_int32(live + L_WET)
    returning = load_int32(live + L_STATUS) == RETURNING
    for j in range(load(row + R_OUTLETS)):
        out = outlet_address(row, side, j)
        for i in range(frames):
            for lane in range(lanes):
                place = out + 4 * (lanes * (offset + i) + lane)
                value = dry_sample(row, side, live, j, offset + i, lane, dry + i)
                if returning:
                    value = value + (load_float32(place) - value) * (min(wet + i, FADE_FRAMES) / FADE_FRAMES)
                store_float32(place, value)
    store_int32(live + L_DRY, min(dry + frames, FADE_FRAMES))
    if returning:
        store_int32(live + L_WET, min(wet + frames, FADE_FRAMES))
        if wet + frames >= FADE_FRAMES:
            store_int32(live + L_STATUS, PLAYING)


def kernel_of(operation, context, kernels, calm):
    """The kernel of a module: the one for inputs that stand still, if they do, as all do where it is `calm`, and it is there."""
    ordinary, still, bits, j = load(kernels + 8 * load(operation + O_A)), load(kernels + 8 * load(operation + O_D)), load(operation + O_E), 0
    if bits == 0 or still == 0:
        return ordinary
    while bits != 0 and not calm:
        if bits & 1 != 0 and load(context + 16 * j + 8) != 0:
            return ordinary
        bits, j = bits >> 1, j + 1
    return still


def run_module(operation, program, side, kernels, calm, block, offset, frames):
    """One module for some frames of a block, in which all knobs stand if it is `calm`: its kernel, or its bypass. Its key if it has just put out what it may not, else 0."""
    row = program + load(operation + O_C)
    live = side + load(row + R_LIVE)
    status, faulty = load_int32(live + L_STATUS), 0
    if status == BYPASSED and load_int32(live + L_LEFT) <= 0:
        come_back(program, row, side)
        status = RETURNING
    if status == PLAYING or status == RETURNING:
        call(kernel_of(operation, side + load(operation + O_B), kernels, calm), side + load(operation + O_B), offset, frames)
        if is_bad(row, side, offset, frames):
            offend(program, row, side, block, NUMBER_REASON, frames)
            status, faulty = BYPASSED, load(row + R_KEY)
    if status != PLAYING:
        if status == BYPASSED:
            store_int32(live + L_LEFT, load_int32(live + L_LEFT) - frames)
        bypass(row, side, offset, frames)
    keep_last(row, side, offset, frames)
    return faulty
