"""Who plays a note: voices are given out, taken back and stolen by the notes in the log, and by nothing else. Native code.

A module that plays notes keeps a table of its voices in the state, and the values that its formula reads in its lanes. A voice whose note
was let go is free, and taken again in the order in which they were let go; the same note takes its own voice. Where none is free, one is
stolen: nothing steps, because an envelope that is opened again goes on from where it is. For mono and legato, held notes wait on a pile, each as
its finger has moved it.
"""
from numpy import float32, inf

from chronus.native.words import copy, load, load_float32, store, store_float32
from chronus.replica.sequencer import SEQUENCED
from chronus.shared.log import EXPRESSION_ONE, EXPRESSION_SHIFT, EXPRESSION_ZERO
from chronus.shared.program import (
    H_NOTE,
    H_OWN,
    H_SERIAL,
    H_VELOCITY,
    HELD_BYTES,
    HELD_NOTES,
    K_TARGET,
    KNOB_BYTES,
    P_KNOBS,
    PLANES,
    R_KEY,
    R_KNOB,
    R_LANES,
    R_STATE,
    R_STATE_BYTES,
    R_VOICE_COUNT,
    R_VOICES,
    V_BEGUN,
    V_COUNT,
    V_HELD,
    V_IS_HELD,
    V_LET_GO,
    V_NOTE,
    V_OPENED,
    V_PILE,
    V_SERIAL,
    VOICE_BYTES,
    VOICES_AT,
)
from chronus.shared.score import FULL_VELOCITY, SERIAL_PLACE, SERIAL_SHIFT, WIDE, WIDE_MASK

MODE, UNISON, STEAL = 1, 2, 3               # parameters of `notes`, by their numbers
POLY, MONO, LEGATO = range(3)
OLDEST, QUIETEST, NOBODY = range(3)
SHOWS = 20                                  # of a second: so long after it opens, 50 ms, a voice shows how loud it is
PITCH, VELOCITY, HELD, FRESH, OFFSET, LEVEL, OWN_BEND, OWN_PRESSURE, OWN_TIMBRE, OWN_PLACE = range(10)      # the first states of `notes`
BEFORE = 12                                 # and its gate in the last frame


def setting(program, row, side, which):
    """One of the parameters that say how voices are given out, as a whole number."""
    knob = side + load(program + P_KNOBS) + (load(row + R_KNOB) + which) * KNOB_BYTES
    return int(load_float32(knob + K_TARGET) + 0.5)


def value_of(row, side, voice, which):
    """Address of one of the values that the formula keeps for a voice."""
    lanes = load(row + R_LANES)
    plane = -(-load(row + R_STATE_BYTES) // 64) * 64
    return side + load(row + R_STATE) + voice // lanes * plane + 4 * (which * lanes + voice % lanes)


def voice_at(row, side, voice):
    return side + load(row + R_VOICES) + VOICES_AT + voice * VOICE_BYTES


def tick(row, side):
    """The number of what happens now."""
    table = side + load(row + R_VOICES)
    store(table + V_COUNT, load(table + V_COUNT) + 1)
    return load(table + V_COUNT)


def begin(row, side, voice, note, serial, velocity, offset, fresh):
    """A voice plays a note from now on; `fresh` opens its gate anew."""
    place = voice_at(row, side, voice)
    store_float32(place + V_NOTE, note)
    store(place + V_SERIAL, serial)
    store(place + V_IS_HELD, 1)
    store(place + V_BEGUN, tick(row, side))
    store_float32(value_of(row, side, voice, PITCH), note)
    store_float32(value_of(row, side, voice, VELOCITY), velocity)
    store_float32(value_of(row, side, voice, HELD), 1.0)
    store_float32(value_of(row, side, voice, OFFSET), offset)
    for which in range(OWN_BEND, OWN_TIMBRE + 1):
        store_float32(value_of(row, side, voice, which), 0.0)
    store_float32(value_of(row, side, voice, OWN_PLACE), place_of(serial))
    if fresh:
        store_float32(value_of(row, side, voice, FRESH), 1.0)


def let_go(row, side, voice):
    place = voice_at(row, side, voice)
    store(place + V_IS_HELD, 0)
    store(place + V_LET_GO, tick(row, side))
    store_float32(value_of(row, side, voice, HELD), 0.0)


def place_of(serial):
    """Where between left, -1, and right, 1, a note is, as its serial says."""
    place = serial >> SERIAL_PLACE & WIDE_MASK
    return (place if place <= WIDE else place - WIDE_MASK - 1) / WIDE


def free_voice(row, side, note, serial, since):
    """The voice that has this note at this place already, but was not begun after `since`; else the one that was let go first; -1 where all are held."""
    found, first = -1, 0
    for voice in range(load(row + R_VOICE_COUNT)):
        place = voice_at(row, side, voice)
        if load_float32(place + V_NOTE) == note and load(place + V_BEGUN) != 0 and load(place + V_BEGUN) <= since:
            if load(place + V_SERIAL) >> SERIAL_PLACE == serial >> SERIAL_PLACE:
                return voice
        if load(place + V_IS_HELD) == 0 and (found < 0 or load(place + V_LET_GO) < first):
            found, first = voice, load(place + V_LET_GO)
    return found


def stolen_voice(row, side, since, by_level, young):
    """The voice that is given up for a new note: the one that was begun first, or is quietest, of equals the older; -1 where all were begun after `since`.

    How loud a voice will be that opened after the frame `young` its level cannot say yet, so by level it is given up only where all others are as young.
    """
    found, least = -1, float32(0.0)
    for voice in range(load(row + R_VOICE_COUNT)):
        place = voice_at(row, side, voice)
        if load(place + V_BEGUN) > since:
            continue
        level = float32(0.0)
        if by_level:
            level = load_float32(value_of(row, side, voice, LEVEL)) if load(place + V_OPENED) <= young else float32(inf)
        if found < 0 or level < least or level == least and load(place + V_BEGUN) < load(voice_at(row, side, found) + V_BEGUN):
            found, least = voice, level
    return found


def play(program, row, side, note, extra, frame, rate, waited):
    """A note in the log: begins with a velocity, or is let go; all of that note, or the one with its serial; where that `waited`, none that a sequencer began."""
    serial, velocity = extra >> SERIAL_SHIFT, extra & FULL_VELOCITY
    if velocity == 0:
        end_note(program, row, side, note, serial, waited)
        return
    table = side + load(row + R_VOICES)
    before = load(table + V_HELD)
    pile(table, note, serial, velocity / FULL_VELOCITY)
    mode, steal, since = setting(program, row, side, MODE), setting(program, row, side, STEAL), load(table + V_COUNT)
    unison = min(max(setting(program, row, side, UNISON), 1), load(row + R_VOICE_COUNT))
    for i in range(unison):
        offset = 2.0 * i / (unison - 1) - 1.0 if unison > 1 else 0.0
        voice = i
        if mode == POLY:
            voice = free_voice(row, side, note, serial, since)
            if voice < 0 and steal != NOBODY:
                voice = stolen_voice(row, side, since, steal == QUIETEST, frame - rate // SHOWS)
        if voice >= 0:
            fresh = mode != LEGATO or before == 0
            begin(row, side, voice, note, serial, velocity / FULL_VELOCITY, offset, fresh)
            is_open = fresh and load_float32(value_of(row, side, voice, BEFORE)) > 0.0         # then it closes for this frame
            store(voice_at(row, side, voice) + V_OPENED, frame + (2 if is_open else 1))


def opened(row, side, note, extra):
    """The last frame in which a held voice of commands opened its gate, of those that the end of a note lets go; -1 where there is none."""
    found = 0
    for voice in range(load(row + R_VOICE_COUNT)):
        place = voice_at(row, side, voice)
        if load(place + V_IS_HELD) != 0 and load(place + V_SERIAL) < SEQUENCED:
            if is_meant(load_float32(place + V_NOTE), load(place + V_SERIAL), note, extra >> SERIAL_SHIFT, False):
                found = max(found, load(place + V_OPENED))
    return found - 1


def express(row, side, note, extra):
    """A note in the log is bent, pressed or moved in timbre: all voices that have it, those too that are dying away, and what may be gone back to."""
    which = OWN_BEND + (extra >> EXPRESSION_SHIFT)
    amount, table = ((extra & 0xFFFF_FFFF) - EXPRESSION_ZERO) / EXPRESSION_ONE, side + load(row + R_VOICES)
    for i in range(load(table + V_HELD)):
        place = held_at(table, i)
        if which <= OWN_TIMBRE and load_float32(place + H_NOTE) == note:
            store_float32(place + H_OWN + 4 * (which - OWN_BEND), amount)
    for voice in range(load(row + R_VOICE_COUNT)):
        place = voice_at(row, side, voice)
        if which <= OWN_TIMBRE and load(place + V_BEGUN) != 0 and load_float32(place + V_NOTE) == note:
            store_float32(value_of(row, side, voice, which), amount)


def held_at(table, i):
    return table + V_PILE + i * HELD_BYTES


def pile(table, note, serial, velocity):
    """Remembers a held note; of too many the first is forgotten."""
    held = load(table + V_HELD)
    if held == HELD_NOTES:
        held -= 1
        for i in range(held):
            copy(held_at(table, i), held_at(table, i + 1), HELD_BYTES)
    place = held_at(table, held)
    store_float32(place + H_NOTE, note)
    store(place + H_SERIAL, serial)
    store_float32(place + H_VELOCITY, velocity)
    for i in range(OWN_TIMBRE + 1 - OWN_BEND):
        store_float32(place + H_OWN + 4 * i, 0.0)
    store(table + V_HELD, held + 1)


def unpile(table, note, serial, waited):
    """Forgets the held notes that are let go."""
    kept = 0
    for i in range(load(table + V_HELD)):
        place = held_at(table, i)
        if not is_meant(load_float32(place + H_NOTE), load(place + H_SERIAL), note, serial, waited):
            if kept < i:
                copy(held_at(table, kept), place, HELD_BYTES)
            kept += 1
    store(table + V_HELD, kept)


def is_meant(note, serial, wanted, wanted_serial, waited):
    if wanted_serial != 0:
        return serial == wanted_serial
    return note == wanted and not (waited and serial >= SEQUENCED)


def end_note(program, row, side, note, serial, waited):
    """Lets a note go; a mono voice goes back to the note that was held before it."""
    table = side + load(row + R_VOICES)
    unpile(table, note, serial, waited)
    held, mono = load(table + V_HELD), setting(program, row, side, MODE) != POLY
    for voice in range(load(row + R_VOICE_COUNT)):
        place = voice_at(row, side, voice)
        if load(place + V_IS_HELD) != 0 and is_meant(load_float32(place + V_NOTE), load(place + V_SERIAL), note, serial, waited):
            if mono and held > 0:
                go_back(row, side, voice, held_at(table, held - 1))
            else:
                let_go(row, side, voice)


def go_back(row, side, voice, held):
    """A voice plays the note of a place in the pile again, as its finger has moved it."""
    offset = load_float32(value_of(row, side, voice, OFFSET))
    begin(row, side, voice, load_float32(held + H_NOTE), load(held + H_SERIAL), load_float32(held + H_VELOCITY), offset, False)
    for i in range(OWN_TIMBRE + 1 - OWN_BEND):
        store_float32(value_of(row, side, voice, OWN_BEND + i), load_float32(held + H_OWN + 4 * i))


def end_all(row, side):
    """Lets every note go."""
    store(side + load(row + R_VOICES) + V_HELD, 0)
    for voice in range(load(row + R_VOICE_COUNT)):
        if load(voice_at(row, side, voice) + V_IS_HELD) != 0:
            let_go(row, side, voice)
        store_float32(value_of(row, side, voice, HELD), 0.0)


def rest_beyond(row, side):
    """Lanes of a plane that are no voices, or no more, are held by nobody."""
    lanes, group = load(row + R_LANES), load(row + R_KEY) % PLANES
    for lane in range(lanes):
        if group * lanes + lane >= load(row + R_VOICE_COUNT):
            store_float32(side + load(row + R_STATE) + 4 * (HELD * lanes + lane), 0.0)


def take_voices_over(row, side, old_row, old_side):
    """The voices of a module that stays go on, as many as there are still."""
    if load(row + R_VOICES) != 0 and load(old_row + R_VOICES) != 0:
        count = min(load(row + R_VOICE_COUNT), load(old_row + R_VOICE_COUNT))
        copy(side + load(row + R_VOICES), old_side + load(old_row + R_VOICES), VOICES_AT + VOICE_BYTES * count)
