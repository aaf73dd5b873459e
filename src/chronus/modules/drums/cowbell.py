"""The bell that every disco needs: two squares that do not quite agree, and a sharp stroke.

As in the TR-808 the squares are 540 and 800 Hz (27 and 40 times one phase), through a band-pass, here at 2.5 times `tune`. A quarter of the
level dies in 30 ms, the rest in `decay`. An edge takes exactly one frame, which is what a step averaged over a frame looks like.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum, select, to_phase, turns
from chronus.dsp.math import fading, quarter_turn, square_of_turns


@module(kind="drums", version=2,
        promises=(promise("rings", at=540.0, within_cents=2.0, after_ms=50.0, decay=5_000.0), promise("rests", within_ms=800.0),
                  promise("fades", ms=1_000.0, within=0.05, decay=1_000.0), promise("velocity", db=6.02, within=0.01)))
def cowbell(gate=gate(), tune=hertz(540.0, low=100.0, high=4_000.0), decay=milliseconds(350.0, low=20.0, high=5_000.0),
            gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), held=state(), level=state(), stroke=state(), s1=state(),
            s2=state(), angle=phase()):
    per_ms = 0.001 / frame
    struck = (gate > 0.0) & (held <= 0.0)
    hit = select(struck, minimum(gate, 1.0), 0.0)               # a soft one leaves ringing what is louder
    level, stroke = maximum(hit, level * fading(decay * per_ms)), maximum(hit, stroke * fading(30.0 * per_ms))
    level, stroke = select(level < 1e-6, 0.0, level), select(stroke < 1e-6, 0.0, stroke)
    live = (level > 0.0) | (stroke > 0.0)
    freq = minimum(maximum(tune * frame, 1e-4), 0.15)
    steep = 0.5 / freq
    loud = 0.75 * level + 0.25 * stroke
    metal = 0.65 * square_of_turns(turns(angle * 27), steep) + 0.35 * square_of_turns(turns(angle * 40), 0.675 * steep)
    sine, cosine = quarter_turn(1.25 * freq)
    scale = 1.0 / (1.0 + 1.0 * sine * cosine)
    push = scale * (cosine * s1 + sine * (metal * loud - s2))
    v1, v2 = cosine * push, s2 + sine * push
    s1, s2 = select(live, 2.0 * v1 - s1, 0.0), select(live, 2.0 * v2 - s2, 0.0)
    return select(live, v1, 0.0) * gain, (select(gate > 0.0, 1.0, 0.0), level, stroke, s1, s2, angle + to_phase(0.037037037 * freq))
