"""The deterministic machine: one block of sound from the state and the log, and nothing else.

Native code. `machine` is the address of a few private words that say where everything is in this process.
Commands are applied at their frame: a block is rendered in segments that end where the next command begins.
"""
from numpy import float32

from chronus.limits import EVENTS_AT_ONCE
from chronus.native.words import copy, load, load_float32, load_float64, load_int32, store, store_float32, store_int32, store_release
from chronus.replica.beats import write_beats
from chronus.replica.bypass import BYPASSED, FADE_FRAMES, come_back, run_module
from chronus.replica.cables import add_up, gather, is_knob_alone, lend, lend_knob
from chronus.replica.judging import DONE, DIVERGED, UNLOADED, condemn, disturb, heed, is_condemned, judge
from chronus.replica.knobs import knob_index, turn_at, turn_over
from chronus.replica.performed import AGAIN, LATER, perform
from chronus.replica.schedule import forget_later, forget_waiting, is_for_later, is_late, put_off, schedule
from chronus.replica.sequencer import GLIDE, take_due
from chronus.replica.sides import M_ARENA, M_BASE, M_CALM, M_COMMANDS, M_CRUMB, M_MODE, PLAYS, REHEARSES
from chronus.replica.sides import area_of, kernels_at, program_at, row_with_key, side_address
from chronus.replica.solos import solo
from chronus.replica.swap import JUMPS, coming_block, commit, end_of_block, go_on_coming, hurry, is_for_what_is_coming, mix, roll_back
from chronus.replica.trace import note_down
from chronus.replica.transport import direct, play_arpeggio, silence
from chronus.replica.turns import frame_for
from chronus.replica.voice import group_of, run_fused
from chronus.replica.voices import end_all, express, play
from chronus.shared.layout import BAD_ENTRIES, E_EXTRA, E_FRAME, E_KIND, E_TARGET, E_VALUE, H_BLOCK, H_RATE
from chronus.shared.log import BYPASS, COMMIT, EXPRESS, NOTE, NOTHING, PANIC, RETRY, SCORE, SET, SIGNATURE
from chronus.shared.program import (
    A_APPLIED,
    A_BLOCK,
    A_DECLICK,
    A_FAILED,
    A_FADE,
    A_JUMP,
    A_LAST,
    A_LATER,
    A_OFFSET,
    A_SCHEDULED,
    A_SIDE,
    BEATS,
    CRUMB_OPERATIONS,
    CRUMB_SIDE,
    F_GROUPS,
    FUSED,
    K_CURRENT,
    K_IS_GATE,
    K_REMAINING,
    KERNEL,
    KNOB_BYTES,
    LEND,
    L_OFFENCES,
    L_STATUS,
    MODULE_BYTES,
    NUMBER_REASON,
    O_A,
    O_B,
    O_C,
    O_D,
    O_KIND,
    O_NEXT,
    OPERATION_BYTES,
    OUT,
    P_CALM,
    P_END,
    P_END_COUNT,
    P_KNOB_COUNT,
    P_KNOBS,
    P_MODULE_COUNT,
    P_MODULES,
    P_OPERATION_COUNT,
    P_OPERATIONS,
    P_OUT,
    PLANES,
    REST,
    R_LIVE,
    R_VOICES,
    SC_EXTRA,
    SC_FRAME,
    SC_KIND,
    SC_TARGET,
    SC_VALUE,
    SCHEDULE,
    SCHEDULED_BYTES,
    SOLO,
    TIME,
    TOTAL,
)
from chronus.shared.score import Q_EXTRA, Q_KIND, Q_NEXT, Q_NOW, Q_TARGET, Q_VALUE
from chronus.shared.rings import count_one, entry_address, entry_is_whole

def apply(machine, kind, target, value, extra, block):
    """One command. What names nothing in a program changes nothing."""
    disturb(machine)
    waited = is_late(kind)
    if waited:
        kind -= LATER
    perform(machine, kind, target, value, extra)
    kind %= AGAIN
    if kind == COMMIT:
        if load(machine + M_MODE) != REHEARSES:
            if hurry(machine, target, block):
                apply_what_waits_for_it(machine, block)
            commit(machine, target, int(value), block)
        return
    if kind >= SCORE and kind <= SIGNATURE:
        direct(machine, kind, target, value, extra)
        return
    if kind == PANIC:
        forget_later(machine)
        silence(machine)
    if kind == NOTE and play_arpeggio(machine, target, value, extra):
        return
    if is_for_what_is_coming(machine, kind, target):
        schedule(machine, coming_block(machine) * load(load(machine + M_BASE) + H_BLOCK), AGAIN + kind, target, value, extra)
    for side in range(2):
        if area_of(machine, side) >= 0:
            apply_to(machine, side, kind, target, value, extra, block, waited)
    if kind == BYPASS:
        side = load(load(machine + M_ARENA) + A_SIDE)
        condemn(machine, 1 - side if extra != 0 else side, target, int(value), block)


def apply_what_waits_for_it(machine, block):
    """A commit that was coming has come before its time: what waited for it is applied now, before the next one takes over. Its row does nothing any more:
    rows are not taken out while others, of gates that are turned twice, are put in before them.
    """
    arena, i = load(machine + M_ARENA), 0
    while i < load(arena + A_SCHEDULED):
        place = arena + SCHEDULE + i * SCHEDULED_BYTES
        kind, late = load(place + SC_KIND), load(arena + A_LATER)
        if is_for_later(machine, place) and kind >= AGAIN and not is_late(kind):
            target, value, extra = load(place + SC_TARGET), load_float64(place + SC_VALUE), load(place + SC_EXTRA)
            store(place + SC_KIND, NOTHING)
            frame = frame_for(machine, kind, target, value, extra)
            if frame <= load(arena + TIME + Q_NOW) or not put_off(machine, frame, kind, target, value, extra):
                for side in range(2):
                    if area_of(machine, side) >= 0:
                        apply_to(machine, side, kind - AGAIN, target, value, extra, block, False)
            i = max(-1, i + min(0, load(arena + A_LATER) - late))       # where there was no room, rows were taken out
        i += 1


def take(machine, kind, target, value, extra, block):
    """One command of the log, or one that is applied AGAIN, now, or in a later frame where its gate was turned in this one already."""
    frame = frame_for(machine, kind, target, value, extra)
    if frame <= load(load(machine + M_ARENA) + TIME + Q_NOW) or not put_off(machine, frame, kind, target, value, extra):
        apply(machine, kind, target, value, extra, block)


def apply_to(machine, side, kind, target, value, extra, block, waited):
    """One command, to the patch on one side; one that `waited` comes a frame behind the one before it."""
    program, begin = program_at(machine, area_of(machine, side)), side_address(machine, side)
    knobs, now = begin + load(program + P_KNOBS), load(load(machine + M_ARENA) + TIME + Q_NOW)
    if kind == SET:
        index = knob_index(program, target)
        if index >= 0:
            turn_at(knobs + index * KNOB_BYTES, value, now)
    elif kind == GLIDE:
        index = knob_index(program, target)
        if index >= 0:
            turn_over(knobs + index * KNOB_BYTES, value, extra)
    elif kind == PANIC:
        for i in range(load(program + P_KNOB_COUNT)):
            knob = knobs + i * KNOB_BYTES
            if load_int32(knob + K_IS_GATE) != 0:
                turn_at(knob, 0.0, now)
        for i in range(load(program + P_MODULE_COUNT)):
            row = program + load(program + P_MODULES) + i * MODULE_BYTES
            if load(row + R_VOICES) != 0:
                end_all(row, begin)
    elif kind == NOTE:
        row = row_with_key(program, target)
        if row != 0 and load(row + R_VOICES) != 0:
            play(program, row, begin, float32(value), extra, now, load(load(machine + M_BASE) + H_RATE), waited)
    elif kind == EXPRESS:
        row = row_with_key(program, target)
        if row != 0 and load(row + R_VOICES) != 0:
            express(row, begin, float32(value), extra)
    elif kind == RETRY:
        for plane in range(PLANES):
            row = row_with_key(program, target + plane)
            if row != 0 and load_int32(begin + load(row + R_LIVE) + L_STATUS) >= BYPASSED and not is_condemned(row, begin, block):
                store_int32(begin + load(row + R_LIVE) + L_OFFENCES, 0)
                come_back(program, row, begin)


def release(machine, frame, block):
    """Applies what waits for `frame` or an earlier one; returns the frame of the next that waits, or a far one."""
    arena = load(machine + M_ARENA)
    table = arena + SCHEDULE
    due = 0
    store(arena + TIME + Q_NOW, frame)
    while due < load(arena + A_SCHEDULED) and load(table + due * SCHEDULED_BYTES + SC_FRAME) <= frame:
        place = table + due * SCHEDULED_BYTES
        kind, target, value, extra = load(place + SC_KIND), load(place + SC_TARGET), load_float64(place + SC_VALUE), load(place + SC_EXTRA)
        due += 1
        if is_late(kind):
            store(arena + A_LATER, load(arena + A_LATER) - 1)
        if is_late(kind):
            apply(machine, kind, target, value, extra, block)
        else:
            take(machine, kind, target, value, extra, block)
    count = load(arena + A_SCHEDULED) - due
    if due > 0 and count >= 0:
        for i in range(count):
            copy(table + i * SCHEDULED_BYTES, table + (i + due) * SCHEDULED_BYTES, SCHEDULED_BYTES)
        store(arena + A_SCHEDULED, count)
    if load(arena + A_SCHEDULED) > 0:
        return load(table + SC_FRAME)
    return 1 << 62


def play_score(machine, frame, block):
    """Applies what the sequencers play at `frame`; returns the next frame at which they do anything. What is too much comes a frame later."""
    time = load(machine + M_ARENA) + TIME
    for _ in range(EVENTS_AT_ONCE):
        if take_due(machine, frame) == 0:
            return load(time + Q_NEXT)
        note_down(machine, frame)
        if load(time + Q_KIND) == SET:              # a sequencer's turn of a gate takes the place of all that waits for it
            forget_waiting(machine, SET, load(time + Q_TARGET), 0.0)
        apply(machine, load(time + Q_KIND), load(time + Q_TARGET), load_float64(time + Q_VALUE), load(time + Q_EXTRA), block)
    return frame + 1


def read_log(machine, start, until, block):
    """Reads the log up to entry `until`: applies what is due at frame `start`, keeps the rest. A damaged entry is counted and left out."""
    base, arena = load(machine + M_BASE), load(machine + M_ARENA)
    index = load(arena + A_APPLIED)
    store(arena + TIME + Q_NOW, start)
    while index < until:
        entry = entry_address(base, index)
        if not entry_is_whole(entry, index):
            count_one(base, BAD_ENTRIES)
        elif load(entry + E_FRAME) <= start:
            take(machine, load(entry + E_KIND), load(entry + E_TARGET), load_float64(entry + E_VALUE), load(entry + E_EXTRA), block)
        else:
            schedule(machine, load(entry + E_FRAME), load(entry + E_KIND), load(entry + E_TARGET), load_float64(entry + E_VALUE), load(entry + E_EXTRA))
        index += 1
    store(arena + A_APPLIED, index)


def run_segment(machine, side, block, offset, frames):
    """All operations of one side, in order, for some frames of a block. The breadcrumb says which one is at work.

    The key of a module that has just put out what it may not, else 0.
    """
    faulty, stands = 0, True
    area, begin, crumb = area_of(machine, side), side_address(machine, side), load(machine + M_CRUMB)
    program, kernels, commands = program_at(machine, area), kernels_at(machine, area), load(machine + M_COMMANDS)
    first, here = program + load(program + P_OPERATIONS), block * CRUMB_OPERATIONS + side * CRUMB_SIDE
    calm = load(machine + M_CALM + 8 * side) == commands + 1
    i, done, until, spared = load(program + P_CALM) if calm else 0, 0, 0, 0     # of a voice that is fused: for how many groups it has run, where its own operations
    while i < load(program + P_OPERATION_COUNT):                                # end, and the same where none of them is to be run
        operation, number = first + i * OPERATION_BYTES, i
        i = load(operation + O_NEXT) if calm else i + 1
        store_release(crumb, here + number + 1)
        if not calm and is_knob_alone(operation):
            if not lend_knob(operation, begin):
                gather(operation, program, begin, offset, frames)
                stands = False
        elif number < spared:
            i = spared if calm else i
        elif load(operation + O_KIND) == KERNEL:
            if number >= until or group_of(operation, program) >= done:
                key = run_module(operation, program, begin, kernels, calm, block, offset, frames)
                if key != 0:
                    faulty = key
        elif load(operation + O_KIND) == FUSED:
            done, until = run_fused(operation, program, begin, kernels, commands, offset, frames), number + 1 + load(operation + O_B)
            if done == load(program + load(operation + O_D) + F_GROUPS):
                spared = until
        elif load(operation + O_KIND) == TOTAL:
            add_up(operation, begin, done if number < until else 0, offset, frames)
        elif load(operation + O_KIND) == LEND:
            lend(operation, begin)
        elif load(operation + O_KIND) == SOLO:
            solo(operation, program, begin)
        elif load(operation + O_KIND) == BEATS:
            write_beats(machine, side, operation, begin, block, offset, frames)
        elif load(operation + O_KIND) == REST:
            if is_at_rest(operation, begin):
                i = number + 1 + load(operation + O_A)
        else:
            gather(operation, program, begin, offset, frames)
    store_release(crumb, block * CRUMB_OPERATIONS)
    if stands:
        store(machine + M_CALM + 8 * side, commands + 1)
    return faulty


def is_at_rest(operation, side):
    """Whether what a REST stands before plays nothing: the knob that wakes it stands at 0, and so does its level."""
    knob = side + load(operation + O_B)
    return load_int32(knob + K_REMAINING) == 0 and load_float32(knob + K_CURRENT) == 0.0 and load_float32(side + load(operation + O_C)) == 0.0


def out_of(machine, side):
    """Address of what a side puts out."""
    return side_address(machine, side) + load(program_at(machine, area_of(machine, side)) + P_OUT)


def put_out(machine, offset, frames):
    """What is heard: the patch that plays, a fade to it, and no step where something was taken back."""
    arena = load(machine + M_ARENA)
    side, target = load(arena + A_SIDE), arena + OUT + 8 * offset
    fade = load(arena + A_FADE)
    if fade > 0:
        mix(target, out_of(machine, 1 - side) + 8 * offset, out_of(machine, side) + 8 * offset, FADE_FRAMES - fade, frames)
        store(arena + A_FADE, max(0, fade - frames))
    else:
        copy(target, out_of(machine, side) + 8 * offset, 8 * frames)
    jumps = load(arena + A_JUMP) == JUMPS or load(arena + A_JUMP) == 1
    left = FADE_FRAMES if jumps else load(arena + A_DECLICK)
    if left > 0:
        for c in range(2):
            if jumps:
                store_float32(arena + A_OFFSET + 4 * c, load_float32(arena + A_LAST + 4 * c) - load_float32(target + 4 * c))
            for i in range(min(frames, left)):
                place = target + 8 * i + 4 * c
                store_float32(place, load_float32(place) + load_float32(arena + A_OFFSET + 4 * c) * ((left - i) / FADE_FRAMES))
        store(arena + A_DECLICK, max(0, left - frames))
    store(arena + A_JUMP, max(0, load(arena + A_JUMP) - frames))
    copy(arena + A_LAST, target + 8 * (frames - 1), 8)


def run_block(machine, block, until):
    """Renders block `block`, having read the log up to entry `until`: DONE, DIVERGED or UNLOADED."""
    arena, frames = load(machine + M_ARENA), load(load(machine + M_BASE) + H_BLOCK)
    start = block * frames
    go_on_coming(machine, block)                # before all else: a verdict, or a command, about this block is about the patch that plays in it
    release(machine, start, block)
    read_log(machine, start, until, block)
    if load(machine + M_MODE) != PLAYS:
        heed(machine, block)
    elif judge(machine, block, 0) == DIVERGED:
        return DIVERGED
    if load(arena + A_FAILED) != 0:
        return UNLOADED
    at, faulty = 0, 0
    while at < frames:
        end = min(min(release(machine, start + at, block), play_score(machine, start + at, block)) - start, frames)
        if load(arena + A_JUMP) > 1:
            end = min(end, at + load(arena + A_JUMP) - 1)
        for side in range(2):
            if area_of(machine, side) >= 0:
                key = run_segment(machine, side, block, at, end - at)
                if key != 0 and side == load(arena + A_SIDE):
                    faulty = key
        put_out(machine, at, end - at)
        at = end
    for side in range(2):
        if area_of(machine, side) >= 0:
            keep_late(machine, side)
    end_of_block(machine)
    if faulty != 0 and area_of(machine, 1 - load(arena + A_SIDE)) >= 0 and load(machine + M_MODE) != REHEARSES:
        roll_back(machine, faulty, NUMBER_REASON)
    store(arena + A_BLOCK, block + 1)
    return DONE if load(machine + M_MODE) != PLAYS else judge(machine, block, 1)


def keep_late(machine, side):
    """Cables that go through a block of delay: what was written now is read in the next block."""
    program, begin = program_at(machine, area_of(machine, side)), side_address(machine, side)
    first = program + load(program + P_END)
    for i in range(load(program + P_END_COUNT)):
        operation = first + i * OPERATION_BYTES
        copy(begin + load(operation + O_B), begin + load(operation + O_C), load(operation + O_A))
