"""A compiled patch as flat words: what the patch compiler writes and the replica runs.

A program is a header, a list of operations in order, a list of operations for the end of a block, the image of the state at rest, the image of the
kernels' contexts, and the places in them that hold addresses. Offsets into the arena are bytes; the arena is

    machine header | knobs | constants | module state | feedback | schedule || cables | contexts

and all before the double line is the state: what a snapshot holds.
"""
PROGRAM_MAGIC = 0x50415443

(P_MAGIC, P_SIZE, P_OPERATIONS, P_OPERATION_COUNT, P_END, P_END_COUNT, P_STATE, P_STATE_BYTES, P_CONTEXTS, P_CONTEXT_WORDS, P_CONTEXT_AT,
 P_RELOCATIONS, P_RELOCATION_COUNT, P_KERNELS, P_KERNEL_COUNT, P_KNOBS, P_KNOB_COUNT, P_SCHEDULE, P_OUT, P_ARENA_BYTES, P_HASH) = (
    8 * i for i in range(21))
PROGRAM_HEADER = 32 * 8

# an operation: eight words
OPERATION_BYTES = 64
O_KIND, O_MODULE, O_A, O_B, O_C, O_D, O_E, O_F = (8 * i for i in range(8))
# KERNEL: A kernel's index, B its context. GATHER: A lanes, B target, C knob (0: none), D cables, E how many, F the input's place in a context.
# COPY: A bytes, B target, C source.
KERNEL, GATHER, COPY = 1, 2, 3
# a cable, as a GATHER reads it: source, its lanes, amount (float32)
CABLE_BYTES = 24
CABLE_SOURCE, CABLE_LANES, CABLE_AMOUNT = 0, 8, 16

# arena header
A_BLOCK, A_APPLIED, A_SCHEDULED, A_REFUSED = 0, 8, 16, 24
ARENA_HEADER = 64

# a knob: where it is, where it goes, by how much a frame, for how many frames yet, how long a glide takes; then its value in 16 lanes
KNOB_BYTES = 128
K_CURRENT, K_TARGET, K_STEP, K_REMAINING, K_GLIDE, K_IS_GATE, K_LANES = 0, 4, 8, 12, 16, 20, 64
KNOB_LANES = 16

# a command that waits for its frame
SCHEDULED_BYTES = 32
SC_FRAME, SC_KIND, SC_TARGET, SC_VALUE = 0, 8, 16, 24

KERNEL_NAME_BYTES = 64                      # module type, a blank, lanes
