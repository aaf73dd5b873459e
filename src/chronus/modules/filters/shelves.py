"""Bass and treble: lifts or cuts all that lies below one frequency and all that lies above another.

Two shelves in a row from Simper's state-variable filter ("Linear Trapezoidal Integrated State Variable Filter", 2013), as steep as they
can be without a bump. The boosts are in dB; at `freq_low` and `freq_high` half of them is reached.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import exp2, quarter_turn


@module(kind="filters", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.01),
                  promise("gain_at", at=200.0, db=6.0, within=0.01, freq_low=200.0, boost_low=12.0),
                  promise("gain_at", at=10.0, db=-24.0, within=0.05, freq_low=500.0, boost_low=-24.0),
                  promise("gain_at", at=10_000.0, db=0.0, within=0.05, freq_low=200.0, boost_low=24.0),
                  promise("gain_at", at=4_000.0, db=-6.0, within=0.01, freq_high=4_000.0, boost_high=-12.0),
                  promise("gain_at", at=20_000.0, db=24.0, within=0.05, freq_high=1_000.0, boost_high=24.0),
                  promise("gain_at", at=50.0, db=0.0, within=0.05, freq_high=4_000.0, boost_high=24.0),
                  promise("bounded_while_swept", peak=30.0, swept="freq_low", boost_low=24.0),
                  promise("bounded_while_swept", peak=130.0, swept="freq_high", boost_high=24.0)))
def shelves(audio=inlet(), freq_low=hertz(200.0, low=20.0, high=20_000.0), boost_low=ratio(0.0, low=-24.0, high=24.0),
            freq_high=hertz(4_000.0, low=20.0, high=20_000.0), boost_high=ratio(0.0, low=-24.0, high=24.0), frame=frame_seconds(),
            s1=state(), s2=state(), s3=state(), s4=state()):
    damping = 1.41421356
    half, half_high = 0.5 * minimum(maximum(freq_low, 20.0) * frame, 0.46), 0.5 * minimum(maximum(freq_high, 20.0) * frame, 0.46)
    root = exp2(minimum(maximum(boost_low, -48.0), 48.0) * 0.0415241012)          # the fourth root of the gain
    root_high = exp2(minimum(maximum(boost_high, -48.0), 48.0) * 0.0415241012)
    lift, top = root * root, root_high * root_high
    up, cosine = quarter_turn(half)
    sine, run = quarter_turn(half_high)
    across, rise = root * cosine, root_high * sine
    size, size_high = across * across + up * (up + damping * across), run * run + rise * (rise + damping * run)
    part = 1.0 / (size * size_high)                                               # one division for the two stages

    w = (across * s1 + up * (audio - s2)) * (size_high * part)
    band, low = across * w, s2 + up * w
    lifted = audio + damping * (lift - 1.0) * band + (lift * lift - 1.0) * low
    x = (run * s3 + rise * (lifted - s4)) * (size * part)
    mid, below = run * x, s4 + rise * x
    out = top * (top * (lifted - damping * mid - below) + damping * mid) + below
    return out, (2.0 * band - s1, 2.0 * low - s2, 2.0 * mid - s3, 2.0 * below - s4)
