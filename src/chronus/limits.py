"""Every bound of the system, in one place: what is not here is not allowed to grow."""

# time and blocks
RATES = (44_100, 48_000, 88_200, 96_000)
MIN_BLOCK, MAX_BLOCK = 16, 1024          # frames
MIN_LEAD, MAX_LEAD = 2, 64               # blocks that a replica may run ahead of the device
LEAD_WITHOUT_REALTIME = 32               # 43 ms at 64 frames and 48 kHz: an ordinary scheduler may hold a process back that long

# rings in shared memory
AUDIO_RING_BLOCKS = 128                  # per slot; more than MAX_LEAD, so that a block stays readable while it may be chosen
CUT_RING_BLOCKS = 65_536                 # 87 s at 64 frames: control may be away that long and still learn where a command was applied
TAP_RING_BLOCKS = 16_384                 # 21 s: what a recorder that was killed and restarted can still catch up on
LOG_RING_ENTRIES = 65_536                # commands kept for joining replicas and for a control that comes back
ENTRIES_PER_BLOCK = 4_096                # one block reads no more than this; the rest waits for the next
SCHEDULE_ENTRIES = 4_096                 # commands that wait for a frame of their own
EVENT_RING_ENTRIES = 1_024               # what happened to the processes, for status and /notify
LOAD_RING_BLOCKS = 1_024                 # render times kept per slot, for mean and p99
SNAPSHOT_BLOCKS = 64                     # a replica saves its state this often: 85 ms of log to replay at most, twice that across slots

# patches
MODULES = 512
CABLES = 2_048
PATCH_FILE_BYTES = 4 << 20
LANES = (1, 2, 4, 8, 16)
PORTS = 32                               # inlets, parameters or outlets of one module
STATES = 64                              # state values of one module
ARENA_BYTES = 4 << 20                    # state and cables of one slot
PROGRAM_WORDS = 1 << 17                  # a compiled patch: 1 MiB

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

# people
NAME_PATTERN = "[a-z0-9][a-z0-9_-]{0,63}"

# life and death
HEARTBEAT_MS = 200                       # how often the processes look whether somebody is still in charge
ORPHAN_SECONDS = 20.0                    # an engine without a supervisor plays on this long, then ends itself
RESTARTS_PER_MINUTE = 600                # of one role; beyond that the role rests and the status says so
EVENT_BYTES = 128
