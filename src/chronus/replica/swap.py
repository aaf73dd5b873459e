"""From one patch to another while both play: the new one takes over the state of what stays, is faded in, and can be taken back.

A slot's arena has two sides, a program on each. A commit fills the side that is free, at the beginning of one block; for the fade, and
as long as the commit is on probation, both sides play, so the old one can be heard again at once. A program with delay lines comes some
blocks later, when those of the modules that stay have been carried over. Native code.
"""
from chronus.limits import LINE_SLICE_BYTES
from chronus.modules.mixing.master import AHEAD
from chronus.native.words import copy, load, load_float32, load_int32, store, store_float32
from chronus.replica.bypass import FADE_FRAMES
from chronus.replica.knobs import knob_index
from chronus.replica.lines import carry, carry_newest, lines_go_on, link_lines
from chronus.replica.sequencer import GLIDE
from chronus.replica.sides import M_ARENA, M_CALM, M_TEMPO, area_of, is_loaded, program_at, row_of, row_with_key, side_address, tables_at
from chronus.replica.staying import behind_values, copy_knobs, copy_state, stays_as
from chronus.replica.tempo import begin_time
from chronus.replica.voices import rest_beyond, take_voices_over
from chronus.shared.log import EXPRESS, NOTE, SET
from chronus.shared.program import (
    A_AREA_0,
    A_AREA_1,
    A_COMING,
    A_COMING_BYTES,
    A_COMING_PROBATION,
    A_COMING_SINCE,
    A_COMMITS,
    A_DECLICK,
    A_FADE,
    A_FAILED,
    A_JUMP,
    A_LAST,
    A_OFFSET,
    A_PROBATION,
    A_ROLLBACKS,
    A_ROLLED_MODULE,
    A_ROLLED_REASON,
    A_SIDE,
    KNOB_BYTES,
    K_TURNED,
    L_FRAMES,
    MASTER,
    MODULE_BYTES,
    OPERATION_BYTES,
    O_A,
    O_B,
    O_D,
    P_CONTEXTS,
    P_CONTEXT_AT,
    P_CONTEXT_WORDS,
    P_END,
    P_END_COUNT,
    P_KNOBS,
    P_LINE_COUNT,
    P_MODULES,
    P_MODULE_COUNT,
    P_RELOCATIONS,
    P_RELOCATION_COUNT,
    P_STATE,
    P_STATE_BYTES,
    P_TABLE_USES,
    P_TABLE_USE_COUNT,
    R_BUILD,
    R_KEY,
    R_KNOB,
    R_KNOB_COUNT,
    R_LIVE,
    R_LIVE_BYTES,
    R_STATE,
    R_STATE_BYTES,
    R_STATE_KIND,
    R_TYPE,
    R_VOICE_COUNT,
    SCHEDULE,
    TABLE_USE_BYTES,
    key_of,
)

MASTER_KEY = key_of(MASTER)
JUMPS = AHEAD + 1                           # A_JUMP: a patch that was never heard is heard alone from now on; at 1, what it plays itself is, behind its master
COMING_BLOCKS = 2                           # what each slot needs to save both its snapshots anew


def link(machine, side):
    """Writes the contexts of a side with the addresses of this process; its knobs are to be lent anew, and what was written once is to be written again."""
    store(machine + M_CALM + 8 * side, 0)
    store(machine + M_TEMPO + 8 * side, 0)
    program, begin = program_at(machine, area_of(machine, side)), side_address(machine, side)
    contexts = begin + load(program + P_CONTEXT_AT)
    copy(contexts, program + load(program + P_CONTEXTS), 8 * load(program + P_CONTEXT_WORDS))
    relocations = program + load(program + P_RELOCATIONS)
    for i in range(load(program + P_RELOCATION_COUNT)):
        place = contexts + 8 * load(relocations + 8 * i)
        store(place, load(place) + begin)
    tables = tables_at(machine, area_of(machine, side))
    for i in range(load(program + P_TABLE_USE_COUNT)):
        use = program + load(program + P_TABLE_USES) + TABLE_USE_BYTES * i
        store(contexts + 8 * load(use), load(tables + 8 * load(use + 8)))
    link_lines(machine, side)


def settle(machine, side, area):
    """A program at rest on a side."""
    program = program_at(machine, area)
    store(load(machine + M_ARENA) + A_AREA_0 + 8 * side, area)
    copy(side_address(machine, side), program + load(program + P_STATE), load(program + P_STATE_BYTES))
    link(machine, side)


def begin_session(machine, area):
    """The state before the first block: the program in `area`, at rest."""
    arena = load(machine + M_ARENA)
    for place in range(0, SCHEDULE, 8):
        store(arena + place, 0)
    begin_time(machine)
    store(arena + A_AREA_1, -1)
    store(arena + A_COMING, -1)
    settle(machine, 0, area)


def take_over(machine, side, old):
    """Every module that stays, by id and type, goes on in the new program where it is in the old."""
    program, old_program = program_at(machine, area_of(machine, side)), program_at(machine, area_of(machine, old))
    begin, old_begin = side_address(machine, side), side_address(machine, old)
    for i in range(load(program + P_MODULE_COUNT)):
        row = program + load(program + P_MODULES) + i * MODULE_BYTES
        old_row = stays_as(row, old_program)
        if old_row != 0:
            copy_knobs(program, row, begin, old_program, old_begin)
            if load(row + R_STATE_KIND) == load(old_row + R_STATE_KIND):
                copy_state(row, begin, old_row, old_begin)
            if lines_go_on(row, old_row):                           # behind the values: where the lines are written, and the short ones
                place, old_place = behind_values(row), behind_values(old_row)
                copy(begin + place, old_begin + old_place, load(row + R_STATE) + load(row + R_STATE_BYTES) - place)
            take_voices_over(row, begin, old_row, old_begin)
            if load(row + R_VOICE_COUNT) > 0:
                rest_beyond(row, begin)
            if load(row + R_BUILD) == load(old_row + R_BUILD):
                copy(begin + load(row + R_LIVE), old_begin + load(old_row + R_LIVE), load(row + R_LIVE_BYTES))
    for i in range(load(program + P_END_COUNT)):
        end = program + load(program + P_END) + i * OPERATION_BYTES
        for j in range(load(old_program + P_END_COUNT)):
            old_end = old_program + load(old_program + P_END) + j * OPERATION_BYTES
            if load(end + O_D) == load(old_end + O_D) and load(end + O_A) == load(old_end + O_A):       # what comes round a loop is not cut
                copy(begin + load(end + O_B), old_begin + load(old_end + O_B), load(end + O_A))


def commit(machine, area, probation, block):
    """The program in `area` takes over from the one that plays, at once or, where it has delay lines, when those of what stays are carried over.

    Both play for the fade, and for `probation` blocks after it.
    """
    arena = load(machine + M_ARENA)
    if not is_loaded(machine, area):
        store(arena + A_FAILED, 1)
        return
    if load(arena + A_JUMP) != JUMPS and load(arena + A_FADE) > 0:
        declick(machine, load(arena + A_SIDE))
    old = load(arena + A_SIDE)
    if load(program_at(machine, area) + P_LINE_COUNT) == 0:
        swap(machine, area, probation)
        return
    store(arena + A_FADE, 0)
    store(arena + A_AREA_0 + 8 * (1 - old), -1)
    store(arena + A_COMING, area)
    store(arena + A_COMING_SINCE, block)
    store(arena + A_COMING_BYTES, carry(machine, area, old, 0, 0))
    store(arena + A_COMING_PROBATION, probation)


def hurry(machine, area, block):
    """Another commit, of the program in `area`, is here: one that is coming takes over before its time, and goes on alone at once; whether there was one."""
    arena = load(machine + M_ARENA)
    if load(arena + A_COMING) < 0 or not is_loaded(machine, area):
        return False
    complete(machine, block)
    store(arena + A_JUMP, JUMPS)                    # nobody knows yet with what it goes on
    return True


def swap(machine, area, probation):
    """The program in `area` is on the free side, goes on where the one that plays is, and is faded in."""
    arena = load(machine + M_ARENA)
    old = load(arena + A_SIDE)
    settle(machine, 1 - old, area)
    take_over(machine, 1 - old, old)
    store(arena + A_SIDE, 1 - old)
    store(arena + A_FADE, FADE_FRAMES)
    store(arena + A_PROBATION, probation)
    store(arena + A_COMMITS, load(arena + A_COMMITS) + 1)


def go_on_coming(machine, block):
    """A commit with delay lines goes on by a block: a slice of them is carried over, or it takes over."""
    arena = load(machine + M_ARENA)
    if load(arena + A_COMING) < 0 or block < load(arena + A_COMING_SINCE) + COMING_BLOCKS:
        return
    if block == coming_block(machine):
        complete(machine, block)
    else:
        carry(machine, load(arena + A_COMING), load(arena + A_SIDE), carried_before(machine, block), carried_before(machine, block + 1))


def carried_before(machine, block):
    """How much of the delay lines is carried over before a block of a commit that is coming."""
    return max(0, block - load(load(machine + M_ARENA) + A_COMING_SINCE) - COMING_BLOCKS) * LINE_SLICE_BYTES


def coming_block(machine):
    """The block at which the commit that is coming takes over."""
    arena = load(machine + M_ARENA)
    return load(arena + A_COMING_SINCE) + COMING_BLOCKS + max(0, load(arena + A_COMING_BYTES) - 1) // LINE_SLICE_BYTES


def is_for_what_is_coming(machine, kind, target):
    """Whether a command is about what only the program that is coming has, or sets; it would be lost before that takes over."""
    area = load(load(machine + M_ARENA) + A_COMING)
    if area < 0 or kind != SET and kind != GLIDE and kind != NOTE and kind != EXPRESS:
        return False
    program, playing = program_at(machine, area), program_at(machine, area_of(machine, load(load(machine + M_ARENA) + A_SIDE)))
    if kind == NOTE or kind == EXPRESS:
        row = row_with_key(program, target)
        return row != 0 and row_of(playing, target, load(row + R_TYPE)) == 0
    index = knob_index(program, target)
    if index < 0:
        return False
    turned = load_int32(program + load(program + P_STATE) + load(program + P_KNOBS) + index * KNOB_BYTES + K_TURNED)
    return turned != 0 or knob_index(playing, target) < 0 or row_of(playing, *owner_of(program, index)) == 0


def owner_of(program, index):
    """(key, type) of the module that has a knob."""
    for i in range(load(program + P_MODULE_COUNT)):
        row = program + load(program + P_MODULES) + i * MODULE_BYTES
        if load(row + R_KNOB) <= index < load(row + R_KNOB) + load(row + R_KNOB_COUNT):
            return load(row + R_KEY), load(row + R_TYPE)
    return 0, 0


def complete(machine, block):
    """The commit that is coming takes over now, with all that is left to carry over."""
    arena = load(machine + M_ARENA)
    area, old = load(arena + A_COMING), load(arena + A_SIDE)
    carry(machine, area, old, carried_before(machine, block), load(arena + A_COMING_BYTES))
    carry_newest(machine, area, old, block - load(arena + A_COMING_SINCE))
    store(arena + A_COMING, -1)
    swap(machine, area, load(arena + A_COMING_PROBATION))


def is_making_room(machine, block):
    """Whether a commit has just ended the program on the free side, which the snapshots that there are may hold: save new ones before it is filled."""
    arena = load(machine + M_ARENA)
    return load(arena + A_COMING) >= 0 and block <= load(arena + A_COMING_SINCE) + COMING_BLOCKS


def declick(machine, side):
    """From now on the patch on a side is heard alone: by how far it was from what was heard in the last frame, that is let die away."""
    arena, program = load(machine + M_ARENA), program_at(machine, area_of(machine, side))
    row = row_with_key(program, MASTER_KEY)
    last = side_address(machine, side) + load(row + R_LIVE) + L_FRAMES if row != 0 else arena + A_LAST
    for c in range(2):
        store_float32(arena + A_OFFSET + 4 * c, load_float32(arena + A_LAST + 4 * c) - load_float32(last + 4 * c))
    store(arena + A_DECLICK, FADE_FRAMES)


def roll_back(machine, key, reason):
    """The patch before plays again, from this block on."""
    arena = load(machine + M_ARENA)
    side = load(arena + A_SIDE)
    declick(machine, 1 - side)
    store(arena + A_SIDE, 1 - side)
    store(arena + A_AREA_0 + 8 * side, -1)
    store(arena + A_FADE, 0)
    store(arena + A_PROBATION, 0)
    store(arena + A_ROLLBACKS, load(arena + A_ROLLBACKS) + 1)
    store(arena + A_ROLLED_MODULE, key)
    store(arena + A_ROLLED_REASON, reason)


def end_of_block(machine):
    """Counts the probation down; at its end the old patch is let go."""
    arena = load(machine + M_ARENA)
    old = 1 - load(arena + A_SIDE)
    if area_of(machine, old) < 0 or load(arena + A_FADE) > 0:
        return
    left = load(arena + A_PROBATION) - 1
    store(arena + A_PROBATION, left)
    if left < 0:
        store(arena + A_AREA_0 + 8 * old, -1)
        store(arena + A_PROBATION, 0)


def mix(target, old, new, done, frames):
    """The fade from one stereo signal to the other, from when the other plays itself: it goes on behind the master of the first, which looks ahead. Where both
    are alike, they are kept to the bit.
    """
    for i in range(frames):
        share = max(0, min(done + i, FADE_FRAMES) - AHEAD) / (FADE_FRAMES - AHEAD)
        for c in range(2):
            a, b = load_float32(old + 8 * i + 4 * c), load_float32(new + 8 * i + 4 * c)
            store_float32(target + 8 * i + 4 * c, a + (b - a) * share)
