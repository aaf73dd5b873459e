"""What is performed: each note, move of a note, gate and panic, told in shared memory as it is applied, for who plays along outside. Native code.

Both replicas tell the same, a ring each, under numbers that are part of the state: who dies takes nothing along, and who joins tells once more
what it plays once more. A machine that does not play for the device tells nobody.
"""
from chronus.limits import PERFORMED_ENTRIES, SEQUENCERS
from chronus.native.words import load, store, store_float64, store_release
from chronus.replica.sequencer import SEQUENCED
from chronus.replica.sequencer_table import sequencer_at
from chronus.replica.sides import M_ARENA, M_PERFORMED
from chronus.shared.layout import PERFORMED_BYTES, PERFORMED_ROWS, PF_CHECK, PF_EXTRA, PF_FRAME, PF_KIND, PF_NUMBER, PF_SEQUENCER, PF_TARGET, PF_VALUE
from chronus.shared.log import EXPRESS, NOTE, PANIC, SEQUENCED_GATE, SET
from chronus.shared.program import A_PERFORMED, TIME
from chronus.shared.rings import checksum
from chronus.shared.score import FULL_VELOCITY, Q_ASKED, Q_NOW, SERIAL_SHIFT, S_KEY

LATER = 1 << 15                             # this bit of a kind: it waits because it came in the frame in which its gate was turned already
AGAIN = 1 << 16                             # a kind above this: it was applied already, and is once more to the patch that has come since


def perform(machine, kind, target, value, extra):
    """Tells of a command that is applied now, if it is one that is played, and was not told of before; of a key that an arpeggio holds, too."""
    if kind != NOTE and kind != EXPRESS and kind != PANIC and (kind != SET or extra == 0):
        return
    arena = load(machine + M_ARENA)
    number, ring = load(arena + A_PERFORMED), load(machine + M_PERFORMED)
    store(arena + A_PERFORMED, number + 1)
    if ring == 0:
        return
    row = ring + PERFORMED_ROWS + number % PERFORMED_ENTRIES * PERFORMED_BYTES
    store_release(row + PF_NUMBER, -1)
    store(row + PF_FRAME, load(arena + TIME + Q_NOW))
    store(row + PF_KIND, kind)
    store(row + PF_TARGET, target)
    store_float64(row + PF_VALUE, value)
    store(row + PF_EXTRA, extra)
    store(row + PF_SEQUENCER, sequencer_of(machine, kind, value, extra))
    store(row + PF_CHECK, checksum(row + PF_FRAME, (PF_CHECK - PF_FRAME) // 4))
    store_release(row + PF_NUMBER, number + 1)
    store_release(ring, number + 1)


def sequencer_of(machine, kind, value, extra):
    """The key of the sequencer that begins a note or opens a gate: that which was asked last; 0 for what was not begun by one."""
    note = kind == NOTE and extra >> SERIAL_SHIFT >= SEQUENCED and extra & FULL_VELOCITY != 0
    gate = kind == SET and extra == SEQUENCED_GATE and value > 0.0
    if not note and not gate:
        return 0
    return load(sequencer_at(machine, load(load(machine + M_ARENA) + TIME + Q_ASKED) % SEQUENCERS) + S_KEY)
