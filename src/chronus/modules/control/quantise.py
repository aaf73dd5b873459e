"""Rounds any melody to a scale: semitones in, the nearest note of the scale out.

`scale` by number: 0 chromatic, 1 major, 2 minor, 3 harmonic minor, 4 melodic minor, 5 dorian, 6 phrygian, 7 lydian, 8 mixolydian, 9 major
pentatonic, 10 minor pentatonic, 11 blues, 12 whole tones, 13 diminished, 14 root and fifth, 15 octaves. `root` is where it begins, 0 to 11.
Each scale is a set of twelve bits, bit k for k semitones above the root; the bits are looked at one by one as the sign of an integer that
doubles, so that nothing branches. The root is in every set, so the note lies between two roots. Of two notes equally near, the lower.
A note is left only for one that is nearer by more than `hysteresis` (semitones), so a melody that trembles at a border does not trill.
`trigger` is 1 for the one frame in which the note changes. Twelve notes and sixteen scales to try cost 6 ns per frame and lane.
"""
from chronus.dsp.declare import at_once, inlet, module, promise, ratio, state
from chronus.dsp.lanes import absolute, floor, maximum, minimum, select, to_whole


@module(kind="control", version=2, outlets=("out", "trigger"), bypass="semitones",
        promises=(promise("answers", heard={"semitones": (0.4, 1.2, 3.4, 6.1, -0.9, -1.2, 11.4, 11.6, 62.7)},
                          gives=(0, 2, 4, 7, -1, -1, 11, 12, 62), scale=1.0),
                  promise("answers", heard={"semitones": (0.4, 1.4, 1.6, -0.6, 119.7)}, gives=(0, 1, 2, -1, 120), scale=0.0),
                  promise("answers", heard={"semitones": (0.4, 1.6, 4.4, 8.4, -3.0)}, gives=(0, 3, 5, 7, -2), scale=10.0),
                  promise("answers", heard={"semitones": (0, 1.2, 5.4, 6.9)}, gives=(0, 2, 6, 7), scale=1.0, root=7.0),
                  promise("answers", heard={"semitones": (0.4, 0.55, 0.8, 0.45, 0.55, 0.3)}, gives=(0, 0, 1, 1, 1, 0), scale=0.0, hysteresis=0.2),
                  promise("answers", heard={"semitones": (0.4, 4, 4.1, 2.2, 2.1)}, gives=(0, 1, 0, 1, 0), scale=1.0, outlet="trigger")))
def quantise(semitones=inlet(), scale=at_once(1.0, low=0.0, high=15.0), root=at_once(0.0, low=0.0, high=11.0),
             hysteresis=ratio(0.0), last=state(), notes=state()):
    sets = (4095, 2741, 1453, 2477, 2733, 1709, 1451, 2773, 1717, 661, 1193, 1257, 1365, 2925, 129, 1)
    bits = select(scale > 0.5, 2741.0, 4095.0)
    for number in range(2, 16):
        bits = select(scale > number - 0.5, sets[number], bits)
    begins = floor(minimum(maximum(root, -120.0), 120.0) + 0.5)
    sung = minimum(maximum(semitones, -1200.0), 1200.0)
    heard, among = sung - begins, bits + 4096.0 * begins
    octave = 12.0 * floor(heard * 0.083333336)
    place = heard - octave
    note, nearest = select(place < 100.0, 12.0, 0.0), absolute(12.0 - place)
    word = to_whole(bits) * 1048576                            # bit 11 becomes the sign, and with each doubling the bit below it
    for down in range(12):
        away = absolute(place - (11 - down))
        better = (word < 0) & (away <= nearest)
        note = select(better, 11 - down, note)
        nearest = select(better, away, nearest)
        word = word + word
    stays = (absolute(among - notes) < 0.5) & (absolute(sung - last) < nearest + maximum(hysteresis, 0.0))
    out = select(stays, last, begins + octave + note)
    return (out, select(absolute(out - last) > 0.5, 1.0, 0.0)), (out, among)
