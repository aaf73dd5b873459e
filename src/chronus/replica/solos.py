"""What is heard while strips are soloed, computed anew before all else in each segment from where the `solo` knobs stand. Native code.

So there is nothing to remember: a commit, a newcomer and a replay have it right from their first frame.
"""
from chronus.native.words import load, load_float32, store_float32
from chronus.shared.program import K_TARGET, KNOB_LANES, O_A, O_D, O_E, SOLO_ROW_BYTES, SR_HEARD, SR_OPENED_BY, SR_SAFE


def is_up(knob):
    return load_float32(knob + K_TARGET) > 0.5


def solo(operation, program, side):
    """Writes for each outlet of each strip whether it is heard."""
    strips, table = load(operation + O_A), program + load(operation + O_D)
    soloed = 0
    for i in range(strips):
        if is_up(side + load(table + 8 * i)):
            soloed |= 1 << i
    for i in range(load(operation + O_E)):
        row = table + 8 * strips + i * SOLO_ROW_BYTES
        safe, place = load(row + SR_SAFE), side + load(row + SR_HEARD)
        heard = 1.0 if soloed == 0 or soloed & load(row + SR_OPENED_BY) != 0 or safe != 0 and is_up(side + safe) else 0.0
        if load_float32(place) != heard:
            for lane in range(KNOB_LANES):
                store_float32(place + 4 * lane, heard)
