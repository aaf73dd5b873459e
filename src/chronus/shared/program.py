"""A compiled patch as flat words: what the patch compiler writes and the replica runs.

A program is a header, a list of operations in order, a list of operations for the end of a block, a row for each module, the keys of the
knobs, the image of the state at rest, the image of the kernels' contexts, and the places in them that hold addresses.

A slot's arena is   machine header | musical time | schedule | side 0 | side 1   and a side, which one program fills, is

    knobs | constants | module rows | module state | feedback || cables | contexts

Offsets of a program's memory are bytes from the beginning of its side. All before the double line is state: what a snapshot holds.
The rings of delay lines are elsewhere (`replica.lines`); tables are in each process's own memory (`replica.arena`).
"""
import struct
from hashlib import blake2b

from chronus.limits import LATER_ENTRIES, MAX_BLOCK, SCHEDULE_ENTRIES, SIDE_BYTES
from chronus.shared.score import TIME_BYTES

PROGRAM_MAGIC = 0x50415444

(P_MAGIC, P_SIZE, P_OPERATIONS, P_OPERATION_COUNT, P_END, P_END_COUNT, P_STATE, P_STATE_BYTES, P_CONTEXTS, P_CONTEXT_WORDS, P_CONTEXT_AT,
 P_RELOCATIONS, P_RELOCATION_COUNT, P_KERNELS, P_KERNEL_COUNT, P_KNOBS, P_KNOB_COUNT, P_KEYS, P_OUT, P_SIDE_BYTES, P_HASH, P_MODULES,
 P_MODULE_COUNT, P_KNOB_KEYS, P_SOURCE, P_SOURCE_BYTES, P_LINES, P_LINE_COUNT, P_LINE_BYTES, P_TABLES, P_TABLE_COUNT, P_TABLE_USES,
 P_TABLE_USE_COUNT, P_CALM) = (8 * i for i in range(34))
PROGRAM_HEADER = 40 * 8

# an operation: nine words, the last the number of the next one, which P_CALM begins with, while no knob moves: those that bring a knob alone are left out
OPERATION_BYTES = 72
O_KIND, O_MODULE, O_A, O_B, O_C, O_D, O_E, O_F, O_NEXT = (8 * i for i in range(9))
# KERNEL: A kernel's index, B its context, C the module's row, D the index of its kernel for inputs that stand still (0: none), E their bits.
# GATHER: A lanes, B target, C knob (0: none), D cables, E how many, F the input's place in a context. ADD: the same, C the place of an input that
# was gathered, to which the cables are added. LEND: A the place of an input that was gathered, B that of one that reads it too. COPY: A bytes,
# B target, C source, D the key of the outlet. SOLO: A strips, D the places of their solo knobs, then a row for each of E outlets. FUSED: B how many operations behind it it
# stands for, C the row of the last module, D what it needs. TOTAL: A where the planes of an outlet are, B where what they come to is, C groups,
# D sides, E the bytes of a plane, F those from what the groups up to one come to to the next (0: it grows where it is).
# BEATS: A lanes, then where a tick, its part and the length of a beat go (0: nobody hears it). REST: A how many operations behind it are left out while the
# knob at B stands at 0 and so does C, a float32 in the state.
KERNEL, GATHER, COPY, ADD, LEND, SOLO, FUSED, BEATS, TOTAL, REST = range(1, 11)
# what fused kernels need: how many groups of voices, calls, knobs that must stand still, and modules that must play; then of each call the kernel's
# index, the context, and how many groups it plays, and the places of the knobs and modules
F_GROUPS, F_CALLS, F_KNOBS, F_ROWS, F_LISTS = 0, 8, 16, 24, 32
CALL_BYTES = 24
C_KERNEL, C_CONTEXT, C_GROUPS = 0, 8, 16
# an outlet of a strip: whose solo lets it be heard, a bit for each strip; where it says so, in 16 lanes; the knob that makes it safe (0: none)
SOLO_ROW_BYTES = 24
SR_OPENED_BY, SR_HEARD, SR_SAFE = 0, 8, 16
# a cable, as a GATHER reads it: source, lanes of a frame there, amount (float32), and how they come to the lanes of its target: each to its
# own, the first to all, their sum to all, or to the even or the odd ones; above HEARD_SHIFT how many of the lanes are in the sum, 0 for all
CABLE_BYTES = 32
CABLE_SOURCE, CABLE_LANES, CABLE_AMOUNT, CABLE_MODE = 0, 8, 16, 24
EACH, SPREAD, FOLD, FOLD_LEFT, FOLD_RIGHT = range(5)
HEARD_SHIFT, MODE_MASK = 8, 0xFF

# a module's row in the program, one for each plane of voices: who it is (keys; the plane is added to the first), what of its state can be taken over, and where its things are
MODULE_BYTES = 24 * 8
(R_KEY, R_TYPE, R_BUILD, R_STATE_KIND, R_LANES, R_STATES, R_STATE, R_STATE_BYTES, R_LIVE, R_LIVE_BYTES, R_KNOB, R_KNOB_COUNT, R_OUTLETS,
 R_OUTLETS_AT, R_INPUTS_AT, R_BYPASS, R_CEILING, R_LINES, R_LINE_COUNT, R_VOICES, R_VOICE_COUNT,
 R_USED, R_OF_VOICES, R_WIDTH) = (8 * i for i in range(24))

# a delay line in the program: its word in the contexts, its ring in the memory for lines, the ring's frames and the bytes of one, its state, and the
# bytes of a frame that lie together
LINE_ROW_BYTES = 6 * 8
LN_CONTEXT, LN_RING, LN_FRAMES, LN_FRAME_BYTES, LN_STATE, LN_TOGETHER = (8 * i for i in range(6))

# a breadcrumb is block * 2**16 + side * 2**15 + operation, operation 0 meaning none
CRUMB_OPERATIONS, CRUMB_SIDE = 1 << 16, 1 << 15

# a module's row in the state: how it is, then for each outlet, in 16 lanes, the last frame and the one that a fade began from
(L_STATUS, L_OFFENCES, L_LEFT, L_DRY, L_WET, L_REASON) = (4 * i for i in range(6))
L_BLOCK, L_FRAMES, FRAME_BYTES = 24, 64, 64
PLAYING, RETURNING, BYPASSED, QUARANTINED = range(4)
# why a module was bypassed; below 100 it is the number of the signal that its crash raised
LOOP_REASON, NUMBER_REASON = 200, 201

# a knob's key in the program: key, index; in the order of the keys
KEY_BYTES = 16

MASTER = "~master"                          # the module that all goes through that is heard

# arena header
(A_BLOCK, A_APPLIED, A_SCHEDULED, A_REFUSED, A_SIDE, A_AREA_0, A_AREA_1, A_FADE, A_PROBATION, A_COMMITS, A_ROLLBACKS, A_ROLLED_MODULE,
 A_ROLLED_REASON, A_JUDGED, A_DECLICK, A_JUMP, A_OFFSET, A_LAST, A_FAILED, A_COMING, A_COMING_SINCE, A_COMING_BYTES,
 A_COMING_PROBATION, A_PERFORMED, A_LATER) = (8 * i for i in range(25))
ARENA_HEADER = 256
TIME = ARENA_HEADER                         # `score`
SCHEDULE = TIME + TIME_BYTES
SCHEDULED_BYTES = 40                        # a command that waits for its frame
SC_FRAME, SC_KIND, SC_TARGET, SC_VALUE, SC_EXTRA = 0, 8, 16, 24, 32
OUT = SCHEDULE + (SCHEDULE_ENTRIES + LATER_ENTRIES) * SCHEDULED_BYTES
SIDES = OUT + 8 * MAX_BLOCK

# a knob: where it is, where it goes, by how much a frame, for how many frames yet, how long a glide takes; whether a commit turns it, and to
# what; of a gate one more than the frame in which it was opened or closed last; then its value in 16 lanes
KNOB_BYTES = 128
K_CURRENT, K_TARGET, K_STEP, K_REMAINING, K_GLIDE, K_IS_GATE, K_TURNED, K_ASKED, K_MOVED, K_LANES = 0, 4, 8, 12, 16, 20, 24, 28, 32, 64
KNOB_LANES = 16

# the voices of a module that plays notes, in the state: a count of what happened and the notes held for a mono one, then of each voice its
# note (float64), its serial, whether it is held, when it was begun and let go, as that count (0: never), and one more than the frame in which its
# gate opened when it was struck last
V_COUNT, V_HELD, V_PILE = 0, 8, 16
HELD_NOTES, HELD_BYTES = 32, 32
H_NOTE, H_SERIAL, H_VELOCITY, H_OWN = 0, 8, 16, 20         # the last: its bend, pressure and timbre
VOICES_AT = V_PILE + HELD_NOTES * HELD_BYTES
VOICE_BYTES = 48
V_NOTE, V_SERIAL, V_IS_HELD, V_BEGUN, V_LET_GO, V_OPENED = (8 * i for i in range(6))

# a table in the program is its digest, as text; a use of it a word in the contexts and the table's number
TABLE_NAME_BYTES, TABLE_USE_BYTES = 32, 16

KERNEL_NAME_BYTES = 256                     # module type, a blank, lanes; and, for a user's module, a blank and the object file


PLANES = 8                                  # a key is a multiple of it, so that the planes of a module have keys, too
GROUPS = PLANES // 2                        # of up to sixteen voices, each on one side or on two


def key_of(*names: str) -> int:
    """The number, a multiple of 8 below 2**62, that stands for a name in native code: a module's id, a module and a parameter, a type."""
    return (int.from_bytes(blake2b("/".join(names).encode(), digest_size=8).digest(), "little") >> 2) & -PLANES


def side_offset(side: int) -> int:
    """Where a side begins in the arena."""
    return SIDES + side * SIDE_BYTES


def amount_word(amount: float) -> int:
    """The word that has an amount, as a float32, in its lower half: what `CABLE_AMOUNT` and a fused kernel read."""
    return struct.unpack("<q", struct.pack("<fi", amount, 0))[0]


def float_of(bits: int) -> float:
    """The float32 number that has these bits."""
    return struct.unpack("<f", struct.pack("<i", bits))[0]
