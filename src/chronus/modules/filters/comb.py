"""A resonator tuned to a note: whatever goes in, noise, drums or a voice, comes out humming at that pitch and its harmonics.

A feedback comb (Smith, "Physical Audio Signal Processing", 2010) whose loop is in tune at any damping (`dsp.strings`). `decay` is how long the
fundamental takes to fall by 60 dB, less what `damping` takes of it: of a second at 440 Hz, 0.3 leaves 990 ms, 0.7 730 and 1 270, more in low notes and
less in high ones. Damping 0 lets the harmonics ring as long, but for what is lost between frames, which is more the higher they are (near 6 kHz they fall in
half a second to one, by the note; a fundamental of 3.5 kHz in 0.6); 1 leaves little but the fundamental. Undamped, what white noise has below 5 kHz comes
out as loud as it went in, within 1 dB up to a second and 440 Hz; above that it has less. A tone that hits a harmonic is louder the longer the decay, 18 dB
for a second at 220 Hz.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, line, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum, square_root
from chronus.dsp.strings import LONGEST, come_round, tuned_loop


@module(kind="filters", version=2, bypass="audio",
        promises=(promise("tuned", freq=20.0, within_cents=1.0, damping=0.0, decay=5_000.0),
                  promise("tuned", freq=110.0, within_cents=1.0, damping=1.0), promise("tuned", freq=440.0, within_cents=1.0),
                  promise("tuned", freq=3_520.0, within_cents=1.0, damping=0.2), promise("tuned", freq=5_000.0, within_cents=1.0, damping=0.0),
                  promise("dies_in", freq=220.0, ms=1_000.0, within=0.02, decay=1_000.0, damping=0.0),
                  promise("dies_in", freq=880.0, ms=300.0, within=0.02, decay=300.0, damping=0.0),
                  promise("dies_in", freq=440.0, ms=730.0, within=0.02, decay=1_000.0, damping=0.7),
                  promise("dies_in", freq=3_520.0, ms=593.0, within=0.02, decay=1_000.0, damping=0.0),
                  promise("gain_at", at=440.0, db=18.0, within=0.1, freq=220.0, decay=1_000.0, damping=0.0),
                  promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0),
                  promise("bounded_while_moved", moved="freq", peak=2.0, decay=20_000.0)))
def comb(audio=inlet(), freq=hertz(220.0, low=20.0, high=5_000.0), decay=milliseconds(1_000.0, low=10.0, high=20_000.0), damping=ratio(0.3),
         mix=ratio(1.0), frame=frame_seconds(), ring=line(seconds=LONGEST), low=state(), place=state(), hurry=state()):
    _, _, delay, loss, part = tuned_loop(freq, decay, 1.0 - damping, frame)
    back, low, hurry = come_round(ring, delay, part, low, place, hurry)
    ringing = minimum(maximum(audio * square_root(1.0 - loss * loss) + loss * back, -64.0), 64.0)
    wet = minimum(maximum(mix, 0.0), 1.0)
    return audio * (1.0 - wet) + ringing * wet, (ringing, low, delay, hurry)
