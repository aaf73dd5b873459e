"""Where everything stands in the shared memory: the one place that knows.

Words are signed 64-bit, little-endian. A word that one process writes often has a cache line (64 bytes) to itself.
Offsets of what depends on the block size are words of the header, so native code reads them there.
"""
from dataclasses import dataclass

from chronus import limits
from chronus.shared.score import SCORE_BYTES

MAGIC, VERSION = 0x4348524F4E5553, 12
CHANNELS = 2
LINE, PAGE = 64, 4096
LARGEST_PAGE = 1 << 16                  # of any Linux: 16 KiB is usual on a Raspberry Pi 5, 64 KiB on servers

# header: written once, before any other process exists, but for the lead, which a card may make longer
(H_MAGIC, H_VERSION, H_SIZE, H_RATE, H_BLOCK, H_LEAD, H_SEED, H_AUDIO, H_AUDIO_STRIDE, H_TAP, H_TAP_STRIDE, H_CUT, H_LOG, H_SNAPSHOT,
 H_PROGRAM, H_ARENA, H_EVENTS, H_LOAD, H_REALTIME, H_OSC_PORT, H_LINES, H_SCORES, H_PERFORMED, H_LINE_KEPT) = (8 * i for i in range(24))
TEXTS = 512                     # header texts: session folder, device in use, device asked for
SESSION_TEXT, DEVICE_TEXT, DEVICE_WANTED = (TEXTS + 1024 * i for i in range(3))
TEXT_BYTES = 1024

# device, lines of their own
LIVE = PAGE
(PLAYED, WAKE, CHOSEN, UNDERRUNS, SWITCHES, TICK_NS, STOP, LEADER, LOG_HEAD, CONCEALING, BAD_CHECKSUMS, REDUNDANT, DISAGREEMENTS,
 EVENT_HEAD, DECIDED, SUPERVISOR_BEAT, STOP_REQUEST, XRUN_HEAD, BAD_ENTRIES, JOURNALED, CARRY_FILLED, CARRY_READ, READY, LOAD_REQUEST,
 VERDICT_HEAD, VERDICTS_TOLD) = (LIVE + LINE * i for i in range(26))

# frames that a card took in one turn; of one that is too long; how many of these; and who gives the pace: NOBODY, NULL_PACE, or a card, which is
# twice its number, and one more while it is being served
TURN, LONG_TURN, LONG_TURNS, PACE = (TICK_NS + 8 * i for i in range(1, 5))
NOBODY, NULL_PACE = -1, 0

# processes: pid and start time per role
ROLES = ("supervisor", "zygote", "device", "control", "recorder", "replica 0", "replica 1", "rehearsal", "midi")
REPLICA_ROLES = ROLES.index("replica 0")
PROCESSES = 2 * PAGE
PID, STARTED, RESTARTS = 0, 8, 16           # offsets in a role's line

# slots, a page each: what one replica tells the others
SLOTS = 3 * PAGE
SLOT = PAGE
(HEAD, CRUMB, FAULT_BLOCK, FAULT_OPERATION, FAULT_REASON, JOINED_AT, BLOCK_CPU, LOADING, ANSWERED_CPU,
 LAST_CPU) = (LINE * i for i in range(10))
LOADED = 1024                               # of each program area: the serial of the program whose kernels this slot's process has
NOT_FASTER = LOADED + 8 * limits.PROGRAM_AREAS      # and how many of its faster kernels it has not
REHEARSAL_SLOT = 2                          # a page like the replicas' for who tries a patch unheard

# the rehearsal: what control asks for, and what came of it
REHEARSAL = 6 * PAGE
(RH_REQUEST, RH_AREA, RH_DONE, RH_RESULT, RH_MODULE, RH_BOTH_NS, RH_NEW_NS, RH_PEAK, RH_TRIED, RH_SIDE) = (REHEARSAL + LINE * i for i in range(10))
# who rehearses is also the witness when the replicas disagree: about which block, its checksums, and which slot was wrong (-1: neither)
(WITNESS_REQUEST, WITNESS_BLOCK, WITNESS_SUM_0, WITNESS_SUM_1, WITNESS_DONE, WITNESS_LIAR) = (REHEARSAL + LINE * (16 + i) for i in range(6))

# program areas: a line for each
AREAS = 7 * PAGE
# which program it holds (0: none), the log entry that brought it in (-1: not yet), and a serial whose tables nobody needs any more
AREA_SERIAL, AREA_ENTRY, AREA_LET_GO = 0, 8, 16

# recorder
RECORDER = 8 * PAGE
(REC_STATE, REC_FIRST, REC_LAST, REC_WRITTEN, REC_LOST, REC_ERROR, REC_SERIAL, REC_MADE) = (
    RECORDER + LINE * i for i in range(8))
REC_NAME, REC_HASH, REC_REASON = RECORDER + 1024, RECORDER + 1024 + 256, RECORDER + 1024 + 512
REC_TEXT_BYTES = 256
REC_IDLE, REC_RUNNING, REC_FINISHED, REC_FAILED = range(4)

# what clients asked for, kept here so that a control that comes back still knows: who (as an actor, 0: nobody), and flags
CLIENTS, CLIENT_BYTES, CLIENT_FLAGS = 9 * PAGE, 16, 8
ACK, NOTIFY = 1, 2

# the MIDI door: its own OSC port, the number of what goes out next of what is performed, how many notes it came too late for, which ports it was
# told to open, how it is (JSON); and further down, which notes sound because of it, a row each: the key + 1 (0: a free row), and the instrument's
# id; and which keys it let sound outside, a row for each channel of a port: the channel (0: a free row), a bit for each key, and the port's name
MIDI = 10 * PAGE
MIDI_OSC_PORT, MIDI_NEXT, MIDI_LEFT_OUT, MIDI_WANTED, MIDI_STATE = MIDI, MIDI + 8, MIDI + 16, MIDI + LINE, MIDI + LINE + TEXT_BYTES
MIDI_STATE_BYTES = 11 * PAGE - MIDI_STATE
MIDI_KEY, MIDI_ID, MIDI_ID_BYTES, MIDI_HELD_BYTES = 0, 8, 72, 80
MIDI_CHANNEL, MIDI_KEYS, MIDI_PORT, MIDI_PORT_BYTES, MIDI_OUT_BYTES = 0, 8, 24, 200, 224

CARRY = 11 * PAGE                # the rest of a block that a card has not asked for yet
CARRY_BYTES = limits.MAX_BLOCK * CHANNELS * 4
XRUNS = CARRY + 4 * PAGE        # of each underrun: block, time in ns, how far each slot was, who led
XRUN_ENTRIES, XRUN_BYTES = 1024, 40
VERDICT_WORDS = XRUNS + XRUN_ENTRIES * XRUN_BYTES      # faults of modules, a word each; then which module each was about
VERDICT_MODULES = VERDICT_WORDS + 8 * limits.VERDICTS
MIDI_HELD = VERDICT_MODULES + 8 * limits.VERDICTS
MIDI_SOUNDING = MIDI_HELD + limits.MIDI_HELD * MIDI_HELD_BYTES
FIXED = -(-(MIDI_SOUNDING + limits.MIDI_OUTS * MIDI_OUT_BYTES) // LARGEST_PAGE) * LARGEST_PAGE   # what follows begins a page: pages are brought in by whole ones

# an audio block: number + 1, checksum, samples
BLOCK_NUMBER, BLOCK_CHECKSUM, BLOCK_SAMPLES = 0, 8, 64
# a tapped block: number + 1, time of the callback in ns, samples
TAP_NUMBER, TAP_TIME, TAP_SAMPLES = 0, 8, 64

# a log entry, 64 bytes
ENTRY_BYTES = 64
(E_INDEX, E_FRAME, E_KIND, E_TARGET, E_VALUE, E_ACTOR, E_EXTRA, E_CHECK) = (8 * i for i in range(8))

# what is performed, a part for each slot: how many there were, and on a line each the number + 1 (-1 while it is written), frame, kind, target,
# value, extra, the sequencer that began it, and a checksum
PERFORMED_BYTES = 64
(PF_NUMBER, PF_FRAME, PF_KIND, PF_TARGET, PF_VALUE, PF_EXTRA, PF_SEQUENCER, PF_CHECK) = (8 * i for i in range(8))
PERFORMED_ROWS, PERFORMED_STRIDE = LINE, LINE + limits.PERFORMED_ENTRIES * PERFORMED_BYTES

# a snapshot: two for each slot, one being written while the other is whole
SNAPSHOTS_PER_SLOT = 2
S_BLOCK, S_BYTES, S_APPLIED, S_CHECK = 0, 8, 16, 24
SNAPSHOT_DATA = 64
SNAPSHOT_STRIDE = SNAPSHOT_DATA + limits.ARENA_BYTES

# an event
EVENT_FRAME, EVENT_KIND, EVENT_TEXT = 0, 8, 16


@dataclass(frozen=True)
class Layout:
    """Offsets of everything whose size depends on the block."""

    block: int
    audio: int
    audio_stride: int
    tap: int
    tap_stride: int
    cut: int
    log: int
    snapshot: int
    program: int
    arena: int
    events: int
    load: int
    lines: int
    scores: int
    performed: int
    size: int


def lay_out(block: int) -> Layout:
    """The layout for blocks of `block` frames."""
    samples = -(-block * CHANNELS * 4 // LINE) * LINE
    stride = BLOCK_SAMPLES + samples
    at, places = FIXED, {}
    for name, size in (("audio", 2 * limits.AUDIO_RING_BLOCKS * stride), ("performed", 2 * PERFORMED_STRIDE), ("cut", 8 * limits.CUT_RING_BLOCKS),
                       ("log", ENTRY_BYTES * limits.LOG_RING_ENTRIES), ("snapshot", 2 * SNAPSHOTS_PER_SLOT * SNAPSHOT_STRIDE),
                       ("program", 8 * limits.PROGRAM_WORDS * limits.PROGRAM_AREAS), ("arena", 2 * limits.ARENA_BYTES),
                       ("events", limits.EVENT_BYTES * limits.EVENT_RING_ENTRIES), ("load", 2 * 8 * limits.LOAD_RING_BLOCKS),
                       ("tap", limits.TAP_RING_BLOCKS * stride), ("lines", 2 * 2 * limits.LINE_BYTES),
                       ("scores", limits.SCORES * SCORE_BYTES)):
        places[name] = at
        at += -(-size // LARGEST_PAGE) * LARGEST_PAGE
    return Layout(block=block, audio_stride=stride, tap_stride=stride, size=at, **places)


def slot_word(slot: int, word: int) -> int:
    """Offset of a slot's word."""
    return SLOTS + SLOT * slot + word


def role_line(role: str) -> int:
    """Offset of a role's line in the table of processes."""
    return PROCESSES + LINE * ROLES.index(role)
