"""Cycles of so many beats, to the frame: a beat is 480 ticks, so every length that music is written in is a whole number of them.

A frame's tick and the part of it that is over come from the tempo (`declare.tick`, `declare.part`); what begins with a beat begins in the very
frame at which a sequencer plays that beat. A tick is a whole number below 2**24, so a float32 holds it, and with a whole number of ticks a cycle
the place in it is exact, however long the music plays.
"""
from chronus.dsp.lanes import floor, maximum, minimum, select

TICKS = 480                                 # of a beat: down to a 128th of a whole note, and a triplet or quintuplet of it
# Ticks begin at 0 again after 32,256 beats, 4.5 hours at 120 BPM: 2**14 * 27 * 5 * 7, which cycles of almost any length go into as a whole.
TICKS_AROUND = 15_482_880


def ticks_in(beats):
    """A length in beats as ticks: the nearest whole number, 1 at least. So a length of 0.333 is a third."""
    return maximum(floor(beats * 480.0 + 0.5), 1.0)


def frames_in(beats, beat_seconds, rate, most):
    """How many frames so many beats are, 8 at the most; what is more than `most`, a second or more, is halved until it fits."""
    found = ticks_in(beats) * beat_seconds * (rate / 480.0)
    for _ in range(6):                                          # 8 beats at 10 BPM are 48 s
        found = select(found > most, 0.5 * found, found)
    return found


def place_in_cycle(tick, part, ticks):
    """How much of a cycle of so many `ticks` is over, 0 to just below 1."""
    return minimum((tick - floor(tick / ticks) * ticks + part) / ticks, 0.99999994)
