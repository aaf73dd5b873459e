"""Musical time as flat words: the tempo, the sequencers and what is still to end, which stand in the state; and scores, which control
writes once and the replicas read.

A score is a header, its rows in the order of their onsets, and the text that it was made from. Times are in beats, quarter notes, as float64.
"""
from chronus import limits

NEVER = 1e300                               # a beat that does not come
LAST_FRAME = 1 << 62

# what musical time is, in the state behind the arena's header: the next frame at which anything happens (0: look again), the frame that is
# being played, how many notes the sequencers began, how much is still to end, how many changes of tempo or signature wait
TIME_HEADER = 128
(Q_NEXT, Q_NOW, Q_SERIAL, Q_ENDS, Q_CHANGES) = (8 * i for i in range(5))
# the command that is due now; where the bars of this signature begin, and how many beats each has; how many sequencers were asked at this frame;
# how many bars were before those of this signature
(Q_KIND, Q_TARGET, Q_VALUE, Q_EXTRA, Q_BAR_AT, Q_BAR, Q_ASKED, Q_BARS) = (40 + 8 * i for i in range(8))

# a clock: a frame and its beat (float64), the tempo there in beats a minute, the tempo that it goes to, and in how many frames
CLOCK_BYTES = 64
T_FRAME, T_BEAT, T_BPM, T_GOAL, T_RAMP = (8 * i for i in range(5))

# a change that waits for its beat: of the tempo, with the length of its ramp in frames, or of the signature
CHANGE_BYTES, CHANGE_ROWS = 32, limits.TEMPO_CHANGES + limits.NEXT_CHANGES
C_BEAT, C_KIND, C_VALUE, C_RAMP = (8 * i for i in range(4))

# a sequencer: its key (0: none), its score (-1: none), whether it runs, when it starts, stops and begins anew,
# the beat of its beginning, the pass, the next row and its beat, the next frame at which anything happens, whether it has a clock of its own;
# for an arpeggio how many notes it has, how many of them are held by fingers, how many steps it took, how much of a chord is played; behind its
# clock the beat at which it stopped, whether the song was put elsewhere since, and whether it goes on when it starts; before it whether it is to be
# deleted, and whether it was running when all were stopped
SEQUENCER_BYTES = 576
(S_KEY, S_SCORE, S_RUNS, S_START_AT, S_STOP_AT, S_RESET_AT, S_ORIGIN, S_PASS, S_ROW, S_ONSET, S_FRAME, S_OWN, S_NOTES,
 S_FINGERS, S_STEPS, S_PART, S_DELETED, S_HALTED) = (8 * i for i in range(18))
S_CLOCK = 160
S_STOPPED, S_MOVED, S_GOES_ON = 224, 232, 240
S_HELD, HELD_BYTES = 256, 16                # of an arpeggio, in the order in which they were played: note (float32), velocity, whether it is held by a finger
N_NOTE, N_VELOCITY, N_FINGER = 0, 4, 8
# the scores that come, the next one first: each its place (-1: none) and when
S_COMING, S_COMING_AT, COMING_BYTES = 512, 520, 16

# what is still to end: its beat and frame, the sequencer whose clock that is, and the command
END_BYTES = 48
E_BEAT, E_FRAME, E_CLOCK, E_KIND, E_TARGET, E_EXTRA = (8 * i for i in range(6))

CLOCK_AT = TIME_HEADER
CHANGES_AT = CLOCK_AT + CLOCK_BYTES
SEQUENCERS_AT = CHANGES_AT + CHANGE_ROWS * CHANGE_BYTES
ENDS_AT = SEQUENCERS_AT + limits.SEQUENCERS * SEQUENCER_BYTES
TIME_BYTES = ENDS_AT + limits.SEQUENCED_ENDS * END_BYTES

# a score: how many rows, how many beats a pass has, whether there is only one, the seed of its chance, how its arpeggio goes, over how many
# octaves, whether it keeps notes that were let go, whether it starts and stops others; its text, its number, and the log entry that brought it in; the
# checksum of all but the first and these two
SCORE_MAGIC, SCORE_HEADER = 0x5343524F, 128
(W_MAGIC, W_ROWS, W_LENGTH, W_ONCE, W_SEED, W_MODE, W_OCTAVES, W_LATCH, W_LEADS, W_TEXT_BYTES, W_SERIAL, W_ENTRY,
 W_CHECK) = (8 * i for i in range(13))
SCORE_TEXT = SCORE_HEADER + limits.SCORE_ROWS * 64
SCORE_BYTES = SCORE_TEXT + limits.SCORE_TEXT_BYTES

# a row: when, what, on which module or knob, a value or note, a velocity (0 to 65535) and the number of its chance, how many beats it lasts,
# the part of its chance in which it is played, in 2**-30 from and until, in which of how many passes, and, from its bit ROW_PLACE on, where
# between left and right
ROW_BYTES = 64
(V_ONSET, V_KIND, V_TARGET, V_VALUE, V_EXTRA, V_LENGTH, V_CHANCE, V_EVERY) = (8 * i for i in range(8))
ROW_NOTE, ROW_GATE, ROW_SET, ROW_GLIDE, ROW_ARPEGGIO, ROW_START, ROW_STOP = range(1, 8)
CHANCES = 1 << 30
# an `extra`: of a note its serial, with its place in that, then its velocity (0 lets it go); of a row the number of its chance, then its velocity
FULL_VELOCITY, SERIAL_SHIFT = 0xFFFF, 16
PASSES, TURN_SHIFT = 0xFFFF, 16             # V_EVERY: in which pass, then of how many
# a note's place between left, -1, and right, 1: as a whole number of 14 bits, -WIDE to WIDE, in a row from one bit on, in a note's serial from another
WIDE, WIDE_MASK, ROW_PLACE, SERIAL_PLACE = 8_191, 0x3FFF, 32, 33
UP, DOWN, UP_DOWN, AS_PLAYED, RANDOM, CHORD = range(6)

# where a change takes effect: what, and from the bit PLACE_BITS on how many more of these
NOW, BEAT, BAR, LOOP, NEAREST = range(5)
PLACE_BITS, PLACE = 3, 7
START, STOP, RESET, DELETE, OWN_TEMPO, CONTINUE = range(6)            # what a TRANSPORT entry asks for
A_TEMPO, A_BEAT = range(2)                                  # the target of a TEMPO entry: what it sets


def is_area(area: int) -> bool:
    """Whether a number can be that of a score's place."""
    return 0 <= area < limits.SCORES
