"""Every bound of the system, in one place: what is not here is not allowed to grow."""

# time and blocks
RATES = (44_100, 48_000, 88_200, 96_000)
MIN_BLOCK, MAX_BLOCK = 16, 1024          # frames
MIN_LEAD, MAX_LEAD = 2, 64               # blocks that a replica may run ahead of the device
DEFAULT_LEAD = 4
LEAD_WITHOUT_REALTIME = 32               # 43 ms at 64 frames and 48 kHz: an ordinary scheduler may hold a process back that long

# rings in shared memory
AUDIO_RING_BLOCKS = 128                  # per slot; more than MAX_LEAD, so that a block stays readable while it may be chosen
CUT_RING_BLOCKS = 65_536                 # 87 s at 64 frames: control may be away that long and still learn where a command was applied
TAP_RING_BLOCKS = 16_384                 # 21 s: what a recorder that was killed and restarted can still catch up on
LOG_RING_ENTRIES = 65_536                # commands kept for joining replicas and for a control that comes back
ENTRIES_PER_BLOCK = 4_096                # one block reads no more than this; the rest waits for the next
SCHEDULE_ENTRIES = 4_096                 # commands that wait for a frame of their own
LATER_ENTRIES = 256                      # and those that came in the frame in which their gate was turned already
EVENT_RING_ENTRIES = 1_024               # what happened to the processes, for status and /notify
LOAD_RING_BLOCKS = 1_024                 # render times kept per slot, for mean and p99
PERFORMED_ENTRIES = 2_048                # notes, gates and moves of notes kept per slot for who plays along outside: 1.4 s of 64 sequencers in sixteenths at 174 BPM
SNAPSHOT_BLOCKS = 64                     # a replica saves its state this often, or more: 85 ms of log to replay at most, twice that across slots

# patches
MODULES = 512
CABLES = 2_048
STAGED_EDITS = 4_096                     # edits that one client has made and not committed
STAGED_SECONDS = 600                     # when limits.CLIENTS have edits staged, those left alone for so long make room
PATCH_FILE_BYTES = 4 << 20
PATCH_FILE_MARKS = 1 << 17                # quotes, commas and brackets of a patch file; the largest patch has 88,000
PATCH_FILE_COMMAS = 1 << 15               # the largest patch has 24,000
PATCH_FILE_BRACKETS = 8_192              # the largest patch has 6,200
PATCH_FILE_DEPTH = 16                    # brackets in each other; a patch has 4
ABOUT_CHARACTERS = 400                   # what a patch says about itself
LIBRARY_PATCHES = 4_096                  # files of one's own that are listed
HISTORY_COMMITS = 100                    # commits that can be undone
HISTORY_BYTES = 2 << 20                  # and the room that they take as JSON; the oldest go first
LANES = (1, 2, 4, 8, 16)
WIDEST = max(LANES)
STRIPS = 64                              # channel strips of one patch: the solos of all are the bits of one word
PORTS = 32                               # inlets, parameters or outlets of one module
STATES = 64                              # state values of one module
FUSED_MODULES = 12                       # of a voice in one kernel
STATES_IN_PAIRS = 5                      # behind the notes of a voice of which a kernel plays some groups
FASTER_FILES = 2_048                     # kernels of voices, and for knobs that stand still, in the cache: some 40 MiB; those not used for longest go first
SIDE_BYTES = 4 << 20                     # state and cables of one patch; a slot has room for two, while one takes over from the other
LINE_BYTES = 64 << 20                    # the rings of the delay lines of one patch; of these, too, a slot has room for two
LINE_SECONDS = 10.0                      # the longest delay line of a module
SHORT_LINE_BYTES = 4 << 10               # a ring up to this size is ordinary state, saved and carried over with the rest
LONGEST_KEPT_BLOCKS = 192                # of a delay line beyond its length, where the lead is long; in sessions whose journal says nothing of it, too
LINE_SLICE_BYTES = 256 << 10             # what a commit copies of them in one block: 3 % of a block of 64 frames
ARENA_BYTES = (8 << 20) + (1 << 18)      # one slot: both sides, and what is the machine's own
PROGRAM_WORDS = 1 << 18                  # a compiled patch, and its source: 2 MiB
PROGRAM_AREAS = 16                       # compiled patches kept: those that play, and those that a joining replica might have to play again
KERNELS = 2 * (MODULES + 3)              # of one patch: an ordinary and a faster one of each module, and of the three that every patch has
TABLES = 64                              # different tables of one patch
TABLE_BYTES = 64 << 20                   # all of them together: 174 s in stereo at 48 kHz
TABLES_KEPT_BYTES = 256 << 20            # of all patches that a replica might have to play again; a commit waits where there would be more
TABLE_CACHE_BYTES = 2 << 30              # tables made of files, kept on the disk; those not used for longest go first
RESPONSE_FRAMES = 16_384                 # of an impulse response: 0.34 s at 48 kHz; half of that takes a tenth of a core
WAVES = 256                              # cycles of one wavetable
SAMPLE_FILE_BYTES = 256 << 20            # a file that a table is made of
LIBRARY_SAMPLES = 4_096                  # files of samples that are listed
DECODE_SECONDS = 20.0                    # all tables of a commit may be made this long; three minutes of FLAC take 0.4 s
DECODE_MEMORY_BYTES = 2 << 30
VERDICTS = 4_096                         # faults of modules on record; control empties the older half

# musical time
SEQUENCERS = 64                          # sequencers, arpeggios and songs of one session
SCORES = 384                             # what they play and will play, written by control: all of it, and 64 that a snapshot may still need
SCORE_ROWS = 2_048                       # events of one pass
SCORE_TEXT_BYTES = 16 << 10              # what a score was made from
SEQUENCED_ENDS = 512                     # notes of sequencers that sound at once and are still to end
TEMPO_CHANGES = 64                       # that wait for a beat or a bar behind the next
NEXT_CHANGES = 4                         # that have room besides them: of tempo now, at the next beat and at the next bar, and of the signature
SCORE_CHANGES = 4                        # of one sequencer, that wait for their beat
EVENTS_AT_ONCE = 1_024                   # of sequencers, at one frame; the rest comes a frame later
HELD_NOTES = 16                          # of one arpeggio
TEMPOS = (10.0, 1_000.0)                 # beats a minute
BEATS_PER_BAR = (0.25, 64.0)
BEATS = (-1e6, 1e6)                      # numbers that a beat can be given
BEAT_SECONDS = 60.0                      # how long ago, or ahead, the moment of such a beat may be
SHORTEST_PASS, LONGEST_PASS = 1 / 64, 65_536.0   # beats

# doors
DATAGRAM_BYTES = 8_192
OSC_ADDRESS_BYTES = 256
OSC_STRING_BYTES = 1_024
OSC_ARGUMENTS = 64
OSC_MESSAGES = 256                       # in one bundle, nested ones included
OSC_NESTING = 4
CLIENTS = 64                             # senders remembered; the longest silent one is forgotten first
CLIENT_QUEUE = 32_768                    # messages of one sender that may wait
INBOX_BYTES = 8 << 20                    # datagrams that have arrived and were not looked at yet
AHEAD_SECONDS = 3_600                    # the furthest future a time tag may name

# music
MUSIC_NAME = 40                          # characters of the name of a scale, a chord, an interval or a tuning
CHORD_NOTES = 8                          # of a chord that is led to another: a thirteenth with a foreign bass; 8 in 8 voices take 10 ms
PROGRESSION_CHORDS = 256
SCALE_FILE_BYTES = 256 << 10             # a Scala file, .scl or .kbm
SCALE_NOTES = 4_096                      # notes of a tuning, and keys of a keyboard mapping

# MIDI
MIDI_PORTS = 16                          # cables at once
MIDI_READ_BYTES = 1_024                  # of one cable before the others have their turn
MIDI_HELD = 256                          # notes that sound at once because keys are down; further keys are left out
MIDI_WINDOW = 256                        # commands of the door that control has not answered; while there are so many, cables are not read
MIDI_THIN_MS = 5                         # a knob that moves is told at most this often: it takes that long to arrive anyway
MIDI_ZONES = 64                          # splits of keyboards
MIDI_KNOBS = 256                         # controllers that turn something
MIDI_OUTS = 64                           # what plays outside, too; and channels of ports on which something sounds because of it
MIDI_LATE_MS = 100                       # a note that should have gone out so long ago is left out
MIDI_NAME = 48                           # characters of the name of a port
MIDI_FILE_BYTES = 2 << 20              # 700,000 notes, ten seconds of reading

# people
NAME_PATTERN = "[a-z0-9][a-z0-9_-]{0,63}"

# patterns
PATTERN_CHARACTERS = OSC_STRING_BYTES    # what one string of OSC can carry
PATTERN_DEPTH = 24                       # brackets in each other
PATTERN_LAYERS = 96                      # patterns and functions around one event; each is up to four calls of Python's 1,000
PATTERN_STEPS = 1_024                    # of one sequence, and the largest number of ply, stutter, euclid
PATTERN_NUMBER = 1_000_000               # the largest number, and one over the smallest
PATTERN_EVENTS = 1_024                   # onsets in one cycle
PATTERN_CYCLES = 64                      # what is looped of a pattern that does not repeat sooner
PATTERN_WORK = 1 << 14                   # patterns made and events looked at, in all layers, for a text or for one cycle: 0.4 s
PATTERN_LOOP_WORK = 1 << 16              # the same for all the cycles that are looped: 0.5 s

# life and death
HEARTBEAT_MS = 200                       # how often the processes look whether somebody is still in charge
ORPHAN_SECONDS = 20.0                    # an engine without a supervisor plays on this long, then ends itself
RESTARTS_PER_MINUTE = 300                # of one role; beyond that it rests before each, and the status says so
REST_SECONDS = 10.0                      # at most
FAULTS_IN_A_ROW = 6                      # replicas that modules of one patch ended within 30 s; then the patch before plays, then none
EVENT_BYTES = 128

# own modules
OWN_MODULES = 128                        # files in the folder of own modules
MODULE_FILE_BYTES = 64 << 10
MODULE_NAME = 32                         # characters of the name of an own module
BUILD_SECONDS = 60.0                     # one module may be compiled and proved this long; an ordinary one takes 7 s on one core
BUILD_CPU_SECONDS = 50
BUILD_MEMORY_BYTES = 4 << 30             # address space of the process that builds; NumPy, Numba and LLVM map 1 GiB by themselves
BUILD_FILE_BYTES = 8 << 20               # one file that it writes; a kernel's object file has 10 KiB
BUILD_REPORT_BYTES = 1 << 20             # what it says


def kept_blocks(lead):
    """How much longer than its line the ring of a delay line is, in blocks, in a session that begins with so many blocks of lead: so long can it be read as it
    was when a snapshot was saved, the second newest, too.
    """
    return 64 if lead <= 8 else 112 if lead <= LEAD_WITHOUT_REALTIME else LONGEST_KEPT_BLOCKS


def snapshot_blocks(kept):
    """How often a replica saves its state, in blocks, where rings are longer by so many: so that of the last snapshots of both one was played when a session ends."""
    return 16 if kept < 112 else 32 if kept < LONGEST_KEPT_BLOCKS else SNAPSHOT_BLOCKS
