"""Where the music is, frame by frame, for the modules that hear it: computed anew for each frame from the tempo, in double precision. Native code.

So the values of a frame are the same wherever segments and blocks begin, and along ramps. They are those of half a frame later, because a beat is
played at the frame next to its exact time: a cycle that begins with a beat begins in the frame in which a sequencer plays it.
"""
from chronus.dsp.ticks import TICKS, TICKS_AROUND
from chronus.native.words import load, load_float64, store_float32, store_float64
from chronus.replica.sides import M_BASE, M_TEMPO
from chronus.replica.tempo import beat_after, beats_of, time_at
from chronus.shared.layout import H_BLOCK, H_RATE
from chronus.shared.program import O_A, O_B, O_C, O_D
from chronus.shared.score import CLOCK_AT, Q_BAR_AT, T_BEAT, T_BPM, T_FRAME, T_RAMP

MOMENT = 0.5 - 2.0**-20                     # of a frame: what is exactly between two frames is played at the later one
BELOW_ONE = 0.99999994                      # the last float32 before 1


def write_beats(machine, number, operation, side, block, offset, frames):
    """Writes tick, part and the length of a beat of some frames of a block, each in as many lanes as the operation says. A length that stands is written once:
    nobody else writes there.
    """
    time, written = time_at(machine), machine + M_TEMPO + 8 * number
    clock, lanes = time + CLOCK_AT, load(operation + O_A)
    ticks, parts, lengths = load(operation + O_B), load(operation + O_C), load(operation + O_D)
    stands = load_float64(clock + T_RAMP) <= 0.0
    if stands and ticks == 0 and parts == 0 and load_float64(written) == load_float64(clock + T_BPM):
        return
    pace, growth = beats_of(machine, clock)
    ramp, beat = load_float64(clock + T_RAMP), load_float64(clock + T_BEAT) - load_float64(time + Q_BAR_AT)
    rate = load(load(machine + M_BASE) + H_RATE)
    first, begun = block * load(load(machine + M_BASE) + H_BLOCK), load_float64(clock + T_FRAME)
    if ticks != 0 or parts != 0:
        for i in range(offset, offset + frames):
            position = TICKS * beat_after(beat, pace, growth, ramp, first + i + MOMENT - begun)
            tick = int(position)
            if tick > position:                 # before the first bar
                tick -= 1
            if ticks != 0:
                write(side + ticks + 4 * lanes * i, lanes, tick % TICKS_AROUND)
            if parts != 0:
                write(side + parts + 4 * lanes * i, lanes, min(position - tick, BELOW_ONE))
    if lengths != 0 and not stands:
        store_float64(written, 0.0)
        for i in range(offset, offset + frames):
            write(side + lengths + 4 * lanes * i, lanes, 1.0 / (rate * (pace + growth * min(max(first + i + MOMENT - begun, 0.0), ramp))))
    elif lengths != 0 and load_float64(written) != load_float64(clock + T_BPM):
        write(side + lengths, lanes * load(load(machine + M_BASE) + H_BLOCK), 1.0 / (rate * pace))
        store_float64(written, load_float64(clock + T_BPM))


def write(place, lanes, value):
    """A value in all lanes."""
    for lane in range(lanes):
        store_float32(place + 4 * lane, value)
