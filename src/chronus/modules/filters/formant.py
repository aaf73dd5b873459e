"""A throat for any sound: it says a, e, i, o or u, and everything in between as you turn `vowel`.

Five band-passes side by side, at the formants of a tenor (the table of Csound's manual), every other one turned over so that no holes
come between them. `vowel` goes from 0, a, over e, i and o to 4, u. `shift` makes the throat smaller or larger, in semitones: a child at 4, a
giant at -6. `resonance` narrows the bands from twice the width of a voice to an eighth. Each band is 0 dB at its middle, times its share.
State-variable filters (Simper, "Linear Trapezoidal Integrated State Variable Filter", 2013) in a form that loses energy at any motion. Their
numbers are computed anew only where a knob has moved, which is a third of the time.
"""
from chronus.dsp.declare import frame_seconds, inlet, module, promise, ratio, state
from chronus.dsp.lanes import any_lane, maximum, minimum
from chronus.dsp.math import exp2


def between(place, a, e, i, o, u):
    """What lies between five values at `place`, four parts from 0 to 1."""
    return a + (e - a) * place[0] + (i - e) * place[1] + (o - i) * place[2] + (u - o) * place[3]


def tuned(freq, width, share):
    """The band-pass at `freq`, as a part of the sample rate, so loud; `width` is that of the band in the same unit.

    `sine` to `cosine` is tan(pi freq), within 0.05 % up to 0.3, as x (15 - x x) to 15 - 6 x x; their scale cancels.
    """
    freq = minimum(freq, 0.45)
    x = 3.14159265 * freq
    square = x * x
    sine, cosine = x * (15.0 - square), 15.0 - 6.0 * square
    part = 1.0 / (freq * (cosine * cosine + sine * sine) + width * (sine * cosine))
    moved = freq * part
    return sine, cosine, sine * moved, cosine * moved, share * (width * (cosine * part))


def band(audio, sine, cosine, up, across, share, s1, s2):
    """What a `tuned` band lets through, and its next state."""
    push = cosine * s1 + sine * (audio - s2)
    return share * push, 2.0 * (across * push) - s1, 2.0 * (s2 + up * push) - s2


@module(kind="filters", bypass="audio",
        promises=(promise("formants", vowel=0.0, hz=(650.0, 1080.0, 2650.0, 2900.0), within_percent=3.0),
                  promise("formants", vowel=1.0, hz=(400.0, 1700.0, 2600.0, 3200.0), within_percent=3.0),
                  promise("formants", vowel=2.0, hz=(290.0, 1870.0, 2800.0), within_percent=3.0),
                  promise("formants", vowel=3.0, hz=(400.0, 800.0, 2600.0), within_percent=3.0),
                  promise("formants", vowel=4.0, hz=(350.0, 600.0, 2700.0), within_percent=3.0, resonance=0.5),
                  promise("formants", vowel=0.5, hz=(525.0, 1390.0, 2625.0), within_percent=3.0),
                  promise("gain_at", vowel=2.0, at=290.0, db=0.0, within=0.5, gain=1.0),
                  promise("gain_at", vowel=2.0, at=580.0, db=0.0, within=0.5, gain=1.0, shift=12.0),
                  promise("bounded_while_moved", moved="vowel", peak=8.0, resonance=1.0, gain=2.0),
                  promise("bounded_while_moved", moved="shift", peak=8.0, resonance=1.0, gain=2.0)))
def formant(audio=inlet(), vowel=ratio(0.0, high=4.0), shift=ratio(0.0, low=-24.0, high=24.0), resonance=ratio(0.25), gain=ratio(4.0, high=16.0),
            frame=frame_seconds(), p1=state(), p2=state(), q1=state(), q2=state(), r1=state(), r2=state(), s1=state(), s2=state(),
            t1=state(), t2=state(), was_vowel=state(), was_shift=state(), was_resonance=state(),
            sine1=state(), cosine1=state(), up1=state(), across1=state(), share1=state(),
            sine2=state(), cosine2=state(), up2=state(), across2=state(), share2=state(),
            sine3=state(), cosine3=state(), up3=state(), across3=state(), share3=state(),
            sine4=state(), cosine4=state(), up4=state(), across4=state(), share4=state(),
            sine5=state(), cosine5=state(), up5=state(), across5=state(), share5=state()):
    if any_lane((vowel < was_vowel) | (vowel > was_vowel) | (shift < was_shift) | (shift > was_shift)
                | (resonance < was_resonance) | (resonance > was_resonance) | (cosine1 <= 0.0)):
        v = minimum(maximum(vowel, 0.0), 4.0)
        place = (minimum(v, 1.0), minimum(maximum(v - 1.0, 0.0), 1.0), minimum(maximum(v - 2.0, 0.0), 1.0), maximum(v - 3.0, 0.0))
        size = frame * exp2(minimum(maximum(shift, -36.0), 36.0) * 0.083333333)
        width = size * exp2(1.0 - 4.0 * minimum(maximum(resonance, 0.0), 1.0))
        first, second = size * between(place, 650.0, 400.0, 290.0, 400.0, 350.0), size * between(place, 1080.0, 1700.0, 1870.0, 800.0, 600.0)
        third, fourth = size * between(place, 2650.0, 2600.0, 2800.0, 2600.0, 2700.0), size * between(place, 2900.0, 3200.0, 3250.0, 2800.0, 2900.0)
        fifth = size * between(place, 3250.0, 3580.0, 3540.0, 3000.0, 3300.0)
        sine1, cosine1, up1, across1, share1 = tuned(first, 60.0 * width, 1.0)
        sine2, cosine2, up2, across2, share2 = tuned(second, 82.0 * width, 0.0 - between(place, 0.501, 0.2, 0.178, 0.316, 0.1))
        sine3, cosine3, up3, across3, share3 = tuned(third, 104.0 * width, between(place, 0.447, 0.251, 0.126, 0.251, 0.141))
        sine4, cosine4, up4, across4, share4 = tuned(fourth, 124.0 * width, 0.0 - between(place, 0.398, 0.2, 0.1, 0.251, 0.2))
        sine5, cosine5, up5, across5, share5 = tuned(fifth, 127.0 * width, between(place, 0.0794, 0.1, 0.0316, 0.0501, 0.0501))
    one, p1, p2 = band(audio, sine1, cosine1, up1, across1, share1, p1, p2)
    two, q1, q2 = band(audio, sine2, cosine2, up2, across2, share2, q1, q2)
    three, r1, r2 = band(audio, sine3, cosine3, up3, across3, share3, r1, r2)
    four, s1, s2 = band(audio, sine4, cosine4, up4, across4, share4, s1, s2)
    five, t1, t2 = band(audio, sine5, cosine5, up5, across5, share5, t1, t2)
    sound = (one + two) + (three + four) + five
    # + 0.0, because arithmetic loses denormals
    return sound * gain, (p1, p2, q1, q2, r1, r2, s1, s2, t1, t2, vowel + 0.0, shift + 0.0, resonance + 0.0,
                          sine1, cosine1, up1, across1, share1,
                          sine2, cosine2, up2, across2, share2, sine3, cosine3, up3, across3, share3,
                          sine4, cosine4, up4, across4, share4, sine5, cosine5, up5, across5, share5)
