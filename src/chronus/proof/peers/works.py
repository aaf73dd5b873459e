"""What every engine renders, so that their times can be compared, and what has to be heard of it.

All frequencies are whole hertz and notes begin once a second, so that a spectrum of whole seconds has each voice in a bin of its own,
whether an engine starts its phases anew with a note or not.
"""
import random
from dataclasses import dataclass
from itertools import accumulate

RATE, BLOCK = 48_000, 64
TITLES = {"W1": "64 voices: two saws, resonant low-pass moved by an envelope, amplitude envelope, pan", "W1b": "the same, 256 voices",
          "W2": "1,000 sines, each with its own frequency and amplitude", "W4": "64 voices of 4-operator phase modulation",
          "W5": "noise through 500 resonant low-passes", "W3": "saw, chorus, delay, reverb, stereo: one chain", "W3x16": "the same, 16 chains"}
VOICES = {"W1": 64, "W1b": 256, "W2": 1_000, "W4": 64, "W5": 500, "W3": 1, "W3x16": 16}
CHANNELS = {"W1": 2, "W1b": 2, "W2": 1, "W4": 1, "W5": 1, "W3": 2, "W3x16": 2}

# a note: held for 0.9 of every second
ATTACK, DECAY, SUSTAIN, RELEASE, HELD = 0.01, 0.3, 0.6, 0.08, 0.9        # seconds; the sustain is a level
DETUNE = 1.0008                          # of the second saw: 1.2 to 2.4 Hz higher, which lies before the next voice
CUTOFF, OPENING, Q = 1_000.0, 4_000.0, 2.0       # the filter's cutoff in Hz, what the envelope adds to it, its resonance
PAN_SPAN = 2_140.0                       # pan is -1 + freq / this: -0.3 to 0.36

RATIO, DEPTH = 2.0, 1.2                  # of each modulator of W4, to the carrier; in radians. Odd harmonics of each voice, no more

# the chain of W3
CHORUS_MS, SWING_MS, CHORUS_HZ = 15.0, 3.0, (0.5, 0.6)                   # left and right
ECHO_MS, FEEDBACK = 300.0, 0.4
REVERB = 0.3                             # how much of it is heard beside the dry sound


@dataclass(frozen=True)
class Voice:
    """One voice of a work: Hz, level, and place from -1 to 1."""

    freq: float
    level: float
    pan: float = 0.0


def voices(work: str) -> list[Voice]:
    """The voices of a work; those of W5 are its filters, their frequencies the cutoffs."""
    count = VOICES[work]
    if work == "W2":
        return [Voice(float(200 + 7 * i), 0.7e-3 * (0.5 + i * 389 % 1_000 / 1_000)) for i in range(count)]
    if work == "W5":
        return [Voice(round(100.0 * 100.0**(i / (count - 1)), 3), 1.0 / count) for i in range(count)]
    freqs = notes()[::256 // count]
    return [Voice(float(freq), (0.1 if work.startswith("W3") else 0.5) / count, freq / PAN_SPAN - 1.0) for freq in freqs]


def notes() -> list[int]:
    """256 frequencies 5 or 6 Hz apart, in no order that would bring all phases together; below 3 kHz, twice the lowest, nothing else sounds."""
    gaps = random.Random(1)
    return list(accumulate((gaps.choice((5, 6)) for _ in range(255)), initial=1_500))
