"""Four sines that bend one another, as in the FM synthesisers of the eighties: electric pianos, bells, basses, brass and clangs.

Each operator is a sine at `freq` times its ratio, with its own level and envelope (attack, decay, sustain, release); one gate drives all four,
and its height is the velocity. `algorithm` says who bends whom, in the numbering of the four-operator chips less one:
0: 4>3>2>1   1: (4+3)>2>1   2: 4>1, 3>2>1   3: 4>3>1, 2>1   4: 4>3, 2>1   5: 4>3, 4>2, 4>1   6: 4>3, 2, 1   7: 4, 3, 2, 1; who bends nobody is
heard. It is phase modulation: at level 1 an operator turns the phase of another by up to a turn each way, an index of 6.28, times `brightness`.
`feedback` lets operator 4 bend itself by the mean of its last two frames, up to half a turn: a saw at 0.5, noise from 0.7 on. `touch` is how much
of the velocity reaches those that bend. Each hears the others as they were one frame before, so the four are computed side by side.
The attack is the charge of a capacitor towards 1.3 and done in its milliseconds; decay and release fall by 60 dB in theirs. From silence all
phases begin at 0; struck while it sounds they run on and the envelopes start from where they are, so nothing clicks.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum, select, to_phase, to_whole, turns
from chronus.dsp.math import sine_of_many_turns

ALONE = {"algorithm": 7.0, "level2": 0.0, "level3": 0.0, "level4": 0.0, "sustain1": 1.0}
TWO = {"gate": 1.0, "algorithm": 4.0, "brightness": 2.0, "ratio2": 0.14, "sustain1": 1.0, "sustain2": 1.0, "level3": 0.0, "level4": 0.0}


def envelope(level, rising, is_open, height, attack, decay, sustain, release, ms):
    """The level one frame later: a step is 2 c / (time + c) of the way, with c so that the attack arrives, and a fall does 60 dB, in its time.

    It falls towards a little less than its aim, so that it arrives at nothing.
    """
    rises = rising > 0.5
    c = select(rises, 0.7331685 * ms, 3.4538776 * ms)
    part = (c + c) / (maximum(select(rises, attack, select(is_open, decay, release)), c) + c)
    goal = select(rises, 1.3 * height, height * minimum(sustain, 1.0) - 1e-5)
    return maximum(minimum(level + (goal - level) * part, maximum(level, height)), 0.0)


def held(level):
    return minimum(maximum(level, -4.0), 4.0)


def weights(algorithm):
    """How much 2 bends 1, 3 bends 1 and 2, 4 bends 1, 2 and 3, and how much of 4 is heard, each 0 or 1: differences of steps, no masks."""
    g1, g2, g3 = select(algorithm > 0.5, 1.0, 0.0), select(algorithm > 1.5, 1.0, 0.0), select(algorithm > 2.5, 1.0, 0.0)
    g4, g5, g6 = select(algorithm > 3.5, 1.0, 0.0), select(algorithm > 4.5, 1.0, 0.0), select(algorithm > 5.5, 1.0, 0.0)
    four = select(algorithm > 6.5, 1.0, 0.0)
    five = g5 - g6
    return 1.0 - g5, g3 - g4, 1.0 - g3, (g2 - g3) + five, (g1 - g2) + five, (1.0 - g1) + (g3 - four), four


@module(kind="oscillators",
        promises=(promise("pitch", freq=440.0, within_cents=0.1, gate=1.0, **ALONE), promise("pitch", freq=10.0, within_cents=0.1, gate=1.0, **ALONE),
                  promise("purity", freq=997.0, thd_db=-135.0, gate=1.0, **ALONE),
                  promise("sidebands", freq=5_000.0, apart=700.0, index=1.5707963, within=0.05, level2=0.125, **TWO),
                  promise("sidebands", freq=5_000.0, apart=700.0, index=6.2831853, within=0.05, level2=0.5, **TWO),
                  promise("fades", ms=300.0, within=0.02, freq=3_000.0, release1=300.0, **ALONE),
                  promise("smooth", below=0.06, freq=100.0, **ALONE),
                  promise("velocity", db=6.02, within=0.01, algorithm=7.0),
                  promise("wired", algorithm=0.0, bends=((4, 3), (3, 2), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=1.0, bends=((4, 2), (3, 2), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=2.0, bends=((4, 1), (3, 2), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=3.0, bends=((4, 3), (3, 1), (2, 1)), heard=(1,)),
                  promise("wired", algorithm=4.0, bends=((4, 3), (2, 1)), heard=(1, 3)),
                  promise("wired", algorithm=5.0, bends=((4, 3), (4, 2), (4, 1)), heard=(1, 2, 3)),
                  promise("wired", algorithm=6.0, bends=((4, 3),), heard=(1, 2, 3)),
                  promise("wired", algorithm=7.0, bends=(), heard=(1, 2, 3, 4))))
def fm4(gate=gate(), freq=hertz(220.0, low=0.0, high=20_000.0), algorithm=ratio(4.0, high=7.0), feedback=ratio(0.1), brightness=ratio(1.0, high=4.0),
        touch=ratio(0.7), ratio1=ratio(1.0, high=32.0), level1=ratio(0.7, high=2.0), attack1=milliseconds(1.0, low=0.0, high=10_000.0),
        decay1=milliseconds(3_000.0, low=1.0, high=20_000.0), sustain1=ratio(0.0), release1=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio2=ratio(1.0, high=32.0), level2=ratio(0.2, high=2.0), attack2=milliseconds(1.0, low=0.0, high=10_000.0),
        decay2=milliseconds(2_000.0, low=1.0, high=20_000.0), sustain2=ratio(0.2), release2=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio3=ratio(1.0, high=32.0), level3=ratio(0.5, high=2.0), attack3=milliseconds(1.0, low=0.0, high=10_000.0),
        decay3=milliseconds(1_500.0, low=1.0, high=20_000.0), sustain3=ratio(0.0), release3=milliseconds(250.0, low=1.0, high=20_000.0),
        ratio4=ratio(14.0, high=32.0), level4=ratio(0.1, high=2.0), attack4=milliseconds(0.0, low=0.0, high=10_000.0),
        decay4=milliseconds(400.0, low=1.0, high=20_000.0), sustain4=ratio(0.0), release4=milliseconds(150.0, low=1.0, high=20_000.0),
        gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), angle1=phase(), angle2=phase(), angle3=phase(), angle4=phase(),
        e1=state(), e2=state(), e3=state(), e4=state(), up1=state(), up2=state(), up3=state(), up4=state(),
        y2=state(), y3=state(), y4=state(), earlier=state(), was=state()):
    w21, w31, w32, w41, w42, w43, four = weights(algorithm)
    velocity = minimum(gate, 1.0)
    is_open = velocity > 1e-6
    now, hard = select(is_open, 1.0, 0.0), select(is_open, velocity, 0.0)
    soft = hard + (now - hard) * (1.0 - minimum(maximum(touch, 0.0), 1.0))
    opens = maximum(now - was, 0.0)
    begins = to_whole(select((e1 + e2) + (e3 + e4) > 0.0, 1.0, 0.0))
    bright, back = minimum(maximum(brightness, 0.0), 16.0), 0.25 * minimum(maximum(feedback, 0.0), 1.0)
    ms, step = 1000.0 * frame, freq * frame

    angle4, up4, height = angle4 * begins, maximum(opens, now * up4), soft + four * (hard - soft)
    e4 = envelope(e4, up4, is_open, height, attack4, decay4, sustain4, release4, ms)
    up4 = select(e4 < height, up4, 0.0)
    x4 = sine_of_many_turns(turns(angle4) + back * (y4 + earlier)) * (e4 * held(level4))

    three = 1.0 - w31 - w32
    angle3, up3, height = angle3 * begins, maximum(opens, now * up3), soft + three * (hard - soft)
    e3 = envelope(e3, up3, is_open, height, attack3, decay3, sustain3, release3, ms)
    up3 = select(e3 < height, up3, 0.0)
    x3 = sine_of_many_turns(turns(angle3) + bright * (w43 * y4)) * (e3 * held(level3))

    two = 1.0 - w21
    angle2, up2, height = angle2 * begins, maximum(opens, now * up2), soft + two * (hard - soft)
    e2 = envelope(e2, up2, is_open, height, attack2, decay2, sustain2, release2, ms)
    up2 = select(e2 < height, up2, 0.0)
    x2 = sine_of_many_turns(turns(angle2) + bright * (w42 * y4 + w32 * y3)) * (e2 * held(level2))

    angle1, up1 = angle1 * begins, maximum(opens, now * up1)
    e1 = envelope(e1, up1, is_open, hard, attack1, decay1, sustain1, release1, ms)
    up1 = select(e1 < hard, up1, 0.0)
    x1 = sine_of_many_turns(turns(angle1) + bright * (w41 * y4 + w31 * y3 + w21 * y2)) * (e1 * held(level1))

    heard = (x1 + two * x2) + (three * x3 + four * x4)
    return heard * gain, (angle1 + to_phase(step * ratio1), angle2 + to_phase(step * ratio2), angle3 + to_phase(step * ratio3),
                          angle4 + to_phase(step * ratio4), e1, e2, e3, e4, up1, up2, up3, up4, x2, x3, x4, y4, now)
